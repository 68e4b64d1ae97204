# SPDX-License-Identifier: MIT
"""One network and one domain twice: for the package and for the exact reference."""

import numpy as np
import reference as ref

import polyregions as pr

ENGINES = ("rational", "highs")
UNITS = {
    "relu": ref.relu,
    "abs": ref.absolute,
    "hardtanh": ref.hardtanh,
    "relu6": ref.relu6,
}


def pair(layers, activation="relu", slope=None):
    """(package network, reference network); a slope means LeakyReLU."""
    if slope is None:
        return pr.Network(layers, activation), ref.network(layers, UNITS[activation])
    leaky = pr.Network(layers, "leaky_relu", negative_slope=slope)
    return leaky, ref.network(layers, lambda n: ref.leaky_relu(n, slope))


def boxed(lo, hi, dim):
    """(package domain, reference rows) of a box."""
    return pr.Domain.box(lo, hi, dim), ref.box(lo, hi, dim)


def everywhere(dim):
    """(package domain, reference rows) of R^dim."""
    return pr.Domain.all(dim), []


def inequalities(A, b):
    """Reference rows of A x <= b."""
    return [([-ref.exact(v) for v in row], ref.exact(s)) for row, s in zip(A, b, strict=True)]


def assert_same_cells(cx, net, rows=()):
    """Patterns, flags, exact maps, adjacency and linear regions are the reference's."""
    cells = ref.regions(net, rows)
    assert [*map(tuple, cx.patterns.tolist())] == [cell.digits for cell in cells]
    flags = [*map(tuple, cx.on_breakpoint.tolist())]
    assert flags == [cell.on_breakpoint for cell in cells]
    assert [cx[i].exact_value for i in range(len(cx))] == [[*c.value] for c in cells]
    assert {*map(tuple, cx.adjacency.tolist())} == ref.adjacency(net, rows)
    found = [tuple(region.cells.tolist()) for region in cx.linear_regions()]
    assert sorted(found) == ref.linear_regions(net, rows)


def assert_same_counts(counts, net, rows=()):
    """All five counts are the reference's."""
    assert counts.status == "complete"
    known = ref.counts(net, rows)
    names = ("activation", "linear", "linear_closed", "affine", "per_layer")
    assert tuple(getattr(counts, name) for name in names) == known


def assert_same(net, twin, domain, rows=(), engine="rational"):
    """Cells and counts of one engine are the reference's."""
    assert_same_cells(pr.enumerate_regions(net, domain, engine=engine), twin, rows)
    counts = pr.count_regions(net, domain, definitions="all", engine=engine)
    assert_same_counts(counts, twin, rows)


def random_layers(seed, *widths):
    """Weights and biases in {-2..2} / 2: degenerate often enough."""
    rng = np.random.default_rng(seed)
    return [
        (rng.integers(-2, 3, (n, m)) / 2, rng.integers(-2, 3, n) / 2)
        for m, n in zip(widths[:-1], widths[1:], strict=True)
    ]
