# SPDX-License-Identifier: MIT
"""LinearRegion: connected cells with one affine map."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from .activation_region import ActivationRegion


@dataclass(frozen=True, slots=True, eq=False)
class LinearRegion:
    """A connected union of cells on which the network is one affine function.

    Attributes
    ----------
    cells : (k,) int64, ids of the cells, ascending
    representative : ActivationRegion
        Its first cell, with the exact map in ``exact_value``.
    """

    cells: NDArray[np.int64]
    representative: ActivationRegion

    @property
    def weight(self) -> NDArray[np.float64]:
        """(n_outputs, dim) float64: the linear part of the map, rounded."""
        return self.representative.weight

    @property
    def bias(self) -> NDArray[np.float64]:
        """(n_outputs,) float64: the constant part of the map, rounded."""
        return self.representative.bias

    @property
    def exact_value(self) -> list[tuple[Fraction, ...]]:
        """Rows (v_1, ..., v_dim, t) of the map v . x + t, exact."""
        return self.representative.exact_value

    def __len__(self) -> int:
        return int(self.cells.size)

    def __repr__(self) -> str:
        return f"LinearRegion({len(self)} cells, first cell {self.cells[0]})"
