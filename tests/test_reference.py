# SPDX-License-Identifier: MIT
"""The reference reproduces every published or proved count that it can afford."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, product
from math import comb
from random import Random

import corpus
import pytest
import reference as ref


def drawn(name: str, seed: int, d: int) -> ref.Network:
    layers, slope = corpus.family(name, seed, d)
    units = ref.relu if slope is None else lambda n: ref.leaky_relu(n, slope)
    return ref.network(layers, units)


def dot(u, v):
    return sum(a * b for a, b in zip(u, v, strict=True))


# The linear program ------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(150))
def test_exactly_one_of_a_system_and_its_alternative_is_solvable(seed):
    random = Random(seed)
    d, n = random.randint(1, 4), random.randint(1, 9)
    rows = [tuple(random.randint(-3, 3) for _ in range(d + 1)) for _ in range(n)]
    x = ref.strictly_feasible(rows)
    # Motzkin: multipliers >= 0, not all 0, with sum m a = 0 and sum m c <= 0
    eye = [tuple(int(i == j) for j in range(n + 1)) for i in range(n)]
    columns = [(*column, 0) for column in zip(*rows, strict=True)]
    weak = [*eye, tuple(-v for v in columns[-1])]
    m = ref.strictly_feasible([(1,) * n + (0,)], weak, columns[:-1])
    assert (x is None) != (m is None)
    if x is not None:
        assert all(dot(r, (*x, 1)) > 0 for r in rows)
    else:
        assert min(m) >= 0
        assert sum(m) > 0
        assert all(dot(c, (*m, 1)) == 0 for c in columns[:-1])
        assert dot(columns[-1], (*m, 1)) <= 0


@pytest.mark.parametrize("seed", range(60))
def test_a_solution_meets_strict_weak_and_equal_rows(seed):
    random = Random(seed)
    d = random.randint(1, 4)

    def rows(n):
        return [tuple(random.randint(-3, 3) for _ in range(d + 1)) for _ in range(n)]

    strict, weak, equal = rows(3), rows(3), rows(random.randint(0, d))
    x = ref.strictly_feasible(strict, weak, equal)
    if x is not None:
        assert all(dot(r, (*x, 1)) > 0 for r in strict)
        assert all(dot(r, (*x, 1)) >= 0 for r in weak)
        assert all(dot(r, (*x, 1)) == 0 for r in equal)


def test_touching_half_spaces_have_a_weak_and_no_strict_solution():
    assert ref.strictly_feasible([(1, 0), (-1, 0)]) is None
    assert ref.strictly_feasible([], [(1, 0), (-1, 0)]) == (0,)
    assert ref.strictly_feasible([], [(1, 0)], [(2, 1)]) is None
    assert ref.strictly_feasible([], d=2) == (0, 0)
    assert ref.strictly_feasible([(0, 0)]) is None
    assert ref.strictly_feasible([], [], [(0, 1)]) is None


# Known values ------------------------------------------------------------------------


@pytest.mark.parametrize("name", corpus.DEFINITIONS)
def test_the_definitions_are_told_apart(name):
    known = corpus.DEFINITIONS[name]
    net = ref.network(known.layers)
    found = ref.counts(net, ref.box(-1, 1, net.n_inputs) if known.boxed else ())
    assert found[:4] == known[1:5]


@pytest.mark.parametrize("name", corpus.DEGENERATE)
def test_degenerate_networks(name):
    known = corpus.DEGENERATE[name]
    net = ref.network(known.layers)
    found = ref.counts(net, ref.box(-1, 1, 2))
    assert (found.activation, found.linear) == (known.box, known.linear)
    assert ref.counts(net).activation == known.plane


@pytest.mark.parametrize(("d", "hidden"), corpus.INTW)
def test_integer_weights(d, hidden):
    for seed, known in enumerate(corpus.INTW[d, hidden]):
        net = ref.network(corpus.intw(d, hidden, seed))
        assert ref.counts(net, ref.box(-2, 2, d)).activation == known


@pytest.mark.parametrize("hidden", [h for _, h in corpus.UNIFORM_LINEAR])
def test_uniform_weights_in_seven_dimensions(hidden):
    for seed in range(3):
        found = ref.counts(ref.network(corpus.uniform(7, hidden, seed)))
        assert found.activation == corpus.UNIFORM[7, hidden][seed]
        assert found.linear == corpus.UNIFORM_LINEAR[7, hidden][seed]


@pytest.mark.parametrize("hidden", [(5, 5), (5, 3, 2), (8, 2)])
def test_uniform_weights_seed_zero(hidden):
    found = ref.counts(ref.network(corpus.uniform(7, hidden, 0)))
    assert found.activation == corpus.UNIFORM[7, hidden][0]


def test_one_input_and_many_units():
    net = ref.network(corpus.uniform(1, (64, 64, 64), 0))
    assert ref.counts(net).activation == corpus.UNIFORM[1, (64, 64, 64)][0]


def test_the_networks_of_qi_and_wei_at_epoch_zero():
    pytest.importorskip("torch")
    layers, square = corpus.torchd(2, (16, 16, 16), 5, 2), ref.box(-1, 1, 2)
    assert ref.counts(ref.network(layers), square).per_layer == corpus.QI[16]
    leaky = ref.network(layers, lambda n: ref.leaky_relu(n, 0.01))
    assert ref.counts(leaky, square).activation == corpus.QI_LEAKY[16]


@pytest.mark.parametrize(("clauses", "n", "models", "linear", "one_bit"), corpus.SAT)
def test_a_formula_has_two_to_the_n_regions_a_model(
    clauses, n, models, linear, one_bit
):
    literals = [{(i + 1) if x[i] else -(i + 1) for i in range(n)} for x in _bits(n)]
    assert models == sum(all(t & set(c) for c in clauses) for t in literals)
    net = ref.network(corpus.sat(clauses, n))
    assert ref.counts(net).linear == linear == 1 + 2**n * models
    assert len(_merge(net, (), _flips(ref.regions(net)))) == one_bit


def _bits(n: int):
    return list(product((False, True), repeat=n))


def _flips(cells) -> list[tuple[int, int]]:
    """Pairs whose digits differ in one place: what a one-bit merger joins."""
    return [
        (i, j)
        for i, j in combinations(range(len(cells)), 2)
        if sum(p != q for p, q in zip(cells[i].digits, cells[j].digits, strict=True))
        == 1
    ]


def _merge(net, domain, pairs) -> list[set[int]]:
    """Join cells of one map along the given pairs."""
    cells = ref.regions(net, domain)
    parts = [{i} for i in range(len(cells))]
    for i, j in pairs:
        if cells[i].value == cells[j].value:
            first, second = (next(p for p in parts if k in p) for k in (i, j))
            if first is not second:
                parts.remove(second)
                first |= second
    return parts


def test_the_exclusive_or_network():
    found = ref.counts(ref.network(corpus.sat(corpus.XOR, 2)))
    assert (found.linear, found.affine) == (9, 7)


@pytest.mark.parametrize(("folds", "n"), corpus.ZIGZAG)
def test_zigzag_networks(folds, n):
    found = ref.counts(ref.network(corpus.zigzag(folds, n)))
    known, affine = corpus.ZIGZAG[folds, n]
    assert (found.activation, found.linear, found.affine) == (known, known, affine)


@pytest.mark.parametrize("d", range(1, 7))
@pytest.mark.parametrize("build", [corpus.triangular, corpus.triangular_paper])
@pytest.mark.parametrize("sign", [-1, 1])
def test_triangular_waves_double_with_every_layer(d, build, sign):
    peaks = corpus.dyadic_peaks(d + 1, d)
    scales = corpus.theorem_scales(peaks)
    net = ref.network(build(peaks, scales, sign, 1 if sign < 0 else 0))
    assert ref.counts(net, ref.box(0, 1, 1))[:2] == (2**d, 2**d)
    assert ref.counts(net)[:2] == ((3, 3) if d == 1 else (2**d + 2, 2**d + 2))


def test_triangular_waves_agree_in_both_forms_and_round_to_slivers():
    peaks = corpus.dyadic_peaks(7, 1)
    scales = corpus.theorem_scales(peaks)
    exact = corpus.triangular_paper(peaks, scales)
    dyadic = ref.network(corpus.triangular(peaks, scales))
    for x in (Fraction(1, 3), Fraction(5, 8)):
        assert abs(ref.network(exact)([x])[0] - dyadic([x])[0]) < Fraction(1, 2**25)
    rounded = [
        ([[float(v) for v in row] for row in weight], [float(v) for v in bias])
        for weight, bias in exact
    ]
    assert ref.counts(ref.network(rounded), ref.box(0, 1, 1)).activation > 2**6


def test_free_scales_can_cancel_a_kink():
    arguments, known = corpus.TRIANGULAR_CANCEL
    net = ref.network(corpus.triangular(*arguments))
    assert ref.counts(net, ref.box(0, 1, 1))[:2] == known


@pytest.mark.parametrize(("n", "d"), [(6, 1), (6, 2), (7, 3), (6, 4), (5, 5)])
def test_one_layer_gives_the_counts_of_zaslavsky(n, d):
    (weight, bias), output = corpus.uniform(d, (n,), 0)
    zaslavsky = sum(comb(n, i) for i in range(d + 1))
    assert ref.counts(ref.network([(weight, bias), output])).activation == zaslavsky
    central = 2 * sum(comb(n - 1, i) for i in range(d))
    assert ref.counts(ref.network([(weight, 0 * bias), output])).activation == central
    # one box inside which every vertex lies: as many regions as on R^d
    wide = ref.box(-(10**6), 10**6, d)
    assert ref.counts(ref.network([(weight, bias), output]), wide)[0] == zaslavsky


# Laws --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", corpus.FAMILIES)
@pytest.mark.parametrize("boxed", [False, True])
def test_regions_adjacency_and_counts_agree_with_their_definitions(name, boxed):
    net = drawn(name, 3, 2)
    domain = ref.box(-1, 1, 2) if boxed else []
    cells, found = ref.regions(net, domain), ref.counts(net, domain)
    for cell in cells:
        assert all(dot(r, (*cell.point, 1)) > 0 for r in cell.rows)
        assert net.digits(cell.point) == cell.digits
        assert net(cell.point) == tuple(dot(r, (*cell.point, 1)) for r in cell.value)
    digits = [cell.digits for cell in cells]
    assert digits == sorted(set(digits))
    assert found.affine <= found.linear_closed <= found.linear <= found.activation
    assert found.activation == found.per_layer[-1] == len(cells)
    edges = ref.adjacency(net, domain)
    assert edges == _adjacency_definition(cells, ref.domain_rows(domain))
    assert found.linear == len(_merge(net, domain, edges))
    assert found.linear == len(ref.linear_regions(net, domain))
    assert found.affine == len({cell.value for cell in cells})
    if not boxed:
        assert len(edges) <= 2 * len(cells)  # Gaines and Bi: 2 d neighbours on average


def _adjacency_definition(cells, domain) -> set[tuple[int, int]]:
    """No filter at all: some row of one cell carries a facet of the intersection."""
    pairs = combinations(range(len(cells)), 2)
    return {(i, j) for i, j in pairs if _meet_in_a_facet(cells[i], cells[j], domain)}


def _meet_in_a_facet(a, b, domain) -> bool:
    for wall in set(a.rows) - set(domain):
        back = tuple(-v for v in wall)
        strict = [r for r in {*a.rows, *b.rows} if r not in (wall, back)]
        if back in b.rows and ref.strictly_feasible(strict, (), [wall]) is not None:
            return True
    return False


@pytest.mark.parametrize("seed", range(6))
def test_every_pattern_that_is_not_listed_is_empty(seed):
    d, hidden = 2, (3, 3)
    layers = corpus.intw(d, hidden, seed)
    listed = {cell.digits for cell in ref.regions(ref.network(layers))}
    for pattern in product((0, 1), repeat=sum(hidden)):
        assert (pattern in listed) == _nonempty(layers, pattern, d)


def _nonempty(layers, pattern, d) -> bool:
    """Compose the network for one ReLU pattern and ask for an interior point."""
    maps = [[Fraction(int(i == j)) for j in range(d + 1)] for i in range(d)]
    rows, bits = [], iter(pattern)
    for weight, bias in layers[:-1]:
        z = [
            [
                sum(Fraction(w) * m[j] for w, m in zip(row, maps, strict=True))
                + (Fraction(b) if j == d else 0)
                for j in range(d + 1)
            ]
            for row, b in zip(weight, bias, strict=True)
        ]
        maps = []
        for row in z:
            on = next(bits)
            if any(row) or on:  # a unit identically zero has digit 0 and cuts nothing
                rows.append(ref.primitive([v if on else -v for v in row]))
            maps.append(row if on else [Fraction(0)] * (d + 1))
    return ref.strictly_feasible(rows, d=d) is not None


# Activations and domains -------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
def test_hard_tanh_cuts_like_two_rectifiers_a_unit(seed):
    (w0, b0), (w1, b1), last = corpus.intw(2, (3, 3), seed)
    tanh = ref.network([(w0, b0), (w1, b1), last], ref.hardtanh)

    def twice(w, b):
        return [[*map(float, row)] for row in (*w, *w)], [*(b + 1), *(b - 1)]

    def after(w, b):  # hardtanh(z) = relu(z + 1) - relu(z - 1) - 1
        return [[*row, *(-row)] for row in w], b - w.sum(axis=1)

    wide = [(row[:], b) for row, b in zip(*after(w1, b1), strict=True)]
    second = ([r for r, _ in wide] * 2, [b + 1 for _, b in wide])
    second[1].extend(b - 1 for _, b in wide)
    rectifiers = ref.network([twice(w0, b0), second, after(*last)])
    for domain in ([], ref.box(-2, 2, 2)):
        assert ref.counts(tanh, domain) == ref.counts(rectifiers, domain)
        point = ref.regions(tanh, domain)[-1].point
        assert tanh(point) == rectifiers(point)


def test_other_activations():
    layers = [([[1]], [0]), ([[1]], [0])]
    assert ref.counts(ref.network(layers, ref.relu6)).activation == 3
    assert ref.counts(ref.network(layers, ref.absolute)).activation == 2
    assert ref.counts(ref.network(layers, ref.identity)).activation == 1
    no_kink = ref.network(layers, lambda n: ref.leaky_relu(n, 1))
    assert ref.regions(no_kink)[0].digits == ()
    dropped = ref.network(layers, [[([-1, 0, 2], [1, 1, 0, 3], -1)]])
    assert [u.breakpoints for u in dropped.units[0]] == [(0, 2)]
    assert [dropped([x]) for x in (-3, 1, 3)] == [(-3,), (0,), (3,)]
    assert ref.counts(dropped).activation == 3


def test_a_unit_on_its_breakpoint_takes_the_piece_on_the_left():
    net = ref.network([([[0], [0], [1]], [0, 1, 0]), ([[1, 1, 1]], [0])])
    first, second = ref.regions(net)
    assert (first.digits, second.digits) == ((0, 1, 0), (0, 1, 1))
    assert first.on_breakpoint == (True, False, False)
    upper = ref.network([([[0]], [1]), ([[1]], [0])], ref.hardtanh)
    assert ref.regions(upper)[0][:2] == ((1,), (True,))


def test_empty_and_flat_domains():
    net = ref.network(corpus.DEGENERATE["cancel"].layers)
    assert ref.counts(net, ref.box(1, -1, 2)) == (0, 0, 0, 0, (0,))
    assert ref.counts(net, ref.box(1, 1, 2)) == (0, 0, 0, 0, (0,))
    line = ref.restrict(net, (-1, 0), [(2, 0)])  # t -> (-1 + 2t, 0), 0 < t < 1
    assert ref.counts(line, ref.box(0, 1, 1)) == (2, 1, 1, 1, (2,))


def test_facets_on_the_boundary_of_the_domain_join_nothing():
    net = ref.network([([[1, 0], [0, 1]], [0, 0]), ([[0, 0]], [0])])
    four = ref.box(-1, 1, 2)
    assert ref.adjacency(net, four) == {(0, 1), (0, 2), (1, 3), (2, 3)}
    assert ref.counts(net, ref.box(0, 1, 2)) == (1, 1, 1, 1, (1,))
    half = [*four, ([1, -1], 0)]  # x > y: the quadrant x < 0 < y has no interior
    assert ref.adjacency(net, half) == {(0, 1), (1, 2)}
