# SPDX-License-Identifier: MIT
"""Large networks: threads, `linear` against `activation`, wide inputs, 10^9 regions.

    python benchmarks/large.py [--out FILE.json] [--markdown] [--billion]

Every case is counted by one thread and by two, and with linear regions; --billion
counts one network of more than 10^9 regions instead, on all cores: some ten minutes.
Networks are random_network(widths, seed=0) on all of R^d.
"""

from collections.abc import Sequence

from suite import (
    Row,
    check_out,
    exit_with,
    parser,
    read_record,
    record,
    selected,
    short,
    table,
    write_record,
)

CASES = [
    (4, 36, 36, 1),
    (3, 100, 100, 1),
    (5, 20, 20, 1),
    (7, 12, 12, 1),
    (784, 10, 10, 1),
]
BILLION = (4, 204, 204, 1)


def counted(widths: Sequence[int], *, definitions: Sequence[str], threads) -> dict:
    """Return one count as a result, the better of two runs of less than a minute."""
    import polyregions as pr

    net = pr.random_network(widths, seed=0)
    best = None
    for _ in range(2):
        found = pr.count_regions(
            net, pr.Domain.all(widths[0]), definitions=definitions, threads=threads
        )
        if best is None or found.seconds < best.seconds:
            best = found
        if found.seconds > 60:
            break
    return {
        "status": best.status,
        "seconds": best.seconds,
        "activation": best.activation,
        "linear": best.linear,
        "engine": best.engine,
        "decisions": {name: n for name, n in best.decisions.items() if n},
    }


def measured(widths: Sequence[int]) -> Row:
    """Return the row of a network: one thread, two, and linear regions."""
    asked = {"one": (("activation",), 1), "two": (("activation",), 2)}
    asked["linear"] = (("activation", "linear"), 1)
    results = {
        label: counted(widths, definitions=definitions, threads=threads)
        for label, (definitions, threads) in asked.items()
    }
    assert len({result["activation"] for result in results.values()}) == 1
    return {"name": "-".join(map(str, widths)), "results": results}


def billion() -> Row:
    """Return the row of the network of more than 10^9 regions."""
    result = counted(BILLION, definitions=("activation",), threads=None)
    return {"name": "-".join(map(str, BILLION)), "results": {"two": result}}


def large_table(content: dict, *, markdown: bool) -> str:
    """Return times and ratios, and the rungs that took the decisions."""
    head = ["network", "engine", "regions", "one thread", "two", "ratio", "linear"]
    lines = []
    for row in content["rows"]:
        found = row["results"]
        any_of = found["two"]
        times = [
            short(found[label]["seconds"]) if label in found else ""
            for label in ("one", "two")
        ]
        ratios = ["", ""]
        if "one" in found:
            one = found["one"]["seconds"]
            linear = found["linear"]
            ratios[0] = f"{one / any_of['seconds']:.2f}"
            ratios[1] = f"{linear['linear']}, {linear['seconds'] / one:.2f}x"
        rungs = ", ".join(f"{n} {name}" for name, n in any_of["decisions"].items())
        lines.append(
            [row["name"], any_of["engine"], str(any_of["activation"]), *times, *ratios]
        )
        lines[-1].append(rungs)
    return table([*head, "decisions"], lines, markdown=markdown)


def main() -> int:
    """Measure, print."""
    options = parser(__doc__)
    options.add_argument("--billion", action="store_true", help="that network alone")
    arguments = options.parse_args()
    if arguments.load is not None:
        content = read_record(arguments.load)
    else:
        check_out(arguments.out)
        rows = [billion()] if arguments.billion else [measured(w) for w in CASES]
        rows = selected(rows, arguments.only, lambda row: row["name"])
        content = record(rows, billion=arguments.billion)
        if arguments.out is not None:
            write_record(arguments.out, content)
    print(large_table(content, markdown=arguments.markdown))
    return 0


if __name__ == "__main__":
    exit_with(main)
