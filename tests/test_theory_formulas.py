# SPDX-License-Identifier: MIT
"""Bounds as numbers: published values, definitions written out, and their order."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations, product
from math import comb, prod

import corpus
import pytest
from effort import DERANDOMIZED, examples
from hypothesis import given, settings
from hypothesis import strategies as st
from refusals import refused

import polyregions as pr
from polyregions.errors import InvalidArgumentError

laws = settings(
    deadline=None, max_examples=examples(100), derandomize=DERANDOMIZED, database=None
)
shapes = st.tuples(
    st.integers(1, 6), st.lists(st.integers(1, 9), min_size=1, max_size=4)
).map(lambda shape: [shape[0], *shape[1], 1])


def value(widths: Sequence[int], name: str, **options):
    return pr.bounds(widths, **options)[name].value


# --- the definitions ------------------------------------------------------------------


def serra_definition(n0: int, hidden: Sequence[int]) -> int:
    """Sum over all (j_1 .. j_L) of the theorem, one by one."""
    total = 0
    for js in product(*(range(n + 1) for n in hidden)):
        left = [n0]
        for j, n in zip(js, hidden, strict=True):
            if j > min(*left, n):
                break
            left.append(n - j)
        else:
            total += prod(comb(n, j) for n, j in zip(hidden, js, strict=True))
    return total


def montufar_definition(n0: int, hidden: Sequence[int]) -> int:
    return prod(
        sum(comb(n, j) for j in range(min(n0, *hidden[:l], n) + 1))
        for l, n in enumerate(hidden)
    )


def lower_definition(n0: int, hidden: Sequence[int], fold) -> int:
    folds = prod(fold(n // n0) for n in hidden[:-1])
    return folds * sum(comb(hidden[-1], j) for j in range(n0 + 1))


@laws
@given(shapes)
def test_the_sums_of_serra_hinz_and_montufar_are_those_of_their_definitions(widths):
    n0, hidden = widths[0], widths[1:-1]
    if prod(n + 1 for n in hidden) < 3000:
        assert value(widths, "serra_2018_upper") == serra_definition(n0, hidden)
    assert value(widths, "hinz_2019_upper") == value(widths, "serra_2018_upper")
    assert value(widths, "montufar_2017_upper") == montufar_definition(n0, hidden)
    assert value(widths, "trivial") == 2 ** sum(hidden)


@laws
@given(shapes)
def test_lower_bounds_are_those_of_their_definitions_where_they_apply(widths):
    n0, hidden, b = widths[0], widths[1:-1], pr.bounds(widths)
    narrow = min(hidden)
    assert ("montufar_2014_lower" in b) == ("pascanu_2013_lower" in b) == (narrow >= n0)
    assert ("wang_2022_zigzag" in b) == (narrow >= 2 * n0)
    assert ("serra_2018_lower" in b) == (narrow >= 3 * n0)
    folds = {
        "pascanu_2013_lower": lambda p: p,
        "montufar_2014_lower": lambda p: p**n0,
        "serra_2018_lower": lambda p: (p + 1) ** n0,
    }
    for name in folds.keys() & b.keys():
        assert b[name].value == lower_definition(n0, hidden, folds[name])
    if "wang_2022_zigzag" in b:
        assert b["wang_2022_zigzag"].value == prod((n // n0) ** n0 for n in hidden)


@laws
@given(shapes)
def test_the_bounds_are_in_their_order(widths):
    b = pr.bounds(widths)
    chain = [
        "pascanu_2013_lower",
        "montufar_2014_lower",
        "serra_2018_lower",
        "serra_2018_upper",
        "montufar_2017_upper",
        "trivial",
    ]
    values = [b[name].value for name in chain if name in b]
    assert values == sorted(values)
    assert b.smallest_upper.value == b["serra_2018_upper"].value
    if "wang_2022_zigzag" in b:
        assert b["wang_2022_zigzag"].value <= b["montufar_2014_lower"].value
    best = b.largest_lower
    assert best is None or 1 <= best.value <= b.smallest_upper.value
    if widths[0] == 1:
        product_of_widths = prod(n + 1 for n in widths[1:-1])
        assert b["one_input_upper"].value == product_of_widths
        assert b["serra_2018_upper"].value <= product_of_widths
        if min(widths[1:-1]) >= 3:  # exact in one dimension, says the theorem
            assert best.value == product_of_widths


# n: Serra 2018 and Montufar 2014 for n0 = 2 and three hidden layers of n
PUBLISHED = {
    16: (2571353, 561152),
    32: (148035889, 34668544),
    64: (9011897441, 2182086656),
}


@pytest.mark.parametrize("n", PUBLISHED)
def test_three_layers_on_the_plane_have_their_published_bounds(n):
    b = pr.bounds([2, n, n, n, 1])
    found = (b["serra_2018_upper"].value, b["montufar_2014_lower"].value)
    assert found == PUBLISHED[n]


@pytest.mark.parametrize(("d", "count"), corpus.ZASLAVSKY_16.items())
def test_sixteen_hyperplanes_have_their_known_number_of_regions(d, count):
    assert pr.theory.zaslavsky(16, d) == value([d, 16, 1], "zaslavsky") == count


@pytest.mark.parametrize("n", range(6))
@pytest.mark.parametrize("d", range(1, 5))
def test_regions_are_bounded_ones_and_those_seen_at_infinity(n, d):
    theory = pr.theory
    bounded = theory.zaslavsky_bounded(n, d) if n else 0
    # The unbounded ones are the regions of the planes shifted through 0.
    assert bounded + theory.central_arrangement(n, d) == theory.zaslavsky(n, d)


def test_the_bounded_regions_are_those_that_vanish_without_biases():
    net = pr.random_network([2, 6, 1], seed=3)
    central = pr.Network(
        [(net.layers[0].weight, [0.0] * 6), (net.layers[1].weight, [0.0])]
    )
    counts = [
        pr.count_regions(one, pr.Domain.all(2)).activation for one in (net, central)
    ]
    assert counts == [
        value([2, 6, 1], "zaslavsky"),
        pr.bounds(central)["central"].value,
    ]
    assert counts[0] - counts[1] == value([2, 6, 1], "zaslavsky_bounded")


# --- other activations ----------------------------------------------------------------


def elementary(breakpoints: Sequence[int], most: int) -> int:
    """Sum of the products of at most so many of the numbers."""
    return sum(
        prod(chosen) for j in range(most + 1) for chosen in combinations(breakpoints, j)
    )


@pytest.mark.parametrize("d", [1, 2, 3])
@pytest.mark.parametrize("kinds", ["rrrr", "hhhh", "rhhrh", "rhih", "6ra"])
def test_one_layer_of_any_units_attains_zaslavskys_bound(d, kinds):
    names = {"r": "relu", "h": "hardtanh", "i": "identity", "6": "relu6", "a": "abs"}
    breakpoints = [{"h": 2, "6": 2, "i": 0}.get(kind, 1) for kind in kinds]
    activation = [[names[kind] for kind in kinds]]
    widths = [d, len(kinds), 1]
    expected = elementary(breakpoints, d)
    b = pr.bounds(widths, activation=activation)
    assert b["zaslavsky"].value == b["montufar_2017_upper"].value == expected
    assert b["one_layer_expectation"].value == expected
    assert b["trivial"].value == prod(k + 1 for k in breakpoints)
    net = pr.random_network(widths, seed=1, activation=activation)
    box = pr.Domain.all(d)
    assert pr.count_regions(net, box, definitions="activation").activation == expected


def test_what_is_about_relu_is_not_said_of_others():
    for name in ("leaky_relu", "abs", "hardtanh", "relu6"):
        b = pr.bounds([2, 8, 8, 1], activation=name, negative_slope=0.5)
        assert {"serra_2018_upper", "hinz_2019_upper"}.isdisjoint(b)
        assert {bound.kind for bound in b.values()} == {"upper"}
        assert name in b.inapplicable["serra_2018_upper"]
    leaky = pr.bounds([2, 8, 8, 1], activation="leaky_relu", negative_slope=0.0)
    assert leaky["serra_2018_upper"] == pr.bounds([2, 8, 8, 1])["serra_2018_upper"]


def test_units_without_breakpoints_neither_cut_nor_count():
    b = pr.bounds([3, 4, 2, 5, 1], activation=["relu", None, "relu"])
    plane = sum(comb(5, j) for j in range(3))
    assert b["trivial"].value == 2**9
    assert b["montufar_2017_upper"].value == (2**4 - 1) * plane
    # Serra: with k of 4 units active the affine layer leaves min(k, 2) dimensions.
    few = {0: 0, 1: 4, 2: 6, 3: 4, 4: 1}
    by_dim = [0, few[1], few[2] + few[3] + few[4]]
    expected = by_dim[1] * (1 + 5) + by_dim[2] * plane
    assert b["serra_2018_upper"].value == b["hinz_2019_upper"].value == expected


def test_without_biases_all_hyperplanes_are_central():
    b = pr.bounds([2, 5, 4, 1], biases=False)
    assert b["central"].value == (2 * 5) * (2 * 4)
    assert {bound.kind for bound in b.values()} == {"upper"}
    net = pr.random_network([2, 5, 4, 1], seed=0)
    layers = [(layer.weight, 0 * layer.bias) for layer in net.layers]
    central = pr.Network(layers)
    assert pr.bounds(central)["central"].value == b["central"].value
    counts = pr.count_regions(central, pr.Domain.all(2))
    assert counts.activation <= b["central"].value
    assert "central" not in pr.bounds(net)
    assert "central" not in pr.bounds(central, dim=1)  # a line past 0 is not central


# --- wide and narrow ------------------------------------------------------------------


def test_wide_layers_stay_exact_integers():
    b = pr.bounds([100, 512, 512, 512, 10])
    assert b["trivial"].value == 2**1536
    assert isinstance(b["serra_2018_upper"].value, int)
    assert b["hinz_2019_upper"].value == b["serra_2018_upper"].value
    assert b["montufar_2014_lower"].value == 5**200 * pr.theory.zaslavsky(512, 100)
    assert pr.bounds([10**12, 3, 1])["serra_2018_upper"].value == 8


def test_a_point_and_an_affine_network_have_one_region():
    uppers = ("trivial", "montufar_2017_upper", "serra_2018_upper", "hinz_2019_upper")
    point, affine = pr.bounds([2, 3, 4, 1], dim=0), pr.bounds([2, 1])
    assert [point[name].value for name in uppers[1:]] == [1, 1, 1]
    assert [affine[name].value for name in uppers] == [1, 1, 1, 1]
    assert "one_input_upper" not in affine
    assert affine["line_upper"].value == 1
    assert point.largest_lower is affine.largest_lower is None


def test_the_dimension_of_the_domain_takes_the_place_of_the_inputs():
    flat, plane = pr.bounds([5, 8, 8, 1], dim=2), pr.bounds([2, 8, 8, 1])
    for name, bound in flat.items():
        if bound.kind in ("upper", "lower"):
            assert bound.value == plane[name].value
    assert {bound.kind for bound in flat.values()} == {"upper", "lower"}


@pytest.mark.parametrize(
    ("call", "pattern"),
    [
        (lambda t: t.zaslavsky(-1, 2), r"n is -1; pass an integer >= 0"),
        (lambda t: t.zaslavsky(3, 2.0), r"d is 2\.0; pass an integer >= 0"),
        (lambda t: t.zaslavsky(True, 2), r"n is True; pass an integer >= 0"),
        (lambda t: t.zaslavsky_bounded(0, 2), r"n is 0; pass an integer >= 1"),
        (lambda t: t.central_arrangement(3, None), r"d is None; pass an integer"),
    ],
)
def test_numbers_that_count_nothing_are_refused(call, pattern):
    refused(pattern, InvalidArgumentError, call, pr.theory)


def test_wangs_k_is_its_sum():
    for n1, n2 in product(range(1, 7), repeat=2):
        k = sum(
            comb(n1, l)
            * (Fraction(sum(comb(n2 + l, i) for i in range(l + 1)), 2**l) - 1)
            for l in range(n1 + 1)
        )
        b = pr.bounds([max(n1, n2), n1, n2, 1])
        assert b["wang_2022_two_layers_lower"].value == k + 1
        assert b["wang_2022_two_layers_upper"].value == k + 2**n1
        assert b["two_layers_expectation"].value == k + 2**n1
    assert math.isclose(value([7, 7, 3, 1], "wang_2022_two_layers_lower"), 578.0625)
