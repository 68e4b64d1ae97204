# SPDX-License-Identifier: MIT
"""RegionCounts: the numbers of one network on one domain, with how they came about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .domain import Domain
from .errors import InvalidArgumentError

DEFINITIONS = ("activation", "linear", "linear_closed", "affine")
_ASKED = (*DEFINITIONS, "per_layer")


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionCounts:
    """Exact counts; of a partial result, what ``status`` says.

    Attributes
    ----------
    activation : int or None
        Full-dimensional cells of equal activation pattern (R2).
    linear : int or None
        Equal affine maps joined across facets: linear regions (R4).
    linear_closed : int or None
        The same joined on any contact of the closures (R5).
    affine : int or None
        Distinct affine maps (R6).
    per_layer : tuple of int
        per_layer[k]: activation regions when only the first k + 1 hidden layers cut.
    status : "complete", "budget" or "interrupted"
        Of a partial result activation, per_layer and affine are lower bounds, and so
        are linear and linear_closed: the number of distinct maps seen, or better.
    engine : which engine counted
    seconds : float, wall time
    decisions : dict of rung -> how many decisions it took
    domain : Domain
    definitions : the definitions asked for; the others are None

    Notes
    -----
    R2, R4, R5, R6: Stargalla, Hertrich, Reichman (arXiv 2505.16716). Always
    affine <= linear_closed <= linear <= activation.
    """

    activation: int | None
    linear: int | None
    linear_closed: int | None
    affine: int | None
    per_layer: tuple[int, ...]
    status: str
    engine: str
    seconds: float
    decisions: Mapping[str, int]
    domain: Domain
    definitions: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the object that ``polyregions count --json`` prints."""
        return {
            "activation": self.activation,
            "linear": self.linear,
            "linear_closed": self.linear_closed,
            "affine": self.affine,
            "per_layer": list(self.per_layer),
            "status": self.status,
            "engine": self.engine,
            "seconds": self.seconds,
            "decisions": dict(self.decisions),
            "domain": self.domain.to_json(),
            "definitions": list(self.definitions),
        }

    def __repr__(self) -> str:
        numbers = ", ".join(
            f"{name}={getattr(self, name)}"
            for name in DEFINITIONS
            if getattr(self, name) is not None
        )
        layers = ", ".join(map(str, self.per_layer))
        return (
            f"RegionCounts({numbers}, per_layer=({layers}), {self.status}, "
            f"engine={self.engine}, {self.seconds:.3g} s)"
        )


def checked_definitions(definitions: str | Iterable[str]) -> tuple[str, ...]:
    """Return the definitions asked for, in canonical order.

    Parameters
    ----------
    definitions : "all", one name, or several; "per_layer" is always counted

    Raises
    ------
    InvalidArgumentError
        An unknown name, or none.
    """
    if definitions == "all":
        return DEFINITIONS
    if not isinstance(definitions, Iterable):
        raise InvalidArgumentError(f"definitions={definitions!r}; pass names of some")
    names = [definitions] if isinstance(definitions, str) else list(definitions)
    unknown = [name for name in names if name not in _ASKED]
    if unknown or not names:
        raise InvalidArgumentError(
            f"definitions {unknown or names}: known are all, {', '.join(DEFINITIONS)}"
        )
    return tuple(name for name in DEFINITIONS if name in names)
