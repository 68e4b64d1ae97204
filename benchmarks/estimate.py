# SPDX-License-Identifier: MIT
"""Estimates of known counts: how often their intervals cover, and what they cost.

    python benchmarks/estimate.py [--repetitions 100] [--markdown] [--out FILE]
    python benchmarks/estimate.py --large [--markdown] [--out FILE]

For each network: `repetitions` intervals of ten runs each, beams as wide as `estimate`
chooses them, and the share of intervals that hold the known count; and estimates to 5 %
against the exact count, processor time of one thread, the median over five seeds. The
table is printed, and the figures written as JSON.

--large: networks that nobody can count, beside estimates of a program of its own
(Python, other beams), with their relative standard errors, or a closed form.
"""

import argparse
import itertools
import json
import math
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np

import polyregions as pr
from polyregions.beam_runs import BeamRuns
from polyregions.budgets import Budget
from polyregions.estimate import _Question
from polyregions.samples import t_quantile
from polyregions.tolerances import DEFAULT

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
import corpus
import suite

RUNS = 10
SEEDS = range(1, 6)


def uniform(d, *hidden, **activation):
    return pr.Network(corpus.uniform(d, hidden, 0), **activation), pr.Domain.all(d)


def torchd(d, *hidden):
    box = pr.Domain.box(-1, 1, dim=d)
    return pr.Network(corpus.torchd(d, hidden, 0)), box


def boxed(d, half_width, *hidden):
    box = pr.Domain.box(-half_width, half_width, dim=d)
    return pr.Network(corpus.uniform(d, hidden, 0)), box


def trained(d, half_width, *hidden):
    """Fit |x| and a wave by Adam; on a box."""
    import torch

    torch.manual_seed(0)
    sizes = [d, *hidden]
    steps = []
    for n_in, n_out in itertools.pairwise(sizes):
        steps += [torch.nn.Linear(n_in, n_out), torch.nn.ReLU()]
    model = torch.nn.Sequential(*steps, torch.nn.Linear(sizes[-1], 1)).double()
    x = torch.rand(2048, d, dtype=torch.float64) * 2 - 1
    y = (torch.linalg.norm(x, dim=1) + torch.sin(4 * x[:, 0]))[:, None]
    optimiser = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(300):
        optimiser.zero_grad()
        torch.nn.functional.mse_loss(model(x), y).backward()
        optimiser.step()
    return pr.Network.from_torch(model), pr.Domain.box(-half_width, half_width, dim=d)


NETWORKS = {
    "R^3 (64,64)": lambda: uniform(3, 64, 64),
    "R^5 (21,21)": lambda: uniform(5, 21, 21),
    "R^7 (12,12)": lambda: uniform(7, 12, 12),
    "R^10 (10,10)": lambda: uniform(10, 10, 10),
    "R^3 (32,32,32)": lambda: uniform(3, 32, 32, 32),
    "R^6 (24,24)": lambda: uniform(6, 24, 24),
    "R^4 (22,22) leaky": lambda: uniform(
        4, 22, 22, activation="leaky_relu", negative_slope=0.1
    ),
    "box^3 64^3 torch": lambda: torchd(3, 64, 64, 64),
    "box^5 (24,24)": lambda: boxed(5, 1, 24, 24),
    "box^6 (14,14)": lambda: boxed(6, 2, 14, 14),
    "box^5 (20,20,20) trained": lambda: trained(5, 1, 20, 20, 20),
    "box^6 (20,20) trained": lambda: trained(6, 2, 20, 20),
}

# Widths, relative error asked for, the other estimate and its relative standard error.
LARGE = {
    "R^10 (64,64)": (10, (64, 64), 0.05, 2.0e14, 0.02),
    "R^10 (32,32,32)": (10, (32, 32, 32), 0.05, 1.16e13, 0.03),
    "R^20 (64,64)": (20, (64, 64), 0.1, 1.65e23, 0.09),
    "R^784 (32,32)": (784, (32, 32), 0.05, 3.82e17, 0.01),
    "R^784 (256,256)": (784, (256, 256), 0.1, None, None),
    "R^10 (200)": (10, (200,), 0.05, sum(math.comb(200, k) for k in range(11)), 0.0),
}


def question(network, domain, seed):
    return _Question(
        network, domain, Budget.checked(None, None, None, 1), None, seed, 0.05
    )


def coverage(network, domain, count, repetitions, seed):
    """Width, deviation of a run, share of intervals that hold the count, mean error."""
    asked = question(network, domain, seed)
    pilot, reason = asked._pilot(DEFAULT.first_beam, None)
    if reason:
        return {"reason": reason}
    every = [asked.runs(pilot.width, RUNS) for _ in range(repetitions)]
    hits = sum(covers(runs, count) for runs in every)
    estimates = np.exp(np.concatenate([runs.logs for runs in every]))
    return {
        "width": pilot.width,
        "deviation": float(estimates.std(ddof=1) / estimates.mean()),
        "coverage": hits / repetitions,
        "off": float(estimates.mean() / count - 1),
        "off_in_errors": float(
            (estimates.mean() - count)
            / (estimates.std(ddof=1) / math.sqrt(len(estimates)))
        ),
    }


def covers(runs: BeamRuns, count):
    mean = math.exp(runs.log_mean)
    return abs(mean - count) <= t_quantile(RUNS - 1) * runs.relative_se * mean


def timed(call):
    """What it returns, and the seconds of the processor it took."""
    start = time.process_time()
    return call(), time.process_time() - start


def measured(name, repetitions, cap):
    network, domain = NETWORKS[name]()
    counts, exact_seconds = timed(
        lambda: pr.count_regions(
            network, domain, definitions="activation", threads=1, max_regions=cap
        )
    )
    if counts.status != "complete":
        return {"name": name, "left_out": f"more than {cap} regions"}
    count = counts.activation
    tried = [
        timed(partial(pr.estimate, network, domain, exact_cap=0, threads=1, seed=k))
        for k in SEEDS
    ]
    seconds = sorted(each for _, each in tried)[len(tried) // 2]
    return {
        "name": name,
        "count": count,
        "exact_seconds": exact_seconds,
        "estimates": [found.to_json()["activation"] for found, _ in tried],
        "reliable": sum(found.reliable for found, _ in tried),
        "seconds": seconds,
        "times_cheaper": exact_seconds / seconds,
        **coverage(network, domain, count, repetitions, seed=count),
    }


HEADER = (
    "network",
    "regions",
    "exact",
    "estimate",
    "cheaper",
    "beam",
    "deviation of a run",
    "off",
    "covered",
)


def cells(row):
    if "coverage" not in row:
        reason = row.get("left_out") or row["reason"]
        return [row["name"], str(row.get("count", "")), *[""] * 6, reason]
    return [
        row["name"],
        str(row["count"]),
        suite.short(row["exact_seconds"]),
        suite.short(row["seconds"]),
        f"{row['times_cheaper']:.1f}x",
        str(row["width"]),
        f"{row['deviation']:.2f}",
        f"{100 * row['off']:+.1f} % ({row['off_in_errors']:+.1f} se)",
        f"{100 * row['coverage']:.0f} %",
    ]


def estimated(name):
    """An estimate of a large network, and how far it lies from the other one."""
    d, hidden, error, other, other_error = LARGE[name]
    network, domain = uniform(d, *hidden)
    start = time.perf_counter()
    found = pr.estimate(network, domain, exact_cap=0, relative_error=error)
    own = found.activation
    row = {
        "name": name,
        "reason": found.reason,
        "method": found.method,
        "runs": found.runs,
        "beam": found.beam,
        "seconds": time.perf_counter() - start,
        "other": other,
        "other_error": other_error,
    }
    if found.reliable:
        row |= {"estimate": float(own.estimate), "relative_se": own.relative_se}
    if found.reliable and other_error:
        apart = math.hypot(own.relative_se * own.estimate, other_error * other)
        row["apart"] = (own.estimate - other) / apart
    elif found.reliable:
        row["equal"] = own.estimate == other
    return row


LARGE_HEADER = ("network", "estimate", "by", "time", "other", "apart")


def large_cells(row):
    other = row["other"] and f"{row['other']:.3g} ± {100 * row['other_error']:.0f} %"
    if "estimate" not in row:
        cost = suite.short(row["seconds"])
        return [row["name"], f"refused: {row['reason']}", "", cost, other or "", ""]
    runs = f", {row['runs']} runs of {row['beam']} nodes" if row["runs"] else ""
    if "apart" in row:
        compared = f"{row['apart']:+.1f} standard errors"
    else:
        compared = "equal" if row["equal"] else "NOT EQUAL"
    return [
        row["name"],
        f"{row['estimate']:.3g} ± {100 * row['relative_se']:.1f} %",
        row["method"] + runs,
        suite.short(row["seconds"]),
        other,
        compared,
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repetitions", type=int, default=100)
    parser.add_argument("--cap", type=int, default=10**8, help="of known counts")
    parser.add_argument("--only", default="", help="names that hold this")
    parser.add_argument("--large", action="store_true", help="of unknown counts")
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("--out", help="JSON file")
    args = parser.parse_args()
    rows = []
    for name in LARGE if args.large else NETWORKS:
        if args.only not in name:
            continue
        if args.large:
            rows.append(estimated(name))
        else:
            rows.append(measured(name, args.repetitions, args.cap))
        print(name, file=sys.stderr, flush=True)
    own = (LARGE_HEADER, large_cells) if args.large else (HEADER, cells)
    print(suite.table(own[0], map(own[1], rows), markdown=args.markdown))
    shares = [row["coverage"] for row in rows if "coverage" in row]
    if shares:
        n = args.repetitions * len(shares)
        print(
            f"\n{100 * np.mean(shares):.1f} % of {n} intervals hold the count, "
            f"at least {100 * min(shares):.0f} % of each network's"
        )
    if args.out:
        Path(args.out).write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
