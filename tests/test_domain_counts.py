# SPDX-License-Identifier: MIT
"""Regions on domains with redundant rows, without ends, and with units on facets."""

from itertools import permutations

import corpus
import numpy as np
import pytest
import reference as ref
from pairs import (
    ENGINES,
    assert_same,
    assert_same_cells,
    dense_layers,
    inequalities,
    pair,
    random_layers,
)

import polyregions as pr

INF = np.inf
Domain = pr.Domain


# Redundant ---------------------------------------------------------------------------

TRIANGLE = ([[-1, 0], [0, -1], [1, 1]], [1, 1, 0.5])
REDUNDANT = {
    "duplicated": ([[-1, 0], [1, 1]], [1, 0.5]),
    "scaled by 3 and 1024": ([[-3, 0], [1024, 1024]], [3, 512]),
    "weaker": ([[1, 0], [1, 1], [-1, 0]], [100, 1, 1.5]),
    "touching a corner": ([[-1, -1], [1, 0]], [2, 1.5]),
    "zero": ([[0, 0], [0, 0]], [0, 7]),
    "void": ([[1, 0], [0, 0], [-5, 3]], [INF, INF, INF]),
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", REDUNDANT)
def test_redundant_rows_change_nothing(name, engine):
    (A, b), (more, right) = TRIANGLE, REDUNDANT[name]
    net, twin = pair(random_layers(5, 2, 5, 3, 1))
    for rows in permutations([(A, b), (more, right)]):
        domain = Domain.polytope(
            np.concatenate([r for r, _ in rows]), np.concatenate([s for _, s in rows])
        )
        assert len(domain.core.rows()) == 3
        cx = pr.enumerate_regions(net, domain, engine=engine)
        assert_same_cells(cx, twin, inequalities(A, b))


# Unbounded ---------------------------------------------------------------------------

UNBOUNDED = {
    "a half-plane": ([[1, 2]], [0.5]),
    "a quadrant": ([[-1, 0], [0, -1]], [0, 0]),
    "a strip": ([[3, -1], [-3, 1]], [1, 0.25]),
    "a wedge": ([[1, -5], [-1, -5]], [1, 1]),
    "a half-strip": ([[1, 0], [-1, 0], [0, 1]], [1, 1, 0]),
    "everything": (np.zeros((0, 2)), []),
}


def far_layers():
    """The first two of five hyperplanes meet at x = 2^60, on y = 0."""
    (weight, bias), *rest = dense_layers(3, 2, 5, 3, 1)
    weight[:2], bias[:2] = [[0, 1], [2**-30, 1]], [0, -(2.0**30)]
    return [(weight, bias), *rest]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", UNBOUNDED)
def test_an_unbounded_polytope_is_no_big_box(name, engine):
    A, b = UNBOUNDED[name]
    assert_same(*pair(far_layers()), Domain.polytope(A, b), inequalities(A, b), engine)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("lo", "hi"),
    [(-INF, INF), (0, INF), (-INF, 0.5), ([-1, -INF], [INF, 1]), ([-INF, 0], [INF, 1])],
)
def test_a_half_bounded_box_has_only_its_finite_ends(lo, hi, engine):
    domain = Domain.box(lo, hi, 2 if np.ndim(lo) == 0 else None)
    assert_same(*pair(far_layers()), domain, ref.box(lo, hi, 2), engine)


# Hyperplanes on the boundary ---------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("seed", range(4))
def test_hyperplanes_of_units_on_facets_of_the_box_cut_nothing(seed, engine):
    layers, _ = corpus.family("facet_units", seed, 2)
    domain = Domain.box(-1, 1, 2)
    assert_same(*pair(layers), domain, ref.box(-1, 1, 2), engine)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("factor", [1, -1, 3, 0.5])
def test_a_facet_that_is_a_units_hyperplane_joins_nothing(factor, engine):
    # x + y <= 1/2 is a facet of the triangle and the hyperplane of the first unit
    net = [([[factor, factor], [1, -1]], [-factor / 2, 0]), ([[1, 1]], [0])]
    domain = Domain.polytope(*TRIANGLE)
    cx = pr.enumerate_regions(pr.Network(net), domain, engine=engine)
    assert (len(cx), cx.adjacency.tolist()) == (2, [[0, 1]])
    assert cx.patterns[:, 0].tolist() == [int(factor < 0)] * 2
    assert_same(*pair(net), domain, inequalities(*TRIANGLE), engine)
    # on the facet itself the unit is identically on its breakpoint
    edge = Domain.polytope([*TRIANGLE[0], [-1, -1]], [*TRIANGLE[1], -0.5])
    cx = pr.enumerate_regions(pr.Network(net), edge, engine=engine)
    assert cx.patterns.tolist() == [[0, 0], [0, 1]]
    assert cx.on_breakpoint.tolist() == [[True, False]] * 2


@pytest.mark.parametrize("engine", ENGINES)
def test_cells_that_touch_on_the_boundary_of_the_domain_only_are_not_joined(engine):
    # relu(x - |y|) is 0 above y = x and below y = -x; for x > 0 these two cells meet at
    # the origin only; for x > -1 all of x < 0 joins them
    layers = [
        ([[1, 0], [-1, 0], [0, 1], [0, -1]], [0, 0, 0, 0]),
        *([([[1, -1, -1, -1]], [0]), ([[1]], [0])]),
    ]
    for end, linear, closed in ((0, 4, 4), (-1, 3, 3)):
        domain = Domain.polytope([[-1, 0]], [-end])
        counts = pr.count_regions(
            pr.Network(layers), domain, definitions="all", engine=engine
        )
        assert (counts.linear, counts.linear_closed) == (linear, closed)
        assert counts.affine == 3
        assert_same(*pair(layers), domain, inequalities([[-1, 0]], [-end]), engine)
