# SPDX-License-Identifier: MIT
"""ActivationRegion, intersect, add and cut, as in Wang (2022), section 3."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
import reference as ref
from refusals import refused

import polyregions as pr
from polyregions.errors import InvalidArgumentError, InvalidNetworkError

Region = pr.ActivationRegion
INF, NAN = np.inf, np.nan

# 0 <= x <= 1 and 0 <= y <= 1, as rows (u_1, u_2, s) of u . x + s <= 0
UNIT_SQUARE = [(-1, 0, 0), (1, 0, -1), (0, -1, 0), (0, 1, -1)]
TINY = Fraction(1, 2**80)


def square(value=(0, 0, 0)):
    return Region(UNIT_SQUARE, value)


def shape(region):
    return sorted(region.exact_restrictions)


# Shape and value ---------------------------------------------------------------------


def test_a_region_is_its_restrictions_and_its_value():
    region = square((2, Fraction(1, 3), 5))
    assert (region.dim, shape(region)) == (2, sorted(UNIT_SQUARE))
    assert region.exact_value == [(2, Fraction(1, 3), 5)]
    assert region.value.tolist() == [[2, 1 / 3, 5]]
    assert (region.weight.tolist(), region.bias.tolist()) == ([[2, 1 / 3]], [5])
    assert (region.pattern, region.on_breakpoint) == (None, None)
    x, y = region.interior_point
    assert 0 < x < 1
    assert 0 < y < 1
    assert repr(region) == "ActivationRegion(dim=2, 4 facets, 1 value)"


def test_a_list_of_values_is_kept_in_order():
    region = square([(1, 2, 3), (Fraction(1, 7), 0, 0), (0, 0, 0.1)])
    assert region.exact_value == [
        (1, 2, 3),
        (Fraction(1, 7), 0, 0),
        (0, 0, Fraction(0.1)),
    ]
    assert region.value.shape == (3, 3)
    assert repr(region) == "ActivationRegion(dim=2, 4 facets, 3 values)"


def test_restrictions_are_stored_as_coprime_integers():
    rows = [(Fraction(-2, 3), Fraction(4, 3), -2), (0.25, 0.5, -1), (0, -10, -20)]
    assert shape(Region(rows, (0, 0, 0))) == [(-1, 2, -3), (0, -1, -2), (1, 2, -4)]


@pytest.mark.parametrize(
    "numbers",
    [
        lambda row: row,
        lambda row: np.array(row, dtype=np.float32),
        lambda row: np.array(row, dtype=np.int8),
        lambda row: [Fraction(v) for v in row],
        lambda row: [np.float16(v) for v in row],
        lambda row: tuple(float(v) for v in row),
    ],
)
def test_numbers_of_every_kind_are_exact(numbers):
    region = Region([numbers(row) for row in UNIT_SQUARE], numbers((1, 2, 3)))
    assert shape(region) == sorted(UNIT_SQUARE)
    assert region.exact_value == [(1, 2, 3)]


def test_no_restrictions_give_the_whole_space():
    for none in ([], np.zeros((0, 4)), [(0, 0, 0, 0)], [(0, 0, 0, -1)]):
        region = Region(none, (1, 2, 3, 4))
        assert (region.dim, shape(region)) == (3, [])
        assert region.contains((1e300, -5, 0))
    point = Region([], [7])  # a space of dimension 0
    assert (point.dim, point.interior_point, point.exact_value) == (0, (), [(7,)])
    assert point.contains(())


REDUNDANT = {
    "the same": (1, 0, -1),
    "a multiple": (0, -3, 0),
    "a fraction": (Fraction(1, 7), 0, Fraction(-1, 7)),
    "weaker": (1, 0, -1 - TINY),
    "through a corner": (1, 1, -2),
    "outside a corner": (1, 1, -2 - TINY),
    "constant": (0, 0, -1),
    "zero": (0, 0, 0),
}


@pytest.mark.parametrize("name", REDUNDANT)
def test_a_redundant_restriction_is_removed(name):
    for rows in ([*UNIT_SQUARE, REDUNDANT[name]], [REDUNDANT[name], *UNIT_SQUARE]):
        assert shape(Region(rows, (0, 0, 0))) == sorted(UNIT_SQUARE)


def test_a_restriction_that_cuts_off_next_to_nothing_is_kept():
    row = (2**80, 2**80, 1 - 2**81)  # x + y <= 2 - 2^-80
    region = Region([*UNIT_SQUARE, row], (0, 0, 0))
    assert shape(region) == sorted([*UNIT_SQUARE, row])
    # and one that leaves next to nothing: x <= 2^-80 makes x <= 1 redundant
    thin = Region([*UNIT_SQUARE, (2**80, 0, -1)], (0, 0, 0))
    assert shape(thin) == sorted([(-1, 0, 0), (0, -1, 0), (0, 1, -1), (2**80, 0, -1)])
    assert 0 < thin.interior_point[0] < TINY


EMPTY = {
    "contradiction": (1, 0, 1),
    "an edge": (1, 0, 0),
    "a corner": (1, 1, 0),
    "contradiction by next to nothing": (1, 0, TINY),
    "constant": (0, 0, 1),
    "constant by next to nothing": (0, 0, TINY),
}


@pytest.mark.parametrize("name", EMPTY)
def test_restrictions_without_interior_are_refused(name):
    rows = [*UNIT_SQUARE, EMPTY[name]]
    refused("no common interior", InvalidArgumentError, Region, rows, (0, 0, 0))


def test_a_point_on_a_wall_is_in_the_closure_only():
    region = square()
    assert region.contains((Fraction(1, 3), 0.5))
    for wall in ((0, 0.5), (1, 1), (Fraction(1, 3), 1)):
        assert not region.contains(wall)
        assert region.contains(wall, closed=True)
    for outside in ((-TINY, 0.5), (0.5, 1 + TINY), (2, 2)):
        assert not region.contains(outside, closed=True)


ODD = {
    "no value": (UNIT_SQUARE, [], r"value has shape \(0,\)"),
    "no values": (UNIT_SQUARE, np.zeros((0, 3)), r"value has shape \(0, 3\)"),
    "a number": (UNIT_SQUARE, 3, r"value has shape \(\)"),
    "a cube": (UNIT_SQUARE, np.zeros((1, 1, 3)), r"value has shape \(1, 1, 3\)"),
    "another width": (UNIT_SQUARE, (1, 2), r"restrictions has shape \(4, 3\).*, 2\)"),
    "odd rows": ([(1, 2, 3), (1, 2)], (1, 2, 3), r"restrictions has shape .*, 3\)"),
    "NaN": (UNIT_SQUARE, (1, NAN, 3), "value holds nan"),
    "infinity": ([(1, 0, -INF)], (1, 2, 3), "restrictions holds -inf"),
    "text": (UNIT_SQUARE, (1, "a", 3), "value holds 'a'"),
    "None": (UNIT_SQUARE, (1, None, 3), "value holds None"),
    "complex": (UNIT_SQUARE, (1, 1j, 3), "value holds 1j"),
}


@pytest.mark.parametrize(("rows", "value", "pattern"), ODD.values(), ids=ODD)
def test_a_malformed_region_is_refused_in_one_line(rows, value, pattern):
    refused(pattern, InvalidArgumentError, Region, rows, value)


@pytest.mark.parametrize(
    "point", [(1,), (1, 2, 3), [[1, 2]], 1, [], (NAN, 0), ("a", 0)]
)
def test_a_malformed_point_is_refused_in_one_line(point):
    refused("point", InvalidArgumentError, square().contains, point)


# Intersect ---------------------------------------------------------------------------


def test_intersect_joins_the_restrictions_and_sums_the_values_with_weights():
    # x <= 1/2 with 2 x, and y >= 1/4 with y - 1, inside the square with 3
    regions = [
        square((0, 0, 3)),
        Region([(2, 0, -1)], (2, 0, 0)),
        Region([(0, -4, 1)], (0, 1, -1)),
    ]
    both = pr.intersect(regions, [1, Fraction(1, 3), -0.5])
    assert shape(both) == [(-1, 0, 0), (0, -4, 1), (0, 1, -1), (2, 0, -1)]
    assert both.exact_value == [(Fraction(2, 3), Fraction(-1, 2), Fraction(7, 2))]


def test_without_coefficients_the_values_are_appended_to_one_list():
    one, two = square((1, 0, 0)), Region([], [(0, 1, 0), (Fraction(1, 3), 0, 0.5)])
    both = pr.intersect([one, two])
    assert both.exact_value == [
        (1, 0, 0),
        (0, 1, 0),
        (Fraction(1, 3), 0, Fraction(1, 2)),
    ]
    assert pr.intersect([both, one]).exact_value[3] == (1, 0, 0)
    # one coefficient a value, in order
    summed = pr.intersect([one, two], [Fraction(1, 2), 3, 6])
    assert summed.exact_value == [(Fraction(5, 2), 3, 3)]
    assert shape(summed) == sorted(UNIT_SQUARE)


def test_one_region_may_be_weighted_alone():
    one = square([(1, 0, 0), (0, 1, 0)])
    assert pr.intersect([one]).exact_value == one.exact_value
    assert pr.intersect([one], [0, 0]).exact_value == [(0, 0, 0)]
    assert pr.intersect([square((1, 2, 3))], [2]).exact_value == [(2, 4, 6)]


@pytest.mark.parametrize("row", [row for row in EMPTY.values() if any(row[:-1])])
def test_shapes_without_common_interior_give_none(row):
    other = Region([row], (1, 1, 1))
    assert pr.intersect([square(), other]) is None
    assert pr.intersect([other, square()], [1, 1]) is None
    # x <= 0 and x >= 2^-80 share no point, x <= 1 is one too many
    far = Region([(-1, 0, TINY)], (0, 0, 0))
    assert pr.intersect([Region([(1, 0, 0)], (0, 0, 0)), far]) is None


def test_three_shapes_may_have_pairs_and_no_whole():
    # x >= 0, y >= 0 and x + y <= 0: any two meet in an open set
    three = [Region([row], (0, 0, 1)) for row in ((-1, 0, 0), (0, -1, 0), (1, 1, 0))]
    assert all(pr.intersect([a, b]) for a, b in product(three, repeat=2))
    assert pr.intersect(three) is None


def test_malformed_intersections_are_refused():
    one, two, line = square(), square([(1, 0, 0), (0, 1, 0)]), Region([], (1, 0))
    for args, pattern in (
        (([],), "at least one"),
        (([one, line],), "different dimensions: 2 and 1"),
        (([one, line], [1, 1]), "different dimensions: 2 and 1"),
        (([one, two], [1, 1]), "2 coefficients for 3 values"),
        (([one], []), "0 coefficients for 1 values"),
        (([one], [NAN]), "coefficients holds nan"),
        (([one], [INF]), "coefficients holds inf"),
        (([one], [[1]]), "coefficients holds"),
        (([one, 3],), "3 is no ActivationRegion"),
        (([None],), "None is no ActivationRegion"),
    ):
        refused(pattern, InvalidArgumentError, pr.intersect, *args)


# Add ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bias", "total"),
    [
        (2, 5),
        (Fraction(1, 3), Fraction(10, 3)),
        (0.1, 3 + Fraction(0.1)),
        (np.float32(0.5), Fraction(7, 2)),
        (-3, 0),
    ],
)
def test_add_changes_the_constant_and_nothing_else(bias, total):
    region = square((Fraction(1, 7), 2, 3))
    moved = pr.add(region, bias)
    assert moved.exact_value == [(Fraction(1, 7), 2, total)]
    assert shape(moved) == shape(region)
    assert region.exact_value == [(Fraction(1, 7), 2, 3)]


def test_malformed_additions_are_refused():
    two = square([(1, 0, 0), (0, 1, 0)])
    refused("has 2 values", InvalidArgumentError, pr.add, two, 1)
    for bias in (NAN, INF, "a", None, [1], 1j):
        refused("bias holds", InvalidArgumentError, pr.add, square(), bias)
    refused("no ActivationRegion", InvalidArgumentError, pr.add, 3, 1)


# Cut ---------------------------------------------------------------------------------


def test_cut_gives_the_zero_piece_and_then_the_positive_piece():
    lower, upper = pr.cut(square((2, 0, -1)))  # 2 x - 1
    assert lower.exact_value == [(0, 0, 0)]
    assert shape(lower) == [(-1, 0, 0), (0, -1, 0), (0, 1, -1), (2, 0, -1)]
    assert upper.exact_value == [(2, 0, -1)]
    assert shape(upper) == [(-2, 0, 1), (0, -1, 0), (0, 1, -1), (1, 0, -1)]


@pytest.mark.parametrize(
    ("value", "after"),
    [
        ((1, 1, 0), (1, 1, 0)),  # positive inside, zero in a corner
        ((-1, 0, 0), (0, 0, 0)),  # negative inside, zero on an edge
        ((1, 0, TINY), (1, 0, TINY)),
        ((0, 0, 3), (0, 0, 3)),
        ((0, 0, -3), (0, 0, 0)),
        ((0, 0, 0), (0, 0, 0)),
        ((0, 0, TINY), (0, 0, TINY)),
        ((0, 0, -TINY), (0, 0, 0)),
    ],
)
def test_a_value_of_one_sign_is_not_cut(value, after):
    (piece,) = pr.cut(square(value))
    assert piece.exact_value == [tuple(map(Fraction, after))]
    assert shape(piece) == sorted(UNIT_SQUARE)


def test_a_corner_of_next_to_nothing_is_cut_off():
    lower, upper = pr.cut(square((1, 1, TINY - 2)))  # positive beyond x + y = 2 - 2^-80
    assert shape(lower) == sorted([*UNIT_SQUARE, (2**80, 2**80, 1 - 2**81)])
    assert len(shape(upper)) == 3
    assert sum(upper.interior_point) > 2 - TINY


# activation and slope; the pieces of x on 0 <= x <= 8: where they end, and their values
PIECES = {
    "leaky_relu": (0.25, [(-2, 0, (0.25, 0)), (0, 8, (1, 0))]),
    "prelu": (-3, [(-2, 0, (-3, 0)), (0, 8, (1, 0))]),
    "abs": (None, [(-2, 0, (-1, 0)), (0, 8, (1, 0))]),
    "hardtanh": (None, [(-2, -1, (0, -1)), (-1, 1, (1, 0)), (1, 8, (0, 1))]),
    "relu6": (None, [(-2, 0, (0, 0)), (0, 6, (1, 0)), (6, 8, (0, 6))]),
    "identity": (None, [(-2, 8, (1, 0))]),
}


@pytest.mark.parametrize("name", PIECES)
def test_cut_with_another_activation_gives_its_pieces_from_the_lowest_up(name):
    slope, wanted = PIECES[name]
    region = Region([(-1, -2), (1, -8)], (1, 0))
    pieces = pr.cut(region, activation=name, negative_slope=slope)
    found = []
    for piece in pieces:
        ends = sorted(Fraction(-s, u) for u, s in piece.exact_restrictions)
        found.append((*ends, *piece.exact_value))
    assert found == wanted


def test_cut_takes_an_activation_by_its_breakpoints():
    # slopes 0, 2, 2, -1 with breaks 1/3 (as a float), 1 and 2, starting from 5
    third = 1 / 3
    act = pr.PiecewiseLinear((third, 1, 2), (0, 2, 2, -1), 5)
    pieces = pr.cut(Region([], (1, 0)), activation=act)
    top = 5 + 2 * (2 - Fraction(third))  # the value at 2
    assert [piece.exact_value for piece in pieces] == [
        [(0, 5)],
        [(2, 5 - 2 * Fraction(third))],
        [(-1, top + 2)],
    ]
    assert [len(piece.exact_restrictions) for piece in pieces] == [1, 2, 1]


@pytest.mark.parametrize(
    ("constant", "after"),
    [(-2, -1), (-1, -1), (Fraction(1, 3), Fraction(1, 3)), (1, 1), (7, 1)],
)
def test_a_constant_takes_one_piece_of_the_activation(constant, after):
    (piece,) = pr.cut(square((0, 0, constant)), activation="hardtanh")
    assert piece.exact_value == [(0, 0, after)]


def test_leaky_relu_of_slope_one_cuts_nothing():
    (piece,) = pr.cut(Region([], (1, 0)), activation="leaky_relu", negative_slope=1)
    assert (piece.exact_value, shape(piece)) == ([(1, 0)], [])


def test_malformed_cuts_are_refused():
    two = square([(1, 0, 0), (0, 1, 0)])
    refused("has 2 values", InvalidArgumentError, pr.cut, two)
    refused("no ActivationRegion", InvalidArgumentError, pr.cut, None)
    refused("unknown activation", InvalidNetworkError, pr.cut, square(), activation="a")
    refused(
        *("needs its slope", InvalidNetworkError, pr.cut, square()),
        activation="leaky_relu",
    )


def test_the_pieces_of_a_corner_are_what_the_linear_program_says():
    # all eight octants of a cube cut three times, against exact feasibility
    cube = [(*(s * (i == k) for i in range(3)), -1) for k in range(3) for s in (1, -1)]
    functions = [(1, 1, 1, 0), (1, -1, 0, 0), (0, 1, 1, 1)]
    regions = [Region(cube, [0] * 4)]
    for f in functions:
        regions = [
            piece
            for region in regions
            for piece in pr.cut(
                pr.add(pr.intersect([Region(cube, f), region], [1, 0]), 0)
            )
        ]
    inside = [tuple(-v for v in row) for row in cube]
    feasible = 0
    for signs in product((1, -1), repeat=3):
        sides = [tuple(s * v for v in f) for s, f in zip(signs, functions, strict=True)]
        feasible += ref.strictly_feasible([*inside, *sides]) is not None
    assert len(regions) == feasible
