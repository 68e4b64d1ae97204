# SPDX-License-Identifier: MIT
"""The experiments by name."""

from __future__ import annotations

from typing import NamedTuple

from ..errors import InvalidArgumentError


class Experiment(NamedTuple):
    """What is reproduced, and the module of this package that does it."""

    description: str
    module: str


EXPERIMENTS = {
    "wang-fig3": Experiment("Wang 2022, Figure 3: seven shapes of ten units", "fig3"),
    "wang-fig4": Experiment("Wang 2022, Figure 4, Theorem 1.1: deep or wide", "fig4"),
    "wang-table1": Experiment("Wang 2022, Table 1: trained on two spirals", "table1"),
    "wang-bounds": Experiment("Wang 2022, Theorem 2.1: bounds of the mean", "bounds"),
    "wang-digits": Experiment("Wang 2022, section 4.3: trained on digits", "digits"),
    "milkert-dense": Experiment("Milkert 2025: waves, 500 points", "milkert_dense"),
    "milkert-sparse": Experiment("Milkert 2025: waves, 10 points", "milkert_sparse"),
    "milkert-demos": Experiment("Milkert 2025: waves, more uses", "milkert_demos"),
}


def checked_experiment(name: str) -> str:
    """Return the module of an experiment.

    Raises
    ------
    InvalidArgumentError
        No such experiment.
    """
    if name not in EXPERIMENTS:
        raise InvalidArgumentError(
            f"no experiment {name!r}; there are {', '.join(EXPERIMENTS)}"
        )
    return EXPERIMENTS[name].module


def listing() -> str:
    """Return a line an experiment: its name, and what it reproduces."""
    width = max(map(len, EXPERIMENTS))
    return "\n".join(
        f"{name:<{width}}  {known.description}" for name, known in EXPERIMENTS.items()
    )
