# SPDX-License-Identifier: MIT
"""What ``polyregions bounds`` prints: the bounds beside the exact counts."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np

from ..counts import RegionCounts
from ..domain import Domain
from ..errors import InvalidDomainError
from ..network import Network
from .bounds import Bound, Bounds, bounds, bounds_table


def bounds_on(network: Network, domain: Domain) -> Bounds:
    """Return the bounds for a network's shape on a domain, by its own dimension.

    Raises
    ------
    InvalidDomainError
        The domain does not fit the network.
    """
    if domain.n_inputs != network.n_inputs:
        raise InvalidDomainError(
            f"the domain has {domain.n_inputs} inputs but the network takes "
            f"{network.n_inputs}; pass a domain of that dimension"
        )
    everywhere = domain.kind == "all"
    return bounds(
        network,
        dim=None if everywhere else domain.own_dim,
        radius=_radius(domain),
    )


def _radius(domain: Domain) -> float:
    """Return R where the domain is a segment from -R v to R v; else infinity."""
    spec = domain.to_json()
    if domain.kind == "segment":
        p, q = spec["p"], spec["q"]
    elif domain.kind == "box" and domain.n_inputs == 1:
        p, q = (np.atleast_1d(end) for end in domain.bounding_box() or (0, 1))
    else:
        return math.inf
    around = np.array_equal(np.negative(p), q) and np.any(q)
    return float(np.linalg.norm(q)) if around else math.inf


def verdict(bound: Bound, counts: RegionCounts) -> str:
    """Return what exact counts say of a bound; "" where they say nothing.

    An upper bound "holds" or is "violated", of a partial count "holds so far"; a lower
    bound, which some network of these widths reaches, is "reached" or "not reached".
    """
    complete = counts.status == "complete"
    if (bound.kind, bound.counts) == ("upper", "activation"):
        number = counts.activation
        if number is None:
            return ""
        if number > bound.value:
            return "violated"
        return "holds" if complete else "holds so far"
    if bound.kind == "lower" and counts.linear is not None:
        if counts.linear >= bound.value:
            return "reached"
        return "not reached" if complete else "not reached so far"
    return ""


def bounds_report(
    network: Network,
    domain: Domain,
    found: Bounds,
    counts: RegionCounts | None,
    *,
    as_json: bool,
) -> str:
    """Return what the command prints: a table, or one JSON object."""
    if as_json:
        report = report_json(network, domain, found, counts)
        return json.dumps(report, allow_nan=False)
    return report_table(network, domain, found, counts)


def report_table(
    network: Network, domain: Domain, found: Bounds, counts: RegionCounts | None
) -> str:
    """Return the counts in one line, and the table of bounds with its verdicts."""
    lines = [f"{network!r} on {domain!r}"]
    verdicts = None
    if counts is not None:
        least = "" if counts.status == "complete" else ">= "
        lines.append(
            f"  activation {least}{counts.activation}, linear {least}{counts.linear}: "
            f"{counts.status}, engine {counts.engine}, {counts.seconds:.3g} s"
        )
        verdicts = {name: verdict(bound, counts) for name, bound in found.items()}
    return "\n".join([*lines, bounds_table(found, verdicts)])


def report_json(
    network: Network, domain: Domain, found: Bounds, counts: RegionCounts | None
) -> dict[str, Any]:
    """Return the object of ``bounds --json``; counts and verdicts may be None."""
    report = found.to_json()
    for name, bound in found.items():
        said = verdict(bound, counts) if counts is not None else ""
        report["bounds"][name]["verdict"] = said or None
    return {
        "network": repr(network),
        "domain": domain.to_json(),
        "counts": None if counts is None else counts.to_json(),
        **report,
    }
