# SPDX-License-Identifier: MIT
"""Monte Carlo on the workers of a cluster: batches of samples, put in order here.

A worker draws its networks itself, from the seed and the numbers of the samples: the
table is that of one machine, whatever became of the workers.
"""

from __future__ import annotations

import math
import os
import time
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import _core
from .cluster import Pool, ctrl_c_noted, packed_problem, problem_of
from .errors import InvalidArgumentError
from .frames import pack, unpack
from .laws import Law
from .progress import Tick
from .sampling import Found, Question, Rows, opened
from .tolerances import DEFAULT

# --- on a worker ----------------------------------------------------------------------


@lru_cache(maxsize=4)
def _question(packed: bytes, own_law: bytes) -> Question:
    network, domain, more = problem_of(packed)
    if own_law:
        import cloudpickle  # it came with distributed

        law = Law.checked(cloudpickle.loads(own_law))
    else:
        law = Law.checked(*more["law"])
    return Question(
        widths=tuple(more["widths"]),
        samples=1,
        seed=more["seed"],
        law=law,
        network=network,
        domain=domain,
        definitions=tuple(more["definitions"]),
        error=None,
        max_seconds=None,
        max_regions=more["max_regions"],
        workers=1,
    )


def count_samples(
    packed: bytes, own_law: bytes, first: int, n: int, seconds: float
) -> tuple[bytes, float]:
    """Count n samples, those that the time allows: their rows, and the seconds."""
    question = _question(packed, own_law)
    start = time.monotonic()
    monitor = _core.CoreMonitor(max_seconds=seconds)
    counts, outcomes = question.count(question.parameters(first, n), monitor)
    done = int(np.argmax([*(outcomes == _core.NOT_COUNTED), True]))
    arrays: dict[str, NDArray[Any]] = {
        "counts": counts[:done],
        "outcomes": outcomes[:done],
    }
    return pack({}, arrays, {}), time.monotonic() - start


# --- on the client --------------------------------------------------------------------


def run_shared_samples(
    question: Question,
    resume: str | os.PathLike[str] | None,
    start: float,
    tick: Tick | None,
    pool: Pool,
) -> tuple[Rows, str]:
    """Count until enough is known; the rows, and why it ended."""
    packed, own_law = _packed(question)
    with opened(question, resume) as journal:
        loop = _Loop(question, Found(question, journal), start, pool, packed, own_law)
        status = loop.run(tick)
        return loop.found.rows(), status


def _packed(question: Question) -> tuple[bytes, bytes]:
    packed = packed_problem(
        question.network,
        question.domain,
        widths=question.widths,
        seed=question.seed,
        law=[question.law.name, question.law.bias],
        definitions=question.definitions,
        max_regions=question.max_regions,
    )
    if question.law.function is None:
        return packed, b""
    import cloudpickle

    try:
        return packed, cloudpickle.dumps(question.law.function)
    except Exception as error:
        raise InvalidArgumentError(
            f"law {question.law.name} cannot be sent to workers ({error}); pass a "
            "function of its arguments alone"
        ) from error


class _Loop:
    """Batches that workers have, and rows that wait for those before them."""

    def __init__(
        self,
        question: Question,
        found: Found,
        start: float,
        pool: Pool,
        packed: bytes,
        own_law: bytes,
    ) -> None:
        self.found = found
        self._question, self._pool, self._start = question, pool, start
        self._sent = packed, own_law
        self._next = found.n  # the first sample that nobody has
        self._waiting: dict[int, tuple[Rows, int]] = {}  # by first: rows, and asked for

    def run(self, tick: Tick | None) -> str:
        found, pool = self.found, self._pool
        cut = False  # a batch was not finished in time: what follows is no prefix
        with ctrl_c_noted() as interrupted:
            while not (found.enough() or cut or interrupted()):
                self._send()
                if not pool.open or self._left() < -DEFAULT.late_seconds:
                    break
                done = pool.next(DEFAULT.progress_every / 2)
                if done is not None:
                    self._keep(*done)
                    cut = self._take()
                if tick is not None:
                    tick(found.n, found.n / self._question.samples)
            if found.enough():
                return "complete"
            return "interrupted" if interrupted() else "budget"

    def _left(self) -> float:
        most = self._question.max_seconds
        return math.inf if most is None else most - (time.monotonic() - self._start)

    def _send(self) -> None:
        """Keep two batches with every thread of a worker."""
        question, slots = self._question, self._pool.slots
        while len(self._pool.open) < 2 * slots and self._next < question.samples:
            left = self._left()
            if left <= 0:
                return
            first, n = self._next, self._batch_size(slots)
            self._pool.submit((first, n), count_samples, *self._sent, first, n, left)
            self._next += n

    def _batch_size(self, slots: int) -> int:
        question, each = self._question, self.found.seconds_each
        left = question.samples - self._next
        numbers = sum(m * (n + 1) for n, m in pairwise(question.widths))
        wanted = int(2 * DEFAULT.batch_seconds / each) if each else 1
        most = min(DEFAULT.batch_numbers // numbers, -(-left // (2 * slots)))
        return max(1, min(wanted, most))

    def _keep(self, key: str, result: tuple[bytes, float]) -> None:
        payload, seconds = result
        first, n = self._pool.open.pop(key)
        _, arrays, _ = unpack(payload)
        rows = Rows(arrays["counts"], arrays["outcomes"])
        self._waiting[first] = rows, n
        if len(rows.counts):
            self.found.seconds_each = seconds / len(rows.counts)

    def _take(self) -> bool:
        """Acknowledge rows whose turn it is; True when a batch lacks some."""
        while self.found.n in self._waiting and not self.found.enough():
            rows, n = self._waiting.pop(self.found.n)
            self.found.add(rows.counts, rows.outcomes)
            if len(rows.counts) < n:
                return True
        return False
