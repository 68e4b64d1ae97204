# SPDX-License-Identifier: MIT
"""Pictures of two-dimensional region complexes: png, svg and pdf, with matplotlib.

Which cells there are, and which of them form one linear region, is exact; only the
corners of the polygons are rounded, for drawing.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .domain import Domain
from .enumeration import enumerate_regions
from .errors import InvalidArgumentError, MissingExtraError
from .mosaic import Mosaic, mosaic
from .network import Network
from .outline import checked_outline
from .panels import draw_boundary, draw_panel, draw_points
from .polygons import Floats
from .region_complex import RegionComplex

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

REGIONS = ("activation", "linear", "both")
SUFFIXES = (".png", ".svg", ".pdf")


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
    layers : the activation regions when only the first so many hidden layers cut;
        "both" draws them alone
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
    if not shown.is_whole and regions == "both":
        panels = panels[:1]
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
    checked_regions(regions, REGIONS[:2] if single else REGIONS)
    if find_spec("matplotlib") is None:
        raise MissingExtraError(
            "a picture needs matplotlib; pip install 'polyregions[plot]'"
        )
    return REGIONS[:2] if regions == "both" else (regions,)


def checked_regions(regions: str, known: Sequence[str] = REGIONS) -> str:
    """Return the argument if it is one of the known.

    Raises
    ------
    InvalidArgumentError
        It is another one.
    """
    if regions not in known:
        raise InvalidArgumentError(
            f"regions={regions!r}; pass one of {', '.join(known)}"
        )
    return regions


def checked_picture_path(
    path: str | os.PathLike[str], suffixes: Sequence[str] = SUFFIXES
) -> Path:
    """Return the path if a picture can be written there.

    Raises
    ------
    InvalidArgumentError
        Another suffix, no such folder, or a folder of that name.
    """
    file = Path(path)
    suffix = file.suffix.lower()
    if suffix not in suffixes:
        known = " or ".join(filter(None, [", ".join(suffixes[:-1]), suffixes[-1]]))
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
    size = (5.2 * n_panels, 4.75 * aspect + 0.8)  # inches; the rest is labels
    figure = Figure(figsize=size, layout="constrained")
    return list(figure.subplots(1, n_panels, squeeze=False)[0])
