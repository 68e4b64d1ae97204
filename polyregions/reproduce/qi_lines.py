# SPDX-License-Identifier: MIT
"""Figure 3 and Theorem 1 of Qi and Wei: regions on segments from the origin."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import study as regions
from ..domain import Domain
from ..enumeration import count_regions
from ..network import Network
from ..samples import Summary
from .page import Page
from .qi_pages import Grid
from .qi_pictures import Curve, draw_curves
from .qi_runs import HIDDEN, RELU, WIDTHS, ensemble_of, followed
from .study import Study

EPOCHS = (0, 2, 5, 8, 10, 20, 50, 100)
RUNS, QUICK_RUNS = range(5, 15), 3
N_SEGMENTS = 100
BREAKS = 1  # breakpoints of ReLU, the paper's kappa


@dataclass(frozen=True, slots=True)
class Segments:
    """Activation regions on the segments from the origin to some training points.

    Attributes
    ----------
    ends : (n, 2), none of them the origin
    """

    ends: NDArray[np.float64]

    def __call__(self, network: Network) -> dict[str, Any]:
        """Return mean, least and most over the segments, counted exactly."""
        origin = np.zeros(network.n_inputs)
        found = [
            count_regions(
                network,
                Domain.segment(origin, end),
                definitions="activation",
                threads=1,
            ).activation
            for end in self.ends
        ]
        pieces = np.array(found, dtype=np.int64)
        return {
            "mean": float(pieces.mean()),
            "least": int(pieces.min()),
            "most": int(pieces.max()),
        }

    def to_json(self) -> dict[str, Any]:
        """Return the ends."""
        return {"segments": self.ends.tolist()}


def run(study: Study) -> Page:
    """Train ten networks of each width, and count on segments."""
    data = regions.moons()
    seeds = RUNS[: study.samples(len(RUNS), QUICK_RUNS)]
    chosen = np.random.default_rng(regions.SEED).permutation(len(data))
    segments = Segments(data.X[chosen[:N_SEGMENTS]])
    tables = {
        width: followed(
            *(study, f"lines-{width}", ensemble_of(data, width, seeds, [RELU]), EPOCHS),
            measures=segments,
        )
        for width in WIDTHS
    }
    grids = {width: Grid(table) for width, table in tables.items()}
    for width, table in tables.items():
        table.save(study.folder / f"networks-{width}.csv")
    page = Page("Qi and Wei 2023, Figure 3 and Theorem 1: regions on segments")
    page.text(
        "Activation regions on the segment from the origin to a training point, per "
        f"unit of the network. {N_SEGMENTS} random points of the {len(data)} moons, "
        f"networks of three hidden layers, {len(seeds)} of each width (seeds "
        f"{seeds[0]} to {seeds[-1]}), trained as for Table 2. The paper does not name "
        "the data and shows a figure without numbers: the ratio stays near a constant."
    )
    _figure(study, page, grids)
    _theorem(study, page, grids)
    return page


def _ratios(grids: Mapping[int, Grid]) -> list[dict[str, Any]]:
    """Return a row a width and epoch: regions per unit over the networks."""
    rows = []
    for width, grid in grids.items():
        n_units = HIDDEN * width
        for k, epoch in enumerate(grid.epochs):
            ratio = Summary.of(grid["mean"][:, k] / n_units)
            rows.append(
                {
                    "width": width,
                    "epoch": epoch,
                    "networks": ratio.n,
                    "ratio": ratio.mean,
                    "sd": ratio.sd,
                    "least": float(grid["mean"][:, k].min()) / n_units,
                    "most": float(grid["mean"][:, k].max()) / n_units,
                    "most_pieces": int(grid["most"][:, k].max()),
                }
            )
    return rows


def _figure(study: Study, page: Page, grids: Mapping[int, Grid]) -> None:
    rows = _ratios(grids)
    study.save_rows("rows.csv", rows)
    page.table(
        "hidden | epoch | regions / units, mean | deviation | least network | "
        "most | most regions of a segment",
        [
            [
                f"[{row['width']}]^3",
                str(row["epoch"]),
                *(f"{row[key]:.3f}" for key in ("ratio", "sd", "least", "most")),
                str(row["most_pieces"]),
            ]
            for row in rows
        ],
    )
    curves = {
        f"[{width}]^3": Curve(grid.epochs, grid["mean"] / (HIDDEN * width))
        for width, grid in grids.items()
    }
    path = study.folder / "figure3.png"
    draw_curves(path, {"Segments from the origin": curves}, "regions / units")
    page.picture("figure3.png", "Regions per unit over epochs, mean and range")
    ratios = [row["ratio"] for row in rows]
    page.text(
        f"The means lie between {min(ratios):.3f} and {max(ratios):.3f}: within a "
        f"factor of {max(ratios) / min(ratios):.1f} over all widths and epochs."
    )


def _theorem(study: Study, page: Page, grids: Mapping[int, Grid]) -> None:
    page.heading("Theorem 1, rigorously")
    page.text(
        "The paper's theorem is informal: R regions need N >= R / T units, T being "
        "what a unit contributes on average under the initialisation, which it does "
        "not bound. What holds for every network: on a piece of the first l - 1 layers "
        "each of the n_l units of layer l is affine and bends at most kappa times "
        "(once for ReLU), so that the piece falls into at most 1 + kappa n_l, and a "
        "segment into at most the product of 1 + kappa n_l over the layers. By the "
        "inequality of the means, R regions in L layers need N >= (L / kappa) "
        "(R^(1/L) - 1) units. Both are checked on every segment, and T is what was "
        "seen."
    )
    rows = _bounds(grids)
    study.save_rows("theorem1.csv", rows)
    page.table(
        "hidden | units N | bound of regions | most seen, R | holds | units that R "
        "regions need | largest mean regions / units, T",
        [
            [
                f"[{row['width']}]^3",
                *(str(row[key]) for key in ("units", "bound", "most")),
                "yes" if row["holds"] else "no",
                f"{row['units_needed']:.1f}",
                f"{row['seen_per_unit']:.3f}",
            ]
            for row in rows
        ],
    )


def _bounds(grids: Mapping[int, Grid]) -> list[dict[str, Any]]:
    """Return a row a width: the bound, what was seen, and units needed for that."""
    rows = []
    for width, grid in grids.items():
        bound = math.prod([1 + BREAKS * width] * HIDDEN)
        most, n_units = int(grid["most"].max()), HIDDEN * width
        rows.append(
            {
                "width": width,
                "units": n_units,
                "bound": bound,
                "most": most,
                "holds": int((grid["most"] <= bound).all()),
                "units_needed": HIDDEN / BREAKS * (most ** (1 / HIDDEN) - 1),
                "seen_per_unit": float(grid["mean"].max()) / n_units,
            }
        )
    return rows
