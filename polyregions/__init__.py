# SPDX-License-Identifier: MIT
"""Exact activation and linear regions of piecewise-linear networks.

>>> import polyregions as pr
>>> net = pr.random_network([2, 4, 1], seed=0)
>>> pr.count_regions(net, pr.Domain.all(2), definitions="all").activation
11
"""

from importlib.metadata import version as _version

from . import errors, pipeline
from .activation_region import ActivationRegion
from .activations import PiecewiseLinear
from .complex_file import load_complex
from .counts import RegionCounts
from .domain import Domain
from .enumeration import count_regions, enumerate_regions
from .estimate import estimate
from .linear_region import LinearRegion
from .network import Network, random_network
from .operations import add, cut, intersect
from .readers import load
from .region_complex import RegionComplex
from .region_estimate import RegionEstimate

__version__ = _version("polyregions")

__all__ = [
    "ActivationRegion",
    "Domain",
    "LinearRegion",
    "Network",
    "PiecewiseLinear",
    "RegionComplex",
    "RegionCounts",
    "RegionEstimate",
    "add",
    "count_regions",
    "cut",
    "enumerate_regions",
    "errors",
    "estimate",
    "intersect",
    "load",
    "load_complex",
    "pipeline",
    "random_network",
]
