# SPDX-License-Identifier: MIT
"""The decision boundary of a network on a two-dimensional complex.

On a cell every score is affine, so that two of them tie on a line: the boundary is made
of straight pieces, one or more a cell, and bends only where cells meet.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .polygons import Floats, Ints, Outlines, next_corners, spans
from .tolerances import DEFAULT


def decision_boundary(outlines: Outlines) -> Floats:
    """Return where the class of the largest score changes.

    Parameters
    ----------
    outlines : Outlines of all layers

    Returns
    -------
    (m, 2, 2) float64
        Segments start, end. Ties go to the class that comes first, as in
        ``numpy.argmax``. A single output is compared with 0.
    """
    with np.errstate(all="ignore"):  # numbers may leave the range of float64
        return _boundary(outlines, outlines.maps)


def _boundary(outlines: Outlines, maps: Floats) -> Floats:
    if maps.shape[1] == 1:
        maps = np.concatenate([maps, np.zeros_like(maps)], axis=1)
    seen = np.flatnonzero(outlines.lengths)
    may_lead = _may_lead(outlines, maps, seen)
    together = may_lead.T.astype(np.float32) @ may_lead.astype(np.float32)
    pieces = [np.zeros((0, 2, 2))]
    for i, j in np.argwhere(np.triu(together, 1)).tolist():
        rows = seen[may_lead[:, i] & may_lead[:, j]]
        pieces.append(_between(outlines, maps[rows], rows, i, j))
    return np.concatenate(pieces)


def _may_lead(outlines: Outlines, maps: Floats, rows: Ints) -> NDArray[np.bool_]:
    """(n_rows, n_classes) whether a score may be the largest somewhere on a polygon."""
    if not len(rows):
        return np.zeros((0, maps.shape[1]), np.bool_)
    owners, starts = outlines.owners, outlines.starts[rows]
    high = np.empty((len(rows), maps.shape[1]))
    surely = np.full(len(rows), -np.inf)  # the largest score is at least that
    for k in range(maps.shape[1]):
        scores = _values(maps[owners, k], outlines.corners)
        high[:, k] = np.maximum.reduceat(scores, starts)
        surely = np.maximum(surely, np.minimum.reduceat(scores, starts))
    # Rounding must not lose a tie; one pair too many costs time only.
    slack = DEFAULT.drawn_tie * np.abs(high).max(axis=1)
    may: NDArray[np.bool_] = high >= (surely - slack)[:, None]
    return may


def _between(outlines: Outlines, maps: Floats, rows: Ints, i: int, j: int) -> Floats:
    """Return where on some polygons the scores i < j tie and none is larger."""
    lengths = outlines.lengths[rows]
    corners = outlines.corners[spans(outlines.starts[rows], lengths)]
    owners, after = np.repeat(np.arange(len(rows)), lengths), next_corners(lengths)
    lead = _values((maps[:, i] - maps[:, j])[owners], corners)
    ahead = lead >= 0
    ends: list[Floats] = []
    # A line leaves and enters a convex polygon once.
    for crossed in (ahead & ~ahead[after], ~ahead & ahead[after]):
        at = np.flatnonzero(crossed)
        cell, first = np.unique(owners[at], return_index=True)
        here, there = at[first], after[at[first]]
        share = lead[here] / (lead[here] - lead[there])
        ends.append(corners[here] + share[:, None] * (corners[there] - corners[here]))
    return _not_exceeded(maps[cell], ends[0], ends[1], i, j)


def _not_exceeded(maps: Floats, start: Floats, end: Floats, i: int, j: int) -> Floats:
    """Return the parts of segments on which no score is larger than i and j."""
    first: Floats = np.zeros(len(maps))
    last: Floats = np.ones(len(maps))
    for k in range(maps.shape[1]):
        if k in (i, j):
            continue
        lead = maps[:, i] - maps[:, k]
        low, high = _values(lead, start), _values(lead, end)
        share = low / (low - high)
        first = np.where((low < 0) & (high >= 0), np.maximum(first, share), first)
        last = np.where((low >= 0) & (high < 0), np.minimum(last, share), last)
        last = np.where((low < 0) & (high < 0), -1.0, last)
    way = end - start
    pieces = np.stack([start + first[:, None] * way, start + last[:, None] * way], 1)
    return pieces[(first < last) & way.any(axis=1)]


def _values(maps: Floats, points: Floats) -> Floats:
    """Return a x + b y + c of each map (n, 3) at its point (n, 2)."""
    return maps[:, 0] * points[:, 0] + maps[:, 1] * points[:, 1] + maps[:, 2]
