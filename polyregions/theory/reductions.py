# SPDX-License-Identifier: MIT
"""Networks whose number of linear regions counts the solutions of a formula."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ..errors import InvalidArgumentError
from ..network import Network
from .arguments import listed, whole

# relu(-x) + relu(x) - 2 relu(x - 1/2) + 2 relu(x - 1), the distance of x to {0, 1}:
# slope, bias, factor
_DISTANCE = ((-1.0, 0.0, 1.0), (1.0, 0.0, 1.0), (1.0, -0.5, -2.0), (1.0, -1.0, 2.0))
_HEIGHT = 0.25
MOST_VARIABLES = 2000  # 128 MB of weights


def sat_network(
    clauses: Iterable[Iterable[int]], n_variables: int | None = None
) -> Network:
    """Return a network with 1 + 2^n linear regions a solution of a formula.

    For n >= 2 variables and s solutions there are 1 + 2^n s linear regions on all of
    R^n; for n = 1 there are 1 + 3 s, for there each bump parts what is around it. Hence
    it is NP-hard to tell whether a network has more than K linear regions (Wang 2022,
    Theorem 3.2).

    Parameters
    ----------
    clauses : clauses of a formula in conjunctive normal form
        A literal is i or -i, for i = 1 .. n. Literals may repeat; a clause with i and
        -i is always true and is left out; a clause without literals is never true.
    n_variables : n; None for the largest variable in the clauses

    Returns
    -------
    Network
        Two hidden layers: 4 n + clauses units, then 1; dyadic weights.

    Raises
    ------
    InvalidArgumentError
        A literal that is 0, no integer or beyond n; no variables.

    Notes
    -----
    f = relu(1/4 - t - sum over clauses c of relu(1/2 - v_c)), where t is the sum of
    the distances of x_i to {0, 1} and v_c the sum of the values x_i or 1 - x_i of c's
    literals. Where t <= 1/4 every literal is within t of its value at the nearest
    vertex. If the vertex is a solution then v_c >= 1 - t > 1/2, and f = 1/4 - t: a bump
    of 2^n pieces. Else v_c <= t for some c, and f <= relu(1/4 - t - 1/2 + t) = 0.
    """
    checked, n = _checked_clauses(clauses, n_variables)
    slopes, shifts, factors = np.array(_DISTANCE).T
    weight = np.zeros((4 * n + len(checked), n))
    bias = np.concatenate([np.tile(shifts, n), np.full(len(checked), 0.5)])
    output = -np.concatenate([np.tile(factors, n), np.ones(len(checked))])
    weight[: 4 * n] = np.kron(np.eye(n), slopes[:, None])
    for unit, clause in enumerate(checked, start=4 * n):
        for literal in clause:
            weight[unit, abs(literal) - 1] = -1 if literal > 0 else 1
            bias[unit] -= literal < 0
    return Network([(weight, bias), (output[None], [_HEIGHT]), ([[1]], [0])])


def _checked_clauses(
    clauses: Any, n_variables: int | None
) -> tuple[list[tuple[int, ...]], int]:
    """Return the clauses that can fail, each literal and each clause once, and n."""
    n = None if n_variables is None else whole(n_variables, "n_variables", least=1)
    read = [
        _literals(k, clause, n)
        for k, clause in enumerate(
            listed(clauses, "clauses", "clauses, like [(1, -2)]")
        )
    ]
    if n is None:
        n = max((abs(literal) for clause in read for literal in clause), default=0)
    if not 1 <= n <= MOST_VARIABLES:
        raise InvalidArgumentError(
            f"the clauses have {n} variables; pass n_variables from 1 to "
            f"{MOST_VARIABLES}"
        )
    kept = [
        tuple(sorted(set(clause)))
        for clause in read
        if not any(-literal in clause for literal in clause)
    ]
    return list(dict.fromkeys(kept)), n


def _literals(k: int, clause: Any, n: int | None) -> Sequence[int]:
    what = f"clauses[{k}]"
    literals = []
    for j, entry in enumerate(listed(clause, what, "literals, like (1, -2)")):
        literal = whole(entry, f"{what}[{j}]")
        if literal == 0 or (n is not None and abs(literal) > n):
            raise InvalidArgumentError(
                f"{what}[{j}] is {literal}; pass i or -i for variables i = 1 .. "
                f"{'n' if n is None else n}"
            )
        literals.append(literal)
    return literals
