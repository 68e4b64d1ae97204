# SPDX-License-Identifier: MIT
"""Puts the tables of JSON files into README.md, each after the comment that names it.

    python benchmarks/page.py build/bench-*.json

The date and the machine at the head of the figures are written by hand.
"""

import argparse
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from complexes import complex_table
from engines import engine_table, summary
from filters import filter_table
from integers import integer_table
from kernels import kernel_table
from large import large_table
from peers import peer_table
from pictures import picture_table
from proofs import page_table
from study_proofs import experiment_table
from suite import HERE, InputError, Parser, exit_with, read_record
from tracking import tracking_table

PAGE = HERE / "README.md"
TABLES: dict[str, Callable[..., str]] = {
    "complexes.py": complex_table,
    "corpus.py": lambda content, *, markdown: summary(content),
    "engines.py": engine_table,
    "filters.py": filter_table,
    "large.py": large_table,
    "integers.py": integer_table,
    "kernels.py": kernel_table,
    "peers.py": peer_table,
    "pictures.py": picture_table,
    "proofs.py": page_table,
    "study_proofs.py": experiment_table,
    "tracking.py": tracking_table,
}


def with_table(page: str, content: dict[str, Any], path: Path) -> str:
    """Return the page with the lines after the record's comment replaced."""
    script = content.get("script")
    if script not in TABLES:
        raise InputError(f"{path}: not of a script with a table in the page")
    options = [o for o in ("degenerate", "billion") if content.get(o)]
    name = " --".join([str(script), *options])
    text = TABLES[script](content, markdown=True)
    block = re.compile(rf"(<!-- {re.escape(name)} -->\n)(?:.+\n)*")
    page, found = block.subn(lambda match: f"{match[1]}{text}\n", page)
    if found != 1:
        raise InputError(f"{PAGE.name}: no one comment <!-- {name} -->")
    return page


def main() -> int:
    """Renew the page."""
    parser = Parser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE.json")
    page = PAGE.read_text(encoding="utf-8")
    for path in parser.parse_args().files:
        page = with_table(page, read_record(path), path)
    PAGE.write_text(page, encoding="utf-8")
    return 0


if __name__ == "__main__":
    exit_with(main)
