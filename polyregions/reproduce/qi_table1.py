# SPDX-License-Identifier: MIT
"""Table 1 and Figures 4 and 5 of Qi and Wei: random labels, rise and collapse."""

from __future__ import annotations

from .. import study as regions
from .page import Page
from .qi_runs import RELU, ensemble_of, followed, seeds_of
from .study import Study

WIDTH = 32
EPOCHS: tuple[int, ...] = (
    *(0, 10, 30, 50, 80, 100, 300, 500, 800, 1000),
    *(3000, 5000, 10_000, 30_000, 50_000),
)
# By number of samples, at EPOCHS.
PUBLISHED = {
    200: (
        *(1151, 925, 953, 1011, 995, 1176, 1426, 1499, 1858, 1749),
        *(1896, 2108, 1988, 2149, 2455),
    ),
    500: (
        *(1151, 977, 1393, 1441, 1572, 1549, 2067, 2316, 2542, 2771),
        *(3129, 3616, 3884, 4377, 4212),
    ),
    1000: (
        *(1153, 992, 928, 984, 1180, 1244, 1700, 2047, 2236, 2195),
        *(2453, 2667, 2810, 3010, 3138),
    ),
    2000: (
        *(1154, 791, 1222, 1308, 1344, 1423, 1250, 1205, 1346, 1324),
        *(1431, 1519, 1545, 1910, 1953),
    ),
    5000: (
        *(1151, 834, 1020, 560, 391, 325, 158, 111, 88, 143),
        *(379, 344, 415, 442, 605),
    ),
    10_000: (
        *(1152, 873, 353, 316, 198, 79, 70, 109, 61, 80),
        *(42, 51, 31, 34, 35),
    ),
}
STAGES, QUICK_STAGES = (10_000, 30_000, 50_000), (100,)


def run(study: Study) -> Page:
    """Train on random labels; a page after every size and stage, the last one whole."""
    tables: dict[int, regions.Table] = {}
    for last in QUICK_STAGES if study.quick else STAGES:
        epochs = [epoch for epoch in EPOCHS if epoch <= last]
        for size in PUBLISHED:
            data = regions.random_labels(size)
            ensemble = ensemble_of(data, WIDTH, seeds_of(study), [RELU])
            tables[size] = followed(study, f"random-{size}", ensemble, epochs, keep=[0])
    return Page("x")
