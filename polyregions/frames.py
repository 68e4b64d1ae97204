# SPDX-License-Identifier: MIT
"""Payloads of a journal: scalars, arrays and blobs in one piece, without pickle.

The length of a JSON header (32 bits, little endian), the header, then the arrays and
the blobs in its order, each from a multiple of eight bytes on, with zeros between.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import InvalidArgumentError, JournalError

_KINDS = ("b1", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8")
_DTYPES = {kind: np.dtype(f"<{kind}") for kind in _KINDS}
_ALIGN = 8
_PARTS = ("scalars", "arrays", "blobs")

Unpacked = tuple[dict[str, Any], dict[str, NDArray[Any]], dict[str, memoryview]]


def pack(
    scalars: Mapping[str, Any],
    arrays: Mapping[str, NDArray[Any]],
    blobs: Mapping[str, bytes | memoryview],
) -> bytes:
    """Return everything in one payload; ``unpack`` gives it back.

    Parameters
    ----------
    scalars : JSON values: integers, finite or infinite floats, text, None, lists
    arrays : any shape; booleans, integers or floats of at most 64 bits
    blobs : bytes

    Raises
    ------
    InvalidArgumentError
        A scalar is no JSON, an array has another type, or a name is no text.
    """
    for name in (*scalars, *arrays, *blobs):
        if not isinstance(name, str):
            raise InvalidArgumentError(f"the name {name!r} is no text; pass a str")
    plain = {name: _little_endian(name, array) for name, array in arrays.items()}
    views = {name: _flat(name, blob) for name, blob in blobs.items()}
    header = {
        "scalars": dict(scalars),
        "arrays": {name: [a.dtype.str[1:], a.shape] for name, a in plain.items()},
        "blobs": {name: len(view) for name, view in views.items()},
    }
    try:
        text = json.dumps(header, separators=(",", ":")).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidArgumentError(
            f"a scalar is no JSON ({error}); pass numbers, text or lists of them"
        ) from None
    parts: list[Any] = [len(text).to_bytes(4, "little"), text, _padding(4 + len(text))]
    for array in plain.values():
        parts += [array, _padding(array.nbytes)]
    for view in views.values():
        parts += [view, _padding(view.nbytes)]
    return b"".join(parts)


def unpack(payload: bytes | memoryview) -> Unpacked:
    """Return the scalars, arrays and blobs of a payload, in the order they had.

    Arrays and blobs are read-only views of the payload: nothing is copied.

    Raises
    ------
    JournalError
        The payload is not what ``pack`` writes.
    """
    view = memoryview(payload).cast("B").toreadonly()
    header, offset = _header(view)
    arrays, blobs = {}, {}
    for name, entry in header["arrays"].items():
        dtype, shape = _checked_type(name, entry)
        part, offset = _taken(view, offset, dtype.itemsize * math.prod(shape), name)
        arrays[name] = _array(name, part, dtype, shape)
    for name, size in header["blobs"].items():
        if not _is_size(size):
            raise _damaged(f"the blob {name!r} has no size")
        blobs[name], offset = _taken(view, offset, size, name)
    if offset != len(view):
        raise _damaged(f"{len(view) - offset} bytes are left over")
    return header["scalars"], arrays, blobs


# --- writing --------------------------------------------------------------------------


def _little_endian(name: str, array: NDArray[Any]) -> NDArray[Any]:
    """Return the array in C order; its bytes are the same on every machine."""
    if not isinstance(array, np.ndarray) or array.dtype.str[1:] not in _DTYPES:
        kind = getattr(array, "dtype", type(array).__name__)
        raise InvalidArgumentError(
            f"the array {name!r} is of {kind}; pass an array of plain numbers"
        )
    return np.asarray(array, dtype=_DTYPES[array.dtype.str[1:]], order="C")


def _flat(name: str, blob: bytes | memoryview) -> memoryview:
    try:
        return memoryview(blob).cast("B")
    except TypeError:
        raise InvalidArgumentError(
            f"the blob {name!r} is a {type(blob).__name__}; pass bytes"
        ) from None


def _padding(size: int) -> bytes:
    return bytes(-size % _ALIGN)


# --- reading: nothing that the payload says is believed unchecked ---------------------


def _header(view: memoryview) -> tuple[dict[str, Any], int]:
    """Return the header, with its three parts, and where the arrays begin."""
    length = int.from_bytes(view[:4], "little")
    text, offset = _taken(view, 4, length, "header")
    try:
        header = json.loads(bytes(text))
    except (ValueError, RecursionError):
        raise _damaged("its header is no JSON") from None
    if not isinstance(header, dict) or tuple(header) != _PARTS:
        raise _damaged("its header has other parts")
    if not all(isinstance(part, dict) for part in header.values()):
        raise _damaged("a part of its header is no object")
    return header, offset


def _taken(
    view: memoryview, start: int, size: int, name: str
) -> tuple[memoryview, int]:
    """Return a part and where the next begins."""
    stop = start + size
    end = stop + -stop % _ALIGN
    if end > len(view):
        raise _damaged(f"{name!r} goes beyond its end")
    if any(view[stop:end]):
        raise _damaged(f"what follows {name!r} is not zero")
    return view[start:stop], end


def _checked_type(name: str, entry: Any) -> tuple[np.dtype[Any], list[int]]:
    if not isinstance(entry, list) or len(entry) != 2:
        raise _damaged(f"the array {name!r} has no type and shape")
    kind, shape = entry
    if not isinstance(kind, str) or kind not in _DTYPES:
        raise _damaged(f"the array {name!r} is of an unknown type")
    if not isinstance(shape, list) or not all(map(_is_size, shape)):
        raise _damaged(f"the array {name!r} has no shape")
    return _DTYPES[kind], shape


def _array(
    name: str, part: memoryview, dtype: np.dtype[Any], shape: list[int]
) -> NDArray[Any]:
    if dtype.kind == "b" and np.frombuffer(part, np.uint8).max(initial=0) > 1:
        raise _damaged(f"the array {name!r} holds no booleans")
    try:
        return np.frombuffer(part, dtype).reshape(shape)
    except (ValueError, OverflowError):  # too many axes, or (0, 2^70)
        raise _damaged(f"the array {name!r} has an impossible shape") from None


def _is_size(value: Any) -> bool:
    # An integer of JSON is one; True is an int too, and no size.
    return type(value) is int and 0 <= value <= sys.maxsize


def _damaged(what: str) -> JournalError:
    return JournalError(
        f"a frame of the journal is damaged, {what}; begin again with another file"
    )
