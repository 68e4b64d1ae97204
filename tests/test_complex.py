# SPDX-License-Identifier: MIT
"""RegionComplex: cells, maps, neighbours and linear regions are the reference's."""

from fractions import Fraction
from math import nextafter

import corpus
import networkx
import numpy as np
import pytest
import reference as ref
from pairs import (
    ENGINES,
    assert_same,
    assert_same_cells,
    boxed,
    dense_layers,
    everywhere,
    pair,
    random_layers,
)

import polyregions as pr

LEAKY = {"activation": "leaky_relu", "negative_slope": -0.5}
SQUARE = boxed(-1, 1, 2)
PLANE = everywhere(2)

KNOWN = {
    **{
        name: (
            known.layers,
            (boxed if known.boxed else lambda *a: everywhere(a[-1]))(
                -1, 1, len(known.layers[0][0][0])
            ),
        )
        for name, known in corpus.DEFINITIONS.items()
    },
    **{name: (known.layers, SQUARE) for name, known in corpus.DEGENERATE.items()},
    **{
        f"{name}-plane": (known.layers, PLANE)
        for name, known in corpus.DEGENERATE.items()
    },
    "xor": (corpus.sat(corpus.XOR, 2), PLANE),
    **{
        f"sat{i}": (corpus.sat(clauses, n), everywhere(n))
        for i, (clauses, n, *_) in enumerate(corpus.SAT)
    },
    **{
        f"zigzag{folds}": (corpus.zigzag(folds, n), everywhere(n))
        for folds, n in corpus.ZIGZAG
    },
}

# layers, activation, slope, (domain, rows)
MIXED = {
    "relu": (random_layers(0, 2, 4, 3, 2), "relu", None, SQUARE),
    "abs": (random_layers(1, 2, 3, 3, 1), "abs", None, SQUARE),
    "hardtanh": (random_layers(2, 2, 3, 3, 2), "hardtanh", None, PLANE),
    "relu6": (random_layers(3, 2, 3, 2, 1), "relu6", None, boxed(-9, 9, 2)),
    "leaky": (random_layers(4, 2, 4, 3, 1), "relu", 0.01, PLANE),
    "three": (random_layers(5, 3, 4, 2, 1), "relu", None, boxed(-2, 2, 3)),
    "half": (random_layers(6, 2, 4, 3, 1), "relu", None, boxed(0, np.inf, 2)),
    "one": (random_layers(7, 1, 5, 4, 3), "hardtanh", None, everywhere(1)),
}


def mixed(name):
    """(cx, reference network, rows) of one of MIXED."""
    layers, activation, slope, (domain, rows) = MIXED[name]
    net, twin = pair(layers, activation, slope)
    return pr.enumerate_regions(net, domain), twin, rows


def strict_rows(region):
    """The open half-spaces of a region, as the reference writes rows."""
    return [(*(-u for u in row[:-1]), -row[-1]) for row in region.exact_restrictions]


def value_at(row, point):
    return sum(a * v for a, v in zip(row, (*point, 1), strict=True))


# Against the reference ---------------------------------------------------------------


@pytest.mark.parametrize("name", KNOWN)
@pytest.mark.parametrize("engine", ENGINES)
def test_cells_maps_neighbours_and_counts_of_known_networks_are_the_references(
    name, engine
):
    layers, (domain, rows) = KNOWN[name]
    assert_same(*pair(layers), domain, rows, engine)


@pytest.mark.parametrize("name", MIXED)
@pytest.mark.parametrize("engine", ENGINES)
def test_cells_maps_neighbours_and_counts_of_mixed_networks_are_the_references(
    name, engine
):
    layers, activation, slope, (domain, rows) = MIXED[name]
    assert_same(*pair(layers, activation, slope), domain, rows, engine)


@pytest.mark.parametrize("name", corpus.DEFINITIONS)
def test_linear_regions_tell_the_definitions_apart(name):
    known = corpus.DEFINITIONS[name]
    layers, (domain, _) = KNOWN[name]
    cx = pr.enumerate_regions(pr.Network(layers), domain)
    assert len(cx) == known.activation
    assert len(cx.linear_regions()) == known.linear
    assert len(cx.linear_regions("closed")) == known.linear_closed
    assert cx.map_labels.max() + 1 == known.affine


# Half-spaces -------------------------------------------------------------------------


@pytest.mark.parametrize("name", MIXED)
def test_every_half_space_of_a_cell_is_needed_and_together_they_are_the_cell(name):
    cx, twin, rows = mixed(name)
    for region, cell in zip(cx, ref.regions(twin, rows), strict=True):
        found, d = strict_rows(region), cx.dim
        for row in found:
            others = [other for other in found if other != row]
            back = [tuple(-v for v in row)]
            assert ref.strictly_feasible(others, back, d=d) is not None  # needed
            assert ref.strictly_feasible(cell.rows, back, d=d) is None  # implied
        for row in cell.rows:
            back = [tuple(-v for v in row)]
            assert ref.strictly_feasible(found, back, d=d) is None  # enough


@pytest.mark.parametrize("name", MIXED)
def test_the_float_half_spaces_are_the_exact_ones_divided_by_their_largest_entry(name):
    cx, *_ = mixed(name)
    for region in cx:
        A, b = region.halfspaces
        assert A.shape == (len(region.exact_restrictions), cx.dim)
        for row, *floats in zip(region.exact_restrictions, A, -b, strict=True):
            largest = max(map(abs, row))
            wanted = [float(Fraction(v, largest)) for v in row]
            assert [*floats[0], floats[1]] == wanted


def test_a_triangle_has_three_half_spaces_and_the_domain_is_among_them():
    # relu(x + y) in the unit square: above the diagonal x + y = 0 lie x, y < 1
    net = pr.Network([([[1, 1]], [0]), ([[1]], [0])])
    upper = pr.enumerate_regions(net, pr.Domain.box(-1, 1, 2))[1]
    assert sorted(upper.exact_restrictions) == [(-1, -1, 0), (0, 1, -1), (1, 0, -1)]
    A, b = upper.halfspaces
    assert sorted(zip(*A.T.tolist(), b.tolist(), strict=True)) == [
        (-1, -1, 0),
        (0, 1, 1),
        (1, 0, 1),
    ]


# Interior points ---------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", MIXED)
def test_the_interior_point_is_strictly_inside_and_has_the_pattern(name, engine):
    layers, activation, slope, (domain, _) = MIXED[name]
    net, twin = pair(layers, activation, slope)
    cx = pr.enumerate_regions(net, domain, engine=engine)
    for i, region in enumerate(cx):
        point = region.interior_point
        assert all(value_at(row, point) > 0 for row in strict_rows(region))
        assert region.contains(point)
        assert twin.digits(point) == tuple(region.pattern)
        assert twin(point) == tuple(value_at(v, point) for v in region.exact_value)
        rounded = cx.interior_points[i]
        if region.contains(rounded.tolist()):
            assert [*point] == rounded.tolist()  # no less simple than it has to be


@pytest.mark.parametrize("engine", ENGINES)
def test_a_sliver_without_a_float64_point_has_an_exact_interior_point(engine):
    # between the hyperplanes x = 1 and x = 1 + 2^-52 there is no float64
    last = nextafter(1, 2)
    net = pr.Network([([[1], [1]], [-1, -last]), ([[1, 1]], [0])])
    cx = pr.enumerate_regions(net, pr.Domain.all(1), engine=engine)
    assert cx.patterns.tolist() == [[0, 0], [1, 0], [1, 1]]
    assert cx.interior_points[1, 0] in (1, last)
    (point,) = cx[1].interior_point
    assert 1 < point < Fraction(last)
    assert float(point) in (1, last)
    assert cx.adjacency.tolist() == [[0, 1], [1, 2]]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_skew_sliver_far_away_is_found(engine):
    # two hyperplanes 3 x + 7 y = c of neighbouring c: 2^-1 apart at 2^52
    far = 2.0**52
    net, twin = pair(
        [([[3, 7], [3, 7], [1, 0]], [-far, -far - 1, 0]), ([[1] * 3], [0])]
    )
    cx = pr.enumerate_regions(net, pr.Domain.all(2), engine=engine)
    assert len(cx) == 6
    assert_same_cells(cx, twin)
    for region in cx:
        assert region.contains(region.interior_point)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_cell_beyond_the_largest_float64_has_an_exact_interior_point(engine):
    # the hyperplane lies at x = -1e600
    net = pr.Network([([[1e-300]], [1e300]), ([[1]], [0])])
    cx = pr.enumerate_regions(net, pr.Domain.all(1), engine=engine)
    wall = -Fraction(1e300) / Fraction(1e-300)
    assert len(cx) == 2
    assert cx[0].interior_point[0] < wall < cx[1].interior_point[0]
    assert cx.adjacency.tolist() == [[0, 1]]
    assert cx.locate([[-1e308], [1e308]]).tolist() == [1, 1]


# One cell ----------------------------------------------------------------------------


def test_a_cell_carries_its_pattern_its_flags_and_its_rounded_map():
    cx, _, _ = mixed("relu")
    for i, region in enumerate(cx):
        assert region.pattern.tolist() == cx.patterns[i].tolist()
        assert region.on_breakpoint.tolist() == cx.on_breakpoint[i].tolist()
        exact = np.array(region.exact_value, dtype=object)
        assert region.value.tolist() == exact.astype(float).tolist()
        assert region.weight.tolist() == region.value[:, :-1].tolist()
        assert region.bias.tolist() == region.value[:, -1].tolist()


def test_a_unit_that_is_identically_on_a_breakpoint_is_flagged_and_cuts_nothing():
    # units 0, 1 and x: the first is on its breakpoint everywhere
    net = pr.Network([([[0], [0], [1]], [0, 1, 0]), ([[1, 1, 1]], [0])])
    cx = pr.enumerate_regions(net, pr.Domain.all(1))
    assert cx.patterns.tolist() == [[0, 1, 0], [0, 1, 1]]
    assert cx.on_breakpoint.tolist() == [[True, False, False]] * 2
    # hardtanh of the constant 1: the digit is that of the piece left of it
    net = pr.Network([([[0]], [1]), ([[1]], [0])], "hardtanh")
    cx = pr.enumerate_regions(net, pr.Domain.all(1))
    assert (cx.patterns.tolist(), cx.on_breakpoint.tolist()) == ([[1]], [[True]])
    # relu of what a dead unit gives is zero only where that unit is dead
    net = pr.Network([([[1]], [0]), ([[1]], [0]), ([[1]], [0])])
    cx = pr.enumerate_regions(net, pr.Domain.all(1))
    assert cx.patterns.tolist() == [[0, 0], [1, 1]]
    assert cx.on_breakpoint.tolist() == [[False, True], [False, False]]


def test_cells_are_indexed_like_a_sequence():
    cx, *_ = mixed("relu")
    n = len(cx)
    assert cx[-1].pattern.tolist() == cx.patterns[-1].tolist()
    assert cx[np.int64(1)].pattern.tolist() == cx.patterns[1].tolist()
    assert [r.pattern.tolist() for r in cx] == cx.patterns.tolist()
    for index in (n, -n - 1, 0.5, "a", None, slice(0, 1)):
        with pytest.raises(IndexError, match=rf"has cells 0 to {n - 1}"):
            cx[index]


def test_columns_cannot_be_written():
    cx, *_ = mixed("relu")
    columns = (
        *(cx.patterns, cx.packed_patterns, cx.on_breakpoint, cx.interior_points),
        *(cx.adjacency, cx.same_map, cx.map_labels, cx.linear_labels()),
    )
    for column in columns:
        with pytest.raises(ValueError, match="read-only"):
            column[...] = 0


def test_repr_tells_what_it_is():
    cx, *_ = mixed("relu")
    assert repr(cx).startswith(f"RegionComplex({len(cx)} cells, Network(2-4-3-2, relu)")
    assert "Domain.box(-1, 1, dim=2), complete)" in repr(cx)
    digits = "".join(map(str, cx.patterns[0].tolist()))
    assert repr(cx[0]).endswith(f"2 values, pattern={digits})")
    region = cx.linear_regions()[0]
    assert repr(region) == f"LinearRegion({len(region)} cells, first cell 0)"


# Neighbours and linear regions -------------------------------------------------------


@pytest.mark.parametrize("name", MIXED)
def test_the_graph_is_the_adjacency_and_its_edges_say_whether_the_map_changes(name):
    cx, *_ = mixed(name)
    graph = cx.graph
    assert isinstance(graph, networkx.Graph)
    assert sorted(graph) == [*range(len(cx))]
    edges = {tuple(sorted(edge)): data for *edge, data in graph.edges(data=True)}
    assert sorted(edges) == [*map(tuple, cx.adjacency.tolist())]
    for (a, b), data in edges.items():
        same = cx[a].exact_value == cx[b].exact_value
        assert data == {"same_map": same}
    assert [data["same_map"] for _, data in sorted(edges.items())] == [*cx.same_map]
    graph.remove_node(0)  # a graph of one's own
    assert 0 in cx.graph


@pytest.mark.parametrize("connectivity", ["open", "closed"])
@pytest.mark.parametrize("name", KNOWN)
def test_linear_regions_are_joined_cells_of_one_map(name, connectivity):
    layers, (domain, _) = KNOWN[name]
    cx = pr.enumerate_regions(pr.Network(layers), domain)
    regions = cx.linear_regions(connectivity)
    labels = cx.linear_labels(connectivity)
    assert sorted(i for r in regions for i in r.cells) == [*range(len(cx))]
    assert [r.cells[0] for r in regions] == sorted(r.cells[0] for r in regions)
    for k, region in enumerate(regions):
        assert len(region) == len(region.cells)
        assert set(labels[region.cells]) == {k}
        assert len(set(cx.map_labels[region.cells])) == 1
        first = cx[region.cells[0]]
        assert region.representative.pattern.tolist() == first.pattern.tolist()
        assert region.exact_value == first.exact_value
        assert region.weight.tolist() == first.weight.tolist()
        assert region.bias.tolist() == first.bias.tolist()
    if connectivity == "closed":  # closed regions are unions of open ones
        for part in cx.linear_regions():
            assert len(set(labels[part.cells])) == 1


def test_maps_are_equal_exactly_when_their_labels_are():
    layers, (domain, _) = KNOWN["sat1"]
    cx = pr.enumerate_regions(pr.Network(layers), domain)
    by_value = {}
    for i, region in enumerate(cx):
        by_value.setdefault(tuple(region.exact_value), set()).add(int(cx.map_labels[i]))
    assert all(len(labels) == 1 for labels in by_value.values())
    assert len(set.union(*by_value.values())) == len(by_value)


@pytest.mark.parametrize("engine", ENGINES)
def test_maps_that_differ_beyond_float64_are_different(engine):
    # slopes (1 + e)^2 = 1 + 2 e + e^2 right of 0 and 1 + 2 e left of it
    e = 2.0**-52
    hidden = [[1 + e], [-1]]
    for slope, linear in ((1 + 2 * e, 2), (1 + e, 1)):
        factor = 1 + e if slope > 1 + e else 1
        net = pr.Network([(hidden, [0, 0]), ([[factor, -slope]], [0])])
        found = pr.count_regions(
            net, pr.Domain.all(1), definitions="all", engine=engine
        )
        assert (found.activation, found.linear, found.affine) == (2, linear, linear)
        cx = pr.enumerate_regions(net, pr.Domain.all(1), engine=engine)
        assert len(cx.linear_regions()) == cx.map_labels.max() + 1 == linear
        left, right = (region.exact_value[0][0] for region in cx)
        assert right - left == (Fraction(e) ** 2 if linear == 2 else 0)
        assert cx[0].value.tolist() == cx[1].value.tolist()  # equal when rounded


def test_an_unknown_connectivity_is_refused():
    cx, *_ = mixed("relu")
    with pytest.raises(pr.errors.InvalidArgumentError, match="'open' or 'closed'"):
        cx.linear_regions("half")


# Outputs -----------------------------------------------------------------------------


def test_output_selects_the_maps_that_are_compared():
    # the outputs are relu(x) - relu(-x) = x and relu(x)
    net = pr.Network([([[1], [-1]], [0, 0]), ([[1, -1], [1, 0]], [0, 0])])
    line = pr.Domain.all(1)
    wanted = {None: 2, 0: 1, 1: 2, (1, 0): 2, (0, 0): 1}
    for output, linear in wanted.items():
        assert pr.count_regions(net, line, output=output).linear == linear
        cx = pr.enumerate_regions(net, line, output=output)
        assert len(cx.linear_regions()) == cx.map_labels.max() + 1 == linear
        assert len(cx) == 2
    cx = pr.enumerate_regions(net, line, output=[1, 0])
    assert cx[1].exact_value == [(1, 0), (1, 0)]
    assert cx[0].exact_value == [(0, 0), (1, 0)]
    for output in (2, -1, [], 0.5, "all", [[0]]):
        with pytest.raises(pr.errors.InvalidArgumentError, match="outputs 0 to 1"):
            pr.enumerate_regions(net, line, output=output)


@pytest.mark.parametrize(
    ("sizes", "units", "domain"),
    [
        ((2, 24, 24, 1), {}, pr.Domain.box(-1, 1, dim=2)),
        ((3, 12, 12, 1), {}, pr.Domain.all(3)),
        ((2, 9, 8, 1), {"activation": "hardtanh"}, pr.Domain.box(-2, 2, dim=2)),
        ((3, 10, 6, 1), {"activation": "relu6"}, pr.Domain.all(3)),
        ((5, 7, 6, 2), LEAKY, pr.Domain.box(-1, 1, dim=5)),
        ((6, 7, 6, 1), {}, pr.Domain.box(-1, 1, dim=6)),
        ((1, 9, 9, 9, 1), {}, pr.Domain.all(1)),
    ],
)
def test_a_unit_twice_has_the_same_neighbours(sizes, units, domain):
    """Two units on one hyperplane send every wall of every cell to exact integers."""
    layers = dense_layers(7, *sizes)
    (weight, bias), (after, after_bias), *rest = layers
    twice = [
        (np.vstack([weight, weight[:1]]), np.append(bias, bias[0])),
        (np.hstack([after, np.zeros((len(after), 1))]), after_bias),
        *rest,
    ]
    one, two = (
        pr.enumerate_regions(pr.Network(each, **units), domain)
        for each in (layers, twice)
    )
    assert len(one) == len(two) > 30
    assert np.array_equal(one.adjacency, two.adjacency)
    assert np.array_equal(one.same_map, two.same_map)
