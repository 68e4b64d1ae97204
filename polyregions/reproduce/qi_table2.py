# SPDX-License-Identifier: MIT
"""Table 2, Figures 6, 7 and 9 of Qi and Wei: two moons."""

from __future__ import annotations

from .. import study as regions
from .page import Page
from .qi_boundaries import Published, compare
from .study import Study

TABLE = Published(
    "Qi and Wei 2023, Table 2: moons",
    {
        16: (206, 198, 319, 358, 363, 395, 456, 467),
        32: (1151, 1151, 1222, 1401, 1274, 1533, 1756, 1725),
        64: (4112, 3897, 3803, 4472, 5172, 6354, 6037, 7082),
    },
    curves=7,
    decisions=9,
)


def run(study: Study) -> Page:
    """Train on two moons, and compare."""
    return compare(study, regions.moons(), TABLE)
