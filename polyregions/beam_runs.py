# SPDX-License-Identifier: MIT
"""BeamRuns: independent runs of a beam, their mean and how far it can be believed."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .tolerances import DEFAULT


@dataclass(frozen=True, slots=True)
class BeamRuns:
    """Independent runs of one width, all complete."""

    width: int
    logs: NDArray[np.float64]
    first: NDArray[np.float64]  # the same of the first layer that cuts
    failures: int

    def __len__(self) -> int:
        return len(self.logs)

    @property
    def scaled(self) -> NDArray[np.float64]:
        """The estimates over the largest of them."""
        values: NDArray[np.float64] = np.exp(self.logs - self.logs.max())
        return values

    @property
    def log_mean(self) -> float:
        """Logarithm of the mean."""
        return float(self.logs.max() + math.log(self.scaled.mean()))

    @property
    def deviation(self) -> float:
        """Of one run, over the mean."""
        return float(self.scaled.std(ddof=1) / self.scaled.mean())

    @property
    def relative_se(self) -> float:
        """Standard error of the mean, over the mean."""
        return self.deviation / math.sqrt(len(self))

    @property
    def are_wild(self) -> bool:
        """Whether they differ too much for an interval.

        Runs are about log-normal, so that the skewness of their mean is three times its
        relative standard error: more runs may differ more, up to where their deviation
        cannot be told from a sample.
        """
        more = math.sqrt(max(len(self) / DEFAULT.least_runs, 1.0))
        most = min(DEFAULT.wild_deviation * more, DEFAULT.wildest_deviation)
        return not self.deviation <= most

    @property
    def largest_share(self) -> float:
        """Of the largest run in the sum."""
        return float(1.0 / self.scaled.sum())

    def joined(self, more: BeamRuns) -> BeamRuns:
        """Return these runs and more of the same width."""
        logs = np.concatenate([self.logs, more.logs])
        first = np.concatenate([self.first, more.first])
        return BeamRuns(self.width, logs, first, self.failures + more.failures)

    def misses(self, first_layer: int) -> bool:
        """Whether they miss the known number of the first layer's cells."""
        ratios = np.exp(self.first - math.log(first_layer))
        error = float(ratios.std(ddof=1)) / math.sqrt(len(self))
        most = DEFAULT.missed_errors * error + DEFAULT.rounded_mean
        return abs(float(ratios.mean()) - 1.0) > most

    def agrees(self, other: BeamRuns) -> bool:
        """Whether the means differ by few of their standard errors."""
        ratio = math.exp(min(other.log_mean - self.log_mean, 700.0))
        error = math.hypot(self.relative_se, other.relative_se * ratio)
        most = DEFAULT.agreeing_errors * error + DEFAULT.rounded_mean
        return abs(ratio - 1.0) <= most


def hopeless(runs: BeamRuns) -> str:
    """Return why wider beams will not help; empty while they may."""
    # A deviation falls like 1 / sqrt(width) at best; where one run is nearly the whole
    # sum it is itself underestimated.
    needed = runs.width * (runs.deviation / DEFAULT.calm_deviation) ** 2
    if runs.width >= DEFAULT.widest_beam or (
        needed > DEFAULT.widest_beam and runs.width >= DEFAULT.trusted_beam
    ):
        return too_wild(runs)
    return ""


def too_wild(runs: BeamRuns) -> str:
    """Return the reason of runs that differ too much."""
    return (
        f"runs of {runs.width} nodes differ too much: their relative deviation is "
        f"{runs.deviation:.2g}, and one is {100 * runs.largest_share:.0f} % of the sum"
    )
