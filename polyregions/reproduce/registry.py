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
    "qi-inputs-table1": Experiment(
        "Qi and Wei 2023, Table 1, Figures 4, 5: random labels", "qi_table1"
    ),
    "qi-inputs-table2": Experiment(
        "Qi and Wei 2023, Table 2, Figures 6, 7, 9: moons", "qi_table2"
    ),
    "qi-inputs-table3": Experiment(
        "Qi and Wei 2023, Table 3, Figures 6, 8, 10: quantiles", "qi_table3"
    ),
    "qi-inputs-lines": Experiment(
        "Qi and Wei 2023, Figure 3, Theorem 1: segments", "qi_lines"
    ),
    "qi-leaky": Experiment(
        "Qi et al. 2023, Figures 2, 3, 5 to 7: ReLU and LeakyReLU", "qi_leaky"
    ),
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
