# SPDX-License-Identifier: MIT
"""Constructions with a proved count (``papers.md`` A and D)."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import frexp, ldexp, prod

import numpy as np

from .random_networks import Layers


def sat(clauses: Sequence[Sequence[int]], n: int) -> Layers:
    """Return relu(1/5 - sum of dist(x_i, {0, 1}) - sum of unsatisfied clauses).

    A clause holds literals i or -i, i = 1..n; for n >= 2 the network has
    1 + 2^n * (number of solutions) linear regions.
    """
    rows, biases, out = [], [], []
    for i in range(n):
        for slope, bias, factor in ((-1, 0, 1), (1, 0, 1), (1, -0.5, -2), (1, -1, 2)):
            rows.append([slope * (j == i) for j in range(n)])
            biases.append(bias)
            out.append(-factor)
    for clause in clauses:
        rows.append([(-j in clause) - (j in clause) for j in range(1, n + 1)])
        biases.append(0.5 - sum(literal < 0 for literal in clause))
        out.append(-1)
    return [(rows, biases), ([out], [0.2]), ([[1]], [0])]


XOR = ((1, 2), (-1, -2))  # on two variables: linear 9, affine 7

# clauses, n, solutions, linear regions, and what a merger across one bit would give
SAT = (
    (((1, 2), (1, 3)), 3, 5, 41, 48),
    (((1,), (-1,)), 3, 0, 1, 12),  # papers.md says 27, which is the next one's
    (((1,), (-1,), (2,), (3,)), 3, 0, 1, 27),
    (((1,), (2,), (3,)), 3, 1, 9, 35),
)


def zigzag(folds: Sequence[int], n_inputs: int) -> Layers:
    """Return the network whose layers fold every coordinate, in integer weights.

    With u from the layer before, p >= 2 units relu(p u - 1), relu(1 - p u) and
    relu(p u - k), k = 2..p-1, give z = 1 - h_0 - h_1 + 2 h_2 - 2 h_3 + ...; the output
    is the sum of (j + 1) z_j.  Activation = linear = product of the folds^n_inputs.
    """
    inner = [([int(i == j) for i in range(n_inputs)], 0) for j in range(n_inputs)]
    layers = []
    for p in folds:
        units = [(p, -1), (-p, 1), *((p, -k) for k in range(2, p))]
        rows = [[s * v for v in u] for u, _ in inner for s, _ in units]
        biases = [s * c + t for _, c in inner for s, t in units]
        layers.append((rows, biases))
        z = [-1, -1, *(2 * (-1) ** k for k in range(2, p))]
        inner = [
            ([0] * (p * j) + z + [0] * (p * (n_inputs - 1 - j)), 1)
            for j in range(n_inputs)
        ]
    columns = zip(*(u for u, _ in inner), strict=True)
    output = [sum((j + 1) * v for j, v in enumerate(column)) for column in columns]
    return [*layers, ([output], [sum(j + 1 for j in range(n_inputs))])]


# (folds, inputs): activation = linear, affine (None: not known)
ZIGZAG = {((3,), 2): (9, 9), ((3, 3), 2): (81, 46), ((5, 3), 2): (225, 82)}


def theorem_scales(peaks: Sequence, s0=None) -> list[Fraction]:
    """Return s_0.. of Milkert's Theorem 3.1, one fewer than peaks; s_0 = a_0 a_1."""
    a = [Fraction(v) for v in peaks]
    s = [a[0] * a[1] if s0 is None else Fraction(s0)]
    for i in range(len(a) - 2):
        s.append(s[i] * (1 - a[i + 1]) * a[i + 2])
    return s


def triangular(peaks: Sequence, scales: Sequence, sign: int = -1, linear=1) -> Layers:
    """Return linear x + sign sum s_i W_i(x), division-free, with dyadic weights.

    One hidden layer for every scale; peaks have at most 16 bits.  With
    ``theorem_scales`` there are 2^d regions on [0, 1], and 3 or 2^d + 2 on R.
    """
    a = [Fraction(v) for v in peaks]
    shrink = [v * (1 - v) for v in a]
    sigma = [
        sign * _rounded(s / prod(shrink[: i + 1], start=Fraction(1)))
        for i, s in enumerate(scales)
    ]
    layers = [([[linear], [1], [1], [0]], [0, 0, -a[0], 1])]
    for i in range(1, len(scales)):
        b = a[i - 1]
        rows = [
            [1, sigma[i - 1] * (1 - b), -sigma[i - 1], 0],
            [0, 1 - b, -1, 0],
            [0, 1 - b, -1, -shrink[i - 1] * a[i]],
            [0, 0, 0, shrink[i - 1]],
        ]
        layers.append((rows, [0, 0, 0, 0]))
    last, b = sigma[-1], a[len(scales) - 1]
    layers.append(([[1, last * (1 - b), -last, 0]], [0]))
    return [
        ([[_float(v) for v in row] for row in rows], [_float(v) for v in bias])
        for rows, bias in layers
    ]


def _rounded(value) -> Fraction:
    """Round to 30 significant bits."""
    mantissa, exponent = frexp(value)
    return Fraction(ldexp(round(ldexp(mantissa, 30)), exponent - 30))


def _float(value) -> float:
    if Fraction(float(value)) != value:
        raise ValueError(f"{value} is no float64")
    return float(value)


def triangular_paper(
    peaks: Sequence, scales: Sequence, sign: int = -1, linear=1
) -> Layers:
    """Return the same function with the paper's weights, as exact fractions.

    Rounded to float64 they give slivers: more than 2^d regions.
    """
    a, s = [Fraction(v) for v in peaks], [Fraction(v) for v in scales]
    layers = [([[linear], [1], [1], [0]], [0, 0, -a[0], 1])]
    for i in range(1, len(s) + 1):
        step = s[i - 1] / (s[i - 2] if i > 1 else 1)
        u, v = step / a[i - 1], -step / (a[i - 1] - a[i - 1] ** 2)
        top = [1, sign * u, sign * v, 0]
        if i == len(s):
            return [*layers, ([top], [0])]
        rows = [top, [0, u, v, 0], [0, u, v, -step * a[i]], [0, 0, 0, step]]
        layers.append((rows, [0, 0, 0, 0]))
    raise ValueError("need a scale")


# peaks, scales, sign, linear; on [0, 1]: activation, linear: a kink cancels
TRIANGULAR_CANCEL = (
    ((0.5, 0.5), (Fraction(1), Fraction(1, 2)), 1, 0),
    (4, 3),
)


def dyadic_peaks(n: int, seed: int) -> list[float]:
    """Return n random peaks in (0.2, 0.8), multiples of 2^-16."""
    rng = np.random.default_rng(seed)
    return [round(v * 65536) / 65536 for v in rng.uniform(0.2, 0.8, n)]
