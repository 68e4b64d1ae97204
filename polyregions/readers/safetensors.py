# SPDX-License-Identifier: MIT
"""safetensors files, read with the standard library and numpy.

The format (huggingface/safetensors): 8 bytes, the length N of the header as
little-endian integer; N bytes JSON, ``{name: {dtype, shape, data_offsets}}`` and an
optional ``__metadata__``; then the data, without gaps. Writers sort the tensors by
dtype and name, ``10.weight`` before ``2.weight``: neither the header nor the offsets
hold the order of the layers, which is read from the numbers in their names.
"""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ModelFileError
from ..network import Network
from .files import checked_file, reading
from .weights import StoredTensor, network_of_weights

_ITEM_BITS = {
    **dict.fromkeys(("F64", "I64", "U64", "C64"), 64),
    **dict.fromkeys(("F32", "I32", "U32"), 32),
    **dict.fromkeys(("F16", "BF16", "I16", "U16"), 16),
    **dict.fromkeys(("F8_E4M3", "F8_E5M2", "F8_E8M0", "I8", "U8", "BOOL"), 8),
}
_FLOATS = {"F64": "<f8", "F32": "<f4", "F16": "<f2"}


def load_safetensors(
    path: str | os.PathLike[str],
    *,
    activation: Any = None,
    negative_slope: Any = None,
) -> Network:
    """Read the Linear layers of a safetensors file (F16, BF16, F32, F64).

    Parameters
    ----------
    activation, negative_slope : as ``Network`` takes them; needed with hidden layers

    Raises
    ------
    ModelFileError
        Corrupt or truncated, tensors that are no Linear layer, or names that do not
        give the order of the layers.
    InvalidArgumentError
        No activation for a network with hidden layers.
    """
    file = checked_file(path)
    with reading(file):
        data = file.read_bytes()
    return network_of_weights(
        _tensors(data, file),
        file,
        activation=activation,
        negative_slope=negative_slope,
        ordered=False,
    )


def _tensors(data: bytes, path: Path) -> list[StoredTensor]:
    try:
        header, body = _split(data)
        spans = [_span(name, entry) for name, entry in header.items()]
        end = 0
        for start, stop, _ in sorted(spans, key=lambda span: span[:2]):
            if start != end:
                raise ValueError("tensors overlap or leave gaps")
            end = stop
        if end != len(body):
            raise ValueError(f"{len(body)} bytes of data where the header says {end}")
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        reason = str(error) if type(error) is ValueError else "malformed header"
        raise ModelFileError(
            f"{path}: no safetensors file, or corrupt or truncated ({reason}); write "
            "it again"
        ) from None
    return [
        StoredTensor(
            name=name,
            dtype=header[name]["dtype"],
            shape=shape,
            values=_values(body[start:stop], header[name]["dtype"], shape),
        )
        for name, (start, stop, shape) in zip(header, spans, strict=True)
    ]


def _split(data: bytes) -> tuple[dict[str, Any], memoryview]:
    """Return the header without its metadata, and the data behind it."""
    size = int.from_bytes(data[:8], "little")
    if len(data) < 8 or size > len(data) - 8:
        raise ValueError("the header is longer than the file")
    try:
        header = json.loads(data[8 : 8 + size], object_pairs_hook=_without_repeats)
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise ValueError("the header is no JSON") from None
    if not isinstance(header, dict):
        raise ValueError("the header is no JSON object")
    header.pop("__metadata__", None)
    return header, memoryview(data)[8 + size :]


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    out = dict(pairs)
    if len(out) < len(pairs):
        raise ValueError("a name occurs twice")
    return out


def _span(name: str, entry: dict[str, Any]) -> tuple[int, int, tuple[int, ...]]:
    """Return start, stop and shape of one tensor, checked against its dtype."""
    start, stop = entry["data_offsets"]
    shape = tuple(entry["shape"])
    if any(type(n) is not int or n < 0 for n in (start, stop, *shape)):
        raise ValueError(f"{name!r} has a shape or offset that is no natural number")
    if entry["dtype"] not in _ITEM_BITS:
        raise ValueError(f"{name!r} has the unknown dtype {entry['dtype']!r}")
    if (stop - start) * 8 != math.prod(shape) * _ITEM_BITS[entry["dtype"]]:
        raise ValueError(f"{name!r} has {stop - start} bytes, not what its shape needs")
    return start, stop, shape


def _values(raw: memoryview, dtype: str, shape: tuple[int, ...]) -> NDArray[Any] | None:
    if dtype == "BF16":  # the upper half of a float32
        bits = np.frombuffer(raw, dtype="<u2").astype(np.uint32) << 16
        return bits.view(np.float32).reshape(shape)
    if dtype not in _FLOATS:
        return None
    return np.frombuffer(raw, dtype=_FLOATS[dtype]).reshape(shape)
