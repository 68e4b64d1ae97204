# SPDX-License-Identifier: MIT
"""Pictures: the polygons are the cells, and neighbours differ in colour."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg

import polyregions as pr
from polyregions import plotting
from polyregions.colouring import facets, region_colours
from polyregions.errors import InvalidArgumentError, InvalidDomainError
from polyregions.mosaic import mosaic
from polyregions.plotting import cell_polygons, plot_regions
from polyregions.polygons import Outlines

SQUARE = pr.Domain.box(-1, 1, dim=2)
ACTIVATIONS = ("relu", "abs", "hardtanh", "relu6", ["abs", "hardtanh"], ["relu", None])
# Degenerate: twin units, a unit that is 0 on half the plane, lines through one point.
TWINS = pr.Network(
    [
        ([[1.0, 0], [1, 0], [-2, 0], [1, 1], [0, 1]], [0.0, 0, 0, 0, 0]),
        ([[1.0, 0, 0, 0, 0], [0, 0, 1, 0, -1]], [0.0, -1]),
        ([[1.0, 1]], [0.0]),
    ]
)
# Two units that cancel: 4 activation regions, 2 linear regions.
CANCEL = pr.Network(
    [([[1.0, 0], [-1, 0], [0, 1]], [0, 0, 0.1]), ([[1.0, -1, 1]], [0.0])]
)


def random_complex(seed, *, activation="relu", domain=SQUARE, widths=(2, 6, 5, 1)):
    net = pr.random_network(widths, seed=seed, activation=activation)
    return pr.enumerate_regions(net, domain)


def area(polygon):
    x, y = polygon[:, 0], polygon[:, 1]
    return float(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1)) / 2)


def drawn_neighbours(cx):
    shared = mosaic(cx).facets
    pairs = np.sort(np.stack([shared.low, shared.high], axis=1), axis=1)
    assert len(pairs) == len({*map(tuple, pairs.tolist())})
    return {*map(tuple, pairs.tolist())}


def panel_colours(cx, panel):
    """Region of each cell, and the colour that the panel has in its middle."""
    cells = plot_regions(cx, regions=panel).axes[0].collections[0]
    filled = [
        [path.contains_point(middle) for path in cells.get_paths()]
        for middle in (p.mean(axis=0) for p in cell_polygons(cx))
    ]
    assert (np.sum(filled, axis=1) == 1).all()
    return mosaic(cx).labels(panel), cells.get_facecolor()[np.argmax(filled, axis=1)]


def outlines_of(*polygons):
    """Outlines of lists of (x, y, cut)."""
    corners = np.array([corner for polygon in polygons for corner in polygon])
    starts = np.cumsum([0, *map(len, polygons)])
    cells = np.arange(len(polygons) + 1)
    cuts = corners[:, 2].astype(np.int64)
    maps = np.zeros((len(polygons), 0, 3))
    return Outlines(corners[:, :2], cuts, starts, cells, maps)


# --- polygons --------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), activation=st.sampled_from(ACTIVATIONS))
def test_the_polygons_are_the_cells(seed, activation):
    cx = random_complex(seed, activation=activation)
    polygons = cell_polygons(cx)
    assert len(polygons) == len(cx)
    assert sum(map(area, polygons)) == pytest.approx(4)
    for cell, polygon in zip(cx, polygons, strict=True):
        A, b = cell.halfspaces
        assert area(polygon) > 0
        assert (polygon @ A.T <= b + 1e-9).all()


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), activation=st.sampled_from(ACTIVATIONS))
def test_drawn_neighbours_are_the_neighbours(seed, activation):
    cx = random_complex(seed, activation=activation)
    assert drawn_neighbours(cx) == {*map(tuple, cx.adjacency.tolist())}


def test_units_without_breakpoints_keep_slope_and_value_at_0():
    line = pr.PiecewiseLinear((), (2.0,), 0.25)
    steps = pr.PiecewiseLinear((-0.5, 0.25, 0.5), (1.0, -1, 3, 0), 0.125)
    cx = random_complex(4, activation=[[line, steps] * 3, "relu"])
    for cell, polygon in zip(cx, cell_polygons(cx), strict=True):
        A, b = cell.halfspaces
        assert area(polygon) > 0
        assert (polygon @ A.T <= b + 1e-9).all()


@pytest.mark.parametrize("net", [TWINS, CANCEL])
def test_degenerate_networks_have_the_neighbours_of_their_cells(net):
    cx = pr.enumerate_regions(net, SQUARE)
    assert drawn_neighbours(cx) == {*map(tuple, cx.adjacency.tolist())}
    assert sum(map(area, cell_polygons(cx))) == pytest.approx(4)


def test_polygons_end_at_the_window():
    cx = random_complex(3, domain=pr.Domain.all(2))
    polygons = cell_polygons(cx, ((-1, -2), (1, 2)))
    corners = np.concatenate(polygons)
    assert sum(map(area, polygons)) == pytest.approx(8)
    assert (np.abs(corners) <= [1, 2]).all()
    assert any(len(p) == 0 for p in polygons)


def test_polygons_of_a_polytope_end_at_its_sides():
    triangle = pr.Domain.polytope([[-1, 0], [0, -1], [1, 3]], [0, 0, 1])
    polygons = cell_polygons(random_complex(3, domain=triangle))
    assert sum(map(area, polygons)) == pytest.approx(1 / 6)


def test_polygons_of_flat_domains_and_slices_are_in_own_coordinates():
    net = pr.random_network([3, 6, 5, 1], seed=1)
    flat = pr.enumerate_regions(net, pr.Domain.box([-1, 0.5, -2], [1, 0.5, 2]))
    rows = [[1.0, 0, 0], [0, 0, 1]]
    inside = pr.Domain.box([-1, -2], [1, 2])
    cut = pr.enumerate_regions(net, pr.Domain.slice([0, 0.5, 0], rows, inside))
    for one, other in zip(cell_polygons(flat), cell_polygons(cut), strict=True):
        np.testing.assert_allclose(one, other)


def test_a_complex_stopped_by_a_budget_shows_only_the_cells_seen():
    net = pr.random_network([2, 6, 5, 1], seed=3)
    whole = pr.enumerate_regions(net, SQUARE)
    part = pr.enumerate_regions(net, SQUARE, max_regions=10)
    polygons = {
        cell.pattern.tobytes(): p
        for cell, p in zip(part, cell_polygons(part), strict=True)
    }
    for cell, polygon in zip(whole, cell_polygons(whole), strict=True):
        if cell.pattern.tobytes() in polygons:
            seen = polygons[cell.pattern.tobytes()]
            assert area(seen) == pytest.approx(area(polygon))
    assert len(polygons) == len(part) < len(whole)
    titles = [axes.get_title() for axes in plot_regions(part).axes]
    assert titles == [
        "incomplete (budget): 10 activation regions so far",
        "incomplete (budget): linear regions so far",
    ]


def test_slivers_thinner_than_float64_do_not_crash():
    offsets = [0.0, 1e-300, -1e-300, 1e-17]
    net = pr.Network([([[1.0, 1]] * 4, offsets), (np.ones((1, 4)), [0.0])])
    cx = pr.enumerate_regions(net, SQUARE)
    polygons = cell_polygons(cx)
    assert len(polygons) == len(cx) == 5
    assert sum(map(area, polygons)) == pytest.approx(4)
    plot_regions(cx)


# --- colours ---------------------------------------------------------------------


@pytest.mark.parametrize("panel", ["activation", "linear"])
@pytest.mark.parametrize("source", [0, 1, CANCEL, TWINS])
def test_neighbouring_regions_never_share_a_colour(panel, source):
    net = pr.random_network([2, 9, 7, 1], seed=source) if source in (0, 1) else source
    cx = pr.enumerate_regions(net, SQUARE)
    labels, colours = panel_colours(cx, panel)
    for i, j in cx.adjacency:
        assert (labels[i] == labels[j]) == np.array_equal(colours[i], colours[j])


def test_cells_of_one_linear_region_have_one_colour():
    labels, colours = panel_colours(pr.enumerate_regions(CANCEL, SQUARE), "linear")
    assert len(set(labels.tolist())) == len({tuple(c) for c in colours}) == 2


def test_lines_are_thicker_between_linear_regions_than_within():
    axes = plot_regions(CANCEL, SQUARE, regions="linear").axes[0]
    within, between = axes.collections[1:3]
    assert [len(lines.get_paths()[0].vertices) // 2 for lines in (within, between)] == [
        2,
        2,
    ]
    assert between.get_linewidth() > within.get_linewidth()


@given(st.integers(0, 10**6), st.integers(0, 60))
def test_planar_graphs_need_six_colours(seed, n_more):
    rng = np.random.default_rng(seed)
    # An icosahedron, where all have degree 5; then points into random triangles.
    ring = [(k, 1 + k % 5) for k in range(1, 6)]
    pairs = [(0, k) for k in range(1, 6)] + ring
    pairs += [(11 - a, 11 - b) for a, b in pairs]
    pairs += [(a, 11 - c) for k, (a, b) in enumerate(ring) for c in ring[-k]]
    triangles = [(0, a, b) for a, b in ring]
    for k in range(12, 12 + n_more):
        a, b, c = triangles.pop(rng.integers(len(triangles)))
        pairs += [(a, k), (b, k), (c, k)]
        triangles += [(a, b, k), (b, c, k), (c, a, k)]
    pairs = np.array(pairs)
    colours = region_colours(12 + n_more, pairs, pairs[:0], 6)
    assert (colours[pairs[:, 0]] != colours[pairs[:, 1]]).all()


@given(st.integers(0, 10**6), st.integers(0, 9))
def test_many_regions_in_one_corner_still_differ_across_facets(seed, n_more):
    # A wheel: all 20 touch in the middle, so that eight colours cannot do for corners.
    n = 20 + n_more
    order = np.random.default_rng(seed).permutation(n)
    ring = np.stack([order, np.roll(order, 1)], axis=1)
    touching = np.array([(i, j) for i in range(n) for j in range(i)])
    colours = region_colours(n, ring, touching, 8)
    assert (colours[ring[:, 0]] != colours[ring[:, 1]]).all()


@pytest.mark.parametrize("seed", range(4))
def test_regions_that_touch_in_a_corner_differ_too(seed):
    cx = random_complex(seed, widths=(2, 20, 20, 1))
    shown = mosaic(cx)
    colours = shown.colours(np.arange(len(cx)))
    corners = {}
    for cell, polygon in enumerate(cell_polygons(cx)):
        for corner in polygon.round(7).tolist():
            corners.setdefault(tuple(corner), set()).add(cell)
    assert max(map(len, corners.values())) == 4
    for cells in corners.values():
        assert len({colours[cell] for cell in cells}) == len(cells)


def test_facets_of_rounding_length_are_left_out():
    left = [(0.0, 0.0, 1), (0.0, 1.0, 0), (-1.0, 0.5, 0)]
    right = [(0.0, 1.0, -1), (0.0, 1.0 - 1e-16, 0), (1.0, 0.5, 0)]
    assert len(facets(outlines_of(left, right), 1e-9)) == 0
    right[1] = (0.0, 0.25, 0)
    shared = facets(outlines_of(left, right), 1e-9)
    assert (shared.low.tolist(), shared.high.tolist()) == ([0], [1])
    assert shared.start.tolist() + shared.end.tolist() == [[0.0, 0.25], [0.0, 1.0]]


# --- pictures --------------------------------------------------------------------


def test_both_panels_state_their_counts():
    figure = plot_regions(CANCEL, SQUARE)
    titles = [axes.get_title() for axes in figure.axes]
    assert titles == ["4 activation regions", "2 linear regions"]


@pytest.mark.parametrize("window", [(-1, 1), (-3, 3), ((-1, -3), (1, 3))])
def test_titles_and_labels_are_inside_the_picture(window):
    figure = plot_regions(CANCEL, pr.Domain.all(2), window=window)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    for axes in figure.axes:
        for text in (axes.title, axes.xaxis.label, axes.yaxis.label):
            box = text.get_window_extent(canvas.get_renderer())
            assert figure.bbox.x0 <= box.x0 < box.x1 <= figure.bbox.x1
            assert figure.bbox.y0 <= box.y0 < box.y1 <= figure.bbox.y1


def test_a_title_says_how_many_regions_are_in_view():
    axes = plot_regions(CANCEL, SQUARE, regions="activation", window=(0.5, 1)).axes[0]
    assert axes.get_title() == "4 activation regions, 1 of them in view"


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_the_same_complex_gives_the_same_file(tmp_path, suffix):
    files = [tmp_path / f"{k}.{suffix}" for k in range(2)]
    for file in files:
        plot_regions(CANCEL, SQUARE, path=file)
    first, second = (file.read_bytes() for file in files)
    assert first == second
    assert len(first) > 1000


def test_points_are_drawn_in_the_colour_of_their_class():
    points, labels = [[0, 0], [0.5, 0.5], [0.2, 0.1]], ["a", "b", "a"]
    axes = plot_regions(
        CANCEL, SQUARE, regions="linear", points=points, labels=labels
    ).axes[0]
    dots = axes.collections[-1]
    np.testing.assert_array_equal(dots.get_offsets(), points)
    a, b, again = map(tuple, dots.get_facecolor())
    assert a == again != b


def test_a_panel_is_drawn_into_given_axes():
    from matplotlib.figure import Figure

    figure = Figure()
    axes = figure.subplots()
    assert plot_regions(CANCEL, SQUARE, regions="linear", ax=axes) is figure
    assert axes.get_title() == "2 linear regions"


def test_five_thousand_cells_are_drawn_in_seconds(tmp_path):
    cx = random_complex(0, widths=(2, 64, 64, 64, 1))
    polygons = cell_polygons(cx)
    assert len(cx) > 5000
    assert sum(map(area, polygons)) == pytest.approx(4)
    plot_regions(cx, path=tmp_path / "many.png")


def test_plotting_loads_matplotlib_only_to_draw():
    code = (
        "import sys, polyregions.cli, polyregions.plotting;"
        "sys.exit('matplotlib' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_drawing_leaves_pyplot_alone():
    code = (
        "import sys, polyregions as pr; from polyregions.plotting import plot_regions;"
        "net = pr.random_network([2, 3, 1], seed=0);"
        "plot_regions(net, pr.Domain.box(-1, 1, dim=2));"
        "sys.exit('matplotlib.pyplot' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# --- refusals --------------------------------------------------------------------

SEGMENT = pr.Domain.segment([0, 0], [1, 1])
EMPTY = pr.Domain.polytope([[0.0, 0]], [-1])
ODD = ((0, 0, 0), (1, 1, 1))


@pytest.mark.parametrize(
    ("domain", "options", "error", "pattern"),
    [
        (SEGMENT, {}, InvalidDomainError, "1 dimension .*slice"),
        (EMPTY, {}, InvalidDomainError, "empty"),
        (pr.Domain.all(3), {}, InvalidDomainError, "3 dimensions.*slice"),
        (pr.Domain.all(2), {}, InvalidArgumentError, "unbounded.*window"),
        (pr.Domain.box(0, np.inf, 2), {}, InvalidArgumentError, "unbounded.*window"),
        (None, {}, InvalidArgumentError, "Network and the Domain"),
        (SQUARE, {"regions": "closed"}, InvalidArgumentError, "closed.*both"),
        (SQUARE, {"window": ((0, 0), (1, 0))}, InvalidArgumentError, "x0 < x1"),
        (SQUARE, {"window": ((2, 2), (3, 3))}, InvalidArgumentError, "meet the window"),
        (SQUARE, {"window": "here"}, InvalidArgumentError, "window 'here'"),
        (SQUARE, {"window": ODD}, InvalidArgumentError, "window"),
        (SQUARE, {"points": [1, 2]}, InvalidArgumentError, "points"),
        (SQUARE, {"points": [[1, 2]], "labels": [1, 2]}, InvalidArgumentError, "lab"),
        (SQUARE, {"path": "a.jpg"}, InvalidArgumentError, "png, .svg or .pdf"),
        (SQUARE, {"layers": 0}, InvalidArgumentError, "1 hidden layer"),
        (SQUARE, {"layers": 2}, InvalidArgumentError, "1 hidden layer"),
        (SQUARE, {"path": "no/folder/a.png"}, InvalidArgumentError, "no folder"),
        (SQUARE, {"ax": "axes"}, InvalidArgumentError, "both.*activation, linear"),
    ],
)
def test_what_has_no_picture_is_refused(domain, options, error, pattern):
    with pytest.raises(error, match=pattern):
        plot_regions(CANCEL, domain, **options)


def test_a_complex_takes_no_second_domain():
    with pytest.raises(InvalidArgumentError, match="leave domain= out"):
        plot_regions(pr.enumerate_regions(CANCEL, SQUARE), SQUARE)


def test_without_matplotlib_the_remedy_is_named(monkeypatch):
    monkeypatch.setattr(plotting, "find_spec", lambda name: None)
    with pytest.raises(pr.errors.MissingExtraError, match=r"polyregions\[plot\]"):
        plot_regions(CANCEL, SQUARE)
