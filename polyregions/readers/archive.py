# SPDX-License-Identifier: MIT
"""npz archives: read without pickle and without trusting the sizes they declare."""

from __future__ import annotations

import io
import math
import tokenize
import warnings
import zipfile
import zlib
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ModelFileError
from ..tolerances import DEFAULT
from .files import write_whole

_CORRUPT = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    KeyError,
    NotImplementedError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    tokenize.TokenError,
)


def read_archive(path: Path) -> dict[str, NDArray[Any]]:
    """Return every array of an npz file.

    Every member's declared size is held against what the archive stores before any
    array is allocated.

    Raises
    ------
    ModelFileError
        No zip archive, corrupt or truncated, or it holds objects.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # its advice on headers of Python 2
            with zipfile.ZipFile(path) as archive:
                _check_members(archive, path)
            with np.load(path, allow_pickle=False) as file:
                return {key: file[key] for key in file.files}
    except ModelFileError:
        raise
    except _CORRUPT:
        raise ModelFileError(
            f"{path}: no npz archive, or corrupt or truncated; write the model again"
        ) from None


def write_archive(path: Path, arrays: dict[str, NDArray[Any]]) -> None:
    """Write an npz file, whole or not at all; the same arrays give the same bytes.

    Raises
    ------
    ModelFileError
        The path cannot be written.
    """
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    try:
        write_whole(path, [buffer.getvalue()])
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ModelFileError(
            f"{path}: cannot be written ({reason}); check the folder"
        ) from None


def _check_members(archive: zipfile.ZipFile, path: Path) -> None:
    members = archive.infolist()
    names = [member.filename for member in members]
    odd = [name for name in names if not name.endswith(".npy")]
    if odd or len(set(names)) < len(names):
        what = f"holds {', '.join(map(repr, odd))}" if odd else "holds a name twice"
        raise ModelFileError(f"{path}: {what}; an npz model holds arrays only, once")
    size = sum(member.file_size for member in members)
    stored = path.stat().st_size
    if size > DEFAULT.unpack_bytes and size > DEFAULT.unpack_ratio * stored:
        raise ModelFileError(
            f"{path}: {stored} bytes unpack to {size}; if this is meant, store it "
            "uncompressed (np.savez)"
        )
    for member in members:
        with archive.open(member) as file:
            _check_header(file, member.file_size, f"{path}: {member.filename[:-4]}")


def _check_header(file: IO[bytes], size: int, where: str) -> None:
    version = np.lib.format.read_magic(file)
    read = (
        np.lib.format.read_array_header_1_0
        if version == (1, 0)
        else np.lib.format.read_array_header_2_0
    )
    shape, _, dtype = read(file)
    if dtype.hasobject:
        raise ModelFileError(
            f"{where} holds Python objects, which are never unpickled; store arrays "
            "of numbers"
        )
    if math.prod(shape) * dtype.itemsize != size - file.tell():
        raise ModelFileError(
            f"{where} declares shape {shape} of {dtype} but holds "
            f"{size - file.tell()} bytes; write the model again"
        )
