# SPDX-License-Identifier: MIT
"""Pictures of two-dimensional region complexes: png, svg and pdf, with matplotlib.

Which cells there are, and which of them form one linear region, is exact; only the
corners of the polygons are rounded, for drawing.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .boundary import decision_boundary
from .colouring import Facets
from .domain import Domain
from .enumeration import enumerate_regions
from .errors import InvalidArgumentError, MissingExtraError
from .mosaic import PALETTE, Mosaic, mosaic
from .network import Network
from .outline import checked_outline
from .polygons import Floats, Ints, Outlines, cell_outlines, spans
from .region_complex import RegionComplex

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.path import Path

REGIONS = ("activation", "linear", "both")
SUFFIXES = (".png", ".svg", ".pdf")
POINT_COLOURS = ("#FFFFFF", "#222222", "#AA3377", "#004488", "#997700", "#117733")
_AT_ONCE = 20_000  # polygons or lines of one path; larger ones overflow a raster


def cell_polygons(
    cx: RegionComplex, window: ArrayLike | None = None, *, layers: int | None = None
) -> list[Floats]:
    """Return the corners of the cells of a two-dimensional complex, for drawing.

    Parameters
    ----------
    window : ((x0, y0), (x1, y1)) in the domain's own coordinates
        What lies outside is cut off; None for all of a bounded domain.
    layers : only the first so many hidden layers cut; None for all

    Returns
    -------
    list of (k, 2) float64, one a cell, counterclockwise
        k = 0 where a cell lies outside the window, or is too thin for float64.

    Raises
    ------
    InvalidDomainError
        The domain has not two dimensions, or is empty.
    InvalidArgumentError
        A domain without bound needs a window; a window that is none, or that does not
        meet the domain; ``layers`` that the network has not.
    """
    outlines = mosaic(cx, window, layers).outlines
    return np.split(outlines.corners, outlines.starts[1:-1])[: len(outlines)]


def plot_regions(
    source: RegionComplex | Network,
    domain: Domain | None = None,
    *,
    regions: str = "both",
    layers: int | None = None,
    window: ArrayLike | None = None,
    boundary: bool = False,
    points: ArrayLike | None = None,
    labels: ArrayLike | None = None,
    title: str | None = None,
    ax: Axes | None = None,
    path: str | os.PathLike[str] | None = None,
) -> Figure:
    """Draw activation regions, linear regions, or both side by side.

    Regions that share a facet never share a colour, nor do those that touch in a corner
    where at most four meet. A thin line bounds an activation region and a thicker one a
    linear region.

    Parameters
    ----------
    source : a complex, or a network and its ``domain``
    regions : "activation", "linear" or "both"
    layers : the activation regions when only the first so many hidden layers cut
    window : as ``cell_polygons`` takes it
    boundary : whether to draw in white where the class of the largest output changes,
        or where a single output is 0
    points : (n, 2) data points to draw, own coordinates
    labels : (n,) their classes, which colour them
    title : of the panels; how many regions there are by default
    ax : matplotlib Axes to draw one panel into; not for "both"
    path : file to write, ``.png``, ``.svg`` or ``.pdf``

    Returns
    -------
    matplotlib Figure

    Raises
    ------
    InvalidDomainError, InvalidArgumentError
        As ``cell_polygons``; another ``regions``; linear regions of some layers only;
        another suffix, or a folder that is not there.
    MissingExtraError
        matplotlib is not installed.
    """
    panels = check_panels(regions, single=ax is not None)
    if path is not None:
        checked_picture_path(path)
    shown = mosaic(_complex(source, domain, window), window, layers)
    spots = checked_points(points, labels)
    all_axes = _new_axes(shown, len(panels)) if ax is None else [ax]
    for axes, panel in zip(all_axes, panels, strict=True):
        draw_panel(axes, shown, panel, title)
        if boundary:
            draw_boundary(axes, shown)
        draw_points(axes, *spots)
    figure = cast("Figure", all_axes[0].get_figure(root=True))
    if path is not None:
        save_picture(figure, path)
    return figure


def check_panels(regions: str, *, single: bool = False) -> tuple[str, ...]:
    """Return the panels to draw, and see that matplotlib is there.

    Parameters
    ----------
    single : whether only one panel may be asked for

    Raises
    ------
    InvalidArgumentError
        Another ``regions``.
    MissingExtraError
        matplotlib is not installed.
    """
    known = REGIONS[:2] if single else REGIONS
    if regions not in known:
        raise InvalidArgumentError(
            f"regions={regions!r}; pass one of {', '.join(known)}"
        )
    if find_spec("matplotlib") is None:
        raise MissingExtraError(
            "a picture needs matplotlib; pip install 'polyregions[plot]'"
        )
    return REGIONS[:2] if regions == "both" else (regions,)


def checked_picture_path(
    path: str | os.PathLike[str], suffixes: Sequence[str] = SUFFIXES
) -> FilePath:
    """Return the path if a picture can be written there.

    Raises
    ------
    InvalidArgumentError
        Another suffix, no such folder, or a folder of that name.
    """
    file = FilePath(path)
    suffix = file.suffix.lower()
    if suffix not in suffixes:
        known = f"{', '.join(suffixes[:-1])} or {suffixes[-1]}"
        raise InvalidArgumentError(
            f"{file}: suffix {suffix or 'missing'}; pass {known}"
        )
    if not file.parent.is_dir():
        raise InvalidArgumentError(
            f"{file}: there is no folder {file.parent}; make it first"
        )
    if file.is_dir():
        raise InvalidArgumentError(f"{file} is a folder; pass the name of a file")
    return file


def save_picture(figure: Figure, path: str | os.PathLike[str]) -> None:
    """Write a figure; the same figure gives the same bytes.

    Raises
    ------
    InvalidArgumentError
        As ``checked_picture_path``, or the file cannot be written.
    """
    import matplotlib as mpl

    file = checked_picture_path(path)
    # No date and no random ids.
    dates = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}
    try:
        with mpl.rc_context({"svg.hashsalt": "polyregions"}):
            figure.savefig(file, dpi=200, metadata=dates.get(file.suffix.lower()))
    except OSError as error:
        reason = error.strerror or "cannot be written"
        raise InvalidArgumentError(f"{file}: {reason}") from None


# --- what is drawn --------------------------------------------------------------------


def _complex(
    source: RegionComplex | Network, domain: Domain | None, window: ArrayLike | None
) -> RegionComplex:
    if isinstance(source, RegionComplex):
        if domain is not None:
            raise InvalidArgumentError("a complex has its domain; leave domain= out")
        return source
    if not isinstance(source, Network) or not isinstance(domain, Domain):
        raise InvalidArgumentError(
            "pass a RegionComplex, or a Network and the Domain to draw"
        )
    checked_outline(domain, window)  # its errors before the long work
    return enumerate_regions(source, domain)


def checked_points(
    points: ArrayLike | None, labels: ArrayLike | None
) -> tuple[Floats, NDArray[np.int64]]:
    """Return data points (n, 2), and which class each is of (n,), from 0.

    Raises
    ------
    InvalidArgumentError
        Shapes that are no points, or do not fit.
    """
    if points is None:
        return np.zeros((0, 2)), np.zeros(0, np.int64)
    spots = np.asarray(points, dtype=np.float64)
    if spots.ndim != 2 or spots.shape[1] != 2:
        raise InvalidArgumentError(f"points have shape {spots.shape}; pass (n, 2)")
    classes = np.zeros(len(spots)) if labels is None else np.asarray(labels)
    if classes.shape != (len(spots),):
        raise InvalidArgumentError(
            f"labels have shape {classes.shape}; pass ({len(spots)},)"
        )
    return spots, np.unique(classes, return_inverse=True)[1]


# --- drawing --------------------------------------------------------------------------


def _new_axes(shown: Mosaic, n_panels: int) -> list[Axes]:
    """Return axes of a new figure that no window system and no global state knows."""
    from matplotlib.figure import Figure

    width, height = np.ptp(shown.root, axis=0)
    aspect = min(max(height / width, 0.4), 2.5)
    size = (5.2 * n_panels, 4.5 * aspect + 0.8)  # inches; the rest is labels
    figure = Figure(figsize=size, layout="constrained")
    return list(figure.subplots(1, n_panels, squeeze=False)[0])


def draw_panel(
    axes: Axes, shown: Mosaic, regions: str, title: str | None = None
) -> None:
    """Fill the regions, draw their lines, and frame them."""
    labels = shown.labels(regions)
    colours = shown.colours(labels)[labels]
    seen = shown.outlines.lengths > 0
    n_polygons = int(seen.sum())
    paths, fill = [], []
    for colour, name in enumerate(PALETTE):
        rows = np.flatnonzero(seen & (colours == colour))
        for at in range(0, len(rows), _AT_ONCE):
            paths.append(_polygon_path(shown.outlines, rows[at : at + _AT_ONCE]))
            fill.append(name)
    # The edges close the hairlines between neighbours.
    _add_paths(axes, paths, zorder=1, facecolors=fill, edgecolors=fill, linewidths=0.3)
    figure = cast("Figure", axes.get_figure(root=True))
    inches = axes.get_window_extent().width / figure.dpi
    thin = inches / 4.5 * min(0.7, max(0.08, 12 / math.sqrt(1 + n_polygons)))
    found = shown.facets
    apart = labels[found.low] != labels[found.high]
    if regions == "linear":
        _draw_lines(axes, found[~apart], "#FFFFFF", thin)
        _draw_lines(axes, found[apart], "#222222", 2 * thin)
    else:
        _draw_lines(axes, found[apart], "#333333", thin)
    n_visible = len(np.unique(labels[seen]))
    n_regions = int(labels.max(initial=-1)) + 1
    _frame_panel(axes, shown, title or _title(shown, regions, n_regions, n_visible))


def _polygon_path(outlines: Outlines, rows: Ints) -> Path:
    """Return the polygons as one path, each closed."""
    from matplotlib.path import Path

    lengths = outlines.lengths[rows]
    corners = outlines.corners[spans(outlines.starts[rows], lengths)]
    ends = np.cumsum(lengths)
    vertices = np.insert(corners, ends, corners[ends - 1], axis=0)
    codes = np.full(len(vertices), Path.LINETO, Path.code_type)
    closing = ends + np.arange(len(rows))
    codes[closing] = Path.CLOSEPOLY
    codes[np.concatenate([[0], closing[:-1] + 1])] = Path.MOVETO
    return Path(vertices, codes)


def _segment_paths(start: Floats, end: Floats) -> list[Path]:
    from matplotlib.path import Path

    paths = []
    for at in range(0, len(start), _AT_ONCE):
        ends = np.stack([start, end], axis=1)[at : at + _AT_ONCE].reshape(-1, 2)
        codes = np.full(len(ends), Path.LINETO, Path.code_type)
        codes[::2] = Path.MOVETO
        paths.append(Path(ends, codes))
    return paths


def _add_paths(axes: Axes, paths: Sequence[Path], **style: Any) -> None:
    """Add one collection; a path holds thousands of polygons, which is what is fast."""
    from matplotlib.collections import PathCollection

    axes.add_collection(PathCollection(paths, **style), autolim=False)


def _draw_lines(axes: Axes, lines: Facets, colour: str, width: float) -> None:
    _draw_segments(axes, lines.start, lines.end, colour, width, 2)


def _draw_segments(
    axes: Axes, start: Floats, end: Floats, colour: str, width: float, zorder: float
) -> None:
    _add_paths(
        axes,
        _segment_paths(start, end),
        facecolors="none",
        edgecolors=colour,
        linewidths=width,
        capstyle="round",
        zorder=zorder,
    )


def draw_boundary(axes: Axes, shown: Mosaic, width: float = 2.0) -> None:
    """Draw the decision boundary, white between dark rims."""
    outlines = shown.outlines
    if not shown.is_whole:  # scores are affine on the cells of all layers
        outlines = cell_outlines(shown.cx, shown.root)
    start, end = decision_boundary(outlines).swapaxes(0, 1)
    _draw_segments(axes, start, end, "#222222", 1.6 * width, 3)
    _draw_segments(axes, start, end, "#FFFFFF", width, 3.1)


def _frame_panel(axes: Axes, shown: Mosaic, title: str) -> None:
    from matplotlib.patches import Polygon as Patch

    root = shown.root
    axes.add_patch(
        Patch(root, fill=False, edgecolor="#222222", linewidth=1.2, zorder=3.5)
    )
    (x0, y0), (x1, y1) = root.min(axis=0), root.max(axis=0)
    axes.set(xlim=(x0, x1), ylim=(y0, y1), aspect="equal")
    name = "x" if shown.cx.dim == shown.cx.domain.n_inputs else "u"
    axes.locator_params(nbins=5)
    axes.set_xlabel(f"${name}_0$")
    axes.set_ylabel(f"${name}_1$", rotation=0)
    axes.set_title(title)


def _title(shown: Mosaic, regions: str, n_regions: int, n_visible: int) -> str:
    title = f"{n_regions} {regions} region{'' if n_regions == 1 else 's'}"
    if not shown.is_whole:
        title += f" of layer{'' if shown.layers == 1 else 's 1 to'} {shown.layers}"
    if n_visible < n_regions:
        title += f", {n_visible} of them in view"
    status = shown.cx.status
    if status == "complete":
        return title
    if regions == "linear":  # unseen cells may join them: no count of anything
        title = "linear regions"
    return f"incomplete ({status}): {title} so far"


def draw_points(axes: Axes, spots: Floats, classes: Ints, size: float = 11.0) -> None:
    """Draw data points in the colours of their classes; ``size`` in points squared."""
    colours = [POINT_COLOURS[k % len(POINT_COLOURS)] for k in classes.tolist()]
    if len(spots):
        axes.scatter(
            spots[:, 0],
            spots[:, 1],
            c=colours,
            s=size,
            edgecolors="#222222",
            linewidths=0.5,
            zorder=4,
        )
