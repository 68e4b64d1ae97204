# SPDX-License-Identifier: MIT
"""Regions while a network trains: data sets, training, and what is tracked.

The studies of Qi and Wei (arXiv 2310.18725) and of Qi, Wei, Mei, Chellali and Yang
(ICONIP 2023). Data sets need the extra ``study``, training needs ``torch``.
"""

from .complexity import local_complexity
from .datasets import (
    DATASETS,
    Dataset,
    circles,
    dataset,
    digits,
    gaussian_quantiles,
    moons,
    normalised,
    random_labels,
    two_spirals,
)
from .ensembles import Ensemble
from .following import follow
from .measures import Measure, Measures
from .models import SLOPES, Shuffles, classifier
from .settings import PAPER, SEED, Settings
from .table import Table
from .tracking import RegionTracker
from .training import train
from .units import ConstantUnits, units_on_data, units_on_domain

__all__ = [
    "DATASETS",
    "PAPER",
    "SEED",
    "SLOPES",
    "ConstantUnits",
    "Dataset",
    "Ensemble",
    "Measure",
    "Measures",
    "RegionTracker",
    "Settings",
    "Shuffles",
    "Table",
    "circles",
    "classifier",
    "dataset",
    "digits",
    "follow",
    "gaussian_quantiles",
    "local_complexity",
    "moons",
    "normalised",
    "random_labels",
    "train",
    "two_spirals",
    "units_on_data",
    "units_on_domain",
]
