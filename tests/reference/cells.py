# SPDX-License-Identifier: MIT
"""Activation regions, layer by layer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from functools import lru_cache
from math import lcm
from typing import NamedTuple

from .linear_program import Row, primitive, strictly_feasible
from .networks import Network, Point, Unit, dot, exact

Rows = tuple[Row, ...]


class AffineMap(NamedTuple):
    """Integer rows (a, c) over one positive denominator: x -> (a @ x + c) / den."""

    rows: Rows
    den: int


class Region(NamedTuple):
    """One activation region.

    ``digits`` has one entry for every unit with a breakpoint, in order of (layer,
    unit); ``on_breakpoint`` flags those that equal a breakpoint on the whole cell.
    ``rows`` describes the open cell completely, domain included; ``cuts`` is the part
    of it that already suffices.  ``value`` has a row (a, c) of fractions per output.
    ``ray`` is an interior point in homogeneous integer coordinates, the last one > 0.
    """

    digits: tuple[int, ...]
    on_breakpoint: tuple[bool, ...]
    rows: Rows
    cuts: Rows
    value: tuple[Point, ...]
    ray: Row

    @property
    def point(self) -> Point:
        """Return an exact interior point."""
        return tuple(Fraction(v, self.ray[-1]) for v in self.ray[:-1])


class _Cell(NamedTuple):
    """A region under construction; ``pieces``: those of the current layer's units."""

    digits: tuple[int, ...]
    flags: tuple[bool, ...]
    rows: Rows
    cuts: Rows
    ray: Row
    pieces: tuple[int, ...] = ()


def regions(net: Network, domain: Iterable = ()) -> list[Region]:
    """Return the activation regions of net in the open domain, sorted by digits.

    ``domain`` holds rows (a, c) that mean a @ x + c > 0; none at all means R^d.
    """
    return list(enumerate_cells(net, domain_rows(domain))[0])


def domain_rows(domain: Iterable) -> Rows:
    """Return pairs (a, c) as integer rows."""
    return tuple(primitive([*map(exact, a), exact(c)]) for a, c in domain)


@lru_cache(maxsize=16)
def enumerate_cells(
    net: Network, domain: Rows
) -> tuple[tuple[Region, ...], tuple[int, ...]]:
    """Return the sorted regions and the number of cells after every hidden layer."""
    d = net.n_inputs
    start = _interior_ray(domain, d)
    inputs = AffineMap(tuple(_unit_row(i, d) for i in range(d)), 1)
    cells = [] if start is None else [(_Cell((), (), domain, domain, start), inputs)]
    *hidden, last = (_integers(*layer) for layer in net.layers)
    per_layer = []
    for layer, units in zip(hidden, net.units, strict=True):
        lines = _integer_pieces(units)
        cells = [n for cell in cells for n in _one_layer(*cell, layer, units, lines)]
        per_layer.append(len(cells))
    found = []
    for cell, inner in cells:
        out = _affine(last, inner)
        value = tuple(tuple(Fraction(v, out.den) for v in row) for row in out.rows)
        found.append(Region(*cell[:4], value, cell.ray))
    return tuple(sorted(found, key=lambda r: r.digits)), tuple(per_layer)


def _integers(weight, bias) -> AffineMap:
    """Return h -> weight @ h + bias in integers over one denominator."""
    rows = [(*row, b) for row, b in zip(weight, bias, strict=True)]
    den = lcm(*(v.denominator for row in rows for v in row))
    scaled = (tuple(v.numerator * (den // v.denominator) for v in row) for row in rows)
    return AffineMap(tuple(scaled), den)


def _integer_pieces(units: Sequence[Unit]) -> tuple[list[list[Row]], int]:
    """Return (slope, intercept) of all pieces of all units, over one denominator."""
    maps = [
        _integers([(s,) for s, _ in p], [c for _, c in p])
        for p in map(Unit.pieces, units)
    ]
    den = lcm(*(m.den for m in maps))
    lines = [[(den // m.den * s, den // m.den * c) for s, c in m.rows] for m in maps]
    return lines, den


def _interior_ray(rows: Sequence[Row], d: int = 0) -> Row | None:
    point = strictly_feasible(rows, d=d)
    return None if point is None else primitive([*point, 1])


def _unit_row(i: int, d: int) -> Row:
    return tuple(int(i == j) for j in range(d + 1))


def _one_layer(cell, inner, layer, units, lines) -> Iterator[tuple[_Cell, AffineMap]]:
    """Yield the parts into which a hidden layer cuts a cell, and the map behind it."""
    before = _affine(layer, inner)
    parts = [cell._replace(pieces=())]
    for function, row in zip(units, before.rows, strict=True):
        parts = [
            new for part in parts for new in _split(part, function, row, before.den)
        ]
    for part in parts:
        yield part, _activate(before, *lines, part.pieces)


def _affine(outer: AffineMap, inner: AffineMap) -> AffineMap:
    """Return the composition x -> outer(inner(x))."""
    constant = (0,) * (len(inner.rows[0]) - 1) + (inner.den,)
    columns = [*zip(*inner.rows, constant, strict=True)]
    rows = tuple(tuple(dot(row, column) for column in columns) for row in outer.rows)
    return AffineMap(rows, outer.den * inner.den)


def _activate(before: AffineMap, lines, den: int, pieces) -> AffineMap:
    """Return the outputs of the units, of which the given pieces are active."""
    rows = []
    for line, piece, row in zip(lines, pieces, before.rows, strict=True):
        slope, intercept = line[piece]
        new = [slope * v for v in row]
        new[-1] += intercept * before.den
        rows.append(tuple(new))
    return AffineMap(tuple(rows), before.den * den)


def _split(cell: _Cell, function: Unit, row: Row, den: int) -> Iterator[_Cell]:
    """Yield the parts of a cell on which the unit of z = row / den has one digit."""
    ts = function.breakpoints
    if not ts:
        yield cell._replace(pieces=(*cell.pieces, 0))
        return
    if not any(row[:-1]):
        z = Fraction(row[-1], den)
        yield _decided(cell, function.digit(z), z in ts)
        return
    above = [primitive([*row[:-1], row[-1] - t * den]) for t in ts]
    own = sum(dot(r, cell.ray) > 0 for r in above)
    parts = []
    for digit in range(len(ts) + 1):
        slab = above[digit - 1 : digit] if digit else []
        slab += [negated(r) for r in above[digit : digit + 1]]
        ray = cell.ray
        if digit != own or any(dot(r, ray) <= 0 for r in slab):
            ray = _interior_ray((*cell.cuts, *slab))
        if ray is not None:
            parts.append((digit, slab, ray))
    for digit, slab, ray in parts:
        new = _decided(cell, digit, False)._replace(ray=ray)
        cuts = (*cell.cuts, *slab) if len(parts) > 1 else cell.cuts
        yield new._replace(rows=(*cell.rows, *slab), cuts=cuts)


def _decided(cell: _Cell, digit: int, flag: bool) -> _Cell:
    return cell._replace(
        digits=(*cell.digits, digit),
        flags=(*cell.flags, flag),
        pieces=(*cell.pieces, digit),
    )


def negated(row: Row) -> Row:
    return tuple(-v for v in row)
