# SPDX-License-Identifier: MIT
"""Contact sheets and animations: regions by epoch, by layer, network beside network."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import InvalidArgumentError
from .extras import optional_import
from .mosaic import mosaic
from .panels import draw_boundary, draw_panel, draw_points
from .plotting import (
    check_panels,
    checked_picture_path,
    checked_points,
    save_picture,
)
from .polygons import Floats, Ints
from .readers.files import write_whole
from .region_complex import RegionComplex

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ANIMATIONS = (".gif", ".mp4")
_INCHES = 2.3  # a panel's width on a sheet
_FRAME_INCHES = 4.4  # and in an animation, where there are few


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One panel of a contact sheet or of an animation.

    Attributes
    ----------
    cx : RegionComplex of two dimensions
    regions : "activation" or "linear"
    layers : the activation regions when only the first so many hidden layers cut
    title : how many regions there are by default
    """

    cx: RegionComplex
    regions: str = "activation"
    layers: int | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Overlay:
    """What is drawn over every panel, and the part of the domain that is shown."""

    window: ArrayLike | None
    boundary: bool
    spots: Floats
    classes: Ints


def plot_sheet(
    rows: Sequence[Sequence[Panel | None]],
    *,
    row_titles: Sequence[str] | None = None,
    column_titles: Sequence[str] | None = None,
    window: ArrayLike | None = None,
    boundary: bool = False,
    points: ArrayLike | None = None,
    labels: ArrayLike | None = None,
    path: str | os.PathLike[str] | None = None,
) -> Figure:
    """Draw a contact sheet: rows of panels, such as layers or networks over epochs.

    Parameters
    ----------
    rows : panels row by row; None, or a shorter row, leaves a place empty
    row_titles, column_titles : one each, left and on top
    window, boundary, points, labels : of every panel, as ``plot_regions`` takes them
    path : file to write, ``.png``, ``.svg`` or ``.pdf``

    Returns
    -------
    matplotlib Figure

    Raises
    ------
    InvalidDomainError, InvalidArgumentError, MissingExtraError
        As ``plot_regions``; no panel at all; titles that are not one each.

    Notes
    -----
    Qi and Wei (2023) show layers by epochs (Figures 2, 9, 10), and Qi et al. (2023)
    networks by epochs (Figures 3, 5 to 7).
    """
    check_panels("activation")
    if path is not None:
        checked_picture_path(path)
    n_columns = max(map(len, rows), default=0)
    if not any(panel is not None for row in rows for panel in row):
        raise InvalidArgumentError("there is no panel to draw; pass rows of panels")
    _check_titles("row_titles", row_titles, len(rows))
    _check_titles("column_titles", column_titles, n_columns)
    spots, classes = checked_points(points, labels)
    overlay = _Overlay(window=window, boundary=boundary, spots=spots, classes=classes)
    figure, grid = _new_grid(len(rows), n_columns, _INCHES)
    for axes_row, row in zip(grid, rows, strict=True):
        _draw_row(axes_row, row, overlay, 1.0)
    for axes, title in zip(grid[:, 0], row_titles or (), strict=False):
        axes.axis("on")
        axes.set_ylabel(title, rotation=90, fontsize=10)
    for axes, title in zip(grid[0], column_titles or (), strict=False):
        above = axes.get_title()
        axes.set_title(f"{title}\n{above}" if above else title, fontsize=8)
    if path is not None:
        save_picture(figure, path)
    return figure


def write_animation(
    path: str | os.PathLike[str],
    frames: Iterable[Sequence[Panel]],
    *,
    titles: Iterable[str] | None = None,
    seconds: float = 0.8,
    window: ArrayLike | None = None,
    boundary: bool = False,
    points: ArrayLike | None = None,
    labels: ArrayLike | None = None,
) -> None:
    """Write an animation, a frame an epoch.

    Parameters
    ----------
    path : ``.gif``, or ``.mp4``, for which the program ffmpeg must be there
    frames : panels side by side, equally many in every frame; an iterator draws one
        at a time, so that only one needs to be held
    titles : one a frame, such as the epoch
    seconds : how long a frame is seen
    window, boundary, points, labels : of every panel, as ``plot_regions`` takes them

    Raises
    ------
    InvalidDomainError, InvalidArgumentError, MissingExtraError
        As ``plot_regions``; no frame at all, or frames of different size; ffmpeg is
        needed and not there, or fails.
    """
    check_panels("activation")
    file = checked_picture_path(path, ANIMATIONS)
    if not 0.02 <= seconds <= 600:
        raise InvalidArgumentError(f"seconds={seconds!r}; pass 0.02 to 600")
    write = _write_gif if file.suffix.lower() == ".gif" else _write_mp4
    if write is _write_mp4:
        _ffmpeg(file)
    spots, classes = checked_points(points, labels)
    overlay = _Overlay(window=window, boundary=boundary, spots=spots, classes=classes)
    pictures = _checked_pictures(_pictures(frames, titles, overlay))
    try:
        write(file, pictures, seconds)
    except OSError as error:
        reason = error.strerror or "cannot be written"
        raise InvalidArgumentError(f"{file}: {reason}") from None


# --- panels ---------------------------------------------------------------------------


def _check_titles(name: str, titles: Sequence[str] | None, n: int) -> None:
    if titles is not None and len(titles) != n:
        raise InvalidArgumentError(f"{name} are {len(titles)}; pass {n}, one each")


def _new_grid(n_rows: int, n_columns: int, inches: float) -> tuple[Figure, Any]:
    """Return a figure and its axes (n_rows, n_columns), all empty."""
    from matplotlib.figure import Figure

    size = (inches * n_columns + 0.3, (inches + 0.25) * n_rows + 0.3)
    figure = Figure(figsize=size, layout="constrained")
    grid = figure.subplots(n_rows, n_columns, squeeze=False)
    for axes in grid.flat:
        axes.set(xticks=[], yticks=[])
        axes.set_axis_off()
    return figure, grid


def _draw_row(
    all_axes: Sequence[Axes],
    row: Sequence[Panel | None],
    overlay: _Overlay,
    scale: float,
) -> None:
    for axes, panel in zip(all_axes, row, strict=False):
        if panel is None:
            continue
        check_panels(panel.regions, single=True)
        axes.set_axis_on()
        shown = mosaic(panel.cx, overlay.window, panel.layers)
        draw_panel(axes, shown, panel.regions, panel.title)
        axes.set(xlabel="", ylabel="", xticks=[], yticks=[])
        axes.set_title(axes.get_title(), fontsize=8)
        if overlay.boundary:
            draw_boundary(axes, shown, 1.3 * scale)
        draw_points(axes, overlay.spots, overlay.classes, 4.0 * scale**2)


# --- animations -----------------------------------------------------------------------


def _pictures(
    frames: Iterable[Sequence[Panel]], titles: Iterable[str] | None, overlay: _Overlay
) -> Iterator[NDArray[np.uint8]]:
    """Yield the frames as (height, width, 3) uint8."""
    agg = optional_import("matplotlib.backends.backend_agg", "plot")
    names = None if titles is None else iter(titles)
    for row in frames:
        figure, grid = _new_grid(1, len(row), _FRAME_INCHES)
        _draw_row(grid[0], row, overlay, 1.6)
        for axes in grid[0]:
            axes.set_title(axes.get_title(), fontsize=11)
        if names is not None:
            figure.suptitle(next(names, ""), fontsize=13)
        canvas = agg.FigureCanvasAgg(figure)
        figure.set_dpi(120)
        canvas.draw()
        picture = np.asarray(canvas.buffer_rgba())[:, :, :3]
        yield picture[: len(picture) // 2 * 2, : picture.shape[1] // 2 * 2].copy()


def _checked_pictures(
    pictures: Iterator[NDArray[np.uint8]],
) -> Iterator[NDArray[np.uint8]]:
    """Yield the pictures, which are some and of one size."""
    shape = None
    for picture in pictures:
        if picture.shape != (shape or picture.shape):
            raise InvalidArgumentError(
                "the frames have different numbers of panels; pass equally many"
            )
        shape = picture.shape
        yield picture
    if shape is None:
        raise InvalidArgumentError("there is no frame to draw; pass at least one")


def _write_gif(
    file: Path, pictures: Iterator[NDArray[np.uint8]], seconds: float
) -> None:
    image = optional_import("PIL.Image", "plot")

    def indexed(picture: NDArray[np.uint8]) -> Any:
        dither = image.Dither.NONE  # flat colours stay flat
        return image.fromarray(picture).quantize(255, dither=dither)

    first = indexed(next(pictures))
    whole = io.BytesIO()
    first.save(
        whole,
        "GIF",
        save_all=True,
        append_images=map(indexed, pictures),
        duration=round(1000 * seconds),
        loop=0,
    )
    write_whole(file, [whole.getvalue()])


def _ffmpeg(file: Path) -> str:
    program = shutil.which("ffmpeg")
    if program is None:
        raise InvalidArgumentError(
            f"{file}: mp4 needs the program ffmpeg, which is not on the PATH; install "
            "it (apt-get install ffmpeg), or pass .gif"
        )
    return program


def _write_mp4(
    file: Path, pictures: Iterator[NDArray[np.uint8]], seconds: float
) -> None:
    first = next(pictures)
    height, width, _ = first.shape
    source = f"-f rawvideo -pix_fmt rgb24 -s {width}x{height} -r {1 / seconds} -i -"
    target = "-c:v libx264 -pix_fmt yuv420p -r 25 -f mp4 -y"
    unfinished = file.with_name(f".{file.name}.tmp")
    command = [_ffmpeg(file), "-loglevel", "error", *source.split(), *target.split()]
    errors = ""
    try:
        with subprocess.Popen(
            [*command, os.fspath(unfinished)],
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as child:
            assert child.stdin is not None
            with suppress(BrokenPipeError):  # it has ended, and says why
                for picture in chain([first], pictures):
                    child.stdin.write(picture.tobytes())
            errors = child.communicate()[1].decode(errors="replace")
        if child.returncode:
            said = " ".join(errors.split()) or f"exit status {child.returncode}"
            raise InvalidArgumentError(f"{file}: ffmpeg fails ({said}); pass .gif")
        os.replace(unfinished, file)
    finally:
        unfinished.unlink(missing_ok=True)
