# SPDX-License-Identifier: MIT
"""Cells, maps and counts of one engine against the reference, on any domain."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import reference as ref
from agreement import ENGINES, UNITS, numbers, pair

import polyregions as pr

__all__ = [
    "ENGINES",
    "UNITS",
    "assert_same",
    "assert_same_cells",
    "boxed",
    "dense_layers",
    "everywhere",
    "inequalities",
    "pair",
    "random_layers",
]


def boxed(lo, hi, dim):
    """(package domain, reference rows) of a box."""
    return pr.Domain.box(lo, hi, dim), ref.box(lo, hi, dim)


def everywhere(dim):
    """(package domain, reference rows) of R^dim."""
    return pr.Domain.all(dim), []


def inequalities(A, b):
    """Reference rows of A x <= b."""
    return [
        ([-Fraction(v) for v in row], Fraction(s)) for row, s in zip(A, b, strict=True)
    ]


def assert_same_cells(cx, net, rows=()):
    """Patterns, flags, exact maps, adjacency and linear regions are the reference's."""
    cells = ref.regions(net, rows)
    assert [*map(tuple, cx.patterns.tolist())] == [cell.digits for cell in cells]
    flags = [*map(tuple, cx.on_breakpoint.tolist())]
    assert flags == [cell.on_breakpoint for cell in cells]
    assert [cx[i].exact_value for i in range(len(cx))] == [[*c.value] for c in cells]
    assert {*map(tuple, cx.adjacency.tolist())} == ref.adjacency(net, rows)
    found = [tuple(region.cells.tolist()) for region in cx.linear_regions()]
    assert sorted(found) == ref.linear_regions(net, rows)


def assert_same(net, twin, domain, rows=(), engine="rational"):
    """Cells and counts of one engine are the reference's."""
    assert_same_cells(pr.enumerate_regions(net, domain, engine=engine), twin, rows)
    counts = pr.count_regions(net, domain, definitions="all", engine=engine)
    assert counts.status == "complete"
    assert numbers(counts) == ref.counts(twin, rows)


def random_layers(seed, *widths):
    """Weights and biases in {-2..2} / 2: degenerate often enough."""
    rng = np.random.default_rng(seed)
    return [
        (rng.integers(-2, 3, (n, m)) / 2, rng.integers(-2, 3, n) / 2)
        for m, n in pairwise(widths)
    ]


def dense_layers(seed, *widths):
    """Generic weights and biases."""
    rng = np.random.default_rng(seed)
    return [
        (rng.uniform(-1, 1, (n, m)), rng.uniform(-1, 1, n)) for m, n in pairwise(widths)
    ]
