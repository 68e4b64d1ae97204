# SPDX-License-Identifier: MIT
"""Obviously right, exact and slow enumeration of the regions of a small network.

Shares no code with the package: plain Python integers and fractions, one exact linear
program, no floating-point decision, no tolerance, no sampling.  The definitions are
those of ``architecture.md``, "What is counted".

A *row* is a tuple of d + 1 integers (a, c) and stands for the open half-space
{x : a @ x + c > 0}.  A *domain* is a list of pairs (a, c), read the same way.

>>> net = network([([[1], [1], [1]], [0, -1, -2]), ([[1, -2, 1]], [0])], relu)
>>> counts(net, box(-1, 3, 1))
Counts(activation=4, linear=4, linear_closed=4, affine=3, per_layer=(4,))
"""

from .cells import Region, domain_rows, regions
from .counting import Counts, adjacency, counts, linear_regions
from .linear_program import primitive, strictly_feasible
from .networks import (
    Network,
    Unit,
    absolute,
    box,
    hardtanh,
    identity,
    leaky_relu,
    network,
    relu,
    relu6,
    restrict,
    unit,
)

__all__ = [
    "Counts",
    "Network",
    "Region",
    "Unit",
    "absolute",
    "adjacency",
    "box",
    "counts",
    "domain_rows",
    "hardtanh",
    "identity",
    "leaky_relu",
    "linear_regions",
    "network",
    "primitive",
    "regions",
    "relu",
    "relu6",
    "restrict",
    "strictly_feasible",
    "unit",
]
