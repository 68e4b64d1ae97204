# SPDX-License-Identifier: MIT
"""Checkpoints of a training: arrays in an npz without objects, written whole."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from ..errors import InvalidArgumentError, ModelFileError
from ..readers.files import as_path, write_whole

Arrays = dict[str, NDArray[Any]]
_ABOUT = "about"


def save_checkpoint(
    path: str | os.PathLike[str], about: Mapping[str, Any], arrays: Arrays
) -> None:
    """Write a checkpoint; until it is whole, the one before stays under the name.

    Raises
    ------
    InvalidArgumentError
        It cannot be written.
    """
    file = as_path(path)
    content = io.BytesIO()
    stored: Any = arrays | {_ABOUT: np.array(_text(about))}
    np.savez(content, **stored)
    try:
        write_whole(file, [content.getvalue()])
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InvalidArgumentError(
            f"{file}: {reason}; pass a path that can be written"
        ) from None


def load_checkpoint(
    path: str | os.PathLike[str], about: Mapping[str, Any]
) -> Arrays | None:
    """Return the arrays of a checkpoint; None where there is no file.

    Raises
    ------
    InvalidArgumentError
        It is one of another training.
    ModelFileError
        It is no checkpoint, or damaged.
    """
    file = Path(as_path(path))
    if not file.exists():
        return None
    try:
        stored = np.load(io.BytesIO(file.read_bytes()), allow_pickle=False)
        if isinstance(stored, np.ndarray):
            raise ValueError("a single array")
        arrays: Arrays = dict(stored)
        there = str(arrays.pop(_ABOUT))
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        raise ModelFileError(
            f"{file}: no checkpoint ({error}); pass another file"
        ) from None
    if there != _text(about):
        raise InvalidArgumentError(
            f"{file}: a checkpoint of another training ({_difference(there, about)}); "
            "pass another file"
        )
    return arrays


def _text(about: Mapping[str, Any]) -> str:
    return json.dumps(dict(about), sort_keys=True)


def _difference(there: str, about: Mapping[str, Any]) -> str:
    """Name what differs."""
    try:
        stored = dict(json.loads(there))
    except (ValueError, TypeError):
        return "unreadable"
    here = json.loads(_text(about))
    return ", ".join(
        f"{key} is {stored.get(key)} there and {here.get(key)} here"
        for key in sorted(stored.keys() | here.keys())
        if stored.get(key) != here.get(key)
    )
