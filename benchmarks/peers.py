# SPDX-License-Identifier: MIT
"""Measures programs for the same task, and this one, on the same networks in one run.

    python benchmarks/peers.py [--relu-edge-subdivision CLONE] [--out FILE.json]

The first run installs the peers of peers.txt into build/peers. Every program works in
a process of its own with one thread and is timed in there; this package and the peer
take turns. A ratio is best time over best time of those turns; for our own engine
`highs` it is rate over rate of the first --seconds (60). ">" marks a lower bound, of
a peer that --seconds stopped. A target counts as reached or missed only where the
counts agree. Exit status 1 where we miscount and, with --check, where a target is
missed; where one could not be measured, too.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np
from peer_process import Environment, Program
from suite import (
    ROOT,
    Case,
    InputError,
    Result,
    Row,
    check_out,
    degenerate,
    exit_with,
    parser,
    rate,
    read_record,
    record,
    selected,
    short,
    table,
    three_digits,
    times,
    torchd,
    uniform,
    write_record,
)

US = "polyregions"
EDGES = "relu_edge_subdivision"
HIGHS = "highs"  # our own engine, measured like a peer
INDEX = ("regioncam", "affinitree", "relucent")


@dataclass(frozen=True, slots=True)
class Pairing:
    """A network, a peer, and how many times faster we mean to be."""

    case: Case
    peer: str
    target: float | None = None

    @property
    def name(self) -> str:
        return f"{self.case.name} / {self.peer}"


PAIRINGS = [
    Pairing(torchd(2, (64, 64, 64)), "regioncam", 10),
    Pairing(torchd(2, (256, 256)), "regioncam", 10),
    Pairing(torchd(3, (32, 32)), EDGES, 10),
    Pairing(torchd(5, (10, 10)), EDGES, 10),
    Pairing(torchd(10, (10, 10)), "affinitree", 200),
    Pairing(uniform(7, (8, 2)), "affinitree", 30),
    Pairing(uniform(7, (8, 2)), "relucent", 5000),
    Pairing(uniform(3, (64, 64)), HIGHS, 300),
    Pairing(uniform(5, (20, 20)), HIGHS, 300),
    Pairing(uniform(10, (10, 10)), HIGHS, 300),
    Pairing(torchd(2, (16, 16, 16)), "regioncam"),
    Pairing(torchd(2, (32, 32, 32)), "regioncam"),
    Pairing(torchd(2, (64, 64, 64)), EDGES),
    Pairing(torchd(3, (32, 32)), "affinitree"),
    Pairing(torchd(5, (10, 10)), "affinitree"),
    Pairing(uniform(7, (5, 5)), "affinitree"),
    Pairing(uniform(7, (5, 5)), "relucent"),
]


def degenerate_pairings() -> list[Pairing]:
    """Return every degenerate network with every peer that takes its domain."""
    return [
        Pairing(case, peer)
        for case in degenerate()
        for peer in (*INDEX, EDGES)
        if (case.radius is None and peer in ("affinitree", "relucent"))
        or (case.radius is not None and peer != "relucent")
    ]


# Measuring


def save_network(path: Path, case: Case) -> None:
    """Write W0, b0, W1, b1, ... and, for a box, its radius."""
    arrays = {}
    for i, (weight, bias) in enumerate(case.layers()):
        arrays[f"W{i}"] = np.asarray(weight, dtype=np.float64)
        arrays[f"b{i}"] = np.asarray(bias, dtype=np.float64)
    if case.radius is not None:
        arrays["radius"] = np.float64(case.radius)
    np.savez(path, **arrays)


def compare(pairing: Pairing, environment: Environment, *, seconds: float) -> Row:
    """Let both programs take turns, and judge."""
    name = US if pairing.peer == HIGHS else pairing.peer
    options = environment.options(pairing.peer, seconds)
    limit = 2 * seconds + 60 if pairing.peer == HIGHS else seconds  # highs stops itself
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        weights = folder / "network.npz"
        save_network(weights, pairing.case)
        us = stack.enter_context(Program(US, weights, sys.executable))
        peer = stack.enter_context(
            Program(name, weights, environment.python(pairing.peer), options)
        )
        take_turns(us, peer, limit=limit, seconds=seconds)
        results = {
            US: result(us, pairing.case, seconds),
            pairing.peer: result(peer, pairing.case, limit),
        }
    return {
        "name": pairing.name,
        "network": pairing.case.name,
        "count": pairing.case.activation,
        "peer": pairing.peer,
        "target": pairing.target,
        **judged(pairing, results),
        "results": results,
    }


def take_turns(us: Program, peer: Program, *, limit: float, seconds: float) -> None:
    """Run us, peer, us, ... up to seven turns each; none begins after seconds / 2."""
    start = perf_counter()
    for _ in range(7):
        us.turn(limit)
        peer.turn(limit)
        if perf_counter() - start > seconds / 2 or us.failure or peer.failure:
            break
    us.turn(limit)


def result(program: Program, case: Case, limit: float) -> Result:
    """Return what a program did on a network."""
    out: Result = {"version": program.version}
    if program.runs:
        counts = [run["count"] for run in program.runs]
        out |= times([run["seconds"] for run in program.runs])
        out["count"] = next((c for c in counts if c != case.activation), counts[0])
        out["regions_per_second"] = out["count"] / out["seconds"]
    if program.failure == "timeout" and not program.runs:
        return {**out, "status": "timeout", "seconds": limit}
    if program.failure and not program.runs:
        return {**out, "status": "failed", "reason": program.failure}
    if not all(run["complete"] for run in program.runs):
        return {**out, "status": "budget"}
    right = out["count"] == case.activation
    return {**out, "status": "complete" if right else "wrong"}


def judged(pairing: Pairing, results: dict[str, Result]) -> dict:
    """Return the ratio, whether it is a lower bound, and whether the target is met.

    A peer without a single region in its time has no ratio: its rate is 0.
    """
    us, peer = results[US], results[pairing.peer]
    both = us["status"] == "complete" and "seconds" in peer
    ratio = medians = reached = None
    if both and peer["status"] in ("complete", "timeout"):
        ratio = peer["seconds"] / us["seconds"]
    elif both and peer["status"] == "budget" and peer["count"] > 0:
        ratio = us["regions_per_second"] / peer["regions_per_second"]
    if ratio is not None and "median" in peer:
        medians = ratio * peer["median"] / peer["seconds"]
        medians *= us["seconds"] / us["median"]
    bound = peer["status"] == "timeout"
    if pairing.target is not None and both and peer["status"] != "wrong":
        reached = ratio is None or ratio >= pairing.target or (None if bound else False)
    return {
        "ratio": ratio,
        "ratio_of_medians": medians,
        "lower_bound": bound,
        "reached": reached,
    }


# Tables


def peer_table(content: dict, *, markdown: bool) -> str:
    """Return one line a pairing; of degenerate networks, who counts what."""
    if content.get("degenerate"):
        return count_table(content, markdown=markdown)
    header = ["network", "regions", "peer", "its time", "ours", "ratio", "target", ""]
    return table(header, map(line, content["rows"]), markdown=markdown)


def count_table(content: dict, *, markdown: bool) -> str:
    """Return who counts what: one line a network, one column a program."""
    found: dict[str, dict[str, str]] = {}
    for row in content["rows"]:
        line = found.setdefault(row["network"], {"": str(row["count"])})
        for name, result in row["results"].items():
            if result["status"] in ("complete", "wrong"):
                line[name] = str(result["count"])
                line[name] += " (wrong)" * (result["status"] == "wrong")
            else:
                line[name] = "refused" if result["status"] == "failed" else "no answer"
    programs = [US, *INDEX, EDGES]
    return table(
        ["network", "regions", *programs],
        [
            [name, line[""], *(line.get(program, "") for program in programs)]
            for name, line in found.items()
        ],
        markdown=markdown,
    )


def line(row: Row) -> list[str]:
    """Return the cells of one pairing."""
    none_yet = row["results"][row["peer"]]["status"] == "budget"
    ratio = "∞" if none_yet else "–"
    if row["ratio"] is not None:
        ratio = three_digits(row["ratio"])
    target = "" if row["target"] is None else f"≥ {row['target']:g}"
    verdict = {True: "reached", False: "missed", None: "not measured"}[row["reached"]]
    return [
        row["network"],
        str(row["count"]),
        row["peer"],
        cell(row["results"][row["peer"]]),
        cell(row["results"][US]),
        f"{'> ' if row['lower_bound'] else ''}{ratio}",
        target,
        verdict if target else "",
    ]


def cell(result: Result) -> str:
    """Return the time of one program, or what kept it from one."""
    status = result["status"]
    if status == "failed":
        return f"refused ({result['reason'].partition(':')[0]})"
    if status == "budget":
        return f"{rate(result['regions_per_second'])} in {short(result['seconds'])}"
    text = {"timeout": f"> {short(result['seconds'])}"}.get(status)
    text = text or short(result["seconds"])
    return f"{text}, miscounts {result['count']}" if status == "wrong" else text


# Command line


def options() -> argparse.ArgumentParser:
    """Return the parser."""
    out = parser(__doc__, seconds=60.0)
    out.add_argument(
        "--relu-edge-subdivision",
        type=Path,
        metavar="CLONE",
        help="a clone of arturs-berzins/relu_edge_subdivision; without it, left out",
    )
    out.add_argument(
        "--environment",
        type=Path,
        metavar="DIR",
        default=ROOT / "build" / "peers",
        help="where the peers are installed (build/peers)",
    )
    out.add_argument(
        "--degenerate",
        action="store_true",
        help="the degenerate networks instead: who counts right",
    )
    out.add_argument(
        "--check", action="store_true", help="exit with 1 if a target is missed"
    )
    return out


def pairings(arguments: argparse.Namespace) -> list[Pairing]:
    """Return what the command line asks for."""
    items = degenerate_pairings() if arguments.degenerate else PAIRINGS
    items = selected(items, arguments.only, lambda pairing: pairing.name)
    clone = arguments.relu_edge_subdivision
    if clone is not None and not (clone / "edge_subdivision.py").is_file():
        raise InputError(f"{clone}: no edge_subdivision.py; pass a clone")
    if clone is None and any(item.peer == EDGES for item in items):
        print(f"{EDGES}: left out; pass --relu-edge-subdivision", file=sys.stderr)
        items = [item for item in items if item.peer != EDGES]
    return items


def main() -> int:
    """Measure what the command line asks for."""
    arguments = options().parse_args()
    if arguments.load is not None:
        content = read_record(arguments.load)
    else:
        check_out(arguments.out)
        items = pairings(arguments)
        environment = Environment(
            arguments.environment, clone=arguments.relu_edge_subdivision
        )
        if any(item.peer in INDEX for item in items):
            environment.install()
        content = record(measured(items, environment, arguments.seconds))
        content |= {k: getattr(arguments, k) for k in ("seconds", "degenerate")}
        if arguments.out is not None:
            write_record(arguments.out, content)
    print(peer_table(content, markdown=arguments.markdown))
    return exit_status(content["rows"], check=arguments.check)


def measured(
    items: Iterable[Pairing], environment: Environment, seconds: float
) -> list[Row]:
    """Compare pair by pair, and print each as it ends."""
    rows = []
    for item in items:
        rows.append(compare(item, environment, seconds=seconds))
        print("  ".join(filter(None, line(rows[-1]))), file=sys.stderr, flush=True)
    return rows


def exit_status(rows: list[Row], *, check: bool) -> int:
    """Return 1 where we miscount or, if asked, a target is not reached."""
    wrong = any(row["results"][US]["status"] != "complete" for row in rows)
    missed = any(row["target"] is not None and not row["reached"] for row in rows)
    return int(wrong or (check and missed))


if __name__ == "__main__":
    exit_with(main)
