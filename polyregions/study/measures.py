# SPDX-License-Identifier: MIT
"""What is recorded of a network while it trains: one row of plain numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from ..counts import checked_definitions
from ..domain import Domain
from ..enumeration import count_regions, enumerate_regions
from ..errors import InvalidArgumentError
from ..merge import n_labels
from ..network import Network
from .complexity import local_complexity
from .datasets import Dataset
from .units import units_on_data, units_on_domain

Row = dict[str, Any]


class Measure(Protocol):
    """Anything that makes a row of a network, and says as JSON what it measures."""

    def __call__(self, network: Network) -> Row:
        """Measure a network."""
        ...

    def to_json(self) -> dict[str, Any]:
        """Return what the rows are of."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """What to measure; called with a network it returns a row.

    Parameters
    ----------
    domain : where regions are counted, [-1, 1]^2 by default
    definitions : as ``count_regions`` takes them
    units : whether dead and always-on units are counted
    dataset : for accuracy, loss, units on the data and local complexity; None for none
    radius : of the boxes of the local complexity; None for no local complexity
    n_points : the first so many points have a box

    Notes
    -----
    Columns: the definitions; ``per_layer_k``, activation regions when only the first
    k + 1 hidden layers cut; ``dead_k`` and ``always_on_k``, units of hidden layer k
    that have one digit in all cells of the domain; ``dead_on_data_k`` and
    ``always_on_data_k``, at all points of the data set; ``accuracy``; ``loss``, the
    mean cross entropy; ``local_complexity``, the mean over the points.
    """

    domain: Domain = field(default_factory=lambda: Domain.box(-1, 1, dim=2))
    definitions: Sequence[str] | str = ("activation",)
    units: bool = True
    dataset: Dataset | None = None
    radius: float | None = None
    n_points: int = 100

    def __post_init__(self) -> None:
        names = checked_definitions(self.definitions)
        object.__setattr__(self, "definitions", names)
        if self.radius is not None and self.dataset is None:
            raise InvalidArgumentError(
                "local complexity is measured at data; pass dataset= with radius="
            )
        if self.n_points < 1:
            raise InvalidArgumentError(f"n_points={self.n_points}; pass 1 or more")

    def __call__(self, network: Network) -> Row:
        """Measure a network.

        Raises
        ------
        InvalidDomainError
            The domain does not fit the network.
        KeyboardInterrupt
            Ctrl-C; half a row is never returned.
        """
        row = self._regions(network)
        data = self.dataset
        if data is None:
            return row
        if self.units:
            units = units_on_data(network, data.X)
            row |= _numbered("dead_on_data", units.dead)
            row |= _numbered("always_on_data", units.always_on)
        row |= fit(network, data)
        if self.radius is not None:
            near = local_complexity(network, data.X[: self.n_points], self.radius)
            row["local_complexity"] = float(near.mean())
        return row

    def _regions(self, network: Network) -> Row:
        if self.units:
            return self._regions_and_units(network)
        counts = count_regions(
            network, self.domain, definitions=self.definitions, threads=1
        )
        _check_finished(counts.status)
        row = {name: getattr(counts, name) for name in self.definitions}
        return row | _numbered("per_layer", counts.per_layer)

    def _regions_and_units(self, network: Network) -> Row:
        cx = enumerate_regions(network, self.domain, threads=1)
        _check_finished(cx.status)
        found: dict[str, Callable[[], int]] = {
            "activation": lambda: len(cx),
            "linear": lambda: n_labels(cx.linear_labels("open")),
            "linear_closed": lambda: n_labels(cx.linear_labels("closed")),
            "affine": lambda: n_labels(cx.map_labels),
        }
        row = {name: found[name]() for name in self.definitions}
        units = units_on_domain(cx)
        return (
            row
            | _numbered("per_layer", cx.per_layer)
            | _numbered("dead", units.dead)
            | _numbered("always_on", units.always_on)
        )

    def to_json(self) -> dict[str, Any]:
        """Return what a table of these rows is about."""
        data = self.dataset
        return {
            "domain": self.domain.to_json(),
            "definitions": list(self.definitions),
            "units": self.units,
            "dataset": None if data is None else data.digest,
            "radius": self.radius,
            "n_points": self.n_points,
        }


def fit(network: Network, data: Dataset) -> Row:
    """Return the accuracy on the data and the mean cross entropy, in float64."""
    scores = network(data.X)
    scores = scores - scores.max(axis=1, keepdims=True)
    right = scores[np.arange(len(data)), data.y]
    loss = np.log(np.exp(scores).sum(axis=1)) - right
    accuracy = (scores.argmax(axis=1) == data.y).mean()
    return {"accuracy": float(accuracy), "loss": float(loss.mean())}


def _numbered(name: str, numbers: Iterable[int]) -> Row:
    return {f"{name}_{k}": int(n) for k, n in enumerate(numbers)}


def _check_finished(status: str) -> None:
    if status != "complete":  # no budget is set: Ctrl-C
        raise KeyboardInterrupt
