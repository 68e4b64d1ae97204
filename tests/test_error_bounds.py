# SPDX-License-Identifier: MIT
"""Networks made to break an error bound: fast engines equal the exact integers.

A bound set to zero, or to less than it must be, fails here (tried for each of them).
"""

from __future__ import annotations

import os

import corpus
import numpy as np
import pytest
from agreement import FAST_ENGINES, applicable

import polyregions as pr

N_NETWORKS = int(os.environ.get("POLYREGIONS_NETWORKS", "4"))


@pytest.mark.parametrize("d", corpus.DIMENSIONS)
@pytest.mark.parametrize("name", corpus.ADVERSARIAL)
def test_no_sign_is_certified_that_floating_point_gets_wrong(name, d):
    for seed in range(N_NETWORKS if d == 4 else 6 * N_NETWORKS):  # of 4 they are large
        case = corpus.adversarial(name, d, seed)
        net = pr.Network(case.layers, "leaky_relu", negative_slope=case.slopes)
        for kind, *rest in case.domains:
            domain = getattr(pr.Domain, kind)(*rest)
            truth = pr.enumerate_regions(net, domain, engine="rational")
            linear = pr.count_regions(net, domain, engine="rational").linear
            for engine in applicable(FAST_ENGINES, net, domain):
                assert_same_cells(net, domain, engine, truth)
                counts = pr.count_regions(net, domain, engine=engine)
                assert (counts.activation, counts.linear) == (len(truth), linear)


def assert_same_cells(net, domain, engine: str, truth: pr.RegionComplex) -> None:
    """Stored, and counted without being stored."""
    cx = pr.enumerate_regions(net, domain, engine=engine)
    assert np.array_equal(cx.packed_patterns, truth.packed_patterns)
    assert np.array_equal(cx.on_breakpoint, truth.on_breakpoint)
    assert cx.per_layer == truth.per_layer
    alone = pr.count_regions(net, domain, definitions="activation", engine=engine)
    assert (alone.activation, alone.per_layer) == (len(truth), truth.per_layer)
