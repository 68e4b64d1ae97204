# SPDX-License-Identifier: MIT
"""Times the engines on networks of known count, and asserts every count.

    python benchmarks/engines.py [--out FILE.json] [--seconds 60]

In-process times of ``count_regions`` with one thread, the best of three runs where a
run takes under a second; an engine that --seconds stops is given by its rate.
The networks are those of tests/corpus.
"""

import argparse
import json
import platform
import sys
import time
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

import corpus

import polyregions as pr

# (recipe, inputs, hidden widths): seed 0; "box" is [-1, 1]^d, "all" is R^d.
NETWORKS = [
    ("torchd", 2, (64, 64, 64)),
    ("torchd", 2, (256, 256, 256)),
    ("torchd", 3, (32, 32)),
    ("torchd", 3, (64, 64, 64)),
    ("torchd", 5, (10, 10)),
    ("torchd", 10, (10, 10)),
    ("uniform", 2, (64, 64, 64)),
    ("uniform", 3, (64, 64)),
    ("uniform", 4, (32, 32)),
    ("uniform", 5, (20, 20)),
    ("uniform", 7, (8, 2)),
    ("uniform", 7, (12, 12)),
    ("uniform", 10, (10, 10)),
]
ENGINES = ("vertex", "dictionary", "rational", "highs")


def problem(recipe: str, d: int, hidden: tuple[int, ...]):
    """(network, domain, known count)."""
    if recipe == "uniform":
        layers = corpus.uniform(d, hidden, 0)
        return pr.Network(layers), pr.Domain.all(d), corpus.UNIFORM[d, hidden][0]
    [(out, counts)] = [
        (key[2], value)
        for key, value in corpus.TORCHD.items()
        if key[:2] == (d, hidden)
    ]
    layers = corpus.torchd(d, hidden, 0, out)
    return pr.Network(layers), pr.Domain.box(-1, 1, dim=d), counts[0]


def timed(net, domain, count: int, engine: str, seconds: float) -> dict | None:
    """Best run, or None where the engine does not apply."""
    best = None
    start = time.monotonic()
    for _ in range(3):
        try:
            counts = pr.count_regions(
                net,
                domain,
                definitions=("activation",),
                engine=engine,
                max_seconds=seconds,
            )
        except pr.errors.InvalidArgumentError:
            return None
        if counts.status == "complete":
            assert counts.activation == count, (engine, counts, count)
        if best is None or counts.seconds < best.seconds:
            best = counts
        if time.monotonic() - start > 1:
            break
    return {
        "status": best.status,
        "seconds": best.seconds,
        "regions_per_second": best.activation / best.seconds,
        "decisions": dict(best.decisions),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--seconds", type=float, default=60.0)
    arguments = parser.parse_args()
    rows = []
    for recipe, d, hidden in NETWORKS:
        net, domain, count = problem(recipe, d, hidden)
        name = f"{recipe} d{d} {hidden}".replace(", ", ",")
        engines = {}
        for engine in ENGINES:
            result = timed(net, domain, count, engine, arguments.seconds)
            if result is None:
                continue
            engines[engine] = result
            note = "" if result["status"] == "complete" else " (rate until the budget)"
            rate = f"{result['regions_per_second']:.3g} regions/s"
            spent = f"{result['seconds']:9.4f} s"
            print(f"{name:28} {count:8} {engine:11} {spent}  {rate}{note}")
        rows.append({"network": name, "count": count, "engines": engines})
    record = {
        "date": date.today().isoformat(),
        "python": platform.python_version(),
        "machine": f"{platform.machine()}, {platform.system()}",
        "version": pr.__version__,
        "rows": rows,
    }
    if arguments.out is not None:
        arguments.out.write_text(json.dumps(record, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
