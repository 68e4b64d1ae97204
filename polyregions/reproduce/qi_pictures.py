# SPDX-License-Identifier: MIT
"""Pictures of the studies of Qi et al.: curves over epochs, regions, boundaries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..domain import Domain
from ..enumeration import enumerate_regions
from ..extras import optional_import
from ..network import Network
from ..plotting import PALETTE, plot_regions, save_picture
from ..study import Dataset

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito's colours, which colour-blind readers tell apart.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#444444")
BOX = Domain.box(-1, 1, dim=2)
N_GRID = 400  # points a side of a picture of decisions


class Curve(NamedTuple):
    """What some networks did: (networks, epochs), and what was published."""

    epochs: Sequence[int]
    values: NDArray[Any]
    published: Sequence[float] | None = None


def _figure(width: float, height: float) -> Figure:
    figure: Figure = optional_import("matplotlib.figure", "plot").Figure(
        figsize=(width, height), layout="constrained"
    )
    return figure


def draw_curves(
    path: Path, panels: Mapping[str, Mapping[str, Curve]], label: str
) -> None:
    """Draw means with least to most shaded, published numbers dashed; a panel a name.

    The axis of epochs is linear up to 10 and logarithmic from there.
    """
    figure = _figure(5.0 * len(panels) + 0.5, 4.2)
    for axes, (title, curves) in zip(
        figure.subplots(1, len(panels), squeeze=False)[0], panels.items(), strict=True
    ):
        for colour, (name, curve) in zip(COLOURS, curves.items(), strict=False):
            _draw_curve(axes, colour, name, curve)
        axes.set_xscale("symlog", linthresh=10)
        axes.set(title=title, xlabel="epoch", ylabel=label, xlim=(0, None))
        axes.set_ylim(bottom=0)
        axes.grid(alpha=0.3)
        axes.legend(frameon=False, fontsize="small")
    save_picture(figure, path)


def _draw_curve(axes: Axes, colour: str, name: str, curve: Curve) -> None:
    least, most = curve.values.min(axis=0), curve.values.max(axis=0)
    axes.fill_between(curve.epochs, least, most, color=colour, alpha=0.2, lw=0)
    axes.plot(curve.epochs, curve.values.mean(axis=0), "o-", color=colour, label=name)
    if curve.published is not None:
        n = len(curve.epochs)
        axes.plot(curve.epochs, curve.published[:n], "x--", color=colour, lw=0.8)


def draw_regions(path: Path, rows: Sequence[Sequence[tuple[str, Network]]]) -> None:
    """Draw activation regions in [-1, 1]^2, a panel a network, titles above."""
    figure = _figure(2.0 * len(rows[0]), 2.2 * len(rows))
    panels = figure.subplots(len(rows), len(rows[0]), squeeze=False)
    for line, row in zip(panels, rows, strict=True):
        for axes, (title, network) in zip(line, row, strict=True):
            cx = enumerate_regions(network, BOX)
            plot_regions(cx, regions="activation", ax=axes)
            _bare(axes, f"{title}: {len(cx)}")
    save_picture(figure, path)


def draw_decisions(
    path: Path, rows: Sequence[Sequence[tuple[str, Network]]], data: Dataset
) -> None:
    """Draw the class of the largest output in colour, boundaries white, and the data.

    Boundaries are drawn on a grid; nothing is counted in these pictures.
    """
    figure = _figure(2.4 * len(rows[0]), 2.7 * len(rows))
    panels = figure.subplots(len(rows), len(rows[0]), squeeze=False)
    ends = np.linspace(-1, 1, N_GRID)
    grid = np.stack(np.meshgrid(ends, ends), axis=-1)
    for line, row in zip(panels, rows, strict=True):
        for axes, (title, network) in zip(line, row, strict=True):
            scores = network(grid.reshape(-1, 2)).reshape(N_GRID, N_GRID, -1)
            classes = scores.argmax(axis=-1)
            axes.contourf(
                *(ends, ends, classes),
                levels=np.arange(data.n_classes + 1) - 0.5,
                colors=PALETTE[: data.n_classes],
            )
            for k in range(data.n_classes):  # where class k begins to win
                others = np.delete(scores, k, axis=-1).max(axis=-1)
                ahead = scores[..., k] - others
                if ahead.min() < 0 < ahead.max():
                    axes.contour(ends, ends, ahead, levels=[0], colors="white")
            axes.scatter(*data.X.T, c=[COLOURS[k] for k in data.y], s=1.5, lw=0)
            _bare(axes, title)
    save_picture(figure, path)


def draw_data(path: Path, data: Sequence[Dataset]) -> None:
    """Draw data sets side by side, classes in colour."""
    figure = _figure(3.0 * len(data), 3.2)
    for axes, one in zip(
        figure.subplots(1, len(data), squeeze=False)[0], data, strict=True
    ):
        axes.scatter(*one.X.T, c=[COLOURS[k % len(COLOURS)] for k in one.y], s=4, lw=0)
        axes.set(xlim=(-1, 1), ylim=(-1, 1), aspect="equal")
        _bare(axes, f"{one.name}, {len(one)} points")
    save_picture(figure, path)


def _bare(axes: Axes, title: str) -> None:
    axes.set_title(title, fontsize=6)
    axes.set(xlabel="", ylabel="", xticks=[], yticks=[], xlim=(-1, 1), ylim=(-1, 1))
