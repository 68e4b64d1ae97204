# SPDX-License-Identifier: MIT
"""From the weights of a triangular-wave network back to its peaks and scales."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from .errors import InvalidNetworkError
from .network import Network
from .triangular_weights import heights, running_products, shares_of

_GRID = 2.0**26  # peaks are multiples of 1 / this


@dataclass(frozen=True, slots=True)
class WaveParameters:
    """Parameters of a ``TriangularWaveNet``; shares is None with Theorem 3.1."""

    form: str
    peaks: list[float]
    gain: float
    shares: list[float] | None
    sign: int
    linear: float


def candidates(network: Network) -> Iterator[WaveParameters]:
    """Yield what the parameters of a network of either form can only be.

    They are proposals: the caller builds each network again and compares all bits.

    Raises
    ------
    InvalidNetworkError
        The shape is not that of such a network.
    """
    depth = len(network.layers) - 1
    if depth < 1 or network.widths != (1, *[4] * depth, 1):
        raise not_a_wave(f"its widths are {network.widths}, not 1, 4, .., 4, 1")
    first, weights = network.layers[0], [layer.weight for layer in network.layers[1:]]
    linear, factor = float(first.weight[0, 0]), float(first.weight[1, 0])
    form = "paper" if factor == first.bias[3] == 1 else "exact"
    with np.errstate(all="ignore"):
        if form == "exact":
            peaks, parts = _exact(weights, -first.bias[2] / factor, factor)
        else:
            peaks, parts = _paper(weights, -first.bias[2])
            factor = _short(parts[0] / peaks[1]) if depth > 1 else 1.0
        spare = float(np.round(parts[-1] / factor * _GRID) / _GRID)
    if not np.isfinite([*peaks, *parts, spare]).all():
        raise not_a_wave("its weights give no peaks")
    turns = [weight[0, 1] for weight in weights if weight[0, 1]]
    sign = 1 if turns and turns[0] > 0 else -1
    gain = factor * (1 - peaks[0])
    yield WaveParameters(form, [*peaks, spare], gain, None, sign, linear)
    gain, shares = shares_of(peaks, parts)
    yield WaveParameters(form, peaks, gain, shares, sign, linear)


def same_weights(built: Network, network: Network) -> bool:
    """Whether two networks have the same weights to the last bit, and activations."""
    return all(
        np.array_equal(ours.weight, theirs.weight)
        and np.array_equal(ours.bias, theirs.bias)
        and ours.activation == theirs.activation
        for ours, theirs in zip(built.layers, network.layers, strict=True)
    )


def not_a_wave(reason: str) -> InvalidNetworkError:
    """Return the error for another network."""
    return InvalidNetworkError(
        f"the network is no TriangularWaveNet: {reason}; pass one of to_network"
    )


def _exact(
    weights: list[Any], first_peak: float, factor: float
) -> tuple[list[float], list[float]]:
    """Return peaks and s_i / p_i; the quotients are exact."""
    peaks = [first_peak, *(weight[3, 3] / weight[1, 1] for weight in weights[:-1])]
    return _floats(peaks), _floats(factor * abs(weight[0, 2]) for weight in weights)


def _paper(weights: list[Any], first_peak: float) -> tuple[list[float], list[float]]:
    """Return peaks, which are rounded to their grid, and s_i / p_i."""
    ratios = [weight[3, 3] for weight in weights[:-1]]
    found = [-w[2, 3] / r for w, r in zip(weights, ratios, strict=False)]
    peaks = _floats(np.round(np.array([first_peak, *found]) * _GRID) / _GRID)
    ratios.append(abs(weights[-1][0, 1]) * peaks[-1])
    scales = zip(running_products(ratios), heights(peaks), strict=True)
    return peaks, _floats(scale / height for scale, height in scales)


def _short(value: float) -> float:
    """Return a number rounded to 27 bits (Veltkamp's splitting)."""
    scaled = value * (_GRID + 1)
    return scaled - (scaled - value)


def _floats(values: Any) -> list[float]:
    return [float(value) for value in values]
