# SPDX-License-Identifier: MIT
"""Beams: runs of beams through one network's tree, from the root or uniform cells."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from . import _core
from .budgets import Budget
from .domain import Domain
from .enumeration import count_regions
from .network import Layer, Network
from .tolerances import DEFAULT

Words = NDArray[np.uint64]


def out_of_reach(network: Network, domain: Domain) -> str:
    """Return why no beam can do it; empty where one may."""
    n, n_layers = _core.cutting_layers(network.core)
    dim = min(n, domain.dim)
    if n_layers < 2 or dim <= DEFAULT.most_cell_dimensions:
        return ""
    return (
        f"its cells have {dim} dimensions; beyond {DEFAULT.most_cell_dimensions} no "
        "beam that fits gives numbers that can be repeated"
    )


@dataclass(frozen=True, slots=True)
class BeamStart:
    """The root of the tree, or uniform cells of the first layer that cuts.

    Attributes
    ----------
    log_candidates : float, logarithm of the number of candidates for its cells
    drawn_per_node : int, candidates that are drawn for each node; 0: from the root
    """

    log_candidates: float = 0.0
    drawn_per_node: int = 0

    @property
    def method(self) -> str:
        """Name for users."""
        return "uniform cells" if self.drawn_per_node else "root"


class Beams:
    """Beams of one network on one domain.

    Attributes
    ----------
    applies : bool, whether there is anything to estimate, and cells that beams hold
    dim : int, dimensions of these cells
    """

    def __init__(self, network: Network, domain: Domain) -> None:
        problem = _core.CoreProblem(network.core, domain.core)
        self._network, self._domain = network, domain
        self._core = _core.CoreBeams(problem)
        self.dim = problem.search_dim
        self.applies = self._core.applies

    @cached_property
    def position(self) -> int:
        """General position of the first layer's hyperplanes, one a unit.

        1: all minors say so; 0: random ones do; -1: no, or a domain that is no box.
        """
        return self._core.general_position(DEFAULT.position_minors, 1)

    @cached_property
    def first_layer_cells(self) -> int:
        """Cells of the first layer in general position on all of R^dim (Zaslavsky)."""
        n = _core.cutting_layers(self._network.core)[0]
        return sum(math.comb(n, k) for k in range(self.dim + 1))

    @cached_property
    def start(self) -> BeamStart:
        """Uniform cells where the first layer is in general position."""
        drawn = DEFAULT.drawn_per_node
        if self.position < 0 or self._core.is_central:
            return BeamStart()
        if self._domain.kind == "all":
            return BeamStart(math.log(self.first_layer_cells), drawn)
        # csrc/uniform_cells.hpp: a d-subset of the hyperplanes and the coordinates.
        n = _core.cutting_layers(self._network.core)[0]
        every = BeamStart(math.log(math.comb(n + self.dim, self.dim)), 1)
        hits = self._hit_rate(every)
        if hits < DEFAULT.least_hit_rate:
            return BeamStart()
        return BeamStart(every.log_candidates, math.ceil(drawn / hits))

    def _hit_rate(self, start: BeamStart) -> float:
        """Share of the candidates that are cells, of some drawn to find out."""
        _, first, failures, _ = self._core.runs(
            np.array([[1, 2, 3, 4]], dtype=np.uint64),
            _core.CoreMonitor(),
            width=1,
            log_candidates=start.log_candidates,
            drawn=DEFAULT.hits_drawn,
            threads=1,
        )
        return 0.0 if failures[0] else math.exp(first[0] - start.log_candidates)

    def known_first_layer(self, budget: Budget) -> int | None:
        """Count the cells of the first layer that cuts; None where they are too many.

        None, too, where the runs begin with the number that Zaslavsky's theorem has.
        """
        if self._domain.kind == "all" and self.start.drawn_per_node:
            return None
        layers: list[Layer] = []
        for layer in self._network.layers:
            layers.append(layer)
            if any(unit.breakpoints for unit in layer.activation or ()):
                break
        flat = np.zeros((1, layers[-1].n_units))
        counts = count_regions(
            Network.from_layers([*layers, Layer(flat, np.zeros(1), None)]),
            self._domain,
            definitions="activation",
            threads=1,
            max_regions=DEFAULT.known_first_layer,
            max_seconds=budget.some_left(),
        )
        return counts.activation if counts.status == "complete" else None

    def runs(
        self, seeds: Words, monitor: _core.CoreMonitor, *, width: int, threads: int
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], int, bool]:
        """Run a beam a seed.

        Parameters
        ----------
        seeds : (n, 4) uint64, the streams

        Returns
        -------
        logs, first : (n,) float64
            Logarithms of the estimates, and of those of the first layer's cells.
        failures : int, of floating point on some cell
        complete : bool, whether there was time for all
        """
        logs, first, failures, complete = self._core.runs(
            seeds,
            monitor,
            width=width,
            log_candidates=self.start.log_candidates,
            drawn=self.start.drawn_per_node * width,
            threads=threads,
        )
        return logs, first, int(failures.sum()), bool(complete.all())
