# SPDX-License-Identifier: MIT
"""Times the engines against each other and checks every count.

    python benchmarks/engines.py [--seconds 60] [--out FILE.json] [--markdown]

In-process times of ``count_regions`` with one thread, the best of three where a run
takes under a second. An engine that --seconds stops is given by its rate until then,
with a star (a star alone where it was still inside the first layer); a dash marks an
engine that does not take the rank. Exit status 1 where a count is wrong.
"""

import sys
from collections.abc import Iterable, Sequence

from suite import (
    Case,
    Result,
    Row,
    check_out,
    exit_with,
    measure,
    parser,
    rate,
    read_record,
    record,
    selected,
    short,
    table,
    torchd,
    uniform,
    write_record,
)

CASES = [
    torchd(2, (64, 64, 64)),
    torchd(2, (256, 256, 256)),
    torchd(3, (32, 32)),
    torchd(3, (64, 64, 64)),
    torchd(5, (10, 10)),
    torchd(10, (10, 10)),
    uniform(2, (64, 64, 64)),
    uniform(3, (64, 64)),
    uniform(4, (32, 32)),
    uniform(5, (20, 20)),
    uniform(7, (8, 2)),
    uniform(7, (12, 12)),
    uniform(10, (10, 10)),
]


def all_engines() -> tuple[str, ...]:
    """Return the engines of the package, the fast ones first."""
    from polyregions.enumeration import ENGINES

    return tuple(name for name in ENGINES if name != "auto")


def measured(case: Case, engines: Iterable[str], *, seconds: float) -> Row:
    """Time the engines on one network and print each as it ends."""
    problem = case.problem()
    count = case.linear if case.activation is None else case.activation
    results: dict[str, Result] = {}
    for engine in engines:
        result = measure(case, problem, engine, seconds=seconds)
        if result is not None:
            results[engine] = result
            text = f"{case.name:34} {count:8} {engine:11} {cell(result)}"
            print(text, file=sys.stderr, flush=True)
    return {"name": case.name, "count": count, "results": results}


def cell(result: Result | None) -> str:
    """Return the time and rate of one engine on one network."""
    if result is None:
        return "–"
    if result["status"] == "wrong":
        return f"WRONG: {result['count']}"
    if result["status"] == "budget":
        return f"{rate(result['regions_per_second'])}*" if result["count"] else "*"
    return f"{short(result['seconds'])} ({rate(result['regions_per_second'])})"


def engine_table(content: dict, *, markdown: bool) -> str:
    """Return one line a network, one column an engine."""
    engines = list(dict.fromkeys(e for row in content["rows"] for e in row["results"]))
    return table(
        ["network", "regions", *engines],
        [
            [
                row["name"],
                str(row["count"]),
                *map(cell, map(row["results"].get, engines)),
            ]
            for row in content["rows"]
        ],
        markdown=markdown,
    )


def n_wrong(rows: Sequence[Row]) -> int:
    """Return how many results are wrong."""
    return sum(r["status"] == "wrong" for row in rows for r in row["results"].values())


def summary(content: dict) -> str:
    """Return how many counts were checked to the end, and how many not."""
    states = [r["status"] for row in content["rows"] for r in row["results"].values()]
    networks, right = len(content["rows"]), states.count("complete")
    return (
        f"{networks} networks: {right} counts right, {states.count('wrong')} wrong, "
        f"{states.count('budget')} stopped by the time limit"
    )


def main() -> int:
    """Measure what the command line asks for."""
    arguments = parser(__doc__, seconds=60.0).parse_args()
    if arguments.load is not None:
        content = read_record(arguments.load)
    else:
        check_out(arguments.out)
        cases = selected(CASES, arguments.only, lambda case: case.name)
        engines = all_engines()
        rows = [measured(case, engines, seconds=arguments.seconds) for case in cases]
        content = record(rows, seconds=arguments.seconds)
        if arguments.out is not None:
            write_record(arguments.out, content)
    print(engine_table(content, markdown=arguments.markdown))
    return int(n_wrong(content["rows"]) > 0)


if __name__ == "__main__":
    exit_with(main)
