# SPDX-License-Identifier: MIT
"""The part of a two-dimensional domain that a picture shows."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .domain import Domain
from .errors import InvalidArgumentError, InvalidDomainError

Floats = NDArray[np.float64]
# Corners (x, y, window) counterclockwise; whether the edge that leaves the corner is
# one of the window.
Polygon = list[tuple[Any, Any, bool]]


def checked_outline(domain: Domain, window: ArrayLike | None = None) -> Floats:
    """Return the outline of a domain that can be drawn, rounded.

    Parameters
    ----------
    window : ((x0, y0), (x1, y1)), own coordinates; None for all of a bounded domain

    Returns
    -------
    (k, 2) float64, counterclockwise

    Raises
    ------
    InvalidDomainError
        Empty, or not two-dimensional.
    InvalidArgumentError
        A domain without bound needs a window; a window that is none, or that does not
        meet the domain.
    """
    if domain.is_empty:
        raise InvalidDomainError("the domain is empty: there is nothing to draw")
    if domain.own_dim != 2:
        raise InvalidDomainError(
            f"the domain has {domain.own_dim} dimension"
            f"{'' if domain.own_dim == 1 else 's'} and a picture two; pass a "
            "two-dimensional slice (Domain.slice, or --domain FILE of kind slice)"
        )
    return _domain_outline(domain, window)


def _domain_outline(domain: Domain, window: ArrayLike | None) -> Floats:
    """Return the corners of the part of the domain that lies in the window."""
    rows = domain.core.rows()
    if window is None:
        # Corners are quotients of 2 x 2 determinants of integers (Cramer), so this
        # square holds all of them inside; whoever reaches its border is unbounded.
        offsets = max((abs(c) for c, _, _ in rows), default=0)
        slopes = max((max(abs(a), abs(b)) for _, a, b in rows), default=0)
        size = Fraction(2 * offsets * slopes + 1)
        low, high = (-size, -size), (size, size)
    else:
        low, high = _checked_window(window)
    (x0, y0), (x1, y1) = low, high
    corners = ((x0, y0), (x1, y0), (x1, y1), (x0, y1))
    polygon: Polygon = [(x, y, True) for x, y in corners]
    for c, a, b in rows:
        polygon = _split(polygon, (a, b, c))
    if window is None and any(edge for *_, edge in polygon):
        raise InvalidArgumentError(
            "the domain is unbounded and a picture is not; say which part to draw "
            "(window=((x0, y0), (x1, y1)), or --window LO HI)"
        )
    if not polygon:
        raise InvalidArgumentError(
            "the domain does not meet the window; pass a window with a part of it"
        )
    return np.array([(float(x), float(y)) for x, y, _ in polygon])


def _checked_window(window: ArrayLike) -> Sequence[tuple[Fraction, Fraction]]:
    try:
        low, high = (np.broadcast_to(end, 2) for end in np.asarray(window, object))
        ends = np.asarray([low, high], dtype=np.float64)
        good = bool(np.isfinite(ends).all() and (ends[0] < ends[1]).all())
    except (TypeError, ValueError):
        good = False
    if not good:
        raise InvalidArgumentError(
            f"window {window!r}; pass ((x0, y0), (x1, y1)), finite, with x0 < x1 and "
            "y0 < y1"
        )
    return [(Fraction(x), Fraction(y)) for x, y in ends.tolist()]


def _split(polygon: Polygon, line: tuple[Any, Any, Any]) -> Polygon:
    """Return the part of a convex polygon where a x + b y + c >= 0, line = (a, b, c).

    Exact for Fractions and ints; no corners where fewer than three are left.
    """
    a, b, c = line
    values = [a * x + b * y + c for x, y, _ in polygon]
    part: Polygon = []
    for k, (x, y, edge) in enumerate(polygon):
        here, after = values[k], values[k + 1 - len(polygon)]
        if here >= 0:
            part.append((x, y, False if here == 0 and after < 0 else edge))
        if (here < 0 < after) or (after < 0 < here):
            share = here / (here - after)
            x_after, y_after, _ = polygon[k + 1 - len(polygon)]
            corner = (x + share * (x_after - x), y + share * (y_after - y))
            part.append((*corner, edge if here < 0 else False))
    return part if len(part) > 2 else []
