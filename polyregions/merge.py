# SPDX-License-Identifier: MIT
"""From cells to linear regions: labels of maps and of connected components."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from . import _core
from .errors import InvalidArgumentError

Labels = NDArray[np.int64]
CONNECTIVITIES = ("open", "closed")


def n_labels(labels: Labels) -> int:
    """Return the number of different labels; they are numbered from 0."""
    return int(labels.max()) + 1 if labels.size else 0


def merged_labels(
    problem: _core.CoreProblem,
    cells: _core.CoreCells,
    maps: Labels,
    connectivity: str,
    monitor: _core.CoreMonitor,
) -> Labels:
    """Label the linear region of each cell, in the order of their first cells.

    Parameters
    ----------
    maps : (n_cells,) int64
        Labels of the output maps: equal for exactly equal maps.
    connectivity : "open"
        Joined across facets (R4), or "closed", on any contact of closures inside the
        open domain (R5).

    Raises
    ------
    InvalidArgumentError
        Another connectivity.
    """
    if connectivity not in CONNECTIVITIES:
        raise InvalidArgumentError(
            f"connectivity {connectivity!r}; pass 'open' or 'closed'"
        )
    if n_labels(maps) == len(cells):
        return maps
    first, second, _ = problem.adjacency(cells, monitor, maps, True)
    labels: Labels = _core.open_components(len(cells), first, second)
    if connectivity == "closed":
        labels = problem.closed_components(cells, labels, maps, monitor)
    return labels
