# SPDX-License-Identifier: MIT
"""Both engines against the plain exact reference: every activation, every degeneracy.

Equal in counts, patterns, flags, adjacency and linear regions, not only in number.
"""

from __future__ import annotations

import corpus
import numpy as np
import pytest
import reference as ref
from agreement import assert_agrees, domains, pair

import polyregions as pr


# Three dimensions cost the reference seconds a network: one seed there.
@pytest.mark.parametrize(
    ("d", "seed"), [(1, 0), (1, 1), (1, 2), (2, 0), (2, 1), (2, 2), (3, 0)]
)
@pytest.mark.parametrize("name", corpus.FAMILIES)
def test_degenerate_families_are_ordinary_input(name, d, seed):
    layers, slope = corpus.family(name, seed, d)
    net, plain = pair(layers, slope=slope)
    for domain, rows in domains(d):
        assert_agrees(net, plain, domain, rows)


@pytest.mark.parametrize("slope", [-1.0, -0.25, 0.0, 0.01, 1.0, 2.5])
@pytest.mark.parametrize(
    "shape", [(1, (4, 4)), (2, (4, 3)), (3, (3, 3)), (2, (3, 3, 2))]
)
def test_leaky_relu_of_any_slope(shape, slope):
    d, hidden = shape
    for layers in (corpus.uniform(d, hidden, 5), corpus.intw(d, hidden, 5)):
        net, plain = pair(layers, slope=slope)
        for domain, rows in domains(d, 2.0):
            assert_agrees(net, plain, domain, rows)


@pytest.mark.parametrize("activation", ["abs", "hardtanh", "relu6", "identity"])
@pytest.mark.parametrize(
    "shape", [(1, (4, 3)), (2, (3, 3)), (3, (3, 2)), (2, (2, 2, 2))]
)
def test_activations_with_any_number_of_breakpoints(shape, activation):
    d, hidden = shape
    for seed in range(2):
        for layers in (corpus.uniform(d, hidden, seed), corpus.intw(d, hidden, seed)):
            scaled = [(3 * np.asarray(w), 3 * np.asarray(b)) for w, b in layers]
            net, plain = pair(scaled, activation)
            for domain, rows in domains(d, 2.0):
                assert_agrees(net, plain, domain, rows)


@pytest.mark.parametrize("seed", range(4))
def test_units_of_one_layer_may_have_different_activations(seed):
    steps = pr.PiecewiseLinear((-1.0, 0.5, 2.0), (0.0, -1.5, 0.25, 1.0), anchor=0.75)
    relu, tanh = pr.PiecewiseLinear((0.0,), (0.0, 1.0)), "hardtanh"
    layers = corpus.intw(2, (4, 3), seed)
    net = pr.Network(layers, [[steps, tanh, relu, "abs"], ["identity", "relu", steps]])
    unit = ref.unit((-1.0, 0.5, 2.0), (0.0, -1.5, 0.25, 1.0), 0.75)
    one = {"relu": ref.relu(1)[0], "abs": ref.absolute(1)[0]}
    plain = ref.network(
        layers,
        [
            [unit, ref.hardtanh(1)[0], one["relu"], one["abs"]],
            [ref.identity(1)[0], one["relu"], unit],
        ],
    )
    for domain, rows in domains(2, 3.0):
        assert_agrees(net, plain, domain, rows)


@pytest.mark.parametrize("name", corpus.DEFINITIONS)
def test_networks_that_separate_the_definitions_agree_cell_by_cell(name):
    known = corpus.DEFINITIONS[name]
    net, plain = pair(known.layers)
    for domain, rows in domains(net.n_inputs):
        assert_agrees(net, plain, domain, rows)


@pytest.mark.parametrize("row", corpus.SAT[:3])
def test_neighbours_of_sat_networks_differ_in_several_bits(row):
    clauses, n, *_ = row
    net, plain = pair(corpus.sat(clauses, n))
    assert_agrees(net, plain, pr.Domain.all(n), [], engines=("rational",))
    cx = pr.enumerate_regions(net, pr.Domain.all(n))
    flips = (cx.patterns[cx.adjacency[:, 0]] != cx.patterns[cx.adjacency[:, 1]]).sum(1)
    assert flips.max() > 1


def test_equal_maps_without_contact_are_not_merged():
    # Merging by the hash of the map alone would give the number of distinct maps.
    known = corpus.DEFINITIONS["hat"]
    cx = pr.enumerate_regions(pr.Network(known.layers), pr.Domain.all(1))
    assert len(cx.linear_regions()) == 4
    assert len(set(cx.map_labels.tolist())) == 3


@pytest.mark.parametrize("seed", range(6))
def test_polytopes_cut_by_their_own_units(seed):
    # Domain rows that are multiples of unit hyperplanes, and redundant ones.
    layers = corpus.intw(2, (5, 4), seed)
    net, plain = pair(layers)
    W, b = (np.asarray(a, dtype=float) for a in layers[0])
    A = np.concatenate([-W[:2], np.eye(2), -np.eye(2), [[1.0, 1.0]]])
    right = np.concatenate([b[:2], [3, 3, 3, 3], [100.0]])
    rows = [(tuple(-a), c) for a, c in zip(A, right, strict=True) if np.any(a)]
    domain = pr.Domain.polytope(A, right)
    if not domain.is_empty and domain.own_dim == 2:
        assert_agrees(net, plain, domain, rows)
    else:
        assert ref.counts(plain, rows).activation == 0
