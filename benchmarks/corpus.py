# SPDX-License-Identifier: MIT
"""Checks every network of known count on every engine that applies, and times it.

    python benchmarks/corpus.py [--seconds 10] [--engine NAME] [--out FILE.json]

The networks are those of tests/corpus: the random recipes with all their seeds, the
degenerate ones, and the constructions with a closed form. An engine that --seconds
stops is checked only in so far as its count must not exceed the known one. Exit status
1 where a count is wrong.
"""

from engines import all_engines, engine_table, measured, n_wrong, summary
from suite import (
    Case,
    InputError,
    check_out,
    degenerate,
    exit_with,
    intw,
    parser,
    read_record,
    recipes,
    record,
    selected,
    torchd,
    uniform,
    write_record,
)


def all_cases() -> list[Case]:
    """Return the whole corpus, each family from small to large as in its table."""
    out = []
    for recipe, counts in (
        (uniform, recipes.UNIFORM),
        (torchd, recipes.TORCHD),
        (intw, recipes.INTW),
    ):
        for key, seeds in counts.items():
            out += [recipe(key[0], key[1], seed) for seed in range(len(seeds))]
    return [*out, *degenerate(), *definitions(), *closed_forms(), *constructions()]


def definitions() -> list[Case]:
    """Return the networks that separate the definitions of a region."""
    return [
        Case(
            name=f"definition {name}",
            draw=lambda known=known: known.layers,
            radius=1.0 if known.boxed else None,
            activation=known.activation,
            linear=known.linear,
        )
        for name, known in recipes.DEFINITIONS.items()
    ]


def closed_forms() -> list[Case]:
    """Return Zaslavsky's arrangements, and epoch 0 of Qi and Wei."""
    planes = [
        Case(
            name=f"zaslavsky d{d} (16)",
            draw=lambda d=d: recipes.uniform(d, (16,), 1),
            radius=None,
            activation=count,
        )
        for d, count in recipes.ZASLAVSKY_16.items()
    ]
    epoch_0 = [
        Case(
            name=f"torchd d2 ({k},{k},{k}) seed 5",
            draw=lambda k=k: recipes.torchd(2, (k, k, k), 5, 2),
            radius=1.0,
            activation=counts[-1],
        )
        for k, counts in recipes.QI.items()
    ]
    return planes + epoch_0


def constructions() -> list[Case]:
    """Return zigzags, whose cells all have maps of their own, and formulas."""
    formulas = [(recipes.XOR, 2, 9), *((row[0], row[1], row[3]) for row in recipes.SAT)]
    return [
        Case(
            name=f"sat {' '.join(''.join(f'{v:+}' for v in c) for c in clauses)}",
            draw=lambda clauses=clauses, n=n: recipes.sat(clauses, n),
            radius=None,
            activation=None,
            linear=linear,
        )
        for clauses, n, linear in formulas
    ] + [
        Case(
            name=f"zigzag d{n} ({','.join(map(str, folds))})",
            draw=lambda folds=folds, n=n: recipes.zigzag(folds, n),
            radius=None,
            activation=linear,
            linear=linear,
        )
        for (folds, n), (linear, _affine) in recipes.ZIGZAG.items()
    ]


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
