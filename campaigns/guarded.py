# SPDX-License-Identifier: MIT
"""Reads files in forked workers that may die, take too long or do what is forbidden.

A worker has a limit of memory above what it began with, an alarm that ends it, and an
audit hook that notes what no reader may do: unpickle, run code, start programs.  When
a worker is gone the case it was at is known, and another goes on behind it.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import select
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from ctypes import Structure, c_double, c_int64
from dataclasses import dataclass

SECONDS = 5.0
BYTES = 2**30
FORBIDDEN = ("pickle.find_class", "marshal.", "exec", "os.system", "os.exec", "os.fork")
FORBIDDEN += (
    "os.posix_spawn",
    "os.spawn",
    "os.startfile",
    "subprocess.Popen",
    "socket.",
)
FORBIDDEN += ("os.mkdir", "os.remove", "os.rename", "shutil.", "ctypes.", "compile")
MODULES = ("bz2", "lzma", "ast", "encodings.idna", "encodings.cp437", "tokenize")


class Shared(Structure):
    """What a worker tells even when it dies."""

    _fields_ = (
        ("at", c_int64),  # number of the case
        ("done", c_int64),
        ("read", c_int64),
        ("slowest", c_double),
        ("bytes", c_int64),
    )


Case = Callable[[int], Callable[[], str | None]]


@dataclass(frozen=True)
class Failure:
    """A case that did something no reader may do."""

    number: int
    what: str


@dataclass
class Totals:
    """Sums over all workers."""

    done: int = 0
    read: int = 0
    slowest: float = 0.0
    bytes: int = 0


class Audit:
    """Notes forbidden events while it is armed; a hook stays for good."""

    def __init__(self) -> None:
        self.armed = False
        self.seen: list[str] = []
        sys.addaudithook(self._hook)

    def _hook(self, event: str, args: tuple[object, ...]) -> None:
        if not self.armed or not event.startswith(FORBIDDEN):
            return
        if event == "compile" and args[1] in (None, "<unknown>"):
            return  # ast.parse, which runs nothing: numpy reads its headers with it
        if _importing():
            return
        self.seen.append(f"{event}{args!r}"[:200])
        raise RuntimeError(f"forbidden: {event}")


def _importing() -> bool:
    frame = sys._getframe(2)
    while frame is not None:
        if frame.f_code.co_filename == "<frozen importlib._bootstrap>":
            return True
        frame = frame.f_back
    return False


def guarded(
    case: Case,
    numbers: Sequence[int],
    processes: int,
    totals: Totals,
    *,
    of_reader: bool = True,
) -> Iterator[Failure]:
    """Run the cases in workers; yield the failures.

    ``case`` prepares a number and returns what reads it, which is watched; that returns
    None when it read the file, "refused" when it gave a documented error, and else what
    is wrong.  Without ``of_reader`` there is only the alarm.
    """
    stripes = [numbers[k::processes] for k in range(min(processes, len(numbers)))]
    running = {}
    for stripe in stripes:
        worker = _Worker(case, stripe, of_reader)
        running[worker.pipe] = worker
    try:
        while running:
            ready, _, _ = select.select(list(running), [], [], 1.0)
            for pipe in ready:
                worker = running[pipe]
                text = worker.lines()
                for line in text:
                    number, _, what = line.partition(" ")
                    yield Failure(int(number), what)
                if not worker.ended:
                    continue
                del running[pipe]
                status, rest = worker.finish(totals)
                if status is not None:
                    yield status
                if rest:
                    worker = _Worker(case, rest, of_reader)
                    running[worker.pipe] = worker
    finally:
        for worker in running.values():
            worker.stop(totals)


class _Worker:
    def __init__(self, case: Case, numbers: Sequence[int], of_reader: bool) -> None:
        self._numbers = numbers
        self._shared = multiprocessing.RawValue(Shared)
        self._buffer = b""
        self.ended = False
        self.pipe, write = os.pipe()
        sys.stdout.flush()
        self._pid = os.fork()
        if self._pid == 0:
            status = 1
            try:
                os.close(self.pipe)
                _work(case, numbers, self._shared, write, of_reader)
                status = 0
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(status)
        os.close(write)

    def lines(self) -> list[str]:
        """Return what came whole; notes the end."""
        data = os.read(self.pipe, 65536)
        self.ended = not data
        *whole, self._buffer = (self._buffer + data).split(b"\n")
        return [line.decode("utf8", "replace") for line in whole]

    def finish(self, totals: Totals) -> tuple[Failure | None, Sequence[int]]:
        """Return the case it died at, if it did, and what is left to do."""
        status, at = self._wait(totals), self._shared.at
        if status == 0:
            return None, []
        totals.done += 1
        rest = self._numbers[list(self._numbers).index(at) + 1 :]
        return Failure(at, f"the process ended with {_status_name(status)}"), rest

    def stop(self, totals: Totals) -> None:
        """End it where it is."""
        os.kill(self._pid, signal.SIGKILL)
        self._wait(totals)

    def _wait(self, totals: Totals) -> int:
        _, status = os.waitpid(self._pid, 0)
        os.close(self.pipe)
        shared = self._shared
        totals.done += shared.done
        totals.read += shared.read
        totals.slowest = max(totals.slowest, shared.slowest)
        totals.bytes = max(totals.bytes, shared.bytes)
        return status


def _status_name(status: int) -> str:
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        if number == signal.SIGALRM:
            return f"the alarm after {SECONDS:g} s"
        return signal.Signals(number).name
    return f"status {os.WEXITSTATUS(status)}"


def _work(case: Case, numbers, shared, write: int, of_reader: bool) -> None:
    for number in (signal.SIGALRM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    for name in MODULES:
        __import__(name)
    warnings.simplefilter("error")  # a reader says what is wrong in its error
    audit = Audit() if of_reader else None
    if of_reader:
        limit = _virtual_bytes() + BYTES
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    before = _peak_bytes()
    for number in numbers:
        shared.at = number
        outcome = _one(case, number, shared, audit)
        shared.bytes = max(shared.bytes, _peak_bytes() - before)
        if outcome not in (None, "refused"):
            text = " ".join(str(outcome).split())[:500]
            os.write(write, f"{number} {text}\n".encode("utf8", "replace"))
        shared.read += outcome is None
        shared.done += 1


def _one(case: Case, number: int, shared, audit: Audit | None) -> str | None:
    read = case(number)
    start = time.monotonic()
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    if audit is not None:
        audit.seen.clear()
        audit.armed = True
    try:
        outcome = read()
    except Exception as error:
        outcome = f"{type(error).__name__}: {error}"
    finally:
        if audit is not None:
            audit.armed = False
        signal.setitimer(signal.ITIMER_REAL, 0)
    shared.slowest = max(shared.slowest, time.monotonic() - start)
    if audit is not None and audit.seen:
        return f"forbidden events {audit.seen}"
    return outcome


def _virtual_bytes() -> int:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[0]) * resource.getpagesize()


def _peak_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
