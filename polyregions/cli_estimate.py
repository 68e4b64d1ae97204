# SPDX-License-Identifier: MIT
"""The body of ``polyregions estimate``."""

from __future__ import annotations

import argparse
import json
from typing import Any

from .domain import Domain
from .errors import InvalidArgumentError
from .estimate import estimate
from .mean_estimate import estimate_mean
from .network import Network
from .region_estimate import RegionEstimate

TRUSTED, NOT_TRUSTED = 0, 3
COUNTED = ("activation", "linear")  # by montecarlo unless --definitions says otherwise


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add what no other command has."""
    add = command.add_argument
    add("--threads", type=int, metavar="N", help="the answer is the same for any N")
    add("--max-seconds", type=float, metavar="S", help="stop then")
    add(
        "--relative-error",
        type=float,
        default=0.05,
        metavar="E",
        help="standard error over the estimate; default 0.05",
    )
    add("--seed", type=int, default=0, metavar="N", help="default 0")
    add(
        "--exact-cap",
        type=int,
        default=10**7,
        metavar="N",
        help="count exactly up to N regions; default 10000000, 0 never counts",
    )
    add("--json", action="store_true", help="print one JSON object")
    add("--quiet", action="store_true", help="no progress on stderr")


def run(args: argparse.Namespace, network: Network, domain: Domain) -> tuple[int, str]:
    """Print the estimate; return the exit status, and what stderr should say."""
    found = estimate(
        network,
        domain,
        relative_error=args.relative_error,
        max_seconds=args.max_seconds,
        seed=args.seed,
        threads=args.threads,
        exact_cap=args.exact_cap,
        scheduler=args.scheduler,
        progress=not args.quiet,
    )
    return _printed(args, repr(network), found)


def run_mean(args: argparse.Namespace, law: dict[str, Any]) -> tuple[int, str]:
    """Print the expected number over random networks; the same."""
    counting = {
        "--definitions": args.definitions not in ("activation", COUNTED),
        "--relative-error": args.relative_error is not None,
        "--max-regions": args.max_regions is not None,
        "--out": args.out is not None,
        "--resume": args.resume,
        "--scheduler": args.scheduler is not None,
    }
    for option, given in counting.items():
        if given:
            raise InvalidArgumentError(
                f"{option} beside --beam, which estimates activation regions; pass one"
            )
    found = estimate_mean(
        args.widths,
        args.samples,
        args.seed,
        beam=args.beam,
        threads=args.workers,
        **law,
    )
    shape = "-".join(map(str, args.widths))
    return _printed(args, f"random networks {shape}, {args.law}", found)


def _printed(
    args: argparse.Namespace, what: str, found: RegionEstimate
) -> tuple[int, str]:
    if args.json:
        print(json.dumps(found.to_json(), allow_nan=False))
    else:
        print(_text(what, found))
    if found.reliable:
        return TRUSTED, ""
    return NOT_TRUSTED, f"no estimate: {found.reason}"


def _text(what: str, found: RegionEstimate) -> str:
    how = f"{found.runs} runs of {found.beam} nodes, " if found.runs else ""
    interval = "95 % interval" if found.runs else "exactly"
    meaning = interval if found.reliable else "not reliable"
    return "\n".join(
        [
            f"{what} on {found.domain!r}",
            f"  activation  {found.activation}  {meaning}",
            f"  {found.method}, {how}{found.seconds:.3g} s",
        ]
    )
