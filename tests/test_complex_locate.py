# SPDX-License-Identifier: MIT
"""locate, cells and interior points, also where the search needs fewer coordinates."""

from itertools import product

import corpus
import numpy as np
import pytest
import reference as ref
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from pairs import ENGINES, assert_same_cells, pair, random_layers

import polyregions as pr
from polyregions.errors import InvalidArgumentError

INTGRID = corpus.DEGENERATE["intgrid"].layers
ZEROW = corpus.DEGENERATE["zerow"].layers


def smallest_id(cells, x):
    """By definition: the first cell whose closure holds x."""
    holding = (i for i, cell in enumerate(cells) if cell.contains(x, closed=True))
    return next(holding, -1)


def assert_located(cx, points):
    cells = [*cx]
    wanted = [smallest_id(cells, x) for x in points]
    assert cx.locate(points).tolist() == wanted


def grid(lo, hi, step, dim):
    axis = np.arange(lo, hi + step / 2, step)
    return np.array([*product(axis, repeat=dim)])


CASES = {
    # walls on the axes, the diagonals and x, y = -1/2, 0, 1/2: many grid points are
    # vertices where up to 8 cells meet
    "grid": (INTGRID, pr.Domain.box(-1, 1, 2), grid(-1.25, 1.25, 0.25, 2)),
    "grid everywhere": (INTGRID, pr.Domain.all(2), grid(-1.25, 1.25, 0.25, 2)),
    "grid in a triangle": (
        INTGRID,
        pr.Domain.polytope([[1, 1], [-1, 0], [0, -1]], [0.5, 0.75, 0.75]),
        grid(-1, 1.25, 0.125, 2),
    ),
    # origin (1/2, 1/4), directions (1, 1) and (1, -1): walls at dyadic points
    "grid on a slice": (
        INTGRID,
        pr.Domain.slice([0.5, 0.25], [[1, 1], [1, -1]], pr.Domain.box(-1, 1, 2)),
        grid(-1.125, 1.125, 0.125, 2),
    ),
    "grid on a segment": (
        INTGRID,
        pr.Domain.segment([-1, -1], [1, 0.5]),
        grid(-0.25, 1.25, 1 / 64, 1),
    ),
    "grid on a flat box": (
        INTGRID,
        pr.Domain.box([-1, 0.5], [1, 0.5]),
        grid(-1.125, 1.125, 1 / 16, 1),
    ),
    "deep": (
        random_layers(3, 2, 3, 3, 1),
        pr.Domain.box(-2, 2, 2),
        grid(-2, 2, 0.5, 2),
    ),
    "deep space": (random_layers(1, 3, 4, 3, 1), pr.Domain.all(3), grid(-1, 1, 0.5, 3)),
    "constants": (ZEROW, pr.Domain.box(-1, 1, 2), grid(-1, 1, 0.5, 2)),
    "zero biases": (
        [(w, 0 * np.asarray(b)) for w, b in random_layers(2, 3, 4, 3, 1)],
        pr.Domain.box(-1, 1, 3),
        grid(-1, 1, 0.5, 3),
    ),
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", CASES)
def test_points_on_walls_belong_to_the_first_cell_whose_closure_holds_them(
    name, engine
):
    layers, domain, points = CASES[name]
    cx = pr.enumerate_regions(pr.Network(layers), domain, engine=engine)
    assert_located(cx, points)
    assert cx.locate(cx.interior_points).tolist() == [*range(len(cx))]


@pytest.mark.parametrize("activation", ["hardtanh", "abs", "relu6"])
def test_points_on_walls_of_other_activations_are_located(activation):
    net = pr.Network(random_layers(8, 2, 3, 2, 1), activation)
    cx = pr.enumerate_regions(net, pr.Domain.box(-3, 3, 2))
    assert_located(cx, grid(-3.5, 3.5, 0.5, 2))


def test_the_corner_of_four_cells_belongs_to_the_first():
    # relu(x), relu(y): patterns 00, 01, 10, 11 are the quadrants --, -+, +-, ++
    net = pr.Network([([[1, 0], [0, 1]], [0, 0]), ([[1, 1]], [0])])
    cx = pr.enumerate_regions(net, pr.Domain.box(-1, 1, 2))
    points = [[0, 0], [0, 1], [1, 0], [1, 1], [-1, -1], [1, -1], [5e-324, 0]]
    assert cx.locate(points).tolist() == [0, 1, 2, 3, 0, 2, 2]


@given(
    st.integers(0, 10**6),
    st.lists(st.floats(-3, 3), min_size=2, max_size=2),
)
@settings(max_examples=examples(40), deadline=None)
def test_any_point_is_located_like_its_definition_says(seed, point):
    net = pr.Network(random_layers(seed, 2, 4, 2, 1))
    cx = pr.enumerate_regions(net, pr.Domain.box(-2, 2, 2))
    assert_located(cx, [point])


# Outside -----------------------------------------------------------------------------


def test_the_boundary_of_the_domain_is_inside_and_one_float_further_is_not():
    net = pr.Network([([[1, 0], [0, 1]], [0, 0]), ([[1, 1]], [0])])
    cx = pr.enumerate_regions(net, pr.Domain.box([-1, -1], [0.3, np.inf]))
    out = np.nextafter(0.3, 1)
    points = [[0.3, 9], [out, 9], [-1, -1], [np.nextafter(-1, -2), 0], [0.3, 1e308]]
    assert cx.locate(points).tolist() == [3, -1, 0, -1, 3]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("domain", [pr.Domain.all(2), pr.Domain.box(-1, 1, 2)])
def test_a_point_that_is_not_finite_is_nowhere(value, domain):
    cx = pr.enumerate_regions(pr.random_network([2, 3, 1], seed=0), domain)
    assert cx.locate([[value, 0], [0, value]]).tolist() == [-1, -1]


def test_no_points_give_no_ids():
    cx = pr.enumerate_regions(pr.random_network([2, 3, 1], seed=0), pr.Domain.all(2))
    found = cx.locate(np.zeros((0, 2)))
    assert (found.shape, found.dtype) == ((0,), np.int64)


@pytest.mark.parametrize(
    ("points", "message"),
    [
        ([0, 0], r"shape \(2,\).*pass \(n, 2\)"),
        ([[0, 0, 0]], r"shape \(1, 3\).*2 dimensions"),
        ([[[0, 0]]], r"shape \(1, 1, 2\)"),
        (0.0, r"shape \(\)"),
        ([["a", "b"]], "no array of real numbers"),
        ([[0, 0], [0]], "no array of real numbers"),
        ([[1j, 0]], "no array of real numbers"),
    ],
)
def test_points_of_the_wrong_shape_are_refused_in_one_line(points, message):
    cx = pr.enumerate_regions(pr.random_network([2, 3, 1], seed=0), pr.Domain.all(2))
    with pytest.raises(InvalidArgumentError, match=message) as caught:
        cx.locate(points)
    assert "\n" not in str(caught.value)


def test_a_cell_that_a_partial_result_lacks_is_nowhere():
    net = pr.Network([([[1], [1]], [0, -1]), ([[1, 1]], [0])])
    cx = pr.enumerate_regions(net, pr.Domain.all(1), max_regions=2)
    missing = {(0, 0): -5, (1, 0): 0.5, (1, 1): 5}
    for pattern in map(tuple, cx.patterns.tolist()):
        del missing[pattern]
    assert cx.locate([[x] for x in missing.values()]).tolist() == [-1]


# More inputs than the network can tell apart -----------------------------------------


def wide(seed, d, rank, units):
    """A network of d inputs whose first layer has that rank."""
    rng = np.random.default_rng(seed)
    first = rng.integers(-2, 3, (units, rank)) @ rng.integers(-2, 3, (rank, d))
    layers = random_layers(seed, units, 3, 2)
    return [(first / 2, rng.integers(-1, 2, units) / 2), *layers]


REDUCED = {
    "9 inputs, 2 units": [*random_layers(0, 9, 2, 3, 2)],
    "9 inputs, rank 2": wide(1, 9, 2, 4),
    "6 inputs, rank 1": wide(2, 6, 1, 3),
    "5 inputs, the first ones unused": [
        (np.array([[0, 0, 1, 2, 0.5], [0, 0, 2, 4, -1]]), [0.5, -1]),
        *random_layers(4, 2, 3, 1),
    ],
    "5 inputs, constant units": [
        (np.zeros((2, 5)), [1, -1]),
        *random_layers(5, 2, 2, 1),
    ],
    "5 equal units": [(np.ones((5, 6)), [1.0] * 5), *random_layers(6, 5, 3, 1)],
    "an affine layer first": [*random_layers(7, 6, 2, 3, 2)],
}


def reduced(name):
    """(package network, reference network) of one of REDUCED."""
    layers = REDUCED[name]
    if name != "an affine layer first":
        return pair(layers)
    units = [ref.identity(2), ref.relu(3)]
    return pr.Network(layers, [None, "relu"]), ref.network(layers, units)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", REDUCED)
def test_inputs_that_the_network_cannot_tell_apart_change_nothing(name, engine):
    net, twin = reduced(name)
    domain = pr.Domain.all(net.n_inputs)
    cx = pr.enumerate_regions(net, domain, engine=engine)
    assert len(cx) > 1 or "constant" in name
    assert_same_cells(cx, twin)
    rng = np.random.default_rng(0)
    small = rng.integers(-4, 5, (40, net.n_inputs)) / 4  # on walls, often
    assert_located(cx, small * rng.integers(0, 2, small.shape))
    assert_located(cx, rng.normal(size=(20, net.n_inputs)))
    assert cx.locate(cx.interior_points).tolist() == [*range(len(cx))]


@pytest.mark.parametrize("name", REDUCED)
def test_cells_of_a_reduced_search_are_those_of_all_inputs(name):
    net, twin = reduced(name)
    cx = pr.enumerate_regions(net, pr.Domain.all(net.n_inputs))
    for region, cell in zip(cx, ref.regions(twin), strict=True):
        assert region.dim == net.n_inputs
        assert region.contains(region.interior_point)
        assert twin.digits(region.interior_point) == cell.digits
        found = [(*(-u for u in r[:-1]), -r[-1]) for r in region.exact_restrictions]
        for row in found:
            others = [other for other in found if other != row]
            back = [tuple(-v for v in row)]
            assert ref.strictly_feasible(others, back, d=region.dim) is not None
            assert ref.strictly_feasible(cell.rows, back, d=region.dim) is None
        for row in cell.rows:
            back = [tuple(-v for v in row)]
            if any(row[:-1]):
                assert ref.strictly_feasible(found, back, d=region.dim) is None


def test_what_only_the_domain_tells_apart_still_matters():
    # only x_0 is bounded; the unit sees x_0 + x_1
    net, twin = pair([([[1, 1, 0, 0, 0]], [0]), ([[1]], [0])])
    lo, hi = [0, *[-np.inf] * 4], [1, *[np.inf] * 4]
    cx = pr.enumerate_regions(net, pr.Domain.box(lo, hi))
    assert_same_cells(cx, twin, ref.box(lo, hi, 5))
    assert cx.locate([[2, 0, 0, 0, 0], [0.5, -1, 0, 0, 0]]).tolist() == [-1, 0]


def test_a_value_that_underflows_before_a_huge_weight():
    # At -1 the hidden value is -2^-1100, 0 in float64; the weight behind it makes it
    # 2^-100.
    layers = [
        ([[2.0**-800]], [0.0]),
        ([[-(2.0**1000)]], [-(2.0**-101)]),
        ([[1.0]], [0.0]),
    ]
    net = pr.Network(layers, "leaky_relu", negative_slope=2.0**-300)
    cx = pr.enumerate_regions(net, pr.Domain.all(1))
    found = cx.locate(np.array([[-1.0], [-0.25], [1.0]]))
    assert cx.patterns[found].tolist() == [[0, 1], [0, 0], [1, 0]]
