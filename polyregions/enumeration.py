# SPDX-License-Identifier: MIT
"""count_regions and enumerate_regions: the doors to every engine."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from . import _core
from .budgets import Budget
from .cluster import Scheduler, connected
from .counts import RegionCounts, checked_definitions
from .domain import Domain
from .errors import InvalidArgumentError, InvalidDomainError
from .highs_library import required_highs_library
from .merge import merged_labels, n_labels
from .network import Network
from .progress import HeldProgress, Tick
from .record import Record, Walk
from .region_complex import RegionComplex
from .shared_search import SharedSearch, fast_search
from .tolerances import DEFAULT

ENGINES = ("auto", "sweep", "vertex", "dictionary", "highs", "rational")
# These share their tree among threads, and count linear regions as they go.
_FAST = ("sweep", "vertex", "dictionary")
_NOTHING, _CELLS, _FOR_LINEAR = range(3)  # what an engine keeps


def count_regions(
    network: Network,
    domain: Domain,
    *,
    definitions: str | Iterable[str] = ("activation", "linear"),
    threads: int | None = None,
    max_regions: int | None = None,
    max_seconds: float | None = None,
    max_bytes: int | None = None,
    engine: str = "auto",
    output: int | Sequence[int] | None = None,
    certificate: str | os.PathLike[str] | None = None,
    resume: str | os.PathLike[str] | None = None,
    scheduler: Scheduler | None = None,
    progress: bool | Tick | None = None,
) -> RegionCounts:
    """Count the regions of a network on a domain, exactly.

    Parameters
    ----------
    definitions : "all", or some of activation, linear, linear_closed, affine
        ``per_layer`` always comes with them. Activation alone stores no cells; linear
        stores those that can merge (sweep, vertex and dictionary); the others store
        every cell.
    threads : int
        At least 1, all usable cores by default; a complete answer is the same for every
        number. The sweep, vertex and dictionary engines share their tree; the others
        use one thread.
    max_regions, max_seconds, max_bytes : budgets
        When one ends the search the result is partial, with ``status`` "budget", and
        its numbers are lower bounds. ``max_bytes`` bounds what is stored of the cells.
    engine : "auto", "sweep", "vertex", "dictionary", "highs" or "rational"
        The answer is the same. "sweep": intervals of a line, for rank 1; "vertex":
        every cell keeps its vertices, for rank 2 to 5; "dictionary": every cell keeps a
        linear program, for any rank; "highs": Wang's pipeline, HiGHS proposing;
        "rational": exact integers only. "auto" takes the fastest that applies.
    output : index or indices of the outputs whose maps are compared; None for all
    certificate : path; a file that proves the count
        ``polyregions verify`` or checker.py checks it (docs/certificate.md). A partial
        result gives a file that proves its lower bound. Under its name is the whole
        file, or what was there before. Not with engine "highs".
    resume : path of a journal
        An append-only file from which a search that was stopped or killed goes on; made
        where there is none. The question must be the same; budgets, which are those of
        the whole count, and threads may differ. Engines "highs" and "rational" keep
        complete results only.
    scheduler : address of a dask scheduler, or a distributed.Client
        Workers of that cluster search, each a part of the tree on each of its threads;
        the result is the same. One that is lost costs the second that it was searching.
        The client keeps what is found, and the journal. ``max_seconds`` and
        ``max_regions`` hold as here, give or take some regions; ``max_bytes`` may be
        exceeded by one part a worker. ``threads`` is then of no account. Not with the
        engines "highs" and "rational"; where "auto" takes the latter, it runs here.
    progress : True prints to stderr, or a callable(regions, share)

    Returns
    -------
    RegionCounts
        Fields not asked for are None; an empty domain gives zeros.

    Raises
    ------
    InvalidDomainError
        The domain does not fit the network.
    InvalidArgumentError
        An argument out of range, or a journal of another question or in use.
    JournalError, CertificateError
        The file cannot be read or written.
    MissingExtraError, ClusterError
        For ``scheduler``: dask.distributed is missing; the cluster does not answer, or
        its workers fail.
    """
    wanted = checked_definitions(definitions)
    budget = Budget.checked(max_regions, max_seconds, max_bytes, threads)
    checked_network(network, domain)
    outputs = network.checked_outputs(output)
    record = Record(network, domain, outputs, wanted, certificate, resume)
    with HeldProgress(progress) as tick:
        run = _enumerate(
            network.with_outputs(outputs),
            domain,
            engine,
            budget,
            tick,
            keep=_what_to_keep(wanted),
            record=record,
            scheduler=scheduler,
        )
        merged = _merged_counts(run, wanted, budget, tick)
    counts = RegionCounts(
        activation=run.activation if "activation" in wanted else None,
        linear=merged.get("linear"),
        linear_closed=merged.get("linear_closed"),
        affine=merged.get("affine"),
        per_layer=run.complex.per_layer,
        status=merged["status"],
        engine=run.complex.engine,
        seconds=budget.spent(),
        decisions=run.complex.decisions,
        domain=domain,
        definitions=wanted,
    )
    record.write(run.problem, run.walk, counts)
    return counts


def enumerate_regions(
    network: Network,
    domain: Domain,
    *,
    threads: int | None = None,
    max_regions: int | None = None,
    max_seconds: float | None = None,
    max_bytes: int | None = None,
    engine: str = "auto",
    output: int | Sequence[int] | None = None,
    resume: str | os.PathLike[str] | None = None,
    scheduler: Scheduler | None = None,
    progress: bool | Tick | None = None,
) -> RegionComplex:
    """Enumerate the activation regions of a network on a domain and keep them.

    Parameters, errors and budgets are those of ``count_regions``; ``max_bytes`` bounds
    the columns.

    Returns
    -------
    RegionComplex
        Cells sorted by pattern; empty for an empty domain.
    """
    budget = Budget.checked(max_regions, max_seconds, max_bytes, threads)
    checked_network(network, domain)
    outputs = network.checked_outputs(output)
    record = Record(network, domain, outputs, (), None, resume)
    network = network.with_outputs(outputs)
    with HeldProgress(progress) as tick:
        run = _enumerate(
            *(network, domain, engine, budget, tick),
            keep=_CELLS,
            record=record,
            scheduler=scheduler,
        )
    return run.complex


@dataclass(frozen=True, slots=True)
class _Run:
    """An enumeration, stored or only counted."""

    complex: RegionComplex
    activation: int
    problem: _core.CoreProblem
    cells: _core.CoreCells
    kept: int
    walk: Walk


def _enumerate(
    network: Network,
    domain: Domain,
    engine: str,
    budget: Budget,
    tick: Tick | None,
    *,
    keep: int,
    record: Record | None = None,
    scheduler: Scheduler | None = None,
    **hints: Any,
) -> _Run:
    """Run an engine; ``hints`` spoil HiGHS's proposals on purpose, for tests."""
    _check_engine(engine)
    network = checked_network(network, domain)
    problem = _core.CoreProblem(network.core, domain.core)
    name = _chosen_engine(engine, problem)
    search = _Search(problem, name, budget, tick, keep, hints)
    if record is not None and scheduler is not None and _sharable(engine, search):
        with connected(scheduler) as pool:
            walk = record.searched(search, SharedSearch(pool, network, domain))
    elif record is None or not record.wanted:
        cells, counts = search.whole()
        walk = Walk(cells, counts, rest=[])
    else:
        walk = record.searched(search)
    counts = dict(walk.counts)
    activation = counts.pop("activation")
    cx = RegionComplex(
        network, domain, walk.cells, engine=name, seconds=budget.spent(), **counts
    )
    kept = keep if name in _FAST else _CELLS
    return _Run(cx, activation, problem, walk.cells, kept, walk)


def _sharable(engine: str, search: _Search) -> bool:
    """Whether a cluster can help; refuses an engine that is asked for and cannot."""
    if not search.in_parts and engine != "auto":
        raise InvalidArgumentError(
            f"engine {engine!r} searches on one machine; pass engine='auto', or no "
            "scheduler"
        )
    return search.in_parts


@dataclass(frozen=True, slots=True)
class _Search:
    """One engine on one question."""

    problem: _core.CoreProblem
    engine: str
    budget: Budget
    tick: Tick | None
    keep: int
    hints: dict[str, Any]

    @property
    def in_parts(self) -> bool:
        """Whether a search that was stopped can go on."""
        return self.engine in _FAST

    def whole(self, **tells: bool) -> tuple[_core.CoreCells, dict[str, Any]]:
        """Search all in one go; ``tells``: for a certificate."""
        monitor = self.budget.monitor(self.tick)
        if self.engine in _FAST:
            return self._fast(monitor, **tells)
        store = self.keep != _NOTHING
        if self.engine == "rational":
            return self.problem.enumerate_rational(monitor, store, **tells)
        library = required_highs_library()
        return self.problem.enumerate_highs(monitor, store, library, **self.hints)

    def part(
        self, walk: Walk, seconds: float, **tells: bool
    ) -> tuple[_core.CoreCells, dict[str, Any], bool]:
        """Go on with a search for so long; True when a budget ends it for good."""
        regions, share = walk.counts.get("activation", 0), walk.share()
        tick = self.tick
        if tick is not None:
            tick = _Offset(tick, regions, share)
        start = self.budget.spent()
        monitor = self.budget.monitor(
            tick, at_most=seconds, regions=regions, stored=walk.nbytes()
        )
        cells, counts = self._fast(monitor, tasks=walk.rest, resumable=True, **tells)
        stopped = counts["status"] == "interrupted" or (
            counts["status"] == "budget"
            and (self.budget.spent() - start < seconds or self.budget.left() <= 0)
        )
        return cells, counts, stopped

    def _fast(
        self, monitor: _core.CoreMonitor, **parts: Any
    ) -> tuple[_core.CoreCells, dict[str, Any]]:
        threads = self.budget.threads
        return fast_search(
            self.problem, self.engine, monitor, self.keep, threads, **parts
        )


@dataclass(frozen=True, slots=True)
class _Offset:
    """Progress of a part, told as that of the whole."""

    tick: Tick
    regions: int
    share: float

    def __call__(self, regions: int, share: float) -> object:
        return self.tick(self.regions + regions, self.share + share)


def _what_to_keep(wanted: Sequence[str]) -> int:
    """Return what the definitions need of each cell."""
    if {*wanted} <= {"activation"}:
        return _NOTHING
    return _FOR_LINEAR if {*wanted} <= {"activation", "linear"} else _CELLS


def _merged_counts(
    run: _Run, wanted: Sequence[str], budget: Budget, tick: Tick | None
) -> dict[str, Any]:
    """Return counts of the definitions that compare maps, and the final status."""
    status = run.complex.status
    asked = [name for name in wanted if name != "activation"]
    if not asked:
        return {"status": status}
    # A partial result still says how many different maps it has seen.
    monitor = budget.monitor(tick, at_least=DEFAULT.spare_seconds)
    if run.kept == _FOR_LINEAR:
        linear = run.problem.count_linear(run.cells, monitor)
        return {
            "linear": linear,
            "status": status if status != "complete" else monitor.outcome,
        }
    maps = run.problem.map_labels(run.cells, monitor)
    out: dict[str, Any] = dict.fromkeys(asked, n_labels(maps))
    for name, connectivity in (("linear", "open"), ("linear_closed", "closed")):
        if name not in asked or {status, monitor.outcome} != {"complete"}:
            continue
        labels = merged_labels(run.problem, run.cells, maps, connectivity, monitor)
        if monitor.outcome == "complete":
            out[name] = n_labels(labels)
    if status == "complete":
        status = monitor.outcome
    if status != "complete":
        out = dict.fromkeys(asked, n_labels(maps))
    return out | {"status": status}


def checked_network(network: Network, domain: Domain) -> Network:
    """Return the network, if the domain fits it.

    Raises
    ------
    InvalidArgumentError
        No Network, or no Domain.
    InvalidDomainError
        Another number of inputs.
    """
    if not isinstance(network, Network) or not isinstance(domain, Domain):
        raise InvalidArgumentError("pass a Network and a Domain")
    if domain.n_inputs != network.n_inputs:
        raise InvalidDomainError(
            f"the domain has {domain.n_inputs} inputs but the network takes "
            f"{network.n_inputs}; pass a domain of that dimension"
        )
    return network


def _check_engine(engine: str) -> None:
    if engine not in ENGINES:
        raise InvalidArgumentError(
            f"unknown engine {engine!r}; known are {', '.join(ENGINES)}"
        )


def _chosen_engine(engine: str, problem: _core.CoreProblem) -> str:
    """Return the engine that runs; "auto" takes the fastest that applies."""
    if engine in ("highs", "rational"):
        return engine
    by_vertices = "sweep" if problem.search_dim == 1 else "vertex"
    low_rank = not problem.prefers_dictionary(DEFAULT.dictionary_rank)
    wanted = engine == by_vertices or (engine == "auto" and low_rank)
    if wanted and problem.vertex_engine_applies():
        return by_vertices
    if engine in ("auto", "dictionary") and problem.dictionary_engine_applies():
        return "dictionary"
    if engine == "auto":
        return "rational"
    ranks = {"sweep": " and rank 1", "vertex": " and rank 2 to 5"}
    raise InvalidArgumentError(
        f"engine {engine!r} needs cells with vertices{ranks.get(engine, '')}; this "
        f"problem has rank {problem.search_dim}: pass engine='auto'"
    )
