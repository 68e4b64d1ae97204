# SPDX-License-Identifier: MIT
"""One comparison for all tests: the package's engines against the plain reference."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import reference as ref

import polyregions as pr
from polyregions import enumeration
from polyregions.errors import InvalidArgumentError

ENGINES = ("rational", "highs")  # these take every problem
FAST_ENGINES = tuple(e for e in enumeration.ENGINES if e not in ("auto", *ENGINES))
ALL_ENGINES = (*FAST_ENGINES, *ENGINES)
UNITS = {
    "relu": ref.relu,
    "abs": ref.absolute,
    "hardtanh": ref.hardtanh,
    "relu6": ref.relu6,
    "identity": ref.identity,
}


def pair(
    layers: Sequence, activation: str = "relu", slope: float | None = None
) -> tuple[pr.Network, ref.Network]:
    """The same network for the package and for the reference."""
    if slope is not None:
        net = pr.Network(layers, "leaky_relu", negative_slope=slope)
        return net, ref.network(layers, lambda n: ref.leaky_relu(n, slope))
    return pr.Network(layers, activation), ref.network(layers, UNITS[activation])


def domains(d: int, half_width: float = 1.0) -> list[tuple[pr.Domain, list]]:
    """All of R^d and a box, for both."""
    return [
        (pr.Domain.all(d), []),
        (
            pr.Domain.box(-half_width, half_width, dim=d),
            ref.box(-half_width, half_width, d),
        ),
    ]


def applicable(engines: Sequence[str], net: pr.Network, domain: pr.Domain) -> list[str]:
    """Those of the engines that take the problem; they refuse what does not apply."""
    return [e for e in engines if e in ENGINES or _takes(e, net, domain)]


def _takes(engine: str, net: pr.Network, domain: pr.Domain) -> bool:
    asked = {"definitions": "activation", "engine": engine, "max_regions": 1}
    try:
        pr.count_regions(net, domain, **asked)
    except InvalidArgumentError:
        return False
    return True


def numbers(counts: pr.RegionCounts) -> tuple:
    """All counts as the reference gives them."""
    return (
        counts.activation,
        counts.linear,
        counts.linear_closed,
        counts.affine,
        tuple(counts.per_layer),
    )


def assert_agrees(
    net: pr.Network,
    plain: ref.Network,
    domain: pr.Domain,
    rows: list,
    engines: Sequence[str] = ALL_ENGINES,
) -> ref.Counts:
    """Counts, patterns, flags, adjacency and linear regions are the reference's."""
    expected = ref.counts(plain, rows)
    cells = ref.regions(plain, rows)
    for engine in applicable(engines, net, domain):
        counted = pr.count_regions(net, domain, definitions="all", engine=engine)
        assert counted.status == "complete"
        assert numbers(counted) == tuple(expected)
        cx = pr.enumerate_regions(net, domain, engine=engine)
        assert [tuple(p) for p in cx.patterns.tolist()] == [r.digits for r in cells]
        flags = [tuple(map(bool, r.on_breakpoint)) for r in cells]
        assert [tuple(p) for p in cx.on_breakpoint.tolist()] == flags
        assert set(map(tuple, cx.adjacency.tolist())) == ref.adjacency(plain, rows)
        found = sorted(tuple(r.cells.tolist()) for r in cx.linear_regions())
        assert found == sorted(map(tuple, ref.linear_regions(plain, rows)))
    return expected


def assert_same_complex(cx: pr.RegionComplex, truth: pr.RegionComplex) -> None:
    """The same cells, flags, neighbours and joined cells of every definition."""
    assert cx.status == "complete"
    assert cx.per_layer == truth.per_layer
    assert np.array_equal(cx.packed_patterns, truth.packed_patterns)
    assert np.array_equal(cx.on_breakpoint, truth.on_breakpoint)
    assert np.array_equal(cx.adjacency, truth.adjacency)
    assert np.array_equal(cx.same_map, truth.same_map)
    assert np.array_equal(cx.map_labels, truth.map_labels)
    for connectivity in ("open", "closed"):
        labels = truth.linear_labels(connectivity)
        assert np.array_equal(cx.linear_labels(connectivity), labels)


def assert_same_counts(net, domain, engine: str, truth: pr.RegionCounts) -> None:
    """All definitions, and those for which an engine keeps less than the cells."""
    counts = pr.count_regions(net, domain, definitions="all", engine=engine)
    assert numbers(counts) == numbers(truth)
    for fewer in ("activation", ("activation", "linear")):
        counts = pr.count_regions(net, domain, definitions=fewer, engine=engine)
        assert counts.activation == truth.activation
        assert counts.per_layer == truth.per_layer
        assert counts.linear == (truth.linear if "linear" in fewer else None)
