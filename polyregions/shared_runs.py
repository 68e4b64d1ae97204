# SPDX-License-Identifier: MIT
"""Beams of an estimate on the workers of a cluster; the numbers are the same.

A run depends on its stream alone, wherever it happens and however often.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import _core
from .beams import Beams, Words
from .budgets import Budget
from .cluster import Pool, ctrl_c_noted, packed_problem, problem_of
from .domain import Domain
from .frames import pack, unpack
from .network import Network
from .progress import Tick
from .tolerances import DEFAULT

# --- on a worker ----------------------------------------------------------------------


@lru_cache(maxsize=4)
def _beams(packed: bytes) -> Beams:
    network, domain, _ = problem_of(packed)
    return Beams(network, domain)


def run_beams(packed: bytes, streams: bytes, width: int, seconds: float) -> bytes:
    """Run a beam a stream, one thread: its numbers, failures, and whether all ended."""
    seeds = np.frombuffer(streams, dtype=np.uint64).reshape(-1, 4)
    monitor = _core.CoreMonitor(max_seconds=seconds)
    logs, first, failures, complete = _beams(packed).runs(
        seeds, monitor, width=width, threads=1
    )
    scalars = {"failures": failures, "complete": complete}
    return pack(scalars, {"logs": logs, "first": first}, {})


# --- on the client --------------------------------------------------------------------


class SharedBeams:
    """Runs of ``Beams`` by a cluster."""

    def __init__(self, network: Network, domain: Domain, pool: Pool) -> None:
        self._packed = packed_problem(network, domain)
        self._pool = pool

    def runs(
        self, seeds: Words, budget: Budget, tick: Tick | None, width: int
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], int, str]:
        """Return logs, first and failures as ``Beams.runs`` does, and the outcome."""
        parts = np.array_split(seeds, min(len(seeds), 4 * self._pool.slots))
        for k, part in enumerate(parts):
            sent = (self._packed, part.tobytes(), width, max(budget.left(), 0.0))
            self._pool.submit(k, run_beams, *sent)
        found: dict[int, tuple[Any, Any]] = {}
        with ctrl_c_noted() as interrupted:
            while self._pool.open and not interrupted():
                if budget.left() < -DEFAULT.late_seconds:
                    break
                done = self._pool.next(DEFAULT.progress_every / 2)
                if done is not None:
                    key, payload = done
                    scalars, arrays, _ = unpack(payload)
                    found[self._pool.open.pop(key)] = scalars, arrays
                if tick is not None:
                    tick(0, len(found) / len(parts))
            outcome = "interrupted" if interrupted() else "budget"
        if len(found) < len(parts) or not all(s["complete"] for s, _ in found.values()):
            nothing = np.empty(0)
            return nothing, nothing, 0, outcome
        ordered = [found[k] for k in range(len(parts))]
        logs, first = (
            np.concatenate([arrays[name] for _, arrays in ordered])
            for name in ("logs", "first")
        )
        return logs, first, sum(s["failures"] for s, _ in ordered), "complete"
