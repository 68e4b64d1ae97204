# SPDX-License-Identifier: MIT
"""Exact feasibility of linear inequalities: integer simplex with Bland's rule."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import gcd, lcm

from .networks import Point

Row = tuple[int, ...]


def primitive(values: Sequence) -> Row:
    """Scale fractions by a positive number to integers without a common factor."""
    if not all(type(v) is int for v in values):
        values = [Fraction(v) for v in values]
        scale = lcm(*(v.denominator for v in values))
        values = [v.numerator * (scale // v.denominator) for v in values]
    divisor = gcd(*values) or 1
    return tuple(v // divisor for v in values)


def strictly_feasible(
    strict: Sequence[Row],
    weak: Sequence[Row] = (),
    equal: Sequence[Row] = (),
    d: int = 0,
) -> Point | None:
    """Return an exact x with strict > 0, weak >= 0 and equal = 0, or None if none is.

    Rows are integer; ``d`` is needed only where there is no row at all.  The system
    holds for some x exactly if some y = (1 + m) x and m >= 0 satisfy a @ y + c (1 + m)
    >= 1 for the strict rows, >= 0 for the weak and = 0 for the equal ones: scale up.
    """
    d = len((*strict, *weak, *equal)[0]) - 1 if strict or weak or equal else d
    # Columns: constant, m, y.  Basic variable = (its row @ (1, nonbasic)) / table.den.
    body = [[r[d] - 1, r[d], *r[:d]] for r in strict]
    body += [[r[d], r[d], *r[:d]] for r in weak]
    body += [[0, 1] + [0] * d]  # m itself, read off at the end
    table = _Table([[r[d], r[d], *r[:d]] for r in equal] + body, d)
    if not table.use_equations(len(equal)):
        return None
    table.eliminate_free_variables()
    return table.point() if table.restore() else None


class _Table:
    """Fraction-free dictionary; names 0..d-1 are y, d is m, later ones the rows."""

    def __init__(self, rows: list[list[int]], d: int):
        self.rows, self.d, self.den = rows, d, 1
        self.basic = [d + 1 + i for i in range(len(rows))]
        self.nonbasic = [-1, d, *range(d)]

    def pivot(self, r: int, k: int) -> None:
        """Exchange the basic variable of row r with the nonbasic one of column k."""
        top, old = self.rows[r], self.den
        p = top[k]
        sign = 1 if p > 0 else -1
        p *= sign
        for i, row in enumerate(self.rows):
            if i != r and row[k]:
                f = row[k] * sign
                new = [(v * p - f * t) // old for v, t in zip(row, top, strict=True)]
                new[k] = f
                self.rows[i] = new
            elif i != r and p != old:
                self.rows[i] = [v * p // old for v in row]
        self.rows[r] = [-sign * v for v in top]
        self.rows[r][k] = sign * old
        self.den = p
        self.basic[r], self.nonbasic[k] = self.nonbasic[k], self.basic[r]

    def use_equations(self, count: int) -> bool:
        """Solve the first rows for free variables; False where they contradict."""
        for r in range(count):
            columns = [k for k, v in enumerate(self.nonbasic) if 0 <= v < self.d]
            k = next((k for k in columns if self.rows[r][k]), None)
            if k is not None:
                self.pivot(r, k)
                for row in self.rows:
                    del row[k]
                del self.nonbasic[k]
            elif self.rows[r][0]:  # the row is c (1 + m) = 0 with c != 0
                return False
        self.first = count
        return True

    def eliminate_free_variables(self) -> None:
        """Make every y basic, unless it occurs in no row."""
        for k, name in enumerate(self.nonbasic):
            if 0 <= name < self.d:
                rows = range(self.first, len(self.rows) - 1)
                fit = (i for i in rows if self.rows[i][k] and self.basic[i] > self.d)
                r = next(fit, None)
                if r is not None:
                    self.pivot(r, k)

    def restore(self) -> bool:
        """Pivot until all rows are >= 0: dual simplex, Bland's rule, no objective."""
        signed = range(self.first, len(self.rows) - 1)
        while True:
            bad = [i for i in signed if self.basic[i] >= self.d and self.rows[i][0] < 0]
            if not bad:
                return True
            r = min(bad, key=self.basic.__getitem__)
            columns = range(1, len(self.nonbasic))
            up = [
                k for k in columns if self.nonbasic[k] >= self.d and self.rows[r][k] > 0
            ]
            if not up:
                return False
            self.pivot(r, min(up, key=self.nonbasic.__getitem__))

    def point(self) -> Point:
        """Return x = y / (1 + m) where all nonbasic variables are 0."""
        value = {name: r[0] for name, r in zip(self.basic, self.rows, strict=True)}
        scale = self.den + self.rows[-1][0]
        return tuple(Fraction(value.get(j, 0), scale) for j in range(self.d))
