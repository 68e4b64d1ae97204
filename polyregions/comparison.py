# SPDX-License-Identifier: MIT
"""Architectures against each other: paired samples, and a ranking with its doubt.

Sample i of every architecture is drawn from the same stream (common random numbers):
differences are taken sample by sample. Where the shapes begin alike that narrows their
intervals, and it costs nothing where they do not.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .charts import plot_intervals
from .counts import DEFINITIONS
from .errors import InvalidArgumentError
from .extras import optional_import
from .laws import checked_widths
from .montecarlo import MonteCarlo, montecarlo
from .samples import Summary, t_quantile

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

Architecture = str | Sequence[int]  # "4x2", width x layers, or all widths


@dataclass(frozen=True, slots=True)
class Rank:
    """Where an architecture stands.

    Attributes
    ----------
    name : as it was asked for
    summary : of its regions
    best, worst : ranks, 1 for the most regions, that the intervals of all differences
        allow together with 95 % confidence (Bonferroni)
    """

    name: str
    summary: Summary
    best: int
    worst: int


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """Several architectures over the same samples.

    Attributes
    ----------
    results : dict of name -> MonteCarlo, in the order asked for
    definition : the regions that are compared
    """

    results: Mapping[str, MonteCarlo]
    definition: str

    def values(self, name: str) -> NDArray[np.int64]:
        """Return the regions of an architecture's samples.

        Raises
        ------
        InvalidArgumentError
            No such architecture.
        """
        if name not in self.results:
            raise InvalidArgumentError(
                f"no architecture {name!r}; there are {', '.join(self.results)}"
            )
        return self.results[name].table.counts[self.definition]

    def difference(self, one: str, other: str) -> Summary:
        """Summarise one - other, over the samples that both have."""
        a, b = self.values(one), self.values(other)
        n = min(len(a), len(b))
        return Summary.of(a[:n] - b[:n])

    @property
    def ranking(self) -> list[Rank]:
        """From the most regions to the fewest."""
        means = {name: float(np.mean(self.values(name))) for name in self.results}
        names = sorted(means, key=lambda name: -means[name])
        n_pairs = max(len(names) * (len(names) - 1) // 2, 1)
        ranks = []
        for name in names:
            signs = [
                _certain_sign(self.difference(other, name), 0.05 / n_pairs)
                for other in names
                if other != name
            ]
            ranks.append(
                Rank(
                    name,
                    Summary.of(self.values(name)),
                    1 + signs.count(1),
                    len(names) - signs.count(-1),
                )
            )
        return ranks

    def to_pandas(self) -> pd.DataFrame:
        """Return the ranking as a table; needs pandas."""
        pandas = optional_import("pandas", "tables")
        rows = [
            {"architecture": rank.name, "best": rank.best, "worst": rank.worst}
            | {key: getattr(rank.summary, key) for key in ("mean", "sd", "se", "n")}
            for rank in self.ranking
        ]
        return pandas.DataFrame(rows)

    def plot(self, path: str | os.PathLike[str] | None = None) -> Figure:
        """Draw the means with their 95 % intervals; needs matplotlib.

        Returns the figure, and writes it when ``path`` is given.
        """
        ranks = self.ranking
        return plot_intervals(
            [rank.name for rank in ranks],
            [rank.summary.mean for rank in ranks],
            [rank.summary.ci95 for rank in ranks],
            label=f"{self.definition} regions",
            path=path,
        )

    def __repr__(self) -> str:
        lines = [f"Comparison of {self.definition} regions, {_samples(self)} samples"]
        for rank in self.ranking:
            places = (
                f"{rank.best}"
                if rank.best == rank.worst
                else (f"{rank.best}-{rank.worst}")
            )
            lines.append(f"  {places:>5}  {rank.name:<16} {rank.summary}")
        return "\n".join(lines)


def compare_architectures(
    architectures: Iterable[Architecture] | Mapping[str, Sequence[int]],
    samples: int = 1000,
    seed: int = 0,
    *,
    n_inputs: int | None = None,
    n_outputs: int = 1,
    definition: str = "linear",
    **options: Any,
) -> Comparison:
    """Compare the expected numbers of regions of several architectures.

    Parameters
    ----------
    architectures : "WxD" is D hidden layers of W units, between n_inputs and n_outputs;
        or all widths of a network, inputs and outputs included; or these by name
    definition : the regions to compare
    options : what ``montecarlo`` takes, such as law, domain, workers

    Raises
    ------
    InvalidArgumentError
        No architecture, one twice, a text that is none, or "WxD" without n_inputs.
    """
    if definition not in DEFINITIONS:
        raise InvalidArgumentError(
            f"definition {definition!r}; pass one of {', '.join(DEFINITIONS)}"
        )
    named = _named(architectures, n_inputs, n_outputs)
    results = {
        name: montecarlo(widths, samples, seed, definitions=definition, **options)
        for name, widths in named.items()
    }
    return Comparison(results, definition)


def equal_units(n_units: int) -> list[str]:
    """Return all rectangles "WxD" of so many hidden units, the widest first."""
    widths = [w for w in range(n_units, 0, -1) if n_units % w == 0]
    return [f"{w}x{n_units // w}" for w in widths]


def equal_parameters(
    n_parameters: int, depths: Iterable[int], *, n_inputs: int, n_outputs: int = 1
) -> list[str]:
    """Return for each depth the rectangle whose weights and biases are nearest."""
    out = []
    for depth in depths:
        width = 1
        while _size(width + 1, depth, n_inputs, n_outputs) <= n_parameters:
            width += 1
        sizes = {w: _size(w, depth, n_inputs, n_outputs) for w in (width, width + 1)}
        best = min(sizes, key=lambda w: abs(sizes[w] - n_parameters))
        out.append(f"{best}x{depth}")
    return out


def _size(width: int, depth: int, n_inputs: int, n_outputs: int) -> int:
    widths = [n_inputs, *[width] * depth, n_outputs]
    return sum(m * (n + 1) for n, m in pairwise(widths))


def _named(
    architectures: Iterable[Architecture] | Mapping[str, Sequence[int]],
    n_inputs: int | None,
    n_outputs: int,
) -> dict[str, tuple[int, ...]]:
    """Return all widths by name."""
    if isinstance(architectures, Mapping):
        return {str(k): checked_widths(v) for k, v in architectures.items()}
    out: dict[str, tuple[int, ...]] = {}
    for one in [architectures] if isinstance(architectures, str) else architectures:
        widths = _widths(one, n_inputs, n_outputs)
        name = one if isinstance(one, str) else "-".join(map(str, widths))
        if name in out:
            raise InvalidArgumentError(f"architecture {name!r} comes twice")
        out[name] = widths
    if not out:
        raise InvalidArgumentError("no architecture; pass at least one")
    return out


def _widths(one: Architecture, n_inputs: int | None, n_outputs: int) -> tuple[int, ...]:
    if not isinstance(one, str):
        return checked_widths(one)
    match = re.fullmatch(r"(\d+)\s*[x×]\s*(\d+)", one)
    if match is None:
        raise InvalidArgumentError(
            f"architecture {one!r}; pass WxD, D layers of W units, or all widths"
        )
    if n_inputs is None:
        raise InvalidArgumentError(f"architecture {one!r} needs n_inputs")
    return checked_widths([n_inputs, *[int(match[1])] * int(match[2]), n_outputs])


def _certain_sign(difference: Summary, probability: float) -> int:
    """Return the sign of an expectation at this probability of error; 0 in doubt."""
    if difference.n < 2:
        return 0
    half = t_quantile(difference.n - 1, 1 - probability / 2) * difference.se
    if abs(difference.mean) <= half:
        return 0
    return 1 if difference.mean > 0 else -1


def _samples(comparison: Comparison) -> int:
    return min(result.samples for result in comparison.results.values())
