# SPDX-License-Identifier: MIT
"""The networks of tests/corpus, all of known counts, as cases of the scripts here."""

from suite import Case, degenerate, intw, recipes, torchd, uniform


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
