# SPDX-License-Identifier: MIT
"""Files of signed frames, certificates and journals, for ``corrupted_inputs.py``."""

from __future__ import annotations

import contextlib
import io
import tempfile
import zlib
from functools import cache
from pathlib import Path

import mutations
import numpy as np

import polyregions as pr
from polyregions import checker
from polyregions.errors import InternalError


@cache
def _network() -> pr.Network:
    return pr.random_network([2, 4, 3, 1], seed=5)


@cache
def _model() -> str:
    # Read by all that is checked in this process, which takes the folder with it.
    folder = tempfile.TemporaryDirectory()
    _model.folder = folder  # type: ignore[attr-defined]
    path = str(Path(folder.name, "model.npz"))
    _network().save(path)
    return path


def certificate_samples(folder: Path) -> list[bytes]:
    """Certificates of all definitions, partial ones, and one of an empty domain."""
    out = []
    _model()  # before the workers are made, which make no folders
    for domain in (
        pr.Domain.all(2),
        pr.Domain.box(-1, 1, dim=2),
        pr.Domain.polytope([[0, 0]], [-1]),
    ):
        for asked in ({"definitions": "all"}, {"max_regions": 5}):
            path = folder / "c"
            pr.count_regions(_network(), domain, certificate=path, **asked)
            out.append(path.read_bytes())
    return out


def read_certificate(path: Path) -> object:
    """Check it: one line that rejects it, or what is proved."""
    with contextlib.redirect_stdout(io.StringIO()) as out:
        status = checker.main([str(path), _model(), "1"])
    lines = out.getvalue().splitlines()
    proved = status == 0 and lines[0].startswith("proved: ")
    if not proved and (status, len(lines)) != (1, 1):
        raise AssertionError(f"status {status} and {len(lines)} lines")
    return lines


def journal_samples(folder: Path) -> list[bytes]:
    """Journals of counts that were stopped, once or twice, and of complete ones."""
    out = []
    for k, bounds in enumerate(((4,), (4, 9), (4, None), (None,))):
        path = folder / str(k)
        for bound in bounds:
            count(path, max_regions=bound)
        out.append(path.read_bytes())
    return out


def count(journal: Path, **budget: int | None) -> pr.RegionCounts:
    """Count with a journal."""
    domain = pr.Domain.all(2)
    return pr.count_regions(_network(), domain, resume=journal, threads=1, **budget)


def read_journal(path: Path) -> object:
    """Go on with it."""
    # Frames that were signed again may hold cells that cannot be.
    with contextlib.suppress(InternalError):
        return count(path)
    return None


def _frames(data: bytes) -> tuple[bytes, list[bytes], bytes]:
    """Return the line at the head, the payloads, and what is behind them."""
    at = data.index(b"\n") + 1
    head, out = data[:at], []
    while size := int.from_bytes(data[at : at + 4], "little"):
        out.append(data[at + 8 : at + 8 + size])
        at += 8 + size
    return head, out, data[at:]


def _changed(rng: np.random.Generator, data: bytes, sizes_signed: bool) -> bytes:
    """Change, drop, double or swap a frame; all checksums are right again."""
    head, frames, rest = _frames(data)
    k, kind = int(rng.integers(len(frames))), rng.integers(5)
    if kind == 0:
        del frames[k]
    elif kind == 1:
        frames.insert(k, frames[int(rng.integers(len(frames)))])
    elif frames[k][:1] == b"{" and kind < 4:
        frames[k] = mutations.json_changed(rng, frames[k])
    else:
        frames[k] = mutations.raw(rng, frames[k])
    out = [head]
    for frame in frames:
        size = len(frame).to_bytes(4, "little")
        signed = size + frame if sizes_signed else frame
        out += [size, zlib.crc32(signed).to_bytes(4, "little"), frame]
    return b"".join([*out, rest])


def certificate_changed(rng: np.random.Generator, data: bytes) -> bytes:
    """Change a block."""
    return _changed(rng, data, sizes_signed=False)


def journal_changed(rng: np.random.Generator, data: bytes) -> bytes:
    """Change a frame."""
    return _changed(rng, data, sizes_signed=True)


CERTIFICATE = (certificate_changed, certificate_changed, mutations.raw)
JOURNAL = (journal_changed, journal_changed, mutations.raw)
