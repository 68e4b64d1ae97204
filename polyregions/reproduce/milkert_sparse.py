# SPDX-License-Identifier: MIT
"""Sparse points: Milkert, Hyde, Laine (ICML 2025), 10 points to learn, 10 to test."""

from __future__ import annotations

import numpy as np

from .milkert import (
    DEPTH,
    FUNCTIONS,
    Points,
    cells,
    constant_item,
    error_table,
    order_items,
    pre_training_sentence,
    region_table,
    save_cells,
    sizes,
)
from .page import Page
from .study import SEED, Study

N_POINTS = 10
# (function, method) -> (min, None): the paper's table of 30 runs has no more.
PUBLISHED: dict[tuple[str, str], tuple[float | None, float | None]] = {
    ("x3", "kaiming"): (2.41e-4, None),
    ("x11", "kaiming"): (2.14e-3, None),
    ("sin", "kaiming"): (2.27e-5, None),
    ("tanh", "kaiming"): (1.60e-4, None),
    ("x3", "theorem"): (5.65e-6, None),
    ("x11", "theorem"): (6.53e-4, None),
    ("sin", "theorem"): (7.92e-7, None),
    ("tanh", "theorem"): (5.09e-6, None),
}


def random_points() -> Points:
    """Return 10 points to learn and 10 to test, uniform on [0, 1]."""
    rng = np.random.default_rng(SEED)
    return Points(rng.uniform(0, 1, N_POINTS), rng.uniform(0, 1, N_POINTS))


def spaced_points() -> Points:
    """Return 10 equally spaced points from 0 to 1, and 10 others to test."""
    k = np.arange(N_POINTS)
    return Points(k / (N_POINTS - 1), (k + 0.5) / N_POINTS)


def run(study: Study) -> Page:
    """Train on random and on equally spaced points, and compare."""
    runs, epochs = sizes(study)
    page = Page("Milkert et al. 2025, sparse points")
    page.text(
        f"As for dense points (milkert-dense: {DEPTH} hidden layers, {runs} runs a "
        f"cell, {epochs} epochs a stage), but with {N_POINTS} points to learn and "
        f"{N_POINTS} others on which the error is measured. Where they lie is not "
        "published, and it decides the size of the errors: so there are two tables, "
        "points drawn uniformly (the same for all runs, seed 0) and equally spaced "
        "ones. The paper gives the least errors of Kaiming and of the full method."
    )
    for title, stem, points in (
        ("Random points", "random-", random_points()),
        ("Equally spaced points", "spaced-", spaced_points()),
    ):
        found = cells(study, points, stem)
        save_cells(study, found, stem)
        page.heading(title)
        error_table(page, found, list(FUNCTIONS), PUBLISHED)
        page.items(order_items(found))
        page.items([constant_item(found, key, points, {}) for key in FUNCTIONS])
        page.text(
            "Linear regions on [0, 1], mean (least to most). "
            + pre_training_sentence(found, epochs)
        )
        region_table(page, found, list(FUNCTIONS))
    return page
