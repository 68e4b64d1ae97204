# SPDX-License-Identifier: MIT
"""Regions on flat, empty and sliced domains are those of the restriction."""

from fractions import Fraction

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
TRIANGLE = ([[-1, 0], [0, -1], [1, 1]], [1, 1, 0.5])


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
        *((Fraction(1, 3), 0), [(Fraction(-7, 3), 1)], []),
    ),
    # 0.1 and 0.3 are the floats; |x| <= 1 is two rows in y
    "x / 10 + 3 y / 10 = 7 / 10": (
        *([[0.1, 0.3], [-0.1, -0.3], [1, 0], [-1, 0]], [0.7, -0.7, 1, 1]),
        *((Fraction(0.7) / Fraction(0.1), 0), [(-Fraction(0.3) / Fraction(0.1), 1)]),
        [
            ([-Fraction(0.3) / Fraction(0.1)], Fraction(0.7) / Fraction(0.1) + 1),
            ([Fraction(0.3) / Fraction(0.1)], 1 - Fraction(0.7) / Fraction(0.1)),
        ],
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
        *([1, -1, 2, 0, 1], (Fraction(1, 3), 0, 0)),
        [(Fraction(-7, 3), 1, 0), (Fraction(2, 3), 0, 1)],
        [([1, 0], 0), ([-1, 0], 2), ([0, -1], 1)],
    ),
    # x = 1 - y - z and x - y = 1/2: 2 y = 1/2 - z
    "a line on two planes": (
        [[1, 1, 1], [-1, -1, -1], [1, -1, 0], [-1, 1, 0]],
        *([1, -1, 0.5, -0.5], (Fraction(3, 4), Fraction(1, 4), 0)),
        *([(Fraction(-1, 2), Fraction(-1, 2), 1)], []),
    ),
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", FLAT)
def test_a_flat_polytope_counts_like_the_restriction_to_its_hull(name, seed, engine):
    A, b, origin, directions, rows = FLAT[name]
    layers = [random_layers, dense_layers][seed % 2](seed, len(origin), 4, 3, 1)
    domain = Domain.polytope(A, b)
    assert_restricted(layers, domain, origin, directions, rows, engine)


@pytest.mark.parametrize("name", FLAT)
def test_a_flat_polytope_is_the_same_in_any_order_and_scale_of_its_rows(name):
    A, b, *_ = FLAT[name]
    A, b = np.asarray(A, dtype=float), np.asarray(b, dtype=float)
    net = pr.Network(dense_layers(0, A.shape[1], 4, 3, 1))
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
    origin = tuple(map(Fraction, origin))
    layers = dense_layers(1, len(lo), 5, 3, 1)
    domain = Domain.box(lo, hi)
    assert_restricted(layers, domain, origin, directions, rows, engine)


def test_a_flat_domain_in_a_slice_counts_like_the_slice_of_fewer_directions():
    layers, steps = dense_layers(2, 4, 5, 3, 1), [(1, 0.5, 0, 2), (0, 1, 1, -1)]
    flat = Domain.slice([0.1, 0, 0.2, 0], steps, Domain.box([0.25, -2], [0.25, 3]))
    start = tuple(
        Fraction(a) + Fraction(0.25) * Fraction(s)
        for a, s in zip((0.1, 0, 0.2, 0), steps[0], strict=True)
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


@pytest.mark.parametrize("k", range(4))
def test_a_box_cut_down_to_one_of_its_facets_is_flat(k):
    eye = np.vstack([-np.eye(2), np.eye(2)])  # 0 <= x <= 1
    right = np.array([0.0, 0, 1, 1])
    cut = Domain.polytope(np.vstack([eye, -eye[k]]), np.append(right, -right[k]))
    assert (cut.is_empty, cut.own_dim) == (False, 1)
    beyond = Domain.polytope(np.vstack([eye, -eye[k]]), np.append(right, -right[k] - 1))
    assert (beyond.is_empty, beyond.own_dim) == (True, 0)


def test_a_domain_that_only_touches_is_not_empty():
    # x <= 0 <= x and 0 x <= 0
    domain = Domain.polytope([[1], [-1], [0]], [0, 0, 0])
    assert (domain.is_empty, domain.own_dim) == (False, 0)
    assert pr.count_regions(pr.random_network([1, 3, 1], seed=0), domain).linear == 1


# Segments ----------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("seed", range(3))
def test_a_segment_counts_like_the_restriction_to_it(seed, engine):
    rng = np.random.default_rng(seed)
    p, q = rng.normal(size=(2, 3))
    start = tuple(map(Fraction, p))
    steps = [tuple(Fraction(b) - Fraction(a) for a, b in zip(p, q, strict=True))]
    layers = dense_layers(seed, 3, 6, 4, 2)
    domain = Domain.segment(p, q)
    assert_restricted(layers, domain, start, steps, ref.box(0, 1, 1), engine)


def test_the_direction_of_a_segment_is_not_rounded():
    # in float64 1 - 1e-30 would be 1
    small = Fraction(1e-30)
    domain = Domain.segment([1e-30], [1])
    assert inputs_of(domain) == ((small,), [(1 - small,)])
    huge = Domain.segment([-1e308], [1e308])
    assert inputs_of(huge) == ((-Fraction(1e308),), [(2 * Fraction(1e308),)])
    # the kink at x = 2e-30 lies inside, the kinks at 1e-30 and 1 on the ends
    layers = [([[1], [1], [1]], [-1e-30, -2e-30, -1]), ([[1, 1, 1]], [0])]
    for engine in ENGINES:
        assert pr.count_regions(pr.Network(layers), domain, engine=engine).linear == 2
        cx = pr.enumerate_regions(pr.Network(layers), domain, engine=engine)
        wall = (Fraction(2e-30) - small) / (1 - small)
        assert cx[0].interior_point[0] < wall < cx[1].interior_point[0]


def test_a_segment_may_be_traversed_backwards():
    layers = dense_layers(5, 2, 6, 4, 1)
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
    layers = dense_layers(6, 6, 4, 3, 2)
    origin = [0.1, -0.2, 0.3, 0, 1e-20, -0.5]
    domain = Domain.slice(origin, directions, within)
    exact = [tuple(map(Fraction, step)) for step in np.asarray(directions, dtype=float)]
    assert_restricted(layers, domain, tuple(map(Fraction, origin)), exact, rows, engine)


def test_the_slice_along_the_axes_is_the_whole_space():
    layers = random_layers(9, 2, 5, 3, 1)
    twin = ref.network(layers)
    whole = Domain.slice([0, 0], np.eye(2), Domain.box(-1, 1, 2))
    assert_same_cells(
        pr.enumerate_regions(pr.Network(layers), whole), twin, ref.box(-1, 1, 2)
    )


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
