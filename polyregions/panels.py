# SPDX-License-Identifier: MIT
"""One panel of a picture, drawn into matplotlib Axes.

Thousands of polygons or lines go into one path, which is what every backend is fast at.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from .boundary import decision_boundary
from .colouring import Facets
from .mosaic import PALETTE, Mosaic
from .polygons import Floats, Ints, Outlines, cell_outlines, spans

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.path import Path

POINT_COLOURS = ("#FFFFFF", "#222222", "#AA3377", "#004488", "#997700", "#117733")
_AT_ONCE = 20_000  # polygons or lines of one path; larger ones overflow a raster


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
