# SPDX-License-Identifier: MIT
"""The explorer in a headless Chromium: what a person sees, hovers and slides.

``make explorer`` runs it; without a browser it fails.  ``make test`` does not collect
it, since its name does not begin with test_.  POLYREGIONS_SCREENSHOTS names a folder
for pictures of the pages.
"""

import os
import re
from pathlib import Path

import numpy as np
import pytest
from browser import Browser
from explorer_page import counted, inner, pixels, press, rgb, slide, spot, text

import polyregions as pr
from polyregions.explorer import Frame, write_explorer
from polyregions.mosaic import PALETTE, mosaic
from polyregions.plotting import cell_polygons

SQUARE = pr.Domain.box(-1, 1, dim=2)
# relu(x) - relu(-x) is x: the cut at x = 0 makes four cells, but no linear region.
CANCEL = pr.Network(
    [([[1.0, 0], [-1, 0], [0, 1]], [0, 0, 0.1]), ([[1.0, -1, 1]], [0.0])]
)
LARGE = [2, 128, 120, 110, 1]  # seed 0: more than 20 000 regions


@pytest.fixture(scope="module")
def browser():
    with Browser() as browser:
        yield browser


@pytest.fixture
def page(browser, tmp_path, request):
    """Write frames to a page and open it; afterwards nothing may have gone wrong."""
    browser.resize(1200, 800)
    file = tmp_path / "page.html"

    def opened(frames, **options):
        write_explorer(file, frames, **options)
        browser.events.clear()
        browser.open(file)
        browser.settle()
        return browser

    yield opened
    folder = os.environ.get("POLYREGIONS_SCREENSHOTS")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        browser.screenshot(Path(folder) / f"{request.node.name}.png")
    assert browser.complaints() == []
    assert browser.requests() == [file.resolve().as_uri()]


@pytest.fixture(scope="module")
def epochs():
    """Two networks at three epochs."""
    return [
        Frame(
            cx=pr.enumerate_regions(
                pr.random_network([2, 10, 8, 6, 2], seed=10 * n + epoch), SQUARE
            ),
            name=f"epoch {epoch}",
            network=name,
        )
        for n, name in enumerate(["ReLU", "other"])
        for epoch in range(3)
    ]


# --- what is drawn ---------------------------------------------------------------


def test_every_region_is_drawn_in_its_colour(page, epochs):
    cx = epochs[0].cx
    browser = page(cx)
    assert counted(browser) == browser.value("explorer.picture.drawn") == len(cx)
    cells, points = inner(cx, 40)
    press(browser, "#boundary")
    shown = mosaic(cx)
    colours = shown.colours(shown.labels("activation"))[cells]
    seen = pixels(browser, "base", points)
    np.testing.assert_array_equal(seen[:, :3], rgb([PALETTE[c] for c in colours]))


def test_linear_regions_take_their_own_colours(page):
    cx = pr.enumerate_regions(CANCEL, SQUARE)
    browser = page(cx, regions="linear")
    assert browser.value("document.querySelector('[value=linear]').checked")
    assert counted(browser) == 2
    points = [[-0.5, 0.5], [0.5, 0.5], [0.5, -0.5], [-0.5, -0.5]]
    labels = cx.linear_labels()[cx.locate(points)]
    seen = pixels(browser, "base", points)
    for label, colour in zip(labels, seen, strict=True):
        assert (label == labels[0]) == np.array_equal(colour, seen[0])


def test_the_boundary_is_white_and_can_be_left_out(page):
    net = pr.Network([([[1.0, 0]], [0.5]), ([[1.0]], [-0.75])])
    browser = page(pr.enumerate_regions(net, SQUARE))
    on_it = [[0.25, 0.0], [0.25, 0.7]]
    assert (pixels(browser, "base", on_it)[:, :3] == 255).all()
    press(browser, "#boundary")
    assert (pixels(browser, "base", on_it)[:, :3] != 255).any()


def test_a_zoomed_picture_draws_what_is_in_sight(page, epochs):
    cx = epochs[0].cx
    browser = page(cx)
    x, y = map(round, spot(browser, 0.5, 0.5))
    point = browser.value(f"explorer.picture.toPoint({x}, {y})")
    for _ in range(3):
        browser.wheel(x, y, -200)
    x0, y0, x1, y1 = browser.value("explorer.picture.seen()")
    assert x1 - x0 < 0.8
    np.testing.assert_allclose(spot(browser, *point), [x, y], atol=0.01)
    meets = [
        (p.max(axis=0) >= [x0, y0]).all() and (p.min(axis=0) <= [x1, y1]).all()
        for p in cell_polygons(cx)
    ]
    browser.value("explorer.picture.draw()")
    assert browser.value("explorer.picture.drawn") == sum(meets)
    assert 1 < sum(meets) < len(cx)


def test_a_zoom_of_1e8_still_shows_the_right_regions(page, epochs):
    cx = epochs[0].cx
    browser = page(cx)
    press(browser, "#boundary")
    shown = mosaic(cx)
    colours = shown.colours(np.arange(len(cx)))
    lines = (shown.facets.end - shown.facets.start) / 2
    lengths = np.hypot(*lines.T)
    for k in np.argsort(lengths)[-6:]:
        x, y = shown.facets.start[k] + lines[k]
        browser.value(
            f"explorer.picture.home(); Object.assign(explorer.picture.view, {{x: {x},"
            f"y: {y}, scale: 1e8 * explorer.picture.least}}); explorer.picture.draw()"
        )
        u, v = spot(browser, x, y)
        dx, dy = 7 * lines[k] / lengths[k]  # pixels beside the line
        around = [
            browser.value(f"explorer.picture.toPoint({u + side * dy}, {v + side * dx})")
            for side in (-1, 1)
        ]
        cells = cx.locate(around)
        assert {*cells} == {shown.facets.low[k], shown.facets.high[k]}
        wanted = rgb([PALETTE[colours[cell]] for cell in cells])
        np.testing.assert_array_equal(pixels(browser, "base", around)[:, :3], wanted)


# --- hovering --------------------------------------------------------------------


def test_hovering_shows_pattern_map_and_area(page, epochs):
    cx = epochs[0].cx
    browser = page(cx)
    areas = mosaic(cx).outlines.areas()
    for cell, point in zip(*inner(cx, 12), strict=True):
        browser.move(*spot(browser, *point))
        said = text(browser, "info")
        assert f"Activation region {cell + 1} of {len(cx)}" in said
        digits = [re.sub(r"layer \d|\s", "", d) for d in re.findall(r"layer .*", said)]
        assert "".join(digits) == "".join(map(str, cx.patterns[cell]))
        numbers = re.findall(
            r"f\d = (−?)(\S+) x0 ([+−]) (\S+) x1 ([+−]) (\S+)", said.replace("\n", " ")
        )
        signs = {"": 1.0, "+": 1.0, "−": -1.0}
        own = [
            [signs[row[k]] * float(row[k + 1]) for k in (0, 2, 4)] for row in numbers
        ]
        np.testing.assert_allclose(own, cx[int(cell)].value, rtol=1e-5, atol=1e-6)
        area = re.search(r"area in the picture\s+(\S+), (\S+) %", said)
        assert float(area[1]) == pytest.approx(areas[cell], rel=1e-3)
        assert float(area[2]) == pytest.approx(100 * areas[cell] / 4, rel=1e-3)


def test_the_linear_region_under_the_pointer_lights_up(page):
    browser = page(pr.enumerate_regions(CANCEL, SQUARE))
    points = [[-0.5, 0.5], [-0.5, -0.5], [0.5, 0.5], [0.5, -0.5]]
    assert (pixels(browser, "light", points)[:, 3] == 0).all()
    browser.move(*spot(browser, -0.5, 0.5))
    lit = pixels(browser, "light", points)[:, 3] > 0
    cx = pr.enumerate_regions(CANCEL, SQUARE)
    labels = cx.linear_labels()[cx.locate(points)]
    np.testing.assert_array_equal(lit, labels == labels[0])
    assert "2 activation regions, area 2.2, 55 %" in text(browser, "info")
    browser.move(5, 5)
    assert (pixels(browser, "light", points)[:, 3] == 0).all()


def test_a_click_holds_a_region_until_escape(page, epochs):
    cx = epochs[0].cx
    browser = page(cx)
    cells, points = inner(cx, 2)
    browser.click(*spot(browser, *points[0]))
    browser.move(*spot(browser, *points[1]))
    assert f"region {cells[0] + 1} of" in text(browser, "info")
    browser.value("document.getElementById('light').focus()")
    browser.key("Escape", code=27)
    browser.move(*spot(browser, *points[1]))
    assert f"region {cells[1] + 1} of" in text(browser, "info")


# --- sliders and switches --------------------------------------------------------


def test_the_epoch_slider_shows_the_epochs(page, epochs):
    browser = page(epochs)
    for epoch in (0, 1, 2):
        assert counted(browser) == len(epochs[epoch].cx)
        assert text(browser, "epoch-name") == f"epoch {epoch}"
        assert browser.value("explorer.picture.drawn") == len(epochs[epoch].cx)
        slide(browser, "epoch", "ArrowRight", 39)
    assert text(browser, "epoch-name") == "epoch 2"  # the last one


def test_the_layer_slider_shows_the_regions_of_the_first_layers(page, epochs):
    browser = page(epochs)
    cx = epochs[0].cx
    for layers in (3, 2, 1):
        n_regions = cx.per_layer[layers - 1]
        assert counted(browser) == n_regions
        assert browser.value("explorer.picture.drawn") == n_regions
        disabled = browser.value("document.getElementById('kind').disabled")
        assert disabled == (layers < 3)
        slide(browser, "layer", "ArrowLeft", 37)
    slide(browser, "epoch", "ArrowRight", 39)  # the layer stays
    assert counted(browser) == epochs[1].cx.per_layer[0]
    browser.move(*spot(browser, 0.3, 0.3))
    assert re.search(r"in all layers\s+\d+ region", text(browser, "info"))


def test_the_switch_shows_linear_regions(page):
    browser = page(pr.enumerate_regions(CANCEL, SQUARE))
    assert counted(browser) == 4
    press(browser, "[value=linear]")
    assert text(browser, "summary").startswith("2 linear regions")
    press(browser, "[value=activation]")
    assert text(browser, "summary").startswith("4 activation regions")


def test_networks_are_chosen_between(page, epochs):
    browser = page(epochs)
    slide(browser, "epoch", "ArrowRight", 39)
    browser.value("document.getElementById('network').focus()")
    browser.value(
        "{const n = document.getElementById('network'); n.value = 'other';"
        "n.dispatchEvent(new Event('change'))}"
    )
    assert text(browser, "summary").endswith("other, epoch 1")
    assert counted(browser) == len(epochs[4].cx)


# --- moving ----------------------------------------------------------------------


def test_dragging_moves_and_the_button_goes_home(page, epochs):
    browser = page(epochs[0].cx)
    start = spot(browser, 0, 0)
    browser.drag(start, [start[0] + 60, start[1] - 40])
    np.testing.assert_allclose(
        spot(browser, 0, 0), [start[0] + 60, start[1] - 40], atol=0.01
    )
    press(browser, "#home")
    np.testing.assert_allclose(spot(browser, 0, 0), start, atol=0.01)


def test_a_slow_picture_moves_as_a_bitmap_and_is_then_drawn_again(page, epochs):
    cx = epochs[0].cx
    browser = page(cx)
    press(browser, "#boundary")
    browser.value("explorer.picture.slow = 0; explorer.picture.request()")
    browser.settle()
    browser.settle()
    browser.value("explorer.picture.drawn = -1")
    start = spot(browser, 0, 0)
    browser.drag(start, [start[0] + 30, start[1] + 20])
    assert browser.value("explorer.picture.drawn") == -1  # only the bitmap was moved
    cells, points = inner(cx, 20)
    shown = mosaic(cx)
    colours = shown.colours(shown.labels("activation"))[cells]
    wanted = rgb([PALETTE[c] for c in colours])
    np.testing.assert_array_equal(pixels(browser, "base", points)[:, :3], wanted)
    browser.value("new Promise(done => setTimeout(done, 300))")
    assert browser.value("explorer.picture.drawn") == len(cx)
    np.testing.assert_array_equal(pixels(browser, "base", points)[:, :3], wanted)


def test_keys_move_zoom_and_show_the_region_in_the_middle(page, epochs):
    cx = epochs[0].cx
    browser = page(cx)
    browser.value("document.getElementById('light').focus()")
    scale = browser.value("explorer.picture.view.scale")
    browser.key("+")
    assert browser.value("explorer.picture.view.scale") == pytest.approx(1.25 * scale)
    for key in ("ArrowRight", "ArrowUp"):
        browser.key(key)
    x, y = browser.value("[explorer.picture.view.x, explorer.picture.view.y]")
    assert x > 0
    assert y > 0
    cell = cx.locate([[x, y]])[0]
    assert f"region {cell + 1} of" in text(browser, "info")
    browser.key("0")
    assert browser.value("explorer.picture.view.scale") == pytest.approx(scale)


def test_a_tap_shows_a_region_and_two_fingers_zoom(page, epochs):
    cx = epochs[0].cx
    browser = page(cx)
    browser.resize(500, 900, touch=True)
    browser.settle()
    browser.settle()
    cells, points = inner(cx, 1)
    browser.touch("touchStart", spot(browser, *points[0]))
    browser.touch("touchEnd")
    browser.settle()
    assert f"region {cells[0] + 1} of" in text(browser, "info")
    scale = browser.value("explorer.picture.view.scale")
    x, y = spot(browser, 0, 0)
    browser.touch("touchStart", (x - 20, y), (x + 20, y))
    for gap in (25, 32, 40):
        browser.touch("touchMove", (x - gap, y), (x + gap, y))
    browser.touch("touchEnd")
    browser.settle()
    assert browser.value("explorer.picture.view.scale") > 1.3 * scale
    browser.resize(1200, 800)


# --- twenty thousand regions -----------------------------------------------------


def test_twenty_thousand_regions_are_drawn_and_moved(page, capsys):
    cx = pr.enumerate_regions(pr.random_network(LARGE, seed=0), SQUARE)
    assert len(cx) > 20_000
    browser = page(cx)
    assert counted(browser) == browser.value("explorer.picture.drawn") == len(cx)
    first = browser.value("explorer.firstPicture")
    times = browser.value(
        "new Promise(done => { const times = []; let last = performance.now();"
        "const step = () => { const now = performance.now(); times.push(now - last);"
        "last = now; explorer.picture.move(2, 1); explorer.picture.request(true);"
        "if (times.length < 60) requestAnimationFrame(step); else done(times); };"
        "requestAnimationFrame(step); })"
    )
    x, y = spot(browser, 0.1, 0.2)
    browser.move(x, y)
    assert f"of {len(cx)}" in text(browser, "info")
    with capsys.disabled():
        print(
            f"\n{len(cx)} regions: first picture {first / 1000:.2f} s after the start, "
            f"moved at {1000 / np.median(times[5:]):.0f} pictures a second (median)"
        )
