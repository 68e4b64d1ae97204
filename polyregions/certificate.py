# SPDX-License-Identifier: MIT
"""Certificates of counts: what a search tells of its walk, as a file.

The format and what it proves: docs/certificate.md; checker.py checks one and shares no
code with this module.
"""

from __future__ import annotations

import hashlib
import json
import os
import struct
import tempfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import numpy as np

from . import _core
from .domain import Domain
from .errors import CertificateError, InvalidArgumentError
from .network import Network
from .readers.files import as_path, write_whole

FORMAT = 2
MAGIC = b"polyregions certificate %d\n" % FORMAT
LEFT_OUT = 1 << 63  # in place of a token or of a leaf's point
# A part of the walk: (way to its first node, tokens, leaves, cuts).
Fragment = tuple[bytes, bytes, int, list[tuple[int, int, list[int]]]]
Task = tuple[bytes, bytes]  # (steps, found), see csrc/crew.hpp and csrc/trail.hpp


def certificate_header(
    network: Network,
    domain: Domain,
    problem: _core.CoreProblem,
    definitions: Sequence[str],
    outputs: Sequence[int] | None,
) -> dict[str, Any]:
    """Return the first block: all that the walk is about but the weights.

    ``outputs``: those of the network that are looked at; None for all.
    """
    inputs, scale, rows = domain.core.stated()
    own = inputs if isinstance(inputs, int) else len(inputs[0]) - 1
    return {
        "network": network_digest(network),
        "layers": [_layer(*layer) for layer in network.core.units()],
        "outputs": outputs,
        "inputs": inputs,
        "scale": scale,
        "rows": rows,
        "coordinates": [*range(own)] if domain.core.empty else problem.kept,
        "definitions": list(definitions),
        "domain": domain.to_json(),
    }


def network_digest(network: Network) -> str:
    """Return the SHA-256 of weights and biases, as docs/certificate.md defines it."""
    digest = hashlib.sha256()
    for layer in network.layers:
        digest.update(struct.pack("<II", *layer.weight.shape))
        for array in (layer.weight, layer.bias):
            digest.update(np.ascontiguousarray(array + 0.0, dtype="<f8").tobytes())
    return digest.hexdigest()


def _layer(
    q: int, m: int, hidden: bool, units: list[tuple[list[int], list[int], int]]
) -> dict[str, Any]:
    """Return a layer's units, one of them if all are alike."""
    own = [
        [
            slopes[0],
            offset,
            [[t, b - a] for t, (a, b) in zip(breaks, pairwise(slopes), strict=True)],
        ]
        for breaks, slopes, offset in units
    ]
    if not own:
        q, m, own = 0, 0, [[1, 0, []]]
    if all(unit == own[0] for unit in own):
        own = own[:1]
    return {"q": q, "m": m, "hidden": hidden, "units": own}


def states_activations(certificate: str | os.PathLike[str], network: Network) -> bool:
    """Return whether a certificate states the activations of this network.

    Weights are the checker's business, and so is a file that is no certificate: True.
    """
    with open(certificate, "rb") as file:
        head = file.read(len(MAGIC) + 8)
        payload = file.read(int.from_bytes(head[-8:-4], "little"))
    try:
        stated = json.loads(payload)["layers"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return True
    return bool(stated == [_layer(*layer) for layer in network.core.units()])


def empty_certificate(header: dict[str, Any], domain: Domain) -> bytes:
    """Return the certificate of an empty domain."""
    counts: dict[str, Any] = dict.fromkeys(header["definitions"], 0)
    counts["per_layer"] = [0 for layer in header["layers"] if layer["hidden"]]
    counts["empty"] = domain.core.contradiction()
    return MAGIC + _block(_json(header)) + bytes(4) + _json(counts)


def certificate_parts(
    header: dict[str, Any],
    fragments: Sequence[Fragment],
    rest: Sequence[Task],
    counts: dict[str, Any] | None,
    closed: bytes | None = None,
) -> Iterator[bytes]:
    """Yield the bytes of a file.

    Parameters
    ----------
    rest : tasks of the search that were not done
    counts : what is proved of a complete search; None where the end of the walk is
        missing, which leaves a file without its end
    closed : the block of contacts of linear_closed
    """
    yield MAGIC + _block(_json(header))
    events: list[int] = []
    tokens: list[bytes] = []
    n_leaves = 0
    for _, data, n, cuts in sorted([*fragments, *_left_out(rest)], key=_place):
        at = leaves = 0
        for cut, before, begins in cuts:
            tokens.append(data[at:cut])
            yield _walk_block(events, n_leaves + before - leaves, tokens)
            events, tokens, n_leaves = begins, [], 0
            at, leaves = cut, before
        tokens.append(data[at:])
        n_leaves += n - leaves
    yield _walk_block(events, n_leaves, tokens)
    if rest:
        yield bytes(4) + _json({})
    elif counts is not None:
        yield (b"" if closed is None else _block(closed)) + bytes(4) + _json(counts)


def _place(fragment: Fragment) -> bytes:
    """Ways to nodes, 0 below and 1 above each split: their order is the walk's."""
    return fragment[0]


def _left_out(rest: Iterable[Task]) -> Iterator[Fragment]:
    """Yield a token for every node whose part of the tree is left out."""
    return ((way, varints([LEFT_OUT]), 1, []) for way in ways_left(rest))


def ways_left(rest: Iterable[Task]) -> Iterator[bytes]:
    """Yield the way to every node that is left, 0 below and 1 above each split."""
    for steps, _ in rest:
        for k, step in enumerate(steps):
            if step & 2:  # the other side of this split is the task's too
                yield bytes(s & 1 for s in steps[:k]) + b"\1"
        yield bytes(step & 1 for step in steps)


def _walk_block(events: list[int], n_leaves: int, tokens: list[bytes]) -> bytes:
    numbers = varints([len(events), *events, n_leaves])
    return _block(numbers + b"".join(tokens))


def _block(payload: bytes) -> bytes:
    return struct.pack("<II", len(payload), zlib.crc32(payload)) + payload


def _json(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def varints(values: Iterable[int]) -> bytes:
    """Return numbers of a block, seven bits a byte, the lowest first."""
    out = bytearray()
    for value in values:
        while value >= 128:
            out.append(value & 127 | 128)
            value >>= 7
        out.append(value)
    return bytes(out)


def write_certificate(path: str | os.PathLike[str], parts: Iterable[bytes]) -> None:
    """Write a file: under its name is all of it, or what was there before.

    Raises
    ------
    CertificateError
        It cannot be written there.
    """
    with _refusing(path):
        write_whole(as_path(path), parts)


def check_writable(path: str | os.PathLike[str]) -> None:
    """Refuse a path that cannot be written, before a search of hours.

    Raises
    ------
    InvalidArgumentError
        It is no path.
    CertificateError
        Nothing can be written there.
    """
    if not isinstance(path, (str, bytes, os.PathLike)) or "\0" in os.fsdecode(path):
        raise InvalidArgumentError(f"certificate={path!r}; pass a file name")
    target = os.path.realpath(os.fsdecode(path))
    with _refusing(path):
        if os.path.exists(target) and not os.path.isfile(target):
            raise OSError("no regular file")
        with tempfile.TemporaryFile(dir=os.path.dirname(target)):
            pass


@contextmanager
def _refusing(path: str | os.PathLike[str]) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or error
        raise CertificateError(
            f"{os.fsdecode(path)}: cannot be written ({reason}); check the folder"
        ) from error
