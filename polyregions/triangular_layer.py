# SPDX-License-Identifier: MIT
"""Triangular waves for several inputs, non-convex functions, and other modules.

A ``TriangularWaveLayer`` is affine, then waves side by side, then affine: what Milkert,
Hyde, Laine (ICML 2025) do beyond one convex function. With two waves of one input it is
a difference of convex functions, with waves along directions a sum of ridges, and with
as many waves as a dense layer has units it takes the place of that layer and the next.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .errors import InvalidArgumentError
from .extras import optional_import
from .network import Network
from .triangular_bank import WaveBank, checked_numbers, sequential

torch: Any = optional_import("torch", "torch")


class TriangularWaveLayer(torch.nn.Module):  # type: ignore[misc]
    """Affine map to K numbers, a triangular wave of each, affine map to the outputs.

    In place of the classifier ``Linear(n, K), ReLU(), Linear(K, m)`` of a module it is
    ``TriangularWaveLayer(n, m, waves=K)``. As an ordinary network its hidden layers are
    block-diagonal, 4 x 4 a wave. Waves bend on [0, 1]; beyond they go on as F does: 0
    below, affine above.

    Parameters
    ----------
    in_features, out_features : n, m
    waves : K
    depth : hidden layers, d
    scales : "theorem", or "free" (``WaveBank.random``)
    sign, linear : of every wave, as ``TriangularWaveNet`` has them
    generator : torch.Generator of the peaks, torch's own by default
    dtype : torch.float64 or torch.float32; torch's default

    Attributes
    ----------
    inner, outer : torch.nn.Linear
        ``inner`` begins as torch's, moved by 1/2, the middle of the waves.
    bank : WaveBank

    Raises
    ------
    InvalidArgumentError
        A number out of range.
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        *,
        waves: int,
        depth: int = 5,
        scales: str = "theorem",
        sign: int = -1,
        linear: float = 1.0,
        generator: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        for name, value in (
            ("in_features", in_features),
            ("out_features", out_features),
            ("waves", waves),
            ("depth", depth),
        ):
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise InvalidArgumentError(f"{name}={value!r}; pass an integer >= 1")
        kind = torch.get_default_dtype() if dtype is None else dtype
        self.inner = torch.nn.Linear(in_features, waves, dtype=kind)
        self.bank = WaveBank.random(
            (waves,),
            depth,
            scales=scales,
            sign=sign,
            linear=linear,
            generator=generator,
            dtype=kind,
        )
        self.outer = torch.nn.Linear(waves, out_features, dtype=kind)
        with torch.no_grad():
            self.inner.bias += 0.5

    @classmethod
    def difference(
        cls, low: float, high: float, *, generator: Any = None, **options: Any
    ) -> TriangularWaveLayer:
        """Return g_1 - g_2 of one input, both convex, on [low, high]; float64.

        Every function with a bounded second derivative is such a difference.

        Parameters
        ----------
        options : depth, scales, linear, as the layer has them
        """
        start, end = _interval(low, high)
        layer = cls(1, 1, waves=2, generator=generator, dtype=torch.float64, **options)
        scale = 1 / (end - start)
        _set(layer.inner, [[scale], [scale]], [-start * scale] * 2)
        _set(layer.outer, [[1.0, -1.0]], [0.0])
        return layer

    @classmethod
    def directions(
        cls,
        directions: Sequence[Sequence[float]],
        low: float,
        high: float,
        *,
        generator: Any = None,
        **options: Any,
    ) -> TriangularWaveLayer:
        """Return a sum of waves along directions, on the box [low, high]^n; float64.

        Every direction u is scaled so that u . x goes from 0 to 1 on the box.

        Parameters
        ----------
        directions : (K, n), none of them zero
        options : depth, scales, linear, as the layer has them
        """
        start, end = _interval(low, high)
        rows = np.asarray(directions, dtype=np.float64)
        if rows.ndim != 2 or not np.isfinite(rows).all() or not rows.any(axis=1).all():
            raise InvalidArgumentError(
                f"directions have shape {rows.shape}, are not finite or 0; pass (K, n)"
            )
        layer = cls(
            rows.shape[1],
            1,
            waves=len(rows),
            generator=generator,
            dtype=torch.float64,
            **options,
        )
        rows = rows / (np.abs(rows).sum(axis=1, keepdims=True) * (end - start))
        middle = (start + end) / 2
        _set(layer.inner, rows, 0.5 - rows.sum(axis=1) * middle)
        _set(layer.outer, np.full((1, len(rows)), 1 / len(rows)), [0.0])
        return layer

    def forward(self, x: Any) -> Any:
        """Return outputs (.., m) of inputs (.., n)."""
        return self.outer(self.bank(self.inner(x)))

    def project_(self) -> None:
        """Bring the peaks back; call it after every step of an optimiser."""
        self.bank.project_()

    def to_network(self, form: str = "exact") -> Network:
        """Return the ordinary network: affine, block-diagonal hidden layers, affine.

        The affine layers on both sides stay layers of their own, without activation:
        so all weights are exact, and the network is this very module.
        """
        layers = [
            (W.detach().double().numpy(), b.detach().double().numpy())
            for W, b in self._layers(form)
        ]
        hidden = ["relu"] * self.bank.depth
        return Network(layers, activation=[None, *hidden, None])

    def release(self, form: str = "exact") -> Any:
        """Return a ``torch.nn.Sequential`` of the same function, all weights free."""
        layers = self._layers(form)
        cut = [False, *[True] * self.bank.depth, False, False]
        return sequential([(*pair, c) for pair, c in zip(layers, cut, strict=True)])

    def _layers(self, form: str) -> list[tuple[Any, Any]]:
        self.bank.check()
        blocks = [
            (torch.block_diag(*weight), bias.reshape(-1))
            for weight, bias in self.bank.layers(form)
        ]
        ends = [(part.weight, part.bias) for part in (self.inner, self.outer)]
        return [ends[0], *blocks, ends[1]]


def plane_directions(n: int) -> list[list[float]]:
    """Return n directions of the plane, equally spaced on a half circle."""
    angles = [math.pi * k / n for k in range(n)]
    return [[math.cos(angle), math.sin(angle)] for angle in angles]


def _interval(low: float, high: float) -> tuple[float, float]:
    start, end = checked_numbers([low, high], "low, high")
    if not start < end:
        raise InvalidArgumentError(f"low={start}, high={end}; pass low < high")
    return start, end


def _set(linear: Any, weight: Any, bias: Any) -> None:
    with torch.no_grad():
        linear.weight.copy_(torch.tensor(np.asarray(weight)))
        linear.bias.copy_(torch.tensor(np.asarray(bias)))
