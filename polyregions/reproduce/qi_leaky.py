# SPDX-License-Identifier: MIT
"""ReLU against LeakyReLU from equal weights (Qi et al., ICONIP 2023)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

from .. import study as regions
from ..samples import Summary
from .page import Page
from .qi_leaky_pictures import draw_all
from .qi_pages import Grid
from .qi_runs import HIDDEN, LEAKY, RELU, WIDTHS, ensemble_of, followed, seeds_of
from .statistics import interval, sign
from .study import Study

LONG = (0, 10, 100, 500, 1000, 3000, 5000, 10_000)
SHORT = (0, 2, 4, 8, 10, 30, 50, 100)
QUICK_LAST = 100
Tables = dict[tuple[str, int], regions.Table]
# Counts at epoch 0 from the weights of seed 5, ReLU and LeakyReLU.
FIRST = {16: (206, 209), 32: (1151, 1157), 64: (4113, 4077)}


class Case(NamedTuple):
    """A data set, the epochs of its figure, and the figure's number."""

    make: Callable[[], regions.Dataset]
    epochs: tuple[int, ...]
    figure: int


CASES = {
    "random": Case(partial(regions.random_labels, 500), LONG, 5),
    "moons": Case(regions.moons, SHORT, 6),
    "quantiles": Case(regions.gaussian_quantiles, SHORT, 7),
}


def run(study: Study) -> Page:
    """Train both activations from equal weights, and compare."""
    tables: Tables = {}
    data = {name: case.make() for name, case in CASES.items()}
    for width in WIDTHS:
        for name, case in CASES.items():
            last = QUICK_LAST if study.quick else case.epochs[-1]
            epochs = [epoch for epoch in case.epochs if epoch <= last]
            seeds = seeds_of(study)
            ensemble = ensemble_of(data[name], width, seeds, [RELU, LEAKY])
            keep = [0, len(seeds)]  # both networks of the paper's seed
            label = f"leaky-{name}-{width}"
            tables[name, width] = followed(study, label, ensemble, epochs, keep)
    for (name, width), table in tables.items():
        table.save(study.folder / f"networks-{name}-{width}.csv")
    rows = [row for key, table in tables.items() for row in _rows(*key, Grid(table))]
    study.save_rows("rows.csv", rows)
    page = Page("Qi et al. 2023: ReLU and LeakyReLU from equal weights")
    _say_what(page, seeds_of(study), rows)
    for name in CASES:
        _table(page, name, [row for row in rows if row["data"] == name])
    figures = {name: case.figure for name, case in CASES.items()}
    draw_all(study, page, data, tables, figures)
    return page


def _rows(name: str, width: int, grid: Grid) -> list[dict[str, Any]]:
    """Return a row an epoch: counts of both, their differences, units that are off."""
    rows = []
    for k, epoch in enumerate(grid.epochs):
        relu, leaky = (grid.of_slope("activation", s)[:, k] for s in (RELU, LEAKY))
        difference = Summary.of(leaky - relu)
        row: dict[str, Any] = {"data": name, "width": width, "epoch": epoch}
        row |= {"seeds": difference.n, "more": int((leaky >= relu).sum())}
        for label, counts in (("relu", relu), ("leaky", leaky)):
            found = Summary.of(counts)
            row |= {f"{label}_mean": found.mean, f"{label}_sd": found.sd}
        row |= {
            "difference": difference.mean,
            "interval": interval(difference, 1) if difference.n > 1 else "",
            "sign": sign(difference) if difference.n > 1 else "?",
        }
        for label, slope in (("relu", RELU), ("leaky", LEAKY)):
            for what in ("dead", "dead_on_data", "always_on"):
                for j in range(HIDDEN):
                    units = grid.of_slope(f"{what}_{j}", slope)[:, k]
                    row[f"{label}_{what}_{j}"] = float(units.mean())
        rows.append(row)
    return rows


def _say_what(page: Page, seeds: tuple[int, ...], rows: list[dict[str, Any]]) -> None:
    page.text(
        "Networks of three hidden layers that begin with equal weights (PyTorch's "
        "default, float32), see equal batches, and differ in the slope left of zero: "
        "0, or 1/100. Adam with rate 0.001 and batches of 32, cross entropy; the "
        "weight decay of 0.0001 is that of the authors' other paper, this one names "
        f"none. {len(seeds)} seeds, {', '.join(map(str, seeds))}. Activation regions "
        "in [-1, 1]^2, counted exactly. The paper shows its counts in figures that "
        "give no table; its claim is that LeakyReLU has more regions, as a tendency."
    )
    page.heading('Where "Leaky >= ReLU" holds, and where it fails')
    trained = [row for row in rows if row["epoch"]]
    cells = dict.fromkeys((row["data"], row["width"]) for row in trained)
    page.table(
        "data | hidden | pairs with Leaky >= ReLU | epochs with mean difference > 0 | "
        "< 0 | open | most seeds have fewer regions with LeakyReLU at epochs",
        [
            _claim(name, width, [r for r in trained if (name, width) == _cell(r)])
            for name, width in cells
        ],
    )
    more, pairs = (sum(row[key] for row in trained) for key in ("more", "seeds"))
    page.text(
        f"Trained networks (epoch > 0): {more} of {pairs} pairs in all. Differences "
        "are taken seed by seed, their mean at 95 % (Student's t); open is what "
        f"{len(seeds)} seeds do not decide. It is no law: at epoch 0 the weights of "
        "seed 5 give "
        + ", ".join(f"{a} and {b}" for a, b in FIRST.values())
        + " regions (ReLU and LeakyReLU, k = 16, 32, 64)."
    )


def _cell(row: Mapping[str, Any]) -> tuple[str, int]:
    return row["data"], row["width"]


def _claim(name: str, width: int, rows: list[dict[str, Any]]) -> list[str]:
    """Return what became of the claim in a cell, over its epochs."""
    more, pairs = (sum(row[key] for row in rows) for key in ("more", "seeds"))
    fewer = [str(row["epoch"]) for row in rows if 2 * row["more"] < row["seeds"]]
    signs = [str(sum(row["sign"] == mark for row in rows)) for mark in "+-?"]
    return [
        name,
        f"[{width}]^3",
        f"{more} of {pairs}",
        *signs,
        ", ".join(fewer) or "none",
    ]


def _table(page: Page, name: str, rows: list[dict[str, Any]]) -> None:
    page.heading(f"{name.capitalize()}: counts, and dead units by layer")
    page.table(
        "hidden | epoch | ReLU, mean & deviation | LeakyReLU | difference, 95 % | "
        "sign | Leaky >= ReLU | ReLU dead by layer | on the data | LeakyReLU dead",
        [
            [
                f"[{row['width']}]^3",
                str(row["epoch"]),
                *(f"{row[f'{x}_mean']:.0f} & {row[f'{x}_sd']:.0f}" for x in _BOTH),
                row["interval"],
                row["sign"],
                f"{row['more']} of {row['seeds']}",
                _layers(row, "relu_dead"),
                _layers(row, "relu_dead_on_data"),
                _layers(row, "leaky_dead"),
            ]
            for row in rows
        ],
    )
    if name != next(iter(CASES)):
        return
    page.text(
        "Dead: units, as a mean over the seeds, whose digit is 0 in every cell of the "
        "square (exactly), or at every training point. A dead ReLU gives 0 and has no "
        "gradient; a LeakyReLU that is never positive still has slope 1/100 and can "
        "come back. The sign is that of the mean difference, seed by seed, at 95 % "
        "(Student's t); ? is left open."
    )


_BOTH = ("relu", "leaky")


def _layers(row: Mapping[str, Any], name: str) -> str:
    return " / ".join(f"{row[f'{name}_{j}']:.1f}" for j in range(HIDDEN))
