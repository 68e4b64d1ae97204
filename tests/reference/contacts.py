# SPDX-License-Identifier: MIT
"""What a certificate says of pairs of cells with the same map: joined, or apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import combinations
from math import lcm

from .cells import negated
from .certificate_file import CLOSED, Item, signed
from .linear_program import Row, primitive, strictly_feasible
from .split_tree import Writer
from .supports import support


def contacts(writer: Writer, separate: Callable | None = None) -> list[Item]:
    """The closed block: each pair of cells of one map, joined or apart.

    ``separate``: what to use instead of ``apart``.
    """
    groups: dict[tuple, list[tuple]] = {}
    for pattern, value in sorted(writer.leaves):
        groups.setdefault(value, []).append(pattern)
    part = {pattern: {pattern} for pattern, _ in writer.leaves}

    def join(a, b):
        whole = part[a] | part[b]
        part.update(dict.fromkeys(whole, whole))

    for a, b in writer.joins:
        join(a, b)
    items = []
    for a, b in (pair for group in groups.values() for pair in combinations(group, 2)):
        if b in part[a]:
            continue
        sides = cell_rows(writer, a) + cell_rows(writer, b)
        item = (separate or apart)(writer.domain, sides)
        if item is None:
            item = contact(writer.domain, sides, writer.net.n_inputs)
            join(a, b)
        items.append(item)
    return [Item(CLOSED, (len(items),)), *items]


def contact(domain: Sequence[Row], sides: Sequence[Row], d: int) -> Item:
    """A common point of the closures in the domain, over a common denominator."""
    point = strictly_feasible(domain, sides, d=d)
    if point is None:
        raise ValueError("the cells do not touch")
    den = lcm(*(v.denominator for v in point))
    return Item(CLOSED, (0, 0, *(signed(int(v * den)) for v in point), den - 1))


def cell_rows(writer: Writer, pattern: tuple) -> list[Row]:
    """Rows of a cell, hyperplane by hyperplane; zero functions have none."""
    d = writer.net.n_inputs
    h: Sequence = [tuple(Fraction(i == j) for j in range(d + 1)) for i in range(d)]
    rows = []
    for l, bits in enumerate(pattern):
        z, _ = writer.layer(l, h)
        for k, bit in enumerate(bits):
            g = writer.function(l, k, z)
            rows.append(primitive(g if bit else negated(g)))
        h = writer.outputs(l, z, bits)
    return [row for row in rows if any(row)]


def apart(domain: Sequence[Row], sides: Sequence[Row]) -> Item | None:
    """A row that is below zero where the others are not; None where the cells touch."""
    rows, inner = [*domain, *sides], len(domain)
    if strictly_feasible(domain, sides) is not None:
        return None
    for k in range(len(rows)):

        def below(chosen, numbers, k=k):
            strict = k < inner or any(
                j < inner and v for j, v in zip(chosen, numbers[1:], strict=True)
            )
            return max(numbers) <= 0 and (numbers[0] < 0 or strict)

        found = support(rows[k], rows, k, below)
        if found is not None:
            return Item(CLOSED, (1 + len(found[0]), k, *found[0]))
    raise ValueError("the cells are apart, but no support says so")
