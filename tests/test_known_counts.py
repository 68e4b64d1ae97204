# SPDX-License-Identifier: MIT
"""Published and proved counts: the tables of the corpus, by every engine."""

from __future__ import annotations

from math import comb

import corpus
import numpy as np
import pytest
from agreement import (
    ALL_ENGINES,
    ENGINES,
    applicable,
    assert_agrees,
    domains,
    pair,
)

import polyregions as pr

both_engines = pytest.mark.parametrize("engine", ENGINES)


def same_complex(net: pr.Network, domain: pr.Domain) -> pr.RegionComplex:
    """The complex on which all engines that apply agree, cell by cell."""
    truth = pr.enumerate_regions(net, domain, engine="rational")
    for engine in applicable(ALL_ENGINES, net, domain):
        cx = pr.enumerate_regions(net, domain, engine=engine)
        assert np.array_equal(cx.packed_patterns, truth.packed_patterns)
        assert np.array_equal(cx.on_breakpoint, truth.on_breakpoint)
        assert np.array_equal(cx.adjacency, truth.adjacency)
        assert cx.per_layer == truth.per_layer
    return truth


def rows_up_to(table: dict, limit: int) -> list:
    return [
        (key, seed, count)
        for key, counts in table.items()
        for seed, count in enumerate(counts)
        if count <= limit
    ]


@pytest.mark.parametrize(("key", "seed", "count"), rows_up_to(corpus.UNIFORM, 1000))
def test_uniform_networks_have_their_known_counts(key, seed, count):
    d, hidden = key
    cx = same_complex(pr.Network(corpus.uniform(d, hidden, seed)), pr.Domain.all(d))
    assert len(cx) == cx.per_layer[-1] == count
    known = corpus.UNIFORM_LINEAR.get(key)
    assert known is None or len(cx.linear_regions()) == known[seed]


@pytest.mark.parametrize(("key", "seed", "count"), rows_up_to(corpus.TORCHD, 1000))
def test_torch_networks_have_their_known_counts(key, seed, count):
    d, hidden, out = key
    net = pr.Network(corpus.torchd(d, hidden, seed, out))
    assert len(same_complex(net, pr.Domain.box(-1, 1, dim=d))) == count


@pytest.mark.parametrize(("key", "seed", "count"), rows_up_to(corpus.INTW, 1000))
def test_integer_networks_have_their_known_counts(key, seed, count):
    d, hidden = key
    net = pr.Network(corpus.intw(d, hidden, seed))
    assert len(same_complex(net, pr.Domain.box(-2, 2, dim=d))) == count


def fast_rows(table: dict) -> list:
    """Known counts by engine: what each of the fast engines does in seconds."""
    return [
        (key, seed, count, engine)
        for engine, low, high, limit in (
            ("sweep", 1, 1, 400_000),
            ("vertex", 2, 4, 400_000),
            ("vertex", 5, 5, 2_000),
            ("dictionary", 2, 4, 12_000),
            ("dictionary", 5, 10, 600_000),
        )
        for key, seed, count in rows_up_to(table, limit)
        if low <= key[0] <= high and (engine != "dictionary" or max(key[1]) <= 64)
    ]


@pytest.mark.parametrize(("key", "seed", "count", "engine"), fast_rows(corpus.UNIFORM))
def test_fast_engines_find_the_known_counts_of_uniform_networks(
    key, seed, count, engine
):
    # d7 (12,12) seed 0: a careless pivot rule gives 554937; d10 (10,10) seed 0: HiGHS
    # alone gives 191045.
    d, hidden = key
    net, space = pr.Network(corpus.uniform(d, hidden, seed)), pr.Domain.all(d)
    counts = pr.count_regions(net, space, definitions="activation", engine=engine)
    assert counts.activation == count
    if count > 1000:
        assert_few_exact(counts)


@pytest.mark.parametrize(("key", "seed", "count", "engine"), fast_rows(corpus.TORCHD))
def test_fast_engines_find_the_known_counts_of_torch_networks(key, seed, count, engine):
    # d3 (64,64,64) seed 0 holds a sliver that a tolerance of 1e-9 loses.
    d, hidden, out = key
    net = pr.Network(corpus.torchd(d, hidden, seed, out))
    box = pr.Domain.box(-1, 1, dim=d)
    counts = pr.count_regions(net, box, definitions="activation", engine=engine)
    assert counts.activation == count
    assert_few_exact(counts)


def assert_few_exact(counts: pr.RegionCounts) -> None:
    """Generic networks leave next to nothing to exact integers."""
    d = counts.decisions
    assert d["exact"] <= 20 + 1e-4 * (d["filter"] + d["point"] + d["exact"])


@pytest.mark.parametrize(
    ("key", "seed", "count"),
    [row for row in rows_up_to(corpus.TORCHD, 12000) if row[2] > 1000],
)
def test_larger_known_counts_hold_for_the_rational_engine(key, seed, count):
    d, hidden, out = key
    net = pr.Network(corpus.torchd(d, hidden, seed, out))
    box = pr.Domain.box(-1, 1, dim=d)
    counts = pr.count_regions(net, box, definitions="activation", engine="rational")
    assert counts.activation == count


@pytest.mark.parametrize("name", corpus.DEGENERATE)
def test_degenerate_networks_have_their_known_counts(name):
    known = corpus.DEGENERATE[name]
    net, plain = pair(known.layers)
    (plane, no_rows), (box, rows) = domains(2)
    assert assert_agrees(net, plain, plane, no_rows).activation == known.plane
    counts = assert_agrees(net, plain, box, rows)
    assert (counts.activation, counts.linear) == (known.box, known.linear)


@both_engines
@pytest.mark.parametrize("name", corpus.DEFINITIONS)
def test_networks_that_separate_the_definitions_do(name, engine):
    known = corpus.DEFINITIONS[name]
    net = pr.Network(known.layers)
    d = net.n_inputs
    domain = pr.Domain.box(-1, 1, dim=d) if known.boxed else pr.Domain.all(d)
    c = pr.count_regions(net, domain, definitions="all", engine=engine)
    assert (c.activation, c.linear, c.linear_closed, c.affine) == (
        known.activation,
        known.linear,
        known.linear_closed,
        known.affine,
    )


@both_engines
@pytest.mark.parametrize("row", corpus.SAT)
def test_sat_networks_have_one_linear_region_and_2_to_the_n_a_solution(row, engine):
    clauses, n, solutions, linear, one_bit = row
    net = pr.Network(corpus.sat(clauses, n))
    count = pr.count_regions(net, pr.Domain.all(n), engine=engine).linear
    assert count == linear == 1 + 2**n * solutions
    assert count != one_bit  # what joining across single bits alone would give


@both_engines
def test_the_xor_network_has_9_linear_regions_of_7_maps(engine):
    net = pr.Network(corpus.sat(corpus.XOR, 2))
    c = pr.count_regions(net, pr.Domain.all(2), definitions="all", engine=engine)
    assert (c.linear, c.affine) == (9, 7)
    same_complex(net, pr.Domain.all(2))


@both_engines
@pytest.mark.parametrize(("folds", "n"), corpus.ZIGZAG)
def test_zigzag_networks_fold_every_coordinate(folds, n, engine):
    linear, affine = corpus.ZIGZAG[folds, n]
    net = pr.Network(corpus.zigzag(folds, n))
    c = pr.count_regions(net, pr.Domain.all(n), definitions="all", engine=engine)
    assert c.activation == c.linear == linear
    assert c.affine == affine
    assert len(same_complex(net, pr.Domain.all(n))) == linear


@both_engines
@pytest.mark.parametrize("d", range(1, 7))
def test_triangular_waves_have_2_to_the_d_regions(d, engine):
    peaks = corpus.dyadic_peaks(d + 1, seed=d)
    net = pr.Network(corpus.triangular(peaks, corpus.theorem_scales(peaks)))
    unit = pr.count_regions(net, pr.Domain.box(0, 1, dim=1), engine=engine)
    assert unit.activation == unit.linear == 2**d
    line = pr.count_regions(net, pr.Domain.all(1), engine=engine)
    assert line.activation == (3 if d == 1 else 2**d + 2)


@both_engines
def test_free_scales_can_cancel_a_kink(engine):
    arguments, (activation, linear) = corpus.TRIANGULAR_CANCEL
    net = pr.Network(corpus.triangular(*arguments))
    c = pr.count_regions(net, pr.Domain.box(0, 1, dim=1), engine=engine)
    assert (c.activation, c.linear) == (activation, linear)


def test_epoch_0_of_qi_and_wei_comes_out_layer_by_layer():
    layers = corpus.torchd(2, (16, 16, 16), 5, 2)
    box = pr.Domain.box(-1, 1, dim=2)
    leaky = pr.Network(layers, "leaky_relu", negative_slope=np.float32(0.01).item())
    assert same_complex(pr.Network(layers), box).per_layer == corpus.QI[16]
    assert len(same_complex(leaky, box)) == corpus.QI_LEAKY[16]


@both_engines
@pytest.mark.parametrize(("d", "n"), [(1, 9), (2, 8), (3, 7), (4, 6), (5, 5), (6, 4)])
def test_one_hidden_layer_has_zaslavskys_number(d, n, engine):
    net = pr.random_network([d, n, 1], seed=n)
    counts = pr.count_regions(net, pr.Domain.all(d), engine=engine)
    assert counts.activation == sum(comb(n, i) for i in range(d + 1))


@pytest.mark.parametrize(("d", "count"), corpus.ZASLAVSKY_16.items())
def test_sixteen_units_in_general_position(d, count):
    net = pr.random_network([d, 16, 1], seed=1)
    counts = pr.count_regions(net, pr.Domain.all(d), definitions="activation")
    assert counts.activation == count == sum(comb(16, i) for i in range(d + 1))


@both_engines
@pytest.mark.parametrize(("d", "n"), [(2, 7), (3, 6), (4, 5)])
def test_a_central_arrangement_has_its_closed_form(d, n, engine):
    layers = corpus.uniform(d, [n], 3)
    layers[0] = (layers[0][0], np.zeros(n))
    counts = pr.count_regions(pr.Network(layers), pr.Domain.all(d), engine=engine)
    assert counts.activation == 2 * sum(comb(n - 1, i) for i in range(d))


def test_inputs_beyond_the_rank_of_the_first_layer_change_nothing():
    # 2^6 orthants at least, in 784 dimensions; the same as in the 6 of the row space.
    net = pr.random_network([784, 6, 6, 1], seed=1)
    wide = pr.count_regions(net, pr.Domain.all(784))
    weight, bias = net.layers[0].weight, net.layers[0].bias
    rest = [(layer.weight, layer.bias) for layer in net.layers[1:]]
    small = pr.Network([(weight[:, :6], bias), *rest])
    narrow = pr.count_regions(small, pr.Domain.all(6))
    assert wide.per_layer == narrow.per_layer
    assert wide.per_layer[0] == 64
    assert wide.linear == narrow.linear
