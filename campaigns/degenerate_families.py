# SPDX-License-Identifier: MIT
"""The sixteen degenerate families of ``tests/corpus``: no wrong answer, all answered.

    python campaigns/degenerate_families.py [--networks 300] [--families scaled,slopes]

So many networks of each family, each on its three domains.  Every engine that applies
must have the cells, flags, neighbours and counts of the exact integers.  An exception
is no wrong answer but none: of 1000 problems at most one may stay without.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence
from typing import NamedTuple

import common
import corpus

LEAST_ANSWERED = 0.999


class Outcome(NamedTuple):
    """Of one network of a family, on all of its domains."""

    name: str
    seed: int
    problems: int
    regions: int
    wrong: list[str]
    unanswered: list[str]


def run(case: tuple[str, int]) -> Outcome:
    """Hold all engines to the exact integers."""
    from test_degenerate_families import assert_engines_equal_rational, problems

    name, seed = case
    out = Outcome(name, seed, len(given := problems(name, seed)), 0, [], [])
    for k, (net, domain) in enumerate(given):
        try:
            found = assert_engines_equal_rational(net, domain)
            out = out._replace(regions=out.regions + found)
        except AssertionError:
            where = traceback.format_exc(limit=-2)
            out.wrong.append(f"{name} {seed}, domain {k} {domain}: {where}")
        except Exception as error:
            text = f"{type(error).__name__}: {error}"
            out.unanswered.append(f"{name} {seed}, domain {k} {domain}: {text}")
    return out


def main(argv: Sequence[str] | None = None) -> int:
    """Run the campaign; return its exit status."""
    parser = common.parser(__doc__, "networks", 300)
    parser.add_argument("--families", default=",".join(corpus.DEGENERATE_FAMILIES))
    args = parser.parse_args(argv)
    numbers = common.numbers(args, args.networks)
    # All families at every step: a run that is stopped has seen some of each.
    cases = [
        (name, args.seed + k) for k in numbers for name in args.families.split(",")
    ]
    tally = common.Tally("campaign-degenerate")
    unanswered = 0
    with tally:
        for outcome in common.results(run, cases, args.processes):
            tally.add("networks")
            tally.add("problems", outcome.problems)
            tally.add("regions", outcome.regions)
            number = outcome.seed - args.seed
            command = common.again("degenerate_families", args, number)
            command = f"{command} --families {outcome.name}"
            for text in outcome.wrong:
                tally.fail(f"wrong: {text}", command)
            for text in outcome.unanswered:
                unanswered += 1
                print(f"no answer: {text}\n       {command}", flush=True)
            tally.progress(tally.counts["networks"], len(cases))
    answered = 1 - unanswered / max(1, tally.counts.get("problems", 0))
    shown = f"{100 * answered:.2f} % answered"
    return tally.end(shown, ok=answered >= LEAST_ANSWERED)


if __name__ == "__main__":
    sys.exit(main())
