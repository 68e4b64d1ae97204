# SPDX-License-Identifier: MIT
"""Networks with known counts: plain data, nothing of the package is imported.

A network is a list of ``layers`` (W, b), W of shape (out, in), the last one affine.
Counts come from ``known_counts.md`` and ``papers.md`` A, B, D, E.
"""

from .adversarial import ADVERSARIAL, adversarial
from .constructions import (
    SAT,
    TRIANGULAR_CANCEL,
    XOR,
    ZIGZAG,
    dyadic_peaks,
    sat,
    theorem_scales,
    triangular,
    triangular_paper,
    zigzag,
)
from .degenerate import DEGENERATE_FAMILIES, DIMENSIONS, Case, degenerate
from .families import FAMILIES, family
from .random_networks import (
    INTW,
    QI,
    QI_LEAKY,
    TORCHD,
    UNIFORM,
    UNIFORM_LINEAR,
    ZASLAVSKY_16,
    intw,
    torchd,
    uniform,
)
from .small_networks import DEFINITIONS, DEGENERATE, Definition, Degenerate

__all__ = [
    "ADVERSARIAL",
    "DEFINITIONS",
    "DEGENERATE",
    "DEGENERATE_FAMILIES",
    "DIMENSIONS",
    "FAMILIES",
    "INTW",
    "QI",
    "QI_LEAKY",
    "SAT",
    "TORCHD",
    "TRIANGULAR_CANCEL",
    "UNIFORM",
    "UNIFORM_LINEAR",
    "XOR",
    "ZASLAVSKY_16",
    "ZIGZAG",
    "Case",
    "Definition",
    "Degenerate",
    "adversarial",
    "degenerate",
    "dyadic_peaks",
    "family",
    "intw",
    "sat",
    "theorem_scales",
    "torchd",
    "triangular",
    "triangular_paper",
    "uniform",
    "zigzag",
]
