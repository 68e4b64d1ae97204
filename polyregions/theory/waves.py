# SPDX-License-Identifier: MIT
"""Triangular waves in exact fractions: x^2, slope jumps, errors of interpolants.

Milkert, Hyde, Laine (ICML 2025, arXiv 2311.18022); Yarotsky (2017) is the case of all
peaks 1/2. The notation is that of ``polyregions.triangular_weights``; no torch here.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from ..domain import Domain
from ..enumeration import enumerate_regions
from ..errors import InvalidArgumentError
from ..network import Network
from ..triangular_weights import exact_layers, theorem_scales
from .arguments import listed, whole

MOST_LAYERS = 20  # 2^20 breakpoints


def yarotsky_network(depth: int) -> Network:
    """Return the network whose function on [0, 1] is x^2 to 4^-(depth + 1), exactly.

    x - sum_i 4^-(i + 1) W_i(x) with all peaks 1/2 (Yarotsky 2017, Proposition 2): the
    interpolant of x^2 at the multiples of 2^-depth; 2^depth linear regions.

    Raises
    ------
    InvalidArgumentError
        The depth is no integer >= 1.
    """
    d, half = whole(depth, "depth", least=1), Fraction(1, 2)
    # first = 1 / (1 - a_0) = 2 and sums[i] = a_(i+1): Theorem 3.1 with gain 1.
    layers = exact_layers([half] * d, [half] * d, Fraction(2), Fraction(1), -1)
    return Network(
        [
            (
                np.array([[float(entry) for entry in row] for row in rows]),
                np.array([float(entry) for entry in biases]),
            )
            for rows, biases in layers
        ]
    )


def wave(peaks: Sequence[Any], x: Any) -> Fraction:
    """Return W(x) = (T_last o .. o T_0)(x), x in [0, 1]; x itself without peaks."""
    value = Fraction(x)
    for peak in _fractions(peaks, "peaks"):
        value = value / peak if value <= peak else (1 - value) / (1 - peak)
    return value


def wave_breakpoints(peaks: Sequence[Any]) -> list[Fraction]:
    """Return the 2^d + 1 points between which all d waves are affine, in order.

    They are where the last wave is 0 or 1, and the ends 0 and 1: with these peaks the
    network bends there on [0, 1], and nowhere else.
    """
    a = _fractions(peaks, "peaks")
    if len(a) > MOST_LAYERS:
        raise InvalidArgumentError(f"{len(a)} peaks; pass at most {MOST_LAYERS}")
    points = [Fraction(0), Fraction(1)]
    for peak in reversed(a):  # the points that T maps onto those found so far
        rising = [peak * point for point in points]
        falling = [1 - (1 - peak) * point for point in reversed(points)]
        points = rising + falling[1:]
    return points


def wave_scales(peaks: Sequence[Any], first: Any = None) -> list[Fraction]:
    """Return s_0 .. s_(d-1) of Theorem 3.1 for peaks a_0 .. a_d.

    Parameters
    ----------
    first : s_0; a_0 a_1 by default, the most that a network of sign -1 and linear term
        x holds
    """
    a = _fractions(peaks, "peaks")
    if len(a) < 2:
        raise InvalidArgumentError(f"{len(a)} peaks; pass d + 1, two or more")
    gain = Fraction(1) if first is None else Fraction(first) / (a[0] * a[1])
    return theorem_scales(a, gain)


def slope_jumps(peaks: Sequence[Any], scales: Sequence[Any]) -> list[Fraction]:
    """Return how sharply sum_i s_i W_i bends where wave k has its peaks, for every k.

    Where W_(k-1) has slope m and W_k is 1, the slope of the sum jumps by
    |m| / (a_k (1 - a_k)) times the k-th number:

        -s_k + (s_(k+1) + s_(k+2) / a_(k+2) + s_(k+3) / (a_(k+2) a_(k+3)) + ..)
               / (1 - a_(k+1))

    All of them tend to 0 with the depth, and the limit is differentiable, exactly for
    s_(i+1) = s_i (1 - a_(i+1)) a_(i+2) (Theorem 3.1); then the k-th of d numbers is
    -s_k prod_(j >= k + 2) (1 - a_j), j up to d, below 0: strictly concave.

    Parameters
    ----------
    peaks : a_0 .. a_(d-1), or more
    scales : s_0 .. s_(d-1)

    Returns
    -------
    list of d Fraction
        A number 0: the bend cancels, and linear regions join.
    """
    s = _fractions(scales, "scales", inside=False)
    a = _fractions(peaks, "peaks")
    if len(a) < len(s):
        raise InvalidArgumentError(f"{len(a)} peaks for {len(s)} scales; pass as many")
    jumps = []
    for k, scale in enumerate(s):
        series, product = Fraction(0), Fraction(1)
        for i in range(k + 1, len(s)):
            if i > k + 1:
                product *= a[i]
            series += s[i] / product
        after = series / (1 - a[k + 1]) if k + 1 < len(s) else Fraction(0)
        jumps.append(after - scale)
    return jumps


def square_error(network: Network) -> Fraction:
    """Return the largest error |F(x) - x^2| on [0, 1], from the exact regions.

    On a piece with the value w x + b the error is a parabola: at most at an end or,
    with the other sign, at w / 2.

    Raises
    ------
    InvalidArgumentError
        The network does not have one input and one output.
    """
    if (network.n_inputs, network.n_outputs) != (1, 1):
        raise InvalidArgumentError(
            f"{network!r} has {network.n_inputs} inputs and {network.n_outputs} "
            "outputs; pass a network with one of each"
        )
    cells = enumerate_regions(network, Domain.box(0, 1, dim=1))
    largest = Fraction(0)
    for cell in cells:
        [[slope, offset]] = cell.exact_value
        ends = _ends(cell.exact_restrictions)
        places = [*ends, *([slope / 2] if ends[0] < slope / 2 < ends[1] else [])]
        largest = max(largest, *(abs(slope * x + offset - x * x) for x in places))
    return largest


def _ends(restrictions: Sequence[Sequence[Any]]) -> list[Fraction]:
    """Return the ends of an interval of rows (u, s): u x + s <= 0."""
    return sorted(Fraction(-Fraction(s), u) for u, s in restrictions)


def _fractions(values: Any, what: str, *, inside: bool = True) -> list[Fraction]:
    """Return a list as fractions, floats as they are; ``inside`` (0, 1)."""
    out = []
    for k, value in enumerate(listed(values, what, "numbers")):
        try:
            number = Fraction(value)
        except (TypeError, ValueError, OverflowError):
            raise InvalidArgumentError(
                f"{what}[{k}] is {value!r}; pass a number"
            ) from None
        if inside and not 0 < number < 1:
            raise InvalidArgumentError(
                f"{what}[{k}] is {value}; pass numbers in (0, 1)"
            )
        out.append(number)
    return out
