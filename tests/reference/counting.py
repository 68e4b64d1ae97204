# SPDX-License-Identifier: MIT
"""Adjacency of regions, and the counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import NamedTuple

from .cells import Region, Rows, domain_rows, enumerate_cells, negated
from .linear_program import strictly_feasible
from .networks import Network, Point, dot


class Counts(NamedTuple):
    """The counts of ``architecture.md``, "What is counted"."""

    activation: int
    linear: int
    linear_closed: int
    affine: int
    per_layer: tuple[int, ...]


class _Sides:
    """What adjacency asks of a region again and again."""

    def __init__(self, region: Region):
        self.ray, self.cuts, self.value = region.ray, region.cuts, region.value
        self.rows = frozenset(region.rows)
        self.opposite = frozenset(map(negated, region.rows))


def _share_facet(a: _Sides, b: _Sides) -> bool:
    """Tell if the closures of two cells meet in dimension d - 1.

    Two cells part at a hyperplane that is a row of both, with opposite signs.  Their
    closures meet inside it; inside two such hyperplanes there is no room for a facet.
    A convex set of full dimension in the wall has a point at which every row that does
    not vanish on the wall is strict; rows are primitive, so vanishing means equality.
    """
    walls = a.rows & b.opposite
    if len(walls) != 1:
        return False
    (wall,) = walls
    if wall not in a.cuts or negated(wall) not in b.cuts:
        return False  # a row that follows strictly from others carries no facet
    both = (wall, negated(wall))
    others = [r for r in dict.fromkeys((*a.cuts, *b.cuts)) if r not in both]
    above, below = dot(wall, a.ray), -dot(wall, b.ray)
    crossing = [p * below + q * above for p, q in zip(a.ray, b.ray, strict=True)]
    if all(dot(r, crossing) > 0 for r in others):
        return True  # the segment between the interior points crosses the facet here
    return strictly_feasible(others, equal=[wall]) is not None


def adjacency(net: Network, domain: Iterable = ()) -> set[tuple[int, int]]:
    """Return the pairs i < j of region ids that share a facet inside the open domain.

    By definition: the closures meet in a set of dimension d - 1 within the domain.
    """
    cells = [*map(_Sides, enumerate_cells(net, domain_rows(domain))[0])]
    pairs = combinations(range(len(cells)), 2)
    return {(i, j) for i, j in pairs if _share_facet(cells[i], cells[j])}


def linear_regions(net: Network, domain: Iterable = ()) -> list[tuple[int, ...]]:
    """Return the region ids of every linear region, sorted."""
    cells = [*map(_Sides, enumerate_cells(net, domain_rows(domain))[0])]
    parts = (part for group in _same_map(cells) for part in _joined(cells, group))
    return sorted(parts)


def counts(net: Network, domain: Iterable = ()) -> Counts:
    """Return all counts of net in the open domain."""
    rows = domain_rows(domain)
    regions, per_layer = enumerate_cells(net, rows)
    cells = [*map(_Sides, regions)]
    groups = _same_map(cells)
    linear = closed = 0
    for group in groups:
        parts = _joined(cells, group)
        contacts = (
            (p, q)
            for p, q in combinations(parts, 2)
            if any(_touch(cells[i], cells[j], rows) for i in p for j in q)
        )
        linear += len(parts)
        closed += len(_components(parts, contacts))
    return Counts(len(cells), linear, closed, len(groups), per_layer)


def _same_map(cells: Sequence[_Sides]) -> list[list[int]]:
    """Return the ids of the cells of every distinct map."""
    groups: dict[tuple[Point, ...], list[int]] = {}
    for i, cell in enumerate(cells):
        groups.setdefault(cell.value, []).append(i)
    return list(groups.values())


def _joined(cells: Sequence[_Sides], group: Sequence[int]) -> list[tuple[int, ...]]:
    """Return the components of some cells, joined across shared facets."""
    pairs = combinations(group, 2)
    edges = ((i, j) for i, j in pairs if _share_facet(cells[i], cells[j]))
    return _components(group, edges)


def _touch(a: _Sides, b: _Sides, domain: Rows) -> bool:
    """Tell if the closures of two cells meet inside the open domain."""
    inside = set(domain)
    weak = [r for r in {*a.cuts, *b.cuts} if r not in inside]
    return strictly_feasible(domain, weak, d=len(a.ray) - 1) is not None


def _components(items: Iterable, edges: Iterable) -> list[tuple]:
    """Return the connected components of a graph, each in the order of the items."""
    parent = {i: i for i in items}

    def root(i):
        while parent[i] != i:
            i = parent[i]
        return i

    for i, j in edges:
        parent[root(i)] = root(j)
    parts: dict = {}
    for i in parent:
        parts.setdefault(root(i), []).append(i)
    return [*map(tuple, parts.values())]
