# SPDX-License-Identifier: MIT
"""Networks with known numbers of regions: zigzags, and what separates definitions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..domain import Domain
from ..errors import InvalidArgumentError
from ..network import Network
from .arguments import checked_widths, listed, whole
from .reductions import sat_network


def zigzag_network(
    folds: Sequence[int], *, n_inputs: int, widths: Sequence[int] | None = None
) -> Network:
    """Return a network that folds every coordinate p_1, then p_2, .. times.

    On all of R^n_inputs it has prod p_i^n_inputs activation regions, and as many linear
    regions: Theorem 3.1 of Wang (2022), for odd and even folds.

    Parameters
    ----------
    folds : p_1 .. p_L, each >= 2; hidden layer i has p_i n_inputs units
    n_inputs : int >= 1
    widths : inputs, hidden widths, outputs, as ``random_network`` takes them
        For wider layers, n_i >= p_i n_inputs; the surplus units are zero. One output.

    Returns
    -------
    Network
        Integer weights, so that the count is exact.

    Raises
    ------
    InvalidArgumentError
        A fold below 2, or widths that do not fit.

    Notes
    -----
    For a coordinate u of the layer before, p units h_0 = relu(p u - 1), h_1 =
    relu(1 - p u), h_k = relu(p u - k) for k = 2 .. p - 1, and
    z = 1 - h_0 - h_1 + 2 h_2 - 2 h_3 + .. has slope +p, -p, +p, .. on p pieces of R
    that map [k/p, (k + 1)/p] onto [0, 1]. z is the next layer's coordinate; the output
    is the sum of (j + 1) z_j.
    """
    entries = listed(folds, "folds", "integers >= 2, one a hidden layer")
    counts = [whole(p, f"folds[{i}]", least=2) for i, p in enumerate(entries)]
    if not counts:
        raise InvalidArgumentError("folds is empty; pass one fold >= 2 a hidden layer")
    d = whole(n_inputs, "n_inputs", least=1)
    sizes = _zigzag_widths(counts, d, widths)
    inner, offset = np.eye(d), np.zeros(d)  # coordinates: inner @ (layer before)
    layers = []
    for p, width in zip(counts, sizes, strict=True):
        slopes = np.array([p, -p, *[p] * (p - 2)], dtype=np.float64)
        shifts = np.array([-1, 1, *(-k for k in range(2, p))], dtype=np.float64)
        weight, bias = np.zeros((width, inner.shape[1])), np.zeros(width)
        weight[: p * d] = np.kron(inner, slopes[:, None])
        bias[: p * d] = np.kron(offset, slopes) + np.tile(shifts, d)
        layers.append((weight, bias))
        signs = np.array([-1, -1, *(2 * (-1) ** k for k in range(2, p))])
        inner, offset = np.zeros((d, width)), np.ones(d)
        inner[:, : p * d] = np.kron(np.eye(d), signs)
    total = np.arange(1, d + 1, dtype=np.float64)
    return Network([*layers, ((total @ inner)[None], np.array([total @ offset]))])


def _zigzag_widths(
    folds: Sequence[int], n_inputs: int, widths: Sequence[int] | None
) -> list[int]:
    """Return the hidden widths."""
    least = [p * n_inputs for p in folds]
    if widths is None:
        return least
    sizes = checked_widths(widths)
    wanted = [n_inputs, *least, 1]
    if len(sizes) != len(wanted) or (sizes[0], sizes[-1]) != (n_inputs, 1):
        raise InvalidArgumentError(
            f"widths {sizes} do not fit {len(folds)} folds of {n_inputs} inputs; pass "
            f"{wanted}, or wider hidden layers"
        )
    for layer, (size, need) in enumerate(zip(sizes, wanted, strict=True)):
        if size < need:
            raise InvalidArgumentError(
                f"widths[{layer}] is {size}; {folds[layer - 1]} folds of each of "
                f"{n_inputs} inputs need {need} units or more"
            )
    return sizes[1:-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeparatingNetwork:
    """A network on which definitions of a linear region differ.

    Attributes
    ----------
    name : str
    network : Network
    function : what it computes
    counts : definition -> count on all of R^n
        "R1" .. "R6" of Stargalla, Hertrich, Reichman (arXiv 2505.16716), as far as
        known: R1 patterns, lower-dimensional ones too; R2 ``activation``; R3 fewest
        convex cells; R4 ``linear``; R5 ``linear_closed``; R6 ``affine``.
    """

    name: str
    network: Network
    function: str
    counts: Mapping[str, int]

    @property
    def domain(self) -> Domain:
        """All of R^n."""
        return Domain.all(self.network.n_inputs)


def separating_networks() -> dict[str, SeparatingNetwork]:
    """Return networks, by name, that tell the definitions R1 .. R6 apart.

    Always R6 <= R5 <= R4 <= R3 <= R2 <= R1; "max_min" separates R1, R2 and R4,
    "wedges" R1, R2 and R5, "hat" R5 and R6, "line" R2 and R4, "xor" R4 and R6.
    """
    none = np.zeros(4)
    networks = (
        SeparatingNetwork(
            name="max_min",
            function="max(-y, min(0, -x))",
            network=_network(
                [[1, 0], [0, 1], [0, -1]], none[:3], [[1, 0, 0], [1, -1, 1]], [-1, 1]
            ),
            counts={"R1": 7, "R2": 5, "R4": 3, "R5": 3, "R6": 3},
        ),
        SeparatingNetwork(
            name="wedges",
            function="relu(relu(x) - relu(x - y)) + relu(relu(-x) - relu(y - x))",
            network=_network(
                [[1, 0], [1, -1], [-1, 0], [-1, 1]],
                none,
                [[1, -1, 0, 0], [0, 0, 1, -1]],
                [1, 1],
            ),
            counts={"R1": 11, "R2": 6, "R4": 6, "R5": 5, "R6": 5},
        ),
        SeparatingNetwork(
            name="hat",
            function="relu(x) - 2 relu(x - 1) + relu(x - 2)",
            network=Network([([[1], [1], [1]], [0, -1, -2]), ([[1, -2, 1]], [0])]),
            counts={"R2": 4, "R4": 4, "R5": 4, "R6": 3},
        ),
        SeparatingNetwork(
            name="line",
            function="relu(x) - relu(-x)",
            network=Network([([[1], [-1]], [0, 0]), ([[1, -1]], [0])]),
            counts={"R2": 2, "R4": 1, "R5": 1, "R6": 1},
        ),
        SeparatingNetwork(
            name="xor",
            function="sat_network([(1, 2), (-1, -2)])",
            network=sat_network([(1, 2), (-1, -2)]),
            counts={"R4": 9, "R5": 9, "R6": 7},
        ),
    )
    return {record.name: record for record in networks}


def _network(
    first: Sequence[Sequence[int]],
    bias: NDArray[np.float64],
    second: Sequence[Sequence[int]],
    output: Sequence[int],
) -> Network:
    """Return a network of two hidden layers, the second and the output without bias."""
    return Network([(first, bias), (second, np.zeros(len(second))), ([output], [0])])
