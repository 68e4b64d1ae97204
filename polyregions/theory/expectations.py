# SPDX-License-Identifier: MIT
"""Expected numbers of regions of random networks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from ..errors import InvalidArgumentError
from .arguments import checked_widths, real, whole


def wang_k(n1: int, n2: int) -> Fraction:
    """Return K = sum over l of C(n1, l) (2^-l sum_{i <= l} C(n2 + l, i) - 1).

    K + 2^n1 is the expected number of activation regions of two hidden layers whose
    weights and biases have even densities, for n1 <= inputs: the second layer and the
    l coordinates that are positive cut R^l into sum_{i <= l} C(n2 + l, i) regions, and
    by symmetry each of the 2^l orthants holds as many in expectation.

    Notes
    -----
    With S_l the inner sum, S_(l+1) = 2 S_l - C(n2 + l, l) + C(n2 + l + 1, l + 1).
    """
    outer, inner, last = 1, 1, 1  # C(n1, l), S_l, C(n2 + l, l)
    total = 0  # of C(n1, l) S_l 2^(n1 - l)
    for l in range(n1 + 1):
        total += (outer * inner) << (n1 - l)
        after = last * (n2 + l + 1) // (l + 1)
        inner = 2 * inner - last + after
        outer, last = outer * (n1 - l) // (l + 1), after
    return Fraction(total - (1 << 2 * n1), 1 << n1)


def wang_one_unit_upper(n_layers: int) -> Fraction:
    """Return 1 + 2 (3/4)^(n - 1)."""
    return 1 + 2 * Fraction(3 ** (n_layers - 1), 4 ** (n_layers - 1))


def wang_two_units_lower(n_layers: int) -> Fraction:
    """Return 1 + (3/4)^(n - 1)."""
    return 1 + Fraction(3 ** (n_layers - 1), 4 ** (n_layers - 1))


def wang_two_units_upper(n_layers: int) -> Fraction:
    """Return 6 (175/64)^(n - 1)."""
    return 6 * Fraction(175 ** (n_layers - 1), 64 ** (n_layers - 1))


def expected_pieces(
    n_units: int,
    *,
    radius: float = math.inf,
    sigma_w: float = 1.0,
    sigma_b: float = 1.0,
) -> float:
    """Return the expected pieces of one hidden layer on a segment through 0.

    1 + n (2 / pi) atan(R sigma_w / sigma_b): a unit w x + b changes sign between -R
    and R when |b / w| < R, and b / w is Cauchy distributed.

    Parameters
    ----------
    n_units : units of the layer, each with one breakpoint at 0
    radius : R; the segment is that from -R v to R v with |v| = 1; infinite: the line
    sigma_w, sigma_b : standard deviations of the independent Gaussian weights, biases

    Raises
    ------
    InvalidArgumentError
        A number out of its range.
    """
    n = whole(n_units, "n_units", least=1)
    r = real(radius, "radius", positive=True)
    w = real(sigma_w, "sigma_w", positive=True)
    b = real(sigma_b, "sigma_b", positive=True)
    for name, sigma in (("sigma_w", w), ("sigma_b", b)):
        if math.isinf(sigma):
            raise InvalidArgumentError(f"{name} is inf; pass a finite number > 0")
    # atan2 takes any sizes: the product r * w itself might overflow.
    return 1 + n * (2 / math.pi) * math.atan2(r, b / w) if b / w < math.inf else 1.0


def hanin_rolnick_scale(widths: Sequence[int]) -> Fraction:
    """Return N^n0 / n0!, the practical scale of regions at initialisation.

    N hidden units, n0 inputs, meant for N >= n0 (Hanin and Rolnick 2019, arXiv
    1906.00904). A scale, no bound.
    """
    sizes = checked_widths(widths)
    return Fraction(sum(sizes[1:-1]) ** sizes[0], math.factorial(sizes[0]))


def hanin_rolnick_segment(
    widths: Sequence[int], *, length: float, constant: float
) -> float:
    """Return |I| T N + 1, an upper bound of the expected pieces on a segment.

    Parameters
    ----------
    widths : inputs, hidden widths, outputs
    length : |I|
    constant : T, the supremum over the units of their expected gradient norm times the
        density of their bias (Hanin and Rolnick 2019, arXiv 1901.09021)
    """
    sizes = checked_widths(widths)
    pieces = 1 + real(length, "length") * real(constant, "constant") * sum(sizes[1:-1])
    if not math.isfinite(pieces):
        raise InvalidArgumentError(
            f"length {length!r} times constant {constant!r} is too large; pass smaller "
            "ones"
        )
    return pieces
