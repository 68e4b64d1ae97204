# SPDX-License-Identifier: MIT
"""ActivationRegion: a convex cell with an affine map on it (Wang 2022, section 3)."""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _core
from .errors import InvalidArgumentError
from .highs_library import highs_library

Floats = NDArray[np.float64]


class ActivationRegion:
    """An open convex cell and the affine function (or functions) on it, both exact.

    Parameters
    ----------
    restrictions : (r, dim + 1) numbers
        A row (u_1, ..., u_dim, s) is the restriction u . x + s <= 0. Floats are taken
        as the dyadic rationals that they are; ints and Fractions are exact. Redundant
        rows are removed.
    value : (dim + 1,) or (k, dim + 1) numbers
        A row (v_1, ..., v_dim, t) is the function v . x + t; several rows are the list
        of values of a whole layer.

    Raises
    ------
    InvalidArgumentError
        Shapes that do not fit, NaN or infinity, or restrictions without interior.

    Notes
    -----
    Regions are open and full-dimensional here, so flat pieces never arise. Regions that
    come out of a RegionComplex also carry ``pattern`` and ``on_breakpoint``.
    """

    __slots__ = ("_region", "on_breakpoint", "pattern")

    pattern: NDArray[np.uint8] | None
    on_breakpoint: NDArray[np.bool_] | None

    def __init__(self, restrictions: ArrayLike, value: ArrayLike) -> None:
        values = _fraction_rows(value, "value")
        width = len(values[0])
        rows = [
            r for r in _fraction_rows(restrictions, "restrictions", width) if any(r)
        ]
        flipped = [[-row[-1], *(-u for u in row[:-1])] for row in rows]
        ordered = [[row[-1], *row[:-1]] for row in values]
        scale = math.lcm(*(v.denominator for row in ordered for v in row))
        region = _core.CoreRegion.make(
            width - 1,
            [
                _integers(row, math.lcm(*(v.denominator for v in row)))
                for row in flipped
            ],
            [_integers(row, scale) for row in ordered],
            scale,
            decider(),
        )
        if region is None:
            raise InvalidArgumentError(
                "the restrictions have no common interior; a region must not be empty"
            )
        self._region = region
        self.pattern = None
        self.on_breakpoint = None

    @classmethod
    def _of(
        cls,
        region: _core.CoreRegion,
        pattern: NDArray[np.uint8] | None = None,
        on_breakpoint: NDArray[np.bool_] | None = None,
    ) -> ActivationRegion:
        self = cls.__new__(cls)
        self._region = region
        self.pattern = pattern
        self.on_breakpoint = on_breakpoint
        return self

    # --- shape ----------------------------------------------------------------------

    @property
    def dim(self) -> int:
        """Dimension of the space that the region lives in."""
        return int(self._region.dim)

    @property
    def exact_restrictions(self) -> list[tuple[int, ...]]:
        """Integer rows (u_1, ..., u_dim, s): u . x + s <= 0, each a facet, coprime."""
        out = []
        for constant, *linear in self._region.rows():
            common = math.gcd(constant, *linear) or 1
            out.append((*(-a // common for a in linear), -constant // common))
        return out

    @property
    def restrictions(self) -> Floats:
        """(r, dim + 1) float64: the same, each row divided by its largest entry."""
        rows = [
            [float(Fraction(v, max(map(abs, row)))) for v in row]
            for row in self.exact_restrictions
        ]
        return np.asarray(rows, dtype=np.float64).reshape(-1, self.dim + 1)

    @property
    def halfspaces(self) -> tuple[Floats, Floats]:
        """(A, b) float64 with A x <= b, minimal: each row carries a facet.

        Facets on the boundary of the domain are among them.
        """
        rows = self.restrictions
        return rows[:, :-1], -rows[:, -1]

    @property
    def interior_point(self) -> tuple[Fraction, ...]:
        """A point of the open cell, exact."""
        numerators, denominator = self._region.point()
        return tuple(Fraction(v, denominator) for v in numerators)

    def contains(self, x: ArrayLike, *, closed: bool = False) -> bool:
        """Whether the open cell (or, with ``closed``, its closure) holds the point.

        Parameters
        ----------
        x : (dim,) floats, ints or Fractions; exact
        """
        array = np.asarray(x, dtype=object)
        if array.shape != (self.dim,):
            raise InvalidArgumentError(
                f"the point has shape {array.shape}; pass ({self.dim},)"
            )
        point = [fraction(v, "point") for v in array]
        for *u, s in self.exact_restrictions:
            side = sum((a * p for a, p in zip(u, point, strict=True)), Fraction(s))
            if side > 0 or (side == 0 and not closed):
                return False
        return True

    # --- value ----------------------------------------------------------------------

    @property
    def exact_value(self) -> list[tuple[Fraction, ...]]:
        """Rows (v_1, ..., v_dim, t): the functions v . x + t."""
        rows, scale = self._region.values()
        return [
            (*(Fraction(a, scale) for a in linear), Fraction(constant, scale))
            for constant, *linear in rows
        ]

    @property
    def value(self) -> Floats:
        """(k, dim + 1) float64: ``exact_value`` rounded; k = 1 for a single value."""
        offset, matrix = self._region.float_values()
        return np.concatenate([matrix, offset[:, None]], axis=1)

    @property
    def weight(self) -> Floats:
        """(k, dim) float64, rounded: the linear part of the values."""
        return np.asarray(self._region.float_values()[1])

    @property
    def bias(self) -> Floats:
        """(k,) float64, rounded: the constant part of the values."""
        return np.asarray(self._region.float_values()[0])

    def __repr__(self) -> str:
        facets, values = len(self._region.rows()), int(self._region.n_values)
        pattern = ""
        if self.pattern is not None:
            digits = "".join(map(str, self.pattern[:24].tolist()))
            pattern = f", pattern={digits}{'...' if self.pattern.size > 24 else ''}"
        return (
            f"ActivationRegion(dim={self.dim}, {facets} facets, {values} "
            f"value{'s' if values != 1 else ''}{pattern})"
        )


def decider() -> _core.CoreDecider:
    """Return a decider with HiGHS where it is installed; the answers are the same."""
    return _core.CoreDecider(highs_library() or "")


def fraction(value: Any, what: str) -> Fraction:
    """Return the exact rational that a number is.

    Raises
    ------
    InvalidArgumentError
        NaN, infinity, or no number at all.
    """
    try:
        return Fraction(value.item() if isinstance(value, np.generic) else value)
    except (TypeError, ValueError, OverflowError):
        raise InvalidArgumentError(
            f"{what} holds {value!r}; pass finite numbers or Fractions"
        ) from None


def _fraction_rows(
    value: ArrayLike, what: str, width: int | None = None
) -> list[list[Fraction]]:
    array = np.asarray(value, dtype=object)
    if array.ndim == 1 and array.size:
        array = array[None, :]
    if array.size == 0 and width is not None:
        return []
    if array.ndim != 2 or not array.size or array.shape[1] != (width or array.shape[1]):
        wanted = "(rows, dim + 1)" if width is None else f"(rows, {width})"
        raise InvalidArgumentError(
            f"{what} has shape {array.shape}; pass numbers of shape {wanted}"
        )
    return [[fraction(v, what) for v in row] for row in array]


def _integers(row: Iterable[Fraction], scale: int) -> list[int]:
    return [int(v * scale) for v in row]
