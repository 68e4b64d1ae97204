# SPDX-License-Identifier: MIT
"""Weights of triangular-wave networks: one definition for fractions, floats, tensors.

Milkert, Hyde, Laine (ICML 2025, arXiv 2311.18022). A triangle of peak a in (0, 1) is
T(x) = x / a on [0, a] and (1 - x) / (1 - a) on [a, 1]; waves are W_i = T_i o .. o T_0,
with 2^(i + 1) pieces; the network is F(x) = c x +- sum_i s_i W_i(x). Every hidden layer
has four units (sum, t1, t2, bias); d of them carry the peaks a_0 .. a_(d-1).

Both forms below are functions of any numbers that add, multiply and divide, so that the
theory has them in fractions and the trainable module in tensors. Nothing here imports
torch.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

Layers = list[tuple[list[list[Any]], list[Any]]]  # (weight rows, biases), output last


def exact_layers(
    peaks: Sequence[Any], sums: Sequence[Any], first: Any, linear: Any, sign: int
) -> Layers:
    """Return the division-free form: dyadic peaks give dyadic weights.

    t1 = relu(Y) and t2 = relu(Y - theta) of the layer before give the next wave
    Y_i = (1 - a_i) t1 - t2. Its maximum is (1 - a_i) theta_i, so the next threshold is
    theta_(i+1) = a_(i+1) (1 - a_i) theta_i, and theta is what the bias unit carries.
    No weight is a product of more than two peaks, at any depth: peaks of 26 bits give
    weights of 52, which float64 holds.

    Parameters
    ----------
    peaks : a_0 .. a_(d-1)
    sums : d numbers; the sum unit adds sign sums[i] Y_i
    first : factor k of the input of t1 and t2: Y_i = k p_i W_i with
        p_i = prod_(j <= i) a_j (1 - a_j)
    linear : c
    sign : 1 or -1
    """
    theta = first * peaks[0]
    layers: Layers = [([[linear], [first], [first], [0]], [0, 0, -theta, theta])]
    for i, peak in enumerate(peaks):
        fall = 1 - peak
        total = [1, sign * sums[i] * fall, -sign * sums[i], 0]
        if i == len(peaks) - 1:
            layers.append(([total], [0]))
            break
        wave, step = [0, fall, -1], peaks[i + 1] * fall
        rows = [total, [*wave, 0], [*wave, -step], [0, 0, 0, step]]
        layers.append((rows, [0, 0, 0, 0]))
    return layers


def paper_layers(
    peaks: Sequence[Any], ratios: Sequence[Any], linear: Any, sign: int
) -> Layers:
    """Return the paper's form, with 1 / a: t1 carries s_(i-1) W_(i-1).

    In float64 the quotients are rounded, triangles miss 0 and 1 by an ulp, and true
    sliver regions appear; exact counts show them.

    Parameters
    ----------
    peaks : a_0 .. a_(d-1)
    ratios : S_i = s_i / s_(i-1), d numbers; s_(-1) = 1
    linear, sign : c, and 1 or -1
    """
    layers: Layers = [([[linear], [1], [1], [0]], [0, 0, -peaks[0], 1])]
    for i, peak in enumerate(peaks):
        ratio = ratios[i]
        rise, turn = ratio / peak, -ratio / (peak - peak * peak)
        total = [1, sign * rise, sign * turn, 0]
        if i == len(peaks) - 1:
            layers.append(([total], [0]))
            break
        wave = [0, rise, turn]
        last = [0, 0, 0, ratio]
        rows = [total, [*wave, 0], [*wave, -ratio * peaks[i + 1]], last]
        layers.append((rows, [0, 0, 0, 0]))
    return layers


def theorem_scales(peaks: Sequence[Any], gain: Any) -> list[Any]:
    """Return s_0 .. s_(d-1) of Theorem 3.1 for peaks a_0 .. a_d, the last one spare.

    s_0 = gain a_0 a_1, s_(i+1) = s_i (1 - a_(i+1)) a_(i+2): then F is differentiable
    in the limit, and with sign 1 every truncation is strictly concave, with -1 convex.
    """
    scales = [gain * peaks[0] * peaks[1]]
    scales += [(1 - peak) * after for peak, after in pairwise(peaks[1:])]
    return running_products(scales)


def running_products(factors: Sequence[Any]) -> list[Any]:
    """Return f_0, f_0 f_1, f_0 f_1 f_2, .."""
    products = list(factors[:1])
    for factor in factors[1:]:
        products.append(products[-1] * factor)
    return products


def heights(peaks: Sequence[Any]) -> list[Any]:
    """Return p_i = prod_(j <= i) a_j (1 - a_j): Y_i = p_i W_i where ``first`` is 1."""
    return running_products([peak * (1 - peak) for peak in peaks])


def share_sums(peaks: Sequence[Any], shares: Sequence[Any], gain: Any) -> list[Any]:
    """Return the ``sums`` of ``exact_layers`` (first = 1) for shares b_0 .. b_(d-1).

    Of the slope ``gain`` at 0, wave i takes the share b_i of what the waves before it
    left: s_i = gain a_0 .. a_i b_i prod_(j < i) (1 - b_j). For b in [0, 1] these are
    all scales >= 0 whose slope at 0 is at most ``gain``, and Theorem 3.1 is b_i =
    a_(i+1).
    """
    left, sums = gain, []
    for peak, share in zip(peaks, shares, strict=True):
        left = left / (1 - peak)
        sums.append(left * share)
        left = left * (1 - share)
    return sums


def shares_of(peaks: Sequence[Any], sums: Sequence[Any]) -> tuple[Any, list[Any]]:
    """Return the gain and the shares whose ``share_sums`` are these."""
    falls = running_products([1 - peak for peak in peaks])
    parts = [total * fall for total, fall in zip(sums, falls, strict=True)]
    left = gain = sum(parts)
    shares = []
    for k, part in enumerate(parts):
        left = sum(parts[k:])  # not by differences, which would cancel
        shares.append(part / left if left else left)
    return gain, shares


def slope_at_zero(peaks: Sequence[Any], sums: Sequence[Any], first: Any) -> Any:
    """Return sum_i s_i / (a_0 .. a_i), the slope of the sum of waves at 0.

    A wave is at most its slope at 0 times x, so with sign -1 the sum unit is never
    below 0 on [0, 1] exactly where c is at least this.
    """
    falls = running_products([1 - peak for peak in peaks])
    return first * sum(a * b for a, b in zip(sums, falls, strict=True))
