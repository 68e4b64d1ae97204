# SPDX-License-Identifier: MIT
"""Table 3, Figures 6, 8 and 10 of Qi and Wei: Gaussian quantiles."""

from __future__ import annotations

from .. import study as regions
from .page import Page
from .qi_boundaries import Published, compare
from .study import Study

TABLE = Published(
    "Qi and Wei 2023, Table 3: Gaussian quantiles",
    {
        16: (207, 174, 189, 228, 415, 437, 438, 436),
        32: (1154, 1638, 2362, 2204, 2045, 2197, 2420, 2505),
        64: (4113, 5501, 7524, 8402, 8809, 8706, 8433, 8579),
    },
    curves=8,
    decisions=10,
)


def run(study: Study) -> Page:
    """Train on Gaussian quantiles, and compare.

    The number of classes is not published; the authors' sister paper has five.
    """
    return compare(study, regions.gaussian_quantiles(), TABLE)
