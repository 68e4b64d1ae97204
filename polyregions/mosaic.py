# SPDX-License-Identifier: MIT
"""What one picture shows: polygons, the regions that they form, and their colours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .colouring import Facets, corner_pairs, facets, region_colours
from .errors import InvalidArgumentError
from .network import Network
from .outline import checked_outline
from .polygons import Floats, Ints, Outlines, cell_outlines
from .region_complex import RegionComplex
from .tolerances import DEFAULT

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


@dataclass(frozen=True, slots=True)
class Mosaic:
    """The polygons of a complex, or of its first layers, in a window.

    Attributes
    ----------
    cx : RegionComplex
    root : (k, 2) float64, the outline of what is seen
    outlines : Outlines, a polygon a cell, or a region of the first layers
    facets : Facets between polygons in sight
    layers : hidden layers that cut, all or the first ones
    """

    cx: RegionComplex
    root: Floats
    outlines: Outlines
    facets: Facets
    layers: int

    @property
    def is_whole(self) -> bool:
        """Whether all hidden layers cut."""
        return self.layers == len(self.cx.network.hidden_layers)

    @property
    def width(self) -> float:
        """The larger side of what is seen."""
        return float(np.ptp(self.root, axis=0).max())

    def labels(self, regions: str) -> Ints:
        """Return (n_polygons,) int64: the region that each polygon is part of."""
        apart = np.arange(len(self.outlines))
        if regions == "activation":
            return apart
        if not self.is_whole:
            raise InvalidArgumentError(
                f"layers={self.layers}: linear regions are those of the whole network; "
                'leave layers= out, or pass regions="activation"'
            )
        if int(self.cx.map_labels.max(initial=-1)) + 1 == len(self.cx):
            return apart  # all maps differ: nothing to join
        return self.cx.linear_labels()

    def colours(self, labels: Ints) -> NDArray[np.int64]:
        """Return (n_regions,) int64: places in PALETTE, see ``region_colours``."""
        found = self.facets
        touching = corner_pairs(self.outlines, DEFAULT.drawn_length * self.width)
        return region_colours(
            int(labels.max(initial=-1)) + 1,
            np.stack([labels[found.low], labels[found.high]], axis=1),
            labels[touching],
            len(PALETTE),
        )


def mosaic(
    cx: RegionComplex, window: ArrayLike | None = None, layers: int | None = None
) -> Mosaic:
    """Return what a picture of a two-dimensional complex shows.

    Parameters
    ----------
    window : ((x0, y0), (x1, y1)) in the domain's own coordinates
        What lies outside is cut off; None for all of a bounded domain.
    layers : only the first so many hidden layers cut; None for all

    Raises
    ------
    InvalidDomainError, InvalidArgumentError
        As ``checked_outline``; ``layers`` that the network has not.
    """
    asked = checked_layers(cx.network, layers)
    root = checked_outline(cx.domain, window)
    outlines = cell_outlines(cx, root, asked)
    width = float(np.ptp(root, axis=0).max())
    shared = facets(outlines, DEFAULT.drawn_length * width)
    return Mosaic(cx, root, outlines, shared, asked)


def checked_layers(network: Network, layers: int | None) -> int:
    """Return how many hidden layers cut; None means all.

    Raises
    ------
    InvalidArgumentError
        The network has not as many, or none would.
    """
    n_layers = len(network.hidden_layers)
    if layers is not None and layers not in range(1, n_layers + 1):
        raise InvalidArgumentError(
            f"layers={layers!r}: the network has {n_layers} hidden layer"
            f"{'' if n_layers == 1 else 's'}; pass how many of them cut, at least 1"
        )
    return n_layers if layers is None else layers
