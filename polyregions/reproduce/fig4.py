# SPDX-License-Identifier: MIT
"""Figure 4 and Theorem 1.1 of Wang 2022: the same units, deep or wide."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from ..charts import plot_curves, plot_histograms
from ..comparison import Comparison
from ..montecarlo import MonteCarlo
from ..samples import Summary
from ..theory import bounds
from .page import Page
from .statistics import sign, signed, z_score
from .study import Shape, Study

# n: means of activation and linear regions of 2 x n, from a simulation of 60 000
# networks and more, right to 0.01. Figure 4 itself is a histogram.
REFERENCE = {2: (4.50, 4.00), 4: (6.48, 4.38), 6: (7.57, 3.84), 8: (8.19, 3.11)}
REFERENCE_ERROR = 0.01
DEPTHS, INPUTS = range(2, 7), range(1, 5)  # of the grid of Theorem 1.1
LEAST = 9  # n and M of its second part
Found = Mapping[Shape, MonteCarlo]


def run(study: Study) -> Page:
    """Count 2 x n, 2n x 1, n x 2 and 1 x 2n; compare."""
    n = study.samples(20_000, 2000)
    figure = {k: (_shape(1, 2, k, n), _shape(1, 2 * k, 1, n)) for k in REFERENCE}
    grid = _grid(study.samples(5000, 500), study.samples(100, 10))
    shapes = [shape for pair in figure.values() for shape in pair]
    found = study.count([*shapes, *(shape for row in grid.values() for shape in row)])
    study.save_samples({shape: found[shape] for shape in shapes})
    page = Page("Wang 2022, Figure 4 and Theorem 1.1")
    _figure(study, page, {k: [found[s] for s in pair] for k, pair in figure.items()})
    _theorem(study, page, grid, found)
    _separation(page)
    return page


def _shape(n_inputs: int, width: int, depth: int, samples: int) -> Shape:
    return Shape((n_inputs, *[width] * depth, 1), samples)


def _grid(n: int, n_large: int) -> dict[tuple[int, int], tuple[Shape, Shape, Shape]]:
    """Return 2 x n, 1 x 2n and n x 2 by (M, n)."""
    cases = [(m, k, n) for m in INPUTS for k in DEPTHS] + [(LEAST, LEAST, n_large)]
    return {
        (m, k): (_shape(m, 2, k, n), _shape(m, 1, 2 * k, n), _shape(m, k, 2, n))
        for m, k, n in cases
    }


# --- Figure 4 -------------------------------------------------------------------------


def _figure(study: Study, page: Page, results: Mapping[int, list[MonteCarlo]]) -> None:
    rows = [_row(k, deep, wide) for k, (deep, wide) in results.items()]
    study.save_rows("figure4.csv", rows)
    page.text(
        f"{rows[0]['samples']} networks a shape, one input, one output, weights and "
        "biases uniform on (-1, 1), seed 0, all of R. W x D is D hidden layers of W "
        "units. 2 x n and 2n x 1 have the same number of weights and biases, 6n + 1."
    )
    page.heading("Figure 4")
    page.text(
        "The paper shows histograms and states 2n + 1 for 2n x 1. The reference means "
        "are those of a simulation of 60 000 networks and more, right to 0.01; z is "
        "the difference in standard errors, both included."
    )
    page.table(
        "n | 2 x n activation: reference | ours | z | "
        "2 x n linear: reference | ours | z | 2n x 1: 2n + 1 | ours, all networks",
        [
            [
                str(row["n"]),
                f"{row['activation_reference']:.2f}",
                f"{row['activation_mean']:.3f} ± {row['activation_se']:.3f}",
                signed(row["activation_z"]),
                f"{row['linear_reference']:.2f}",
                f"{row['linear_mean']:.3f} ± {row['linear_se']:.3f}",
                signed(row["linear_z"]),
                str(2 * row["n"] + 1),
                str(row["wide_least"])
                if row["wide_least"] == row["wide_most"]
                else f"{row['wide_least']} to {row['wide_most']}",
            ]
            for row in rows
        ],
    )
    single = ", ".join(f"{row['single']:.1%}" for row in rows)
    page.text(
        f"For n = {', '.join(map(str, results))}, {single} of the 2 x n networks have "
        "one linear region only."
    )
    _draw(study, results)
    page.picture("means.png", "Means against n")
    page.picture("figure4.png", "Histograms of 2 x n, n = 2, 4, 6, 8")


def _row(k: int, deep: MonteCarlo, wide: MonteCarlo) -> dict[str, Any]:
    row: dict[str, Any] = {"n": k, "samples": deep.samples}
    for name, known in zip(("activation", "linear"), REFERENCE[k], strict=True):
        found = Summary.of(deep.table.counts[name])
        row |= {
            f"{name}_reference": known,
            f"{name}_mean": found.mean,
            f"{name}_se": found.se,
            f"{name}_sd": found.sd,
            f"{name}_z": z_score(found.mean - known, found.se, REFERENCE_ERROR),
        }
    regions = wide.table.counts["linear"]
    least, most = int(regions.min()), int(regions.max())
    share = deep.single_region_share
    return row | {"single": share, "wide_least": least, "wide_most": most}


def _draw(study: Study, results: Mapping[int, list[MonteCarlo]]) -> None:
    curves = {}
    for label, which, name in (
        ("2 x n, activation", 0, "activation"),
        ("2 x n, linear", 0, "linear"),
        ("2n x 1, both", 1, "linear"),
    ):
        found = [
            Summary.of(pair[which].table.counts[name]) for pair in results.values()
        ]
        curves[label] = [s.mean for s in found], [s.ci95 for s in found]
    plot_curves(
        [*results],
        curves,
        x_label="n",
        y_label="regions",
        path=study.folder / "means.png",
    )
    deep = [pair[0] for pair in results.values()]
    plot_histograms(deep, study.folder / "figure4.png")


# --- Theorem 1.1 ----------------------------------------------------------------------


def _theorem(
    study: Study,
    page: Page,
    grid: Mapping[tuple[int, int], tuple[Shape, Shape, Shape]],
    found: Found,
) -> None:
    rows = [_compared(m, k, [found[s] for s in row]) for (m, k), row in grid.items()]
    study.save_rows("theorem.csv", rows)
    page.heading("Theorem 1.1")
    page.text(
        "For even densities, one output and M inputs: E(2 x n) exceeds E(1 x 2n) for "
        f"M >= 2, n >= 1; E(n x 2) exceeds E(2 x n) for M >= n >= {LEAST}. Tested: n = "
        f"{DEPTHS[0]} to {DEPTHS[-1]}, M = {INPUTS[0]} to {INPUTS[-1]}, uniform "
        f"weights, {rows[0]['samples']} networks a shape, and M = n = {LEAST}, "
        f"{rows[-1]['samples']} networks. An inequality holds (yes) where the 95 % "
        "interval of the mean difference, network by network, lies above 0, and fails "
        "(no) where it lies below. In brackets: the theorem does not say so."
    )
    page.table(
        "M | n | 2 x n | 1 x 2n | n x 2 | 2 x n - 1 x 2n | holds | n x 2 - 2 x n | "
        "holds",
        [_cells(row) for row in rows],
    )
    page.items(_verdicts(rows))


def _compared(m: int, k: int, results: list[MonteCarlo]) -> dict[str, Any]:
    names = ("deep", "one", "wide")  # 2 x n, 1 x 2n, n x 2
    comparison = Comparison(dict(zip(names, results, strict=True)), "linear")
    row: dict[str, Any] = {"inputs": m, "n": k, "samples": results[0].samples}
    for name in names:
        found = Summary.of(comparison.values(name))
        row |= {f"{name}_mean": found.mean, f"{name}_se": found.se}
    for part, pair, applies in (
        ("first", ("deep", "one"), m >= 2),
        ("second", ("wide", "deep"), m >= k >= LEAST),
    ):
        found = comparison.difference(*pair)
        row |= {
            f"{part}_low": found.ci95[0],
            f"{part}_high": found.ci95[1],
            f"{part}_mean": found.mean,
            f"{part}_se": found.se,
            f"{part}_sign": sign(found),
            f"{part}_applies": applies,
        }
    return row


def _cells(row: Mapping[str, Any]) -> list[str]:
    out = [str(row["inputs"]), str(row["n"])]
    out += [
        f"{row[f'{name}_mean']:.2f} ± {row[f'{name}_se']:.2f}"
        for name in ("deep", "one", "wide")
    ]
    for part in ("first", "second"):
        low, high = row[f"{part}_low"], row[f"{part}_high"]
        said = {"+": "yes", "-": "no", "?": "in doubt"}[row[f"{part}_sign"]]
        if part == "second" and row["n"] == 2:
            said = "equal"  # n x 2 is 2 x n
        shown = said if row[f"{part}_applies"] else f"({said})"
        out += [f"{low:.2f} to {high:.2f}", shown]
    return out


def _verdicts(rows: list[dict[str, Any]]) -> list[str]:
    """Say where each part holds, inside the theorem and outside of it."""
    lines = []
    for part, text in (
        ("first", "E(2 x n) exceeds E(1 x 2n)"),
        ("second", "E(n x 2) exceeds E(2 x n)"),
    ):
        cases = [row for row in rows if part == "first" or row["n"] > 2]
        for applies, where in (
            (True, "where the theorem says so"),
            (False, "elsewhere"),
        ):
            signs = [
                r[f"{part}_sign"] for r in cases if r[f"{part}_applies"] == applies
            ]
            if signs:
                lines.append(
                    f"{text}, {where}: holds in {signs.count('+')} of {len(signs)}, "
                    f"fails in {signs.count('-')}, in doubt in {signs.count('?')}."
                )
    return lines


def _separation(page: Page) -> None:
    """Say from which n on the bounds of Theorem 2.1 prove Theorem 1.1."""
    tried = range(2, 41)
    first = [
        k
        for k in tried
        if _bound([2, *[2] * k, 1], "two_units_lower")
        > _bound([2, *[1] * (2 * k), 1], "one_unit_upper")
    ]
    second = [
        k
        for k in tried
        if _bound([k, k, k, 1], "two_layers_lower")
        > _bound([k, *[2] * k, 1], "two_units_upper")
    ]
    page.text(
        f"The bounds of Theorem 2.1, in exact fractions, n = {tried[0]} to {tried[-1]}:"
        f" the lower one of 2 x n exceeds the upper one of 1 x 2n for {_ranges(first)},"
        f" that of n x 2 the upper one of 2 x n for {_ranges(second)}."
    )


def _bound(widths: list[int], name: str) -> Any:
    return bounds(widths)[f"wang_2022_{name}"].value


def _ranges(numbers: list[int]) -> str:
    whole = all(b == a + 1 for a, b in pairwise(numbers))
    return f"n = {numbers[0]} to {numbers[-1]}" if whole else f"n in {numbers}"
