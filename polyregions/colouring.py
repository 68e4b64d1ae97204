# SPDX-License-Identifier: MIT
"""Which drawn regions are neighbours, and colours that neighbours never share."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

from .polygons import Floats, Ints, Outlines, spans

Colours = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Facets:
    """Segments on which two polygons touch.

    Attributes
    ----------
    low, high : (m,) int64, the two polygons
    start, end : (m, 2) float64
    """

    low: Ints
    high: Ints
    start: Floats
    end: Floats

    def __len__(self) -> int:
        return len(self.low)

    def __getitem__(self, rows: NDArray[np.bool_]) -> Facets:
        return Facets(self.low[rows], self.high[rows], self.start[rows], self.end[rows])


def facets(outlines: Outlines, shortest: float) -> Facets:
    """Return the segments along which two polygons touch.

    Those up to ``shortest`` are left out: where cells meet in a corner, rounding
    makes some.
    """
    at = np.flatnonzero(outlines.cuts)
    cuts = outlines.cuts[at]
    _, lines = np.unique(np.abs(cuts), return_inverse=True)
    p, q = outlines.corners[at], outlines.corners[outlines.after[at]]
    # Along a line the coordinate that changes most tells the order.
    run = [np.bincount(lines, np.abs(q - p)[:, axis]) for axis in (0, 1)]
    axis = (run[1] > run[0]).astype(np.int64)[lines]
    each = np.arange(len(at))
    turned = (p[each, axis] > q[each, axis])[:, None]
    p, q = np.where(turned, q, p), np.where(turned, p, q)
    start, end = p[each, axis], q[each, axis]
    # Ranks along all the lines: ends of equal place on one line have equal ranks.
    places, names = np.concatenate([start, end]), np.concatenate([lines, lines])
    order = np.lexsort((places, names))
    new = (np.diff(places[order]) != 0) | (np.diff(names[order]) != 0)
    ranks = np.empty(len(order), np.int64)
    ranks[order] = np.concatenate([[0], np.cumsum(new)])[: len(order)]
    first, last = ranks[: len(at)], ranks[len(at) :]
    low, high = np.flatnonzero(cuts > 0), np.flatnonzero(cuts < 0)
    high = high[np.argsort(first[high], kind="stable")]
    reached = np.maximum.accumulate(last[high])
    begin = np.searchsorted(reached, first[low], side="right")
    many = np.maximum(np.searchsorted(first[high], last[low]) - begin, 0)
    low, high = np.repeat(low, many), high[spans(begin, many)]
    later = (start[low] >= start[high])[:, None]
    earlier = (end[low] <= end[high])[:, None]
    length = np.minimum(end[low], end[high]) - np.maximum(start[low], start[high])
    owners = outlines.owners[at]
    found = Facets(
        owners[low],
        owners[high],
        np.where(later, p[low], p[high]),
        np.where(earlier, q[low], q[high]),
    )
    return found[length > shortest]


def corner_pairs(outlines: Outlines, nearest: float) -> Ints:
    """Return (m, 2) pairs of polygons with corners that are at most ``nearest`` apart.

    Each pair may come more than once; those that share a facet are among them.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import cKDTree

    spots, spot = np.unique(outlines.corners, axis=0, return_inverse=True)
    near = cKDTree(spots).query_pairs(nearest, output_type="ndarray")
    links = (np.ones(len(near), bool), (near[:, 0], near[:, 1]))
    n_spots = len(spots)
    group = connected_components(coo_array(links, shape=(n_spots, n_spots)))[1]
    meetings = np.unique(np.stack([group[spot.ravel()], outlines.owners], 1), axis=0)
    _, starts, counts = np.unique(meetings[:, 0], return_index=True, return_counts=True)
    pairs = [np.zeros((0, 2), np.int64)]
    for size in np.unique(counts[counts > 1]).tolist():
        rows = starts[counts == size][:, None] + np.arange(size)
        around = meetings[rows, 1]
        pairs += [around[:, pair] for pair in combinations(range(size), 2)]
    return np.concatenate(pairs)


def region_colours(
    n_regions: int, facing: Ints, touching: Ints, n_colours: int
) -> Colours:
    """Colour regions so that neighbours differ.

    Parameters
    ----------
    facing, touching : (m, 2) pairs that share a facet, and a corner; repeats allowed
    n_colours : at least 6

    Returns
    -------
    (n_regions,) int64 below n_colours
        Regions that share a facet never have the same colour. With 8 colours neither
        have regions that touch in a corner, where at most four regions meet in each;
        where more do, as far as it goes.

    Notes
    -----
    Smallest-last order (Matula and Beck 1983): every vertex meets few coloured
    neighbours, and of the colours left it takes the one used least so far. Facets give
    a planar graph, where some vertex has degree 5 or less; with corners at which four
    regions meet it is 1-planar, of at most 4 n - 8 edges (Pach and Tóth 1997), and
    some vertex has degree 7 or less. Both hold for parts of the graph too.
    """
    colours, clash = _greedy(n_regions, facing, touching, n_colours)
    if clash:  # many regions in one corner: the facets alone
        colours, _ = _greedy(n_regions, facing, facing[:0], n_colours)
    return colours


def _greedy(
    n_regions: int, facing: Ints, touching: Ints, n_colours: int
) -> tuple[Colours, bool]:
    """Return colours, and whether two regions that share a facet have the same."""
    around = _neighbours(n_regions, np.concatenate([facing, touching]))
    order = _smallest_first(around)
    used = [0] * n_colours
    colours = [-1] * n_regions
    for region in reversed(order):
        counts = [0] * n_colours
        for other in around[region]:
            if colours[other] >= 0:
                counts[colours[other]] += 1
        # Where none is left, the rarest colour around.
        least = min(counts)
        free = [c for c, count in enumerate(counts) if count == least]
        colour = min(free, key=used.__getitem__)
        colours[region] = colour
        used[colour] += 1
    found = np.asarray(colours, np.int64)
    low, high = facing.reshape(-1, 2).T
    return found, bool((found[low] == found[high]).any())


def _neighbours(n_regions: int, pairs: Ints) -> list[list[int]]:
    """Return the neighbours of each region, each once."""
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    both = np.concatenate([pairs, pairs[:, ::-1]])
    first, second = np.divmod(np.unique(both[:, 0] * n_regions + both[:, 1]), n_regions)
    ends = np.searchsorted(first, np.arange(n_regions + 1)).tolist()
    others = second.tolist()
    return [others[start:end] for start, end in pairwise(ends)]


def _smallest_first(around: list[list[int]]) -> list[int]:
    """Take off a vertex of smallest degree again and again; return that order."""
    degrees = [len(others) for others in around]
    waiting: list[list[int]] = [[] for _ in range(max(degrees, default=0) + 1)]
    for region, degree in enumerate(degrees):
        waiting[degree].append(region)
    order: list[int] = []
    at = 0
    while len(order) < len(around):
        if not waiting[at]:
            at += 1
            continue
        region = waiting[at].pop()
        if degrees[region] != at:  # it was moved on, or taken off
            continue
        degrees[region] = -1
        order.append(region)
        for other in around[region]:
            if degrees[other] > 0:
                degrees[other] -= 1
                waiting[degrees[other]].append(other)
        at = max(at - 1, 0)
    return order
