# SPDX-License-Identifier: MIT
"""Figures 2, 3 and 5 to 7 of Qi et al. (ICONIP 2023)."""

from __future__ import annotations

from collections.abc import Mapping

from .. import study as regions
from ..network import Network
from .page import Page
from .qi_pages import Grid
from .qi_pictures import (
    Curve,
    draw_curves,
    draw_data,
    draw_layers,
    draw_sheet,
    write_epochs,
)
from .qi_runs import LEAKY, RELU, WIDTHS, kept_network
from .study import Study

Tables = Mapping[tuple[str, int], regions.Table]
SHOWN = 32  # units a layer, of Figures 2 and 3
AT = 50  # epoch of Figure 2
SLOPES = {"ReLU": RELU, "LeakyReLU": LEAKY}


def draw_all(
    study: Study,
    page: Page,
    data: Mapping[str, regions.Dataset],
    tables: Tables,
    figures: Mapping[str, int],
) -> None:
    """Draw the paper's figures, those of a quick run for the smallest width alone."""
    page.heading("Figures")
    draw_data(study.folder / "figure4.png", list(data.values()))
    page.picture("figure4.png", "Figure 4: the data")
    moons = tables["moons", SHOWN]
    draw_sheet(
        study.folder / "figure2.png",
        [[_network(moons, x, AT) for x in SLOPES]],
        [f"epoch {AT}"],
        list(SLOPES),
    )
    page.picture("figure2.png", f"Figure 2: moons, k = {SHOWN}, epoch {AT}")
    _by_layer(study, page, moons)
    for name, number in figures.items():
        _over_epochs(study, page, name, number, tables)
        table = tables[name, WIDTHS[0] if study.quick else SHOWN]
        explored = {
            x: {epoch: _network(table, x, epoch) for epoch in Grid(table).epochs}
            for x in SLOPES
        }
        write_epochs(study.folder, page, f"epochs-{name}", explored, data[name])


def _network(table: regions.Table, name: str, epoch: int) -> Network:
    """Return the network of seed 5; the LeakyReLU ones come behind the others."""
    n = len(Grid(table).seeds) // len(SLOPES)
    number = 0 if name == "ReLU" else n
    return kept_network(table, number, epoch, SLOPES[name])


def _by_layer(study: Study, page: Page, table: regions.Table) -> None:
    grid = Grid(table)
    shown = [grid.epochs[0], grid.epochs[len(grid.epochs) // 2], grid.epochs[-1]]
    draw_layers(
        study.folder / "figure3.png",
        [[_network(table, name, epoch) for epoch in shown] for name in SLOPES],
        list(SLOPES),
        [f"epoch {epoch}" for epoch in shown],
    )
    page.picture("figure3.png", f"Figure 3: layer by layer, moons, k = {SHOWN}")


def _over_epochs(
    study: Study, page: Page, name: str, number: int, tables: Tables
) -> None:
    panels = {}
    for width in WIDTHS:
        grid = Grid(tables[name, width])
        panels[f"{name}, k = {width}"] = {
            label: Curve(grid.epochs, grid.of_slope("activation", slope))
            for label, slope in SLOPES.items()
        }
    curves = f"figure{number}-counts.png"
    draw_curves(study.folder / curves, panels, "activation regions")
    page.picture(curves, f"Figure {number}: regions over epochs, mean and range")
    for width in WIDTHS[:1] if study.quick else WIDTHS:
        table = tables[name, width]
        epochs = Grid(table).epochs
        picture = f"figure{number}-{width}.png"
        draw_sheet(
            study.folder / picture,
            [[_network(table, x, e) for e in epochs] for x in SLOPES],
            list(SLOPES),
            [f"epoch {epoch}" for epoch in epochs],
        )
        page.picture(picture, f"Figure {number}: {name}, k = {width}, seed 5")
