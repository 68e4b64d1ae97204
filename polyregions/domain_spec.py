# SPDX-License-Identifier: MIT
"""Checked descriptions of domains: the arguments as exact float64 numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _core
from .errors import InvalidDomainError, InvalidNetworkError
from .network import exact_float64
from .tolerances import DEFAULT

Floats = NDArray[np.float64]
Spec = dict[str, Any]  # kind, dim, and the numbers of that kind


def box_spec(lo: ArrayLike, hi: ArrayLike, dim: int | None) -> Spec:
    """Return lo <= x <= hi; infinite where it has no end."""
    low, high = _numbers(lo, "box lo"), _numbers(hi, "box hi")
    size = checked_dim(max(low.size, high.size) if dim is None else dim)
    if dim is None and low.ndim == high.ndim == 0:
        raise InvalidDomainError("a box with scalar ends needs dim=")
    for name, end in (("lo", low), ("hi", high)):
        if end.ndim > 1 or (end.ndim == 1 and end.size != size):
            raise InvalidDomainError(
                f"box {name} has shape {end.shape}; pass a number or ({size},)"
            )
    low, high = np.broadcast_to(low, size), np.broadcast_to(high, size)
    bad = ~(low <= high) | (low == np.inf) | (high == -np.inf)
    if bad.any():
        k = int(np.argmax(bad))
        raise InvalidDomainError(
            f"box direction {k}: lo = {low[k]:g}, hi = {high[k]:g}; lo <= hi is "
            "needed (lo == hi gives a flat box), lo < inf and hi > -inf"
        )
    return {"kind": "box", "dim": size, "lo": low.copy(), "hi": high.copy()}


def polytope_spec(A: ArrayLike, b: ArrayLike) -> Spec:
    """Return {A x <= b}; rows of infinite b are void."""
    matrix, right = _numbers(A, "polytope A"), _numbers(b, "polytope b")
    if matrix.ndim != 2 or matrix.shape[1] == 0:
        raise InvalidDomainError(
            f"polytope A has shape {matrix.shape}; pass (m, dim) with dim >= 1"
        )
    if right.shape != (matrix.shape[0],):
        raise InvalidDomainError(
            f"polytope b has shape {right.shape}; A has {matrix.shape[0]} rows: "
            f"pass ({matrix.shape[0]},)"
        )
    if not np.isfinite(matrix).all() or (right == -np.inf).any():
        raise InvalidDomainError(
            "polytope: A must be finite and b finite or +inf; an inequality "
            "that nothing satisfies is 0 x <= -1"
        )
    return {"kind": "polytope", "dim": matrix.shape[1], "A": matrix, "b": right}


def segment_spec(p: ArrayLike, q: ArrayLike) -> Spec:
    """Return the segment from p to q, which may be one point."""
    start, end = _numbers(p, "segment p"), _numbers(q, "segment q")
    if start.ndim != 1 or start.shape != end.shape or start.size == 0:
        raise InvalidDomainError(
            f"segment ends have shapes {start.shape} and {end.shape}; pass (n,) twice"
        )
    _check_finite(start, "segment p")
    _check_finite(end, "segment q")
    return {"kind": "segment", "dim": 1, "p": start, "q": end}


def slice_spec(origin: ArrayLike, directions: ArrayLike) -> Spec:
    """Return {origin + u @ directions}, without the domain of u."""
    base, rows = (
        _numbers(origin, "slice origin"),
        _numbers(directions, "directions"),
    )
    if base.ndim != 1 or rows.ndim != 2 or rows.shape[1:] != base.shape:
        raise InvalidDomainError(
            f"slice origin has shape {base.shape}, directions {rows.shape}; pass "
            "(n,) and (k, n)"
        )
    _check_finite(base, "slice origin")
    _check_finite(rows, "slice directions")
    if rows.shape[0] == 0 or _core.rank(np.ascontiguousarray(rows)) < rows.shape[0]:
        raise InvalidDomainError(
            "slice directions are linearly dependent (or none); pass independent ones"
        )
    return {"kind": "slice", "dim": rows.shape[0], "origin": base, "directions": rows}


def checked_dim(dim: Any) -> int:
    """Return a dimension as an int; InvalidDomainError unless it is one that can be."""
    if isinstance(dim, bool) or not isinstance(dim, (int, np.integer)) or dim < 1:
        raise InvalidDomainError(f"dimension {dim!r}; pass an integer >= 1")
    if dim > DEFAULT.most_dimensions:
        raise InvalidDomainError(
            f"the dimension is too large; pass at most {DEFAULT.most_dimensions}"
        )
    return int(dim)


def _numbers(value: Any, what: str) -> Floats:
    """Return a float64 array that holds the numbers exactly, without NaN."""
    try:
        array = np.asarray(exact_float64(value, what) + 0.0)  # -0.0 becomes 0.0
    except InvalidNetworkError as error:
        raise InvalidDomainError(str(error)) from None
    if np.isnan(array).any():
        raise InvalidDomainError(f"{what} holds NaN; pass numbers")
    return array


def _check_finite(array: Floats, what: str) -> None:
    if not np.isfinite(array).all():
        raise InvalidDomainError(f"{what} must be finite")
