# SPDX-License-Identifier: MIT
"""Compares two JSON files that a script of this folder wrote, row by row.

    python benchmarks/compare.py before.json after.json [--fail-below 0.8]

A ratio is how many times faster the second file is: best time over best time, or rate
over rate (with a star) where the time limit stopped one of the two. Exit status 1
where two complete counts differ or, with --fail-below, a ratio is smaller than that.
"""

import argparse
import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from suite import (
    InputError,
    Parser,
    Result,
    exit_with,
    positive,
    read_record,
    short,
    table,
    three_digits,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One engine or program on one network, in both files."""

    name: str
    label: str
    before: str
    after: str
    ratio: float | None
    differs: bool


def lines(before: dict[str, Any], after: dict[str, Any]) -> Iterator[Line]:
    """Yield what both files have, in the order of the second."""
    earlier = {row["name"]: row["results"] for row in before["rows"]}
    for row in after["rows"]:
        for label, new in row["results"].items():
            old = earlier.get(row["name"], {}).get(label)
            if old is not None:
                yield compared(row["name"], label, old, new)


def compared(name: str, label: str, old: Result, new: Result) -> Line:
    """Return the comparison of two results."""
    complete = old["status"] == new["status"] == "complete"
    ratio, star = None, ""
    if complete and min(old["seconds"], new["seconds"]) > 0:
        ratio = old["seconds"] / new["seconds"]
    elif {old["status"], new["status"]} <= {"complete", "budget"}:
        rates = [result.get("regions_per_second", 0) for result in (old, new)]
        ratio, star = (rates[1] / rates[0] if all(rates) else None), "*"
    return Line(
        name=name,
        label=label,
        before=cell(old) + star,
        after=cell(new) + star,
        ratio=ratio,
        differs=complete and old.get("count") != new.get("count"),
    )


def cell(result: Result) -> str:
    """Return the time, or the status without one."""
    if result["status"] in ("complete", "budget"):
        return short(result["seconds"])
    return result["status"]


def geometric_mean(ratios: list[float]) -> float:
    """Return it, of at least one ratio."""
    return math.exp(math.fsum(map(math.log, ratios)) / len(ratios))


def report(found: list[Line], *, threshold: float, markdown: bool) -> str:
    """Return the table, and the geometric mean of every label and of all."""
    rows = []
    for item in found:
        ratio = "–" if item.ratio is None else f"{item.ratio:.3g}"
        slow = item.ratio is not None and item.ratio < threshold
        mark = "COUNTS DIFFER" if item.differs else "slower" if slow else ""
        rows.append([item.name, item.label, item.before, item.after, ratio, mark])
    out = [table(["row", "", "before", "after", "ratio", ""], rows, markdown=markdown)]
    means = {}
    for label in dict.fromkeys(item.label for item in found):
        means[label] = [x.ratio for x in found if x.label == label and x.ratio]
    means["all"] = [x.ratio for x in found if x.ratio]
    for label, ratios in means.items():
        if ratios:
            mean = three_digits(geometric_mean(ratios))
            out.append(f"geometric mean, {label}: {mean} ({len(ratios)} ratios)")
    return "\n\n".join([out[0], "\n".join(out[1:])])


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = Parser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("before", type=Path, metavar="A.json")
    parser.add_argument("after", type=Path, metavar="B.json")
    parser.add_argument(
        "--threshold",
        type=positive,
        default=0.9,
        metavar="R",
        help="mark ratios below this as slower (0.9)",
    )
    parser.add_argument(
        "--fail-below",
        type=positive,
        metavar="R",
        help="exit with 1 if a ratio is below this",
    )
    parser.add_argument("--markdown", action="store_true", help="a markdown table")
    return parser.parse_args()


def main() -> int:
    """Compare the two files of the command line."""
    options = arguments()
    before, after = read_record(options.before), read_record(options.after)
    found = list(lines(before, after))
    if not found:
        raise InputError(f"{options.before}, {options.after}: no row is in both")
    for what in ("script", "machine", "python"):
        if before.get(what) != after.get(what):
            pair = f"{before.get(what)}, {after.get(what)}"
            print(f"not the same {what}: {pair}", file=sys.stderr)
    print(report(found, threshold=options.threshold, markdown=options.markdown))
    slow = options.fail_below is not None and any(
        item.ratio is not None and item.ratio < options.fail_below for item in found
    )
    return int(slow or any(item.differs for item in found))


if __name__ == "__main__":
    exit_with(main)
