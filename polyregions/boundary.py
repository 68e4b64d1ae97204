# SPDX-License-Identifier: MIT
"""The decision boundary of a network on a two-dimensional complex.

On a cell every score is affine, so that two of them tie on a line: the boundary is made
of straight pieces, one or more a cell, and bends only where cells meet.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np

from .polygons import Floats, Outlines


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
    maps = outlines.maps
    if maps.shape[1] == 1:
        maps = np.concatenate([maps, np.zeros_like(maps)], axis=1)
    pairs = combinations(range(maps.shape[1]), 2)
    pieces = [_between(outlines, maps, i, j) for i, j in pairs]
    return np.concatenate([np.zeros((0, 2, 2)), *pieces])


def _between(outlines: Outlines, maps: Floats, i: int, j: int) -> Floats:
    """Return where the scores i < j tie and none is larger."""
    owners, after = outlines.owners, outlines.after
    lead = _values((maps[:, i] - maps[:, j])[owners], outlines.corners)
    ahead = lead >= 0
    ends: list[Floats] = []
    cells = []
    # A line leaves and enters a convex polygon once.
    for crossed in (ahead & ~ahead[after], ~ahead & ahead[after]):
        at = np.flatnonzero(crossed)
        cell, rows = np.unique(owners[at], return_index=True)
        here, there = at[rows], after[at[rows]]
        share = lead[here] / (lead[here] - lead[there])
        p, q = outlines.corners[here], outlines.corners[there]
        ends.append(p + share[:, None] * (q - p))
        cells.append(cell)
    start, end = ends
    cell = cells[0]
    first: Floats = np.zeros(len(cell))
    last: Floats = np.ones(len(cell))
    for k in range(maps.shape[1]):
        if k in (i, j):
            continue
        rest = maps[cell, i] - maps[cell, k]
        low, high = _values(rest, start), _values(rest, end)
        with np.errstate(invalid="ignore", divide="ignore"):
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
