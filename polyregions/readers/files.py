# SPDX-License-Identifier: MIT
"""What every file reader shares: the checks before reading, and errors with a path."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import (
    InvalidArgumentError,
    InvalidNetworkError,
    MissingExtraError,
    ModelFileError,
)

SLOPED = ("leaky_relu", "prelu")


def as_path(path: Any) -> Path:
    """Return the argument as a path.

    Raises
    ------
    InvalidArgumentError
        It is neither text nor path-like.
    """
    try:
        return Path(os.fsdecode(path))
    except TypeError:
        raise InvalidArgumentError(
            f"path is a {type(path).__name__}; pass a file name"
        ) from None


def one_line(text: object) -> str:
    """Return a foreign message on one line, without surrounding blanks."""
    return " ".join(str(text).split())


def checked_file(path: Any) -> Path:
    """Return the path of a regular, non-empty file.

    Raises
    ------
    ModelFileError
        Missing, a directory, no regular file, or empty.
    """
    file = as_path(path)
    try:
        if file.is_dir():
            raise ModelFileError(f"{file}: is a directory; pass a model file")
        if not file.exists():
            raise ModelFileError(f"{file}: no such file; check the path")
        if not file.is_file():
            raise ModelFileError(f"{file}: no regular file; pass a model file")
        if file.stat().st_size == 0:
            raise ModelFileError(f"{file}: the file is empty; write the model again")
    except (OSError, ValueError) as error:
        if isinstance(error, ModelFileError):
            raise
        raise _unreadable(str(path), error) from None
    return file


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Put the path before errors of the network, and name what cannot be read."""
    try:
        yield
    except InvalidNetworkError as error:
        raise InvalidNetworkError(f"{path}: {error}") from None
    except (OSError, MemoryError) as error:
        raise _unreadable(str(path), error) from None


def write_whole(path: Path, parts: Iterable[bytes]) -> None:
    """Write a file whole or not at all.

    Until all of it is on the disk it has another name in the same folder, so that what
    stood under the path stays there when the disk is full or the program ends.

    Raises
    ------
    OSError, ValueError
        As ``open`` raises them; nothing is left behind.
    """
    target = os.path.realpath(path)
    if os.path.exists(target) and not os.path.isfile(target):  # a pipe, a device
        with open(path, "wb") as file:
            file.writelines(parts)
        return
    unfinished = os.path.join(os.path.dirname(target), f".{secrets.token_hex(8)}.tmp")
    try:
        with open(unfinished, "xb") as file:
            file.writelines(parts)
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(unfinished)
        raise


def check_slope(source: str, activation: Any, negative_slope: Any) -> None:
    """Refuse a slope that no layer takes.

    Raises
    ------
    InvalidArgumentError
        ``negative_slope`` is given and no activation is leaky_relu or prelu.
    """
    if negative_slope is not None and not set(SLOPED) & set(_names(activation)):
        raise InvalidArgumentError(
            f"{source}: negative_slope is given but no layer takes one; pass "
            'activation="leaky_relu" too, or leave it out'
        )


def _names(activation: Any) -> Iterator[str]:
    if isinstance(activation, str):
        yield activation
    elif isinstance(activation, (list, tuple, np.ndarray)):
        for entry in activation:
            yield from _names(entry)


def import_torch(purpose: str) -> Any:
    """Return the torch module, imported where it is used.

    Raises
    ------
    MissingExtraError
        torch is not installed.
    """
    try:
        import torch
    except ImportError:
        raise MissingExtraError(
            f"torch is needed to {purpose}; pip install polyregions[torch]"
        ) from None
    return torch


def _unreadable(path: str, error: BaseException) -> ModelFileError:
    reason = getattr(error, "strerror", None) or one_line(error) or "out of memory"
    return ModelFileError(
        f"{path!r}: cannot be read ({reason}); check the path and its permissions"
    )
