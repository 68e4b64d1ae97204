# SPDX-License-Identifier: MIT
"""Zigzags, formulas as networks, and what separates definitions: exact counts."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import corpus
import numpy as np
import pytest
from effort import DERANDOMIZED, examples
from hypothesis import given, settings
from hypothesis import strategies as st
from refusals import refused

import polyregions as pr
from polyregions.errors import InvalidArgumentError

laws = settings(
    deadline=None, max_examples=examples(60), derandomize=DERANDOMIZED, database=None
)


def counted(net, definitions="all"):
    return pr.count_regions(
        net, pr.Domain.all(net.n_inputs), definitions=definitions, threads=1
    )


# --- zigzags --------------------------------------------------------------------------

# folds, inputs: affine maps, where they are known; else what follows from slopes
ZIGZAGS = {
    ((2,), 1): 2,
    ((3,), 1): 3,
    ((6,), 1): 6,
    ((3,), 2): 9,
    ((3, 3), 2): 46,
    ((5, 3), 2): 82,
    ((2, 2), 2): None,
    ((4, 2), 2): None,
    ((2, 4, 2), 1): None,
    ((3, 2, 5), 1): None,
    ((4, 3), 2): None,
    ((2,), 3): 8,
    ((3, 2), 3): None,
    ((2, 2, 2), 2): None,
}


@pytest.mark.parametrize(("folds", "n"), ZIGZAGS)
def test_zigzags_have_the_product_of_their_folds_under_every_definition(folds, n):
    net = pr.theory.zigzag_network(folds, n_inputs=n)
    assert net.widths == (n, *(p * n for p in folds), 1)
    expected = int(np.prod(folds)) ** n
    c = counted(net)
    # Two pieces of one map that touch would be one closed region: none does.
    assert c.activation == c.linear == c.linear_closed == expected
    assert c.affine == (ZIGZAGS[folds, n] or c.affine) <= expected
    layers = [int(np.prod(folds[: k + 1])) ** n for k in range(len(folds))]
    assert c.per_layer == tuple(layers)
    if min(folds) >= 2 and len(folds) > 1:
        b = pr.bounds(net)
        assert b["wang_2022_zigzag"].value == expected
        assert expected <= b.smallest_upper.value


@pytest.mark.parametrize(("folds", "n"), corpus.ZIGZAG)
def test_zigzags_are_those_of_the_corpus(folds, n):
    net = pr.theory.zigzag_network(folds, n_inputs=n)
    known = pr.Network(corpus.zigzag(folds, n))
    for layer, other in zip(net.layers, known.layers, strict=True):
        assert np.array_equal(layer.weight, other.weight)
        assert np.array_equal(layer.bias, other.bias)


@pytest.mark.parametrize("folds", [(2,), (3,), (4, 3), (5, 2, 2)])
def test_a_zigzag_goes_up_and_down_over_the_unit_interval(folds):
    net = pr.theory.zigzag_network(folds, n_inputs=1)
    total = int(np.prod(folds))
    # f(j / total) alternates between 0 and 1, from 0 at 0.
    points = np.array([[j / total] for j in range(total + 1)])
    assert np.allclose(net(points)[:, 0], np.arange(total + 1) % 2, atol=1e-12)
    cx = pr.enumerate_regions(net, pr.Domain.box(0, 1, dim=1))
    slopes = {abs(region.exact_value[0][0]) for region in cx.linear_regions()}
    assert slopes == {Fraction(total)}


def test_surplus_units_are_zero_and_change_nothing():
    net = pr.theory.zigzag_network([3, 2], n_inputs=2, widths=[2, 7, 9, 1])
    assert net.widths == (2, 7, 9, 1)
    c = counted(net)
    assert c.activation == c.linear == 36
    assert not net.layers[0].weight[6:].any()
    assert not net.layers[1].weight[4:].any()
    plain = pr.theory.zigzag_network([3, 2], n_inputs=2)
    x = np.random.default_rng(0).normal(size=(50, 2))
    assert np.array_equal(net(x), plain(x))


@pytest.mark.parametrize(
    ("folds", "options", "pattern"),
    [
        ([], {}, "folds is empty; pass one fold >= 2"),
        (3, {}, "folds is 3; pass a list of integers >= 2"),
        ("33", {}, "folds is '33'; pass a list"),
        ([3, 1], {}, r"folds\[1\] is 1; pass an integer >= 2"),
        ([2.0], {}, r"folds\[0\] is 2\.0; pass an integer"),
        ([True], {}, r"folds\[0\] is True; pass an integer"),
        ([3], {"n_inputs": 0}, "n_inputs is 0; pass an integer >= 1"),
        ([3], {"widths": [2, 5, 1]}, r"widths\[1\] is 5; 3 folds .* need 6 units"),
        ([3], {"widths": [2, 6, 6, 1]}, r"do not fit 1 folds .* pass \[2, 6, 1\]"),
        ([3], {"widths": [2, 6, 2]}, r"do not fit .* pass \[2, 6, 1\]"),
        ([3], {"widths": [3, 6, 1]}, r"do not fit .* pass \[2, 6, 1\]"),
    ],
)
def test_folds_that_make_no_zigzag_are_refused(folds, options, pattern):
    call = {"n_inputs": 2} | options
    refused(pattern, InvalidArgumentError, pr.theory.zigzag_network, folds, **call)


# --- formulas -------------------------------------------------------------------------


def solutions(clauses, n):
    """How many assignments satisfy every clause, one by one."""
    return sum(
        all(any(values[abs(i) - 1] == (i > 0) for i in clause) for clause in clauses)
        for values in product((False, True), repeat=n)
    )


@st.composite
def formulas(draw, most=4):
    """Clauses with units, repeated and contradictory literals, some of them empty."""
    n = draw(st.integers(2, most))
    literal = st.integers(1, n).flatmap(lambda i: st.sampled_from((i, -i)))
    return draw(st.lists(st.lists(literal, max_size=5), max_size=6)), n


@laws
@given(formulas())
def test_linear_regions_count_the_solutions(formula):
    clauses, n = formula
    net = pr.theory.sat_network(clauses, n_variables=n)
    expected = 1 + 2**n * solutions(clauses, n)
    assert counted(net, ("linear",)).linear == expected


# clauses, n, solutions, linear regions: published values first
FORMULAS = [
    (((1, 2), (1, 3)), 3, 5, 41),
    (((1,), (-1,)), 3, 0, 1),
    (((1,), (2,), (3,)), 3, 1, 9),
    ((), 2, 4, 17),
    (((),), 2, 0, 1),
    (((1, -1),), 2, 4, 17),
    (((1, 1, 1),), 2, 2, 9),
    (((2, 2, 2, 2), (-1, -1, 2)), 2, 2, 9),
    (((1, 2), (1, 2), (2, 1)), 2, 3, 13),
    (((1,), (-1,), (2,)), 2, 0, 1),
    (((1, 2), (-1, -2)), 2, 2, 9),
]


@pytest.mark.parametrize("row", FORMULAS)
def test_formulas_have_their_known_numbers_of_regions(row):
    clauses, n, known, linear = row
    assert solutions(clauses, n) == known
    assert (
        counted(pr.theory.sat_network(clauses, n)).linear == linear == 1 + 2**n * known
    )


def test_the_xor_network_has_9_linear_regions_of_7_maps():
    c = counted(pr.theory.sat_network([(1, 2), (-1, -2)]))
    assert (c.linear, c.linear_closed, c.affine) == (9, 9, 7)


@pytest.mark.parametrize("clauses", [[], [(1,)], [(-1,)], [(1,), (-1,)], [(1, -1)]])
def test_with_one_variable_each_solution_adds_three(clauses):
    # Two flanks a bump, and what is around is parted once more by each.
    net = pr.theory.sat_network(clauses, 1)
    assert counted(net).linear == 1 + 3 * solutions(clauses, 1)


@laws
@given(formulas(most=3))
def test_the_function_is_a_quarter_at_solutions_and_0_at_other_vertices(formula):
    clauses, n = formula
    net = pr.theory.sat_network(clauses, n)
    vertices = np.array(list(product((0.0, 1.0), repeat=n)))
    hit = [
        all(any(v[abs(i) - 1] == (i > 0) for i in c) for c in clauses) for v in vertices
    ]
    assert net(vertices)[:, 0].tolist() == [0.25 * solved for solved in hit]
    assert net(np.full(n, 0.5))[0] == 0


def test_repetitions_and_what_is_always_true_take_no_units():
    net = pr.theory.sat_network([(1, 2), (2, 1, 2), (1, -1, 2)])
    assert net.widths == (2, 4 * 2 + 1, 1, 1)
    numpy_literals = [tuple(np.array([1, 2])), np.array([-1, -2])]
    assert counted(pr.theory.sat_network(numpy_literals)).linear == 9


@pytest.mark.parametrize(
    ("clauses", "n", "pattern"),
    [
        ([(1, 0)], None, r"clauses\[0\]\[1\] is 0; pass i or -i for .* 1 \.\. n"),
        ([(1,), (True,)], None, r"clauses\[1\]\[0\] is True; pass an integer"),
        ([(1, 2.0)], None, r"clauses\[0\]\[1\] is 2\.0; pass an integer"),
        ([("1",)], None, r"clauses\[0\]\[0\] is '1'; pass an integer"),
        ([(1, -3)], 2, r"clauses\[0\]\[1\] is -3; pass .* 1 \.\. 2"),
        ([1, 2], None, r"clauses\[0\] is 1; pass a list of literals"),
        (["12"], None, r"clauses\[0\] is '12'; pass a list of literals"),
        (7, None, "clauses is 7; pass a list of clauses"),
        ([], None, "have 0 variables; pass n_variables"),
        ([()], None, "have 0 variables; pass n_variables"),
        ([(10**9,)], None, "have 1000000000 variables; pass n_variables from 1 to"),
        ([(1,)], 0, "n_variables is 0; pass an integer >= 1"),
        ([(1,)], False, "n_variables is False; pass an integer"),
    ],
)
def test_what_is_no_formula_is_refused(clauses, n, pattern):
    refused(pattern, InvalidArgumentError, pr.theory.sat_network, clauses, n)


# --- definitions ----------------------------------------------------------------------

NAMES = {"R2": "activation", "R4": "linear", "R5": "linear_closed", "R6": "affine"}
# R1, R2, R4, R5, R6; None: not known
DEFINITIONS = {
    "max_min": (7, 5, 3, 3, 3),
    "wedges": (11, 6, 6, 5, 5),
    "hat": (None, 4, 4, 4, 3),
    "line": (None, 2, 1, 1, 1),
    "xor": (None, None, 9, 9, 7),
}


@pytest.mark.parametrize("name", DEFINITIONS)
def test_separating_networks_have_their_counts(name):
    record = pr.theory.separating_networks()[name]
    known = dict(zip(("R1", "R2", "R4", "R5", "R6"), DEFINITIONS[name], strict=True))
    assert record.name == name
    assert record.counts == {key: n for key, n in known.items() if n is not None}
    c = pr.count_regions(record.network, record.domain, definitions="all")
    for key, definition in NAMES.items():
        if key in record.counts:
            assert getattr(c, definition) == record.counts[key]


def test_separating_networks_are_the_functions_that_they_say():
    def relu(z):
        return np.maximum(z, 0)

    x, y = points = np.random.default_rng(0).normal(size=(2, 200))
    functions = {
        "max_min": np.maximum(-y, np.minimum(0, -x)),
        "wedges": relu(relu(x) - relu(x - y)) + relu(relu(-x) - relu(y - x)),
        "hat": relu(x) - 2 * relu(x - 1) + relu(x - 2),
        "line": x,
    }
    records = pr.theory.separating_networks()
    assert set(records) == {*functions, "xor"}
    for name, values in functions.items():
        net = records[name].network
        assert np.allclose(net(points[: net.n_inputs].T)[:, 0], values)


def test_every_pair_of_neighbouring_definitions_is_told_apart():
    records = [r.counts for r in pr.theory.separating_networks().values()]
    for more, fewer in (("R1", "R2"), ("R2", "R4"), ("R4", "R5"), ("R5", "R6")):
        both = [(c[more], c[fewer]) for c in records if more in c and fewer in c]
        assert all(a >= b for a, b in both)
        assert any(a > b for a, b in both)
