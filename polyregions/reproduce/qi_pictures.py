# SPDX-License-Identifier: MIT
"""Pictures of the studies of Qi et al.: curves over epochs, regions, boundaries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from numpy.typing import NDArray

from ..domain import Domain
from ..enumeration import enumerate_regions
from ..explorer import Frame, write_explorer
from ..extras import optional_import
from ..network import Network
from ..plotting import save_picture
from ..sheets import Panel, plot_sheet, write_animation
from ..study import Dataset
from .page import Page

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito's colours, which colour-blind readers tell apart.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#444444")
BOX = Domain.box(-1, 1, dim=2)


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


def draw_sheet(
    path: Path,
    networks: Sequence[Sequence[Network]],
    row_titles: Sequence[str],
    column_titles: Sequence[str],
    *,
    boundary: bool = False,
) -> None:
    """Draw activation regions in [-1, 1]^2, a row of panels a row of networks.

    ``boundary``: with the decision boundary on top, in white.
    """
    rows = [
        [Panel(cx=enumerate_regions(network, BOX)) for network in row]
        for row in networks
    ]
    plot_sheet(
        rows,
        row_titles=row_titles,
        column_titles=column_titles,
        boundary=boundary,
        path=path,
    )


def draw_layers(
    path: Path,
    networks: Sequence[Sequence[Network]],
    row_titles: Sequence[str],
    column_titles: Sequence[str],
) -> None:
    """Draw each network once a hidden layer, when only the first layers cut."""
    rows = []
    for row in networks:
        complexes = [enumerate_regions(network, BOX) for network in row]
        rows.append(
            [
                Panel(cx=cx, layers=n)
                for cx in complexes
                for n in range(1, len(cx.per_layer) + 1)
            ]
        )
    n_layers = len(rows[0]) // len(networks[0])
    titles = [f"{x}, {n}" for x in column_titles for n in _layers(n_layers)]
    plot_sheet(rows, row_titles=row_titles, column_titles=titles, path=path)


def _layers(n_layers: int) -> list[str]:
    return ["layer 1", *(f"layers 1 to {n}" for n in range(2, n_layers + 1))]


def write_epochs(
    folder: Path,
    page: Page,
    stem: str,
    networks: Mapping[str, Mapping[int, Network]],
    data: Dataset,
) -> None:
    """Write an explorer and an animation of networks by name and epoch, with the data.

    All of them have the same epochs.
    """
    complexes = {
        name: {epoch: enumerate_regions(net, BOX) for epoch, net in by_epoch.items()}
        for name, by_epoch in networks.items()
    }
    frames = [
        Frame(cx=cx, name=f"epoch {epoch}", network=name)
        for name, by_epoch in complexes.items()
        for epoch, cx in by_epoch.items()
    ]
    marks: Any = {"points": data.X, "labels": data.y}
    html, gif = f"{stem}.html", f"{stem}.gif"
    write_explorer(folder / html, frames, title=f"{data.name} over epochs", **marks)
    epochs = list(next(iter(complexes.values())))
    write_animation(
        folder / gif,
        (
            [Panel(cx=found[epoch], title=name) for name, found in complexes.items()]
            for epoch in epochs
        ),
        titles=[f"epoch {epoch}" for epoch in epochs],
        boundary=True,
        **marks,
    )
    page.picture(gif, f"{data.name}: regions, decision boundary and data over epochs")
    page.text(
        f"[{html}]({html}) explores them in a browser: each region at each epoch."
    )


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
