# SPDX-License-Identifier: MIT
"""Our samples against published means and deviations, sampling errors of both."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..samples import Summary


def z_score(difference: float, *errors: float) -> float:
    """Return a difference in standard errors, which are independent of each other."""
    error = math.hypot(*errors)
    if error > 0:
        return difference / error
    return math.copysign(math.inf, difference) if difference else 0.0


def z_of_mean(ours: Summary, mean: float, sd: float, n: int) -> float:
    """Compare means; theirs is of n numbers of deviation sd."""
    return z_score(ours.mean - mean, ours.se, sd / math.sqrt(n))


def z_of_deviation(values: NDArray[Any], sd: float, n: int) -> float:
    """Compare standard deviations; theirs is of n numbers of the same law.

    The deviation of n numbers has the relative error sqrt((k - 1) / 4n), k being the
    kurtosis, for large n.
    """
    ours = Summary.of(values)
    if not ours.sd:
        return z_score(ours.sd - sd)
    kurtosis = float(np.mean((values - ours.mean) ** 4)) / float(np.var(values)) ** 2
    spread = math.sqrt(max(kurtosis - 1, 0) / 4)
    errors = ours.sd * spread / math.sqrt(ours.n), sd * spread / math.sqrt(n)
    return z_score(ours.sd - sd, *errors)


def z_of_share(ours: float, n_ours: int, theirs: float, n_theirs: int) -> float:
    """Compare shares of independent samples."""
    error = [
        math.sqrt(max(share * (1 - share), 0) / n)
        for share, n in ((ours, n_ours), (theirs, n_theirs))
    ]
    return z_score(ours - theirs, *error)


def place(low: float, high: float, summary: Summary) -> str:
    """Say where the 95 % interval of a mean lies: within, in doubt or outside."""
    least, most = summary.ci95
    if low <= least and most <= high:
        return "within"
    return "outside" if most < low or high < least else "in doubt"


def sign(difference: Summary) -> str:
    """Say what the 95 % interval of a mean difference leaves open: +, - or ?."""
    low, high = difference.ci95
    return "+" if low > 0 else "-" if high < 0 else "?"


def interval(summary: Summary, digits: int = 2) -> str:
    """Return "low to high", the 95 % interval."""
    low, high = summary.ci95
    return f"{low:.{digits}f} to {high:.{digits}f}"


def mean_and_error(summary: Summary, digits: int = 2) -> str:
    """Return "mean ± standard error"."""
    return f"{summary.mean:.{digits}f} ± {summary.se:.{digits}f}"


def signed(z: float) -> str:
    """Return a z-score for a table."""
    return f"{z:+.1f}"
