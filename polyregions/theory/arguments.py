# SPDX-License-Identifier: MIT
"""Checks of the numbers that the functions of this package take."""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ..errors import InvalidArgumentError

MOST_UNITS = 50_000  # all bounds in some seconds


def whole(value: Any, what: str, *, least: int | None = None) -> int:
    """Return an integer that is at least ``least``.

    Raises
    ------
    InvalidArgumentError
        Not an integer (a bool is none), or too small.
    """
    wanted = "an integer" if least is None else f"an integer >= {least}"
    try:
        if isinstance(value, (bool, np.bool_)):
            raise TypeError
        number = operator.index(value)
    except TypeError:
        raise InvalidArgumentError(f"{what} is {value!r}; pass {wanted}") from None
    if least is not None and number < least:
        raise InvalidArgumentError(f"{what} is {number}; pass {wanted}")
    return number


def listed(values: Any, what: str, of: str) -> list[Any]:
    """Return the entries of a sequence; ``of`` says what they should be."""
    if isinstance(values, (str, bytes)) or not isinstance(values, Iterable):
        raise InvalidArgumentError(f"{what} is {values!r}; pass a list of {of}")
    return list(values)


def checked_widths(widths: Sequence[int]) -> list[int]:
    """Return inputs, hidden widths and outputs as a list of integers >= 1."""
    entries = listed(widths, "widths", "inputs, hidden widths and outputs")
    sizes = [whole(n, f"widths[{k}]", least=1) for k, n in enumerate(entries)]
    if len(sizes) < 2:
        raise InvalidArgumentError(
            f"widths {sizes}: pass inputs, hidden widths and outputs, like [2, 8, 8, 1]"
        )
    if sum(sizes[1:-1]) > MOST_UNITS:
        raise InvalidArgumentError(
            f"widths have {sum(sizes[1:-1])} hidden units; at most {MOST_UNITS} are "
            "supported"
        )
    return sizes


def real(value: Any, what: str, *, positive: bool = False) -> float:
    """Return a number >= 0, or > 0, that may be infinite.

    Raises
    ------
    InvalidArgumentError
        No number, NaN or too small.
    """
    least = "> 0" if positive else ">= 0"
    try:
        if isinstance(value, (bool, str, bytes)):
            raise TypeError
        number = float(value)
    except (TypeError, ValueError):
        raise InvalidArgumentError(
            f"{what} is {value!r}; pass a number {least}"
        ) from None
    if math.isnan(number) or number < 0 or (positive and number == 0):
        raise InvalidArgumentError(f"{what} is {number:g}; pass a number {least}")
    return number
