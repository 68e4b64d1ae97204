# SPDX-License-Identifier: MIT
"""Rows that show the sign of a function, found by trying all sets of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import combinations

from .linear_program import Row, primitive
from .networks import dot


def support(
    g: Sequence,
    rows: Sequence[Row],
    without: int | None = None,
    accept: Callable[[tuple[int, ...], list], bool] | None = None,
) -> tuple[tuple[int, ...], list] | None:
    """A smallest set of rows with multipliers of one sign, and these (constant first).

    ``accept`` takes others; None where there is no such set.
    """
    g = primitive(g)
    places = [i for i in range(len(rows)) if i != without]
    for size in range(len(g)):
        for chosen in combinations(places[::-1], size):
            numbers = solve([rows[i] for i in chosen], g)
            if numbers is None:
                continue
            if accept(chosen, numbers) if accept else one_sign(numbers):
                return chosen, numbers
    return None


def one_sign(numbers: Sequence) -> bool:
    return min(numbers) >= 0 or max(numbers) <= 0


def solve(rows: Sequence[Row], g: Row) -> list[Fraction] | None:
    """[constant, multipliers] of g over independent rows, or None."""
    d, n = len(g) - 1, len(rows)
    M = [[*(row[k] for row in rows), g[k]] for k in range(d)]
    for c in range(n):
        p = next((i for i in range(c, d) if M[i][c]), None)
        if p is None:
            return None
        M[c], M[p] = M[p], M[c]
        for i in range(d):
            if i != c and M[i][c]:
                a, b = M[c][c], M[i][c]
                M[i] = [a * v - b * w for v, w in zip(M[i], M[c], strict=True)]
    if any(row[n] for row in M[n:]):
        return None
    numbers = [Fraction(M[i][n], M[i][i]) for i in range(n)]
    return [g[-1] - dot(numbers, [row[-1] for row in rows]), *numbers]
