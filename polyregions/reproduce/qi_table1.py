# SPDX-License-Identifier: MIT
"""Table 1 and Figures 4 and 5 of Qi and Wei: random labels, rise and collapse."""

from __future__ import annotations

from collections.abc import Mapping

from .. import study as regions
from .page import Page
from .qi_pages import OUTSIDE, Grid, compared, n_outside, rows_of, say_settings
from .qi_pictures import Curve, draw_curves, draw_sheet
from .qi_runs import HIDDEN, RELU, ensemble_of, followed, kept_network, seeds_of
from .study import Study

NAME = "qi-inputs-table1"

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
STAGES, QUICK_STAGES = (10_000, 30_000, 50_000), (1000,)
PICTURED = (100, 1000, 10_000, 50_000)  # epochs


def run(study: Study) -> Page:
    """Train on random labels; write a page after every size and stage of epochs.

    A run that is stopped has thus left the page of what it reached.
    """
    tables: dict[int, regions.Table] = {}
    stages = QUICK_STAGES if study.quick else STAGES
    for last in stages:
        epochs = [epoch for epoch in EPOCHS if epoch <= last]
        for size in PUBLISHED:
            data = regions.random_labels(size)
            ensemble = ensemble_of(data, WIDTH, seeds_of(study), [RELU])
            name = f"random-{size}"
            tables[size] = followed(study, name, ensemble, epochs, keep=[0])
            if last != stages[0]:
                study.write(f"{NAME}.md", _page(study, tables).markdown())
        page = _page(study, tables)
        _draw(study, page, tables)
        study.write(f"{NAME}.md", page.markdown())
    return page


def _page(study: Study, tables: Mapping[int, regions.Table]) -> Page:
    grids = {size: Grid(table) for size, table in tables.items()}
    page = Page("Qi and Wei 2023, Table 1: random labels")
    say_settings(
        page,
        seeds_of(study),
        f"[{WIDTH}]^3, points uniform on [-1, 1]^2, labels of a fair coin.",
    )
    lines, rows = [], []
    for size, grid in grids.items():
        values = grid["activation"]
        lines += compared(str(size), values, PUBLISHED[size], len(EPOCHS))
        rows += rows_of({"samples": size}, grid, values, PUBLISHED[size])
    page.table(f"samples | regions | {' | '.join(map(str, EPOCHS))}", lines)
    _say_reached(page, grids)
    _say_collapse(page, grids)
    study.save_rows("rows.csv", rows)
    for size, table in tables.items():
        table.save(study.folder / f"networks-{size}.csv")
    return page


def _say_reached(page: Page, grids: Mapping[int, Grid]) -> None:
    steps = {size: -(-size // regions.PAPER.batch_size) for size in grids}
    page.text(
        "Steps of training an epoch: "
        + ", ".join(f"{n} with {size} samples" for size, n in steps.items())
        + f"; {sum(steps.values()) * EPOCHS[-1] / 1e6:.1f} million to epoch "
        f"{EPOCHS[-1]}, for each seed. Epochs reached: "
        + ", ".join(f"{grid.epochs[-1]} with {size}" for size, grid in grids.items())
        + "."
    )
    outside = [n_outside(g["activation"], PUBLISHED[s]) for s, g in grids.items()]
    page.text(
        f"{sum(n for n, _ in outside)} of {sum(n for _, n in outside)} published "
        f"numbers lie outside our seeds' range ({OUTSIDE.strip()})."
    )


def _say_collapse(page: Page, grids: Mapping[int, Grid]) -> None:
    last = min(grid.epochs[-1] for grid in grids.values())
    page.heading(f"Rise and collapse, epoch {last}")
    page.text(
        "The paper's finding is that more samples make for more regions, up to a "
        "critical number, and for fewer beyond it. At the last epoch that we reached "
        "with all numbers of samples, means of our seeds:"
    )
    lines = []
    for size, grid in grids.items():
        k = grid.epochs.index(last)
        regions_then = grid["activation"][:, k] / grid["activation"][:, 0]
        units = [grid.summed(name)[:, k].mean() for name in ("dead", "always_on")]
        lines.append(
            [
                str(size),
                f"{PUBLISHED[size][k] / PUBLISHED[size][0]:.2f}",
                f"{regions_then.mean():.2f}",
                f"{100 * grid['accuracy'][:, k].mean():.1f}",
                f"{grid['loss'][:, k].mean():.3f}",
                *(f"{x:.1f}" for x in units),
            ]
        )
    page.table(
        "samples | published regions / those at epoch 0 | ours | accuracy, % | "
        f"cross entropy | dead units of {HIDDEN * WIDTH} | always on",
        lines,
    )
    page.text(
        "Dead units have the digit 0 in every cell of the square, units always on the "
        "digit 1: neither bends the network there. The cross entropy of a fair coin is "
        "0.693."
    )


def _draw(study: Study, page: Page, tables: Mapping[int, regions.Table]) -> None:
    grids = {size: Grid(table) for size, table in tables.items()}
    curves = {
        f"{size} samples": Curve(grid.epochs, grid["activation"], PUBLISHED[size])
        for size, grid in grids.items()
    }
    draw_curves(
        study.folder / "figure4.png",
        {"Random labels, solid ours, dashed published": curves},
        "activation regions",
    )
    page.heading("Figure 4")
    page.picture("figure4.png", "Regions over epochs, one curve a number of samples")
    shown = [e for e in PICTURED if all(e in grid.epochs for grid in grids.values())]
    draw_sheet(
        study.folder / "figure5.png",
        [[kept_network(table, 0, e) for e in shown] for table in tables.values()],
        [f"{size} samples" for size in tables],
        [f"epoch {epoch}" for epoch in shown],
    )
    page.heading("Figure 5")
    page.picture("figure5.png", "Regions of the network of seed 5")
