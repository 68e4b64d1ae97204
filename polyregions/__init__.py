# SPDX-License-Identifier: MIT
"""Exact activation and linear regions of piecewise-linear networks.

>>> import polyregions as pr
>>> net = pr.random_network([2, 4, 1], seed=0)
>>> pr.count_regions(net, pr.Domain.all(2), definitions="all").activation
11
"""

from importlib import import_module as _import
from importlib.metadata import version as _version
from typing import TYPE_CHECKING as _TYPE_CHECKING
from typing import Any as _Any

from . import charts, errors, pipeline
from .activation_region import ActivationRegion
from .activations import PiecewiseLinear
from .comparison import Comparison, compare_architectures
from .complex_file import load_complex
from .counts import RegionCounts
from .domain import Domain
from .enumeration import count_regions, enumerate_regions
from .estimate import estimate
from .linear_region import LinearRegion
from .mean_estimate import estimate_mean
from .montecarlo import MonteCarlo, montecarlo
from .network import Network, random_network
from .operations import add, cut, intersect
from .readers import load
from .region_complex import RegionComplex
from .region_estimate import RegionEstimate

if _TYPE_CHECKING:
    from . import study, theory
    from .theory import bounds
    from .triangular import TriangularWaveNet as TriangularWaveNet

__version__ = _version("polyregions")

__all__ = [
    "ActivationRegion",
    "Comparison",
    "Domain",
    "LinearRegion",
    "MonteCarlo",
    "Network",
    "PiecewiseLinear",
    "RegionComplex",
    "RegionCounts",
    "RegionEstimate",
    "add",
    "bounds",
    "charts",
    "compare_architectures",
    "count_regions",
    "cut",
    "enumerate_regions",
    "errors",
    "estimate",
    "estimate_mean",
    "intersect",
    "load",
    "load_complex",
    "montecarlo",
    "pipeline",
    "random_network",
    "study",
    "theory",
]


def __getattr__(name: str) -> _Any:
    """Import what is large, or needs torch, when it is first asked for."""
    if name == "study":
        return _import(".study", __name__)
    if name == "TriangularWaveNet":  # not in __all__: "import *" needs no torch
        return _import(".triangular", __name__).TriangularWaveNet
    if name not in ("bounds", "theory"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = _import(".theory", __name__)
    return module.bounds if name == "bounds" else module
