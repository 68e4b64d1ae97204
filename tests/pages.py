# SPDX-License-Identifier: MIT
"""What is written by ``reproduce``: tables as CSV, and those of a page."""

import csv
import re


def rows(path):
    """Rows of a CSV table, as text."""
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def tables(path):
    """Tables of a page: titles and rows, split into cells."""
    found = []
    text = path.read_text(encoding="utf-8")
    for block in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        titles, line, *rest = (row[2:-2].split(" | ") for row in block.splitlines())
        assert set(line) == {"---"}
        assert {len(row) for row in rest} == {len(titles)}, titles
        found.append((titles, rest))
    return found
