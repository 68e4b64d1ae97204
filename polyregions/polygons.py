# SPDX-License-Identifier: MIT
"""Polygons of the cells of a two-dimensional complex, rounded, for drawing.

The cells come exact from the complex; a prefix of their patterns at a time, a polygon
is split along the line of the next unit that splits those cells. A facet thus lies on
the one line that split its two cells apart, however many digits differ across it. All
polygons that one unit splits are split at once, as arrays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .activations import PiecewiseLinear
from .network import Layer
from .region_complex import RegionComplex

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_AT_ONCE = 2**12  # polygons; their maps are numbers by the million


@dataclass(frozen=True, slots=True)
class Outlines:
    """The polygons of the activation regions of the first layers.

    Attributes
    ----------
    corners : (n_corners, 2) float64, polygon by polygon, counterclockwise
    cuts : (n_corners,) int64
        The line of the edge that leaves the corner: 0 the border, +k the low side of
        split k, -k its high side.
    starts : (n_polygons + 1,) int64
        Polygon i has the corners starts[i] .. starts[i + 1] - 1; none where it lies
        outside, or is too thin for float64.
    cells : (n_polygons + 1,) int64
        Polygon i holds the cells cells[i] .. cells[i + 1] - 1 of the complex; with all
        layers each holds one.
    maps : (n_polygons, n_outputs, 3) float64
        a, b, c of the outputs a x + b y + c on it, rounded; (n_polygons, 0, 3) when
        not all layers cut.
    """

    corners: Floats
    cuts: Ints
    starts: Ints
    cells: Ints
    maps: Floats

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def lengths(self) -> Ints:
        """(n_polygons,) int64: corners of each polygon, 0 for what is not seen."""
        lengths: Ints = np.diff(self.starts)
        return lengths

    @property
    def owners(self) -> Ints:
        """(n_corners,) int64: the polygon of each corner."""
        return np.repeat(np.arange(len(self)), self.lengths)

    @property
    def after(self) -> Ints:
        """(n_corners,) int64: the next corner round the polygon."""
        return next_corners(self.lengths)

    def areas(self) -> Floats:
        """(n_polygons,) float64, rounded; 0 for what is not seen."""
        # From the first corner on, so that far from the origin no digits are lost.
        first = self.corners[self.starts[:-1].repeat(self.lengths)]
        x, y = (self.corners - first).T
        after = self.after
        crosses = x * y[after] - x[after] * y
        return np.bincount(self.owners, crosses, len(self)) / 2


def spans(starts: Ints, lengths: Ints) -> Ints:
    """Return starts[0], starts[0] + 1, ...: the indices of all spans in a row."""
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    at: Ints = np.arange(total) + np.repeat(starts - (ends - lengths), lengths)
    return at


def next_corners(lengths: Ints) -> Ints:
    """Return for each corner of polygons in a row the index of the next one round."""
    ends = np.cumsum(lengths)
    after = np.arange(1, (int(ends[-1]) if len(ends) else 0) + 1)
    real = lengths > 0
    after[ends[real] - 1] = (ends - lengths)[real]
    return after


# --- the cells ------------------------------------------------------------------------


def cell_outlines(
    cx: RegionComplex, root: Floats, layers: int | None = None
) -> Outlines:
    """Return the polygons of the cells inside ``root``.

    Parameters
    ----------
    root : (k, 2) corners, counterclockwise
    layers : only the first so many hidden layers cut; None for all
    """
    # Where numbers leave the range of float64 polygons are missing, as slivers are.
    with np.errstate(all="ignore"):
        return _Splitting(cx, root).outlines(layers)


@dataclass(slots=True)
class _Nodes:
    """Polygons, each of the cells first .. stop - 1, which share a prefix."""

    first: Ints
    stop: Ints
    begin: Ints  # of its corners among all
    length: Ints
    owner: Ints  # row of the maps of the layer at work

    def __getitem__(self, rows: Any) -> _Nodes:
        return _Nodes(*(column[rows] for column in self._columns()))

    def __len__(self) -> int:
        return len(self.first)

    def _columns(self) -> tuple[Ints, ...]:
        return self.first, self.stop, self.begin, self.length, self.owner

    @staticmethod
    def joined(parts: Sequence[_Nodes]) -> _Nodes:
        """Return the nodes of all parts."""
        columns = zip(*(part._columns() for part in parts), strict=True)
        return _Nodes(*map(np.concatenate, columns))


class _Splitting:
    """The tree of polygons of a complex, layer by layer and block by block."""

    def __init__(self, cx: RegionComplex, root: Floats) -> None:
        self._cx = cx
        self._corners = root.copy()
        self._cuts = np.zeros(len(root), np.int64)
        self._n_corners = len(root)
        self._n_cuts = 0

    def outlines(self, layers: int | None) -> Outlines:
        """Return the polygons when the first ``layers`` cut."""
        cx, network = self._cx, self._cx.network
        n_layers = len(network.hidden_layers)
        n_cutting = n_layers if layers is None else layers
        last = [-1, *network.hidden_layers][n_cutting]
        n_outputs = network.n_outputs if n_cutting == n_layers else 0
        offset, matrix = cx.domain.core.input_map()
        maps = np.concatenate([matrix, offset[:, None]], axis=1).T[:, :, None]
        start = np.zeros(1, np.int64)
        root = _Nodes(start, start + len(cx), start, start + self._n_corners, start)
        done = [root[:0]]
        done_maps = [np.zeros((3, n_outputs, 0))]
        work = [(0, root, maps)] if len(cx) else []
        while work:
            depth, nodes, maps = work.pop()
            if depth > last:
                for layer in network.layers[depth:] if n_outputs else ():
                    maps = _after_affine(layer, maps)
                done.append(nodes)
                done_maps.append(maps[:, :n_outputs])
                continue
            nodes, maps = self._through_layer(depth, nodes, maps)
            for at in range(0, len(nodes), _AT_ONCE):
                block = slice(at, at + _AT_ONCE)
                part = nodes[block]
                part.owner = np.arange(len(part))
                work.append((depth + 1, part, maps[:, :, block]))
        return self._collected(_Nodes.joined(done), np.concatenate(done_maps, axis=2))

    def _collected(self, nodes: _Nodes, maps: Floats) -> Outlines:
        order = np.argsort(nodes.first)
        nodes = nodes[order]
        at = spans(nodes.begin, nodes.length)
        return Outlines(
            self._corners[at],
            self._cuts[at],
            np.concatenate([[0], np.cumsum(nodes.length)]),
            np.append(nodes.first, len(self._cx)),
            np.ascontiguousarray(maps[:, :, order].T),
        )

    def _through_layer(
        self, depth: int, nodes: _Nodes, maps: Floats
    ) -> tuple[_Nodes, Floats]:
        """Split the nodes by one layer; their maps are those behind it.

        Maps have the shape (3, n_units, n_nodes): a, b, c of each unit a x + b y + c.
        """
        layer = self._cx.network.layers[depth]
        maps = _after_affine(layer, maps)
        if layer.activation is None:
            return nodes, maps
        first = column = int(np.searchsorted(self._cx.network.units[:, 0], depth))
        for unit, activation in enumerate(layer.activation):
            if activation.breakpoints:
                nodes = self._split(nodes, column, activation, maps[:, unit])
                column += 1
        nodes = nodes[np.argsort(nodes.first)]
        maps = np.take(maps, nodes.owner, axis=2)
        digits = self._cx.patterns[nodes.first, first:column]
        _apply_digits(layer.activation, maps, digits)
        return nodes, maps

    def _split(
        self, nodes: _Nodes, column: int, activation: PiecewiseLinear, lines: Floats
    ) -> _Nodes:
        """Split the nodes whose cells differ in this column of the pattern.

        Of a partial complex cells may be missing, so that all nodes are cut to their
        piece.
        """
        cx = self._cx
        base = int(nodes.first.min())
        digits = cx.patterns[base : int(nodes.stop.max()), column]
        for piece, end in enumerate(activation.breakpoints):
            low = digits[nodes.first - base] <= piece
            high = digits[nodes.stop - 1 - base] > piece
            cut = low & high
            if cx.status != "complete":
                cut |= ~cx.on_breakpoint[nodes.first, column]
            if not cut.any():
                continue
            below = np.concatenate([[0], np.cumsum(digits <= piece)])
            old = nodes[cut]
            middle = old.first + below[old.stop - base] - below[old.first - base]
            a, b, c = lines[:, old.owner]
            sides = self._cut(old, (a, b, c - end))
            sides[0].stop = sides[1].first = middle
            parts = [side[side.first < side.stop] for side in sides]
            nodes = _Nodes.joined([nodes[~cut], *parts])
        return nodes

    def _cut(
        self, nodes: _Nodes, lines: tuple[Floats, Floats, Floats]
    ) -> tuple[_Nodes, _Nodes]:
        """Return the parts of polygons where a x + b y + c is <= 0 and >= 0."""
        at = spans(nodes.begin, nodes.length)
        corners, cuts = self._corners[at], self._cuts[at]
        after = next_corners(nodes.length)
        owner = np.repeat(np.arange(len(nodes)), nodes.length)
        a, b, c = (column[owner] for column in lines)
        here = a * corners[:, 0] + b * corners[:, 1] + c
        names = self._n_cuts + 1 + owner
        self._n_cuts += len(nodes)
        crossing = ((here < 0) & (here[after] > 0)) | ((here > 0) & (here[after] < 0))
        share = here / (here - here[after])
        points = corners + share[:, None] * (corners[after] - corners)
        sides = []
        for value, name in ((here, names), (-here, -names)):
            # Two places a corner: it, and where its edge crosses the line.
            kept = np.stack([value <= 0, crossing], axis=1).ravel()
            leaves = (value == 0) & (value[after] > 0)
            edges = np.where(leaves, name, cuts), np.where(value < 0, name, cuts)
            sides.append(
                self._added(
                    nodes,
                    np.stack([corners, points], axis=1).reshape(-1, 2)[kept],
                    np.stack(edges, axis=1).ravel()[kept],
                    np.bincount(owner.repeat(2)[kept], minlength=len(nodes)),
                )
            )
        return sides[0], sides[1]

    def _added(
        self, nodes: _Nodes, corners: Floats, cuts: Ints, lengths: Ints
    ) -> _Nodes:
        """Return the nodes with these corners; fewer than three are none."""
        end = self._n_corners + len(corners)
        if end > len(self._corners):
            more = max(end, 2 * len(self._corners)) - len(self._corners)
            self._corners = np.concatenate([self._corners, np.empty((more, 2))])
            self._cuts = np.concatenate([self._cuts, np.empty(more, np.int64)])
        self._corners[self._n_corners : end] = corners
        self._cuts[self._n_corners : end] = cuts
        begin = self._n_corners + np.cumsum(lengths) - lengths
        self._n_corners = end
        seen = np.where(lengths > 2, lengths, 0)
        return _Nodes(nodes.first.copy(), nodes.stop.copy(), begin, seen, nodes.owner)


def _after_affine(layer: Layer, maps: Floats) -> Floats:
    out: Floats = np.matmul(layer.weight, maps)
    out[2] += layer.bias[:, None]
    return out


def _apply_digits(
    activations: Sequence[PiecewiseLinear], maps: Floats, digits: NDArray[np.uint8]
) -> None:
    """Replace each unit's maps by the piece of its activation on each node."""
    column = 0
    for own, activation in zip(maps.swapaxes(0, 1), activations, strict=True):
        slopes = np.asarray(activation.slopes)
        ends = np.asarray(activation.breakpoints)
        values = activation(ends)
        if not ends.size:  # one piece: slope * z + anchor
            own *= slopes[0]
            own[2] += activation.anchor
            continue
        digit = digits[:, column].astype(np.int64)
        column += 1
        end = np.maximum(digit - 1, 0)  # a breakpoint that bounds the piece
        own *= slopes[digit]
        own[2] += values[end] - slopes[digit] * ends[end]
