# SPDX-License-Identifier: MIT
"""Charts of samples: histograms, and means with their intervals."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from .extras import optional_import
from .montecarlo import MonteCarlo
from .plotting import checked_picture_path, save_picture

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Okabe and Ito's colours, which colour-blind readers tell apart.
_COLOURS = {"activation": "#0072B2", "linear": "#D55E00", "ratio": "#009E73"}
_FALLBACK = "#444444"


def _figure(width: float, height: float) -> Figure:
    figure: Figure = optional_import("matplotlib.figure", "plot").Figure(
        figsize=(width, height), layout="constrained"
    )
    return figure


def plot_histograms(
    results: Sequence[MonteCarlo], path: str | os.PathLike[str] | None = None
) -> Figure:
    """Draw for each result the histograms of its counts and of their ratio.

    A row a result, as Wang's Figure 3 (2022) shows them: counts, then linear regions
    per activation region where both were counted.

    Raises
    ------
    MissingExtraError
        matplotlib is not installed.
    InvalidArgumentError
        The file cannot be written.
    """
    if path is not None:
        checked_picture_path(path)
    figure = _figure(9.0, 2.2 * len(results) + 0.4)
    axes = figure.subplots(len(results), 2, squeeze=False)
    for (left, right), result in zip(axes, results, strict=True):
        for name in result.definitions:
            heights, edges = result.table.histogram(name)
            colour = _COLOURS.get(name, _FALLBACK)
            left.stairs(heights, edges, fill=True, alpha=0.5, color=colour, label=name)
        left.set_ylabel("networks")
        shape = "-".join(map(str, result.widths))
        left.set_title(f"{shape}, {result.samples} networks")
        left.legend(frameon=False)
        if result.table.has_ratio:
            heights, edges = result.table.histogram("ratio")
            right.stairs(heights, edges, fill=True, color=_COLOURS["ratio"])
            right.set_title("linear / activation")
            right.set_xlim(0, 1.02)
        else:
            right.set_axis_off()
    if path is not None:
        save_picture(figure, path)
    return figure


def plot_intervals(
    names: Sequence[str],
    means: Sequence[float],
    intervals: Sequence[tuple[float, float]],
    *,
    label: str,
    path: str | os.PathLike[str] | None = None,
) -> Figure:
    """Draw a mean and its interval for each name, the first one on top."""
    if path is not None:
        checked_picture_path(path)
    figure = _figure(7.0, 0.4 * len(names) + 1.2)
    axes = figure.subplots()
    places = np.arange(len(names))[::-1]
    low, high = np.array(intervals).T
    off = np.abs(np.array([means - low, high - means]))
    axes.errorbar(means, places, xerr=off, fmt="o", color=_COLOURS["activation"])
    axes.set_yticks(places, names)
    axes.set_xlabel(f"{label}, mean and 95 % interval")
    axes.grid(axis="x", alpha=0.3)
    if path is not None:
        save_picture(figure, path)
    return figure


def plot_curves(
    places: Sequence[float],
    curves: Mapping[str, tuple[Sequence[float], Sequence[tuple[float, float]]]],
    *,
    x_label: str,
    y_label: str,
    path: str | os.PathLike[str] | None = None,
) -> Figure:
    """Draw means with their intervals over the same places, a curve a name."""
    if path is not None:
        checked_picture_path(path)
    figure = _figure(7.0, 4.5)
    axes = figure.subplots()
    for colour, (name, (means, intervals)) in zip(
        [*_COLOURS.values(), _FALLBACK], curves.items(), strict=False
    ):
        low, high = np.array(intervals).T
        off = np.abs(np.array([means - low, high - means]))
        axes.errorbar(places, means, yerr=off, fmt="o-", color=colour, label=name)
    axes.set_xticks(places)
    axes.set_xlabel(x_label)
    axes.set_ylabel(f"{y_label}, mean and 95 % interval")
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)
    if path is not None:
        save_picture(figure, path)
    return figure


def plot_ranges(
    names: Sequence[str],
    ranges: Sequence[tuple[float, float]],
    means: Sequence[float],
    intervals: Sequence[tuple[float, float]],
    *,
    label: str,
    path: str | os.PathLike[str] | None = None,
) -> Figure:
    """Draw means and their intervals inside ranges (low, high), the first on top.

    Every row is in units of its own range: 0 is its low end, 1 its high end.
    """
    if path is not None:
        checked_picture_path(path)
    figure = _figure(7.0, 0.4 * len(names) + 1.2)
    axes = figure.subplots()
    places = np.arange(len(names))[::-1]
    start, stop = np.array(ranges).T
    low, high = ((end - start) / (stop - start) for end in np.array(intervals).T)
    inner = (np.array(means) - start) / (stop - start)
    axes.barh(places, 1.0, color=_COLOURS["activation"], alpha=0.25)
    axes.errorbar(
        inner,
        places,
        xerr=np.abs(np.array([inner - low, high - inner])),
        fmt="o",
        color=_COLOURS["linear"],
    )
    axes.set_yticks(places, names)
    axes.set_xlabel(f"{label}: mean and 95 % interval, 0 lower bound, 1 upper bound")
    if path is not None:
        save_picture(figure, path)
    return figure
