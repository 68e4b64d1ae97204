# SPDX-License-Identifier: MIT
"""Layers and decision boundaries: polygons of prefixes, and where the class changes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import polyregions as pr
from polyregions.boundary import decision_boundary
from polyregions.errors import InvalidArgumentError
from polyregions.mosaic import mosaic
from polyregions.plotting import plot_regions
from polyregions.polygons import next_corners

SQUARE = pr.Domain.box(-1, 1, dim=2)
# On x = 0, where two cells meet, the output is 0: x itself.
THROUGH_A_FACET = pr.Network(
    [([[1.0, 0], [-1, 0], [0, 1]], [0.0, 0, 0]), ([[1.0, -1, 0]], [0.0])]
)


def boundary_of(net, domain=SQUARE):
    return decision_boundary(mosaic(pr.enumerate_regions(net, domain)).outlines)


def classes(net, points):
    scores = net(points)
    return (scores[:, 0] < 0) if net.n_outputs == 1 else scores.argmax(axis=1)


def distances(segments, point):
    start, way = segments[:, 0], segments[:, 1] - segments[:, 0]
    along = np.einsum("ij,ij->i", point - start, way) / (way**2).sum(axis=1)
    nearest = start + np.clip(along, 0, 1)[:, None] * way
    return np.hypot(*(nearest - point).T)


def changes_on_segments(net, rng, n=300):
    """Points where the class changes, found by halving random segments."""
    ends = rng.uniform(-1, 1, (2, n, 2))
    low, high = ends[:, classes(net, ends[0]) != classes(net, ends[1])]
    for _ in range(60):
        middle = (low + high) / 2
        same = (classes(net, middle) == classes(net, low))[:, None]
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    return low


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    n_outputs=st.integers(1, 5),
    activation=st.sampled_from(["relu", "abs", "hardtanh"]),
)
def test_the_class_changes_on_the_boundary_and_nowhere_else(
    seed, n_outputs, activation
):
    net = pr.random_network([2, 7, 6, n_outputs], seed=seed, activation=activation)
    rng = np.random.default_rng(seed)
    segments = boundary_of(net)
    for point in changes_on_segments(net, rng):
        assert distances(segments, point).min() < 1e-9
    way = segments[:, 1] - segments[:, 0]
    long = np.hypot(*way.T) > 1e-4
    middle, way = segments[long].mean(axis=1), way[long]
    across = 1e-7 * np.stack([-way[:, 1], way[:, 0]], 1) / np.hypot(*way.T)[:, None]
    assert (classes(net, middle + across) != classes(net, middle - across)).all()


def test_a_boundary_on_a_facet_is_drawn_once():
    segments = boundary_of(THROUGH_A_FACET)
    assert sorted(np.sort(segments[:, :, 1]).tolist()) == [[-1.0, 0.0], [0.0, 1.0]]
    assert (segments[:, :, 0] == 0).all()


def test_ties_go_to_the_class_that_comes_first():
    hidden = [[1.0, 0]], [0.0]  # 0 on the left half
    first_wins = pr.Network([hidden, ([[1.0], [0]], [0.0, 0])])
    second_wins = pr.Network([hidden, ([[0.0], [1]], [0.0, 0])])
    assert len(boundary_of(first_wins)) == 0
    (segment,) = boundary_of(second_wins)
    assert sorted(segment.tolist()) == [[0.0, -1.0], [0.0, 1.0]]


def test_where_all_scores_tie_there_is_no_boundary():
    net = pr.Network([(np.eye(2), [0.0, 0]), (np.ones((3, 2)), [1.0, 1, 1])])
    assert len(boundary_of(net)) == 0


def test_the_boundary_of_a_slice_is_in_own_coordinates():
    net = pr.random_network([3, 8, 8, 2], seed=2)
    frame = np.array([[1.0, 0, 1], [0, 1.0, -1]])
    segments = boundary_of(net, pr.Domain.slice([0, 0, 0.5], frame, SQUARE))
    assert len(segments)
    scores = net(segments.reshape(-1, 2) @ frame + [0, 0, 0.5])
    np.testing.assert_allclose(scores[:, 0], scores[:, 1])


def test_the_boundary_is_white_over_all_panels():
    figure = plot_regions(THROUGH_A_FACET, SQUARE, boundary=True)
    for axes in figure.axes:
        line = axes.collections[-1]
        assert line.get_edgecolor().tolist() == [[1.0, 1.0, 1.0, 1.0]]
        np.testing.assert_array_equal(line.get_paths()[0].vertices[:, 0], 0)


# --- layers ----------------------------------------------------------------------


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    activation=st.sampled_from(["relu", "hardtanh", ["abs", None, "relu"]]),
)
def test_the_regions_of_the_first_layers_are_unions_of_cells(seed, activation):
    widths = [2, 6, 5, 4, 1]
    cx = pr.enumerate_regions(
        pr.random_network(widths, seed=seed, activation=activation), SQUARE
    )
    cells = mosaic(cx).outlines.areas()
    hidden = cx.network.hidden_layers
    for k, n_regions in enumerate(cx.per_layer, start=1):
        outlines = mosaic(cx, layers=k).outlines
        assert len(outlines) == n_regions
        n_columns = int((cx.network.units[:, 0] <= hidden[k - 1]).sum())
        prefixes = cx.patterns[:, :n_columns]
        assert len(np.unique(prefixes, axis=0)) == n_regions
        for region, area in enumerate(outlines.areas()):
            own = slice(outlines.cells[region], outlines.cells[region + 1])
            assert (prefixes[own] == prefixes[own][0]).all()
            assert cells[own].sum() == pytest.approx(area, abs=1e-12)


def test_the_maps_of_the_polygons_are_the_maps_of_the_cells():
    net = pr.random_network([2, 6, 5, 3], seed=1, activation="hardtanh")
    cx = pr.enumerate_regions(net, SQUARE)
    for cell, own in zip(cx, mosaic(cx).outlines.maps, strict=True):
        np.testing.assert_allclose(own, cell.value, atol=1e-12)


def test_a_boundary_over_the_first_layers_is_that_of_the_network():
    net = pr.random_network([2, 6, 5, 2], seed=1)
    drawn = [
        plot_regions(net, SQUARE, regions="activation", layers=k, boundary=True).axes[0]
        for k in (1, 2)
    ]
    first, whole = (axes.collections[-1].get_paths()[0].vertices for axes in drawn)
    np.testing.assert_array_equal(first, whole)
    n_regions = pr.enumerate_regions(net, SQUARE).per_layer[0]
    assert drawn[0].get_title() == f"{n_regions} activation regions of layer 1"


def test_linear_regions_of_some_layers_are_refused():
    net = pr.random_network([2, 6, 5, 2], seed=4)
    with pytest.raises(InvalidArgumentError, match="whole network"):
        plot_regions(net, SQUARE, regions="linear", layers=1)
    assert len(plot_regions(net, SQUARE, layers=1).axes) == 1


def test_corners_follow_each_other_round_each_polygon():
    assert next_corners(np.array([3, 0, 4])).tolist() == [1, 2, 0, 4, 5, 6, 3]
    assert next_corners(np.array([], np.int64)).tolist() == []


def test_a_hundred_classes_have_a_boundary():
    net = pr.random_network([2, 12, 100], seed=0)
    segments = boundary_of(net)
    found = np.unique(classes(net, np.random.default_rng(0).uniform(-1, 1, (5000, 2))))
    assert len(found) > 3
    for point in changes_on_segments(net, np.random.default_rng(1)):
        assert distances(segments, point).min() < 1e-9
