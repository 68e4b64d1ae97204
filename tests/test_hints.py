# SPDX-License-Identifier: MIT
"""No floating-point proposal is believed: silent or lying, answers stay the same.

HiGHS's answers are replaced by "unknown" and by random lies inside the core, and the
stored points, the other floating-point hint, by random numbers.
"""

from __future__ import annotations

import corpus
import numpy as np
import pytest

import polyregions as pr
from polyregions import _core
from polyregions.budgets import Budget
from polyregions.enumeration import _enumerate

UNKNOWN, LIES = 1, 2
NETWORKS = {
    "generic": (corpus.uniform(7, (4, 3, 3), 0), pr.Domain.all(7)),
    "plane": (corpus.uniform(2, (7, 6), 1), pr.Domain.box(-1, 1, dim=2)),
    "integer": (corpus.intw(3, (6, 6), 2), pr.Domain.box(-2, 2, dim=3)),
    "duplicate": (corpus.DEGENERATE["dup"].layers, pr.Domain.all(2)),
    "grid": (corpus.DEGENERATE["intgrid"].layers, pr.Domain.all(2)),
    "near": (corpus.DEGENERATE["near10"].layers, pr.Domain.box(-1, 1, dim=2)),
    "scales": (corpus.DEGENERATE["scale"].layers, pr.Domain.all(2)),
}


@pytest.mark.parametrize(
    ("hints", "seed"), [(UNKNOWN, 0), (LIES, 0), (LIES, 1), (LIES, 2)]
)
@pytest.mark.parametrize("form", [0, 1])
@pytest.mark.parametrize("name", NETWORKS)
def test_spoilt_answers_of_highs_change_nothing(name, form, hints, seed):
    layers, domain = NETWORKS[name]
    net = pr.Network(layers)
    if form == 1 and len(layers[0][1]) > 6:
        net = pr.Network(
            [
                (w[:, :4] if k else w[:4], b[:4] if not k else b)
                for k, (w, b) in enumerate(map(_arrays, layers))
            ][:2]
        )
    budget = Budget.checked(None, None, None, None)
    run = _enumerate(
        net,
        domain,
        "highs",
        budget,
        None,
        keep=1,
        form=form,
        hints=hints,
        seed=seed,
    )
    truth = pr.enumerate_regions(net, domain, engine="rational")
    assert np.array_equal(run.complex.patterns, truth.patterns)
    assert np.array_equal(run.complex.on_breakpoint, truth.on_breakpoint)
    assert np.array_equal(run.complex.adjacency, truth.adjacency)
    assert run.complex.per_layer == truth.per_layer
    assert run.complex.decisions["exact"] > 0  # the exact rung took over
    if hints == UNKNOWN:
        assert run.complex.decisions["lp_unknown"] == run.complex.decisions["lp_calls"]


def _arrays(layer):
    return tuple(np.asarray(a, dtype=float) for a in layer)


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("spoil", ["random", "nan", "zero", "shuffled"])
def test_spoilt_points_change_neither_adjacency_nor_linear_regions(name, spoil):
    layers, domain = NETWORKS[name]
    truth = pr.enumerate_regions(pr.Network(layers), domain)
    rng = np.random.default_rng(0)
    points = np.array(truth.interior_points)
    if spoil == "random":
        points = rng.normal(size=points.shape)
    elif spoil == "nan":
        points[:] = np.nan
    elif spoil == "zero":
        points[:] = 0.0
    else:
        points = rng.permutation(points)
    cells = _core.CoreCells.from_arrays(
        truth.packed_patterns, truth._cells.on_break, np.ascontiguousarray(points)
    )
    spoilt = pr.RegionComplex(
        truth.network,
        domain,
        cells,
        per_layer=truth.per_layer,
        status="complete",
        engine="rational",
        seconds=0.0,
        decisions={},
    )
    assert np.array_equal(spoilt.adjacency, truth.adjacency)
    assert np.array_equal(spoilt.same_map, truth.same_map)
    for connectivity in ("open", "closed"):
        labels = spoilt.linear_labels(connectivity)
        assert np.array_equal(labels, truth.linear_labels(connectivity))
    for i in range(0, len(truth), 7):
        assert spoilt[i].exact_restrictions == truth[i].exact_restrictions
        assert spoilt[i].contains(spoilt[i].interior_point)


def test_honest_highs_answers_are_mostly_confirmed():
    # The test above would also pass if HiGHS were never asked; here it is.
    net = pr.random_network([7, 4, 3, 3, 1], seed=0)
    decisions = pr.enumerate_regions(net, pr.Domain.all(7), engine="highs").decisions
    assert decisions["lp_calls"] > 100
    assert decisions["exact"] < 0.05 * (decisions["point"] + decisions["support"])
