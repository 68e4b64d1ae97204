# SPDX-License-Identifier: MIT
"""Networks without biases, and products of half-lines: coordinates that are dropped.

The dictionary engine searches slices of central networks, and forgets the coordinates
of dead units where every first unit is a coordinate; exact integers know neither.
"""

import numpy as np
import pytest
from agreement import assert_same_complex, assert_same_counts

import polyregions as pr

SHAPES = [
    (2, 1, 2),
    (2, 2, 2),
    (3, 1),
    (3, 3, 3),
    (2, 3, 1, 3),
    (4, 2, 3),
    (3, 2, 1, 2),
]
shapes = pytest.mark.parametrize("hidden", SHAPES, ids=str)


def network(d, hidden, seed, *, biases=0, **activation):
    """Weights in {-2..2} or uniform; the first `biases` layers have biases."""
    rng = np.random.default_rng([seed, d, *hidden])
    layers = []
    for n, m in zip((d, *hidden), (*hidden, 2), strict=True):
        draw = rng.integers(-2, 3, (m, n)) if seed % 2 else rng.uniform(-1, 1, (m, n))
        bias = rng.uniform(-1, 1, m) * (len(layers) < biases)
        layers.append((draw.astype(float), bias))
    return pr.Network(layers, **(activation or {"activation": "relu"}))


def assert_same(net, domain):
    """Patterns, neighbours, all counts, and points inside cell and domain."""
    truth = pr.enumerate_regions(net, domain, engine="rational")
    counts = pr.count_regions(net, domain, definitions="all", engine="rational")
    cx = pr.enumerate_regions(net, domain, engine="dictionary")
    assert_same_complex(cx, truth)
    assert_same_counts(net, domain, "dictionary", counts)
    assert cx.locate(cx.interior_points).tolist() == list(range(len(cx)))


@shapes
@pytest.mark.parametrize("d", [1, 2, 3])
def test_central_networks_on_all_of_space_and_on_a_box(hidden, d):
    for seed in range(12):
        net = network(d, hidden, seed)
        assert_same(net, pr.Domain.all(d))
        assert_same(net, pr.Domain.box(-0.5, 2, dim=d))


@shapes
def test_central_networks_of_other_activations(hidden):
    for seed in range(6):
        leaky = network(2, hidden, seed, activation="leaky_relu", negative_slope=0.25)
        assert_same(leaky, pr.Domain.all(2))
        assert_same(network(3, hidden, seed, activation="abs"), pr.Domain.all(3))


@shapes
@pytest.mark.parametrize("biases", [1, 9])
def test_as_many_inputs_as_first_units(hidden, biases):
    for seed in range(8):
        d = hidden[0]
        assert_same(network(d, hidden, seed, biases=biases), pr.Domain.all(d))


def test_a_domain_with_the_centre_on_its_boundary_is_cut_by_it():
    for seed in range(12):
        net = network(2, (3, 3), seed)
        assert_same(net, pr.Domain.box(0, 1, dim=2))
        assert_same(net, pr.Domain.polytope([[1.0, 1.0]], [0.0]))
        assert_same(net, pr.Domain.box(1, 2, dim=2))


def test_mixed_first_units_are_no_product():
    # The third unit is active on all of its side, whatever the two coordinates say.
    first = [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], [0.0, 0.0, 5.0]
    second = [[1.0, -1.0, 1.0], [0.5, 1.0, -1.0]], [-1.0, 0.25]
    net = pr.Network([first, second, ([[1.0, 1.0]], [0.0])], activation="relu")
    assert_same(net, pr.Domain.polytope([[-1.0, -1.0]], [4.0]))


@pytest.mark.parametrize("d", [6, 8])
def test_many_inputs_without_biases(d):
    rng = np.random.default_rng(d)
    hidden = [(rng.uniform(-1, 1, (d, d)), np.zeros(d)) for _ in range(2)]
    net = pr.Network([*hidden, (np.ones((1, d)), [0.0])], activation="relu")
    found = pr.count_regions(net, pr.Domain.all(d), definitions="activation")
    assert found.engine == "dictionary"
    assert found.decisions["exact"] == 0
    # Every orthant of the first units; in it one sign a live second unit or two.
    inside = pr.count_regions(
        net, pr.Domain.box(-1, 1, dim=d), definitions="activation"
    )
    assert inside.activation == found.activation
    assert inside.per_layer == found.per_layer == (2**d, found.activation)
