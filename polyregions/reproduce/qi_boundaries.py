# SPDX-License-Identifier: MIT
"""Tables 2 and 3, Figures 6 to 10 of Qi and Wei: two data sets, three widths."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from .. import study as regions
from .page import Page
from .qi_pages import OUTSIDE, Grid, compared, n_outside, rows_of, say_settings
from .qi_pictures import Curve, draw_curves, draw_data, draw_sheet, write_epochs
from .qi_runs import FIRST, HIDDEN, RELU, ensemble_of, followed, kept_network, seeds_of
from .study import Study

EPOCHS = (0, 2, 5, 8, 10, 20, 50, 100)
EXPLORED = 32  # units a layer at most: wider networks make pages of 20 MB


class Published(NamedTuple):
    """A table of the paper: by width, at EPOCHS; and the figures of the same networks.

    Attributes
    ----------
    curves, decisions : numbers of the figures
    """

    title: str
    counts: Mapping[int, Sequence[int]]
    curves: int
    decisions: int


def compare(study: Study, data: regions.Dataset, published: Published) -> Page:
    """Train three widths on the data set, five seeds each, and compare."""
    tables: dict[int, regions.Table] = {}
    for width in published.counts:
        ensemble = ensemble_of(data, width, seeds_of(study), [RELU])
        name = f"{data.name}-{width}"
        tables[width] = followed(study, name, ensemble, EPOCHS, keep=[0])
    page = Page(published.title)
    kinds = f"{len(data)} points, {data.n_classes} classes, random_state 5"
    say_settings(page, seeds_of(study), f"Data: {data.name}, {kinds}.")
    grids = {width: Grid(table) for width, table in tables.items()}
    lines, rows = [], []
    for width, grid in grids.items():
        values, theirs = grid["activation"], published.counts[width]
        lines += compared(f"[{width}]^3", values, theirs, len(EPOCHS))
        rows += rows_of({"width": width}, grid, values, theirs)
    page.table(f"hidden | regions | {' | '.join(map(str, EPOCHS))}", lines)
    study.save_rows("rows.csv", rows)
    for width, table in tables.items():
        table.save(study.folder / f"networks-{width}.csv")
    _say_marks(page, grids, published)
    _by_layer(page, grids)
    _draw(study, page, data, tables, published)
    return page


def _say_marks(page: Page, grids: Mapping[int, Grid], published: Published) -> None:
    found = [n_outside(g["activation"], published.counts[k]) for k, g in grids.items()]
    page.text(
        f"{sum(n for n, _ in found)} of {sum(n for _, n in found)} published numbers "
        f"lie outside our seeds' range ({OUTSIDE.strip()})."
    )


def _by_layer(page: Page, grids: Mapping[int, Grid]) -> None:
    page.heading("By layer, and units that do not bend")
    page.text(
        "Regions when only the first layers cut, accuracy on the data, and units "
        "that are dead or always on in the square: means of our seeds. At epoch 0 the "
        "seed of the paper has "
        + ", ".join(f"{' / '.join(map(str, FIRST[k]))} for [{k}]^3" for k in grids)
        + "."
    )
    lines = []
    for width, grid in grids.items():
        for k, epoch in enumerate(grid.epochs):
            layers = [grid[f"per_layer_{j}"][:, k].mean() for j in range(HIDDEN)]
            units = [grid.summed(name)[:, k].mean() for name in ("dead", "always_on")]
            lines.append(
                [
                    f"[{width}]^3",
                    str(epoch),
                    *(f"{x:.0f}" for x in layers),
                    f"{100 * grid['accuracy'][:, k].mean():.1f}",
                    *(f"{x:.1f}" for x in units),
                ]
            )
    page.table(
        "hidden | epoch | layer 1 | layers 1-2 | layers 1-3 | accuracy, % | dead | "
        "always on",
        lines,
    )


def _draw(
    study: Study,
    page: Page,
    data: regions.Dataset,
    tables: Mapping[int, regions.Table],
    published: Published,
) -> None:
    draw_data(study.folder / "figure6.png", [data])
    curves = {
        f"[{width}]^3": Curve(EPOCHS, Grid(table)["activation"], theirs)
        for (width, table), theirs in zip(
            tables.items(), published.counts.values(), strict=True
        )
    }
    name = f"figure{published.curves}.png"
    title = f"{data.name}, solid ours, dashed published"
    draw_curves(study.folder / name, {title: curves}, "activation regions")
    decisions = f"figure{published.decisions}.png"
    draw_sheet(
        study.folder / decisions,
        [[kept_network(table, 0, e) for e in EPOCHS] for table in tables.values()],
        [f"[{width}]^3" for width in tables],
        [f"epoch {epoch}" for epoch in EPOCHS],
        boundary=True,
    )
    page.heading(f"Figures 6, {published.curves} and {published.decisions}")
    page.picture("figure6.png", "The data")
    page.picture(name, "Regions over epochs: mean and range of our seeds")
    page.picture(decisions, "Regions of the networks of seed 5, boundary white")
    explored = {
        f"[{width}]^3": {epoch: kept_network(table, 0, epoch) for epoch in EPOCHS}
        for width, table in tables.items()
        if width <= EXPLORED
    }
    write_epochs(study.folder, page, "epochs", explored, data)
