# SPDX-License-Identifier: MIT
"""Sixteen degenerate families: all engines equal the exact integers, cell by cell.

Four networks a family in the normal run, one in each dimension; ``make corpus`` takes a
hundred.  Every network is counted on all of R^d, a box and a polyhedron, or on three
domains whose facets are its own hyperplanes.
"""

from __future__ import annotations

import os

import corpus
import numpy as np
import pytest
from agreement import (
    ALL_ENGINES,
    FAST_ENGINES,
    applicable,
    assert_same_complex,
    assert_same_counts,
)

import polyregions as pr

N_NETWORKS = int(os.environ.get("POLYREGIONS_NETWORKS", "4"))


def dimension(seed: int) -> int:
    return corpus.DIMENSIONS[seed % len(corpus.DIMENSIONS)]


def problems(name: str, seed: int) -> list[tuple[pr.Network, pr.Domain]]:
    """A network of the family with each of its domains."""
    case = corpus.degenerate(name, dimension(seed), seed)
    net = pr.Network(case.layers, "leaky_relu", negative_slope=case.slopes)
    return [(net, getattr(pr.Domain, kind)(*rest)) for kind, *rest in case.domains]


@pytest.mark.parametrize("seed", range(N_NETWORKS))
@pytest.mark.parametrize("name", corpus.DEGENERATE_FAMILIES)
def test_all_engines_equal_the_rational_engine(name, seed):
    for net, domain in problems(name, seed):
        assert_engines_equal_rational(net, domain)


def assert_engines_equal_rational(net: pr.Network, domain: pr.Domain) -> int:
    """Cells, neighbours and counts of every engine that applies; the cells' number."""
    truth = pr.enumerate_regions(net, domain, engine="rational")
    counts = pr.count_regions(net, domain, definitions="all", engine="rational")
    assert_consistent(truth, counts)
    for engine in applicable(ALL_ENGINES, net, domain):
        if engine != "rational":
            cx = pr.enumerate_regions(net, domain, engine=engine)
            assert_same_complex(cx, truth)
        if engine in FAST_ENGINES:
            assert_same_counts(net, domain, engine, counts)
    return len(truth)


def assert_consistent(truth: pr.RegionComplex, counts: pr.RegionCounts) -> None:
    """The truth itself: one cell a pattern, counts as stored, definitions nested."""
    assert len(np.unique(truth.packed_patterns, axis=0)) == len(truth)
    assert counts.per_layer[-1] == counts.activation == len(truth)
    labels = [truth.linear_labels("open"), truth.linear_labels("closed")]
    found = [len(np.unique(column)) for column in (*labels, truth.map_labels)]
    assert [counts.linear, counts.linear_closed, counts.affine] == found
    assert sorted(found, reverse=True) == found


@pytest.mark.parametrize("name", corpus.DEGENERATE_FAMILIES)
def test_every_family_has_problems_for_the_fast_engines(name):
    # A family that only exact integers took would agree with itself.
    taken = [
        applicable(FAST_ENGINES, *p) for seed in range(4) for p in problems(name, seed)
    ]
    for engine in ("vertex", "dictionary"):
        assert sum(engine in engines for engines in taken) >= 3


def test_the_families_are_the_sixteen_of_the_specification():
    assert len(corpus.DEGENERATE_FAMILIES) == 16
