# SPDX-License-Identifier: MIT
"""What the proofs cost: the engines as they are, and with their filters compiled out.

    python benchmarks/filters.py [--out FILE.json] [--markdown] [--rounds N]

Builds the package a second time, with -DPOLYREGIONS_UNPROVED, into build/unproved;
that one takes floating point at its word and serves no other purpose. Both run by
turns, each in a process of its own: best CPU seconds of one thread. Exit status 1 where
the ratio is above its target: 1.4 for the vertex engine, 1.8 for the dictionary engine.
"""

import json
import os
import subprocess
import sys
import time

from suite import (
    ROOT,
    Row,
    check_out,
    exit_with,
    parser,
    read_record,
    record,
    selected,
    short,
    table,
    torchd,
    uniform,
    write_record,
)

UNPROVED = ROOT / "build" / "unproved"
TARGETS = {"vertex": 1.4, "dictionary": 1.8}
CASES = {
    "vertex": [
        torchd(2, (64, 64, 64)),
        torchd(3, (32, 32)),
        uniform(3, (64, 64)),
        uniform(4, (32, 32)),
    ],
    "dictionary": [
        torchd(10, (10, 10)),
        uniform(5, (20, 20)),
        uniform(7, (12, 12)),
        uniform(10, (10, 10)),
    ],
}


def build() -> None:
    """Compile the package without its filters, into a folder of its own."""
    flags = {"POLYREGIONS_FLAGS": "-DPOLYREGIONS_UNPROVED"}
    command = [sys.executable, "setup.py", "--quiet", "build", "--build-lib"]
    subprocess.run(
        [*command, str(UNPROVED)], cwd=ROOT, env=os.environ | flags, check=True
    )


def child() -> None:
    """Print [engine, name, regions, seconds] of every case."""
    import polyregions as pr

    out = []
    for engine, cases in CASES.items():
        for case in cases:
            net, domain = case.problem()
            start = time.process_time()
            found = pr.count_regions(
                net, domain, definitions="activation", engine=engine, threads=1
            )
            seconds = time.process_time() - start
            out.append([engine, case.name, found.activation, seconds])
    print(json.dumps(out))


def run(*, unproved: bool) -> list:
    """Return what a child of one of the two builds prints."""
    path = {"PYTHONPATH": str(UNPROVED)} if unproved else {}
    done = subprocess.run(
        [sys.executable, __file__, "--child"],
        env=os.environ | path,
        check=True,
        capture_output=True,
        text=True,
    )
    return json.loads(done.stdout)


def measured(rounds: int) -> list[Row]:
    """Return a row for every engine and network, the best of all rounds."""
    rows: dict[tuple[str, str], Row] = {}
    for _ in range(rounds):
        for label, unproved in (("proved", False), ("unproved", True)):
            for engine, name, regions, seconds in run(unproved=unproved):
                row = rows.setdefault(
                    (engine, name), {"name": f"{name}, {engine}", "results": {}}
                )
                result = row["results"].setdefault(
                    label, {"status": "complete", "seconds": seconds}
                )
                result["seconds"] = min(result["seconds"], seconds)
                result["regions"] = regions
    for (engine, _), row in rows.items():
        times = [row["results"][label]["seconds"] for label in ("proved", "unproved")]
        row["ratio"] = times[0] / times[1]
        row["target"] = TARGETS[engine]
    return list(rows.values())


def filter_table(content: dict, *, markdown: bool) -> str:
    """Return the table of ratios."""
    head = ["network", "proved", "unproved", "regions", "unproved", "ratio", "at most"]
    lines = []
    for row in content["rows"]:
        both = [row["results"][label] for label in ("proved", "unproved")]
        times = [short(result["seconds"]) for result in both]
        regions = [str(result["regions"]) for result in both]
        ratio = [f"{row['ratio']:.2f}", str(row["target"])]
        lines.append([row["name"], *times, *regions, *ratio])
    return table(head, lines, markdown=markdown)


def main() -> int:
    """Build, measure, print."""
    options = parser(__doc__)
    options.add_argument("--rounds", type=int, default=3, help="runs of each build")
    options.add_argument("--child", action="store_true", help="used by the script")
    arguments = options.parse_args()
    if arguments.child:
        child()
        return 0
    if arguments.load is not None:
        content = read_record(arguments.load)
    else:
        check_out(arguments.out)
        build()
        rows = measured(arguments.rounds)
        content = record(selected(rows, arguments.only, lambda row: row["name"]))
        if arguments.out is not None:
            write_record(arguments.out, content)
    print(filter_table(content, markdown=arguments.markdown))
    return int(any(row["ratio"] > row["target"] for row in content["rows"]))


if __name__ == "__main__":
    exit_with(main)
