# SPDX-License-Identifier: MIT
"""BeamStart: where an estimate's beams begin, and what is known of the first layer."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from . import _core
from .budgets import Budget
from .domain import Domain
from .enumeration import count_regions
from .network import Layer, Network
from .tolerances import DEFAULT


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


def first_layer_cells(network: Network, dim: int) -> int:
    """Cells of the first layer in general position on all of R^dim (Zaslavsky)."""
    n = _core.cutting_layers(network.core)[0]
    return sum(math.comb(n, k) for k in range(dim + 1))


def beam_start(
    network: Network, domain: Domain, beams: _core.CoreBeams, position: int, dim: int
) -> BeamStart:
    """Choose uniform cells where the first layer is in general position.

    Parameters
    ----------
    position : as CoreBeams.general_position tells
    dim : dimensions of the cells
    """
    drawn = DEFAULT.drawn_per_node
    if position < 0 or beams.is_central:
        return BeamStart()
    if domain.kind == "all":
        return BeamStart(math.log(first_layer_cells(network, dim)), drawn)
    # csrc/uniform_cells.hpp: a d-subset of the hyperplanes and the coordinates.
    n = _core.cutting_layers(network.core)[0]
    log_candidates = math.log(math.comb(n + dim, dim))
    hits = _hit_rate(beams, log_candidates)
    if hits < DEFAULT.least_hit_rate:
        return BeamStart()
    return BeamStart(log_candidates, math.ceil(drawn / hits))


def _hit_rate(beams: _core.CoreBeams, log_candidates: float) -> float:
    """Share of the candidates that are cells, of some drawn to find out."""
    seed = np.array([[1, 2, 3, 4]], dtype=np.uint64)
    _, first, failures, _ = beams.runs(
        seed,
        Budget.checked(None, None, None, 1).monitor(None),
        width=1,
        log_candidates=log_candidates,
        drawn=DEFAULT.hits_drawn,
        threads=1,
    )
    return 0.0 if failures[0] else math.exp(first[0] - log_candidates)


def known_first_layer(network: Network, domain: Domain) -> int | None:
    """Count the cells of the first layer that cuts; None where they are too many."""
    layers: list[Layer] = []
    for layer in network.layers:
        layers.append(layer)
        if any(unit.breakpoints for unit in layer.activation or ()):
            break
    flat = np.zeros((1, layers[-1].n_units))
    first = Network.from_layers([*layers, Layer(flat, np.zeros(1), None)])
    counts = count_regions(
        first,
        domain,
        definitions="activation",
        threads=1,
        max_regions=DEFAULT.known_first_layer,
    )
    return counts.activation if counts.status == "complete" else None
