# SPDX-License-Identifier: MIT
"""Theorem 2.1 of Wang 2022: bounds of the expected number of linear regions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..charts import plot_ranges
from ..montecarlo import MonteCarlo
from ..samples import Summary
from ..theory import bounds
from ..theory.expectations import wang_k
from . import fig3
from .page import Page
from .statistics import place, signed, z_score
from .study import Shape, Study

ONE_UNIT = [(m, *[1] * n, 1) for m in (1, 7) for n in (1, 2, 3, 4, 6, 8)]
TWO_UNITS = [(m, *[2] * n, 1) for m in (2, 7) for n in (2, 3, 4, 5, 6, 8)]
TWO_LAYERS = [
    (7, *hidden, 1)
    for hidden in ((7, 3), (6, 4), (5, 5), (4, 6), (3, 7), (2, 7), (7, 2))
] + [(3, 3, 3, 1), (4, 4, 4, 1), (5, 5, 5, 1)]
SMALL = 200  # regions: up to there more networks are counted
BEYOND = [(7, 8, 2, 1)]  # n1 > M: the theorem does not apply
PUBLISHED = {(7, *hidden, 1): known.mean for hidden, known in fig3.PUBLISHED.items()}


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of the theorem; the names of its bounds."""

    number: int
    lower: str | None
    upper: str


_PARTS = {
    1: _Part(1, None, "wang_2022_one_unit_upper"),
    2: _Part(2, "wang_2022_two_layers_lower", "wang_2022_two_layers_upper"),
    3: _Part(3, "wang_2022_two_units_lower", "wang_2022_two_units_upper"),
}


def run(study: Study) -> Page:
    """Count, and say where the bounds hold."""
    most, least = study.samples(20_000, 2000), study.samples(5000, 500)
    layers = [
        Shape(widths, least if wang_k(*widths[1:3]) > SMALL else most)
        for widths in [*TWO_LAYERS, *BEYOND]
    ]
    layers.append(Shape((7, 5, 5, 1), least, "normal"))
    cases = [(1, Shape(widths, most)) for widths in ONE_UNIT]
    cases += [(2, shape) for shape in layers]
    cases += [(3, Shape(widths, most)) for widths in TWO_UNITS]
    found = study.count([shape for _, shape in cases])
    rows = [_row(_PARTS[part], shape, found[shape]) for part, shape in cases]
    study.save_samples({shape: found[shape] for shape in layers})
    study.save_rows("rows.csv", rows)
    page = Page("Wang 2022, Theorem 2.1")
    page.text(
        f"{most} networks a shape, {least} where more than {SMALL} regions are "
        "expected; one output, weights and biases uniform on (-1, 1), or normal where "
        "it says so, seed 0, all of R^M, M inputs. Within: the 95 % interval of the "
        "mean number of linear regions lies between the bounds; in doubt: it reaches "
        "beyond one."
    )
    _linear(page, rows)
    _activation(page, [row for row in rows if row["part"] == 2])
    page.heading("Remarks of the paper")
    page.items(_remarks(rows))
    shown = [row for row in rows if row["part"] == 2]
    plot_ranges(
        [row["shape"] for row in shown],
        [(row["lower"], row["upper"]) for row in shown],
        [row["mean"] for row in shown],
        [(row["low"], row["high"]) for row in shown],
        label="linear regions",
        path=study.folder / "two_layers.png",
    )
    page.picture("two_layers.png", "Bounds and means of two hidden layers")
    return page


def _row(part: _Part, shape: Shape, result: MonteCarlo) -> dict[str, Any]:
    applies, lower, upper = _ends(part, shape.widths)
    hidden = shape.widths[1:-1]
    linear = Summary.of(result.table.counts["linear"])
    activation = Summary.of(result.table.counts["activation"])
    merged = Summary.of(
        result.table.counts["activation"] - result.table.counts["linear"]
    )
    law = "" if shape.law == "uniform" else f", {shape.law}"
    return {
        "part": part.number,
        "shape": f"{shape.widths[0]}: ({', '.join(map(str, hidden))}){law}",
        "widths": "-".join(map(str, shape.widths)),
        "law": shape.law,
        "samples": result.samples,
        "applies": applies,
        "lower": lower,
        "upper": upper,
        "mean": linear.mean,
        "se": linear.se,
        "low": linear.ci95[0],
        "high": linear.ci95[1],
        "place": place(lower, upper, linear),
        "published": "" if law else PUBLISHED.get(shape.widths, ""),
        "activation_mean": activation.mean,
        "activation_se": activation.se,
        "merged_mean": merged.mean,
        "merged_se": merged.se,
        "z_of_upper": z_score(activation.mean - upper, activation.se),
    }


def _ends(part: _Part, widths: tuple[int, ...]) -> tuple[bool, float, float]:
    """Return both bounds, and whether the theorem is about this shape."""
    known = bounds(widths)
    if part.upper not in known:  # of two layers: its formulas all the same
        k = wang_k(*widths[1:-1])
        return False, float(k + 1), float(k + 2 ** widths[1])
    lower = 1 if part.lower is None else known[part.lower].value
    return True, float(lower), float(known[part.upper].value)


def _linear(page: Page, rows: Sequence[dict[str, Any]]) -> None:
    page.heading("Linear regions")
    page.table(
        "part | M: hidden | lower | mean | 95 % interval | upper | lies | "
        "published mean",
        [
            [
                str(row["part"]),
                row["shape"],
                "" if row["part"] == 1 else f"{row['lower']:.2f}",
                f"{row['mean']:.3f}",
                f"{row['low']:.3f} to {row['high']:.3f}",
                f"{row['upper']:.2f}",
                row["place"]
                if row["applies"]
                else f"({row['place']}: the theorem does not apply)",
                f"{row['published']:.2f}" if row["published"] else "",
            ]
            for row in rows
        ],
    )
    places = [row["place"] for row in rows if row["applies"]]
    page.text(
        f"Of {len(places)} shapes that the theorem is about: "
        f"within {places.count('within')}, in doubt {places.count('in doubt')}, "
        f"outside {places.count('outside')}."
    )


def _activation(page: Page, rows: Sequence[dict[str, Any]]) -> None:
    page.heading("Activation regions of two layers")
    page.text(
        "For n1 <= M the upper bound K + 2^n1 is the expected number of activation "
        "regions, by symmetry of the signs. z is the difference in standard errors. "
        "The difference of both counts has less noise than they have: K + 2^n1 less "
        "its mean is a sharper estimate of the expected linear regions."
    )
    page.table(
        "M: hidden | K + 2^n1 | mean of activation regions | z | "
        "activation - linear | linear, sharper",
        [
            [
                row["shape"],
                f"{row['upper']:.4f}",
                f"{row['activation_mean']:.2f} ± {row['activation_se']:.2f}",
                signed(row["z_of_upper"])
                if row["applies"]
                else f"{signed(row['z_of_upper'])} (n1 > M: no expectation)",
                f"{row['merged_mean']:.3f} ± {row['merged_se']:.3f}",
                f"{row['upper'] - row['merged_mean']:.3f} ± {row['merged_se']:.3f}"
                if row["applies"]
                else "",
            ]
            for row in rows
        ],
    )


def _remarks(rows: Sequence[dict[str, Any]]) -> list[str]:
    tried = range(4, 41)
    large = all(wang_k(n, n) * 4 >= 3**n for n in tried)
    ratios = [float(2**n / wang_k(n, n)) for n in (4, 8, 16, 32)]
    shares = ", ".join(f"{ratio:.2g}" for ratio in ratios)
    means = {row["widths"]: row for row in rows}
    fits = [
        f"{row['shape'].partition(': ')[2]} {row['place']}"
        for row in (means["7-8-2-1"], means["7-7-3-1"])
    ]
    return [
        f"K(n, n) >= 3^n / 4 for n = {tried[0]} to {tried[-1]}: "
        f"{'yes' if large else 'no'}, in exact fractions.",
        f"2^n is small beside K(n, n): 2^n / K(n, n) = {shares} for n = 4, 8, 16, 32.",
        "The means of (8, 2), (7, 3) and (5, 5) fit the estimation (2.1): "
        f"{', '.join(fits)}, (5, 5) {means['7-5-5-1']['place']}; for (8, 2) by the "
        "formula alone, since the theorem needs M >= max(n1, n2) and M is 7.",
    ]
