# SPDX-License-Identifier: MIT
"""The loop of ``montecarlo``: batches of networks, drawn while others are counted."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import _core
from .counts import DEFINITIONS
from .domain import Domain
from .errors import JournalError
from .frames import pack, unpack
from .journal import Journal
from .laws import Law, stream
from .network import Network
from .progress import Tick
from .samples import Samples, Summary
from .tolerances import DEFAULT


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A checked call of ``montecarlo``."""

    widths: tuple[int, ...]
    samples: int
    seed: int
    law: Law
    network: Network
    domain: Domain
    definitions: tuple[str, ...]
    error: float | None
    max_seconds: float | None
    max_regions: int
    workers: int

    def identity(self) -> dict[str, Any]:
        """Return what makes the rows what they are, for the journal."""
        from importlib.metadata import version  # slow to import, and seldom asked

        return {
            "montecarlo": list(self.widths),
            "seed": self.seed,
            "law": [self.law.name, self.law.bias],
            "activation": repr([layer.activation for layer in self.network.layers]),
            "domain": self.domain.to_json(),
            "definitions": list(self.definitions),
            "max_regions": self.max_regions,
            "version": version("polyregions"),
        }

    @property
    def n_columns(self) -> int:
        """Numbers of a network: by definition, then by hidden layer."""
        hidden = [layer[2] for layer in self.network.core.units()]
        return len(DEFINITIONS) + sum(hidden)

    def parameters(self, first: int, n: int) -> NDArray[np.float64]:
        """Draw n networks: (n, weights and biases)."""
        drawn = (
            self.law.parameters(self.widths, stream(self.seed, i))
            for i in range(first, first + n)
        )
        return np.stack(list(drawn))

    def count(
        self, parameters: NDArray[np.float64], monitor: _core.CoreMonitor
    ) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
        """Count networks: the core's columns and outcomes."""
        wanted = {name: name in self.definitions for name in DEFINITIONS[1:]}
        return _core.count_batch(
            self.network.core,
            self.domain.core,
            parameters,
            monitor,
            dictionary_rank=DEFAULT.dictionary_rank,
            threads=self.workers,
            max_regions=self.max_regions,
            max_seconds=math.inf,
            **wanted,
        )

    def table(self, rows: Rows) -> Samples:
        """Return the rows by name."""
        counts = rows.counts
        named = {name: counts[:, DEFINITIONS.index(name)] for name in self.definitions}
        return Samples(
            index=np.arange(len(counts), dtype=np.int64),
            counts=named,
            per_layer=counts[:, len(DEFINITIONS) :],
            complete=rows.outcomes == 0,
            seed=self.seed,
        )


@dataclass(frozen=True, slots=True)
class Rows:
    """Columns of the core, a row a network."""

    counts: NDArray[np.int64]
    outcomes: NDArray[np.uint8]


# --- the loop -------------------------------------------------------------------------


def run_samples(
    question: Question,
    resume: str | os.PathLike[str] | None,
    start: float,
    tick: Tick | None,
) -> tuple[Rows, str]:
    """Count until enough is known; the rows, and why it ended."""
    with opened(question, resume) as journal:
        found = Found(question, journal)
        for first, parameters in _drawn(question, found):
            monitor = _monitor(question, start, first, tick)
            began = time.monotonic()
            counts, outcomes = question.count(parameters, monitor)
            done = int(np.argmax([*(outcomes == _core.NOT_COUNTED), True]))
            found.add(counts[:done], outcomes[:done])
            if done < len(counts) or monitor.outcome != "complete":
                enough = found.enough()
                return found.rows(), "complete" if enough else monitor.outcome
            found.seconds_each = (time.monotonic() - began) / done
        return found.rows(), "complete"


def opened(
    question: Question, resume: str | os.PathLike[str] | None
) -> AbstractContextManager[Journal | None]:
    """Open the journal of a question, if there is one."""
    if resume is None:
        return nullcontext()
    return Journal.open(resume, question.identity())


class Found:
    """The rows so far, from the journal and from this run."""

    def __init__(self, question: Question, journal: Journal | None) -> None:
        self._question = question
        self._journal = journal
        self._parts: list[Rows] = []
        self._looked, self._enough = 0, False
        self.n = 0
        self.seconds_each = 0.0
        for payload in journal.frames() if journal is not None else ():
            self._take(self._restored(payload))

    def add(self, counts: NDArray[np.int64], outcomes: NDArray[np.uint8]) -> None:
        """Take the next rows, and acknowledge them."""
        if self._journal is not None and len(counts):
            arrays: dict[str, NDArray[Any]] = {"counts": counts, "outcomes": outcomes}
            self._journal.append(pack({"first": self.n}, arrays, {}))
        self._take(Rows(counts, outcomes))

    def enough(self) -> bool:
        """Whether nothing more is wanted; looks at whole blocks only."""
        question = self._question
        if question.error is not None and not self._enough:
            counts = self._joined().counts
            while self._looked + DEFAULT.checked_every <= min(self.n, question.samples):
                self._looked += DEFAULT.checked_every
                if _is_precise(counts[: self._looked], question):
                    self._enough = True
                    break
        return self._enough or self.n >= question.samples

    def rows(self) -> Rows:
        """Return the rows that count."""
        last = self._looked if self._enough else self._question.samples
        rows = self._joined()
        return Rows(rows.counts[:last], rows.outcomes[:last])

    def _take(self, rows: Rows) -> None:
        self._parts.append(rows)
        self.n += len(rows.counts)

    def _joined(self) -> Rows:
        width = self._question.n_columns
        none = Rows(np.zeros((0, width), np.int64), np.zeros(0, np.uint8))
        parts = [none, *self._parts]
        joined = Rows(
            np.concatenate([part.counts for part in parts]),
            np.concatenate([part.outcomes for part in parts]),
        )
        self._parts = [joined]
        return joined

    def _restored(self, payload: bytes) -> Rows:
        assert self._journal is not None
        scalars, arrays, _ = unpack(payload)
        counts, outcomes = arrays.get("counts"), arrays.get("outcomes")
        width = self._question.n_columns
        fits = (
            scalars.get("first") == self.n
            and counts is not None
            and outcomes is not None
            and counts.dtype == np.int64
            and outcomes.dtype == np.uint8
            and counts.shape == (len(outcomes), width)
        )
        if not fits or counts is None or outcomes is None:
            raise JournalError(
                f"{self._journal.path}: holds rows that do not fit; pass another file"
            )
        return Rows(counts, outcomes)


def _is_precise(counts: NDArray[np.int64], question: Question) -> bool:
    assert question.error is not None
    for name in question.definitions:
        found = Summary.of(counts[:, DEFINITIONS.index(name)])
        if not found.se <= question.error * abs(found.mean):
            return False
    return True


def _drawn(
    question: Question, found: Found
) -> Iterator[tuple[int, NDArray[np.float64]]]:
    """Draw batches in turn, one ahead of what is being counted."""
    if found.enough():
        return
    with ThreadPoolExecutor(1) as pool:
        first = found.n
        ahead = pool.submit(question.parameters, first, _batch_size(question, found))
        while not found.enough():
            parameters = ahead.result()
            after = first + len(parameters)
            n = min(_batch_size(question, found), question.samples - after)
            if n > 0:
                ahead = pool.submit(question.parameters, after, n)
            yield first, parameters
            first = after


def _batch_size(question: Question, found: Found) -> int:
    """Return how many networks to draw at once: some tenths of a second of counting."""
    numbers = sum(m * (n + 1) for n, m in pairwise(question.widths))
    wanted = DEFAULT.batch_seconds / found.seconds_each if found.seconds_each else 0.0
    most = min(DEFAULT.batch_numbers // numbers, question.samples - found.n)
    return max(1, min(max(int(wanted), 2 * question.workers), most))


def _monitor(
    question: Question, start: float, first: int, tick: Tick | None
) -> _core.CoreMonitor:
    """Return the budgets of a batch that begins with sample ``first``."""
    left = math.inf
    if question.max_seconds is not None:
        left = max(question.max_seconds - (time.monotonic() - start), 0.0)

    def told(done: int, _: float) -> object:
        assert tick is not None
        return tick(first + done, (first + done) / question.samples)

    return _core.CoreMonitor(max_seconds=left, progress=None if tick is None else told)
