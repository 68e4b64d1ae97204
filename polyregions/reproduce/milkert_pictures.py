# SPDX-License-Identifier: MIT
"""Pictures of waves, of fits and their errors, and of regions over training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..extras import optional_import
from ..network import Network
from ..plotting import save_picture
from .milkert import FUNCTIONS, METHODS, Cells, best_network
from .study import Study

# Okabe and Ito's colours, which colour-blind readers tell apart.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#444444")


def new_axes(rows: int, columns: int, width: float, height: float) -> tuple[Any, Any]:
    """Return a figure and its axes (rows, columns)."""
    figure = optional_import("matplotlib.figure", "plot").Figure(
        figsize=(width, height), layout="constrained"
    )
    return figure, figure.subplots(rows, columns, squeeze=False)


def draw_fits(study: Study, found: Cells, x: NDArray[Any]) -> None:
    """Draw fits.png: the best network of some methods, and |error|, a column each."""
    figure, axes = new_axes(2, len(FUNCTIONS), 3.4 * len(FUNCTIONS), 5.6)
    for (above, below), (key, function) in zip(axes.T, FUNCTIONS.items(), strict=True):
        wanted = function.values(x)
        above.plot(x, wanted, color="#999999", linewidth=4, label="function")
        for colour, name in zip(COLOURS, ("theorem", "kaiming"), strict=False):
            values = best_network(found[key, name])(x[:, None])[:, 0]
            title = METHODS[name].title
            above.plot(x, values, color=colour, linewidth=1, label=title)
            error = np.maximum(np.abs(values - wanted), 1e-8)
            below.semilogy(x, error, color=colour, linewidth=0.7)
        above.set_title(f"{function.name}, best run")
        below.set_xlabel("x")
    axes[0, 0].legend(frameon=False)
    axes[1, 0].set_ylabel("|error|")
    save_picture(figure, study.folder / "fits.png")


def draw_regions(study: Study, found: Cells, key: str) -> None:
    """Draw regions.png: linear regions over epochs, mean and range of the runs."""
    figure, [[axes]] = new_axes(1, 1, 7.5, 4.5)
    for colour, (name, method) in zip(COLOURS, METHODS.items(), strict=True):
        cell = found[key, name]
        counts = np.array(cell["linear"])
        axes.plot(
            cell["places"], counts.mean(axis=1), "o-", color=colour, label=method.title
        )
        axes.fill_between(
            cell["places"],
            counts.min(axis=1),
            counts.max(axis=1),
            color=colour,
            alpha=0.12,
            linewidth=0,
        )
    axes.axvline(
        found[key, "theorem"]["places"][-1] / 2, color="#888888", linestyle=":"
    )
    axes.set_xlabel("epoch (dotted: the weights are released after pre-training)")
    axes.set_ylabel("linear regions on [0, 1], mean and range")
    axes.set_title(FUNCTIONS[key].name)
    axes.legend(frameon=False, fontsize="small")
    save_picture(figure, study.folder / "regions.png")


def draw_waves(study: Study, net: Network, waves: Sequence[Any]) -> None:
    """Draw waves.png: the waves at their breakpoints, and the network of them."""
    figure, [[left, right]] = new_axes(1, 2, 10, 3.8)
    for k, (colour, (x, y)) in enumerate(zip(COLOURS, waves, strict=False)):
        left.plot(x, y, color=colour, linewidth=1, label=f"$W_{k}$")
    left.set_xlabel("x")
    left.legend(frameon=False, loc="upper right")
    x, _ = waves[-1]
    places = np.array(x, dtype=float)
    right.plot(places, net(places[:, None])[:, 0], "o-", color=COLOURS[0], markersize=2)
    right.set_xlabel("x")
    right.set_title(f"F, {len(places) - 1} linear regions on [0, 1]")
    save_picture(figure, study.folder / "waves.png")


def draw_curves(
    study: Study,
    name: str,
    places: Sequence[int],
    curves: Mapping[str, NDArray[Any]],
    labels: tuple[str, str],
) -> None:
    """Draw means and ranges of (places, runs) over the places, a curve a name."""
    figure, [[axes]] = new_axes(1, 1, 6.5, 4)
    for colour, (title, values) in zip(COLOURS, curves.items(), strict=False):
        axes.plot(places, values.mean(axis=1), "o-", color=colour, label=title)
        low, high = values.min(axis=1), values.max(axis=1)
        axes.fill_between(places, low, high, color=colour, alpha=0.15, linewidth=0)
    axes.set_xlabel(labels[0])
    axes.set_ylabel(labels[1])
    axes.legend(frameon=False)
    save_picture(figure, study.folder / name)
