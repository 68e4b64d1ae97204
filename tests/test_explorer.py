# SPDX-License-Identifier: MIT
"""The explorer's page: alone, whole, and with the numbers of the complex."""

import re

import numpy as np
import pytest
from explorer_file import Page
from program import called, write_models

import polyregions as pr
from polyregions.boundary import decision_boundary
from polyregions.errors import InvalidArgumentError, InvalidDomainError
from polyregions.explorer import Frame, write_explorer
from polyregions.mosaic import mosaic
from polyregions.plotting import cell_polygons

SQUARE = pr.Domain.box(-1, 1, dim=2)
# Two units that cancel: 4 activation regions, 2 linear regions.
CANCEL = pr.Network(
    [([[1.0, 0], [-1, 0], [0, 1]], [0, 0, 0.1]), ([[1.0, -1, 1]], [0.0])]
)


def explored(tmp_path, frames, **options):
    write_explorer(tmp_path / "page.html", frames, **options)
    return Page(tmp_path / "page.html")


# --- the page --------------------------------------------------------------------


def test_the_page_asks_for_nothing_from_outside(tmp_path):
    page = explored(tmp_path, pr.enumerate_regions(CANCEL, SQUARE))
    assert "://" not in page.text
    assert not re.search(r"\b(fetch|import|XMLHttpRequest|WebSocket)\s*\(", page.text)
    for tag, attributes in page.elements:
        assert "src" not in attributes
        if "href" in attributes:  # an empty icon, so that no browser asks for one
            assert (tag, attributes["href"]) == ("link", "data:,")


def test_no_title_breaks_out_of_its_place(tmp_path):
    title = "</title><script>alert(1)</script>{{blocks}}"
    frames = [Frame(cx=pr.enumerate_regions(CANCEL, SQUARE), name=title, network=title)]
    page = explored(tmp_path, frames, title=title)
    assert page.data["title"] == title
    assert page.about["frames"][0]["name"] == title
    assert sum(tag == "script" for tag, _ in page.elements) == 3
    assert "alert" not in page.data["script"]


def test_the_same_frames_give_the_same_bytes(tmp_path):
    texts = [
        explored(tmp_path, pr.enumerate_regions(CANCEL, SQUARE)).text for _ in range(2)
    ]
    assert texts[0] == texts[1]


# --- the numbers -----------------------------------------------------------------


@pytest.mark.parametrize("activation", ["relu", "hardtanh", "abs", ["relu", None]])
def test_the_arrays_are_those_of_the_complex(tmp_path, activation):
    net = pr.random_network([2, 9, 6, 3], seed=3, activation=activation)
    cx = pr.enumerate_regions(net, SQUARE)
    page = explored(tmp_path, cx)
    about = page.about["frames"][0]
    n_levels = len(cx.per_layer)
    assert len(about["units"]) == n_levels
    for level, n_regions in enumerate(cx.per_layer):
        shown = mosaic(cx, layers=level + 1)
        assert len(page.array(0, f"colours{level}")) == n_regions
        for one, other in zip(
            page.polygons(0, level), cell_polygons(cx, layers=level + 1), strict=True
        ):
            np.testing.assert_array_equal(one, other)
        np.testing.assert_allclose(
            page.array(0, f"areas{level}"), shown.outlines.areas(), rtol=1e-6
        )
        cells = page.array(0, f"cells{level}")
        np.testing.assert_array_equal(cells, shown.outlines.cells)
    maps = page.array(0, "maps").reshape(len(cx), 3, 3)
    for cell, own in zip(cx, maps, strict=True):
        np.testing.assert_allclose(own, cell.value, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(page.array(0, "linear"), cx.linear_labels())
    np.testing.assert_array_equal(
        page.array(0, "boundary").reshape(-1, 2, 2), decision_boundary(shown.outlines)
    )


@pytest.mark.parametrize(("activation", "bits"), [("relu", True), ("hardtanh", False)])
def test_patterns_are_packed_where_digits_are_bits(tmp_path, activation, bits):
    net = pr.random_network([2, 9, 6, 3], seed=3, activation=activation)
    cx = pr.enumerate_regions(net, SQUARE)
    page = explored(tmp_path, cx)
    assert page.about["frames"][0]["bits"] == bits
    rows = page.array(0, "patterns").reshape(len(cx), -1)
    if bits:
        rows = np.unpackbits(rows, axis=1)[:, : cx.patterns.shape[1]]
    np.testing.assert_array_equal(rows, cx.patterns)


@pytest.mark.parametrize("source", [CANCEL, 7])
def test_colours_differ_wherever_regions_share_a_facet(tmp_path, source):
    net = source if isinstance(source, pr.Network) else pr.random_network([2, 9, 9, 1])
    cx = pr.enumerate_regions(net, SQUARE)
    page = explored(tmp_path, cx)
    low, high = cx.adjacency.T
    last = len(cx.per_layer) - 1
    colours = page.array(0, f"colours{last}")
    assert (colours[low] != colours[high]).all()
    linear = page.array(0, "linear")
    shared = page.array(0, "linearColours")[linear]
    np.testing.assert_array_equal(
        shared[low] == shared[high], linear[low] == linear[high]
    )
    n_joined = int((linear[low] == linear[high]).sum())
    assert len(page.array(0, "joined")) == 2 * n_joined
    assert len(page.array(0, "apart")) == 2 * (len(low) - n_joined)


def test_facets_end_in_corners_of_both_their_cells(tmp_path):
    page = explored(tmp_path, pr.enumerate_regions(CANCEL, SQUARE))
    vertices = page.array(0, "vertices").reshape(-1, 2)
    joined = vertices[page.array(0, "joined")].reshape(-1, 2, 2)
    assert len(joined) == 2
    assert (joined[:, :, 0] == 0).all()  # the cut at x = 0, which changes no map
    assert sorted(joined[:, :, 1].ravel()) == pytest.approx([-1, -0.1, -0.1, 1])


def test_frames_keep_their_networks_names_and_points(tmp_path):
    nets = [pr.random_network([2, 4, 4, 2], seed=seed) for seed in range(4)]
    frames = (
        Frame(
            cx=pr.enumerate_regions(net, SQUARE),
            name=f"epoch {k % 2}",
            network="ab"[k // 2],
        )
        for k, net in enumerate(nets)
    )
    points = [[0.5, 0.5], [0.25, -1]]
    page = explored(tmp_path, frames, points=points, labels=["x", "a"], title="t")
    assert [(f["network"], f["name"]) for f in page.about["frames"]] == [
        ("a", "epoch 0"),
        ("a", "epoch 1"),
        ("b", "epoch 0"),
        ("b", "epoch 1"),
    ]
    assert page.about["points"] == [0.5, 0.5, 0.25, -1]
    assert page.about["classes"] == [1, 0]


def test_many_outputs_are_cut_short_and_the_rest_is_named(tmp_path):
    cx = pr.enumerate_regions(pr.random_network([2, 4, 30], seed=0), SQUARE)
    about = explored(tmp_path, cx).about["frames"][0]
    assert (about["outputs"], about["moreOutputs"]) == (12, 18)


def test_numbers_beyond_float64_do_not_crash(tmp_path):
    net = pr.Network(
        [([[1e200, 1.0]], [0.0]), ([[1e200], [-1e200]], [0.0, 1]), ([[1.0, 1]], [0.0])]
    )
    cx = pr.enumerate_regions(net, SQUARE)
    page = explored(tmp_path, cx)
    assert len(page.polygons(0, 1)) == len(cx)


def test_a_network_without_hidden_layers_is_one_region(tmp_path):
    cx = pr.enumerate_regions(pr.Network([([[1.0, 2]], [0.5])]), SQUARE)
    page = explored(tmp_path, cx)
    assert page.about["frames"][0]["units"] == [0]
    assert len(page.polygons(0, 0)) == 1
    assert page.array(0, "maps").tolist() == [1.0, 2.0, 0.5]


def test_windows_slices_and_partial_results(tmp_path):
    net = pr.random_network([3, 8, 8, 1], seed=0)
    plane = pr.Domain.slice([0, 0, 0.5], [[1.0, 0, 0], [0, 1, 1]])
    cx = pr.enumerate_regions(net, plane, max_regions=20)
    page = explored(tmp_path, cx, window=((-1, -2), (1, 2)))
    about = page.about["frames"][0]
    assert (about["axis"], about["status"]) == ("u", "budget")
    corners = page.array(0, "vertices").reshape(-1, 2)
    assert (np.abs(corners) <= [1, 2]).all()


# --- the command, and refusals ---------------------------------------------------


def test_plot_writes_a_page(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    write_models()
    argv = ("plot", "cancel.npz", "out.html", "--box", "-1", "1")
    status, out, err = called(capsys, *argv, "--regions", "linear")
    assert (status, err) == (0, "")
    assert out.startswith("out.html: 4 activation regions")
    page = Page(tmp_path / "out.html")
    assert page.about["regions"] == "linear"
    assert page.data["title"] == "Network(2-3-1, relu)"
    assert "http" not in page.text[:4000]


@pytest.mark.parametrize(
    ("name", "options", "pattern"),
    [
        ("page.png", {}, "suffix .png; pass .html"),
        ("page", {}, "suffix missing; pass .html"),
        ("no/page.html", {}, "no folder"),
        ("page.html", {"regions": "both"}, "both.*activation, linear"),
        ("page.html", {"points": [1.0]}, "points"),
        ("page.html", {"frames": []}, "no frame"),
        ("page.html", {"window": (1, 1)}, "window"),
    ],
)
def test_what_has_no_page_is_refused(tmp_path, name, options, pattern):
    options = {"frames": pr.enumerate_regions(CANCEL, SQUARE), **options}
    with pytest.raises(InvalidArgumentError, match=pattern):
        write_explorer(tmp_path / name, **options)
    assert list(tmp_path.iterdir()) == []


def test_other_dimensions_are_refused(tmp_path):
    segment = pr.Domain.segment([0, 0], [1, 1])
    with pytest.raises(InvalidDomainError, match=r"1 dimension .*slice"):
        write_explorer(tmp_path / "a.html", pr.enumerate_regions(CANCEL, segment))
