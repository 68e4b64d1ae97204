# SPDX-License-Identifier: MIT
"""Failing allocations, threads and disks: an error or the right answer, never a crash.

    python campaigns/failing_calls.py [--calls 20000] [--kinds memory,files] [--seed 0]

``failing.c`` is compiled and preloaded: it lets the n-th call of the process after
arming fail, n random, or that call and all later ones.

* ``memory``: allocations while regions are counted, enumerated, merged, cut or looked
  at, in the core (and the C++ library) or anywhere in the process.  The answer is
  right, or MemoryError; and right when it is asked for once more.
* ``threads``: no thread starts.  The answer is right.
* ``files``: writing, fsync or renaming while something is saved.  A ModelFileError, and
  under the path stands what stood there before; or all of the new file.

A new kind of file to save is a line of the table ``SAVERS``.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import common
import guarded
import numpy as np

import polyregions as pr
from polyregions.errors import ModelFileError

SOURCE = Path(__file__).with_name("failing.c")
ALLOCATIONS, THREADS, FILES = 1, 2, 3  # as in failing.c
NEVER = 2**62


class Shim:
    """The preloaded library."""

    def __init__(self) -> None:
        own = ctypes.CDLL(None)
        self.arm, self.disarm = own.failing_arm, own.failing_disarm
        self.arm.argtypes = (ctypes.c_int, ctypes.c_long, ctypes.c_int)
        self.disarm.restype = ctypes.c_long
        self._nowhere, self._code = own.failing_nowhere, own.failing_code
        self._code.argtypes = (ctypes.c_size_t, ctypes.c_size_t)
        self._core = _code_ranges("polyregions/_core", "libstdc++")
        # The loader ends the process when a thread has no memory for its variables.
        spared = _code_ranges("/ld-linux")
        self._all = [r for r in _code_ranges("") if r not in spared]

    def where(self, core_only: bool) -> None:
        """Let allocations of the core and of the C++ library fail, or of everyone."""
        self._nowhere()
        for begin, end in self._core if core_only else self._all:
            self._code(begin, end)


def _code_ranges(*names: str) -> list[tuple[int, int]]:
    """Return the addresses of code in files whose names hold one of these."""
    ranges = []
    for line in Path("/proc/self/maps").read_text().splitlines():
        addresses, rights, _, _, _, *path = line.split(maxsplit=5)
        if "x" in rights and path and any(name in path[0] for name in names):
            begin, end = (int(a, 16) for a in addresses.split("-"))
            ranges.append((begin, end))
    return ranges


# Questions ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Question:
    """Something to ask; its answer compares with ==."""

    name: str
    ask: Callable[[], Any]


def _counted(counts: pr.RegionCounts) -> tuple:
    found = (counts.activation, counts.linear, counts.linear_closed, counts.affine)
    return (*found, counts.per_layer, counts.status)


def _stored(cx: pr.RegionComplex) -> tuple:
    return cx.patterns.tobytes(), cx.on_breakpoint.tobytes(), cx.per_layer, cx.status


def _derived(cx: pr.RegionComplex, points: np.ndarray) -> tuple:
    found = (cx.adjacency, cx.same_map, cx.map_labels, cx.linear_labels("closed"))
    region = cx[len(cx) // 2]
    cells = (region.exact_value, region.exact_restrictions)
    return (*(a.tobytes() for a in found), *cells, cx.locate(points).tobytes())


def _operations() -> tuple:
    net = pr.random_network([2, 3, 1], seed=0)
    [first, *_] = pr.enumerate_regions(net, pr.Domain.box(-1, 1, dim=2))
    added = pr.add(first, 0.25)
    parts = [part.exact_restrictions for part in pr.cut(added)]
    both = pr.intersect([first, added], [1.0, -1.0])
    return parts, None if both is None else both.exact_value


@cache
def questions() -> list[Question]:
    """Return what is asked while memory fails."""
    small = pr.random_network([2, 5, 4, 1], seed=0)
    leaky = pr.random_network(
        [3, 4, 3, 2], seed=1, activation="leaky_relu", negative_slope=0.25
    )
    mixed = pr.random_network([2, 4, 3, 1], seed=2, activation="hardtanh")
    line = pr.random_network([1, 8, 6, 1], seed=3)
    wide = pr.random_network([4, 14, 12, 1], seed=4)
    box, halves = pr.Domain.box, pr.Domain.polytope([[1.0, 1.0]], [0.5])
    cases = [
        ("small", small, pr.Domain.all(2), ("vertex", "dictionary", "rational")),
        ("halves", small, halves, ("vertex", "dictionary", "highs")),
        ("leaky", leaky, box(-1, 1, dim=3), ("vertex", "dictionary", "rational")),
        ("mixed", mixed, box(-2, 2, dim=2), ("vertex", "dictionary", "highs")),
        ("line", line, pr.Domain.all(1), ("sweep", "dictionary", "rational")),
    ]
    out = [Question("operations", _operations)]
    for name, net, domain, engines in cases:
        for engine in engines:
            out += _asked(f"{name} {engine}", net, domain, engine)
        points = np.random.default_rng(0).uniform(-1, 1, (5, net.n_inputs))
        out.append(_looked_at(name, net, domain, points))
    for engine in ("vertex", "dictionary"):
        out.append(_shared(engine, wide))
    return out


def _asked(name: str, net, domain, engine: str) -> list[Question]:
    def count(definitions):
        def ask():
            fresh = pr.Network(  # its integers are made anew
                [(layer.weight, layer.bias) for layer in net.layers],
                [layer.activation for layer in net.layers[:-1]],
            )
            asked = {"definitions": definitions, "engine": engine, "threads": 1}
            return _counted(pr.count_regions(fresh, domain, **asked))

        return ask

    def enumerate_():
        return _stored(pr.enumerate_regions(net, domain, engine=engine, threads=1))

    return [
        Question(f"count {name}", count("activation")),
        Question(f"count linear {name}", count(("activation", "linear"))),
        Question(f"count all {name}", count("all")),
        Question(f"enumerate {name}", enumerate_),
    ]


def _looked_at(name: str, net, domain, points: np.ndarray) -> Question:
    cells = pr.enumerate_regions(net, domain, engine="rational")

    def ask():
        options = {
            key: getattr(cells, key)
            for key in ("per_layer", "status", "engine", "seconds", "decisions")
        }
        cx = pr.RegionComplex(net, domain, cells._cells, **options)  # nothing cached
        return _derived(cx, points)

    return Question(f"look at {name}", ask)


def _shared(engine: str, net) -> Question:
    """Ask for a search long enough for several threads."""

    def ask():
        asked = {"engine": engine, "threads": 3, "definitions": "activation"}
        return _counted(pr.count_regions(net, pr.Domain.all(4), **asked))

    return Question(f"share {engine}", ask)


# Files to save -----------------------------------------------------------------------


@dataclass(frozen=True)
class Saver:
    """Something that is saved: two of them, so that one can overwrite the other."""

    name: str
    suffix: str
    make: Callable[[int], Any]
    save: Callable[[Any, Path], None]


def _complex(k: int) -> pr.RegionComplex:
    net = pr.random_network([2, 4 + k, 1], seed=k)
    return pr.enumerate_regions(net, pr.Domain.all(2))


SAVERS = [
    Saver(
        *("model", ".npz", lambda k: pr.random_network([2, 90 + k, 1], k)),
        lambda net, path: net.save(path),
    ),
    Saver("complex", ".npz", _complex, lambda cx, path: cx.save(path)),
]


# Cases -------------------------------------------------------------------------------


def memory_case(shim: Shim, seed: int) -> guarded.Case:
    """Return the cases in which memory fails."""
    answers = [question.ask() for question in questions()]

    def case(number: int) -> Callable[[], str | None]:
        rng = common.generator(seed, number)
        k = int(rng.integers(len(answers)))
        question, sticky = questions()[k], int(rng.random() < 0.3)
        core_only = bool(rng.random() < 0.85)
        shim.where(core_only)
        shim.arm(ALLOCATIONS, NEVER, 0)
        question.ask()
        n_calls = max(1, shim.disarm())
        share = rng.random() if rng.random() < 0.5 else n_calls ** (rng.random() - 1)
        n = min(n_calls, 1 + int(share * n_calls))
        # Without memory numpy itself may return nothing and raise nothing.
        allowed = (MemoryError,) if core_only else (MemoryError, SystemError)
        return lambda: _memory(shim, question, answers[k], (n, sticky), allowed)

    return case


def _memory(shim: Shim, question, answer, step, allowed) -> str | None:
    n, sticky = step
    what = f"{question.name}, allocation {n}{' and all later' if sticky else ''}"
    outcome = None
    shim.arm(ALLOCATIONS, n, sticky)
    try:
        found = question.ask()
        shim.disarm()
        if found != answer:
            return f"{what}: a wrong answer"
    except allowed:
        shim.disarm()
        outcome = "refused"
    except BaseException as error:
        shim.disarm()
        return f"{what}: {type(error).__name__}: {error}"
    if question.ask() != answer:
        return f"{what}: a wrong answer afterwards"
    return outcome


def threads_case(shim: Shim, seed: int) -> guarded.Case:
    """Return the cases in which threads do not start."""
    asked = [question for question in questions() if question.name.startswith("share")]
    answers = [question.ask() for question in asked]

    def case(number: int) -> Callable[[], str | None]:
        k, n = number % len(asked), 1 + number // len(asked) % 2

        def ask():
            shim.arm(THREADS, n, 1)
            try:
                found = asked[k].ask()
            finally:
                shim.disarm()
            return None if found == answers[k] else f"{asked[k].name}: a wrong answer"

        return ask

    return case


def files_case(shim: Shim, seed: int, folder: str) -> guarded.Case:
    """Return the cases in which a file cannot be written."""
    made = [(saver, saver.make(0), saver.make(1)) for saver in SAVERS]

    def case(number: int) -> Callable[[], str | None]:
        rng = common.generator(seed, number)
        saver, old, new = made[rng.integers(len(made))]
        home = Path(tempfile.mkdtemp(dir=folder))
        path = home / f"file{saver.suffix}"
        saver.save(new, path)
        whole = path.read_bytes()
        path.unlink()
        before = None
        if rng.random() < 0.5:
            saver.save(old, path)
            before = path.read_bytes()
        n, sticky = int(rng.integers(1, 6)), int(rng.random() < 0.5)

        def save():
            what = f"{saver.name}, step {n}{' and all later' if sticky else ''}"
            outcome, expected = None, whole
            shim.arm(FILES, n, sticky)
            try:
                saver.save(new, path)
            except ModelFileError:
                outcome, expected = "refused", before
            finally:
                shim.disarm()
            left = sorted(home.iterdir())
            if left != ([] if expected is None else [path]):
                return f"{what}: {[p.name for p in left]} are left"
            if expected is not None and path.read_bytes() != expected:
                return f"{what}: the file is half written"
            return outcome

        return save

    return case


def preloaded(argv: Sequence[str]) -> bool:
    """Return True in a process with the library; else become one."""
    if os.environ.get("POLYREGIONS_FAILING"):
        return True
    folder = tempfile.mkdtemp(prefix="polyregions-failing-")
    library = str(Path(folder, "failing.so"))
    compiler = os.environ.get("CC", "cc")
    command = [compiler, "-shared", "-fPIC", "-O1", str(SOURCE), "-o", library, "-ldl"]
    subprocess.run(command, check=True)
    os.environ["POLYREGIONS_FAILING"] = folder
    os.environ["LD_PRELOAD"] = library
    os.execv(sys.executable, [sys.executable, __file__, *argv])


def main(argv: Sequence[str] | None = None) -> int:
    """Run the campaign; return its exit status."""
    argv = sys.argv[1:] if argv is None else argv
    parser = common.parser(__doc__, "calls", 20_000)
    parser.add_argument("--kinds", default="memory,threads,files")
    args = parser.parse_args(argv)
    preloaded(argv)
    shim, tally = Shim(), common.Tally("campaign-faults")
    with tally, tempfile.TemporaryDirectory() as folder:
        makers = {
            "memory": (lambda: memory_case(shim, args.seed), args.calls),
            "threads": (lambda: threads_case(shim, args.seed), 4),
            "files": (lambda: files_case(shim, args.seed, folder), args.calls // 10),
        }
        for kind in args.kinds.split(","):
            make, n_cases = makers[kind]
            totals, numbers = guarded.Totals(), common.numbers(args, n_cases)
            failures = guarded.guarded(
                make(), numbers, args.processes, totals, of_reader=False
            )
            try:
                for failure in failures:
                    command = common.again("failing_calls", args, failure.number)
                    text = f"{kind} {failure.number}: {failure.what}"
                    tally.fail(text, f"{command} --kinds {kind}")
            finally:
                tally.add(f"of {kind}", totals.done)
                tally.add("right answers", totals.read)
    return tally.end()


if __name__ == "__main__":
    sys.exit(main())
