# SPDX-License-Identifier: MIT
"""Contacts of closed cells of equal map: the block of linear_closed in a certificate.

For two cells with rows r_i = c_i + a_i.x, those of the domain strict, one exact linear
program gives either a common point or why there is none (Gale's theorem of the
alternative): multipliers mu >= 0 with sum mu_i a_i = 0, s = -sum mu_i c_i >= 0 and
s + (the sum over the domain's rows) = 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import combinations
from math import lcm

from . import _core
from .merge import Labels

Rows = Sequence[Sequence[int]]
ZERO = Fraction(0)


def contact_numbers(
    problem: _core.CoreProblem,
    cells: _core.CoreCells,
    maps: Labels,
    components: Labels,
    domain: Rows,
) -> Iterator[list[int]]:
    """Yield the block's numbers of every pair of one map that is not joined yet.

    Parameters
    ----------
    maps : (n_cells,) labels, equal for equal maps
    components : (n_cells,) labels, equal where cells are joined across facets
    domain : integer rows, positive on the domain, in the problem's own coordinates
    """
    joined = list(range(len(cells)))

    def root(label: int) -> int:
        while joined[label] != label:
            label = joined[label]
        return label

    groups: dict[int, list[int]] = {}
    for cell, label in enumerate(maps.tolist()):
        groups.setdefault(label, []).append(cell)
    rows: dict[int, Rows] = {}
    for group in groups.values():
        for a, b in combinations(group, 2):
            first, second = (root(int(components[cell])) for cell in (a, b))
            if first == second:
                continue
            for cell in (a, b):
                if cell not in rows:
                    rows[cell] = problem.all_rows(cells, cell)
            point, support = contact([*domain, *rows[a], *rows[b]], len(domain))
            if point is not None:
                joined[first] = second
                yield _point(point)
            else:
                yield [len(support), *support]


def _point(point: Sequence[Fraction]) -> list[int]:
    """Return 0, exponent 0, numerators with the sign in bit 0, the denominator - 1."""
    denominator = lcm(*(x.denominator for x in point))
    values = [int(x * denominator) for x in point]
    signed = [2 * v if v >= 0 else -2 * v - 1 for v in values]
    return [0, 0, *signed, denominator - 1]


def contact(rows: Rows, n_strict: int) -> tuple[list[Fraction] | None, list[int]]:
    """Return a point, or None and rows.

    At the point the first n_strict rows are > 0 and the others >= 0. Where there is no
    such point, the first of the rows named is a constant <= 0 plus multiples <= 0 of
    the others, whose linear parts are independent; the constant or the multiple of a
    strict row is not 0.
    """
    columns = [[*row[1:], row[0], int(i < n_strict)] for i, row in enumerate(rows)]
    n = len(columns[0])
    columns.append([0] * (n - 2) + [1, 1])
    multipliers, prices = _feasible(columns, [0] * (n - 1) + [1])
    if multipliers is None:
        # prices: y.column >= 0 for all columns, and y.b < 0.
        return [x / prices[-2] for x in prices[:-2]], []
    del multipliers[len(rows)]
    return None, sorted(_ray(multipliers, columns, n_strict))


def _feasible(
    columns: Rows, b: Sequence[int]
) -> tuple[dict[int, Fraction] | None, list[Fraction]]:
    """Return x >= 0 with sum x_j columns_j = b >= 0, or None and Farkas prices.

    The simplex method on artificial variables, with Bland's rule (1977), in integers
    over one denominator: a pivot multiplies across and divides by the one before, which
    is exact (Edmonds 1967), and all pivots are > 0.
    """
    n, m = len(b), len(columns)
    table = [
        [*(c[i] for c in columns), *(int(i == k) for k in range(n)), b[i]]
        for i in range(n)
    ]
    basis, denominator = [*range(m, m + n)], 1
    while True:
        # Reduced cost of column j: minus the sum over the artificial rows.
        artificial = [row for row, j in zip(table, basis, strict=True) if j >= m]
        costs = map(sum, zip(*(row[:m] for row in artificial), strict=True))
        enter = next((j for j, cost in enumerate(costs) if cost > 0), None)
        if enter is None:
            break
        ratios = [
            (Fraction(row[-1], row[enter]), basis[i], i)
            for i, row in enumerate(table)
            if row[enter] > 0
        ]
        leave = min(ratios)[2]
        denominator = _integer_pivot(table, leave, enter, denominator)
        basis[leave] = enter
    if sum(row[-1] for row in artificial) == 0:
        pairs = zip(basis, table, strict=True)
        found = {
            j: Fraction(row[-1], denominator)
            for j, row in pairs
            if j < m and row[-1] > 0
        }
        return found | {m - 1: found.get(m - 1, ZERO)}, []
    prices = [-sum(row[m + i] for row in artificial) for i in range(n)]
    return None, [Fraction(price, denominator) for price in prices]


def _integer_pivot(table: list[list[int]], at: int, column: int, before: int) -> int:
    """Pivot integers over the denominator ``before``; return the next one."""
    top = table[at]
    pivot = top[column]
    for i, row in enumerate(table):
        if i != at:
            factor = row[column]
            pairs = zip(row, top, strict=True)
            table[i] = [(x * pivot - factor * y) // before for x, y in pairs]
    return pivot


def _pivot(table: list[list[Fraction]], at: int, column: int) -> None:
    top = table[at]
    pivot = top[column]
    table[at] = top = [x / pivot for x in top]
    for i, row in enumerate(table):
        if i != at and (factor := row[column]):
            table[i] = [
                x - factor * y if y else x for x, y in zip(row, top, strict=True)
            ]


def _ray(mu: dict[int, Fraction], columns: Rows, n_strict: int) -> list[int]:
    """Return the rows of an extreme ray of the multipliers that proves the same."""
    while True:
        kernel = _kernel([columns[j][:-2] for j in mu])
        if len(kernel) < 2:
            return [*mu]
        one = [*mu.values()]
        other = next(
            v
            for v in kernel
            if any(v[0] * x != one[0] * y for x, y in zip(v, one, strict=True))
        )
        ends = [_end(mu, [sign * x for x in other]) for sign in (1, -1)]
        mu = next(end for end in ends if _proves(end, columns, n_strict))


def _end(mu: dict[int, Fraction], way: list[Fraction]) -> dict[int, Fraction]:
    """Return the last mu + t way >= 0; where there is none, way itself."""
    pairs = [*zip(mu.items(), way, strict=True)]
    steps = [x / -w for (_, x), w in pairs if w < 0]
    moved = {j: (x + min(steps) * w if steps else w) for (j, x), w in pairs}
    return {j: x for j, x in moved.items() if x}


def _proves(mu: dict[int, Fraction], columns: Rows, n_strict: int) -> bool:
    constant = sum(x * columns[j][-2] for j, x in mu.items())
    return constant < 0 or (constant == 0 and any(j < n_strict for j in mu))


def _kernel(vectors: Sequence[Sequence[int]]) -> list[list[Fraction]]:
    """Return a basis of the v with sum_j v_j vectors_j = 0."""
    n = len(vectors)
    rows = [
        [Fraction(x) for x in coordinate] for coordinate in zip(*vectors, strict=True)
    ]
    pivots: list[int] = []
    for column in range(n):
        at = next((i for i in range(len(pivots), len(rows)) if rows[i][column]), None)
        if at is None:
            continue
        rows[len(pivots)], rows[at] = rows[at], rows[len(pivots)]
        _pivot(rows, len(pivots), column)
        pivots.append(column)
    out = []
    for free in (j for j in range(n) if j not in pivots):
        vector = [Fraction(j == free) for j in range(n)]
        for i, column in enumerate(pivots):
            vector[column] = -rows[i][free]
        out.append(vector)
    return out
