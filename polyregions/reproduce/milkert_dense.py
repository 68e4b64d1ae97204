# SPDX-License-Identifier: MIT
"""Dense points: Milkert, Hyde, Laine (ICML 2025), 500 points, 4 x 5 networks."""

from __future__ import annotations

import numpy as np

from .milkert import (
    DEPTH,
    FUNCTIONS,
    LEARNING_RATE,
    Cells,
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
from .milkert_pictures import draw_fits, draw_regions
from .page import Page
from .study import Study

N_POINTS = 500
# (function, method) -> (min, mean): the paper's table of 30 runs.
PUBLISHED: dict[tuple[str, str], tuple[float, float]] = {
    ("x3", "kaiming"): (2.11e-5, 7.20e-2),
    ("x3", "raai"): (2.14e-5, 3.97e-2),
    ("x3", "skipped"): (7.63e-7, 3.89e-5),
    ("x3", "free"): (1.64e-7, 1.02e-5),
    ("x3", "theorem"): (7.86e-8, 5.27e-7),
    ("x11", "kaiming"): (2.19e-5, 2.82e-2),
    ("x11", "raai"): (4.40e-5, 4.12e-2),
    ("x11", "skipped"): (1.86e-5, 3.56e-4),
    ("x11", "free"): (3.20e-6, 3.73e-5),
    ("x11", "theorem"): (8.86e-7, 7.87e-6),
}


def run(study: Study) -> Page:
    """Train every function and method, and set the errors beside the published ones."""
    x = np.linspace(0, 1, N_POINTS)
    points = Points(x, x)
    found = cells(study, points)
    save_cells(study, found)
    runs, epochs = sizes(study)
    page = Page("Milkert et al. 2025, dense points")
    page.text(
        f"Networks of width 4 with {DEPTH} hidden layers learn a function on [0, 1] "
        f"from {N_POINTS} equally spaced points; mean squared error on these points, "
        f"{runs} runs a cell. Adam with rate {LEARNING_RATE:g}, float64, all points in "
        f"one step; pre-training and training {epochs} epochs each, the baselines "
        f"{2 * epochs} epochs. Not published, and chosen here: the size of a batch, "
        "the law of the first peaks (uniform on [0.1, 0.9], where pre-training keeps "
        "them), the start of free scales (those of Theorem 3.1, from the same peaks) "
        "and of the baselines' biases (Kaiming: 0)."
    )
    error_table(page, found, list(FUNCTIONS), PUBLISHED)
    page.items(order_items(found))
    page.text(
        "The last row of each function is not in the paper: without pre-training, but "
        "with as many epochs in all as the full method."
    )
    _bad_runs(page, found, points)
    draw_fits(study, found, x)
    page.picture("fits.png", "Best fits, and their errors")
    page.heading("Linear regions on [0, 1] over training")
    page.text(
        "Exact counts of all runs, linear regions: mean (least to most). "
        + pre_training_sentence(found, epochs)
    )
    region_table(page, found, list(FUNCTIONS))
    draw_regions(study, found, "x3")
    page.picture("regions.png", "Linear regions over training, x³")
    return page


def _bad_runs(page: Page, found: Cells, points: Points) -> None:
    """Say what the baselines' means measure."""
    ratios = [
        np.min(found[key]["errors"]) / least for key, (least, _) in PUBLISHED.items()
    ]
    page.text(
        "Means are those of the bad runs: one whose units die early ends with one "
        "linear region on [0, 1], most often a constant, and the share of such runs is "
        "what the baselines' means measure. It depends on the first biases and on the "
        "batches, which are not published. The least errors do not: ours are "
        f"{min(ratios):.2f} to {max(ratios):.2f} times the published ones."
    )
    page.items(
        [
            constant_item(
                found,
                key,
                points,
                {n: mean for (k, n), (_, mean) in PUBLISHED.items() if k == key},
            )
            for key in FUNCTIONS
        ]
    )
