# SPDX-License-Identifier: MIT
"""Lines of ``csrc/`` that tests ran, of an instrumented build: ``make coverage``.

    python campaigns/coverage.py build/objects-... [--least 90]

Reads what gcov says of every translation unit; a line of a header counts as run when it
ran in any of them.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import common

SHOWN = 5  # files with the smallest shares


def lines_run(objects: Path) -> dict[str, dict[int, bool]]:
    """Return, by file of ``csrc/``, which of its lines ran."""
    found: dict[str, dict[int, bool]] = defaultdict(dict)
    for counts in sorted(objects.rglob("*.gcda")):
        command = ["gcov", "--json-format", "--stdout", str(counts)]
        text = subprocess.run(command, capture_output=True, text=True, check=True)
        for line in text.stdout.splitlines():
            for file in json.loads(line)["files"]:
                name = file["file"]
                if not name.startswith("csrc/"):
                    continue
                own = found[name]
                for entry in file["lines"]:
                    number = entry["line_number"]
                    own[number] = own.get(number, False) or entry["count"] > 0
    return found


def main(argv: Sequence[str] | None = None) -> int:
    """Print the summary; return its exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("objects", type=Path, help="folder with the .gcda files")
    parser.add_argument("--least", type=float, default=0.0, help="per cent")
    parser.add_argument("--missing", help="a file whose lines to list that did not run")
    args = parser.parse_args(argv)
    found = lines_run(args.objects)
    if args.missing:
        print(*(n for n, ran in sorted(found[args.missing].items()) if not ran))
        return 0
    n_lines = sum(map(len, found.values()))
    n_run = sum(sum(own.values()) for own in found.values())
    shares = sorted(
        (sum(own.values()) / len(own), name) for name, own in found.items() if own
    )
    least = ", ".join(
        f"{name.removeprefix('csrc/')} {100 * share:.0f} %"
        for share, name in shares[:SHOWN]
    )
    share = 100 * n_run / max(1, n_lines)
    tally = common.Tally("coverage")
    shown = f"{share:.1f} % of {n_lines} lines of csrc ran (least: {least})"
    return tally.end(shown, ok=n_lines > 0 and share >= args.least)


if __name__ == "__main__":
    sys.exit(main())
