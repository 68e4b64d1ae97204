# SPDX-License-Identifier: MIT
"""Faults put into the core: ``make test-core`` must notice nearly all of them.

    python campaigns/mutants.py [--only 7] [--first 20] [--mutants 10]

Each fault of ``mutant_table.py`` is put into a copy of the tree under
``build/mutants``, the translation units that read the file are compiled (-O1, one
instruction set), and the tests of ``make test-core`` run until one fails.  A survivor
is printed.  A fault whose text is not found is an error of the table.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import common
from mutant_table import MUTANTS, Mutant

LEAST_CAUGHT = 48 / 50
TREE = common.ROOT / "build" / "mutants"
COPIED = ("polyregions", "csrc", "tests", "pyproject.toml")
# The name lets isa_choice.hpp build one instruction set; the file of the other goes.
FLAGS = ["-std=c++17", "-O1", "-g0", "-fPIC", "-ffp-contract=off", "-fwrapv"]
FLAGS += ["-D__SANITIZE_ADDRESS__=1"]
LEFT_OUT = ("fast_engines_avx2.cpp",)
TEST_SECONDS = 600.0
TEST_BYTES = 8 * 2**30  # a fault may ask for all there is


def run(command: Sequence[str], **options: object) -> subprocess.CompletedProcess[str]:
    """Run a program in the copy; its output is kept."""
    options = {"text": True, "cwd": TREE, "capture_output": True, **options}
    return subprocess.run(command, **options)


class Build:
    """The core of the copied tree: objects, and what each was made of."""

    def __init__(self, processes: int) -> None:
        import boost_headers

        self._processes = processes
        self._compiler = os.environ.get("CXX", "g++")
        boost = Path(boost_headers.__file__).parent / "include"
        python = sysconfig.get_path("include")
        self._includes = ["-Icsrc", f"-I{python}", "-isystem", str(boost)]
        suffix = sysconfig.get_config_var("EXT_SUFFIX")
        self._library = TREE / "polyregions" / f"_core{suffix}"
        self._objects = TREE / "objects"

    def prepare(self) -> None:
        """Copy the tree where it has changed, and make the C++ of the door."""
        TREE.mkdir(parents=True, exist_ok=True)
        self._objects.mkdir(exist_ok=True)
        for name in COPIED:
            _copy_changes(common.ROOT / name, TREE / name)
        door, made = TREE / "polyregions" / "_core.pyx", TREE / "_core.cpp"
        parts = [door, *door.parent.glob("_core*.px[id]")]
        if not made.exists() or _newest(parts) > made.stat().st_mtime:
            directives = ["-X", "language_level=3", "-X", "autotestdict=False"]
            command = [sys.executable, "-m", "cython", "--cplus", *directives]
            run([*command, str(door), "-o", str(made)], check=True)

    def update(self) -> str:
        """Compile what has changed and link; return the errors."""
        sources = [TREE / "_core.cpp", *sorted((TREE / "csrc").glob("*.cpp"))]
        sources = [source for source in sources if source.name not in LEFT_OUT]
        stale = [source for source in sources if self._is_stale(source)]
        with ThreadPoolExecutor(self._processes) as pool:
            errors = [text for text in pool.map(self._compile, stale) if text]
        if errors:
            return errors[0]
        objects = [str(self._object(source)) for source in sources]
        # A process may still have the old file open.
        self._library.unlink(missing_ok=True)
        link = ["-shared", *objects, "-o", str(self._library), "-ldl", "-pthread"]
        return run([self._compiler, *link]).stderr

    def _object(self, source: Path) -> Path:
        return self._objects / f"{source.stem}.o"

    def _is_stale(self, source: Path) -> bool:
        made = self._object(source)
        rule = made.with_suffix(".d")
        if not made.exists() or not rule.exists():
            return True
        names = rule.read_text().replace("\\\n", " ").split(":", 1)[1].split()
        own = [TREE / name for name in names if not name.startswith("/")]
        return _newest([source, *own]) > made.stat().st_mtime

    def _compile(self, source: Path) -> str:
        made = self._object(source)
        made.unlink(missing_ok=True)
        paths = [str(source.relative_to(TREE)), "-o", str(made), "-MMD"]
        result = run([self._compiler, *FLAGS, *self._includes, "-c", *paths])
        return result.stderr if result.returncode else ""


def _newest(paths: Iterable[Path]) -> float:
    # A file that is gone was a reason to compile, too.
    return max(p.stat().st_mtime if p.exists() else float("inf") for p in paths)


def _copy_changes(source: Path, target: Path) -> None:
    """Make target what source is; files that are the same keep their time."""
    if source.is_file():
        if not target.exists() or target.read_bytes() != source.read_bytes():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
        return
    skipped = {".so", ".pyc", ".pyd"}
    wanted = {p.relative_to(source) for p in source.rglob("*") if p.is_file()}
    wanted = {p for p in wanted if p.suffix not in skipped}
    there = {p.relative_to(target) for p in target.rglob("*") if p.is_file()}
    for name in there - wanted:
        if name.suffix not in skipped:
            (target / name).unlink()
    for name in wanted:
        _copy_changes(source / name, target / name)


def _limit_memory() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (TEST_BYTES, TEST_BYTES))


def tests() -> list[str]:
    """Return the tests of ``make test-core``."""
    command = ["make", "--silent", "--no-print-directory", "core-tests"]
    return run(command, cwd=common.ROOT, check=True).stdout.split()


def caught(chosen: Sequence[str]) -> str:
    """Run the tests on what is built; return which one failed, or ""."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider"]
    environment = os.environ | {"PYTHONPATH": str(TREE), "PYTHONDONTWRITEBYTECODE": "1"}
    environment["POLYREGIONS_NETWORKS"] = "2"
    try:
        result = run(
            [*command, *chosen],
            env=environment,
            timeout=TEST_SECONDS,
            preexec_fn=_limit_memory,
        )
    except subprocess.TimeoutExpired:
        return f"no end within {TEST_SECONDS:.0f} s"
    if result.returncode == 0:
        return ""
    failed = [
        s for s in result.stdout.splitlines() if s.startswith(("FAILED", "ERROR"))
    ]
    return failed[0] if failed else f"pytest ended with {result.returncode}"


def put_in(mutant: Mutant) -> str:
    """Put a fault into the copy; return what is wrong with the table."""
    path = TREE / "csrc" / mutant.file
    text = path.read_text() if path.exists() else ""
    n = text.count(mutant.old)
    if n != 1:
        return f"{mutant.file}: the text occurs {n} times: {mutant.old.strip()}"
    path.write_text(text.replace(mutant.old, mutant.new))
    return ""


def take_out(mutant: Mutant) -> None:
    """Restore the file."""
    shutil.copyfile(common.ROOT / "csrc" / mutant.file, TREE / "csrc" / mutant.file)


def try_one(number: int, build: Build, chosen: Sequence[str]) -> tuple[str, str]:
    """Return ("caught", by what), ("survived", "") or ("error", what)."""
    mutant = MUTANTS[number]
    if problem := put_in(mutant):
        return "error", problem
    try:
        if errors := build.update():
            return "error", f"{mutant.file}: does not compile: {errors[:300]}"
        found = caught(chosen)
        return ("caught", found) if found else ("survived", "")
    finally:
        take_out(mutant)


def check(numbers: Sequence[int], tally: common.Tally) -> int:
    """Look for the texts; a few may have changed since the table was written."""
    missing = 0
    for k in numbers:
        mutant = MUTANTS[k]
        n = (common.ROOT / "csrc" / mutant.file).read_text().count(mutant.old)
        if n != 1:
            missing += 1
            print(f"{k:2} {mutant.file}: the text occurs {n} times: {mutant.old}")
    shown = f"{len(numbers) - missing} of {len(numbers)} texts are in the core once"
    return tally.end(shown, ok=missing <= len(numbers) // 10)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the campaign; return its exit status."""
    parser = common.parser(__doc__, "mutants", len(MUTANTS))
    parser.add_argument("--check", action="store_true", help="look at the table only")
    args = parser.parse_args(argv)
    numbers = [k for k in common.numbers(args, args.mutants) if k < len(MUTANTS)]
    tally = common.Tally("campaign-mutants")
    build = Build(args.processes)
    if args.check:
        return check(numbers, tally)
    build.prepare()
    if errors := build.update():
        sys.exit(f"the copy does not compile: {errors}")
    chosen = tests()
    start = time.monotonic()
    if found := caught(chosen):
        sys.exit(f"the tests fail without a fault: {found}")
    print(f"without a fault: {time.monotonic() - start:.0f} s", flush=True)
    n_caught = 0
    with tally:
        for k in numbers:
            start = time.monotonic()
            verdict, what = try_one(k, build, chosen)
            seconds, mutant = time.monotonic() - start, MUTANTS[k]
            n_caught += verdict == "caught"
            tally.add(verdict)
            print(
                f"{k:2} {verdict} {mutant.file}: {mutant.why} ({seconds:.0f} s) {what}"
            )
            sys.stdout.flush()
            if verdict == "error":
                tally.fail(what, f"python campaigns/mutants.py --only {k}")
    n_tried = sum(tally.counts.values())
    share = n_caught / n_tried if n_tried else 1.0
    shown = f"{n_caught} of {n_tried} faults caught"
    return tally.end(shown, ok=share >= LEAST_CAUGHT)


if __name__ == "__main__":
    sys.exit(main())
