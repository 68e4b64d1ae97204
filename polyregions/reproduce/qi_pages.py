# SPDX-License-Identifier: MIT
"""Published numbers beside those of five seeds, as the pages of Qi et al. show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..study import Table
from .page import Page
from .qi_runs import SEEDS

Numbers = NDArray[Any]
OUTSIDE = " ◦"  # behind a published number that no seed of ours reaches or falls below


class Grid:
    """A table by network and epoch.

    Attributes
    ----------
    epochs : those that every network has
    seeds, slopes : of each network
    """

    def __init__(self, table: Table) -> None:
        columns = table.columns()
        n = int(columns["network"].max()) + 1
        found, counts = np.unique(columns["epoch"], return_counts=True)
        self.epochs = [int(epoch) for epoch in found[counts == n]]
        kept = np.isin(columns["epoch"], self.epochs)
        self._columns: dict[str, Numbers] = {
            name: column[kept].reshape(n, len(self.epochs))
            for name, column in columns.items()
        }
        self.seeds, self.slopes = self["seed"][:, 0], self["slope"][:, 0]

    def __getitem__(self, name: str) -> Numbers:
        """Return a column as (networks, epochs)."""
        return self._columns[name]

    def summed(self, name: str) -> Numbers:
        """Return name_0 + name_1 + ..., over the hidden layers."""
        layers = [c for c in self._columns if c.rpartition("_")[0] == name]
        out: Numbers = np.sum([self[layer] for layer in layers], axis=0)
        return out

    def of_slope(self, name: str, slope: float) -> Numbers:
        """Return a column of the networks of one slope."""
        out: Numbers = self[name][self.slopes == slope]
        return out


def compared(
    label: str, values: Numbers, published: Sequence[int], n_epochs: int
) -> list[list[str]]:
    """Return lines of a table: published, the paper's seed, mean, least to most.

    Parameters
    ----------
    label : first cell of the first line
    values : (seeds, epochs reached), the paper's seed first
    published : by epoch; those that no seed meets are marked
    n_epochs : cells of a line; those behind the last epoch reached are empty
    """
    least, most = values.min(axis=0), values.max(axis=0)
    reached = values.shape[1]
    theirs = [
        f"{number}{OUTSIDE if k < reached and not a <= number <= b else ''}"
        for k, (number, a, b) in enumerate(
            zip(published, _long(least, n_epochs), _long(most, n_epochs), strict=True)
        )
    ]
    rest = [""] * (n_epochs - reached)
    return [
        [label, "published", *theirs],
        ["", f"seed {SEEDS[0]}", *(f"{x:.0f}" for x in values[0]), *rest],
        ["", "mean", *(f"{x:.0f}" for x in values.mean(axis=0)), *rest],
        ["", "least", *(f"{x:.0f}" for x in least), *rest],
        ["", "most", *(f"{x:.0f}" for x in most), *rest],
    ]


def _long(values: Numbers, n: int) -> list[float]:
    return [*values.tolist(), *[np.nan] * (n - len(values))]


def n_outside(values: Numbers, published: Sequence[int]) -> tuple[int, int]:
    """Return how many published numbers lie outside our seeds', and of how many."""
    theirs = np.array(published[: values.shape[1]])
    outside = (theirs < values.min(axis=0)) | (theirs > values.max(axis=0))
    return int(outside.sum()), len(theirs)


def rows_of(
    label: Mapping[str, Any],
    grid: Grid,
    values: Numbers,
    published: Sequence[int] | None,
) -> list[dict[str, Any]]:
    """Return a CSV row an epoch: published, mean, deviation, least and most."""
    rows = []
    for k, epoch in enumerate(grid.epochs):
        ours = values[:, k]
        rows.append(
            {
                **label,
                "epoch": epoch,
                "published": "" if published is None else published[k],
                "networks": len(ours),
                "mean": float(ours.mean()),
                "sd": float(ours.std(ddof=1)) if len(ours) > 1 else 0.0,
                "least": int(ours.min()),
                "most": int(ours.max()),
            }
        )
    return rows


def say_settings(page: Page, seeds: Sequence[int], data: str) -> None:
    """Say how networks were trained, and what can be compared."""
    page.text(
        "Three hidden layers of ReLU, PyTorch's default initialisation, float32; Adam "
        "with rate 0.001 and weight decay 0.0001, batches of 32, cross entropy, "
        f"shuffled each epoch. {data} Seeds {', '.join(map(str, seeds))} of the "
        f"networks; the paper's is {SEEDS[0]}. Activation regions in [-1, 1]^2, "
        "counted exactly."
    )
    page.text(
        "Epoch 0 is reproducible to the digit: PyTorch gives everyone the same first "
        "weights. Later counts are not: they depend on the order of the batches, which "
        "is not published, and on the last bits of sums. They are compared in size "
        f"only: a published number marked{OUTSIDE} lies outside least to most of our "
        f"{len(seeds)} seeds."
    )
