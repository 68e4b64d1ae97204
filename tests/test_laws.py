# SPDX-License-Identifier: MIT
"""Laws that hold for every network: hypothesis draws random and degenerate ones."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from math import comb

import corpus
import numpy as np
from agreement import FAST_ENGINES, applicable
from effort import DERANDOMIZED, examples
from hypothesis import given, settings
from hypothesis import strategies as st

import polyregions as pr

settings.register_profile(
    "laws", deadline=None, max_examples=examples(60), derandomize=DERANDOMIZED
)
settings.load_profile("laws")

SHIFTED = pr.PiecewiseLinear((0.5,), (0.25, 1.0), anchor=0.5)  # one break, not at 0
NAMES = ("relu", "leaky_relu", "abs", "hardtanh", "relu6", SHIFTED)


@st.composite
def networks(draw, max_inputs=3, max_width=5, max_depth=3, names=NAMES):
    """Random networks, about half of them with small integer weights."""
    d = draw(st.integers(1, max_inputs))
    hidden = draw(st.lists(st.integers(1, max_width), min_size=1, max_size=max_depth))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    integer = draw(st.booleans())
    sizes = [d, *hidden, draw(st.integers(1, 2))]
    layers = []
    for n_in, n_out in pairwise(sizes):
        if integer:
            weight, bias = (
                rng.integers(-2, 3, (n_out, n_in)),
                rng.integers(-2, 3, n_out),
            )
        else:
            weight, bias = rng.normal(size=(n_out, n_in)), rng.normal(size=n_out)
        layers.append((weight.astype(float), bias.astype(float)))
    name = draw(st.sampled_from(names))
    return pr.Network(layers, name, negative_slope=0.125)


@st.composite
def cases(draw, **options):
    """A network with a domain: all of R^d, a box, or a half-space of it."""
    net = draw(networks(**options))
    d = net.n_inputs
    kind = draw(st.sampled_from(("all", "box", "polytope")))
    if kind == "all":
        return net, pr.Domain.all(d)
    if kind == "box":
        return net, pr.Domain.box(-1, 2, dim=d)
    return net, pr.Domain.polytope([[1.0] * d], [1.0])


def layers_of(net):
    return [(layer.weight, layer.bias) for layer in net.layers]


def rebuilt(net, layers):
    return pr.Network(layers, [layer.activation for layer in net.layers[:-1]])


def exact_pattern(net, point):
    """Digits at a point with Fractions: breakpoints strictly below each value."""
    value, digits = [Fraction(v) for v in point], []
    for layer in net.layers[:-1]:
        z = [
            sum((Fraction(w) * v for w, v in zip(row, value, strict=True)), Fraction(b))
            for row, b in zip(layer.weight.tolist(), layer.bias.tolist(), strict=True)
        ]
        value = []
        for unit, act in zip(z, layer.activation, strict=True):
            breaks = [Fraction(t) for t in act.breakpoints]
            if breaks:
                digits.append(sum(t < unit for t in breaks))
            value.append(_activated(act, breaks, unit))
    return digits


def _activated(act, breaks, z):
    if not breaks:
        return Fraction(act.anchor) + Fraction(act.slopes[0]) * z
    out = Fraction(act.anchor) + Fraction(act.slopes[0]) * min(
        z - breaks[0], Fraction(0)
    )
    for k, start in enumerate(breaks):
        end = breaks[k + 1] if k + 1 < len(breaks) else None
        step = max(z - start, Fraction(0))
        out += Fraction(act.slopes[k + 1]) * (
            step if end is None else min(step, end - start)
        )
    return out


@given(cases())
def test_the_definitions_are_nested(case):
    c = pr.count_regions(*case, definitions="all")
    assert c.affine <= c.linear_closed <= c.linear <= c.activation
    assert list(c.per_layer) == sorted(c.per_layer)
    assert c.per_layer[-1] == c.activation


@given(cases())
def test_the_point_of_a_cell_has_its_pattern_exactly(case):
    net, domain = case
    cx = pr.enumerate_regions(net, domain)
    for i in range(0, len(cx), 1 + len(cx) // 12):
        cell = cx[i]
        assert exact_pattern(net, cell.interior_point) == cx.patterns[i].tolist()
        assert cell.contains(cell.interior_point)


@given(cases(), st.integers(0, 2**32 - 1))
def test_every_sample_lies_in_exactly_one_cell(case, seed):
    net, domain = case
    cx = pr.enumerate_regions(net, domain)
    X = np.random.default_rng(seed).uniform(-1, 1, (8, net.n_inputs)) / net.n_inputs
    ids = cx.locate(X)
    for x, i in zip(X, ids, strict=True):
        closed = [k for k in range(len(cx)) if cx[k].contains(x, closed=True)]
        assert i == closed[0]
        inside = [k for k in closed if cx[k].contains(x)]
        assert len(inside) == (len(closed) == 1)


@given(cases(), st.integers(0, 2**32 - 1))
def test_permuted_units_give_the_same_counts(case, seed):
    net, domain = case
    rng, layers = np.random.default_rng(seed), layers_of(net)
    for k in range(len(layers) - 1):
        order = rng.permutation(len(layers[k][1]))
        (weight, bias), (after, bias_after) = layers[k], layers[k + 1]
        layers[k], layers[k + 1] = (
            (weight[order], bias[order]),
            (
                after[:, order],
                bias_after,
            ),
        )
    assert_same_counts(net, rebuilt(net, layers), domain)


@given(cases(names=("relu", "leaky_relu", "abs")), st.integers(0, 2**32 - 1))
def test_positive_scaling_of_a_unit_gives_the_same_counts(case, seed):
    net, domain = case
    rng, layers = np.random.default_rng(seed), layers_of(net)
    for k in range(len(layers) - 1):
        factor = 2.0 ** rng.integers(-9, 10, len(layers[k][1]))
        (weight, bias), (after, bias_after) = layers[k], layers[k + 1]
        layers[k] = (weight * factor[:, None], bias * factor)
        layers[k + 1] = (after / factor, bias_after)
    assert_same_counts(net, rebuilt(net, layers), domain)


@given(networks(), st.integers(0, 2**32 - 1))
def test_an_integer_unimodular_change_of_input_gives_the_same_counts(net, seed):
    rng, d = np.random.default_rng(seed), net.n_inputs
    change = np.eye(d)
    for _ in range(4):
        i, j = rng.integers(0, d, 2)
        if i != j:
            change[i] += rng.integers(-2, 3) * change[j]
    layers = layers_of(net)
    weight = [
        [
            sum(Fraction(a) * int(c) for a, c in zip(row, column, strict=True))
            for column in change.T
        ]
        for row in layers[0][0]
    ]
    as_float = np.asarray([[float(v) for v in row] for row in weight])
    if any(Fraction(float(v)) != v for row in weight for v in row):
        # Not representable: use weights of few bits, for which the change is exact.
        layers[0] = (np.round(layers[0][0] * 8) / 8, layers[0][1])
        net, as_float = rebuilt(net, layers), layers[0][0] @ change
    moved = rebuilt(net, [(as_float, layers[0][1]), *layers[1:]])
    assert_same_counts(net, moved, pr.Domain.all(d))


@given(cases(max_inputs=2, max_width=4))
def test_all_engines_give_the_same_complex(case):
    a = pr.enumerate_regions(*case, engine="rational")
    for engine in applicable(("highs", *FAST_ENGINES), *case):
        b = pr.enumerate_regions(*case, engine=engine)
        assert np.array_equal(a.packed_patterns, b.packed_patterns)
        assert np.array_equal(a.on_breakpoint, b.on_breakpoint)
        assert np.array_equal(a.adjacency, b.adjacency)
        assert a.per_layer == b.per_layer


@given(cases(max_inputs=5, max_width=6))
@settings(max_examples=examples(300))
def test_the_fast_engines_agree_with_exact_integers(case):
    for engine in applicable(FAST_ENGINES, *case):
        a = pr.enumerate_regions(*case, engine="rational")
        b = pr.enumerate_regions(*case, engine=engine)
        assert np.array_equal(a.packed_patterns, b.packed_patterns)
        assert np.array_equal(a.on_breakpoint, b.on_breakpoint)
        assert a.per_layer == b.per_layer
        counted = pr.count_regions(*case, definitions="activation", engine=engine)
        assert counted.activation == len(a)
        assert counted.per_layer == a.per_layer


@given(networks(max_depth=2))
def test_cells_of_all_of_space_have_at_most_2n_neighbours_on_average(net):
    cx = pr.enumerate_regions(net, pr.Domain.all(net.n_inputs))
    # Gaines and Bi (2026)
    assert 2 * len(cx.adjacency) <= 2 * net.n_inputs * len(cx)


@given(st.integers(1, 4), st.integers(1, 7), st.integers(0, 2**32 - 1))
def test_one_generic_hidden_layer_has_zaslavskys_number(d, n, seed):
    net = pr.random_network([d, n, 1], seed)
    counts = pr.count_regions(net, pr.Domain.all(d), definitions="activation")
    assert counts.activation == sum(comb(n, i) for i in range(d + 1))


@given(cases(max_inputs=2, max_width=4, max_depth=2))
def test_every_facet_inside_the_domain_is_owned_by_exactly_two_cells(case):
    net, domain = case
    cx = pr.enumerate_regions(net, domain)
    walls = domain.core.rows()
    inner = 0
    for cell in cx:
        for *u, s in cell.exact_restrictions:
            on_boundary = any(_parallel((-s, *(-v for v in u)), row) for row in walls)
            inner += not on_boundary
    assert inner == 2 * len(cx.adjacency)


def _parallel(a, b):
    lead = next(k for k in range(1, len(a)) if a[k] or b[k])
    return a[lead] * b[lead] > 0 and all(
        x * b[lead] == y * a[lead] for x, y in zip(a, b, strict=True)
    )


def assert_same_counts(net, other, domain):
    first = pr.count_regions(net, domain, definitions="all")
    second = pr.count_regions(other, domain, definitions="all")
    for name in ("activation", "linear", "linear_closed", "affine", "per_layer"):
        assert getattr(first, name) == getattr(second, name)


@given(
    st.sampled_from(sorted(corpus.FAMILIES)), st.integers(1, 4), st.integers(3, 10**6)
)
@settings(max_examples=examples(150))
def test_degenerate_families_agree_between_fast_engines_and_integers(name, d, seed):
    layers, slope = corpus.family(name, seed, d)
    net = pr.Network(
        layers, "leaky_relu", negative_slope=0.0 if slope is None else slope
    )
    for domain in (pr.Domain.all(d), pr.Domain.box(-1, 1, dim=d)):
        a = pr.enumerate_regions(net, domain, engine="rational")
        for engine in applicable(FAST_ENGINES, net, domain):
            b = pr.enumerate_regions(net, domain, engine=engine)
            assert np.array_equal(a.packed_patterns, b.packed_patterns)
            assert np.array_equal(a.on_breakpoint, b.on_breakpoint)
            assert a.per_layer == b.per_layer
