# SPDX-License-Identifier: MIT
"""One search on the workers of a cluster.

The client keeps the walk: a task is a part of the tree (csrc/crew.hpp), a worker
searches it for a second at most and sends back what it found and the tasks that are
left. What is found is counted once, whatever became of the workers, and each frame of
the journal names all that is left: any later run goes on from it, here or elsewhere.
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from . import _core
from .certificate import Task
from .cluster import Pool, ctrl_c_noted, packed_problem, problem_of
from .domain import Domain
from .frames import pack, unpack
from .journal import Journal
from .network import Network
from .record import Walk, add_packed, blaming, packed_part, restored
from .tolerances import DEFAULT

if TYPE_CHECKING:
    from .enumeration import _Search

# --- on a worker ----------------------------------------------------------------------


@lru_cache(maxsize=4)
def _problem(packed: bytes) -> tuple[_core.CoreProblem, str, int, dict[str, bool]]:
    network, domain, more = problem_of(packed)
    problem = _core.CoreProblem(network.core, domain.core)
    return problem, more["engine"], more["keep"], more["tells"]


def search_part(
    packed: bytes,
    tasks: list[Task],
    seconds: float,
    max_regions: int | None,
    max_bytes: int | None,
    threads: int,
) -> tuple[bytes, bool]:
    """Search tasks for so long: a part, and whether its memory was used up.

    Several threads leave as many tasks; that is how a task is split.
    """
    problem, engine, keep, tells = _problem(packed)
    start = time.monotonic()
    monitor = _core.CoreMonitor(
        max_regions=max_regions, max_seconds=seconds, max_bytes=max_bytes
    )
    cells, counts = fast_search(
        problem, engine, monitor, keep, threads, tasks=tasks, resumable=True, **tells
    )
    full = (
        counts["status"] == "budget"
        and time.monotonic() - start < seconds
        and (max_regions is None or counts["activation"] < max_regions)
    )
    return packed_part(cells, counts, cells.fragments, cells.rest), full


def fast_search(
    problem: _core.CoreProblem,
    engine: str,
    monitor: _core.CoreMonitor,
    keep: int,
    threads: int,
    **parts: Any,
) -> tuple[_core.CoreCells, dict[str, Any]]:
    """Run an engine that can search parts of its tree."""
    # A line's cells have two vertices: the sweep is the vertex search at rank 1.
    if engine == "dictionary":
        return problem.enumerate_dictionary(monitor, keep, threads, **parts)
    return problem.enumerate_vertex(monitor, keep, threads, **parts)


# --- on the client --------------------------------------------------------------------


class SharedSearch:
    """A search whose parts go to a cluster; for ``Record.searched``."""

    def __init__(self, pool: Pool, network: Network, domain: Domain) -> None:
        self._pool = pool
        self._network = network
        self._domain = domain

    def __call__(
        self, search: _Search, tells: dict[str, bool], journal: Journal | None
    ) -> Walk:
        """Search all, or until a budget or Ctrl-C ends it."""
        walk = restored(search.problem, journal)
        if walk.rest == []:
            walk.cells.sort()
            return walk
        packed = packed_problem(
            self._network,
            self._domain,
            engine=search.engine,
            keep=search.keep,
            tells=tells,
        )
        loop = _Loop(self._pool, packed, search, tells, walk, journal)
        with blaming(journal):
            loop.run()
        walk.cells.sort()
        return walk


class _Loop:
    """The tasks that are left: in a queue, or with the workers."""

    def __init__(
        self,
        pool: Pool,
        packed: bytes,
        search: _Search,
        tells: dict[str, bool],
        walk: Walk,
        journal: Journal | None,
    ) -> None:
        self._pool, self._packed, self._search = pool, packed, search
        self._tells, self._walk, self._journal = tells, walk, journal
        self._queue: deque[Task] = deque()
        self._needs: dict[Task, float] = {}  # seconds, of tasks that found nothing
        self._stopped = ""

    def run(self) -> None:
        with ctrl_c_noted() as interrupted:
            self._begin()
            while not interrupted():
                self._send()
                if not self._pool.open or self._overdue():
                    break
                done = self._pool.next(DEFAULT.progress_every / 2)
                if done is not None:
                    self._take(*done)
                self._tell()
            else:
                self._stopped = "interrupted"
        if self._walk.rest:
            self._walk.counts["status"] = self._stopped or "budget"

    def _begin(self) -> None:
        """Search a little here, by many threads: so many tasks are left."""
        walk, pool = self._walk, self._pool
        if walk.rest is None or len(walk.rest) < pool.slots:
            threads = min(2 * pool.slots, DEFAULT.most_first_tasks)
            budget = replace(self._search.budget, threads=threads)
            cells, counts, stopped = replace(self._search, budget=budget).part(
                walk, DEFAULT.first_seconds, **self._tells
            )
            self._add(packed_part(cells, counts, cells.fragments, cells.rest))
            if stopped:
                self._stopped = counts["status"]
        self._queue.extend(walk.rest or ())

    def _send(self) -> None:
        """Give every idle worker tasks, while the budgets last."""
        search, walk, slots = self._search, self._walk, self._pool.slots
        while self._queue and len(self._pool.open) < slots and not self._stopped:
            budget = search.budget
            quota = self._quota(slots)
            stored = None
            if budget.max_bytes is not None:
                stored = budget.max_bytes - walk.nbytes()
            if quota == 0 or budget.left() <= 0 or (stored is not None and stored <= 0):
                return
            # Few tasks are left: short parts, by several threads, split them.
            few = len(self._queue) + len(self._pool.open) < 2 * slots
            seconds = DEFAULT.split_seconds if few else _part_seconds(slots)
            count = max(1, len(self._queue) // (2 * slots))
            tasks = [self._queue.popleft() for _ in range(count)]
            seconds = max(seconds, *(self._needs.pop(t, 0.0) for t in tasks), 0.0)
            self._pool.submit(
                (tasks, quota or 0, seconds),
                search_part,
                self._packed,
                tasks,
                max(min(seconds, budget.left()), 0.0),
                quota,
                stored,
                4 if few else 1,
            )

    def _quota(self, slots: int) -> int | None:
        """Return the regions that one part may find; together they keep the budget."""
        most = self._search.budget.max_regions
        if most is None:
            return None
        found: int = self._walk.counts.get("activation", 0)
        left: int = (
            most - found - sum(quota for _, quota, _ in self._pool.open.values())
        )
        return max(left // (2 * slots), min(left, 1), 0)

    def _overdue(self) -> bool:
        """Whether workers keep their results longer than the budget allows."""
        return self._search.budget.left() < -DEFAULT.late_seconds

    def _take(self, key: str, found: tuple[bytes, bool]) -> None:
        """Count what a worker found, once it is in the journal."""
        payload, full = found
        tasks, _, seconds = self._pool.open[key]
        scalars, arrays, blobs = unpack(payload)
        left = [(bytes.fromhex(a), bytes.fromhex(b)) for a, b in scalars["rest"]]
        others = [t for k, v in self._pool.open.items() if k != key for t in v[0]]
        rest = [*self._queue, *others, *left]
        if scalars["counts"]["activation"] > 0 or {*left} != {*tasks}:
            scalars["rest"] = [[part.hex() for part in task] for task in rest]
            if rest and scalars["counts"]["status"] == "complete":
                scalars["counts"]["status"] = "budget"
            self._add(pack(scalars, arrays, blobs))
        else:  # What exact integers did not finish is done again, with more time.
            self._needs |= dict.fromkeys(left, 2 * seconds)
        del self._pool.open[key]
        self._queue.extend(left)
        if full:
            self._stopped = "budget"

    def _add(self, payload: bytes) -> None:
        if self._journal is not None:
            self._journal.append(payload)
        add_packed(self._walk, self._search.problem, payload)

    def _tell(self) -> None:
        if self._search.tick is not None:
            found = self._walk.counts.get("activation", 0)
            self._search.tick(found, self._walk.share())


def _part_seconds(slots: int) -> float:
    return max(DEFAULT.part_seconds, slots / DEFAULT.parts_a_second)
