# SPDX-License-Identifier: MIT
"""Three-stage training of triangular-wave networks, and the ordinary one beside it.

Milkert, Hyde, Laine (ICML 2025): (1) random peaks, (2) pre-training of the peaks, which
keeps 2^d regions, (3) the weights set free, and ordinary training. Any number of runs
is trained at once, as networks side by side that do not feel each other.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import InvalidArgumentError
from .extras import optional_import
from .network import Network
from .progress import HeldProgress, Tick
from .triangular_bank import WaveBank, arrays_of, run_layers

torch: Any = optional_import("torch", "torch")

Floats = NDArray[np.float64]
Weights = list[tuple[Any, Any]]  # tensors (runs, out, in) and (runs, out)
# (stage, epoch, network of a run): called before every epoch and after the last one
Look = Callable[[str, int, Callable[[int], Network]], object]

WIDTH = 4
INITIALISATIONS = ("kaiming", "raai")
_RAAI_DEVIATION = 0.6007  # of normal entries, times 1 / sqrt(fan in) (Lu et al. 2020)


@dataclass(frozen=True, slots=True)
class WaveFit:
    """Networks after training.

    Attributes
    ----------
    bank : the waves after pre-training; None of ordinary networks
    weights : tensors (runs, out, in) and (runs, out) a layer, the output layer last
    """

    bank: WaveBank | None
    weights: Weights

    @property
    def runs(self) -> int:
        """Number of networks."""
        return int(self.weights[0][0].shape[0])

    def network(self, run: int) -> Network:
        """Return one as it was trained, float64 weights as they are."""
        return _network(self.weights, run)

    def errors(self, x: ArrayLike, y: ArrayLike) -> Floats:
        """Return the mean squared error of every run, (runs,), on points (n,)."""
        inputs, wanted = _points(x, y)
        with torch.no_grad():
            found = run_layers(self.weights, inputs)[:, 0]
            out: Floats = ((found - wanted) ** 2).mean(dim=1).numpy()
        return out


def fit_waves(
    x: ArrayLike,
    y: ArrayLike,
    *,
    depth: int = 5,
    runs: int = 1,
    scales: str = "theorem",
    sign: int = -1,
    linear: float = 1.0,
    pretraining: int = 1000,
    training: int = 1000,
    batch_size: int | None = None,
    learning_rate: float = 1e-3,
    seed: int = 0,
    look: Look | None = None,
    progress: bool | Tick | None = None,
) -> WaveFit:
    """Train triangular-wave networks on [0, 1] in the paper's three stages.

    Adam on the mean squared error, float64. Run i of the same seed and number of runs
    is the same on one machine.

    Parameters
    ----------
    x, y : (n,) points in [0, 1] and their values, y(0) = 0
    depth : hidden layers, d
    scales : "theorem" (Theorem 3.1), or "free": from the same functions, the scales are
        trained too
    sign, linear : as ``TriangularWaveNet`` has them; convex functions take -1 and y(1),
        concave ones 1 and y(1)
    pretraining, training : epochs of stages 2 and 3; 0 leaves a stage out
    batch_size : points a step, all by default
    look : callable(stage, epoch, network), stage "pre-training" or "training", before
        every epoch and after the last one; ``network(i)`` is run i as it is then
    progress : True prints to stderr, or a callable(epochs, share)

    Raises
    ------
    InvalidArgumentError
        Points of other shapes, or numbers out of range.
    """
    generator = torch.Generator().manual_seed(seed)
    data = _Data(*_points(x, y), batch_size, generator)
    bank = WaveBank.random(
        (_whole(runs, "runs"),),
        _whole(depth, "depth"),
        scales=scales,
        sign=sign,
        linear=linear,
        generator=generator,
    )
    epochs = {"pre-training": pretraining, "training": training}
    with HeldProgress(progress, unit="epochs") as tick:
        loop = _Loop(data, learning_rate, epochs, look, tick)
        loop.run("pre-training", [*bank.parameters()], bank.layers, bank.project_)
        bank.check()
        weights = _free(bank.layers())
        loop.run("training", _flat(weights), lambda: weights, lambda: None)
    return WaveFit(bank, weights)


def fit_ordinary(
    x: ArrayLike,
    y: ArrayLike,
    *,
    initialisation: str = "kaiming",
    depth: int = 5,
    runs: int = 1,
    training: int = 2000,
    batch_size: int | None = None,
    learning_rate: float = 1e-3,
    seed: int = 0,
    look: Look | None = None,
    progress: bool | Tick | None = None,
) -> WaveFit:
    """Train ordinary ReLU networks of width 4 from an ordinary initialisation.

    Parameters
    ----------
    initialisation : "kaiming" or "raai", ``ordinary_weights``
    others : as ``fit_waves`` has them

    Raises
    ------
    InvalidArgumentError
        Points of other shapes, or numbers out of range.
    """
    generator = torch.Generator().manual_seed(seed)
    data = _Data(*_points(x, y), batch_size, generator)
    widths = [1, *[WIDTH] * _whole(depth, "depth"), 1]
    start = ordinary_weights(widths, _whole(runs, "runs"), initialisation, generator)
    weights = _free(start)
    with HeldProgress(progress, unit="epochs") as tick:
        loop = _Loop(data, learning_rate, {"training": training}, look, tick)
        loop.run("training", _flat(weights), lambda: weights, lambda: None)
    return WaveFit(None, weights)


def ordinary_weights(
    widths: Sequence[int], runs: int, initialisation: str, generator: Any
) -> Weights:
    """Return initial weights of networks side by side, float64.

    "kaiming" (He et al. 2015): W ~ N(0, 2 / fan in), b = 0. "raai" (Lu et al. 2020):
    [W, b] ~ N(0, 0.6007^2 / fan in), and one random entry of every row ~ Beta(2, 1).

    Raises
    ------
    InvalidArgumentError
        Another name.
    """
    if initialisation not in INITIALISATIONS:
        raise InvalidArgumentError(
            f"initialisation={initialisation!r}; pass {' or '.join(INITIALISATIONS)}"
        )
    kind = {"generator": generator, "dtype": torch.float64}
    weights: Weights = []
    for n_in, n_out in pairwise(widths):
        if initialisation == "kaiming":
            normal = torch.randn(runs, n_out, n_in, **kind) * math.sqrt(2 / n_in)
            weights.append((normal, torch.zeros(runs, n_out, dtype=torch.float64)))
            continue
        rows = torch.randn(runs, n_out, n_in + 1, **kind)
        rows *= _RAAI_DEVIATION / math.sqrt(n_in)
        beta = torch.rand(runs, n_out, 1, **kind).sqrt()  # Beta(2, 1), by inversion
        place = torch.randint(n_in + 1, (runs, n_out, 1), generator=generator)
        rows.scatter_(2, place, beta)
        weights.append((rows[..., :n_in].clone(), rows[..., n_in].clone()))
    return weights


class _Data:
    """Points in batches of random order."""

    def __init__(self, x: Any, y: Any, batch_size: int | None, generator: Any) -> None:
        self.x, self.y, self._generator = x, y, generator
        n = int(x.shape[1])
        self._size = n if batch_size is None else _whole(batch_size, "batch_size")

    def batches(self) -> list[tuple[Any, Any]]:
        n = int(self.x.shape[1])
        if self._size >= n:
            return [(self.x, self.y)]
        parts = torch.randperm(n, generator=self._generator).split(self._size)
        return [(self.x[:, part], self.y[part]) for part in parts]


@dataclass(frozen=True, slots=True)
class _Loop:
    """Stages of training on the same points."""

    data: _Data
    learning_rate: float
    epochs: dict[str, int]
    look: Look | None
    tick: Tick | None

    def __post_init__(self) -> None:
        for stage, n in self.epochs.items():
            _whole(n, f"epochs of {stage}", least=0)

    def run(
        self,
        stage: str,
        parameters: list[Any],
        layers: Callable[[], Weights],
        after: Callable[[], None],
    ) -> None:
        """Train; ``layers`` gives the weights, ``after`` follows every step."""
        stages = list(self.epochs)
        before = sum(self.epochs[name] for name in stages[: stages.index(stage)])
        total = max(sum(self.epochs.values()), 1)
        optimiser = torch.optim.Adam(parameters, lr=self.learning_rate)
        for epoch in range(self.epochs[stage] + 1):
            if self.look is not None:
                self.look(stage, epoch, lambda run: _network(layers(), run))
            if epoch == self.epochs[stage]:
                break
            for x, y in self.data.batches():
                optimiser.zero_grad()
                found = run_layers(layers(), x)[:, 0]
                ((found - y) ** 2).mean(dim=1).sum().backward()  # each run on its own
                optimiser.step()
                after()
            if self.tick is not None:
                done = before + epoch + 1
                self.tick(done, done / total)


def _points(x: ArrayLike, y: ArrayLike) -> tuple[Any, Any]:
    """Return tensors (1, n) and (n,)."""
    inputs, wanted = (np.asarray(v, dtype=np.float64) for v in (x, y))
    if inputs.ndim != 1 or inputs.shape != wanted.shape or not len(inputs):
        raise InvalidArgumentError(
            f"x has shape {inputs.shape} and y {wanted.shape}; pass two of shape (n,)"
        )
    return torch.tensor(inputs)[None], torch.tensor(wanted)


def _free(layers: Weights) -> Weights:
    return [
        (W.detach().clone().requires_grad_(), b.detach().clone().requires_grad_())
        for W, b in layers
    ]


def _flat(weights: Weights) -> list[Any]:
    return [tensor for pair in weights for tensor in pair]


def _network(weights: Weights, run: int) -> Network:
    return Network(arrays_of([(W[run], b[run]) for W, b in weights]))


def _whole(value: Any, what: str, least: int = 1) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise InvalidArgumentError(f"{what}={value!r}; pass an integer >= {least}")
    return value
