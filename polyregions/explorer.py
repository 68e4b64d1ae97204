# SPDX-License-Identifier: MIT
"""The explorer: one HTML file, without network, of the regions of networks at epochs.

Everything is inside: numbers as base64 of little-endian arrays, one block a frame, and
a JSON table that says where each array lies. ``viewer/`` holds what the browser runs.
"""

from __future__ import annotations

import base64
import html
import json
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .boundary import decision_boundary
from .errors import InvalidArgumentError
from .mosaic import PALETTE, Mosaic, mosaic
from .panels import POINT_COLOURS
from .plotting import REGIONS, checked_picture_path, checked_points, checked_regions
from .polygons import Ints
from .readers.files import write_whole
from .region_complex import RegionComplex

SUFFIXES = (".html",)
_SCRIPTS = ("data.js", "picture.js", "page.js")
_MOST_OUTPUTS = 12  # whose maps are shown
_Arrays = dict[str, tuple[str, NDArray[Any]]]  # a name: a type and values
_TYPES = {"u1": np.uint8, "u4": np.uint32, "f4": np.float32, "f8": np.float64}


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A network at one epoch.

    Attributes
    ----------
    cx : RegionComplex of two dimensions
    name : what its place on the slider is called, such as "epoch 10"
    network : name of the network, where the page shows several
    """

    cx: RegionComplex
    name: str = ""
    network: str = ""


def write_explorer(
    path: str | os.PathLike[str],
    frames: RegionComplex | Iterable[Frame],
    *,
    title: str = "",
    regions: str = "activation",
    window: ArrayLike | None = None,
    points: ArrayLike | None = None,
    labels: ArrayLike | None = None,
) -> None:
    """Write a page in which a browser explores regions.

    It pans and zooms; a region under the pointer shows its pattern, affine map and
    area, and the linear region that it is part of lights up. Sliders take the epoch and
    how many layers cut; activation and linear regions are switched between.

    Parameters
    ----------
    path : file to write, ``.html``; it needs nothing else, and no network
    frames : a complex, or networks at epochs in their order; those of one ``network``
        share a slider, and the page chooses between networks
    title : of the page
    regions : "activation" or "linear", what it shows first
    window : as ``plot_regions`` takes it
    points, labels : data points (n, 2) and their classes (n,), as there

    Raises
    ------
    InvalidDomainError, InvalidArgumentError
        As ``plot_regions``; no frame at all; another ``regions``; another suffix, or a
        file that cannot be written.
    """
    file = checked_picture_path(path, SUFFIXES)
    checked_regions(regions, REGIONS[:2])
    if isinstance(frames, RegionComplex):
        frames = [Frame(cx=frames)]
    spots, classes = checked_points(points, labels)
    blocks = _Blocks()
    tables = [_frame(frame, window, blocks) for frame in frames]
    if not tables:
        raise InvalidArgumentError("there is no frame to explore; pass at least one")
    about = {
        "regions": regions,
        "palette": PALETTE,
        "pointColours": POINT_COLOURS,
        "points": spots.ravel().tolist(),
        "classes": classes.tolist(),
        "frames": tables,
    }
    try:
        write_whole(file, _page(title, about, blocks.texts))
    except OSError as error:
        reason = error.strerror or "cannot be written"
        raise InvalidArgumentError(f"{file}: {reason}") from None


# --- the page -------------------------------------------------------------------------


def _page(title: str, about: dict[str, Any], blocks: Sequence[str]) -> Iterator[bytes]:
    """Yield the parts of the page."""
    folder = files(__package__) / "viewer"
    scripts = "".join((folder / name).read_text("utf-8") for name in _SCRIPTS)
    data = [
        f'<script type="text/plain" id="block-{k}">{text}</script>\n'
        for k, text in enumerate(blocks)
    ]
    # In JSON a "<" stands inside strings only; so no string ends the element.
    table = json.dumps(about, allow_nan=False, separators=(",", ":"))
    parts = {
        "title": html.escape(title or "Regions of a network"),
        "style": (folder / "style.css").read_text("utf-8"),
        "about": table.replace("<", "\\u003c"),
        "blocks": "".join(data),
        "scripts": scripts,
    }
    page = (folder / "page.html").read_text("utf-8")
    for k, piece in enumerate(re.split(r"\{\{(\w+)\}\}", page)):
        yield (parts[piece] if k % 2 else piece).encode()


class _Blocks:
    """The arrays of frames as base64, a text a frame."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def add(self, arrays: _Arrays) -> dict[str, Any]:
        """Add a frame; return for each array its type, first byte and length."""
        table = {}
        whole = bytearray()
        for name, (kind, values) in arrays.items():
            whole += bytes(-len(whole) % 8)  # where typed arrays may begin
            dtype = np.dtype(_TYPES[kind]).newbyteorder("<")
            with np.errstate(over="ignore"):  # maps and areas, which are for reading
                flat = np.ascontiguousarray(values, dtype)
            table[name] = [kind, len(whole), flat.size]
            whole += flat.tobytes()
        self.texts.append(base64.b64encode(whole).decode())
        return table


# --- a frame --------------------------------------------------------------------------


def _frame(frame: Frame, window: ArrayLike | None, blocks: _Blocks) -> dict[str, Any]:
    """Return what the table says of a frame; its arrays are added to the blocks."""
    cx, network = frame.cx, frame.cx.network
    n_layers = max(1, len(network.hidden_layers))
    levels = [mosaic(cx, window, k) for k in range(1, n_layers)]
    levels.append(mosaic(cx, window))
    whole = levels[-1]
    patterns = cx.patterns
    bits = int(patterns.max(initial=0)) < 2
    maps = whole.outlines.maps[:, :_MOST_OUTPUTS]
    arrays = _polygon_arrays(levels) | {
        "maps": ("f4", maps),
        "boundary": ("f8", decision_boundary(whole.outlines)),
        "patterns": ("u1", np.packbits(patterns, axis=1) if bits else patterns),
    }
    layers = network.units[:, 0]
    return {
        "name": frame.name,
        "network": frame.network,
        "status": cx.status,
        "axis": "x" if cx.dim == cx.domain.n_inputs else "u",
        "root": whole.root.ravel().tolist(),
        "units": [int((layers == k).sum()) for k in network.hidden_layers] or [0],
        "bits": bits,
        "outputs": maps.shape[1],
        "moreOutputs": network.n_outputs - maps.shape[1],
        "arrays": blocks.add(arrays),
    }


def _polygon_arrays(levels: Sequence[Mosaic]) -> _Arrays:
    """Return the polygons of each level, and the linear regions of the last."""
    whole = levels[-1]
    # A corner of one level is one of the next ones too, bit for bit, mostly.
    spots = [level.outlines.corners for level in levels]
    spots += [whole.facets.start, whole.facets.end]
    vertices, places = np.unique(np.concatenate(spots), axis=0, return_inverse=True)
    ends = np.cumsum([len(spot) for spot in spots])[:-1]
    *corners, start, end = np.split(places.ravel(), ends)
    arrays: _Arrays = {"vertices": ("f8", vertices)}
    for k, (level, own) in enumerate(zip(levels, corners, strict=True)):
        arrays |= _level_arrays(k, level, own)
    colours = arrays[f"colours{len(levels) - 1}"][1]
    return arrays | _linear_arrays(whole, colours, np.stack([start, end], axis=1))


def _level_arrays(k: int, level: Mosaic, corners: Ints) -> _Arrays:
    outlines = level.outlines
    return {
        f"starts{k}": ("u4", outlines.starts),
        f"corners{k}": ("u4", corners),
        f"cells{k}": ("u4", outlines.cells),
        f"areas{k}": ("f4", outlines.areas()),
        f"colours{k}": ("u1", level.colours(np.arange(len(outlines)))),
    }


def _linear_arrays(whole: Mosaic, cell_colours: NDArray[Any], ends: Ints) -> _Arrays:
    """Return the linear region of each cell, their colours, and facets by kind."""
    labels = whole.labels("linear")
    joined = labels[whole.facets.low] == labels[whole.facets.high]
    n_regions = int(labels.max(initial=-1)) + 1
    colours = whole.colours(labels) if n_regions < len(labels) else cell_colours
    return {
        "linear": ("u4", labels),
        "linearColours": ("u1", colours),
        "joined": ("u4", ends[joined]),
        "apart": ("u4", ends[~joined]),
    }
