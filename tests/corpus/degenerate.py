# SPDX-License-Identifier: MIT
"""The sixteen degenerate families: seeded networks with domains, in dimensions 1 to 4.

A family has variants, recipes of ``families.py`` and of this file, and takes them in
turn.  Sizes are such that exact integers count a network in a fraction of a second.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from .domains import Region, mixed, on_hyperplanes
from .families import FAMILIES, Drawn, Hidden
from .random_networks import Layers
from .training import TASKS, in_levels, on_grid, trained

DIMENSIONS = (1, 2, 3, 4)


class Case(NamedTuple):
    """``slopes``: of LeakyReLU, an array a hidden layer; ``domains``: plain data."""

    layers: Layers
    slopes: list[np.ndarray]
    domains: list[Region]


def degenerate(name: str, d: int, seed: int) -> Case:
    """Return a network of one of the sixteen ``DEGENERATE_FAMILIES``."""
    variants = DEGENERATE_FAMILIES[name]
    # Consecutive seeds are consecutive dimensions: both vary, and all pairs come.
    draw = variants[(seed + seed // len(DIMENSIONS)) % len(variants)]
    rng = np.random.default_rng([seed, d])
    layers, slopes = draw(rng, d)
    widths = [len(bias) for _, bias in layers[:-1]]
    if slopes is None or isinstance(slopes, float):
        slopes = [np.full(n, slopes or 0.0) for n in widths]
    regions = on_hyperplanes if name == "facets_on_hyperplanes" else mixed
    return Case(layers, slopes, regions(rng, d, layers))


# Hidden layers by dimension: some hundred cells on all of R^d.  The first line is for
# families in which several units of a layer are one hyperplane, or none.
WIDE = {1: (12, 9), 2: (10, 8), 3: (8, 7), 4: (7, 6)}
TWO = {1: (9, 7), 2: (7, 6), 3: (6, 5), 4: (5, 4)}
THREE = {1: (7, 6, 5), 2: (6, 5, 4), 3: (5, 4, 4), 4: (4, 4, 3)}
NARROW = {1: (6, 1, 5), 2: (6, 1, 5), 3: (5, 1, 4), 4: (5, 1, 4)}
NARROW_TWICE = {1: (5, 1, 4, 1, 4), 2: (5, 1, 4, 1, 4), 3: (4, 2, 4, 1, 4)}


def _of(name: str, sizes: dict[int, Hidden] = TWO) -> Callable[..., Drawn]:
    """Return a recipe of ``families.py`` with hidden layers of these sizes."""

    def draw(rng, d: int) -> Drawn:
        return FAMILIES[name](rng, d, sizes.get(d, sizes[max(sizes)]))

    return draw


def _concurrent_throughout(rng, d: int) -> Drawn:
    """All hyperplanes of all layers pass through one point."""
    (first, *rest), slope = FAMILIES["concurrent"](rng, d, TWO[d])
    return [first, *((weight, 0 * bias) for weight, bias in rest)], slope


def _concurrent_in_groups(rng, d: int) -> Drawn:
    """Several points on more than d hyperplanes each, none of them dyadic."""
    layers = FAMILIES["quantised"](rng, d, THREE[d])[0]
    weight, bias = layers[0]
    points = rng.integers(-3, 4, (2, d)) / 3
    for k in range(len(bias)):
        bias[k] = -(weight[k] @ points[k % 2])
    return layers, None


def _scaled_inputs(rng, d: int) -> Drawn:
    """Inputs of sizes 1e-12..1e12: columns of the first layer."""
    layers, _ = FAMILIES["integer_weights"](rng, d, TWO[d])
    weight, bias = layers[0]
    layers[0] = (weight * 10.0 ** rng.integers(-12, 13, d), bias)
    return layers, None


def _scaled_layers(rng, d: int) -> Drawn:
    """Whole layers of size 1e-12 or 1e12, not undone, and biases to match or not."""
    layers, _ = FAMILIES["quantised"](rng, d, TWO[d])
    scale, out = 1.0, []
    for weight, bias in layers:
        own = 10.0 ** rng.choice([-12, 12])
        scale = scale * own if rng.random() < 0.7 else own
        out.append((weight * own, bias * scale))
    return out, None


def _mixed_slopes(rng, d: int) -> tuple[Layers, Sequence[np.ndarray]]:
    """Every unit its own slope of 0, 1 (no breakpoint) and -1 (an absolute value)."""
    layers, _ = FAMILIES["integer_weights"](rng, d, TWO[d])
    return layers, [rng.choice([0.0, 1.0, -1.0], len(b)) for _, b in layers[:-1]]


def _narrow_first(rng, d: int) -> Drawn:
    """A first layer of one unit: everything depends on one number."""
    return FAMILIES["bottleneck"](rng, d, (1, 5, 4))


def _repeated_layer(rng, d: int) -> Drawn:
    """A layer wider than the input, then one square layer three times."""
    first, square, last = FAMILIES["quantised"](rng, d, THREE[d][-1:] * 2)[0]
    return [first, square, square, square, last], None


def _trained(rng, d: int) -> Layers:
    return trained(rng, d, TWO[d], rng.choice(sorted(TASKS)))


def _trained_on_grid(rng, d: int) -> Drawn:
    return on_grid(_trained(rng, d), 2.0 ** -rng.integers(1, 4)), None


def _trained_in_levels(rng, d: int) -> Drawn:
    return in_levels(_trained(rng, d), int(rng.choice([3, 7]))), None


DEGENERATE_FAMILIES: dict[str, tuple[Callable, ...]] = {
    "duplicate": (_of("duplicate", WIDE), _of("duplicate", THREE)),
    "scaled": (_of("scaled_by_powers_of_two", WIDE), _of("scaled_with_rounding")),
    "opposite": (_of("opposite", WIDE), _of("opposite", THREE)),
    "parallel": (_of("parallel"),),
    "nearly_parallel": (_of("nearly_parallel"), _of("close_parallel")),
    "concurrent": (
        _of("concurrent"),
        _concurrent_throughout,
        _concurrent_in_groups,
    ),
    "zero_rows": (_of("zero_rows", WIDE), _of("zero_rows", THREE)),
    "zero_biases": (_of("zero_biases"), _of("zero_biases", THREE)),
    "dead_layers": (_of("dead_layer", THREE), _of("dead_second_layer", THREE)),
    "integer_weights": (_of("integer_weights", WIDE), _of("integer_weights", THREE)),
    "tiny_and_huge": (_of("tiny_and_huge"), _scaled_inputs, _scaled_layers),
    "slopes": (
        _of("slope_zero"),
        _mixed_slopes,
        _of("slope_minus_one"),
        _mixed_slopes,
        _of("slope_one"),
    ),
    "bottleneck": (
        _of("bottleneck", NARROW),
        _of("bottleneck", NARROW_TWICE),
        _narrow_first,
    ),
    "identical_layers": (_repeated_layer, _of("identical_layers")),
    "facets_on_hyperplanes": (_of("facet_units", WIDE), _of("quantised", WIDE)),
    "quantised_trained": (_trained_on_grid, _trained_in_levels),
}
