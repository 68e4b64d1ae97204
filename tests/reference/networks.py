# SPDX-License-Identifier: MIT
"""Exact networks and domains."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import inf
from numbers import Integral
from operator import mul
from typing import NamedTuple

Point = tuple[Fraction, ...]


class Unit(NamedTuple):
    """Continuous piecewise-linear function of one number.

    ``anchor`` is the value at the first breakpoint, or at 0 without breakpoints.
    """

    breakpoints: tuple[Fraction, ...]
    slopes: tuple[Fraction, ...]
    anchor: Fraction

    def __call__(self, z: Fraction) -> Fraction:
        """Return the value at z."""
        slope, intercept = self.pieces()[self.digit(z)]
        return slope * z + intercept

    def digit(self, z: Fraction) -> int:
        """Return the number of breakpoints strictly below z."""
        return sum(t < z for t in self.breakpoints)

    def pieces(self) -> tuple[tuple[Fraction, Fraction], ...]:
        """Return (slope, intercept) of every piece, from left to right."""
        first = self.breakpoints[0] if self.breakpoints else Fraction(0)
        pieces = [(self.slopes[0], self.anchor - self.slopes[0] * first)]
        for t, slope in zip(self.breakpoints, self.slopes[1:], strict=True):
            before, intercept = pieces[-1]
            pieces.append((slope, intercept + (before - slope) * t))
        return tuple(pieces)


def unit(breakpoints: Iterable, slopes: Iterable, anchor) -> Unit:
    """Return the unit, less the breakpoints with equal slopes on both sides."""
    ts, ss = [*map(exact, breakpoints)], [*map(exact, slopes)]
    if len(ss) != len(ts) + 1 or any(t >= u for t, u in pairwise(ts)):
        raise ValueError("need increasing breakpoints and one slope more")
    raw = Unit(tuple(ts), tuple(ss), exact(anchor))
    real = [j for j in range(len(ts)) if ss[j] != ss[j + 1]]
    first = ts[real[0]] if real else Fraction(0)
    return Unit(
        tuple(ts[j] for j in real), (ss[0], *(ss[j + 1] for j in real)), raw(first)
    )


def relu(n: int) -> list[Unit]:
    """Return n units max(0, z)."""
    return [unit([0], [0, 1], 0)] * n


def leaky_relu(n: int, slope) -> list[Unit]:
    """Return n units with the given slope left of 0 and slope 1 right of it."""
    return [unit([0], [slope, 1], 0)] * n


def absolute(n: int) -> list[Unit]:
    """Return n units abs(z)."""
    return [unit([0], [-1, 1], 0)] * n


def hardtanh(n: int, low=-1, high=1) -> list[Unit]:
    """Return n units min(max(z, low), high)."""
    return [unit([low, high], [0, 1, 0], low)] * n


def relu6(n: int) -> list[Unit]:
    """Return n units min(max(z, 0), 6)."""
    return hardtanh(n, 0, 6)


def identity(n: int) -> list[Unit]:
    """Return n units z."""
    return [unit([], [1], 0)] * n


@dataclass(frozen=True)
class Network:
    """Exact network: ``layers`` of (W, b), and the units of every hidden layer."""

    layers: tuple[tuple[tuple[Point, ...], Point], ...]
    units: tuple[tuple[Unit, ...], ...]
    n_inputs: int

    def __call__(self, x: Sequence) -> Point:
        """Return the exact output at x."""
        return self._forward(x)[1]

    def digits(self, x: Sequence) -> tuple[int, ...]:
        """Return the digits of the units with breakpoints at x."""
        return self._forward(x)[0]

    def _forward(self, x: Sequence) -> tuple[tuple[int, ...], Point]:
        h, digits = [exact(v) for v in x], []
        for k, (weight, bias) in enumerate(self.layers):
            z = [
                sum((w * v for w, v in zip(row, h, strict=True)), b)
                for row, b in zip(weight, bias, strict=True)
            ]
            if k == len(self.units):
                return tuple(digits), tuple(z)
            pairs = list(zip(self.units[k], z, strict=True))
            digits += [u.digit(v) for u, v in pairs if u.breakpoints]
            h = [u(v) for u, v in pairs]
        raise ValueError("a network needs an output layer")


Activations = Callable[[int], list[Unit]] | Sequence[Sequence[Unit]]


def network(layers: Sequence, activations: Activations = relu) -> Network:
    """Read (W, b) pairs exactly; the last one is the affine output layer.

    ``activations`` is a helper such as ``relu`` for all hidden layers, or one list of
    units, or triples (breakpoints, slopes, anchor), for every hidden layer.
    """
    stored = tuple(
        (
            tuple(tuple(exact(v) for v in row) for row in weight),
            tuple(exact(v) for v in bias),
        )
        for weight, bias in layers
    )
    widths = [len(bias) for _, bias in stored[:-1]]
    if callable(activations):
        activations = [activations(n) for n in widths]
    units = tuple(tuple(unit(*u) for u in layer) for layer in activations)
    if [len(layer) for layer in units] != widths:
        raise ValueError("one activation for every hidden unit")
    return Network(stored, units, len(stored[0][0][0]))


def exact(value) -> Fraction:
    """Return the number that is stored: integers, fractions and floats of any kind."""
    if isinstance(value, Fraction):
        return value
    return Fraction(int(value) if isinstance(value, Integral) else float(value))


def restrict(net: Network, origin: Sequence, directions: Sequence[Sequence]) -> Network:
    """Return t -> net(origin + t @ directions): the network on an affine slice."""
    (weight, bias), *rest = net.layers
    start = [exact(v) for v in origin]
    steps = [[exact(v) for v in step] for step in directions]
    sliced = tuple(tuple(dot(row, step) for step in steps) for row in weight)
    moved = tuple(b + dot(row, start) for row, b in zip(weight, bias, strict=True))
    return Network(((sliced, moved), *rest), net.units, len(steps))


def dot(u: Sequence, v: Sequence):
    return sum(map(mul, u, v))


def box(lo, hi, d: int) -> list[tuple[list[Fraction], Fraction]]:
    """Return the rows of the open box lo < x < hi; infinite ends give no row."""
    los, his = (v if hasattr(v, "__len__") else [v] * d for v in (lo, hi))
    rows = []
    for i in range(d):
        for end, sign in ((los[i], 1), (his[i], -1)):
            if abs(end) != inf:
                normal = [Fraction(sign * (i == j)) for j in range(d)]
                rows.append((normal, -sign * exact(end)))
    return rows
