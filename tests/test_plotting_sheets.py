# SPDX-License-Identifier: MIT
"""Contact sheets and animations: every panel in its place, every frame in the file."""

import os
import sys
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

import polyregions as pr
from polyregions.errors import InvalidArgumentError
from polyregions.sheets import Panel, plot_sheet, write_animation

SQUARE = pr.Domain.box(-1, 1, dim=2)


@pytest.fixture(scope="module")
def epochs():
    """Four complexes in a row, of two hidden layers."""
    nets = [pr.random_network([2, 5, 4, 2], seed=seed) for seed in range(4)]
    return [pr.enumerate_regions(net, SQUARE) for net in nets]


# --- sheets ----------------------------------------------------------------------


def test_a_sheet_shows_layers_by_epochs(epochs, tmp_path):
    rows = [[Panel(cx=cx, layers=k) for cx in epochs] for k in (1, 2)]
    figure = plot_sheet(
        rows,
        row_titles=["layer 1", "layers 1 and 2"],
        column_titles=list("abcd"),
        path=tmp_path / "sheet.svg",
    )
    grid = np.reshape(figure.axes, (2, 4))
    for column, cx in enumerate(epochs):
        for row in (0, 1):
            title = grid[row, column].get_title()
            assert f"{cx.per_layer[row]} activation regions" in title
            assert title.startswith("abcd"[column]) == (row == 0)
    assert [axes.get_ylabel() for axes in grid[:, 0]] == ["layer 1", "layers 1 and 2"]
    assert (tmp_path / "sheet.svg").stat().st_size > 10_000


def test_places_without_a_panel_stay_empty(epochs):
    figure = plot_sheet([[Panel(cx=epochs[0]), None], [Panel(cx=epochs[1])]])
    drawn = [bool(axes.collections) for axes in figure.axes]
    assert drawn == [True, False, True, False]
    assert [axes.axison for axes in figure.axes] == drawn


def test_every_panel_shows_boundary_and_points(epochs):
    points, labels = [[0.5, 0.5], [0, 0], [-0.5, 0]], [0, 1, 1]
    panels = [Panel(cx=epochs[0]), Panel(cx=epochs[1], regions="linear", title="own")]
    figure = plot_sheet([panels], boundary=True, points=points, labels=labels)
    for axes in figure.axes:
        *_, line, dots = axes.collections
        np.testing.assert_array_equal(dots.get_offsets(), points)
        assert line.get_edgecolor().tolist() == [[1.0, 1.0, 1.0, 1.0]]
    assert figure.axes[1].get_title() == "own"


def test_a_sheet_shows_the_window(epochs):
    figure = plot_sheet([[Panel(cx=epochs[0])]], window=((0, -0.5), (1, 0.5)))
    assert figure.axes[0].get_xlim() == (0, 1)
    assert figure.axes[0].get_ylim() == (-0.5, 0.5)


# --- animations ------------------------------------------------------------------


def test_a_gif_has_a_frame_an_epoch(epochs, tmp_path):
    file = tmp_path / "epochs.gif"
    frames = ([Panel(cx=cx), Panel(cx=cx, regions="linear")] for cx in epochs)
    write_animation(file, frames, titles="abcd", seconds=0.5, boundary=True)
    with Image.open(file) as animation:
        assert animation.n_frames == len(epochs)
        pictures = []
        for frame in range(animation.n_frames):
            animation.seek(frame)
            assert animation.info["duration"] == 500
            pictures.append(np.asarray(animation.convert("RGB"), np.int64))
    for one, other in pairwise(pictures):
        assert np.mean((one != other).any(axis=2)) > 0.1


def test_the_same_frames_give_the_same_bytes(epochs, tmp_path):
    files = [tmp_path / f"{k}.gif" for k in range(2)]
    for file in files:
        write_animation(file, [[Panel(cx=epochs[0])], [Panel(cx=epochs[1])]])
    assert files[0].read_bytes() == files[1].read_bytes()


def test_an_animation_that_fails_leaves_no_file(epochs, tmp_path):
    one, two = [Panel(cx=epochs[0])], [Panel(cx=epochs[0])] * 2
    with pytest.raises(InvalidArgumentError, match="different numbers of panels"):
        write_animation(tmp_path / "a.gif", [one, two])
    assert os.listdir(tmp_path) == []


# Stands for ffmpeg, which a machine need not have: keeps its arguments and its input.
FFMPEG = f"""#!{sys.executable}
import pathlib, sys
data = sys.stdin.buffer.read()
pathlib.Path(sys.argv[-1]).write_text(repr((sys.argv, len(data), sum(data) > 0)))
sys.exit(STATUS)
"""


@pytest.fixture
def ffmpeg(tmp_path, monkeypatch):
    """Put a program called ffmpeg, of some exit status, on the PATH."""

    def put(status):
        program = tmp_path / "bin" / "ffmpeg"
        program.parent.mkdir()
        program.write_text(FFMPEG.replace("STATUS", str(status)))
        program.chmod(0o755)
        monkeypatch.setenv("PATH", os.fspath(program.parent))

    return put


def test_all_frames_go_to_ffmpeg(epochs, tmp_path, ffmpeg):
    ffmpeg(0)
    file = tmp_path / "epochs.mp4"
    write_animation(file, ([Panel(cx=cx)] for cx in epochs), seconds=0.5)
    arguments, n_bytes, seen = eval(file.read_text())
    width, height = map(int, arguments[arguments.index("-s") + 1].split("x"))
    assert arguments[arguments.index("-r") + 1] == "2.0"
    assert n_bytes == len(epochs) * width * height * 3
    assert width % 2 == height % 2 == 0  # what the format asks for
    assert seen


def test_a_failing_ffmpeg_leaves_no_file(epochs, tmp_path, ffmpeg):
    ffmpeg(3)
    with pytest.raises(InvalidArgumentError, match=r"ffmpeg fails \(exit status 3"):
        write_animation(tmp_path / "a.mp4", [[Panel(cx=epochs[0])]])
    assert os.listdir(tmp_path) == ["bin"]


def test_without_ffmpeg_the_remedy_is_named(epochs, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", os.fspath(tmp_path))
    with pytest.raises(InvalidArgumentError, match=r"install it .*or pass \.gif"):
        write_animation(tmp_path / "a.mp4", [[Panel(cx=epochs[0])]])


# --- refusals --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "options", "pattern"),
    [
        ([], {}, "no panel"),
        ([[None]], {}, "no panel"),
        (1, {"row_titles": ["a", "b"]}, "row_titles are 2; pass 1"),
        (1, {"column_titles": []}, "column_titles are 0; pass 1"),
        (1, {"path": "sheet.gif"}, "png, .svg or .pdf"),
        (1, {"points": [1.0]}, "points"),
        ("both", {}, "both"),
    ],
)
def test_sheets_that_cannot_be_drawn_are_refused(epochs, rows, options, pattern):
    if isinstance(rows, (int, str)):
        regions = rows if isinstance(rows, str) else "activation"
        rows = [[Panel(cx=epochs[0], regions=regions)]]
    with pytest.raises(InvalidArgumentError, match=pattern):
        plot_sheet(rows, **options)


@pytest.mark.parametrize(
    ("name", "n_frames", "options", "pattern"),
    [
        ("a.gif", 0, {}, "no frame"),
        ("a.png", 1, {}, ".gif or .mp4"),
        ("no/a.gif", 1, {}, "no folder"),
        ("a.gif", 1, {"seconds": 0}, "seconds=0"),
        ("a.gif", 1, {"seconds": float("nan")}, "seconds=nan"),
    ],
)
def test_animations_that_cannot_be_made_are_refused(
    epochs, tmp_path, name, n_frames, options, pattern
):
    frames = [[Panel(cx=epochs[0])]] * n_frames
    with pytest.raises(InvalidArgumentError, match=pattern):
        write_animation(tmp_path / name, frames, **options)
