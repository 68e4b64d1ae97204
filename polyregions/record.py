# SPDX-License-Identifier: MIT
"""What a search writes: a journal of its parts, and a certificate of its count."""

from __future__ import annotations

import math
import os
import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from . import _core
from .certificate import (
    FORMAT,
    Fragment,
    Task,
    certificate_header,
    certificate_parts,
    check_writable,
    empty_certificate,
    varints,
    ways_left,
    write_certificate,
)
from .contacts import contact_numbers
from .counts import RegionCounts
from .domain import Domain
from .errors import InvalidArgumentError, JournalError
from .frames import pack, unpack
from .journal import Journal
from .merge import merged_labels
from .network import Network
from .tolerances import DEFAULT

if TYPE_CHECKING:
    from .enumeration import _Search

_CELLS = ("patterns", "on_break", "points")
_CANDIDATES = ("candidates", "first", "columns", "steps")


@dataclass(slots=True)
class Walk:
    """What a search in parts has found so far.

    Attributes
    ----------
    fragments : of a certificate, in no order
    rest : tasks left; None before the first part
    """

    cells: _core.CoreCells = field(default_factory=_core.CoreCells)
    counts: dict[str, Any] = field(default_factory=dict)
    fragments: list[Fragment] = field(default_factory=list)
    rest: list[Task] | None = None

    def share(self) -> float:
        """Return the share of the tree that is done."""
        if self.rest is None:
            return 0.0
        return max(0.0, 1.0 - sum(2.0 ** -len(way) for way in ways_left(self.rest)))

    def nbytes(self) -> int:
        """Return the bytes kept."""
        return self.cells.nbytes + sum(
            len(tokens) for _, tokens, _, _ in self.fragments
        )

    def add(
        self,
        problem: _core.CoreProblem,
        cells: _core.CoreCells,
        fragments: list[Fragment],
        rest: list[Task],
    ) -> None:
        """Take a part's cells and counts; the cells come unsorted."""
        self.fragments += fragments
        self.rest = rest
        self.counts = problem.add_part(self.cells, cells)


# Of (search, what to tell for a certificate, journal).
Run = Callable[["_Search", dict[str, bool], Journal | None], Walk]


class Record:
    """The files that a search writes: a journal, a certificate, or none.

    Parameters
    ----------
    network : with all outputs
    outputs : indices of those that are looked at; None for all
    definitions : what is counted; none where cells are enumerated
    certificate, journal : paths, or None

    Raises
    ------
    InvalidArgumentError, CertificateError
        The certificate cannot be written there.
    """

    def __init__(
        self,
        network: Network,
        domain: Domain,
        outputs: list[int] | None,
        definitions: tuple[str, ...],
        certificate: str | os.PathLike[str] | None,
        journal: str | os.PathLike[str] | None,
    ) -> None:
        if certificate is not None:
            check_writable(certificate)
        self._question = (network, domain, outputs, definitions)
        self._certificate = certificate
        self._journal = journal
        self.wanted = certificate is not None or journal is not None

    def _header(self, problem: _core.CoreProblem) -> dict[str, Any]:
        network, domain, outputs, definitions = self._question
        return certificate_header(network, domain, problem, definitions, outputs)

    def searched(self, search: _Search, run: Run | None = None) -> Walk:
        """Run a search, part by part into the journal if there is one.

        ``run``: what searches in the place of this process.

        Raises
        ------
        InvalidArgumentError
            Engine "highs" with a certificate; a journal of another question.
        JournalError
            The journal holds what this search cannot have written, or fails.
        """
        tells = {}
        if self._certificate is not None:
            if search.engine == "highs":
                raise InvalidArgumentError(
                    "engine 'highs' writes no certificate; pass engine='auto'"
                )
            definitions = self._question[3]
            linear = not {"linear", "linear_closed"}.isdisjoint(definitions)
            tells = {"traced": True, "linear": linear}
        with self._opened_journal(search, tells) as journal:
            return (run or _searched)(search, tells, journal)

    def _opened_journal(
        self, search: _Search, tells: dict[str, bool]
    ) -> AbstractContextManager[Journal | None]:
        if self._journal is None:
            return nullcontext()
        from importlib.metadata import version  # slow to import, and seldom asked

        identity = self._header(search.problem) | {
            "certificate": {"format": FORMAT, **tells} if tells else {},
            "engine": search.engine,
            "keep": search.keep,
            "version": version("polyregions"),
        }
        return Journal.open(self._journal, identity)

    def write(
        self, problem: _core.CoreProblem, walk: Walk, counts: RegionCounts
    ) -> None:
        """Write the certificate of what was counted.

        Raises
        ------
        CertificateError
            The file cannot be written.
        """
        if self._certificate is None:
            return
        _, domain, _, definitions = self._question
        header = self._header(problem)
        if domain.core.empty:
            parts: Iterable[bytes] = [empty_certificate(header, domain)]
        else:
            stated, closed = None, None
            if counts.status == "complete":
                stated = {name: getattr(counts, name) for name in definitions}
                stated["per_layer"] = list(counts.per_layer)
                if "linear_closed" in definitions:
                    closed = _closed_block(problem, walk.cells, header)
            parts = certificate_parts(
                header, walk.fragments, walk.rest or [], stated, closed
            )
        write_certificate(self._certificate, parts)


def _searched(search: _Search, tells: dict[str, bool], journal: Journal | None) -> Walk:
    walk = restored(search.problem, journal)
    try:
        _go_on(walk, search, tells, journal)
    except KeyboardInterrupt:  # between two parts
        if not walk.counts:
            raise
        walk.counts["status"] = "interrupted"
    walk.cells.sort()
    return walk


def _go_on(
    walk: Walk, search: _Search, tells: dict[str, bool], journal: Journal | None
) -> None:
    until_frame = math.inf if journal is None else DEFAULT.journal_seconds
    seconds, stopped = until_frame, False
    while not stopped and walk.rest != []:
        if search.in_parts:
            with blaming(journal):
                cells, counts, stopped = search.part(walk, seconds, **tells)
        else:
            cells, counts = search.whole(**tells)
            stopped = True
        fragments, rest = cells.fragments, cells.rest
        done = search.in_parts or counts["status"] == "complete"
        news = counts["activation"] > 0 or rest != walk.rest
        # What exact integers did not finish is done again: it gets twice the time.
        seconds = until_frame if news else 2 * seconds
        if journal is not None and done and news:
            journal.append(packed_part(cells, counts, fragments, rest))
        with uninterrupted():
            walk.add(search.problem, cells, fragments, rest)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Hold Ctrl-C back: a part is added whole or not at all."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def blaming(journal: Journal | None) -> Iterator[None]:
    """Blame the journal for tasks that a search does not have."""
    try:
        yield
    except InvalidArgumentError as error:
        if journal is None:
            raise
        raise _foreign(journal.path, error) from None


def _closed_block(
    problem: _core.CoreProblem, cells: _core.CoreCells, header: dict[str, Any]
) -> bytes:
    monitor = _core.CoreMonitor()
    maps = problem.map_labels(cells, monitor)
    components = merged_labels(problem, cells, maps, "open", monitor)
    kept = [0, *(k + 1 for k in header["coordinates"])]
    domain = [[row[k] for k in kept] for row in header["rows"]]
    pairs = [*contact_numbers(problem, cells, maps, components, domain)]
    return varints([len(pairs), *chain(*pairs)])


def packed_part(
    cells: _core.CoreCells,
    counts: dict[str, Any],
    fragments: list[Fragment],
    rest: list[Task],
) -> bytes:
    """Return what a part has found and what is left as a journal's frame."""
    arrays = {name: getattr(cells, name) for name in _CELLS}
    arrays |= dict(zip(_CANDIDATES, cells.candidates(), strict=True))
    scalars = {
        "counts": counts,
        "rest": [[part.hex() for part in task] for task in rest],
        "fragments": [
            [sides.hex(), len(tokens), n_leaves, cuts]
            for sides, tokens, n_leaves, cuts in fragments
        ],
    }
    blobs = {"tokens": b"".join(tokens for _, tokens, _, _ in fragments)}
    return pack(scalars, arrays, blobs)


def restored(problem: _core.CoreProblem, journal: Journal | None) -> Walk:
    """Return what a journal's parts have found.

    Raises
    ------
    JournalError
        It holds what this search cannot have written.
    """
    walk = Walk()
    for payload in journal.frames() if journal is not None else ():
        assert journal is not None
        try:
            add_packed(walk, problem, payload)
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            if isinstance(error, JournalError):
                raise
            raise _foreign(journal.path, error) from None
    return walk


def add_packed(walk: Walk, problem: _core.CoreProblem, payload: bytes) -> None:
    """Add what ``packed_part`` has packed; the part's rest becomes the walk's."""
    scalars, arrays, blobs = unpack(payload)
    counts = dict(scalars["counts"])
    rest = [*_tasks(scalars["rest"], len(counts["per_layer"]))]
    fragments = [*_fragments(scalars["fragments"], bytes(blobs["tokens"]))]
    cells = _core.CoreCells.from_arrays(*_columns(arrays, _CELLS))
    cells.set_candidates(*_columns(arrays, _CANDIDATES))
    cells.set_counts(counts)
    walk.add(problem, cells, fragments, rest)


def _foreign(path: str, error: Exception) -> JournalError:
    return JournalError(
        f"{path}: a frame that this search cannot have written ({error}); pass another "
        "file"
    )


def _columns(
    arrays: dict[str, NDArray[Any]], names: tuple[str, ...]
) -> Iterator[NDArray[Any]]:
    return (np.ascontiguousarray(arrays[name]) for name in names)


# The core checks arrays and counts; nothing else in a frame is believed either.


def _tasks(rest: Any, n_hidden: int) -> Iterator[Task]:
    for steps, found in ((bytes.fromhex(a), bytes.fromhex(b)) for a, b in rest):
        _need({*steps} <= {0, 1, 2} and steps[-1:] in (b"", b"\1"), "a task")
        _need(len(found) == n_hidden or not steps, "a task of another network")
        yield steps, found


def _fragments(index: Any, tokens: bytes) -> Iterator[Fragment]:
    at = 0
    for sides, size, n_leaves, cuts in index:
        last = [0, 0]
        for *place, events in cuts:
            _need(_are_numbers([*place, *events]), "a cut")
            _need(len(place) == 2 and last <= place, "cuts in no order")
            last = place
        _need(_are_numbers([size, n_leaves]) and last[0] <= size, "a fragment")
        _need(last[1] <= n_leaves, "a fragment of fewer leaves")
        yield bytes.fromhex(sides), tokens[at : at + size], n_leaves, cuts
        at += size
    _need(at == len(tokens), "fragments of other tokens")


def _are_numbers(values: list[Any]) -> bool:
    return all(type(x) is int and 0 <= x < 1 << 63 for x in values)


def _need(holds: bool, what: str) -> None:
    if not holds:
        raise ValueError(what)
