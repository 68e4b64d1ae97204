# SPDX-License-Identifier: MIT
"""What the campaigns share: a pool, seeds, failures with their command, one summary.

Every case of a campaign has a number; with the campaign's seed it says what is drawn,
whatever the number of processes, so one case can be run again alone: ``--only``.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
# This tree's own package, and of its tests agreement, corpus and reference.
sys.path[1:1] = [str(ROOT), str(ROOT / "tests")]
MOST_PRINTED = 50  # failures, each on a line
STOPPED = 130  # exit status after Ctrl-C, as shells have it


def generator(*numbers: int) -> np.random.Generator:
    """Return the stream of a case: of the campaign's seed, and of the case's number."""
    return np.random.default_rng(numbers)


def parser(doc: str | None, cases: str, default: int) -> argparse.ArgumentParser:
    """Return a parser with what every campaign takes; ``cases``: their option."""
    out = argparse.ArgumentParser(
        description=doc, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    out.add_argument(f"--{cases}", type=int, default=default, metavar="N")
    out.add_argument("--seed", type=int, default=0)
    out.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    out.add_argument(
        "--first", type=int, default=0, help="number of the first case (to resume)"
    )
    out.add_argument("--only", type=int, help="number of the one case to run")
    return out


def numbers(args: argparse.Namespace, n_cases: int) -> range:
    """Return the numbers of the cases that the arguments ask for."""
    if args.only is not None:
        return range(args.only, args.only + 1)
    return range(args.first, args.first + n_cases)


def again(script: str, args: argparse.Namespace, number: int, *options: str) -> str:
    """Return the command that runs one case again."""
    words = [f"python campaigns/{script}.py", *options, f"--seed {args.seed}"]
    return " ".join([*words, f"--only {number}"])


@dataclass
class Tally:
    """Counts of a campaign, printed as they come and summed up in one line."""

    name: str
    counts: dict[str, int] = field(default_factory=dict)
    failures: int = 0
    start: float = field(default_factory=time.monotonic)
    stopped: bool = False  # by Ctrl-C, before all cases

    def __enter__(self) -> Tally:
        """Begin what Ctrl-C may stop; what was done until then is summed up."""
        return self

    def __exit__(self, kind: type | None, *_: object) -> bool:
        """Go on behind a Ctrl-C."""
        self.stopped = kind is KeyboardInterrupt
        return self.stopped

    def add(self, what: str, n: int = 1) -> None:
        """Count something for the summary."""
        self.counts[what] = self.counts.get(what, 0) + n

    def most(self, what: str, value: float) -> None:
        """Keep the largest value of something for the summary."""
        self.counts[what] = max(self.counts.get(what, 0), value)

    def fail(self, text: str, command: str) -> None:
        """Report a failure and the command that shows it again."""
        self.failures += 1
        if self.failures <= MOST_PRINTED:
            line = " ".join(text.split())
            print(f"FAILED {line[:600]}\n       {command}", flush=True)

    def progress(self, done: int, total: int) -> None:
        """Show on a terminal how far it is."""
        if sys.stderr.isatty():
            print(f"\r{self.name}: {done} of {total}", end="", file=sys.stderr)
            if done == total:
                print("\r\033[K", end="", file=sys.stderr)

    def end(self, *extra: str, ok: bool = True) -> int:
        """Print the summary; return the exit status."""
        parts = [f"{_short(n)} {what}" for what, n in self.counts.items()]
        seconds = time.monotonic() - self.start
        parts += [*extra, f"{self.failures} failures", f"{seconds:.0f} s"]
        good = ok and not self.failures
        right = "stopped, no failure" if self.stopped else "passed"
        print(f"{self.name}: {', '.join(parts)}: {right if good else 'FAILED'}")
        return (STOPPED if self.stopped else 0) if good else 1


def _short(n: float) -> str:
    return str(n) if isinstance(n, int) else f"{n:.3g}"


def results(
    function: Callable[[Any], Any], items: Sequence[Any], processes: int
) -> Iterator[Any]:
    """Yield what the function gives for each item, as it comes."""
    if processes <= 1 or len(items) <= 1:
        yield from map(function, items)
        return
    ignore = signal.signal, (signal.SIGINT, signal.SIG_IGN)  # this process hears it
    with multiprocessing.get_context("fork").Pool(processes, *ignore) as pool:
        yield from pool.imap_unordered(function, items, chunksize=1)
