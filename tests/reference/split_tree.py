# SPDX-License-Identifier: MIT
"""Walk through the split tree of a network, and what a certificate says on the way."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple, NoReturn

from .cells import negated
from .certificate_file import (
    BULK,
    CLAIM,
    LEFT_OUT,
    OPEN,
    POINT,
    SPLIT,
    SUPPORT,
    Block,
    Item,
    signed,
)
from .linear_program import Row, primitive, strictly_feasible
from .networks import Network, Point, dot
from .supports import support


class Path(NamedTuple):
    """A node of the split tree; rows are (a, c), as everywhere in the reference."""

    z: tuple[Point, ...]  # of the current layer
    bits: tuple[int | None, ...]  # of its hyperplanes
    rows: tuple[Row, ...]  # domain and splits, positive on the cell
    done: tuple[tuple[tuple[Point, ...], tuple[int, ...]], ...] = ()
    splits: tuple[tuple[int, int, int], ...] = ()
    loose: tuple[tuple[int, int], ...] = ()
    events: tuple[int, ...] = ()


class Writer:
    """Walks through the tree; ``blocks`` and ``leaves`` are what it has found."""

    def __init__(
        self,
        net: Network,
        rows: Sequence[Row],
        definitions: Sequence[str],
        *,
        cut: int = 0,
        bulk: bool = True,
        left_out: Collection[int] = (),
    ):
        self.net, self.domain, self.last_layer = net, tuple(rows), len(net.units)
        self.cut, self.bulk, self.left_out = cut, bulk, left_out
        self.linear = {"linear", "linear_closed"} & {*definitions}
        self.hyper = [
            [(i, j) for i, u in enumerate(units) for j in range(len(u.breakpoints))]
            for units in net.units
        ]
        self.blocks, self.last, self.n_steps = [Block([])], (), 0
        self.leaves: list[tuple[tuple, tuple[Point, ...]]] = []
        self.joins: list[tuple[tuple, tuple]] = []

    def walk(self) -> Writer:
        d = self.net.n_inputs
        unit = [tuple(Fraction(i == j) for j in range(d + 1)) for i in range(d)]
        self.visit(Path(*self.layer(0, unit), self.domain), [])
        return self

    # --- the network ------------------------------------------------------------------

    def layer(self, l: int, h: Sequence[Point]) -> tuple:
        """z of a layer from its input, and nothing decided."""
        weight, bias = self.net.layers[l]
        columns = [*zip(*h, strict=True)] or [()]  # without coordinates
        z = []
        for row, b in zip(weight, bias, strict=True):
            *a, c = (dot(row, column) for column in columns)
            z.append((*a, c + b))
        return tuple(z), (None,) * (len(self.hyper[l]) if l < self.last_layer else 0)

    def function(self, l: int, k: int, z: Sequence[Point]) -> Point:
        """z - t of a hyperplane."""
        i, j = self.hyper[l][k]
        *a, c = z[i]
        return (*a, c - self.net.units[l][i].breakpoints[j])

    def outputs(self, l: int, z: Sequence[Point], bits: Sequence[int]) -> list[Point]:
        """The units' values where the hyperplanes have these bits."""
        out = []
        for i, (row, u) in enumerate(zip(z, self.net.units[l], strict=True)):
            slope, constant = u.pieces()[0]
            for (own, j), bit in zip(self.hyper[l], bits, strict=True):
                if own == i and bit:
                    jump = u.slopes[j + 1] - u.slopes[j]
                    slope, constant = slope + jump, constant - jump * u.breakpoints[j]
            *a, c = (slope * v for v in row)
            out.append((*a, c + constant))
        return out

    # --- the walk ---------------------------------------------------------------------

    def visit(self, path: Path, items: list[Item]) -> None:
        """Write the subtree of a node, depth first."""
        while len(path.done) < self.last_layer and None not in path.bits:
            l = len(path.done)
            z, bits = self.layer(l + 1, self.outputs(l, path.z, path.bits))
            done = (*path.done, (path.z, path.bits))
            path = path._replace(z=z, bits=bits, done=done)
        if self.n_steps in self.left_out:
            self.step([*items, Item(LEFT_OUT, (1 << 63,))])
            return
        if len(path.done) == self.last_layer:
            self.step([*items, self.point(path.rows), *self.leaf(path)])
            return
        path, claims = self.claimed(path)
        if None not in path.bits:
            self.visit(path, items + claims)
            return
        k = path.bits.index(None)
        items = [*items, *claims, Item(SPLIT, (1 + (k << 2 | 2),))]
        self.visit(self.decided(path, k, 0, 2), items)
        upper = self.decided(path, k, 1, 2)
        if self.cut and len(self.blocks[-1].steps) >= self.cut:
            self.blocks.append(Block([*upper.events]))
        self.visit(upper, [])

    def fail(self) -> NoReturn:
        raise ValueError("what is true has no support")

    def step(self, items: list[Item]) -> None:
        self.blocks[-1].steps.append(items)
        self.last = ()
        self.n_steps += 1

    def decided(self, path: Path, k: int, above: int, flags: int) -> Path:
        """Flags: 2 a split, 4 loose."""
        l, g = len(path.done), self.function(len(path.done), k, path.z)
        out = path._replace(
            bits=(*path.bits[:k], above, *path.bits[k + 1 :]),
            events=(*path.events, k << 3 | flags | above),
            loose=path.loose + ((l, k),) * (flags == 4),
        )
        if flags != 2:
            return out
        row = primitive(g if above else negated(g))
        splits = (*path.splits, (l, k, above))
        return out._replace(rows=(*path.rows, row), splits=splits)

    def claimed(self, path: Path) -> tuple[Path, list[Item]]:
        """Decide all that does not cut the cell."""
        items, found, l = [], [], len(path.done)
        still_open = [k for k, bit in enumerate(path.bits) if bit is None]
        for k in still_open:
            g = primitive(self.function(l, k, path.z))
            sides = [strictly_feasible([*path.rows, row]) for row in (g, negated(g))]
            if any(g[:-1]) and None not in sides:
                continue
            above = int(g[-1] > 0 if not any(g[:-1]) else sides[0] is not None)
            rows, numbers = support(g, path.rows) or self.fail()
            loose = numbers[0] == 0 and sum(map(bool, numbers)) < 2
            found.append((loose, k, above, rows))
        if self.bulk:  # of those that are not loose
            found.sort(key=lambda claim: claim[:2])
            items = self.at_once(found, len(path.rows), still_open)
        for loose, k, above, rows in found:
            path = self.decided(path, k, above, 4 * loose)
            if loose or not self.bulk:
                token = Item(CLAIM, (1 + (k << 2 | above),))
                items += [token, self.support_item(rows, len(path.rows))]
        return path, items

    def at_once(self, found, n_rows: int, still_open: list[int]) -> list[Item]:
        """One token for all the claims that are not loose."""
        used = [*dict.fromkeys(rows for loose, *_, rows in found if not loose)]
        claimed = [still_open.index(k) for loose, k, *_ in found if not loose]
        if not used:
            return []
        n = claimed[-1] + 1
        left = [-1, *sorted({*range(n)} - {*claimed})]
        gaps = [b - a - 1 for a, b in pairwise(left)]
        items = [Item(BULK, (1 + (len(used) << 2 | 3),))]
        items += [self.support_item(rows, n_rows) for rows in used]
        return [*items, Item(OPEN, (n, len(gaps), *gaps))]

    def support_item(self, rows: tuple[int, ...], n_rows: int) -> Item:
        """Positions of the rows in the path, newest first; 0 for the same again."""
        if self.last == (rows,):
            return Item(SUPPORT, (0,))
        self.last = (rows,)
        ends = [n_rows, *sorted(rows, reverse=True)]
        gaps = (a - b - 1 for a, b in pairwise(ends))
        return Item(SUPPORT, (1 + len(rows), *gaps))

    def point(self, rows: Sequence[Row]) -> Item:
        """A dyadic point at which all rows are positive."""
        point = strictly_feasible(rows, d=self.net.n_inputs)
        if point is None:
            raise ValueError("an empty cell")
        e = 0
        while True:
            x = [round(v * 2**e) for v in point]
            if all(dot(row[:-1], x) + row[-1] * 2**e > 0 for row in rows):
                return Item(POINT, (signed(e), *map(signed, x)))
            e += 1

    # --- linear regions ---------------------------------------------------------------

    def leaf(self, path: Path) -> Iterator[Item]:
        """What is said of the walls; remembers the leaf."""
        pattern = tuple(bits for _, bits in path.done)
        self.leaves.append((pattern, path.z))
        for n, (l, k, above) in enumerate(path.splits if self.linear else ()):
            at = len(self.domain) + n
            if above or (self.felt(l, k, pattern) and not path.loose):
                continue
            beyond, same = self.across(path, path.rows[at], l, k)
            if not same:
                continue
            others = [row for i, row in enumerate(path.rows) if i != at]
            if strictly_feasible([*others, negated(path.rows[at])]) is None:
                rows, _ = support(path.rows[at], path.rows, at) or self.fail()
                yield self.support_item(rows, len(path.rows))
            else:
                yield self.support_item((), len(path.rows))
                yield self.point([*others, negated(path.rows[at])])
                self.joins.append((pattern, beyond))

    def felt(self, l: int, k: int, pattern: tuple) -> Fraction:
        """Derivative of the mixed outputs by the unit's value."""
        n = len(self.net.layers[l][1])
        unit = self.hyper[l][k][0]
        change = [Fraction(i == unit) for i in range(n)]
        for m in range(l + 1, self.last_layer + 1):
            change = [dot(row, change) for row in self.net.layers[m][0]]
            if m < self.last_layer:
                rows = [(v, Fraction(0)) for v in change]
                change = [row[0] for row in self.outputs(m, rows, pattern[m])]
        weights = [1 + 2 * ((389 * i + 151) % 1021) for i in range(len(change))]
        return dot(weights, change)

    def across(self, path: Path, wall: Row, l: int, k: int) -> tuple[tuple, bool]:
        """The pattern beyond a wall, and whether the map is the same there."""
        z, pattern = path.done[l][0], [bits for _, bits in path.done]
        for m in range(l, self.last_layer):
            bits = [*pattern[m]]
            for i in range(len(bits)):
                here = self.function(m, i, path.done[m][0])
                may_flip = (m, i) in path.loose or (m, i) == (l, k)
                if may_flip and ratio(here, wall) is not None:
                    bits[i] = int(ratio(self.function(m, i, z), wall) < 0)
            pattern[m] = tuple(bits)
            z, _ = self.layer(m + 1, self.outputs(m, z, bits))
        return tuple(pattern), z == path.z


def ratio(g: Sequence, wall: Sequence) -> Fraction | None:
    """The number r with g = r wall, or None."""
    p = next(i for i, v in enumerate(wall) if v)
    r = Fraction(g[p]) / wall[p]
    return r if all(v == r * w for v, w in zip(g, wall, strict=True)) else None
