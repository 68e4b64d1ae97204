# SPDX-License-Identifier: MIT
"""What is proved about numbers of regions: bounds, expectations and constructions.

>>> import polyregions as pr
>>> pr.bounds([2, 16, 16, 16, 1])["serra_2018_upper"].value
2571353
>>> net = pr.theory.zigzag_network([5, 3], n_inputs=2)
>>> pr.count_regions(net, pr.Domain.all(2)).linear
225
"""

from .bounds import Bound, Bounds, bounds
from .constructions import SeparatingNetwork, separating_networks, zigzag_network
from .expectations import (
    expected_pieces,
    hanin_rolnick_scale,
    hanin_rolnick_segment,
)
from .formulas import central_arrangement, zaslavsky, zaslavsky_bounded
from .reductions import sat_network
from .waves import (
    slope_jumps,
    square_error,
    wave,
    wave_breakpoints,
    wave_scales,
    yarotsky_network,
)

__all__ = [
    "Bound",
    "Bounds",
    "SeparatingNetwork",
    "bounds",
    "central_arrangement",
    "expected_pieces",
    "hanin_rolnick_scale",
    "hanin_rolnick_segment",
    "sat_network",
    "separating_networks",
    "slope_jumps",
    "square_error",
    "wave",
    "wave_breakpoints",
    "wave_scales",
    "yarotsky_network",
    "zaslavsky",
    "zaslavsky_bounded",
    "zigzag_network",
]
