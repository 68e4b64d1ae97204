# SPDX-License-Identifier: MIT
"""Polygons of the cells of a two-dimensional complex, rounded, for drawing.

The cells come exact from the complex; a prefix of their patterns at a time, a polygon
is split along the line of the next unit that splits those cells. A facet thus lies on
the one line that split its two cells apart, however many digits differ across it.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .activations import PiecewiseLinear
from .domain import Domain
from .errors import InvalidArgumentError
from .network import Layer
from .region_complex import RegionComplex

Floats = NDArray[np.float64]
# Corners (x, y, cut) counterclockwise; cut names the line of the edge that leaves the
# corner: 0 the border, +k the low side of split k, -k its high side.
Polygon = list[tuple[Any, Any, int]]


@dataclass(frozen=True, slots=True)
class Facet:
    """A segment on which the cells ``low`` and ``high`` touch."""

    low: int
    high: int
    start: tuple[float, float]
    end: tuple[float, float]


def split(
    polygon: Polygon, line: tuple[Any, Any, Any], cut: int
) -> tuple[Polygon, Polygon]:
    """Split a convex polygon along {(x, y) : a x + b y + c = 0}, line = (a, b, c).

    Returns
    -------
    (low, high) : parts where a x + b y + c is <= 0 and >= 0
        Empty, a list without corners, where fewer than three are left. Exact for
        Fractions and ints.
    """
    a, b, c = line
    values = [a * x + b * y + c for x, y, _ in polygon]
    low: Polygon = []
    high: Polygon = []
    for k, (x, y, edge) in enumerate(polygon):
        here, after = values[k], values[k + 1 - len(polygon)]
        if here <= 0:
            low.append((x, y, cut if here == 0 and after > 0 else edge))
        if here >= 0:
            high.append((x, y, -cut if here == 0 and after < 0 else edge))
        if (here < 0 < after) or (after < 0 < here):
            share = here / (here - after)
            x_after, y_after, _ = polygon[k + 1 - len(polygon)]
            corner = (x + share * (x_after - x), y + share * (y_after - y))
            low.append((*corner, cut if here < 0 else edge))
            high.append((*corner, edge if here < 0 else -cut))
    return low if len(low) > 2 else [], high if len(high) > 2 else []


# --- the domain -----------------------------------------------------------------------


def domain_outline(domain: Domain, window: ArrayLike | None) -> Polygon:
    """Return the part of a two-dimensional domain that lies in the window, as floats.

    Parameters
    ----------
    window : ((x0, y0), (x1, y1)), own coordinates; None for all of a bounded domain

    Raises
    ------
    InvalidArgumentError
        The domain is unbounded and there is no window; a window that is none, or that
        the domain does not meet.
    """
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
    polygon: Polygon = [(x0, y0, 1), (x1, y0, 1), (x1, y1, 1), (x0, y1, 1)]
    for c, a, b in rows:
        polygon = split(polygon, (a, b, c), 0)[1]
    if window is None and any(edge for *_, edge in polygon):
        raise InvalidArgumentError(
            "the domain is unbounded and a picture is not; say which part to draw "
            "(window=((x0, y0), (x1, y1)), or --window LO HI)"
        )
    if not polygon:
        raise InvalidArgumentError(
            "the domain does not meet the window; pass a window with a part of it"
        )
    return [(float(x), float(y), 0) for x, y, _ in polygon]


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


# --- the cells ------------------------------------------------------------------------


@dataclass(slots=True)
class _Node:
    """Cells start .. stop - 1, which share a prefix of the pattern."""

    start: int
    stop: int
    outline: Polygon
    owner: int  # row of the maps of the layer at work


def cell_outlines(cx: RegionComplex, root: Polygon) -> list[Polygon]:
    """Return the polygon of each cell inside ``root``; empty ones have no corners."""
    nodes = [_Node(0, len(cx), root, 0)] if len(cx) else []
    offset, matrix = cx.domain.core.input_map()
    # (n_nodes, n_units, 3): a, b, c of each unit a x + b y + c, by node.
    maps = np.concatenate([matrix, offset[:, None]], axis=1)[None]
    column = n_cuts = 0
    for layer in cx.network.layers[:-1]:
        maps = _after_affine(layer, maps)
        if layer.activation is None:
            continue
        first = column
        for unit, activation in enumerate(layer.activation):
            if not activation.breakpoints:
                continue
            lines = maps[:, unit]
            nodes, n_cuts = _split_nodes(cx, nodes, column, activation, lines, n_cuts)
            column += 1
        starts = [node.start for node in nodes]
        maps = maps[[node.owner for node in nodes]]
        _apply_digits(layer.activation, maps, cx.patterns[starts, first:column])
        for row, node in enumerate(nodes):
            node.owner = row
    return [node.outline for node in nodes]


def _after_affine(layer: Layer, maps: Floats) -> Floats:
    out: Floats = np.einsum("oi,nic->noc", layer.weight, maps, optimize=True)
    out[:, :, 2] += layer.bias
    return out


def _apply_digits(
    activations: Sequence[PiecewiseLinear], maps: Floats, digits: NDArray[np.uint8]
) -> None:
    """Replace each unit's map by the piece of its activation on each node."""
    column = 0
    for unit, activation in enumerate(activations):
        slopes = np.asarray(activation.slopes)
        ends = np.asarray(activation.breakpoints)
        values = activation(ends)
        if not ends.size:  # one piece: slope * z + anchor
            maps[:, unit] *= slopes[0]
            maps[:, unit, 2] += activation.anchor
            continue
        digit = digits[:, column].astype(np.int64)
        column += 1
        end = np.maximum(digit - 1, 0)  # a breakpoint that bounds the piece
        maps[:, unit] *= slopes[digit][:, None]
        maps[:, unit, 2] += values[end] - slopes[digit] * ends[end]


def _split_nodes(
    cx: RegionComplex,
    nodes: list[_Node],
    column: int,
    activation: PiecewiseLinear,
    lines: Floats,
    n_cuts: int,
) -> tuple[list[_Node], int]:
    """Split the nodes whose cells differ in this column of the pattern.

    Of a partial complex cells may be missing, so that all nodes are cut to their piece.
    """
    digits = cx.patterns[:, column]
    whole = cx.status == "complete"
    breaks = activation.breakpoints
    out: list[_Node] = []
    for node in nodes:
        first, last = int(digits[node.start]), int(digits[node.stop - 1])
        if not whole and not cx.on_breakpoint[node.start, column]:
            first_piece, last_piece = 0, len(breaks)
        elif first == last:
            out.append(node)
            continue
        else:
            first_piece, last_piece = first, last
        a, b, c = lines[node.owner].tolist()
        rest, start = node.outline, node.start
        for digit in range(first_piece, last_piece + 1):
            piece = rest
            if digit < last_piece:
                n_cuts += 1
                piece, rest = split(rest, (a, b, c - breaks[digit]), n_cuts)
            stop = start + int(
                np.searchsorted(digits[start : node.stop], digit, side="right")
            )
            if stop > start:
                out.append(_Node(start, stop, piece, node.owner))
            start = stop
    return out, n_cuts


# --- neighbours -----------------------------------------------------------------------


def facets(outlines: Sequence[Polygon], shortest: float) -> Iterator[Facet]:
    """Yield the segments along which two polygons touch, split by split.

    Those up to ``shortest`` are left out: where cells meet in a corner, rounding
    makes some.
    """
    sides: dict[int, tuple[list[Any], list[Any]]] = {}
    for cell, outline in enumerate(outlines):
        for k, (x, y, cut) in enumerate(outline):
            if cut:
                end = outline[k + 1 - len(outline)][:2]
                edges = sides.setdefault(abs(cut), ([], []))
                # Both sides run the same way: the high ones are turned round.
                edge = ((x, y), end) if cut > 0 else (end, (x, y))
                edges[cut < 0].append((cell, *edge))
    for low, high in sides.values():
        if low and high:
            yield from _overlaps(low, high, shortest)


def _overlaps(low: list[Any], high: list[Any], shortest: float) -> Iterator[Facet]:
    """Yield where the edges on the two sides of one line overlap."""
    # The way that the low sides run; a single sliver could run either.
    run = [sum(q[axis] - p[axis] for _, p, q in low) for axis in (0, 1)]
    axis = 0 if abs(run[0]) >= abs(run[1]) else 1
    sign = math.copysign(1.0, run[axis])
    low.sort(key=lambda edge: sign * edge[1][axis])
    high.sort(key=lambda edge: sign * edge[1][axis])
    i = j = 0
    while i < len(low) and j < len(high):
        (cell, p, q), (other, r, s) = low[i], high[j]
        start = max(p, r, key=lambda end: sign * end[axis])
        end = min(q, s, key=lambda end: sign * end[axis])
        if sign * (end[axis] - start[axis]) > shortest:
            yield Facet(cell, other, start, end)
        if sign * q[axis] <= sign * s[axis]:
            i += 1
        else:
            j += 1


# --- colours --------------------------------------------------------------------------


def region_colours(
    n_regions: int, pairs: Sequence[tuple[int, int]], n_colours: int
) -> list[int]:
    """Colour a graph so that neighbours differ; planar graphs need 6 colours at most.

    Parameters
    ----------
    pairs : neighbours, each once or more often

    Returns
    -------
    list of int, one a region, below n_colours

    Notes
    -----
    Smallest-last order (Matula and Beck 1983): a planar graph always has a vertex of
    degree 5 or less, so that each vertex meets at most 5 coloured neighbours. Of the
    colours left it takes the one used least so far.
    """
    neighbours: list[set[int]] = [set() for _ in range(n_regions)]
    for i, j in pairs:
        neighbours[i].add(j)
        neighbours[j].add(i)
    used = [0] * n_colours
    colours = [-1] * n_regions
    for region in reversed(_smallest_first(neighbours)):
        around = [colours[k] for k in neighbours[region] if colours[k] >= 0]
        # Rounding may make a drawn graph non-planar; then the rarest colour around.
        colour = min(range(n_colours), key=lambda c: (around.count(c), used[c]))
        colours[region] = colour
        used[colour] += 1
    return colours


def _smallest_first(neighbours: Sequence[set[int]]) -> list[int]:
    """Take off a vertex of smallest degree again and again; return that order."""
    degrees = [len(around) for around in neighbours]
    heap = [(degree, region) for region, degree in enumerate(degrees)]
    heapq.heapify(heap)
    order: list[int] = []
    taken = [False] * len(degrees)
    while heap:
        degree, region = heapq.heappop(heap)
        if taken[region] or degree != degrees[region]:
            continue
        taken[region] = True
        order.append(region)
        for other in neighbours[region]:
            if not taken[other]:
                degrees[other] -= 1
                heapq.heappush(heap, (degrees[other], other))
    return order
