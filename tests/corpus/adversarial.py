# SPDX-License-Identifier: MIT
"""Networks on which floating point gets signs wrong: each one needs an error bound.

Exact answers hang on the last bits of float64: a bound of the fast engines that is too
small certifies a wrong sign here.  Ordinary and degenerate networks hardly notice.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise, product

import numpy as np

from .degenerate import Case
from .families import FAMILIES
from .random_networks import Layers

LAST_BIT = 2.0**-52  # of numbers in [1, 2)


def adversarial(name: str, d: int, seed: int) -> Case:
    """Return a network of one of ``ADVERSARIAL``, with its domains.

    Inputs of a third of them, and their boxes, are 2^12 times as large.  Behind a
    bottleneck some are LeakyReLU networks, and where rows cancel downwards all; others
    are ReLU.
    """
    rng = np.random.default_rng([seed, d])
    size = 2.0 ** rng.choice([0, 0, 12])
    ((weight, bias), *rest), domains = ADVERSARIAL[name](rng, d)
    layers = [(np.asarray(weight) / size, bias), *rest]
    slope = rng.choice([0.0, -1.0, 0.5]) if "bottleneck" in name else 0.0
    slope = 0.5 if "downwards" in name else slope
    slopes = [np.full(len(bias), slope) for _, bias in layers[:-1]]
    return Case(layers, slopes, [_scaled(domain, size) for domain in domains])


def _scaled(domain: tuple, size: float) -> tuple:
    kind, *arrays = domain
    if kind == "all":
        return domain
    if kind == "polytope":
        return (kind, arrays[0] / size, arrays[1])
    return (kind, *(size * end for end in arrays))


def _box(d: int) -> tuple:
    return ("box", -np.ones(d), np.ones(d))


def _cancelling(rng, d: int) -> tuple[Layers, list]:
    """Second-layer rows that are what a sum of float64 products leaves."""
    corner, inside = rng.choice([-1.0, 1.0], d), rng.integers(-4, 5, d) / 8
    point = corner if rng.random() < 0.5 else inside
    return _cancelling_at(rng, point), [_box(d)]


def _cancelling_at(rng, point: np.ndarray) -> Layers:
    """Return rows that cancel, for inputs in [-1, 2]^d: all first units are active.

    The last of these are combinations of the others but for 2^-4 to 2^-58, and the
    second layer takes the difference: its rows are known to some digits or to none.
    They all meet near the point; through it go the sum of d of them, exactly and
    nearly, and rows without an error.
    """
    d, left = len(point), 2.0 ** -rng.integers(4, 59)
    base = rng.uniform(-1, 1, (d + 2, d + 1))  # affine functions, constants last
    base[:d] = np.eye(d, d + 1)
    base[:, -1] += 2 * d + 2
    factors = rng.integers(1, 9, (d + 1, d + 2)) / 8
    rest = rng.uniform(-1, 1, (d + 1, d + 1))
    rest[:, -1] = -rest[:, :-1] @ point
    first = np.vstack([base, factors @ base + left * rest])
    signs = rng.choice([-1.0, 1.0], (d + 1, 1))
    second = signs * np.hstack([factors, -np.eye(d + 1)])
    sums = second[:d].sum(axis=0)
    second = np.vstack([second, sums, sums, np.eye(d, 2 * d + 3)])
    near = 2.0 ** -rng.integers(46, 54, d + 1) * rng.choice([-1, 1], d + 1)
    near[1:] /= left
    bias = np.hstack([np.zeros(d + 2), near[0], near[1:] - base[:d, -1] - point])
    last = rng.integers(-2, 3, (1, len(bias))).astype(float)
    return [(first[:, :-1], first[:, -1]), (second, bias), (last, [0.0])]


def _cancelling_downwards(rng, d: int) -> tuple[Layers, list]:
    """Second-layer rows that cancel with negative weights alone.

    The last units of the first layer are below 0 in the box, where LeakyReLU halves
    them, and minus what the others make.
    """
    point, left = rng.integers(-4, 5, d) / 8, 2.0 ** -rng.integers(20, 59)
    base = rng.uniform(-1, 1, (d + 2, d + 1))
    base[:, -1] += d + 2
    factors = rng.integers(1, 9, (d + 1, d + 2)) / 8
    rest = rng.uniform(-1, 1, (d + 1, d + 1))
    rest[:, -1] = -rest[:, :-1] @ point
    first = np.vstack([base, 2 * (left * rest - factors @ base)])
    second = -np.hstack([factors, np.eye(d + 1)])
    sums = second[:d].sum(axis=0)
    second = np.vstack([second, sums, sums])
    near = 2.0 ** -rng.integers(46, 54) * rng.choice([-1, 1])
    bias = np.append(np.zeros(d + 2), near)
    last = rng.integers(-2, 3, (1, len(bias))).astype(float)
    return [(first[:, :-1], first[:, -1]), (second, bias), (last, [0.0])], [_box(d)]


def _cancelling_behind_bottleneck(rng, d: int) -> tuple[Layers, list]:
    """The same behind fewer units than inputs: proofs in the units' coordinates."""
    narrow = int(rng.integers(1, max(d, 2)))
    mixed = rng.integers(-8, 9, (narrow, d)) / 8
    mixed[:, :narrow] = np.eye(narrow)
    point = 1 + rng.integers(-4, 5, narrow) / 8
    layers = _cancelling_at(rng, point)
    return [(mixed, np.ones(narrow)), *layers], [("all", d), _box(d)]


def _near_concurrent(rng, d: int) -> tuple[Layers, list]:
    """Hyperplanes of two layers, and walls, within some last bits of one point."""
    point = rng.uniform(-1, 1, d) * rng.choice([1.0, 100.0], d)
    layers, value = [], point
    for n_in, n in pairwise((d, d + 2, d + 1)):
        weight = rng.uniform(-1, 1, (n, n_in))
        few_bits = rng.random(n) < 0.3
        weight[few_bits] = np.round(4 * weight[few_bits]) / 4
        bias = _nearly(rng, -weight @ value)
        bias += rng.uniform(-1, 1, n) * (rng.random(n) < 0.3)
        layers.append((weight, bias))
        value = np.maximum(weight @ value + bias, 0)
    walls, sides = rng.uniform(-1, 1, (d + 1, d)), np.vstack([np.eye(d), -np.eye(d)])
    right = np.append(sides @ point + 1, _nearly(rng, walls @ point))
    domains = [("all", d), ("box", point, point + 1)]
    domains.append(("polytope", np.vstack([sides, walls]), right))
    return [*layers, (np.ones((1, d + 1)), np.zeros(1))], domains


def _nearly(rng, values: np.ndarray) -> np.ndarray:
    """Return the values, up to one last bit."""
    return values + rng.integers(-1, 2, len(values)) * np.spacing(values)


def _exact_zeros(rng, d: int) -> tuple[Layers, list]:
    """Second-layer units that are identically zero, but not when summed in float64.

    Every unit of the first layer comes twice, and goes in with opposite weights.
    """
    once = rng.uniform(-1, 1, (4, d + 1))
    once[:, -1] += d + 1
    order = rng.permutation(8)
    first = np.vstack([once, once])[order]
    factors = rng.uniform(-1, 1, (4, 4))
    zeros = np.hstack([factors, -factors])[:, order]
    second = np.vstack([zeros, rng.uniform(-1, 1, (2, 8))])
    bias = np.hstack([0.0, 0.0, LAST_BIT, -LAST_BIT, rng.uniform(-1, 1, 2)])
    last = rng.integers(-2, 3, (1, 6)).astype(float)
    return [(first[:, :-1], first[:, -1]), (second, bias), (last, [0.0])], [_box(d)]


def _unfelt(rng, d: int) -> tuple[Layers, list]:
    """Outputs that do not depend on what they are made of, but for rounding.

    Every unit of the second layer comes twice, with opposite weights behind it; half
    of the networks have another one, which the output feels.
    """
    first, second, _ = FAMILIES["quantised"](rng, d, (d + 2, 3))[0]
    once = (rng.uniform(-1, 1, second[0].shape), rng.uniform(-1, 1, 3))
    order, factors = rng.permutation(6), rng.uniform(-1, 1, 3)
    twice = [np.concatenate([v, v])[order] for v in once]
    last = np.append(factors, -factors)[order]
    if rng.random() < 0.5:
        twice = [np.concatenate([v, w[:1]]) for v, w in zip(twice, second, strict=True)]
        last = np.append(last, LAST_BIT)
    return [first, tuple(twice), (last[None], [0.0])], [("all", d), _box(d)]


def _ill_conditioned(rng, d: int) -> tuple[Layers, list]:
    """First-layer hyperplanes almost parallel, and later ones through their vertex.

    The vertex is known to few digits in floating point; the second layer's rows, sums
    of few-bit coordinates, are known to all.
    """
    point, angle = rng.integers(-4, 5, d) / 8, 2.0 ** -rng.integers(4, 40)
    steep = rng.uniform(-1, 1, d) + angle * rng.uniform(-1, 1, (d, d))
    first = np.vstack([steep, np.eye(d)])
    offset = np.hstack([-steep @ point, np.full(d, 4.0)])
    clean = rng.integers(-8, 9, (4, d)) / 8
    near = 2.0 ** -rng.integers(50, 55, 4) / angle * rng.choice([-1, 1], 4)
    bias = np.hstack([np.zeros(2), near - clean @ (point + 4)])
    noisy = rng.uniform(-1, 1, (2, 2 * d))
    second = np.vstack([noisy, np.hstack([np.zeros((4, d)), clean])])
    last = rng.integers(-2, 3, (1, 6)).astype(float)
    return [(first, offset), (second, bias), (last, [0.0])], [_box(d)]


def _at_corners(rng, d: int) -> tuple[Layers, list]:
    """Hyperplanes within some last bits of the corners of the box."""
    lo, hi = rng.uniform(-3, -0.1, d), rng.uniform(0.1, 3, d)
    corners = np.array(list(product(*zip(lo, hi, strict=True))))
    n = 8
    weight = rng.uniform(-1, 1, (n, d))
    at = corners[rng.integers(0, len(corners), n)]
    bias = _nearly(rng, -np.sum(weight * at, axis=1))
    layers = FAMILIES["quantised"](rng, d, (n, 3))[0]
    layers[0] = (weight, bias)
    return layers, [("box", lo, hi)]


def _last_bits(rng, d: int) -> tuple[Layers, list]:
    """Rows of every layer that differ in their last bits only, but for one of them."""
    layers = FAMILIES["quantised"](rng, d, (d + 2, 4))[0]
    out = []
    for weight, bias in layers[:-1]:
        row = rng.uniform(-1, 1, weight.shape[1])
        steps = rng.integers(-1, 2, weight.shape)
        near = row + steps * np.spacing(row)
        moved = rng.uniform(-1, 1) * np.ones(len(bias))
        near[-1] = rng.uniform(-1, 1, weight.shape[1])
        out.append((near, moved + rng.integers(-2, 3, len(bias)) * np.spacing(moved)))
    return [*out, layers[-1]], [("all", d), _box(d)]


def _behind_bottleneck(rng, d: int) -> tuple[Layers, list]:
    """Ties up to rounding behind a layer that is narrower than the input."""
    narrow = int(rng.integers(1, max(d, 2)))
    hidden = (d, narrow, 5, 4)
    return FAMILIES["scaled_with_rounding"](rng, d, hidden)[0], [("all", d)]


def _extreme_sizes(rng, d: int) -> tuple[Layers, list]:
    """Rows of sizes 2^-540 to 2^405: products overflow, underflow and lose digits."""
    layers = FAMILIES["quantised"](rng, d, (d + 1, 3, 2))[0]
    sizes, out = [-535, 0, 400][: rng.integers(1, 4)], []
    later = rng.choice([0.0, 1.0])  # without biases what is left of products decides
    for k, (weight, bias) in enumerate(layers):
        rows = 2.0 ** (rng.choice(sizes) + rng.integers(-5, 6, len(bias)))
        out.append((weight * rows[:, None], bias * rows * (later if k else 1.0)))
    return out, [("all", d), _box(d)]


ADVERSARIAL: dict[str, Callable] = {
    "cancelling": _cancelling,
    "cancelling_downwards": _cancelling_downwards,
    "cancelling_behind_bottleneck": _cancelling_behind_bottleneck,
    "near_concurrent": _near_concurrent,
    "exact_zeros": _exact_zeros,
    "unfelt": _unfelt,
    "ill_conditioned": _ill_conditioned,
    "at_corners": _at_corners,
    "last_bits": _last_bits,
    "behind_bottleneck": _behind_bottleneck,
    "extreme_sizes": _extreme_sizes,
}
