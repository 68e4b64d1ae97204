# SPDX-License-Identifier: MIT
"""Kills counts at random moments and lets them go on; fails their writes as well.

    python campaigns/kills.py [--kills 1000] [--faults 300] [--seed 0]

A child counts with a journal and a certificate until it is killed with -9; the next one
goes on from the journal, with another number of threads, and so on until one is done.
No frame that was in the journal may be lost, and counts and certificate must be those
of an undisturbed run, byte for byte. Then children whose writes fail, or are short: one
line says so, what was there before stays, and the journal goes on to the same end.
Exit status 1 where anything is otherwise.
"""

import argparse
import dataclasses
import errno
import json
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
import zlib
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

import corpus
from certified import PROVED, answers
from pairs import random_layers

import polyregions as pr
from polyregions import record
from polyregions.errors import CertificateError, JournalError
from polyregions.frames import unpack
from polyregions.journal import MAGIC

DONE, FAILED, REFUSED, KILLED = 0, 1, 2, -signal.SIGKILL
BEFORE = b"what was there"
Fault = Callable[[], None]


class WrongError(Exception):
    """Something that must not be."""


@dataclasses.dataclass(frozen=True)
class Problem:
    """A count of some tenths of a second, longer than the time until a kill."""

    name: str
    net: pr.Network
    domain: pr.Domain
    engine: str
    definitions: tuple[str, ...]


def problems() -> list[Problem]:
    """Return generic networks, and one in which most cells merge."""
    out = []
    for d, hidden, engine in (
        (3, (12, 12), "vertex"),
        (5, (8, 5), "dictionary"),
        (2, (24, 24), "dictionary"),
    ):
        net = pr.Network(corpus.uniform(d, hidden, 0))
        asked = ("activation",) if engine == "vertex" else PROVED
        out.append(Problem(f"d{d}", net, pr.Domain.all(d), engine, asked))
    net = pr.Network(random_layers(2, 3, 9, 8, 2))
    box = pr.Domain.box(-1, 1, dim=3)
    return [*out, Problem("merging", net, box, "vertex", PROVED)]


# --- children: forked, since an import takes longer than the count --------------------


def started(problem: Problem, folder: Path, rng: random.Random, fault: Fault):
    """Start a child that counts; its process id, and where it says what came of it."""
    seconds, threads = rng.choice([0.01, 0.03, 0.1]), rng.choice([1, 2, 4])
    read, write = os.pipe()
    pid = os.fork()
    if pid:
        os.close(write)
        return pid, read
    genuine, status, said = os.write, 70, ""
    try:
        record.DEFAULT = dataclasses.replace(record.DEFAULT, journal_seconds=seconds)
        status, said = counted(problem, folder, threads, fault)
    except BaseException:
        said = traceback.format_exc()
    genuine(write, said[-10_000:].encode())
    os._exit(status)


def counted(problem: Problem, folder: Path, threads: int, fault: Fault):
    """Count under a fault; the exit status, and the answers or the error."""
    fault()
    try:
        counts = pr.count_regions(
            problem.net,
            problem.domain,
            engine=problem.engine,
            definitions=problem.definitions,
            threads=threads,
            certificate=folder / "c",
            resume=folder / "j",
        )
    except (JournalError, CertificateError) as error:
        return REFUSED, str(error)
    return DONE, json.dumps(answers(counts))


def ended(child: tuple[int, int]) -> tuple[int, str]:
    """Wait for a child; (exit status or -signal, what it said)."""
    pid, read = child
    _, status = os.waitpid(pid, 0)
    with os.fdopen(read) as pipe:
        return os.waitstatus_to_exitcode(status), pipe.read()


def run(
    problem: Problem, folder: Path, rng: random.Random, fault: Fault = lambda: None
):
    """Count in a child to its end."""
    return ended(started(problem, folder, rng, fault))


# --- journals, read without the package -----------------------------------------------


def frames(path: Path) -> list[bytes]:
    """Return the sound frames of a journal, the identity first."""
    data, out = path.read_bytes() if path.exists() else b"", []
    at = len(MAGIC)
    while len(head := data[at : at + 8]) == 8:
        size, crc = (int.from_bytes(head[k : k + 4], "little") for k in (0, 4))
        payload = data[at + 8 : at + 8 + size]
        if len(payload) < size or zlib.crc32(head[:4] + payload) != crc:
            break
        out.append(payload)
        at += 8 + size
    return out


def regions(kept: list[bytes]) -> int:
    """Return the activation regions of a journal's frames."""
    return sum(unpack(frame)[0]["counts"]["activation"] for frame in kept[1:])


def need(holds: bool, what: str) -> None:
    """Complain unless something holds."""
    if not holds:
        raise WrongError(what)


# --- a round: one problem, from its beginning to its end ------------------------------


@dataclasses.dataclass
class Round:
    """A problem in a folder of its own, and what an undisturbed run gave."""

    problem: Problem
    folder: Path
    rng: random.Random
    answer: str
    proof: bytes
    kept: list[bytes] = dataclasses.field(default_factory=list)

    def nothing_lost(self) -> None:
        """Compare the journal with what was in it before."""
        now = frames(self.folder / "j")
        need(now[: len(self.kept)] == self.kept, "a frame was lost")
        need(regions(now) >= regions(self.kept), "regions were lost")
        self.kept = now

    def finished(self, found: tuple[int, str]) -> None:
        """Compare the end with that of the undisturbed run."""
        need(found == (DONE, self.answer), f"{found}, not {self.answer}")
        need((self.folder / "c").read_bytes() == self.proof, "another certificate")
        shutil.rmtree(self.folder)
        self.folder.mkdir()
        self.kept = []

    def killed(self, seconds: float) -> bool:
        """Start a child and kill it after some time; False where it was done before."""
        child = started(self.problem, self.folder, self.rng, lambda: None)
        time.sleep(self.rng.uniform(0, seconds))
        os.kill(child[0], signal.SIGKILL)
        found = ended(child)
        self.nothing_lost()
        if found[0] == KILLED:
            return True
        self.finished(found)
        return False

    def faulted(self, fault: Fault) -> bool:
        """Run a child under a fault, then one without; whether the fault was met."""
        (self.folder / "c").write_bytes(BEFORE)
        found = run(self.problem, self.folder, self.rng, fault)
        met = found[0] == REFUSED
        if met:
            need("\n" not in found[1] and "cannot be " in found[1], found[1])
            need((self.folder / "c").read_bytes() == BEFORE, "half a certificate")
            names = {path.name for path in self.folder.iterdir()}
            need(names <= {"c", "j"}, f"left behind: {names}")
            self.nothing_lost()
            if self.rng.random() < 0.5:  # and once more from there
                return self.faulted(fault)
            found = run(self.problem, self.folder, self.rng)
        self.finished(found)
        return met


# --- faults ---------------------------------------------------------------------------


def faults(rng: random.Random, size: int) -> Fault:
    """Return what makes calls of the system fail, the first or a later one."""
    number = rng.choice([errno.ENOSPC, errno.EIO, errno.EDQUOT])
    name = rng.choice(["write", "fsync", "replace", "limit", "short", "truncate"])
    after = int(rng.expovariate(0.2))
    genuine_write = os.write

    def half(fd: int, data: bytes) -> int:
        return genuine_write(fd, data[: max(1, len(data) // 2)])

    def fault() -> None:
        if name == "limit":  # the system's own: both files
            hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
            resource.setrlimit(resource.RLIMIT_FSIZE, (rng.randrange(2 * size), hard))
        elif name == "short":  # no error, unless one comes later
            os.write = half
            if rng.random() < 0.5:
                os.write = failing(half, number, after)
        elif name == "truncate":  # a torn frame stays
            os.ftruncate = failing(os.ftruncate, number, 0)
            os.write = failing(half, number, after)
        else:
            setattr(os, name, failing(getattr(os, name), number, after))

    return fault


def failing(genuine: Callable, number: int, after: int) -> Callable:
    """Return a call that fails from the ``after``-th time on."""
    left = iter(range(after))

    def call(*arguments):
        if next(left, None) is None:
            raise OSError(number, os.strerror(number))
        return genuine(*arguments)

    return call


# --- the campaign ---------------------------------------------------------------------


def undisturbed(problem: Problem, folder: Path, rng: random.Random) -> Round:
    """Count without a kill; a round that begins in an empty folder."""
    folder.mkdir()
    status, answer = run(problem, folder, rng)
    need(status == DONE, answer)
    out = Round(problem, folder, rng, answer, (folder / "c").read_bytes())
    need(run(problem, folder, rng)[1] == answer, "a complete journal answers otherwise")
    out.finished((DONE, answer))
    return out


def campaign(kills: int, n_faults: int, rng: random.Random, root: Path) -> str:
    """Do it all; the line that sums it up."""
    rounds = [undisturbed(p, root / p.name, rng) for p in problems()]
    n_kills = n_done = n_met = 0
    while n_kills < kills:
        current, seconds = rng.choice(rounds), rng.choice([0.1, 0.2, 0.4])
        while n_kills < kills and current.killed(seconds):
            n_kills += 1
        if n_kills < kills:
            n_done += 1
    for current in rounds:
        current.finished(run(current.problem, current.folder, rng))
        n_done += 1
    for _ in range(n_faults):
        current = rng.choice(rounds)
        n_met += current.faulted(faults(rng, len(current.proof)))
    return (
        f"{n_kills} kills, {n_done} counts that went on to the same end; {n_met} of "
        f"{n_faults} counts met a fault and went on to the same end: 0 failures"
    )


def main() -> int:
    """Run the campaign of the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=1000, metavar="N")
    parser.add_argument("--faults", type=int, default=300, metavar="N")
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    asked = parser.parse_args()
    start, root = time.monotonic(), Path(tempfile.mkdtemp(prefix="kills-"))
    try:
        line = campaign(asked.kills, asked.faults, random.Random(asked.seed), root)
    except WrongError as error:
        print(f"campaign-kills: seed {asked.seed}, files in {root}: {error}")
        return FAILED
    shutil.rmtree(root)
    print(
        f"campaign-kills: {line} (seed {asked.seed}, {time.monotonic() - start:.0f} s)"
    )
    return DONE


if __name__ == "__main__":
    sys.exit(main())
