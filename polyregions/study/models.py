# SPDX-License-Identifier: MIT
"""The papers' classifiers: their first weights, and the batches that they see."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InvalidArgumentError
from ..extras import optional_import
from .settings import SEED

if TYPE_CHECKING:
    import torch

Floats32 = NDArray[np.float32]
SLOPES = {"relu": 0.0, "leaky_relu": 0.01}  # x / 100 for x < 0 (Qi et al. 2023)


def classifier(
    widths: Sequence[int], *, activation: str = "relu", seed: int = SEED
) -> torch.nn.Sequential:
    """Return a torch network with PyTorch's default initialisation.

    Parameters
    ----------
    widths : inputs, hidden widths, classes
    activation : "relu", or "leaky_relu" with slope 1/100 left of zero
    seed : of ``torch.manual_seed``, which is called before the layers are made, inputs
        first; torch's own generator is left as it was

    Raises
    ------
    InvalidArgumentError
        Another activation, or widths that are none.
    MissingExtraError
        torch is not installed.
    """
    torch: Any = optional_import("torch", "torch")
    if activation not in SLOPES:
        raise InvalidArgumentError(
            f"activation={activation!r}; pass {' or '.join(SLOPES)}"
        )
    shape = checked_widths(widths)
    slope = SLOPES[activation]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        linear = [torch.nn.Linear(n, m) for n, m in pairwise(shape)]
    layers: list[Any] = []
    for layer in linear[:-1]:
        bend = torch.nn.LeakyReLU(slope) if slope else torch.nn.ReLU()
        layers += [layer, bend]
    return torch.nn.Sequential(*layers, linear[-1])


def checked_widths(widths: Sequence[int]) -> tuple[int, ...]:
    """Return widths that make a network.

    Raises
    ------
    InvalidArgumentError
        Fewer than two, or one that is no integer >= 1.
    """
    shape = tuple(widths)
    whole = all(isinstance(n, (int, np.integer)) and n >= 1 for n in shape)
    if len(shape) < 2 or not whole:
        raise InvalidArgumentError(
            f"widths={shape}; pass inputs, hidden widths and classes, integers >= 1"
        )
    return tuple(int(n) for n in shape)


def initial_weights(widths: Sequence[int], seed: int) -> Floats32:
    """Return the parameters of ``classifier`` in one row: W, then b, layer by layer."""
    parameters = classifier(widths, seed=seed).parameters()
    return np.concatenate([p.detach().numpy().ravel() for p in parameters])


class Shuffles:
    """The order in which a network sees the points: a new one each epoch.

    Epoch e takes the e-th ``torch.randperm`` of a generator of its own that begins with
    ``seed``, so that it does not depend on anything else that is drawn.
    """

    def __init__(self, seed: int, n: int) -> None:
        self._torch: Any = optional_import("torch", "torch")
        self._n = n
        self._generator = self._torch.Generator().manual_seed(seed)

    def __next__(self) -> NDArray[np.int64]:
        """Return (n,): the order of the next epoch."""
        order = self._torch.randperm(self._n, generator=self._generator)
        return np.asarray(order.numpy())

    def __iter__(self) -> Iterator[NDArray[np.int64]]:
        return self

    @property
    def state(self) -> NDArray[np.uint8]:
        """State of the generator, from which the orders go on."""
        return np.asarray(self._generator.get_state().numpy())

    @state.setter
    def state(self, value: NDArray[np.uint8]) -> None:
        self._generator.set_state(self._torch.tensor(value))
