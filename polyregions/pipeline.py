# SPDX-License-Identifier: MIT
"""Wang's own pipeline (IJCAI 2022, section 3), in both forms that the paper gives."""

from __future__ import annotations

from .budgets import Budget
from .domain import Domain
from .enumeration import _enumerate
from .errors import InvalidArgumentError
from .network import Network
from .region_complex import RegionComplex

FORMS = ("pairwise", "combinations")


def run_pipeline(
    network: Network,
    domain: Domain,
    *,
    form: str = "pairwise",
    max_seconds: float | None = None,
) -> RegionComplex:
    """Enumerate with the paper's layer-by-layer pipeline on intersect, add and cut.

    Parameters
    ----------
    form : "pairwise"
        Intersections neuron by neuron with lists of values, what ``engine="highs"``
        runs; or "combinations", as first described: for each neuron every combination
        of one region of each neuron before. Exponential; for small networks.
    max_seconds : budget; the result is partial beyond it

    Returns
    -------
    RegionComplex

    Raises
    ------
    InvalidArgumentError
        Another form.
    MissingExtraError
        highspy is not installed.
    """
    if form not in FORMS:
        raise InvalidArgumentError(f"form {form!r}; pass one of {', '.join(FORMS)}")
    budget = Budget.checked(None, max_seconds, None, None)
    run = _enumerate(
        network, domain, "highs", budget, None, keep=1, form=FORMS.index(form)
    )
    return run.complex
