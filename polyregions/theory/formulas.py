# SPDX-License-Identifier: MIT
"""Numbers of regions as exact integers: arrangements, and bounds for deep networks.

The functions of several layers take the dimension d of the domain and ``layers``; a
layer says how many breakpoints each of its units has.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import prod

from .arguments import whole


@dataclass(frozen=True, slots=True)
class HiddenLayer:
    """Units of a layer by their number of breakpoints.

    Attributes
    ----------
    units : (breakpoints, how many units have so many), breakpoints increasing
    dies : every unit has one breakpoint and is constant on one side of it, or all
        units have none; this is what Serra's argument needs
    relu : all units are ReLU
    central : every unit is linear on both sides of 0, and 0 there
    """

    units: tuple[tuple[int, int], ...]
    dies: bool
    relu: bool
    central: bool

    @property
    def width(self) -> int:
        """Number of units."""
        return sum(n for _, n in self.units)

    @property
    def cuts(self) -> int:
        """Number of breakpoints of all units."""
        return sum(k * n for k, n in self.units)

    def cells(self, dim: int) -> list[int]:
        """Return e_0 .. e_dim: what cuts a space of that dimension, by codimension.

        A unit with k breakpoints is k parallel hyperplanes. In general position there
        are e_j intersections of j of them, and as many regions as intersections
        (Zaslavsky 1975); e_j is elementary symmetric in the numbers of breakpoints.
        """
        out = [1]
        for breakpoints, n in self.units:
            if breakpoints:
                powers = [c * breakpoints**j for j, c in enumerate(binomials(n, dim))]
                out = _product(out, powers, dim)
        return out


def binomials(n: int, most: int) -> list[int]:
    """Return C(n, 0) .. C(n, min(n, most))."""
    out = [1]
    for i in range(min(n, most)):
        out.append(out[-1] * (n - i) // (i + 1))
    return out


def _product(a: Sequence[int], b: Sequence[int], degree: int) -> list[int]:
    """Multiply polynomials, dropping what is above the degree."""
    if len(a) == 1:
        return [a[0] * value for value in b]
    out = [0] * min(len(a) + len(b) - 1, degree + 1)
    for i, x in enumerate(a):
        for j, y in enumerate(b[: len(out) - i]):
            out[i + j] += x * y
    return out


# --- one arrangement ------------------------------------------------------------------


def zaslavsky(n: int, d: int) -> int:
    """Return the most regions into which n hyperplanes cut R^d: sum of C(n, i), i <= d.

    Attained in general position (Zaslavsky 1975).
    """
    n, d = whole(n, "n", least=0), whole(d, "d", least=0)
    return sum(binomials(n, d))


def zaslavsky_bounded(n: int, d: int) -> int:
    """Return how many of the regions of ``zaslavsky`` are bounded: C(n - 1, d)."""
    n, d = whole(n, "n", least=1), whole(d, "d", least=1)
    return binomials(n - 1, d)[d] if d < n else 0


def central_arrangement(n: int, d: int) -> int:
    """Return the most regions of n hyperplanes through 0: 2 sum of C(n - 1, i), i < d.

    Attained in general position among those; 1 without hyperplanes.
    """
    n, d = whole(n, "n", least=0), whole(d, "d", least=0)
    return 2 * sum(binomials(n - 1, d - 1)) if n and d else 1


# --- upper bounds for all networks of a shape -----------------------------------------


def patterns(layers: Sequence[HiddenLayer]) -> int:
    """Return the number of activation patterns; 2^N for N units of one breakpoint."""
    return prod((k + 1) ** n for layer in layers for k, n in layer.units)


def image_dims(dim: int, layers: Sequence[HiddenLayer]) -> Iterator[int]:
    """Yield min(d, n_1, .., n_(l-1)), the dimension that layer l can see."""
    for layer in layers:
        yield dim
        dim = min(dim, layer.width)


def montufar_upper(dim: int, layers: Sequence[HiddenLayer]) -> int:
    """Return the product of the regions of each layer's arrangement."""
    seen = zip(layers, image_dims(dim, layers), strict=True)
    return prod(sum(layer.cells(m)) for layer, m in seen)


def central_upper(dim: int, layers: Sequence[HiddenLayer]) -> int:
    """Return the same for networks without biases: all hyperplanes are central."""
    seen = zip(layers, image_dims(dim, layers), strict=True)
    return prod(central_arrangement(layer.cuts, m) for layer, m in seen)


def line_upper(layers: Sequence[HiddenLayer]) -> int:
    """Return the product of 1 + breakpoints: each crosses each piece at most once."""
    return prod(1 + layer.cuts for layer in layers)


def serra_upper(dim: int, layers: Sequence[HiddenLayer]) -> int:
    """Return the sum over (j_1 .. j_L) of the products of C(n_l, j_l).

    0 <= j_l <= min(d, n_1 - j_1, .., n_(l-1) - j_(l-1), n_l).

    Notes
    -----
    Runs over the layers with ways[m], the sum of the products so far whose running
    minimum is m. From m (at most n) the next minimum is m for j <= n - m, else n - j.
    Hence new[m] gets ways[m] times a sum of binomials, and new[e], for every e < m with
    n - e <= m, gets ways[m] C(n, e). With sums from the end that is linear in m.
    """
    ways = _from_dim(dim, layers)
    for layer in layers:
        n = layer.width
        ways = _clipped(ways, n)
        if not layer.cuts:
            continue
        row = binomials(n, len(ways))
        sums = list(accumulate(row))
        tails = [*reversed([*accumulate(reversed(ways))]), 0]
        ways = [
            ways[m] * sums[min(m, n - m)]
            + row[m] * tails[min(max(m + 1, n - m), len(ways))]
            for m in range(len(ways))
        ]
    return sum(ways)


def hinz_upper(dim: int, layers: Sequence[HiddenLayer]) -> int:
    """Return the 1-norm of B_(n_L) M .. B_(n_1) M e_d, the binomials clipped.

    M clips dimensions at the width. Column j of B_n tells how many regions of each
    image dimension a layer of n units makes of one of dimension j: C(n, k) of dimension
    min(j, n - k), for k = 0 .. j.
    """
    vector = _from_dim(dim, layers)
    for layer in layers:
        n = layer.width
        vector = _clipped(vector, n)
        if not layer.cuts:
            continue
        row = binomials(n, len(vector))
        image = [0] * len(vector)
        for j, value in enumerate(vector):
            for k in range(j + 1 if value else 0):
                image[min(j, n - k)] += row[k] * value
        vector = image
    return sum(vector)


def hinz_steps(dim: int, layers: Sequence[HiddenLayer]) -> int:
    """Return an upper bound of the multiplications of ``hinz_upper``."""
    seen = zip(layers, image_dims(dim, layers), strict=True)
    return sum((min(m, layer.width) + 1) ** 2 for layer, m in seen)


def _from_dim(dim: int, layers: Sequence[HiddenLayer]) -> list[int]:
    """Return the unit vector e_dim, clipped at the first width already."""
    return [0] * min(dim, *(layer.width for layer in layers[:1]), dim) + [1]


def _clipped(counts: Sequence[int], top: int) -> list[int]:
    """Add the entries above index ``top`` to that one."""
    return [*counts[:top], sum(counts[top:])] if len(counts) > top else [*counts]


# --- lower bounds: a network of the widths has so many --------------------------------


def zigzag_lower(dim: int, widths: Sequence[int]) -> int:
    """Return the product of floor(n_l / d)^d."""
    folds: int = prod(n // dim for n in widths) ** dim
    return folds


def montufar_lower(dim: int, widths: Sequence[int]) -> int:
    """Return the product of floor(n_l / d)^d for l < L, times Zaslavsky's of n_L."""
    return zigzag_lower(dim, widths[:-1]) * zaslavsky(widths[-1], dim)


def pascanu_lower(dim: int, widths: Sequence[int]) -> int:
    """Return the product of floor(n_l / d) for l < L, times Zaslavsky's of n_L."""
    return prod(n // dim for n in widths[:-1]) * zaslavsky(widths[-1], dim)


def serra_lower(dim: int, widths: Sequence[int]) -> int:
    """Return the product of (floor(n_l / d) + 1)^d for l < L, times Zaslavsky's."""
    folds: int = prod(n // dim + 1 for n in widths[:-1]) ** dim
    return folds * zaslavsky(widths[-1], dim)
