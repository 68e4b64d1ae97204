# SPDX-License-Identifier: MIT
"""A share of all certified decisions, taken again in integers: each filter's bound.

The core itself raises when an integer disagrees with what a filter certified: a sign of
a row at a vertex, "does not cut" by multipliers, and a point inside a cell; of what it
tells a certificate the rows that support a claim, points of cells, and of a wall that
it is redundant, or a point beyond.
"""

import corpus
import pytest

import polyregions as pr
from polyregions import _core

# (engine, widths with the inputs, box or all of R^d, about every so many decisions)
GENERIC = [
    ("sweep", (1, 16, 16, 16), True, 1),
    ("vertex", (2, 16, 16, 16), True, 5),
    ("vertex", (3, 10, 10), False, 5),
    ("vertex", (4, 8, 4, 8), False, 5),
    ("dictionary", (3, 10, 10), True, 3),
    ("dictionary", (5, 8, 8), True, 3),
    ("dictionary", (5, 6, 3, 6), False, 3),
    ("dictionary", (7, 8, 2), False, 1),
]


def audited(net, domain, engine: str, every: int, **tells) -> tuple[int, int]:
    """(certified decisions taken again, regions)."""
    problem = _core.CoreProblem(net.core, domain.core)
    monitor = _core.CoreMonitor(audit_every=every)
    dictionary = engine == "dictionary"
    run = problem.enumerate_dictionary if dictionary else problem.enumerate_vertex
    keep = 2 if tells.get("linear") else 0  # what linear regions need
    _, counts, *_ = run(monitor, keep, **tells)
    return monitor.audited, counts["activation"]


@pytest.mark.parametrize(("engine", "widths", "bounded", "every"), GENERIC)
def test_integers_agree_with_the_filters(engine, widths, bounded, every):
    net = pr.Network(corpus.uniform(widths[0], widths[1:], 0))
    domain = pr.Domain.box(-1, 1, dim=widths[0])
    if not bounded:
        domain = pr.Domain.all(widths[0])
    n_audited, regions = audited(net, domain, engine, every)
    assert n_audited > regions / 10
    plain = pr.count_regions(net, domain, definitions="activation", engine=engine)
    assert plain.activation == regions


@pytest.mark.parametrize(("engine", "widths", "bounded", "every"), GENERIC)
def test_integers_agree_with_what_a_certificate_is_told(engine, widths, bounded, every):
    net = pr.Network(corpus.uniform(widths[0], widths[1:], 0))
    d = widths[0]
    domain = pr.Domain.box(-1, 1, dim=d) if bounded else pr.Domain.all(d)
    n_audited, regions = audited(net, domain, engine, every)
    for linear in (False, True):
        tells = {"traced": True, "linear": linear}
        more, same = audited(net, domain, engine, every, **tells)
        assert same == regions
        assert more > n_audited + regions / every / 2


@pytest.mark.parametrize("d", [3, 4])
def test_integers_agree_on_networks_without_biases(d):
    layers = [(W, 0 * b) for W, b in corpus.uniform(d, (d + 2, 4, 6), 0)]
    net = pr.Network(layers)
    small = pr.Domain.box(-0.7e-3, 1.1e-3, dim=d)
    for domain in (pr.Domain.all(d), pr.Domain.box(-1, 1, dim=d), small):
        n_audited, regions = audited(net, domain, "dictionary", 2)
        assert n_audited > regions / 4
        told, same = audited(net, domain, "dictionary", 2, traced=True, linear=True)
        assert (told > 2 * n_audited, same) == (True, regions)
        truth = pr.count_regions(net, domain, definitions="activation", engine="vertex")
        assert regions == truth.activation


@pytest.mark.parametrize("name", corpus.DEGENERATE_FAMILIES)
def test_integers_agree_on_degenerate_networks(name):
    for d in (2, 3):
        case = corpus.degenerate(name, d, seed=d)
        net = pr.Network(case.layers, "leaky_relu", negative_slope=case.slopes)
        domain = pr.Domain.box(-2, 2, dim=d)
        truth = pr.count_regions(net, domain, definitions="activation")
        for engine in ("vertex", "dictionary"):
            for tells in ({}, {"traced": True, "linear": True}):
                _, regions = audited(net, domain, engine, 2, **tells)
                assert regions == truth.activation
