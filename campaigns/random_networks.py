# SPDX-License-Identifier: MIT
"""Random networks: every engine gives the exact answer.

    python campaigns/random_networks.py [--networks 20000] [--seed 0] [--processes 2]
    python campaigns/random_networks.py --large 200

One to five inputs, one to four hidden layers of 1 to 16 units: ReLU, LeakyReLU, and now
and then other activations, on all of R^d, a box or a polyhedron.  Each is drawn until
it has at most 5000 regions.  Every engine that applies must have the cells, flags and
counts of the exact integers (engine "rational"); where there are at most 500 regions
their neighbours, too, and all definitions; "highs" is asked up to 300 regions.  The
checker must accept a certificate of each fast engine.  Where there are at most 60 the
exact integers must agree with the plain reference of ``tests/reference``.

``--large`` takes networks of 5000 to 300 000 regions, on which the fast engines must
have the same cells as each other and the same counts.
"""

from __future__ import annotations

import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import common
import numpy as np

import polyregions as pr

MOST_REGIONS = 5_000
MOST_FOR_REFERENCE = 60
MOST_FOR_NEIGHBOURS = 500
MOST_FOR_HIGHS = 300  # it asks a linear program for each wall of each pair of pieces
LARGE = (5_000, 300_000)  # regions


@dataclass(frozen=True)
class Problem:
    """A network with a domain; ``rows`` are the domain's for the reference."""

    layers: list[tuple[np.ndarray, np.ndarray]]
    activation: str
    slope: float | None
    domain: pr.Domain
    rows: list[tuple[Any, Any]]

    def network(self) -> pr.Network:
        """Return it for the package."""
        return pr.Network(self.layers, self.activation, negative_slope=self.slope)

    def __str__(self) -> str:
        widths = [len(self.layers[0][0][0]), *(len(b) for _, b in self.layers)]
        return f"{widths} {self.activation} {self.slope} on {self.domain}"


def drawn(
    rng: np.random.Generator, d: int, widths: Sequence[int], large: bool
) -> Problem:
    """Return a problem of these sizes."""
    kind = rng.choice(["uniform", "normal", "integer", "quantised", "biasless"])
    if large:
        kind = rng.choice(["uniform", "normal", "quantised"])
    layers = [_layer(rng, kind, *shape) for shape in pairwise([d, *widths, 1])]
    names = ["relu"] * 6 + ["leaky_relu"] * 3 + [rng.choice(["abs", "hardtanh"])]
    activation = str(rng.choice(names))
    slope = None
    if activation == "leaky_relu":
        slope = float(rng.choice([0.01, 0.25, -0.5, 2.0, rng.uniform(0, 1)]))
    return Problem(layers, activation, slope, *_domain(rng, d))


def _layer(rng: np.random.Generator, kind: str, n_in: int, n_out: int):
    if kind == "integer":
        weight, bias = rng.integers(-2, 3, (n_out, n_in)), rng.integers(-2, 3, n_out)
    elif kind == "normal":
        weight, bias = rng.normal(size=(n_out, n_in)), rng.normal(size=n_out)
    else:
        weight, bias = rng.uniform(-1, 1, (n_out, n_in)), rng.uniform(-1, 1, n_out)
    if kind == "quantised":
        weight, bias = np.round(weight * 8) / 8, np.round(bias * 8) / 8
    if kind == "biasless":
        bias = 0 * bias
    return weight.astype(float), bias.astype(float)


def _domain(rng: np.random.Generator, d: int) -> tuple[pr.Domain, list]:
    """Return all of R^d, a box, or a box cut by some half-spaces."""
    kind = rng.choice(["all", "box", "polytope"], p=[0.45, 0.35, 0.2])
    if kind == "all":
        return pr.Domain.all(d), []
    half = float(rng.choice([0.5, 1.0, 3.0]))
    eye = np.eye(d)
    A, b = np.vstack([eye, -eye]), np.full(2 * d, half)
    if kind == "box":
        return pr.Domain.box(-half, half, dim=d), _rows(A, b)
    n_cuts = int(rng.integers(1, d + 2))
    cuts = np.round(rng.uniform(-1, 1, (n_cuts, d)) * 16) / 16
    A = np.vstack([cuts, A][: rng.integers(1, 3)])
    b = np.concatenate([rng.integers(1, 8, n_cuts) / 8, b])[: len(A)]
    return pr.Domain.polytope(A, b), _rows(A, b)


def _rows(A: np.ndarray, b: np.ndarray) -> list:
    return [(tuple(-a), c) for a, c in zip(A, b, strict=True) if np.any(a)]


def problem(seed: int, number: int, large: bool = False) -> Problem:
    """Return the problem of a number; drawn until it has as many regions as asked."""
    rng = common.generator(seed, number, int(large))
    least, most = LARGE if large else (0, MOST_REGIONS)
    while True:
        d = int(rng.integers(2 if large else 1, 6))
        depth = int(rng.integers(1, 5))
        # Small widths as likely as large ones: most networks stay small.
        widths = [int(2 ** rng.uniform(0, 4.09)) for _ in range(depth)]
        if large:
            widths = [int(n) for n in rng.integers(6, 25, min(depth, 3))]
        found = drawn(rng, d, widths, large)
        asked = {"definitions": "activation", "max_regions": most + 1, "threads": 1}
        counts = pr.count_regions(
            found.network(), found.domain, max_seconds=20, **asked
        )
        if counts.status == "complete" and least <= counts.activation <= most:
            return found


def check(given: Problem) -> int:
    """Hold all engines to the exact answer; return the number of regions."""
    from agreement import (
        ALL_ENGINES,
        FAST_ENGINES,
        applicable,
        assert_same_complex,
        assert_same_counts,
    )
    from test_degenerate_families import assert_consistent

    net, domain = given.network(), given.domain
    truth = pr.enumerate_regions(net, domain, engine="rational")
    check_proofs(net, domain)
    if len(truth) > MOST_FOR_NEIGHBOURS:
        check_cells(net, domain, truth)
        return len(truth)
    counts = pr.count_regions(net, domain, definitions="all", engine="rational")
    assert_consistent(truth, counts)
    for engine in applicable(ALL_ENGINES, net, domain):
        if engine == "highs" and len(truth) > MOST_FOR_HIGHS:
            continue
        if engine != "rational":
            cx = pr.enumerate_regions(net, domain, engine=engine, threads=1)
            assert_same_complex(cx, truth)
        if engine in FAST_ENGINES:
            assert_same_counts(net, domain, engine, counts)
    if len(truth) <= MOST_FOR_REFERENCE:
        check_reference(given)
    return len(truth)


def check_cells(net: pr.Network, domain: pr.Domain, truth: pr.RegionComplex) -> None:
    """Hold the fast engines to the cells, and their counts to each other."""
    from agreement import FAST_ENGINES, applicable

    linear = set()
    for engine in applicable(FAST_ENGINES, net, domain):
        cx = pr.enumerate_regions(net, domain, engine=engine, threads=1)
        assert cx.status == "complete"
        assert cx.per_layer == truth.per_layer
        assert np.array_equal(cx.packed_patterns, truth.packed_patterns)
        assert np.array_equal(cx.on_breakpoint, truth.on_breakpoint)
        for definitions in ("activation", ("activation", "linear")):
            counts = pr.count_regions(
                net, domain, definitions=definitions, engine=engine, threads=1
            )
            assert counts.activation == len(truth)
            assert counts.per_layer == truth.per_layer
        linear.add(counts.linear)
    assert len(linear) <= 1


def check_proofs(net: pr.Network, domain: pr.Domain) -> None:
    """Have the checker prove what each fast engine counts."""
    from agreement import FAST_ENGINES, applicable
    from certified import assert_proved

    with tempfile.TemporaryDirectory() as folder:
        for engine in applicable(FAST_ENGINES, net, domain):
            assert_proved(Path(folder), net, domain, engine=engine, threads=1)


def check_reference(given: Problem) -> None:
    """Hold exact integers to the plain reference, which knows no flat domains."""
    import reference as ref
    from agreement import assert_agrees, pair

    name = "relu" if given.slope is not None else given.activation
    _, plain = pair(given.layers, name, given.slope)
    if given.domain.is_empty:
        assert ref.counts(plain, given.rows).activation == 0
    elif given.domain.own_dim == given.domain.dim:
        net, domain = given.network(), given.domain
        assert_agrees(net, plain, domain, given.rows, engines=("rational",))


def check_large(given: Problem) -> int:
    """Hold the fast engines to each other; return the number of regions."""
    from agreement import FAST_ENGINES, applicable

    net, domain = given.network(), given.domain
    engines = applicable(FAST_ENGINES, net, domain)
    cells = [
        pr.enumerate_regions(net, domain, engine=engine, threads=1)
        for engine in engines
    ]
    for cx in cells:
        assert cx.status == "complete"
        assert np.array_equal(cx.packed_patterns, cells[0].packed_patterns)
        assert np.array_equal(cx.on_breakpoint, cells[0].on_breakpoint)
        assert cx.per_layer == cells[0].per_layer
    found = [
        pr.count_regions(net, domain, engine=engine, threads=1) for engine in engines
    ]
    for counts in found:
        assert counts.activation == len(cells[0])
        assert counts.linear == found[0].linear
        assert counts.per_layer == cells[0].per_layer
    return len(cells[0])


def run(seed: int, large: bool, number: int) -> tuple[int, int, float, str | None]:
    """Return (number, regions, seconds, what failed or None)."""
    text, start = "", time.monotonic()
    try:
        given = problem(seed, number, large)
        text = str(given)
        n_regions = (check_large if large else check)(given)
        return number, n_regions, time.monotonic() - start, None
    except Exception:
        where = traceback.format_exc(limit=-3)
        return number, 0, time.monotonic() - start, f"case {number} {text}: {where}"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the campaign; return its exit status."""
    parser = common.parser(__doc__, "networks", 20_000)
    parser.add_argument("--large", type=int, metavar="N", help="N large ones instead")
    args = parser.parse_args(argv)
    large = args.large is not None
    cases = common.numbers(args, args.large if large else args.networks)
    tally = common.Tally("campaign-random" + (" --large" if large else ""))
    tally.add("networks", 0)
    job = partial(run, args.seed, large)
    with tally:
        for number, regions, seconds, failure in common.results(
            job, cases, args.processes
        ):
            tally.add("networks")
            tally.add("regions", regions)
            tally.most("s the slowest", seconds)
            if failure is not None:
                options = [f"--large {args.large}"] if large else []
                command = common.again("random_networks", args, number, *options)
                tally.fail(failure, command)
            tally.progress(tally.counts["networks"], len(cases))
    return tally.end()


if __name__ == "__main__":
    sys.exit(main())
