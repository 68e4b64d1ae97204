# SPDX-License-Identifier: MIT
"""Small networks by name: degenerate ones, and those that separate definitions."""

from __future__ import annotations

from typing import NamedTuple

from .random_networks import Layers


class Degenerate(NamedTuple):
    """``box``, ``linear``: both counts in [-1, 1]^2; ``plane``: activation on R^2."""

    layers: Layers
    box: int
    linear: int
    plane: int


DEGENERATE = {
    "dup": Degenerate(
        [
            (
                [[1, 0.3], [-0.4, 1], [0.7, -0.9], [1, 0.3], [2, 0.6], [-1, -0.3]],
                [0.1, 0.2, -0.15, 0.1, 0.2, -0.1],
            ),
            ([[1] * 6], [0]),
        ],
        *(7, 7, 7),
    ),
    "zerow": Degenerate(
        [
            ([[1, 0.3], [-0.4, 1], [0, 0], [0, 0], [0, 0]], [0.1, 0.2, 1, -1, 0]),
            ([[1, -1, 1, 1, 1], [0.5, 1, -1, 0, 0]], [-0.3, 0.1]),
            ([[1, 1]], [0]),
        ],
        *(9, 8, 10),
    ),
    "dead": Degenerate(
        [
            ([[1, 0], [0, 1], [1, 1]], [-5, -5, -5]),
            ([[1, 2, 3], [1, -1, 1]], [0, -1]),
            ([[1, 1]], [0]),
        ],
        *(1, 1, 11),
    ),
    "intgrid": Degenerate(
        [
            (
                [
                    *([2, 0], [1, 0], [2, 0], [0, 2], [0, 1], [0, 2]),
                    *([1, 1], [1, -1], [1, 0]),
                ],
                [1, 0, -1, 1, 0, -1, 0, 0, 0],
            ),
            ([[1] * 9], [0]),
        ],
        *(24, 24, 24),
    ),
    "near10": Degenerate(
        [
            ([[1, 0.3], [1, 0.3], [-0.4, 1]], [0.1, 0.1 + 1e-10, 0.2]),
            ([[1, 1, 1]], [0]),
        ],
        *(6, 6, 6),
    ),
    "cancel": Degenerate(
        [([[1, 0], [-1, 0], [0, 1]], [0, 0, 0.1]), ([[1, -1, 1]], [0])],
        *(4, 2, 4),
    ),
    "scale": Degenerate(
        [
            (
                [[1e-8, 0.3e-8], [-0.4e8, 1e8], [0.7, -0.9]],
                [0.1e-8, 0.2e8, -0.15],
            ),
            ([[1e8, 1e-8, 1], [-1e8, 1e-8, 0.5]], [-0.2, 0.1]),
            ([[1, 1]], [0]),
        ],
        *(17, 14, 17),
    ),
}


class Definition(NamedTuple):
    """Counts R2, R4, R5, R6 on R^d, or on [-1, 1]^d where ``boxed``."""

    layers: Layers
    activation: int
    linear: int
    linear_closed: int
    affine: int
    boxed: bool = False


DEFINITIONS = {
    # max(-y, min(0, -x))
    "max_min": Definition(
        [
            ([[1, 0], [0, 1], [0, -1]], [0, 0, 0]),
            ([[1, 0, 0], [1, -1, 1]], [0, 0]),
            ([[-1, 1]], [0]),
        ],
        *(5, 3, 3, 3),
    ),
    # relu(relu(x) - relu(x - y)) + relu(relu(-x) - relu(y - x)); R1 = 11
    "wedges": Definition(
        [
            ([[1, 0], [1, -1], [-1, 0], [-1, 1]], [0, 0, 0, 0]),
            ([[1, -1, 0, 0], [0, 0, 1, -1]], [0, 0]),
            ([[1, 1]], [0]),
        ],
        *(6, 6, 5, 5),
    ),
    "hat": Definition(
        [([[1], [1], [1]], [0, -1, -2]), ([[1, -2, 1]], [0])], 4, 4, 4, 3
    ),
    # relu(x) - relu(-x) = x
    "line": Definition([([[1], [-1]], [0, 0]), ([[1, -1]], [0])], 2, 1, 1, 1),
    # relu(1/8 - |x|) with |x| = 2 relu(x) - relu(x + 2) + 2 in the box: the cells
    # x < -1/8 and x > 1/8 have one map and differ in one digit, yet share no facet
    "flip_one": Definition(
        [([[1], [1]], [0, 2]), ([[-2, 1]], [-1.875]), ([[1]], [0])],
        *(4, 4, 4, 3),
        boxed=True,
    ),
    # relu(1/10 - |x|) from relu(x) and relu(-x), which flip together
    "flip_both": Definition(
        [([[1], [-1]], [0, 0]), ([[-1, -1]], [0.1]), ([[1]], [0])], 4, 4, 4, 3
    ),
}
