# SPDX-License-Identifier: MIT
"""What users do with the cells of an enumeration: neighbours, labels, points.

    python benchmarks/complexes.py [--rounds N] [--markdown] [--out FILE.json]

Processor time of one thread, the best of the rounds, each with new cells: the cells,
labels of equal maps, all pairs that share a facet, and `locate` of as many random
points as there are cells, in 10 000 at most. A network with its first unit twice, whose
walls floating point cannot tell apart, shows what exact integers alone would take; it
must have the same neighbours.
"""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from suite import (
    Case,
    InputError,
    check_out,
    exit_with,
    parser,
    read_record,
    recipes,
    record,
    selected,
    short,
    table,
    torchd,
    write_record,
)

MOST_POINTS = 10_000
STEPS = ("cells", "labels", "neighbours", "points")
HEADER = [
    "network",
    "regions",
    *STEPS[:2],
    "neighbours",
    "pairs",
    "a point",
    "integers",
]


def cases() -> list[Case]:
    """Return the networks."""
    wide = Case(
        name="uniform d3 (32,32)",
        draw=lambda: recipes.uniform(3, (32, 32), 0),
        radius=None,
        activation=41739,
    )
    boxed = [(2, (32, 32, 32)), (2, (128, 128, 128)), (3, (32, 32)), (5, (10, 10))]
    return [*(torchd(*each) for each in boxed), wide]


def clocked(call: Callable[[], Any]) -> tuple[Any, float]:
    """Return what it returns, and its processor time."""
    start = time.process_time()
    return call(), time.process_time() - start


def once(case: Case, layers: list[tuple]) -> tuple[Any, dict[str, float]]:
    """Return the neighbours, and the time of each step."""
    import polyregions as pr

    net = pr.Network(layers)
    _, domain = case.problem()
    seconds: dict[str, float] = {}
    cells, seconds["cells"] = clocked(
        lambda: pr.enumerate_regions(net, domain, threads=1)
    )
    _, seconds["labels"] = clocked(lambda: cells.map_labels)
    pairs, seconds["neighbours"] = clocked(lambda: cells.adjacency)
    n = min(len(cells), MOST_POINTS)
    points = np.random.default_rng(0).uniform(-1, 1, (n, cells.dim))
    found, spent = clocked(lambda: cells.locate(points))
    seconds["points"] = spent / n
    if len(cells) != case.activation or found.min() < 0:
        raise InputError(f"{case.name}: not the known cells")
    return pairs, seconds


def twice(layers: list[tuple]) -> list[tuple]:
    """Return the network with its first unit once more, which nobody hears."""
    (weight, bias), (after, after_bias), *rest = layers
    return [
        (np.vstack([weight, weight[:1]]), np.append(bias, bias[0])),
        (np.hstack([after, np.zeros((len(after), 1))]), after_bias),
        *rest,
    ]


def measured(case: Case, rounds: int) -> dict[str, Any]:
    """Return the row of a network."""
    layers = case.draw()
    tried = [once(case, layers) for _ in range(rounds)]
    pairs, seconds = tried[0][0], [spent for _, spent in tried]
    slow, exact = once(case, twice(layers))
    if not np.array_equal(pairs, slow):
        raise InputError(f"{case.name}: other neighbours by integers")
    results = {
        step: {"status": "complete", "seconds": min(spent[step] for spent in seconds)}
        for step in STEPS
    }
    results["integers"] = {"status": "complete", "seconds": exact["neighbours"]}
    return {
        "name": case.name,
        "count": case.activation,
        "pairs": len(pairs),
        "results": results,
    }


def complex_table(content: dict, *, markdown: bool) -> str:
    """Return one line a network."""
    lines = []
    for row in content["rows"]:
        spent = {name: each["seconds"] for name, each in row["results"].items()}
        times = [short(spent[name]) for name in (*STEPS, "integers")]
        line = [row["name"], str(row["count"]), *times[:3], str(row["pairs"])]
        lines.append([*line, *times[3:]])
    return table(HEADER, lines, markdown=markdown)


def main() -> int:
    """Measure what the command line asks for."""
    options = parser(__doc__)
    options.add_argument("--rounds", type=int, default=3, metavar="N")
    arguments = options.parse_args()
    if arguments.load is not None:
        content = read_record(arguments.load)
    else:
        check_out(arguments.out)
        chosen = selected(cases(), arguments.only, lambda case: case.name)
        content = record([measured(case, arguments.rounds) for case in chosen])
        if arguments.out is not None:
            write_record(arguments.out, content)
    print(complex_table(content, markdown=arguments.markdown))
    return 0


if __name__ == "__main__":
    exit_with(main)
