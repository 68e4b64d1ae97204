# SPDX-License-Identifier: MIT
"""RegionComplex: all cells of a network on a domain, in columns."""

from __future__ import annotations

import operator
import os
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _core
from .activation_region import ActivationRegion
from .domain import Domain
from .errors import InvalidArgumentError
from .extras import optional_import
from .linear_region import LinearRegion
from .merge import Labels, merged_labels
from .network import Network

if TYPE_CHECKING:
    import networkx
    import pandas


class RegionComplex:
    """The activation regions of a network on a domain.

    ``enumerate_regions`` makes one, ``load_complex`` reads one back.

    Attributes
    ----------
    network, domain : what was enumerated
    per_layer : tuple of int
        Activation regions when only the first k + 1 hidden layers cut.
    status : "complete", "budget" or "interrupted"
    engine : str
    seconds : float, wall time of the enumeration
    decisions : dict of rung -> decisions it took

    Notes
    -----
    Cells are numbered 0 .. len(cx) - 1 in the order of their patterns; the order is the
    same for every engine. All coordinates are the domain's own (``Domain.own_dim``).
    """

    def __init__(
        self,
        network: Network,
        domain: Domain,
        cells: _core.CoreCells,
        *,
        per_layer: tuple[int, ...],
        status: str,
        engine: str,
        seconds: float,
        decisions: dict[str, int],
    ) -> None:
        self.network = network
        self.domain = domain
        self.per_layer = per_layer
        self.status = status
        self.engine = engine
        self.seconds = seconds
        self.decisions = decisions
        self._cells = cells
        self._merged: dict[str, Labels] = {}

    # --- columns --------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self._cells)

    @property
    def dim(self) -> int:
        """Own coordinates of the domain."""
        return self.domain.own_dim

    @cached_property
    def packed_patterns(self) -> NDArray[np.uint64]:
        """(n_cells, n_words) uint64; their order is the order of the cells."""
        return _read_only(self._cells.patterns)

    @cached_property
    def patterns(self) -> NDArray[np.uint8]:
        """(n_cells, n_units) uint8: breakpoints below each unit's value on the cell.

        A column for each unit with a breakpoint, in the order of ``network.units``.
        """
        if not len(self):
            return _read_only(np.zeros((0, len(self.network.units)), dtype=np.uint8))
        return _read_only(self._problem.unpack(self.packed_patterns))

    @cached_property
    def on_breakpoint(self) -> NDArray[np.bool_]:
        """(n_cells, n_units) bool: the unit is identically on a breakpoint there.

        It does not cut the cell; its digit is the piece left of the breakpoint.
        """
        flags = np.unpackbits(
            self._cells.on_break.astype("<u8").view(np.uint8),
            axis=1,
            bitorder="little",
        )
        if not len(self):
            flags = np.zeros((0, len(self.network.units)), dtype=np.uint8)
        return _read_only(flags[:, : len(self.network.units)].astype(bool))

    @cached_property
    def interior_points(self) -> NDArray[np.float64]:
        """(n_cells, dim) float64: a point of each cell, rounded.

        A sliver may hold no float64 point; ``cx[i].interior_point`` is exact.
        """
        return _read_only(self._cells.points.reshape(len(self), self.dim))

    # --- cells ----------------------------------------------------------------------

    def __getitem__(self, cell_id: int) -> ActivationRegion:
        """Return one cell with minimal half-spaces, exact output map and pattern."""
        try:
            index = range(len(self))[operator.index(cell_id)]
        except (IndexError, TypeError):
            raise IndexError(
                f"cell {cell_id!r}; the complex has cells 0 to {len(self) - 1}"
            ) from None
        region = self._problem.region(
            self.packed_patterns[index], self.interior_points[index]
        )
        return ActivationRegion._of(
            region, self.patterns[index], self.on_breakpoint[index]
        )

    def __iter__(self) -> Iterator[ActivationRegion]:
        return (self[i] for i in range(len(self)))

    def locate(self, X: ArrayLike) -> NDArray[np.int64]:
        """Find the cells of points, exactly.

        Parameters
        ----------
        X : (n, dim) float64, own coordinates

        Returns
        -------
        (n,) int64
            The smallest id of a cell whose closure holds the point; -1 outside the
            closed domain, for NaN, and for cells that a partial result lacks.
        """
        try:
            points = np.asarray(X, dtype=np.float64, order="C")
        except (TypeError, ValueError):
            raise InvalidArgumentError("points are no array of real numbers") from None
        if points.ndim != 2 or points.shape[1] != self.dim:
            raise InvalidArgumentError(
                f"points have shape {points.shape}; the cells live in {self.dim} "
                f"dimensions: pass (n, {self.dim})"
            )
        if self.domain.is_empty:
            return np.full(len(points), -1, dtype=np.int64)
        return np.asarray(self._problem.locate(self._cells, points))

    # --- neighbours -----------------------------------------------------------------

    @cached_property
    def _pairs(self) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        monitor = _core.CoreMonitor()
        first, second, same = self._problem.adjacency(
            self._cells, monitor, self.map_labels
        )
        _check_finished(monitor)
        return _read_only(np.stack([first, second], axis=1)), _read_only(same)

    @property
    def adjacency(self) -> NDArray[np.int64]:
        """(m, 2) int64, sorted: pairs of cells that share a facet inside the domain."""
        return self._pairs[0]

    @property
    def same_map(self) -> NDArray[np.bool_]:
        """(m,) bool: the two cells of a pair have exactly equal output maps."""
        return self._pairs[1]

    @property
    def graph(self) -> networkx.Graph:
        """networkx.Graph over cell ids, an edge for every shared facet.

        Edges carry ``same_map``. A new graph each time.
        """
        networkx = optional_import("networkx", "graph")
        graph = networkx.Graph()
        graph.add_nodes_from(range(len(self)))
        graph.add_edges_from(
            (int(a), int(b), {"same_map": bool(same)})
            for (a, b), same in zip(self.adjacency, self.same_map, strict=True)
        )
        return graph

    # --- linear regions -------------------------------------------------------------

    def linear_labels(self, connectivity: str = "open") -> Labels:
        """(n_cells,) int64: the linear region of each cell.

        Parameters
        ----------
        connectivity : "open" (joined across facets) or "closed" (on any contact)

        Raises
        ------
        InvalidArgumentError
            Another connectivity.
        """
        if connectivity not in self._merged:
            monitor = _core.CoreMonitor()
            labels = merged_labels(
                self._problem, self._cells, self.map_labels, connectivity, monitor
            )
            _check_finished(monitor)
            self._merged[connectivity] = _read_only(labels)
        return self._merged[connectivity]

    def linear_regions(self, connectivity: str = "open") -> list[LinearRegion]:
        """Return the linear regions, in the order of their first cells.

        Parameters
        ----------
        connectivity : "open": cells with exactly equal maps joined across shared facets
            (R4); "closed": joined on any contact of the closures (R5)
        """
        labels = self.linear_labels(connectivity)
        order = np.argsort(labels, kind="stable")
        ends = np.flatnonzero(np.diff(labels[order])) + 1
        groups = np.split(order, ends) if len(self) else []
        return [LinearRegion(group, self[int(group[0])]) for group in groups]

    @cached_property
    def map_labels(self) -> Labels:
        """(n_cells,) int64: equal for cells of exactly equal output map."""
        monitor = _core.CoreMonitor()
        labels = self._problem.map_labels(self._cells, monitor)
        _check_finished(monitor)
        return _read_only(labels)

    # --- out ------------------------------------------------------------------------

    def to_pandas(self) -> pandas.DataFrame:
        """Return a table with a row a cell.

        Columns: ``pattern`` (digits as a string), ``x0`` ... (the interior point),
        ``linear_region`` and ``map`` (labels); the index is the cell id.
        """
        pandas = optional_import("pandas", "tables")
        digits = [" ".join(map(str, row)) for row in self.patterns.tolist()]
        wide = bool(self.patterns.size) and int(self.patterns.max()) > 9
        columns: dict[str, Any] = {
            "pattern": digits if wide else [d.replace(" ", "") for d in digits]
        }
        for k in range(self.dim):
            columns[f"x{k}"] = self.interior_points[:, k]
        columns["linear_region"] = self.linear_labels()
        columns["map"] = self.map_labels
        index = pandas.RangeIndex(len(self), name="cell")
        return pandas.DataFrame(columns, index=index)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write an npz without objects; ``load_complex`` reads it back."""
        from .complex_file import save_complex

        save_complex(self, path)

    @cached_property
    def _problem(self) -> _core.CoreProblem:
        return _core.CoreProblem(self.network.core, self.domain.core)

    def __repr__(self) -> str:
        return (
            f"RegionComplex({len(self)} cells, {self.network!r}, {self.domain!r}, "
            f"{self.status})"
        )


def _check_finished(monitor: _core.CoreMonitor) -> None:
    """Raise the Ctrl-C that stopped a stage; half an answer is never kept."""
    if monitor.outcome != "complete":
        raise KeyboardInterrupt


def _read_only(array: NDArray[Any]) -> NDArray[Any]:
    array.flags.writeable = False
    return array
