# SPDX-License-Identifier: MIT
"""Small networks trained by plain stochastic gradient descent, and quantised."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from .random_networks import Layers

TASKS = {
    "sphere": lambda x: np.linalg.norm(x, axis=1, keepdims=True),
    "parity": lambda x: np.sign(np.prod(x, axis=1, keepdims=True)),
    "wave": lambda x: np.sin(4 * x.sum(axis=1, keepdims=True)),
}


def trained(
    rng: np.random.Generator, d: int, hidden: Sequence[int], task: str, steps: int = 200
) -> Layers:
    """Return a ReLU network fitted to a task on [-1, 1]^d by SGD with momentum."""
    layers = [
        (rng.normal(0, (2 / m) ** 0.5, (n, m)), rng.normal(0, 0.3, n))
        for m, n in pairwise([d, *hidden, 1])
    ]
    x = rng.uniform(-1, 1, (256, d))
    y = TASKS[task](x)
    speed = [(0 * weight, 0 * bias) for weight, bias in layers]
    for _ in range(steps):
        batch = rng.integers(0, len(x), 32)
        for k, pair in enumerate(_gradients(layers, x[batch], y[batch])):
            speed[k] = tuple(
                0.9 * v - 0.01 * np.clip(g, -1, 1)
                for v, g in zip(speed[k], pair, strict=True)
            )
            layers[k] = tuple(p + v for p, v in zip(layers[k], speed[k], strict=True))
    return layers


def _gradients(layers: Layers, x: np.ndarray, y: np.ndarray) -> Layers:
    """Return the gradients of the mean squared error, layer by layer."""
    values = [x]
    for k, (weight, bias) in enumerate(layers):
        z = values[-1] @ weight.T + bias
        values.append(z if k == len(layers) - 1 else np.maximum(z, 0))
    back = 2 * (values[-1] - y) / len(x)
    out = []
    for (weight, _), value in zip(layers[::-1], values[-2::-1], strict=True):
        out.append((back.T @ value, back.sum(axis=0)))
        back = (back @ weight) * (value > 0)
    return out[::-1]


def on_grid(layers: Layers, step: float) -> Layers:
    """Round weights and biases to multiples of the step, a power of two: exact ties."""
    return [tuple(np.round(v / step) * step for v in layer) for layer in layers]


def in_levels(layers: Layers, levels: int) -> Layers:
    """Round as inference engines do: integers times a scale of their layer's array.

    The scale is no power of two, so products round and ties are near, not exact.
    """
    return [
        tuple(
            np.round(v * (levels / scale)) * (scale / levels)
            for v in layer
            for scale in (max(np.abs(v).max(), 1e-3),)
        )
        for layer in layers
    ]
