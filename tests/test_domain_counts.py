# SPDX-License-Identifier: MIT
"""Regions on flat, empty, redundant, unbounded and sliced domains."""

from fractions import Fraction as F
from itertools import permutations

import corpus
import numpy as np
import pytest
import reference as ref
from pairs import (
    ENGINES,
    assert_same,
    assert_same_cells,
    inequalities,
    pair,
    random_layers,
)

import polyregions as pr

INF = np.inf
Domain = pr.Domain


def dense(seed, *widths):
    """Generic weights and biases."""
    rng = np.random.default_rng(seed)
    return [
        (rng.uniform(-1, 1, (n, m)), rng.uniform(-1, 1, n))
        for m, n in zip(widths[:-1], widths[1:], strict=True)
    ]


def inputs_of(domain):
    """(origin, directions): the exact map from own coordinates to the inputs."""
    d = domain.n_inputs
    (region,) = pr.enumerate_regions(pr.Network([(np.eye(d), np.zeros(d))]), domain)
    rows = region.exact_value
    columns = [*zip(*rows, strict=True)]
    return columns[-1], columns[:-1]


def assert_restricted(layers, domain, origin, directions, rows, engine):
    """The domain counts like the network restricted to origin + y @ directions."""
    assert domain.own_dim == len(directions)
    assert inputs_of(domain) == (origin, [tuple(step) for step in directions])
    net, twin = pair(layers)
    assert_same(net, ref.restrict(twin, origin, directions), domain, rows, engine)


# Flat --------------------------------------------------------------------------------

# A, b, then by hand: own coordinates y -> origin + y @ directions, and their rows
FLAT = {
    "x = 0": (
        *([[1, 0], [-1, 0]], [0, 0]),
        *((0, 0), [(0, 1)], []),
    ),
    "x = 0 with ends": (
        *([[0, -1], [1, 0], [0, 1], [-1, 0]], [1, 0, 2, 0]),
        *((0, 0), [(0, 1)], ref.box(-1, 2, 1)),
    ),
    # x = (1 - 7 y) / 3: the hull holds no dyadic parametrisation
    "3 x + 7 y = 1": (
        *([[3, 7], [-3, -7]], [1, -1]),
        *((F(1, 3), 0), [(F(-7, 3), 1)], []),
    ),
    # 0.1 and 0.3 are the floats; |x| <= 1 is two rows in y
    "x / 10 + 3 y / 10 = 7 / 10": (
        *([[0.1, 0.3], [-0.1, -0.3], [1, 0], [-1, 0]], [0.7, -0.7, 1, 1]),
        *((F(0.7) / F(0.1), 0), [(-F(0.3) / F(0.1), 1)]),
        [([-F(0.3) / F(0.1)], F(0.7) / F(0.1) + 1)]
        + [([F(0.3) / F(0.1)], 1 - F(0.7) / F(0.1))],
    ),
    "a line where three half-spaces meet": (
        *([[-1, 0, 0], [0, -1, 0], [1, 1, 0]], [0, 0, 0]),
        *((0, 0, 0), [(0, 0, 1)], []),
    ),
    # x >= 1, y >= 0, x + y <= 1 force x = 1 and y = 0
    "a segment by consequence": (
        *([[-1, 0, 0], [0, -1, 0], [1, 1, 0], [0, 0, 1], [0, 0, -1]], [-1, 0, 1, 2, 0]),
        *((1, 0, 0), [(0, 0, 1)], ref.box(0, 2, 1)),
    ),
    # x = (1 - 7 y + 2 z) / 3
    "a skew rectangle": (
        [[3, 7, -2], [-3, -7, 2], [0, 1, 0], [0, -1, 0], [0, 0, 1]],
        *([1, -1, 2, 0, 1], (F(1, 3), 0, 0)),
        [(F(-7, 3), 1, 0), (F(2, 3), 0, 1)],
        [([1, 0], 0), ([-1, 0], 2), ([0, -1], 1)],
    ),
    # x = 1 - y - z and x - y = 1/2: 2 y = 1/2 - z
    "a line on two planes": (
        [[1, 1, 1], [-1, -1, -1], [1, -1, 0], [-1, 1, 0]],
        *([1, -1, 0.5, -0.5], (F(3, 4), F(1, 4), 0)),
        *([(F(-1, 2), F(-1, 2), 1)], []),
    ),
}
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", FLAT)
def test_a_flat_polytope_counts_like_the_restriction_to_its_hull(name, seed, engine):
    A, b, origin, directions, rows = FLAT[name]
    layers = [random_layers, dense][seed % 2](seed, len(origin), 4, 3, 1)
    domain = Domain.polytope(A, b)
    assert_restricted(layers, domain, origin, directions, rows, engine)


@pytest.mark.parametrize("name", FLAT)
def test_a_flat_polytope_is_the_same_in_any_order_and_scale_of_its_rows(name):
    A, b, *_ = FLAT[name]
    A, b = np.asarray(A, dtype=float), np.asarray(b, dtype=float)
    net = pr.Network(dense(0, A.shape[1], 4, 3, 1))
    whole = pr.enumerate_regions(net, Domain.polytope(A, b))
    rng = np.random.default_rng(0)
    for _ in range(4):
        order = rng.permutation(len(b))
        scale = 2.0 ** rng.integers(-9, 9, len(b))
        cx = pr.enumerate_regions(
            net, Domain.polytope((A * scale[:, None])[order], (b * scale)[order])
        )
        assert cx.patterns.tolist() == whole.patterns.tolist()
        assert cx.adjacency.tolist() == whole.adjacency.tolist()
        assert [r.exact_value for r in cx] == [r.exact_value for r in whole]


FLAT_BOXES = {
    "an edge": ([-1, 0.5], [1, 0.5], (0, 0.5), [(1, 0)], ref.box(-1, 1, 1)),
    "the other edge": ([0.1, -1], [0.1, INF], (0.1, 0), [(0, 1)], ref.box(-1, INF, 1)),
    "a face": (
        *([-1, -0.3, 0], [1, -0.3, 2], (0, -0.3, 0), [(1, 0, 0), (0, 0, 1)]),
        ref.box([-1, 0], [1, 2], 2),
    ),
    "an edge in space": (
        *([0, 1, 2], [0, 3, 2], (0, 0, 2), [(0, 1, 0)], ref.box(1, 3, 1)),
    ),
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", FLAT_BOXES)
def test_a_flat_box_counts_like_the_restriction_to_it(name, engine):
    lo, hi, origin, directions, rows = FLAT_BOXES[name]
    origin = tuple(map(F, origin))
    layers = dense(1, len(lo), 5, 3, 1)
    domain = Domain.box(lo, hi)
    assert_restricted(layers, domain, origin, directions, rows, engine)


def test_a_flat_domain_in_a_slice_counts_like_the_slice_of_fewer_directions():
    layers, steps = dense(2, 4, 5, 3, 1), [(1, 0.5, 0, 2), (0, 1, 1, -1)]
    flat = Domain.slice([0.1, 0, 0.2, 0], steps, Domain.box([0.25, -2], [0.25, 3]))
    start = tuple(
        F(a) + F(0.25) * F(s) for a, s in zip((0.1, 0, 0.2, 0), steps[0], strict=True)
    )
    for engine in ENGINES:
        assert_restricted(layers, flat, start, steps[1:], ref.box(-2, 3, 1), engine)


# Empty -------------------------------------------------------------------------------

EMPTY = {
    "contradiction": ([[1, 0], [-1, 0]], [0, -1]),
    "contradiction by 2^-1074": ([[1, 0], [-1, 0]], [0, -5e-324]),
    "0 x <= -1": ([[0, 0]], [-1]),
    "0 x <= -2^-1074": ([[0, 0], [1, 0]], [-5e-324, 1]),
    "three half-planes": ([[-1, 0], [0, -1], [1, 1]], [0, 0, -1]),
    "a flat contradiction": ([[1, 1], [-1, -1], [1, 0], [-1, 0]], [1, -1, 0, -1]),
    "parallel lines": ([[3, 7], [-3, -7], [6, 14], [-6, -14]], [1, -1, 3, -3]),
    "a point that is cut off": (
        *([[1, 0], [-1, 0], [0, 1], [0, -1], [1, 1]], [0, 0, 0, 0, -1e-300]),
    ),
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", EMPTY)
def test_an_empty_polytope_counts_nothing_in_every_definition(name, engine):
    A, b = EMPTY[name]
    net = pr.random_network([2, 4, 3, 1], seed=0)
    inner = Domain.polytope(A, b)
    sliced = Domain.slice([0.5, 0], [[1, 2], [0, 1]], inner)
    for domain in (inner, sliced):
        assert (domain.is_empty, domain.own_dim) == (True, 0)
        counts = pr.count_regions(net, domain, definitions="all", engine=engine)
        zeros = (counts.activation, counts.linear, counts.linear_closed, counts.affine)
        assert zeros == (0, 0, 0, 0)
        assert (counts.per_layer, counts.status) == ((0, 0), "complete")


def test_a_domain_that_only_touches_is_not_empty():
    # x <= 0 <= x and 0 x <= 0
    domain = Domain.polytope([[1], [-1], [0]], [0, 0, 0])
    assert (domain.is_empty, domain.own_dim) == (False, 0)
    assert pr.count_regions(pr.random_network([1, 3, 1], seed=0), domain).linear == 1


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


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", UNBOUNDED)
def test_an_unbounded_polytope_is_no_big_box(name, engine):
    A, b = UNBOUNDED[name]
    # two nearly parallel hyperplanes meet at x = 2^60
    layers = dense(3, 2, 5, 3, 1)
    layers[0][0][:2], layers[0][1][:2] = [[0, 1], [2**-30, 1]], [0, -(2.0**30)]
    assert_same(*pair(layers), Domain.polytope(A, b), inequalities(A, b), engine)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("lo", "hi"),
    [(-INF, INF), (0, INF), (-INF, 0.5), ([-1, -INF], [INF, 1]), ([-INF, 0], [INF, 1])],
)
def test_a_half_bounded_box_has_only_its_finite_ends(lo, hi, engine):
    layers = dense(4, 2, 5, 3, 1)
    domain = Domain.box(lo, hi, 2 if np.ndim(lo) == 0 else None)
    assert_same(*pair(layers), domain, ref.box(lo, hi, 2), engine)


# Segments ----------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("seed", range(3))
def test_a_segment_counts_like_the_restriction_to_it(seed, engine):
    rng = np.random.default_rng(seed)
    p, q = rng.normal(size=(2, 3))
    start = tuple(map(F, p))
    steps = [tuple(F(b) - F(a) for a, b in zip(p, q, strict=True))]
    layers = dense(seed, 3, 6, 4, 2)
    domain = Domain.segment(p, q)
    assert_restricted(layers, domain, start, steps, ref.box(0, 1, 1), engine)


def test_the_direction_of_a_segment_is_not_rounded():
    # 1 - 1e-30 rounds to 1; the unit is zero at x = 1 - 2^-53, exactly representable
    small = F(1e-30)
    domain = Domain.segment([1e-30], [1])
    assert inputs_of(domain) == ((small,), [(1 - small,)])
    huge = Domain.segment([-1e308], [1e308])
    assert inputs_of(huge) == ((-F(1e308),), [(2 * F(1e308),)])
    # the kink at x = 2e-30 lies inside, the kinks at 1e-30 and 1 on the ends
    layers = [([[1], [1], [1]], [-1e-30, -2e-30, -1]), ([[1, 1, 1]], [0])]
    for engine in ENGINES:
        assert pr.count_regions(pr.Network(layers), domain, engine=engine).linear == 2
        cx = pr.enumerate_regions(pr.Network(layers), domain, engine=engine)
        wall = (F(2e-30) - small) / (1 - small)
        assert cx[0].interior_point[0] < wall < cx[1].interior_point[0]


def test_a_segment_may_be_traversed_backwards():
    layers = dense(5, 2, 6, 4, 1)
    there = pr.enumerate_regions(pr.Network(layers), Domain.segment([-1, 0], [1, 0.3]))
    back = pr.enumerate_regions(pr.Network(layers), Domain.segment([1, 0.3], [-1, 0]))
    assert there.patterns.tolist() == back.patterns.tolist()
    assert there.adjacency.tolist() == back.adjacency.tolist()
    for one, other in zip(there, back, strict=True):
        mirrored = [((-v[0]), v[0] + v[1]) for v in other.exact_value]
        assert one.exact_value == mirrored


# Slices ------------------------------------------------------------------------------

SLICES = {  # directions of a 6-D input; within; its rows
    "a plane": ([[1, 0, 0.5, -1, 2, 0], [0, 1, -0.25, 0.1, 0, 3]], None, []),
    "a plane in a box": (
        [[0.3, -1, 0.5, 0, 2, 0.7], [1, 1, -0.25, 0.1, 0, 3]],
        *(Domain.box(-2, 2, 2), ref.box(-2, 2, 2)),
    ),
    "a plane in a triangle": (
        [[0.3, -1, 0.5, 0, 2, 0.7], [1, 1, -0.25, 0.1, 0, 3]],
        *(Domain.polytope(*TRIANGLE), inequalities(*TRIANGLE)),
    ),
    "a plane in a half-strip": (
        [[1, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 1]],
        *(Domain.box([0, -INF], [1, 2]), ref.box([0, -INF], [1, 2], 2)),
    ),
    "a line": ([[1e-9, 1, 1e9, 0, -1, 1]], None, []),
    "a space": (np.eye(6)[[5, 0, 2]], Domain.box(-1, 1, 3), ref.box(-1, 1, 3)),
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", SLICES)
def test_a_slice_counts_like_the_restriction_to_it(name, engine):
    directions, within, rows = SLICES[name]
    layers = dense(6, 6, 4, 3, 2)
    origin = [0.1, -0.2, 0.3, 0, 1e-20, -0.5]
    domain = Domain.slice(origin, directions, within)
    exact = [tuple(map(F, step)) for step in np.asarray(directions, dtype=float)]
    assert_restricted(layers, domain, tuple(map(F, origin)), exact, rows, engine)


def test_the_slice_along_the_axes_is_the_whole_space():
    layers = random_layers(9, 2, 5, 3, 1)
    twin = ref.network(layers)
    whole = Domain.slice([0, 0], np.eye(2), Domain.box(-1, 1, 2))
    assert_same_cells(
        pr.enumerate_regions(pr.Network(layers), whole), twin, ref.box(-1, 1, 2)
    )


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


# Domains of the wrong dimension ------------------------------------------------------


@pytest.mark.parametrize(
    "domain",
    [
        *(Domain.all(3), Domain.box(0, 1, 1), Domain.segment([0] * 3, [1] * 3)),
        *(Domain.slice([0] * 3, np.eye(3)[:2]), Domain.polytope([[0]], [-1])),
    ],
)
def test_a_domain_of_the_wrong_dimension_is_refused(domain):
    net = pr.random_network([2, 3, 1], seed=0)
    message = f"domain has {domain.n_inputs} inputs but the network takes 2"
    for question in (pr.count_regions, pr.enumerate_regions):
        with pytest.raises(pr.errors.InvalidDomainError, match=message):
            question(net, domain)
