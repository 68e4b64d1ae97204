# SPDX-License-Identifier: MIT
"""Pictures of two-dimensional region complexes: png and svg, with matplotlib.

Which cells there are, and which of them form one linear region, is exact; only the
corners of the polygons are rounded, for drawing.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .domain import Domain
from .enumeration import enumerate_regions
from .errors import InvalidArgumentError, InvalidDomainError, MissingExtraError
from .network import Network
from .polygons import (
    Facet,
    Polygon,
    cell_outlines,
    domain_outline,
    facets,
    region_colours,
)
from .region_complex import RegionComplex
from .tolerances import DEFAULT

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]

REGIONS = ("activation", "linear", "both")
SUFFIXES = (".png", ".svg")
# Paul Tol's colour-blind-safe scheme "light", three parts of ten white.
PALETTE = (
    "#A0C4E7",
    "#F3E7AC",
    "#FFC4CF",
    "#7CCFB8",
    "#F3AC94",
    "#B8E7FF",
    "#CFDB70",
    "#E7E7E7",
)
POINT_COLOURS = ("#FFFFFF", "#222222", "#AA3377", "#004488", "#997700", "#117733")


@dataclass(frozen=True, slots=True)
class _Drawing:
    """What both panels share: the complex, its outlines and the facets in sight."""

    cx: RegionComplex
    root: Polygon
    outlines: list[Polygon]
    shared: list[Facet]


def cell_polygons(cx: RegionComplex, window: ArrayLike | None = None) -> list[Floats]:
    """Return the corners of the cells of a two-dimensional complex, for drawing.

    Parameters
    ----------
    window : ((x0, y0), (x1, y1)) in the domain's own coordinates
        What lies outside is cut off; None for all of a bounded domain.

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
        meet the domain.
    """
    drawing = _drawing(cx, window)
    return [_corners(outline) for outline in drawing.outlines]


def plot_regions(
    source: RegionComplex | Network,
    domain: Domain | None = None,
    *,
    regions: str = "both",
    window: ArrayLike | None = None,
    points: ArrayLike | None = None,
    labels: ArrayLike | None = None,
    ax: Axes | None = None,
    path: str | os.PathLike[str] | None = None,
) -> Figure:
    """Draw activation regions, linear regions, or both side by side.

    Neighbours never share a colour. A thin line bounds an activation region and a
    thicker one a linear region.

    Parameters
    ----------
    source : a complex, or a network and its ``domain``
    regions : "activation", "linear" or "both"
    window : as ``cell_polygons`` takes it
    points : (n, 2) data points to draw, own coordinates
    labels : (n,) their classes, which colour them
    ax : matplotlib Axes to draw one panel into; not for "both"
    path : file to write, ``.png`` or ``.svg``

    Returns
    -------
    matplotlib Figure

    Raises
    ------
    InvalidDomainError, InvalidArgumentError
        As ``cell_polygons``; another ``regions``; another suffix, or a folder that is
        not there.
    MissingExtraError
        matplotlib is not installed.
    """
    panels = check_panels(regions, single=ax is not None)
    if path is not None:
        checked_picture_path(path)
    drawing = _drawing(_complex(source, domain, window), window)
    all_axes = _new_axes(drawing, len(panels)) if ax is None else [ax]
    for axes, panel in zip(all_axes, panels, strict=True):
        _draw_panel(axes, drawing, panel)
        _draw_points(axes, points, labels)
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


def checked_picture_path(path: str | os.PathLike[str]) -> Path:
    """Return the path if a picture can be written there.

    Raises
    ------
    InvalidArgumentError
        Another suffix than .png or .svg, no such folder, or a folder of that name.
    """
    file = Path(path)
    suffix = file.suffix.lower()
    if suffix == ".html":
        raise InvalidArgumentError(
            f"{file}: html is not in this version; pass .png or .svg"
        )
    if suffix not in SUFFIXES:
        raise InvalidArgumentError(
            f"{file}: suffix {suffix or 'missing'}; pass {' or '.join(SUFFIXES)}"
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
    metadata = {"Date": None} if file.suffix.lower() == ".svg" else None
    try:
        with mpl.rc_context({"svg.hashsalt": "polyregions"}):
            figure.savefig(file, dpi=200, metadata=metadata)
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


def checked_outline(domain: Domain, window: ArrayLike | None = None) -> Polygon:
    """Return the outline of a domain that can be drawn.

    Raises
    ------
    InvalidDomainError
        Empty, or not two-dimensional.
    InvalidArgumentError
        As ``cell_polygons``.
    """
    if domain.is_empty:
        raise InvalidDomainError("the domain is empty: there is nothing to draw")
    if domain.own_dim != 2:
        raise InvalidDomainError(
            f"the domain has {domain.own_dim} dimension"
            f"{'' if domain.own_dim == 1 else 's'} and a picture two; pass a "
            "two-dimensional slice (Domain.slice, or --domain FILE of kind slice)"
        )
    return domain_outline(domain, window)


def _drawing(cx: RegionComplex, window: ArrayLike | None) -> _Drawing:
    root = checked_outline(cx.domain, window)
    outlines = cell_outlines(cx, root)
    width = float(np.ptp(_corners(root), axis=0).max())
    shared = facets(outlines, DEFAULT.drawn_length * width)
    return _Drawing(cx, root, outlines, list(shared))


def _region_labels(cx: RegionComplex, panel: str) -> Labels:
    """(n_cells,): which region of the panel each cell is part of."""
    apart = np.arange(len(cx), dtype=np.int64)
    if panel == "activation" or int(cx.map_labels.max(initial=-1)) + 1 == len(cx):
        return apart  # all maps differ: nothing to join
    return cx.linear_labels()


def _corners(outline: Polygon) -> Floats:
    return np.asarray([corner[:2] for corner in outline], np.float64).reshape(-1, 2)


# --- drawing --------------------------------------------------------------------------


def _new_axes(drawing: _Drawing, n_panels: int) -> list[Axes]:
    """Return axes of a new figure that no window system and no global state knows."""
    from matplotlib.figure import Figure

    width, height = np.ptp(_corners(drawing.root), axis=0)
    aspect = min(max(height / width, 0.4), 2.5)
    size = (5.2 * n_panels, 4.5 * aspect + 0.8)  # inches; the rest is labels
    figure = Figure(figsize=size, layout="constrained")
    return list(figure.subplots(1, n_panels, squeeze=False)[0])


def _draw_panel(axes: Axes, drawing: _Drawing, panel: str) -> None:
    from matplotlib.collections import PolyCollection

    labels = _region_labels(drawing.cx, panel)
    n_regions = int(labels.max(initial=-1)) + 1
    apart = [f for f in drawing.shared if labels[f.low] != labels[f.high]]
    pairs = [(int(labels[f.low]), int(labels[f.high])) for f in apart]
    colours = region_colours(n_regions, pairs, len(PALETTE))
    visible = [k for k, outline in enumerate(drawing.outlines) if outline]
    fill = [PALETTE[colours[labels[k]]] for k in visible]
    cells = PolyCollection(
        [_corners(drawing.outlines[k]) for k in visible],
        facecolors=fill,
        edgecolors=fill,  # closes the hairlines between neighbours
        linewidths=0.3,
        zorder=1,
    )
    axes.add_collection(cells)
    thin = min(0.7, max(0.08, 12 / math.sqrt(1 + len(visible))))
    if panel == "linear":
        joined = [f for f in drawing.shared if labels[f.low] == labels[f.high]]
        _draw_lines(axes, joined, "#FFFFFF", thin)
        _draw_lines(axes, apart, "#222222", 2 * thin)
    else:
        _draw_lines(axes, apart, "#333333", thin)
    n_visible = len(np.unique(labels[visible]))
    _frame_panel(axes, drawing, _title(drawing.cx, panel, n_regions, n_visible))


def _draw_lines(axes: Axes, lines: Sequence[Facet], colour: str, width: float) -> None:
    from matplotlib.collections import LineCollection

    ends = [(f.start, f.end) for f in lines]
    axes.add_collection(
        LineCollection(
            ends, colors=colour, linewidths=width, capstyle="round", zorder=2
        )
    )


def _frame_panel(axes: Axes, drawing: _Drawing, title: str) -> None:
    from matplotlib.patches import Polygon as Patch

    root = _corners(drawing.root)
    axes.add_patch(
        Patch(root, fill=False, edgecolor="#222222", linewidth=1.2, zorder=3)
    )
    (x0, y0), (x1, y1) = root.min(axis=0), root.max(axis=0)
    axes.set(xlim=(x0, x1), ylim=(y0, y1), aspect="equal")
    name = "x" if drawing.cx.dim == drawing.cx.domain.n_inputs else "u"
    axes.locator_params(nbins=5)
    axes.set_xlabel(f"${name}_0$")
    axes.set_ylabel(f"${name}_1$", rotation=0)
    axes.set_title(title)


def _title(cx: RegionComplex, panel: str, n_regions: int, n_visible: int) -> str:
    title = f"{n_regions} {panel} region{'' if n_regions == 1 else 's'}"
    if n_visible < n_regions:
        title += f", {n_visible} of them in view"
    if cx.status == "complete":
        return title
    if panel == "linear":  # unseen cells may join them: no count of anything
        title = "linear regions"
    return f"incomplete ({cx.status}): {title} so far"


def _draw_points(
    axes: Axes, points: ArrayLike | None, labels: ArrayLike | None
) -> None:
    if points is None:
        return
    spots = np.asarray(points, dtype=np.float64)
    if spots.ndim != 2 or spots.shape[1] != 2:
        raise InvalidArgumentError(f"points have shape {spots.shape}; pass (n, 2)")
    classes = np.zeros(len(spots)) if labels is None else np.asarray(labels)
    if classes.shape != (len(spots),):
        raise InvalidArgumentError(
            f"labels have shape {classes.shape}; pass ({len(spots)},)"
        )
    which = np.unique(classes, return_inverse=True)[1]
    colours = [POINT_COLOURS[k % len(POINT_COLOURS)] for k in which]
    axes.scatter(
        spots[:, 0],
        spots[:, 1],
        c=colours,
        s=11,
        edgecolors="#222222",
        linewidths=0.5,
        zorder=4,
    )
