# SPDX-License-Identifier: MIT
"""Laws of the three operations, and the pipelines that they make up."""

from fractions import Fraction
from functools import partial, reduce
from itertools import product

import corpus
import numpy as np
import pytest
import reference as ref
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from pairs import UNITS, assert_same_cells, pair, random_layers
from refusals import refused

import polyregions as pr
from polyregions.errors import InvalidArgumentError

Region = pr.ActivationRegion
law = partial(settings, max_examples=examples(25), deadline=None)

small = st.integers(-4, 4)
rationals = st.fractions(-3, 3, max_denominator=12)
ACTIVATIONS = {  # options of cut; the same unit in the reference
    "relu": ({}, ref.relu(1)[0]),
    "abs": ({"activation": "abs"}, ref.absolute(1)[0]),
    "hardtanh": ({"activation": "hardtanh"}, ref.hardtanh(1)[0]),
    "relu6": ({"activation": "relu6"}, ref.relu6(1)[0]),
    "leaky_relu": (
        {"activation": "leaky_relu", "negative_slope": 0.3},
        ref.leaky_relu(1, 0.3)[0],
    ),
}


@st.composite
def regions(draw, dim, around=None, n_values=1):
    """A region with a rational point inside: each row leaves some room there."""
    centre = around or draw(st.tuples(*[rationals] * dim))
    rows = []
    for _ in range(draw(st.integers(0, 5))):
        u = draw(st.tuples(*[small] * dim))
        room = draw(st.sampled_from([Fraction(1, 9), 1, 2, 5]))
        rows.append((*u, -sum(a * c for a, c in zip(u, centre, strict=True)) - room))
    values = draw(
        st.lists(
            st.tuples(*[rationals] * (dim + 1)), min_size=n_values, max_size=n_values
        )
    )
    return Region(rows, values)


dims = st.integers(1, 3)
single = dims.flatmap(regions)
several = dims.flatmap(lambda d: st.lists(regions(d), min_size=3, max_size=3))


def shape(region):
    """The facets as coprime integers: equal for equal full-dimensional sets."""
    return region and sorted(region.exact_restrictions)


def same(one, other):
    """Equal shapes and equal values; None equals None."""
    if one is None or other is None:
        return one is other
    return shape(one) == shape(other) and one.exact_value == other.exact_value


def value_at(row, point):
    return sum(a * v for a, v in zip(row, (*point, 1), strict=True))


def opened(region):
    """Rows a @ x + c > 0 of the open cell, for the reference."""
    return [(*(-u for u in row[:-1]), -row[-1]) for row in region.exact_restrictions]


# Laws --------------------------------------------------------------------------------


@given(single)
@law()
def test_every_restriction_that_is_kept_is_needed(region):
    rows = opened(region)
    for row in rows:
        others = [other for other in rows if other != row]
        back = [tuple(-v for v in row)]
        assert ref.strictly_feasible(others, back, d=region.dim) is not None
    assert all(value_at(row, region.interior_point) > 0 for row in rows)


@given(several)
@law()
def test_the_intersection_is_what_the_linear_program_says(parts):
    both = pr.intersect(parts)
    rows = [row for part in parts for row in opened(part)]
    if both is None:
        assert ref.strictly_feasible(rows, d=parts[0].dim) is None
        return
    assert all(value_at(row, both.interior_point) > 0 for row in rows)
    assert set(opened(both)) <= set(rows)
    for row in rows:
        back = [tuple(-v for v in row)]
        assert ref.strictly_feasible(opened(both), back, d=both.dim) is None


@given(several, st.permutations(range(3)), st.tuples(*[rationals] * 3))
@law()
def test_intersect_does_not_depend_on_the_order_of_its_operands(parts, order, weights):
    moved = pr.intersect([parts[k] for k in order], [weights[k] for k in order])
    assert same(pr.intersect(parts, weights), moved)


@given(several)
@law()
def test_intersect_may_be_grouped(parts):
    a, b, c = parts
    left, right = pr.intersect([a, b]), pr.intersect([b, c])
    left = left and pr.intersect([left, c])
    right = right and pr.intersect([a, right])
    whole = pr.intersect(parts)
    assert same(left, whole)
    assert same(right, whole)


@given(single, rationals)
@law()
def test_a_region_meets_itself_in_itself(region, share):
    assert same(pr.intersect([region, region], [share, 1 - share]), region)
    everything = Region([], [0] * (region.dim + 1))
    assert same(pr.intersect([everything, region], [share, 1]), region)


@given(dims.flatmap(lambda d: st.tuples(regions(d, n_values=3), regions(d))))
@law()
def test_weighting_a_list_of_values_is_weighting_each(pair_):
    many, one = pair_
    both = pr.intersect([many, one])
    if both is None:
        return
    rows = [*many.exact_value, *one.exact_value]
    weights = [Fraction(1, 3), -2, 0.5, Fraction(7, 5)]
    columns = zip(*rows, strict=True)
    exact = [*map(Fraction, weights)]
    total = [sum(w * v for w, v in zip(exact, c, strict=True)) for c in columns]
    assert both.exact_value == rows
    assert pr.intersect([both], weights).exact_value == [tuple(total)]
    assert pr.intersect([many, one], weights).exact_value == [tuple(total)]


@given(single, rationals, rationals)
@law()
def test_additions_add_up(region, first, second):
    twice = pr.add(pr.add(region, first), second)
    assert same(twice, pr.add(region, first + second))
    assert same(pr.add(twice, -(first + second)), region)


@given(
    dims.flatmap(
        lambda d: st.tuples(
            regions(d), st.lists(st.tuples(*[rationals] * d), min_size=1, max_size=6)
        )
    ),
    st.sampled_from(sorted(ACTIVATIONS)),
)
@law(max_examples=examples(60))
def test_the_pieces_of_a_cut_are_disjoint_and_cover_and_have_the_activations_value(
    drawn, name
):
    region, points = drawn
    options, unit = ACTIVATIONS[name]
    pieces = pr.cut(region, **options)
    assert len(pieces) >= 1
    (value,) = region.exact_value
    for point in [*points, *(piece.interior_point for piece in pieces)]:
        if not region.contains(point):
            assert not any(piece.contains(point) for piece in pieces)
            continue
        z = value_at(value, point)
        holding = [piece for piece in pieces if piece.contains(point)]
        closed = [piece for piece in pieces if piece.contains(point, closed=True)]
        if z in unit.breakpoints and any(value[:-1]):  # on a wall
            assert (len(holding), len(closed)) in {(0, 2), (0, 1)}
        else:
            assert len(holding) == len(closed) == 1
            below = sum(t < z for t in unit.breakpoints)
            levels = [value_at(value, p.interior_point) for p in pieces]
            ranks = [sum(t < level for t in unit.breakpoints) for level in levels]
            assert holding[0] is pieces[ranks.index(below)]
            assert ranks == sorted(set(ranks))  # from the lowest piece up
        for piece in closed:  # continuous: on walls both pieces have this value
            assert value_at(piece.exact_value[0], point) == unit(z)


@given(single, st.sampled_from(sorted(ACTIVATIONS)))
@law()
def test_a_cut_keeps_a_piece_exactly_where_it_has_an_interior(region, name):
    options, unit = ACTIVATIONS[name]
    (value,) = region.exact_value
    ts = unit.breakpoints
    wanted = 0
    for k in range(len(ts) + 1):
        rows = opened(region)
        if not any(value[:-1]):  # constant: on a breakpoint the piece is the lower one
            wanted += k == sum(t < value[-1] for t in ts)
            continue
        if k > 0:
            rows.append(ref.primitive([*value[:-1], value[-1] - ts[k - 1]]))
        if k < len(ts):
            rows.append(ref.primitive([*(-v for v in value[:-1]), ts[k] - value[-1]]))
        wanted += ref.strictly_feasible(rows, d=region.dim) is not None
    assert len(pr.cut(region, **options)) == wanted


@given(single, st.integers(1, 5))
@law()
def test_relu_commutes_with_positive_factors(region, factor):
    scaled = pr.intersect([region], [Fraction(factor, 3)])
    for one, other in zip(pr.cut(region), pr.cut(scaled), strict=True):
        assert same(pr.intersect([one], [Fraction(factor, 3)]), other)


@given(single)
@law()
def test_cutting_again_changes_nothing(region):
    for piece in pr.cut(region):
        (again,) = pr.cut(piece)
        assert same(again, piece)


# The pipeline, written with the three operations -------------------------------------


def inputs_of(dim):
    """The neurons of the input layer: the coordinates, on the whole space."""
    eye = np.eye(dim, dtype=int).tolist()
    return [Region([], (*row, 0)) for row in eye]


def pairwise_pipeline(layers, domain, activation):
    """Wang's section 3 with lists of values: the regions of the output."""
    dim = len(layers[0][0][0])
    cells = [pr.intersect([*inputs_of(dim), domain], None)]
    cells = [Region(cell.exact_restrictions, cell.exact_value[:-1]) for cell in cells]
    for weight, bias in layers[:-1]:
        neurons = [
            [
                piece
                for cell in cells
                for piece in pr.cut(
                    pr.add(pr.intersect([cell], row), b), activation=activation
                )
            ]
            for row, b in zip(weight, bias, strict=True)
        ]
        cells = reduce(
            lambda left, right: [
                both
                for pair_ in product(left, right)
                if (both := pr.intersect(pair_)) is not None
            ],
            neurons,
        )
    (row,), (b,) = layers[-1]
    return [pr.add(pr.intersect([cell], row), b) for cell in cells]


def all_combinations(neurons, row, b):
    """Add(Intersect(c_1, .., c_n, weights), bias) over all combinations: (3.2)."""
    for chosen in product(*neurons):
        both = pr.intersect(chosen, row)
        if both is not None:
            yield pr.add(both, b)


def first_pipeline(layers, domain, activation):
    """As first described: a neuron takes every combination of regions before it."""
    dim = len(layers[0][0][0])
    neurons = [[pr.intersect([c, domain], [1, 0])] for c in inputs_of(dim)]
    for weight, bias in layers[:-1]:
        neurons = [
            [
                piece
                for cell in all_combinations(neurons, row, b)
                for piece in pr.cut(cell, activation=activation)
            ]
            for row, b in zip(weight, bias, strict=True)
        ]
    (row,), (b,) = layers[-1]
    return [*all_combinations(neurons, row, b)]


TINY = {
    "one layer": (random_layers(0, 2, 3, 1), "relu"),
    "two layers": (random_layers(1, 2, 3, 2, 1), "relu"),
    "three layers": (random_layers(2, 2, 2, 2, 2, 1), "relu"),
    "an input": (random_layers(3, 1, 4, 3, 1), "abs"),
    "hardtanh": (random_layers(4, 2, 2, 2, 1), "hardtanh"),
    "dead": ([(w, -1 - abs(np.asarray(b))) for w, b in random_layers(5, 2, 3, 2, 1)],)
    * 1
    + ("relu",),
    "max_min": (corpus.DEFINITIONS["max_min"].layers, "relu"),
    "wedges": (corpus.DEFINITIONS["wedges"].layers, "relu"),
}


@pytest.mark.parametrize("pipeline", [pairwise_pipeline, first_pipeline])
@pytest.mark.parametrize("name", TINY)
def test_the_pipeline_written_in_python_finds_the_same_activation_regions(
    name, pipeline
):
    layers, activation = TINY[name]
    net, twin = pair(layers, activation)
    box = pr.Domain.box(-1, 1, net.n_inputs)
    cx = pr.enumerate_regions(net, box)
    rows = [
        (*(s * (i == k) for i in range(net.n_inputs)), -1)
        for k in range(net.n_inputs)
        for s in (1, -1)
    ]
    domain = Region(rows, [0] * (net.n_inputs + 1))
    found = pipeline(layers, domain, activation)
    by_pattern = {twin.digits(region.interior_point): region for region in found}
    assert len(by_pattern) == len(found)
    assert sorted(by_pattern) == [*map(tuple, cx.patterns.tolist())]
    for cell in cx:
        assert same(by_pattern[tuple(cell.pattern.tolist())], cell)


# The package's own pipelines ---------------------------------------------------------

PIPELINES = {
    **TINY,
    "intgrid": (corpus.DEGENERATE["intgrid"].layers, "relu"),
    "cancel": (corpus.DEGENERATE["cancel"].layers, "relu"),
    "zerow": (corpus.DEGENERATE["zerow"].layers, "relu"),
    "xor": (corpus.sat(corpus.XOR, 2), "relu"),
    "outputs": (random_layers(6, 3, 3, 2, 2), "relu"),
    "relu6": ([(3 * w, 3 * b) for w, b in random_layers(7, 2, 3, 2, 1)], "relu6"),
}


@pytest.mark.parametrize("form", pr.pipeline.FORMS)
@pytest.mark.parametrize("boxed", [False, True])
@pytest.mark.parametrize("name", PIPELINES)
def test_both_forms_of_the_papers_pipeline_agree_with_the_rational_engine(
    name, boxed, form
):
    layers, activation = PIPELINES[name]
    net, d = pr.Network(layers, activation), len(layers[0][0][0])
    domain = pr.Domain.box(-1, 1, d) if boxed else pr.Domain.all(d)
    cx = pr.pipeline.run_pipeline(net, domain, form=form)
    exact = pr.enumerate_regions(net, domain, engine="rational")
    assert (cx.engine, cx.status) == ("highs", "complete")
    for column in ("patterns", "on_breakpoint", "adjacency", "map_labels"):
        assert getattr(cx, column).tolist() == getattr(exact, column).tolist()
    assert cx.per_layer == exact.per_layer
    assert [r.exact_value for r in cx] == [r.exact_value for r in exact]
    assert all(r.contains(r.interior_point) for r in cx)
    twin = ref.network(layers, UNITS[activation])
    assert_same_cells(cx, twin, ref.box(-1, 1, d) if boxed else ())


@pytest.mark.parametrize("form", pr.pipeline.FORMS)
def test_the_pipelines_work_on_flat_and_empty_domains(form):
    net = pr.Network(random_layers(1, 2, 3, 2, 1))
    flat = pr.Domain.polytope([[3, 7], [-3, -7]], [1, -1])
    cx = pr.pipeline.run_pipeline(net, flat, form=form)
    assert cx.patterns.tolist() == pr.enumerate_regions(net, flat).patterns.tolist()
    empty = pr.Domain.polytope([[0, 0]], [-1])
    assert len(pr.pipeline.run_pipeline(net, empty, form=form)) == 0


def test_a_pipeline_stops_at_its_time():
    net = pr.random_network([6, 12, 12, 1], seed=0)
    for form in pr.pipeline.FORMS:
        cx = pr.pipeline.run_pipeline(
            net, pr.Domain.all(6), form=form, max_seconds=0.05
        )
        assert cx.status == "budget"
        assert cx.seconds < 5


def test_malformed_pipelines_are_refused():
    net, plane = pr.random_network([2, 2, 1], seed=0), pr.Domain.all(2)
    run = pr.pipeline.run_pipeline
    refused("pairwise, comb", InvalidArgumentError, run, net, plane, form="all")
    refused("max_seconds=0", InvalidArgumentError, run, net, plane, max_seconds=0)
    refused(
        *("domain has 3 inputs", pr.errors.InvalidDomainError, run, net),
        pr.Domain.all(3),
    )
    refused("Network and a Domain", InvalidArgumentError, run, "net", plane)
