# SPDX-License-Identifier: MIT
"""Families of random networks that are degenerate in one way each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np

from .random_networks import Layers, intw

Drawn = tuple[Layers, float | None]
Hidden = Sequence[int]  # widths of the hidden layers; every family has its own default


def family(name: str, seed: int, d: int) -> Drawn:
    """Return (layers, LeakyReLU slope or None for ReLU) of one degenerate family.

    Meant for the box [-1, 1]^d, in which some have hyperplanes on facets, and for R^d.
    """
    return FAMILIES[name](np.random.default_rng(seed), d)


def _dense(rng, *sizes: int) -> Layers:
    """Return generic layers; families spoil them."""
    return [
        (rng.uniform(-1, 1, (n, m)), rng.uniform(-1, 1, n)) for m, n in pairwise(sizes)
    ]


def _copies(factors: Callable) -> Callable[..., Drawn]:
    """Return the family whose last units of a layer are multiples of its first ones."""

    def draw(rng, d: int, hidden: Hidden = (5, 5)) -> Drawn:
        layers = _dense(rng, d, *hidden, 1)
        for weight, bias in layers[:-1]:
            copies = 2 * len(bias) // 5
            for original, copy in enumerate(range(len(bias) - copies, len(bias))):
                factor = factors(rng)
                weight[copy], bias[copy] = (
                    factor * weight[original],
                    factor * bias[original],
                )
        return layers, None

    return draw


def _shifted(shift: Callable) -> Callable[..., Drawn]:
    """Return the family with parallel units: equal normals, biases moved by a shift."""

    def draw(rng, d: int, hidden: Hidden = (5, 4)) -> Drawn:
        layers = _dense(rng, d, *hidden, 1)
        for weight, bias in layers[:-1]:
            weight[2:4] = weight[0]
            bias[2], bias[3] = bias[0] + shift(rng), bias[0] - shift(rng)
        return layers, None

    return draw


def _nearly_parallel(rng, d: int, hidden: Hidden = (4, 4)) -> Drawn:
    """Normals and biases that agree to 7..13 digits."""
    layers = _dense(rng, d, *hidden, 1)
    for weight, bias in layers[:-1]:
        for copy in (1, 2):
            off = 10.0 ** -rng.integers(7, 14)
            weight[copy] = weight[0] + off * rng.uniform(-1, 1, weight.shape[1])
            bias[copy] = bias[0] + off * rng.uniform(-1, 1)
    return layers, None


def _concurrent(rng, d: int, hidden: Hidden = (6, 4)) -> Drawn:
    """All hyperplanes of the first layer pass through one dyadic point."""
    layers = _dense(rng, d, *hidden, 1)
    point = rng.integers(-4, 5, d) / 8
    weight = rng.integers(-8, 9, (hidden[0], d)) / 8
    layers[0] = (weight, -(weight @ point))
    return layers, None


def _zero_rows(rng, d: int, hidden: Hidden = (5, 5)) -> Drawn:
    """Constant units, with biases of every sign."""
    layers = _dense(rng, d, *hidden, 1)
    for weight, bias in layers[:-1]:
        weight[-3:] = 0
        bias[-3:] = rng.permutation([1.0, 0.0, -1.0])
    return layers, None


def _zero_biases(rng, d: int, hidden: Hidden = (5, 4)) -> Drawn:
    """Central arrangements in every layer: cones."""
    layers = _dense(rng, d, *hidden, 1)
    return [(weight, 0 * bias) for weight, bias in layers], None


def _dead_layer(rng, d: int, hidden: Hidden = (4, 4, 3)) -> Drawn:
    """A first layer that is zero in the box, and a second that is zero on much."""
    layers = _dense(rng, d, *hidden, 1)
    layers[0][1][:] = -d
    layers[1][1][:] = rng.choice([-1.0, 0.0], hidden[1])
    return layers, None


def _dead_second_layer(rng, d: int, hidden: Hidden = (4, 3, 3)) -> Drawn:
    """A second layer that is identically zero, before a third."""
    layers = _dense(rng, d, *hidden, 1)
    layers[1] = (-abs(layers[1][0]), -rng.integers(0, 2, hidden[1]).astype(float))
    return layers, None


def _integer_weights(rng, d: int, hidden: Hidden = (5, 5)) -> Drawn:
    """Weights and biases in {-2..2}."""
    layers = _dense(rng, d, *hidden, 1)
    return [
        tuple(rng.integers(-2, 3, v.shape).astype(float) for v in layer)
        for layer in layers
    ], None


def _signs(rng, d: int, hidden: Hidden = (4, 4, 4)) -> Drawn:
    """Three layers with weights and biases in {-1, 0, 1}."""
    return intw(d, hidden, int(rng.integers(2**31))), None


def _tiny_and_huge(rng, d: int, hidden: Hidden = (5, 4)) -> Drawn:
    """Rows scaled by 1e-12..1e12, undone by the next layer."""
    (w0, b0), (w1, b1), *rest = _dense(rng, d, *hidden, 1)
    scale = 10.0 ** rng.integers(-12, 13, hidden[0])
    return [(w0 * scale[:, None], b0 * scale), (w1 / scale, b1), *rest], None


def _sloped(slope: float) -> Callable[..., Drawn]:
    """Return integer LeakyReLU networks of one slope: 1 is no breakpoint, -1 is abs."""

    def draw(rng, d: int, hidden: Hidden = (5, 5)) -> Drawn:
        return _integer_weights(rng, d, hidden)[0], slope

    return draw


def _bottleneck(rng, d: int, hidden: Hidden = (4, 1, 4)) -> Drawn:
    """A layer of one unit between wider ones."""
    return _dense(rng, d, *hidden, 1), None


def _identical_layers(rng, d: int, hidden: Hidden = ()) -> Drawn:
    """The same square layer three times: its width is d, whatever ``hidden`` says."""
    layers = _dense(rng, d, d, 1)
    return [layers[0]] * 3 + [layers[1]], None


def _facet_units(rng, d: int, hidden: Hidden = (6, 4)) -> Drawn:
    """Hyperplanes on the facets x_i = -1, 1 of the box, and through its corners."""
    layers = _dense(rng, d, *hidden, 1)
    n = hidden[0]
    weight = np.zeros((n, d))
    axis = rng.integers(0, d, n - 2)
    weight[range(n - 2), axis] = rng.choice([-2.0, -1.0, 1.0, 0.5], n - 2)
    weight[-2:] = rng.choice([-1.0, 1.0], (2, d))
    bias = np.abs(weight).sum(axis=1) * rng.choice([-1.0, 1.0], n)
    layers[0] = (weight, bias)
    return layers, None


def _quantised(rng, d: int, hidden: Hidden = (6, 4)) -> Drawn:
    """Weights and biases rounded to multiples of 1/4."""
    layers = _dense(rng, d, *hidden, 1)
    return [tuple(np.round(4 * v) / 4 for v in layer) for layer in layers], None


def _equal_outputs(rng, d: int, hidden: Hidden = (4, 4)) -> Drawn:
    """An output that adds units and takes them away: many cells of one map."""
    (w0, b0), (w1, b1), (last, _) = _dense(rng, d, *hidden, 1)
    w0[1], b0[1] = -w0[0], -b0[0]
    w1[1], b1[1] = -w1[0], -b1[0]
    last[0] = (1, -1) + (0,) * (hidden[1] - 2)
    return [(w0, b0), (w1, b1), (last, np.zeros(1))], None


FAMILIES: dict[str, Callable[..., Drawn]] = {
    "duplicate": _copies(lambda rng: 1.0),
    "scaled_by_powers_of_two": _copies(lambda rng: 2.0 ** rng.integers(-20, 21)),
    "opposite": _copies(lambda rng: -1.0),
    "scaled_with_rounding": _copies(lambda rng: rng.choice([-3.0, 0.1, 1 / 3])),
    "parallel": _shifted(lambda rng: rng.uniform(0, 1)),
    "close_parallel": _shifted(lambda rng: 10.0 ** -rng.integers(7, 14)),
    "nearly_parallel": _nearly_parallel,
    "concurrent": _concurrent,
    "zero_rows": _zero_rows,
    "zero_biases": _zero_biases,
    "dead_layer": _dead_layer,
    "dead_second_layer": _dead_second_layer,
    "integer_weights": _integer_weights,
    "signs": _signs,
    "tiny_and_huge": _tiny_and_huge,
    "slope_zero": _sloped(0.0),
    "slope_one": _sloped(1.0),
    "slope_minus_one": _sloped(-1.0),
    "slope_hundredth": _sloped(0.01),
    "bottleneck": _bottleneck,
    "identical_layers": _identical_layers,
    "facet_units": _facet_units,
    "quantised": _quantised,
    "equal_outputs": _equal_outputs,
}
