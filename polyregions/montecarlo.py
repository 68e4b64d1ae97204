# SPDX-License-Identifier: MIT
"""montecarlo: expected numbers of regions over random networks (Wang 2022, section 4).

Sample i is a network drawn from ``SeedSequence(seed, spawn_key=(i,))``, so that the
table is the same for every number of workers. Drawing and counting overlap: one thread
draws the next networks while the core counts, a network a thread.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import _core
from .counts import DEFINITIONS, checked_definitions
from .domain import Domain
from .enumeration import MOST_THREADS, usable_cores
from .errors import InvalidArgumentError, InvalidDomainError, JournalError
from .frames import pack, unpack
from .journal import Journal
from .laws import Law, LayerLaw, checked_widths, stream
from .network import ActivationSpec, Network
from .progress import ProgressPrinter, Tick, progress_tick
from .samples import Samples, Summary
from .tolerances import DEFAULT

CHECKED_EVERY = 256  # samples between two looks at the error
_SMALLEST, _SECONDS = 64, 0.25  # samples of a batch, and how long one should last
_MOST_NUMBERS = 1 << 23  # weights of a batch
_UNLIMITED = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MonteCarlo:
    """Counts of random networks, and what they say of the expectation.

    Attributes
    ----------
    widths : inputs, hidden widths, outputs
    law, bias : names of the laws of weights and biases
    domain : Domain
    definitions : those that were counted
    table : Samples, a row a network
    status : "complete", "budget" (max_seconds) or "interrupted"
        The samples of a partial result are the first ones.
    seconds : float, wall time of this call
    """

    widths: tuple[int, ...]
    law: str
    bias: str
    domain: Domain
    definitions: tuple[str, ...]
    table: Samples
    status: str
    seconds: float

    @property
    def samples(self) -> int:
        """Networks counted."""
        return len(self.table)

    def summary(self, name: str) -> Summary | None:
        """Return what is known of a definition; None unless it was counted."""
        values = self.table.counts.get(name)
        return None if values is None else Summary.of(values)

    @property
    def activation(self) -> Summary | None:
        """Activation regions."""
        return self.summary("activation")

    @property
    def linear(self) -> Summary | None:
        """Linear regions."""
        return self.summary("linear")

    @property
    def linear_closed(self) -> Summary | None:
        """Linear regions, joined on any contact."""
        return self.summary("linear_closed")

    @property
    def affine(self) -> Summary | None:
        """Distinct affine maps."""
        return self.summary("affine")

    @property
    def per_layer(self) -> tuple[Summary, ...]:
        """Activation regions when only the first k + 1 hidden layers cut."""
        return tuple(map(Summary.of, self.table.per_layer.T))

    @property
    def ratio(self) -> Summary | None:
        """Linear regions per activation region; None unless both were counted."""
        return Summary.of(self.table.ratio()) if self.table.has_ratio else None

    @property
    def single_region_share(self) -> float:
        """Share of networks with one linear region (activation if that is all)."""
        values = self._regions()
        return float(np.mean(values == 1)) if len(values) else math.nan

    @property
    def without_single(self) -> Summary:
        """The same regions over the networks that have more than one."""
        values = self._regions()
        return Summary.of(values[values != 1])

    def _regions(self) -> NDArray[np.int64]:
        counts = self.table.counts
        return counts["linear" if "linear" in counts else self.definitions[0]]

    def to_json(self) -> dict[str, Any]:
        """Return the summaries as JSON values, without the table."""
        share = self.single_region_share
        out: dict[str, Any] = {
            "samples": self.samples,
            "seed": self.table.seed,
            "widths": list(self.widths),
            "law": self.law,
            "bias": self.bias,
            "domain": self.domain.to_json(),
            "status": self.status,
            "seconds": self.seconds,
            "incomplete": int(np.sum(~self.table.complete)),
        }
        for name in DEFINITIONS:
            found = self.summary(name)
            out[name] = None if found is None else found.to_json()
        out["per_layer"] = [found.to_json() for found in self.per_layer]
        out["ratio"] = None if self.ratio is None else self.ratio.to_json()
        out["single_region_share"] = None if math.isnan(share) else share
        out["without_single"] = self.without_single.to_json()
        return out

    def __repr__(self) -> str:
        found = [f"{name}={self.summary(name)}" for name in self.definitions]
        return (
            f"MonteCarlo({'-'.join(map(str, self.widths))}, {self.law}, "
            f"{self.samples} samples: {', '.join(found)}, {self.status}, "
            f"{self.seconds:.3g} s)"
        )


def montecarlo(
    widths: Sequence[int],
    samples: int = 5000,
    seed: int = 0,
    *,
    law: str | LayerLaw = "uniform",
    bias: str | None = None,
    activation: ActivationSpec = "relu",
    negative_slope: Any = None,
    domain: Domain | None = None,
    definitions: str | Iterable[str] = ("activation", "linear"),
    relative_error: float | None = None,
    max_seconds: float | None = None,
    max_regions: int | None = None,
    workers: int | None = None,
    resume: str | os.PathLike[str] | None = None,
    progress: bool | Tick | None = None,
) -> MonteCarlo:
    """Count the regions of random networks, exactly, and summarise.

    Parameters
    ----------
    widths : inputs, hidden widths, outputs
    samples : int
        Networks at most; all of them unless one of the next stops earlier.
    law : name, or a function (generator, inputs, outputs) -> (W, b)
        uniform: on (-1, 1); normal: N(0, 1); torch: uniform on ±1 / sqrt(inputs),
        PyTorch's default; he: N(0, 2 / inputs); he_uniform: uniform on ±sqrt(6 /
        inputs); orthogonal: Haar. Output layer included.
    bias : uniform, normal, torch or zero; None: that of the law (he and orthogonal: 0)
    domain : all of R^inputs by default
    definitions : as in ``count_regions``
    relative_error : float
        Stop when every definition's standard error is at most this times its mean,
        looked at every 256 samples: the same number of samples on any machine.
    max_seconds : float
    max_regions : int
        Stop counting one network there; its row has ``complete`` False.
    workers : int; threads, all usable cores by default
    resume : path of a journal from which a run that was stopped or killed goes on
    progress : True prints to stderr, or a callable(samples, share)

    Returns
    -------
    MonteCarlo

    Raises
    ------
    InvalidArgumentError, InvalidDomainError, InvalidNetworkError
        An argument out of range, or that does not fit the others.
    JournalError
        The journal cannot be read or written, or holds another run.
    """
    start = time.monotonic()
    sizes = checked_widths(widths)
    question = _Question(
        widths=sizes,
        samples=_checked_count("samples", samples),
        seed=_checked_count("seed", seed, least=0),
        law=Law.checked(law, bias),
        network=_shape(sizes, activation, negative_slope),
        domain=_checked_domain(domain, sizes[0]),
        definitions=checked_definitions(definitions),
        error=_checked_positive("relative_error", relative_error),
        max_seconds=_checked_positive("max_seconds", max_seconds),
        max_regions=_checked_count(
            "max_regions", _UNLIMITED if max_regions is None else max_regions
        ),
        workers=_checked_workers(workers),
    )
    tick = progress_tick(progress)
    try:
        rows, status = _run(question, resume, start, tick)
    finally:
        if isinstance(tick, ProgressPrinter):
            tick.close()
    return MonteCarlo(
        widths=sizes,
        law=question.law.name,
        bias=question.law.bias,
        domain=question.domain,
        definitions=question.definitions,
        table=question.table(rows),
        status=status,
        seconds=time.monotonic() - start,
    )


# --- the question ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    """A checked call."""

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

    def table(self, rows: _Rows) -> Samples:
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
class _Rows:
    counts: NDArray[np.int64]
    outcomes: NDArray[np.uint8]


def _shape(widths: Sequence[int], activation: Any, negative_slope: Any) -> Network:
    layers = [(np.zeros((m, n)), np.zeros(m)) for n, m in pairwise(widths)]
    return Network(layers, activation, negative_slope=negative_slope)


def _checked_domain(domain: Domain | None, n_inputs: int) -> Domain:
    if domain is None:
        return Domain.all(n_inputs)
    if not isinstance(domain, Domain):
        raise InvalidArgumentError(f"domain={domain!r}; pass a Domain")
    if domain.n_inputs != n_inputs:
        raise InvalidDomainError(
            f"the domain has {domain.n_inputs} inputs but the networks take {n_inputs};"
            " pass a domain of that dimension"
        )
    return domain


def _checked_count(name: str, value: Any, least: int = 1) -> int:
    whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if not whole or not least <= value < 2**63:
        raise InvalidArgumentError(f"{name}={value!r}; pass an integer >= {least}")
    return int(value)


def _checked_workers(value: Any) -> int:
    return (
        usable_cores()
        if value is None
        else min(_checked_count("workers", value), MOST_THREADS)
    )


def _checked_positive(name: str, value: Any) -> float | None:
    if value is None:
        return None
    number = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
    if not number or not 0 < value < math.inf:
        raise InvalidArgumentError(f"{name}={value!r}; pass a number > 0")
    return float(value)


# --- the loop -------------------------------------------------------------------------


def _run(
    question: _Question,
    resume: str | os.PathLike[str] | None,
    start: float,
    tick: Tick | None,
) -> tuple[_Rows, str]:
    """Count until enough is known; the rows, and why it ended."""
    with _opened(question, resume) as journal:
        found = _Found(question, journal)
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


def _opened(
    question: _Question, resume: str | os.PathLike[str] | None
) -> AbstractContextManager[Journal | None]:
    if resume is None:
        return nullcontext()
    return Journal.open(resume, question.identity())


class _Found:
    """The rows so far, from the journal and from this run."""

    def __init__(self, question: _Question, journal: Journal | None) -> None:
        self._question = question
        self._journal = journal
        self._parts: list[_Rows] = []
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
        self._take(_Rows(counts, outcomes))

    def enough(self) -> bool:
        """Whether nothing more is wanted; looks at whole blocks only."""
        question = self._question
        if question.error is not None and not self._enough:
            counts = self._joined().counts
            while self._looked + CHECKED_EVERY <= min(self.n, question.samples):
                self._looked += CHECKED_EVERY
                if _is_precise(counts[: self._looked], question):
                    self._enough = True
                    break
        return self._enough or self.n >= question.samples

    def rows(self) -> _Rows:
        """Return the rows that count."""
        last = self._looked if self._enough else self._question.samples
        rows = self._joined()
        return _Rows(rows.counts[:last], rows.outcomes[:last])

    def _take(self, rows: _Rows) -> None:
        self._parts.append(rows)
        self.n += len(rows.counts)

    def _joined(self) -> _Rows:
        width = self._question.n_columns
        none = _Rows(np.zeros((0, width), np.int64), np.zeros(0, np.uint8))
        parts = [none, *self._parts]
        joined = _Rows(
            np.concatenate([part.counts for part in parts]),
            np.concatenate([part.outcomes for part in parts]),
        )
        self._parts = [joined]
        return joined

    def _restored(self, payload: bytes) -> _Rows:
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
        return _Rows(counts, outcomes)


def _is_precise(counts: NDArray[np.int64], question: _Question) -> bool:
    assert question.error is not None
    for name in question.definitions:
        found = Summary.of(counts[:, DEFINITIONS.index(name)])
        if not found.se <= question.error * abs(found.mean):
            return False
    return True


def _drawn(
    question: _Question, found: _Found
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


def _batch_size(question: _Question, found: _Found) -> int:
    """Return how many networks to draw at once: some tenths of a second of counting."""
    numbers = sum(m * (n + 1) for n, m in pairwise(question.widths))
    wanted = _SECONDS / found.seconds_each if found.seconds_each else _SMALLEST
    most = min(_MOST_NUMBERS // numbers, question.samples - found.n)
    return max(1, min(max(int(wanted), _SMALLEST), most))


def _monitor(
    question: _Question, start: float, first: int, tick: Tick | None
) -> _core.CoreMonitor:
    """Return the budgets of a batch that begins with sample ``first``."""
    left = math.inf
    if question.max_seconds is not None:
        left = max(question.max_seconds - (time.monotonic() - start), 0.0)

    def told(done: int, _: float) -> object:
        assert tick is not None
        return tick(first + done, (first + done) / question.samples)

    return _core.CoreMonitor(max_seconds=left, progress=None if tick is None else told)
