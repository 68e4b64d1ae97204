# SPDX-License-Identifier: MIT
"""Figure 3 of Wang 2022: ten units, seven inputs, seven arrangements."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, NamedTuple

from ..charts import plot_histograms
from ..comparison import Comparison
from ..montecarlo import MonteCarlo
from ..samples import Summary
from ..theory import bounds
from .page import Page
from .statistics import (
    interval,
    mean_and_error,
    signed,
    z_of_deviation,
    z_of_mean,
    z_of_share,
    z_score,
)
from .study import Shape, Study

N_INPUTS = 7
N_PUBLISHED = 5000
Results = Mapping[tuple[int, ...], MonteCarlo]


class Published(NamedTuple):
    """Linear regions in Table 1, first column; "NC" leaves out constant networks."""

    mean: float
    sd: float
    nc_mean: float | None = None
    nc_sd: float | None = None

    @property
    def share(self) -> float | None:
        """Constant networks: mean = share + (1 - share) nc_mean."""
        if self.nc_mean is None:
            return None
        return (self.nc_mean - self.mean) / (self.nc_mean - 1)


PUBLISHED = {
    (8, 2): Published(647.69, 72.24),
    (7, 3): Published(616.80, 94.02),
    (5, 5): Published(297.32, 66.52),
    (5, 3, 2): Published(181.69, 68.06),
    (4, 3, 3): Published(108.60, 39.90),
    (3, 3, 2, 2): Published(31.35, 18.60, 34.00, 16.99),
    (2, 2, 2, 2, 2): Published(8.0, 6.07, 10.39, 5.20),
}
# "The more similar the numbers of neurons": from left to right.
EVENER: list[tuple[int, ...]] = [(8, 2), (7, 3), (5, 5)]
CONSTANT: list[tuple[int, ...]] = [(3, 3, 2, 2), (2, 2, 2, 2, 2)]


def run(study: Study) -> Page:
    """Count, compare with Table 1's first column, and draw Figure 3."""
    n = study.samples(N_PUBLISHED, N_PUBLISHED // 10)
    shapes = {hidden: Shape((N_INPUTS, *hidden, 1), n) for hidden in PUBLISHED}
    found = study.count(list(shapes.values()))
    results = {hidden: found[shape] for hidden, shape in shapes.items()}
    study.save_samples(found)
    rows = [_row(hidden, result) for hidden, result in results.items()]
    study.save_rows("rows.csv", rows)
    plot_histograms(list(results.values()), study.folder / "figure3.png")
    page = Page("Wang 2022, Figure 3")
    page.text(
        f"{n} networks an arrangement, ten hidden units, seven inputs, one output, "
        "weights and biases uniform on (-1, 1), seed 0, all of R^7. Published are "
        f"{N_PUBLISHED} networks an arrangement (Table 1, first column). z is the "
        "difference in standard errors, sampling errors of both."
    )
    _linear(page, rows)
    _without_constant(page, rows)
    _activation(page, results)
    _claims(page, results)
    page.heading("Histograms")
    page.picture("figure3.png", "Histograms of both counts and of their ratio")
    page.text(
        "Linear and activation regions, and linear regions per activation region. The "
        "counts of every network are in `samples-WIDTHS.csv`, the tables in `rows.csv`."
    )
    return page


def _row(hidden: tuple[int, ...], result: MonteCarlo) -> dict[str, Any]:
    """Return all numbers of an arrangement; empty where there is none."""
    known = PUBLISHED[hidden]
    columns = {
        "linear": result.table.counts["linear"],
        "activation": result.table.counts["activation"],
        "ratio": result.table.ratio(),
    }
    row: dict[str, Any] = {"hidden": _name(hidden), "n": result.samples}
    for name, values in columns.items():
        found = Summary.of(values)
        row |= {f"{name}_{key}": getattr(found, key) for key in ("mean", "sd", "se")}
    linear, nc = Summary.of(columns["linear"]), result.without_single
    row |= {
        "published_mean": known.mean,
        "published_sd": known.sd,
        "z_mean": z_of_mean(linear, known.mean, known.sd, N_PUBLISHED),
        "sd_ratio": linear.sd / known.sd,
        "z_sd": z_of_deviation(columns["linear"], known.sd, N_PUBLISHED),
        "single": result.single_region_share,
        "nc_n": nc.n,
        "nc_mean": nc.mean,
        "nc_sd": nc.sd,
    }
    return row | _constant(known, result, nc)


def _constant(known: Published, result: MonteCarlo, nc: Summary) -> dict[str, Any]:
    """Compare the networks of one region, and the others; empty where unpublished."""
    share, ours, n = known.share, result.single_region_share, result.samples
    if share is None or known.nc_mean is None or known.nc_sd is None:
        none = ("published_single", "z_single", "published_nc_mean")
        return dict.fromkeys((*none, "published_nc_sd", "z_nc_mean", "nc_sd_ratio"), "")
    rest = round(N_PUBLISHED * (1 - share))
    return {
        "published_single": share,
        "z_single": z_of_share(ours, n, share, N_PUBLISHED),
        "published_nc_mean": known.nc_mean,
        "published_nc_sd": known.nc_sd,
        "z_nc_mean": z_of_mean(nc, known.nc_mean, known.nc_sd, rest),
        "nc_sd_ratio": nc.sd / known.nc_sd,
    }


def _name(hidden: tuple[int, ...]) -> str:
    return f"({', '.join(map(str, hidden))})"


def _linear(page: Page, rows: list[dict[str, Any]]) -> None:
    page.heading("Linear regions")
    page.table(
        "hidden | published mean | ours | z | published deviation | ours | ratio | z",
        [
            [
                row["hidden"],
                f"{row['published_mean']:.2f}",
                f"{row['linear_mean']:.2f} ± {row['linear_se']:.2f}",
                signed(row["z_mean"]),
                f"{row['published_sd']:.2f}",
                f"{row['linear_sd']:.2f}",
                f"{row['sd_ratio']:.3f}",
                signed(row["z_sd"]),
            ]
            for row in rows
        ],
    )


def _without_constant(page: Page, rows: list[dict[str, Any]]) -> None:
    page.heading("Networks of one region, and the others")
    page.text(
        "Where the paper gives the mean without constant networks (NC), the share of "
        "these follows from both means; the rounding of 8.0 leaves ± 0.5 % there."
    )

    def cells(row: dict[str, Any]) -> list[str]:
        single, nc = (
            f"{row['single']:.2%}",
            f"{row['nc_mean']:.2f} & {row['nc_sd']:.2f}",
        )
        if row["z_single"] == "":
            return [row["hidden"], "", single, "", "", nc, "", ""]
        published = f"{row['published_nc_mean']:.2f} & {row['published_nc_sd']:.2f}"
        return [
            row["hidden"],
            f"{row['published_single']:.2%}",
            single,
            signed(row["z_single"]),
            published,
            nc,
            signed(row["z_nc_mean"]),
            f"{row['nc_sd_ratio']:.3f}",
        ]

    page.table(
        "hidden | published one region | ours | z | published NC mean & deviation | "
        "ours | z | ratio of deviations",
        [cells(row) for row in rows],
    )


def _activation(page: Page, results: Results) -> None:
    page.heading("Activation regions, and linear regions per activation region")
    page.text(
        "The paper shows them as histograms only. The expectation is that of two hidden"
        " layers, the first one no wider than the input: K + 2^n1 of Theorem 2.1."
    )
    rows = []
    for hidden, result in results.items():
        counts = result.table.counts["activation"]
        found, ratio = Summary.of(counts), Summary.of(result.table.ratio())
        known = bounds([N_INPUTS, *hidden, 1]).get("two_layers_expectation")
        exact = None if known is None else float(known.value)
        z = "" if exact is None else signed(z_score(found.mean - exact, found.se))
        rows.append(
            [
                _name(hidden),
                mean_and_error(found),
                f"{found.sd:.2f}",
                "" if exact is None else f"{exact:.2f}",
                z,
                mean_and_error(ratio, 4),
                f"{ratio.sd:.4f}",
            ]
        )
    page.table(
        "hidden | activation | deviation | expectation | z | ratio | deviation",
        rows,
    )


def _claims(page: Page, results: Results) -> None:
    """Set what section 4.1 says about the figure beside the samples."""
    page.heading("What section 4.1 says")
    comparison = Comparison({_name(h): r for h, r in results.items()}, "linear")
    rows = []
    for one, other in pairwise(results):
        found = comparison.difference(_name(one), _name(other))
        text = f"{_name(one)} has more linear regions than {_name(other)}"
        rows.append([text, interval(found), _yes(found.ci95[0] > 0)])
    for one, other in pairwise(EVENER):
        found = Summary.of(results[other].table.ratio() - results[one].table.ratio())
        text = f"the ratio of {_name(other)} is larger than that of {_name(one)}"
        rows.append([text, interval(found, 4), _yes(found.ci95[0] > 0)])
    share = {hidden: result.single_region_share for hidden, result in results.items()}
    most = max(part for hidden, part in share.items() if hidden not in CONSTANT)
    text = f"{' and '.join(map(_name, CONSTANT))} often have one region"
    shares = ", ".join(f"{share[hidden]:.1%}" for hidden in CONSTANT)
    often = _yes(min(share[hidden] for hidden in CONSTANT) > most)
    rows.append([text, f"{shares}; others at most {most:.1%}", often])
    page.table("claim | 95 % interval of the mean difference, or share | holds", rows)
    ratio = {hidden: result.table.ratio().mean() for hidden, result in results.items()}
    least = min(ratio, key=lambda hidden: ratio[hidden])
    page.text(
        "Differences are taken network by network: sample i of every arrangement comes "
        "from the same stream of random numbers. That both counts are the closer the "
        "more alike the widths are is about equal depth: over all seven arrangements "
        f"the ratio is smallest for {_name(least)}, {ratio[least]:.2f}."
    )


def _yes(holds: bool) -> str:
    return "yes" if holds else "in doubt"
