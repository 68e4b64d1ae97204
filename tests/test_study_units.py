# SPDX-License-Identifier: MIT
"""Dead units, units always on, and local complexity, against exact recounts."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import polyregions as pr

study = pr.study
BOX = pr.Domain.box(-1, 1, dim=2)
DATA = study.random_labels(40)


# Units ------------------------------------------------------------------------------


@st.composite
def networks(draw):
    """Networks of small integers: units often lie on a breakpoint or never bend."""
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    shape = [2, *draw(st.lists(st.integers(1, 4), min_size=1, max_size=3)), 1]
    layers = [
        (rng.integers(-1, 2, (m, n)), rng.integers(-2, 3, m))
        for n, m in pairwise(shape)
    ]
    name = draw(st.sampled_from(["relu", "leaky_relu", "hardtanh", "abs"]))
    slope = 0.25 if name == "leaky_relu" else None
    return pr.Network(layers, name, negative_slope=slope)


def digits_at(network, point):
    """Breakpoints below each unit's input, in fractions."""
    value, found = [Fraction(x) for x in point], []
    for layer in network.layers[:-1]:
        rows = zip(layer.weight.tolist(), layer.bias.tolist(), strict=True)
        z = [
            sum(Fraction(w) * v for w, v in zip(row, value, strict=True)) + Fraction(b)
            for row, b in rows
        ]
        found += [
            sum(x > t for t in act.breakpoints)
            for x, act in zip(z, layer.activation, strict=True)
        ]
        # These activations give short binary fractions of short ones, exactly.
        value = [
            Fraction(float(act(float(x))))
            for x, act in zip(z, layer.activation, strict=True)
        ]
    return found


def constant(network, digits):
    """Dead and always-on units by layer, of rows of digits."""
    highest = [
        len(act.breakpoints) for x in network.layers[:-1] for act in x.activation
    ]
    dead = [all(row[k] == 0 for row in digits) for k in range(len(highest))]
    on = [all(row[k] == top for row in digits) for k, top in enumerate(highest)]
    ends = np.cumsum([0, *(x.n_units for x in network.layers[:-1])])
    spans = list(pairwise(ends))
    return [tuple(sum(flags[a:b]) for a, b in spans) for flags in (dead, on)]


@settings(max_examples=60, deadline=None)
@given(networks())
def test_units_of_a_domain_are_dead_where_they_are_in_every_cell(network):
    cx = pr.enumerate_regions(network, BOX)
    found = study.units_on_domain(cx)
    inside = [region.interior_point for region in cx]
    wanted = constant(network, [digits_at(network, point) for point in inside])
    assert [found.dead, found.always_on] == wanted


@settings(max_examples=60, deadline=None)
@given(networks(), st.lists(st.tuples(*[st.integers(-8, 8)] * 2), min_size=1))
def test_units_of_data_are_dead_where_they_are_at_every_point(network, eighths):
    X = np.array(eighths) / 8  # many points exactly on a breakpoint
    found = study.units_on_data(network, X)
    wanted = constant(network, [digits_at(network, point) for point in X.tolist()])
    assert [found.dead, found.always_on] == wanted


def test_rounding_does_not_decide_a_unit():
    # The unit is 2^-60 at the point: 1 + 2^-60 - 1, which float64 rounds to 0.
    layers = [([[1.0, 0], [0, 1.0]], [0, 0]), ([[1.0, 1.0]], [-1.0]), ([[1.0]], [0])]
    network, tiny = pr.Network(layers), 2.0**-60
    on = study.units_on_data(network, np.array([[1.0, tiny]]))
    off = study.units_on_data(network, np.array([[1.0, 0.0]]))
    assert (on.dead, on.always_on) == ((0, 0), (2, 1))
    assert (off.dead, off.always_on) == ((1, 1), (1, 0))


def test_a_dead_layer_is_dead_on_the_domain_and_on_its_data():
    layers = [([[1.0, 0], [0, 1]], [-5, -5]), ([[1.0, 2]], [1]), ([[1.0]], [0])]
    network = pr.Network(layers)
    row = study.Measures(dataset=DATA)(
        network=pr.Network([*layers[:2], ([[1.0], [0]], [0, 0])])
    )
    assert (row["dead_0"], row["dead_1"], row["always_on_1"]) == (2, 0, 1)
    assert (row["dead_on_data_0"], row["always_on_data_1"]) == (2, 1)
    assert row["activation"] == 1
    assert study.units_on_domain(pr.enumerate_regions(network, BOX)).dead == (2, 0)


# Local complexity -------------------------------------------------------------------


def test_local_complexity_counts_the_lines_that_meet_the_box():
    # One layer: a line w.x + b = 0 meets the open box iff |w.x + b| < r |w|_1.
    rng = np.random.default_rng(0)
    W, b = rng.normal(size=(30, 2)), rng.normal(size=30)
    network = pr.Network([(W, b), (np.ones((1, 30)), [0.0])])
    X = rng.uniform(-1, 1, (50, 2))
    met = np.abs(X @ W.T + b) < 0.2 * np.abs(W).sum(axis=1)
    found = study.local_complexity(network, X, 0.2)
    np.testing.assert_array_equal(found, met.sum(axis=1))
    assert found.max() > found.min()


def test_local_complexity_grows_with_the_box_and_is_zero_without_bends():
    network = pr.random_network([2, 8, 8, 1], seed=3)
    X = DATA.X[:10]
    small, large = (study.local_complexity(network, X, r) for r in (0.05, 0.5))
    assert (small <= large).all()
    assert small.sum() < large.sum()
    affine = pr.Network([([[1.0, 2]], [0])])
    assert study.local_complexity(affine, X, 0.5).tolist() == [0] * 10
