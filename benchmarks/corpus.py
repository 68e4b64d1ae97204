# SPDX-License-Identifier: MIT
"""Checks every network of known count on every engine that applies, and times it.

    python benchmarks/corpus.py [--seconds 10] [--engine NAME] [--out FILE.json]

The networks are those of tests/corpus: the random recipes with all their seeds, the
degenerate ones, and the constructions with a closed form. An engine that --seconds
stops is checked only in so far as its count must not exceed the known one. Exit status
1 where a count is wrong.
"""

from cases import all_cases
from engines import all_engines, engine_table, measured, n_wrong, summary
from suite import (
    InputError,
    check_out,
    exit_with,
    parser,
    read_record,
    record,
    selected,
    write_record,
)


def chosen_engines(names: list[str] | None) -> tuple[str, ...]:
    """Return the engines asked for; all without a choice."""
    known = all_engines()
    for name in names or ():
        if name not in known:
            raise InputError(f"--engine {name}: pass one of {', '.join(known)}")
    return tuple(names) if names else known


def main() -> int:
    """Check what the command line asks for."""
    options = parser(__doc__, seconds=10.0)
    options.add_argument(
        "--engine", action="append", metavar="NAME", help="this engine only; repeatable"
    )
    arguments = options.parse_args()
    if arguments.load is not None:
        content = read_record(arguments.load)
    else:
        check_out(arguments.out)
        engines = chosen_engines(arguments.engine)
        cases = selected(all_cases(), arguments.only, lambda case: case.name)
        rows = [measured(case, engines, seconds=arguments.seconds) for case in cases]
        content = record(rows, seconds=arguments.seconds)
        if arguments.out is not None:
            write_record(arguments.out, content)
    print(engine_table(content, markdown=arguments.markdown))
    print(f"\n{summary(content)}")
    return int(n_wrong(content["rows"]) > 0)


if __name__ == "__main__":
    exit_with(main)
