# SPDX-License-Identifier: MIT
"""RegionEstimate: what an estimate says, and whether it may be believed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from .domain import Domain
from .tolerances import DEFAULT


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimated:
    """A number with its uncertainty.

    Attributes
    ----------
    estimate : int or float or None
        An int where it is exact, or nothing was drawn; None where there is none.
    ci95 : (low, high) or None
        A 95 % interval; None where it cannot be trusted.
    relative_se : float or None
        Standard error over the estimate; of an estimate that is not reliable, what the
        runs seem to say.
    """

    estimate: float | int | None
    ci95: tuple[float, float] | None
    relative_se: float | None

    @property
    def log10(self) -> float | None:
        """The estimate's decimal logarithm, if it is positive."""
        return math.log10(self.estimate) if self.estimate else None

    def __str__(self) -> str:
        if self.estimate is None:
            return "none"
        if isinstance(self.estimate, int) and not self.relative_se:
            return f"{self.estimate}"
        error = self.relative_se or 0.0
        if self.ci95 is None or self.ci95[0] <= 0:
            return f"10^{math.log10(self.estimate):.1f}"
        if error > DEFAULT.log_error:
            low, high = map(math.log10, self.ci95)
            return f"10^{math.log10(self.estimate):.2f} [10^{low:.2f}, 10^{high:.2f}]"
        low, high = self.ci95
        return f"{self.estimate:.4g} [{low:.4g}, {high:.4g}]"


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionEstimate:
    """An estimate of a number of regions, or the reason why there is none.

    Attributes
    ----------
    activation : Estimated
        Full-dimensional cells of equal activation pattern.
    reliable : bool
        False: the numbers are not to be used.
    reason : str
        Why it is not reliable; empty otherwise.
    method : "exact", "closed form", "uniform cells", "root" or "none"
        Counted; Zaslavsky's formula for one layer; beams from uniform cells of the
        first layer; beams from the root of the tree; refused before.
    runs : int, independent runs behind the numbers
    beam : int, nodes that a run keeps at most
    seconds : float, wall time
    domain : Domain
    """

    activation: Estimated
    reliable: bool
    reason: str
    method: str
    runs: int
    beam: int
    seconds: float
    domain: Domain

    def to_json(self) -> dict[str, Any]:
        """Return the object that ``polyregions estimate --json`` prints."""
        ci95 = self.activation.ci95
        return {
            "activation": {
                "estimate": self.activation.estimate,
                "ci95": None if ci95 is None else list(ci95),
                "relative_se": self.activation.relative_se,
            },
            "reliable": self.reliable,
            "reason": self.reason,
            "method": self.method,
            "runs": self.runs,
            "beam": self.beam,
            "seconds": self.seconds,
            "domain": self.domain.to_json(),
        }

    def __repr__(self) -> str:
        runs = f", {self.runs} runs of {self.beam} nodes" if self.runs else ""
        trust = "" if self.reliable else f", not reliable: {self.reason}"
        return (
            f"RegionEstimate(activation={self.activation}, {self.method}{runs}, "
            f"{self.seconds:.3g} s{trust})"
        )
