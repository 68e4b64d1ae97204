# SPDX-License-Identifier: MIT
"""Expectations against published and own samples of random networks."""

from __future__ import annotations

import math
from itertools import pairwise

import corpus
import numpy as np
import pytest
from refusals import refused

import polyregions as pr
from polyregions.errors import InvalidArgumentError

MOST_Z = 4.5  # with fixed seeds; a right mean exceeds it once in 150 000 times


def gaussian(widths, seed, sigma_w=1.0, sigma_b=1.0):
    """A ReLU network of Gaussian weights and biases."""
    rng = np.random.default_rng(seed)
    return pr.Network(
        [
            (
                sigma_w * rng.normal(size=(n_out, n_in)),
                sigma_b * rng.normal(size=n_out),
            )
            for n_in, n_out in pairwise(widths)
        ]
    )


def samples(widths, n, make=pr.random_network, domain=None):
    """Activation and linear regions of n networks."""
    where = domain or pr.Domain.all(widths[0])
    counts = [
        pr.count_regions(make(widths, seed), where, threads=1) for seed in range(n)
    ]
    return (
        np.array([c.activation for c in counts], dtype=float),
        np.array([c.linear for c in counts], dtype=float),
    )


def z(values, mean):
    """How many standard errors the sample mean lies above a mean."""
    error = values.std(ddof=1) / math.sqrt(len(values))
    return float((values.mean() - float(mean)) / error)


# --- Wang's Theorem 2.1 ---------------------------------------------------------------


def test_theorem_2_1_has_its_published_values():
    for hidden, ends in {(7, 3): (578.06, 705.06), (5, 5): (276.19, 307.19)}.items():
        b = pr.bounds([7, *hidden, 1])
        found = [b[f"wang_2022_two_layers_{end}"].value for end in ("lower", "upper")]
        assert np.allclose([float(end) for end in found], ends, atol=0.005, rtol=0)


# hidden widths at 7 inputs: published mean and deviation of 5000 networks
EXPERIMENT_1 = {(7, 3): (616.80, 94.02), (5, 5): (297.32, 66.52), (2,) * 5: (8.0, 6.07)}


@pytest.mark.parametrize("hidden", EXPERIMENT_1)
def test_published_means_of_linear_regions_lie_between_the_bounds(hidden):
    b = pr.bounds([7, *hidden, 1])
    mean, deviation = EXPERIMENT_1[hidden]
    slack = MOST_Z * deviation / math.sqrt(5000)
    ends = {bound.kind: bound for bound in b.values() if bound.name.startswith("wang")}
    assert ends["expectation_lower"].value - slack <= mean
    assert mean <= ends["expectation_upper"].value + slack


def test_the_theorem_is_not_applied_where_its_conditions_fail():
    reasons = pr.bounds([7, 8, 2, 1]).inapplicable
    for name in ("wang_2022_two_layers_lower", "wang_2022_two_layers_upper"):
        assert reasons[name] == "it needs n0 >= max(n_1, n_2), but n0 = 7 < 8"
    assert "n0 = 7 < 8" in reasons["two_layers_expectation"]
    wide = pr.bounds([3, 2, 5, 1])
    assert "two_layers_expectation" in wide
    assert "wang_2022_two_layers_upper" in wide.inapplicable
    for widths in ([1, 2, 2, 1], [2, 2, 1], [2, 2, 3, 2, 1]):
        assert "wang_2022_two_units_upper" in pr.bounds(widths).inapplicable
    for options in ({"dim": 7}, {"biases": False}, {"activation": "abs"}):
        kinds = {bound.kind for bound in pr.bounds([7, 5, 5, 1], **options).values()}
        assert kinds <= {"upper", "lower"}


@pytest.mark.parametrize("make", [pr.random_network, gaussian])
@pytest.mark.parametrize("widths", [(3, 3, 2, 1), (2, 2, 4, 1), (4, 2, 2, 2)])
def test_two_layers_have_their_expected_number_of_activation_regions(widths, make):
    b = pr.bounds(widths)
    activation, linear = samples(widths, 400, make)
    assert abs(z(activation, b["two_layers_expectation"].value)) < MOST_Z
    if "wang_2022_two_layers_lower" in b:
        assert z(linear, b["wang_2022_two_layers_lower"].value) > -MOST_Z
        assert z(linear, b["wang_2022_two_layers_upper"].value) < MOST_Z


@pytest.mark.parametrize("n_layers", [1, 2, 4])
@pytest.mark.parametrize("n_inputs", [1, 3])
def test_layers_of_one_unit_keep_below_their_bound(n_layers, n_inputs):
    widths = [n_inputs, *[1] * n_layers, 1]
    bound = pr.bounds(widths)["wang_2022_one_unit_upper"].value
    assert bound == 1 + 2 * 0.75 ** (n_layers - 1)
    assert z(samples(widths, 300)[1] + 1e-9 * np.arange(300), bound) < MOST_Z


@pytest.mark.parametrize("n_layers", [2, 3])
def test_layers_of_two_units_keep_within_their_bounds(n_layers):
    widths = [2, *[2] * n_layers, 1]
    b = pr.bounds(widths)
    lower, upper = (b[f"wang_2022_two_units_{end}"].value for end in ("lower", "upper"))
    assert (float(lower), float(upper)) == (
        1 + 0.75 ** (n_layers - 1),
        6 * (175 / 64) ** (n_layers - 1),
    )
    linear = samples(widths, 300)[1]
    assert z(linear, lower) > -MOST_Z
    assert z(linear, upper) < MOST_Z


# --- lines and segments ---------------------------------------------------------------


@pytest.mark.parametrize("n_inputs", [1, 3])
def test_pieces_of_one_gaussian_layer_have_their_mean(n_inputs):
    sigma_w, sigma_b, radius = 2.0, 0.5, 0.3
    widths = [n_inputs, 8, 1]
    direction = np.ones(n_inputs) / math.sqrt(n_inputs)
    domain = pr.Domain.segment(-radius * direction, radius * direction)
    pieces, _ = samples(
        widths, 400, lambda w, s: gaussian(w, s, sigma_w, sigma_b), domain
    )
    law = {"radius": radius, "sigma_w": sigma_w, "sigma_b": sigma_b}
    expected = pr.theory.expected_pieces(8, **law)
    assert math.isclose(expected, 1 + 16 / math.pi * math.atan(1.2))
    assert abs(z(pieces, expected)) < MOST_Z
    for options in ({}, {"dim": 1}):
        b = pr.bounds(widths, **law, **options)
        assert b["gaussian_pieces"].value == expected


def test_a_whole_line_has_one_piece_more_than_units():
    assert pr.theory.expected_pieces(8) == 9
    assert pr.bounds([3, 8, 1])["gaussian_pieces"].value == 9
    assert "gaussian_pieces" not in pr.bounds([3, 8, 1], dim=1)  # which part?
    assert "gaussian_pieces" not in pr.bounds([3, 8, 8, 1])
    assert "gaussian_pieces" not in pr.bounds([3, 8, 1], activation="hardtanh")
    assert pr.theory.expected_pieces(8, radius=1e300, sigma_w=1e300) == 9
    assert pr.theory.expected_pieces(8, sigma_w=5e-324, sigma_b=1e300, radius=1) == 1


def test_hanin_and_rolnicks_bound_is_above_the_gaussian_mean_and_touches_it():
    # w x + b vanishes with density E|w| p_b(-w x) <= sqrt(2/pi)/sqrt(2 pi) = 1/pi.
    t = 1 / math.pi
    for radius in (1e-6, 0.1, 1.0, 10.0):
        mean = pr.theory.expected_pieces(8, radius=radius)
        b = pr.bounds([2, 8, 1], radius=radius, constant=t)["hanin_rolnick_segment"]
        assert b.kind == "expectation_upper"
        assert mean <= b.value
        assert radius > 1e-3 or math.isclose(mean - 1, b.value - 1, rel_tol=1e-6)
    exact = pr.theory.hanin_rolnick_segment([2, 3, 4, 1], length=0.5, constant=2)
    assert exact == 1 + 0.5 * 2 * 7
    for options in ({}, {"constant": 1.0}, {"radius": 1.0}):
        assert "hanin_rolnick_segment" not in pr.bounds([2, 8, 1], **options)


def test_wide_networks_of_one_input_have_about_a_piece_a_unit():
    expected = pr.bounds([1, 64, 64, 64, 1])["wide_line_limit"].value
    assert expected == 3 * 64 + 1
    known = corpus.UNIFORM[1, (64, 64, 64)]
    assert np.mean(known) == pytest.approx(expected, rel=0.05)
    assert "wide_line_limit" not in pr.bounds([2, 64, 64, 64, 1])


def test_hanin_and_rolnicks_scale_is_a_power_over_a_factorial():
    assert pr.theory.hanin_rolnick_scale([3, 5, 7, 1]) == 12**3 / 6
    b = pr.bounds([2, 64, 64, 64, 1])
    assert b["hanin_rolnick_scale"].value == 192**2 // 2
    # An order of magnitude: the known counts of such networks are 17383 to 18334.
    for count in corpus.UNIFORM[2, (64, 64, 64)]:
        assert 0.5 < count / b["hanin_rolnick_scale"].value < 2
    assert "hanin_rolnick_scale" not in pr.bounds([9, 4, 4, 1])


@pytest.mark.parametrize("widths", [(1, 9), (2, 9), (3, 6)])
def test_one_layer_has_the_same_number_of_regions_almost_surely(widths):
    expected = pr.bounds([*widths, 1])["one_layer_expectation"].value
    activation, linear = samples([*widths, 1], 20)
    assert set(activation) == set(linear) == {expected}


# --- neighbours -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "widths", [(1, 9, 9, 1), (2, 8, 8, 1), (3, 6, 6, 6, 1), (4, 5, 5, 1), (5, 4, 4, 1)]
)
@pytest.mark.parametrize("seed", range(3))
def test_cells_have_at_most_2_n0_neighbours_on_average(widths, seed):
    cx = pr.enumerate_regions(pr.random_network(widths, seed), pr.Domain.all(widths[0]))
    average = 2 * len(cx.adjacency) / len(cx)
    bound = pr.bounds(widths)["average_neighbours"]
    assert bound.value == 2 * widths[0]
    assert 0.4 * bound.value < average <= bound.value
    assert "average_neighbours" not in pr.bounds(widths, dim=widths[0])


# --- refusals -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "pattern"),
    [
        ({"n_units": 0}, "n_units is 0; pass an integer >= 1"),
        ({"radius": 0}, "radius is 0; pass a number > 0"),
        ({"radius": -1.0}, "radius is -1; pass a number > 0"),
        ({"sigma_w": math.nan}, "sigma_w is nan; pass a number > 0"),
        ({"sigma_b": math.inf}, "sigma_b is inf; pass a finite number > 0"),
        ({"sigma_b": "1"}, "sigma_b is '1'; pass a number > 0"),
        ({"sigma_w": True}, "sigma_w is True; pass a number > 0"),
    ],
)
def test_a_law_that_is_none_is_refused(options, pattern):
    call = {"n_units": 3} | options
    n = call.pop("n_units")
    refused(pattern, InvalidArgumentError, pr.theory.expected_pieces, n, **call)


def test_a_segment_that_is_none_is_refused():
    segment = pr.theory.hanin_rolnick_segment
    for options, pattern in (
        ({"length": -1, "constant": 1}, "length is -1; pass a number >= 0"),
        ({"length": 1, "constant": None}, "constant is None; pass a number >= 0"),
        ({"length": math.inf, "constant": 1}, "length inf .*too large; pass smaller"),
        ({"length": 1e200, "constant": 1e108}, "length 1e.200 .*too large"),
    ):
        refused(pattern, InvalidArgumentError, segment, [1, 99, 1], **options)
