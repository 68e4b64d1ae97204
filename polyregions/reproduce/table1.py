# SPDX-License-Identifier: MIT
"""Table 1 of Wang 2022: linear regions of networks trained on two spirals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..domain import Domain
from ..enumeration import count_regions
from ..samples import Summary
from ..study.datasets import spiral_points
from .fig3 import N_INPUTS
from .page import Page
from .statistics import mean_and_error, sign, signed, z_of_mean
from .study import SEED, Shape, Study
from .training import LEARNING_RATE, Trainer, trained

BANDS = [(60, 69), (70, 79), (80, 89), (90, 99)]  # per cent of the test points
A_BAND = 30  # networks
STEPS, EVERY = 4000, 10
N_RANDOM = 5000

# (mean, deviation) by band; the paper's table, its rows read in the order of its bands.
PUBLISHED: dict[tuple[int, ...], list[tuple[float, float]]] = {
    (8, 2): [(645.24, 63.23), (612.44, 98.96), (635, 74.13), (563.8, 166.05)],
    (7, 3): [(597.52, 125.49), (563.44, 144.02), (634.52, 111.47), (547.16, 111.86)],
    (5, 5): [(277.52, 53.46), (299.68, 71.20), (295.44, 62.24), (268.28, 72.31)],
    (5, 3, 2): [(209.96, 75.53), (205.28, 71.76), (171.96, 72.56), (224.64, 61.49)],
    (4, 3, 3): [(90.63, 38.11), (114.4, 26.64), (115.64, 42.04), (122.76, 39.04)],
    (3, 3, 2, 2): [(41.36, 19.44), (31.2, 14.34), (37.68, 21.15), (27.8, 12.49)],
    (2, 2, 2, 2, 2): [(12.36, 6.96), (11.4, 3.38), (14.2, 4.06), (14.6, 5.97)],
}

Floats = NDArray[np.float64]


def two_spirals(n: int = 500) -> tuple[Floats, Floats]:
    """Return (2 n, 7) inputs and (2 n,) classes 0 and 1.

    Of the points (x, y) of ``spiral_points``; inputs are (x, y, x^2, y^2, x y, sin x,
    sin y) (Wang 2022, section 4.2).
    """
    points, classes = spiral_points(n)
    x, y = points.T
    inputs = np.stack([x, y, x**2, y**2, x * y, np.sin(x), np.sin(y)], axis=1)
    return inputs, classes.astype(np.float64)


def split(seed: int) -> tuple[Floats, Floats, Floats, Floats]:
    """Return 900 training points and 100 test points: X, y, X, y."""
    X, y = two_spirals()
    order = np.random.default_rng(seed).permutation(len(X))
    train, test = order[:-100], order[-100:]
    return X[train], y[train], X[test], y[test]


def run(study: Study) -> Page:
    """Train, count the first networks to come into each band, and compare."""
    n_random = study.samples(N_RANDOM, N_RANDOM // 10)
    shapes = {h: Shape((N_INPUTS, *h, 1), n_random) for h in PUBLISHED}
    random = study.count(list(shapes.values()))
    rows: list[dict[str, Any]] = []
    for hidden in PUBLISHED:
        name = "table1-" + "-".join(map(str, hidden))
        found = study.kept(name, partial(_counted, hidden, study))
        rows += _rows(hidden, found, random[shapes[hidden]].linear)
    study.save_rows("rows.csv", rows)
    return _page(study, rows)


def _counted(hidden: Sequence[int], study: Study) -> list[list[list[int]]]:
    """Train networks of a shape: for each band [network, step, regions] of each."""
    n_networks = study.samples(240, 60)
    wanted = study.samples(A_BAND, 10)
    X, y, test_X, test_y = split(SEED)
    trainer = Trainer((N_INPUTS, *hidden, 1), n_networks, SEED, X, y)
    found: list[dict[int, list[int]]] = [{} for _ in BANDS]

    def look(step: int) -> bool:
        per_cent = np.floor(100 * trainer.accuracy(test_X, test_y) + 1e-9)
        for k, (low, high) in enumerate(BANDS):
            for i in np.flatnonzero((low <= per_cent) & (per_cent <= high)).tolist():
                if i not in found[k] and len(found[k]) < wanted:
                    found[k][i] = [i, step, _linear(trainer, i)]
        return any(len(band) < wanted for band in found)

    trained(trainer, study.samples(STEPS, STEPS // 4), EVERY, look)
    return [list(band.values()) for band in found]


def _linear(trainer: Trainer, i: int) -> int:
    domain = Domain.all(N_INPUTS)
    counts = count_regions(trainer.network(i), domain, definitions="linear")
    assert counts.linear is not None
    return counts.linear


def _rows(
    hidden: tuple[int, ...], found: list[list[list[int]]], random: Summary | None
) -> list[dict[str, Any]]:
    assert random is not None
    out = []
    for (low, high), band, (mean, sd) in zip(
        BANDS, found, PUBLISHED[hidden], strict=True
    ):
        ours = Summary.of(np.array([regions for *_, regions in band], dtype=np.int64))
        out.append(
            {
                "hidden": "-".join(map(str, hidden)),
                "accuracy": f"{low}-{high}",
                "n": ours.n,
                "step": float(np.median([b[1] for b in band])) if band else "",
                "mean": ours.mean,
                "se": ours.se,
                "sd": ours.sd,
                "published_mean": mean,
                "published_sd": sd,
                "z": z_of_mean(ours, mean, sd, A_BAND) if ours.n > 1 else "",
                "random_mean": random.mean,
                "against_random": _against(ours, random),
            }
        )
    return out


def _against(ours: Summary, random: Summary) -> str:
    """Say whether trained networks have more regions than random ones: +, - or ?."""
    if ours.n < 2:
        return ""
    se = math.hypot(ours.se, random.se)
    half = se * (ours.ci95[1] - ours.mean) / ours.se if ours.se else 0.0
    mean = ours.mean - random.mean
    return sign(Summary(mean, 0.0, se, (mean - half, mean + half), ours.n))


def _page(study: Study, rows: list[dict[str, Any]]) -> Page:
    page = Page("Wang 2022, Table 1")
    page.text(
        "Networks of seven inputs that learn to tell two spirals apart (section 4.2), "
        f"{A_BAND} networks a band of test accuracy in the paper. How they were "
        "trained is not published: ours begin uniform on (-1, 1), Adam with rate "
        f"{LEARNING_RATE} on all 900 points in double precision, looked at every "
        f"{EVERY} steps, and a network counts for a band when it is in it for the "
        "first time. So no agreement to the digit can be claimed: z is the difference "
        "of the means in standard errors, 30 networks for theirs."
    )
    page.table(
        "hidden | accuracy, % | networks | mean | deviation | published mean | "
        "published deviation | z | random | against random",
        [_cells(row) for row in rows],
    )
    shown = [row for row in rows if row["z"] != ""]
    far = [row for row in shown if abs(row["z"]) > 3]
    page.text(
        f"{len(shown) - len(far)} of {len(shown)} means are within three standard "
        'errors of the published ones. "random" is the mean of untrained networks of '
        "the shape, and the last column says whether trained ones have more regions "
        "(+), fewer (-) or leave it open (?), at 95 %."
    )
    missing = [f"{row['hidden']} {row['accuracy']} %" for row in rows if row["n"] < 2]
    if missing:
        page.text(f"Too few networks came into these bands: {', '.join(missing)}.")
    return page


def _cells(row: dict[str, Any]) -> list[str]:
    known = [
        row["hidden"],
        row["accuracy"],
        str(row["n"]),
    ]
    published = [f"{row['published_mean']:g}", f"{row['published_sd']:g}"]
    if row["n"] < 2:
        return [*known, "–", "–", *published, "–", f"{row['random_mean']:.1f}", ""]
    ours = Summary(row["mean"], row["sd"], row["se"], (0.0, 0.0), row["n"])
    return [
        *known,
        mean_and_error(ours, 1),
        f"{row['sd']:.1f}",
        *published,
        signed(row["z"]),
        f"{row['random_mean']:.1f}",
        row["against_random"],
    ]
