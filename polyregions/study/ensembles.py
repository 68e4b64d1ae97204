# SPDX-License-Identifier: MIT
"""Many networks of one shape on one data set, trained side by side in float32.

A step of torch takes up to a millisecond, nearly all of it outside the arithmetic of so
small a network. These are the same steps, written out in numpy for all networks at
once: no network feels another, and each sees the batches that ``train`` would show it.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cache, reduce
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InvalidArgumentError
from ..network import Network
from .checkpoints import Arrays, load_checkpoint, save_checkpoint
from .datasets import Dataset
from .models import Shuffles, checked_widths, initial_weights
from .settings import PAPER, Settings

Floats32 = NDArray[np.float32]


@cache
def _ones(n: int, m: int) -> Floats32:
    """Return ones to multiply by: sums over a short axis take numpy longer."""
    return np.ones((n, m), dtype=np.float32)


class _Room:
    """Arrays that a step writes to, (networks, batch, units) a layer."""

    def __init__(self, shape: tuple[int, ...], widths: Sequence[int]) -> None:
        sizes = [(*shape, n) for n in widths[1:]]
        self.values = [np.empty(size, np.float32) for size in sizes]
        self.factors = [np.empty(size, np.float32) for size in sizes]
        self.deltas = [np.empty(size, np.float32) for size in sizes]


class Ensemble:
    """Networks of one shape; network i has seed ``seeds[i]`` and slope ``slopes[i]``.

    Network i begins as ``classifier(widths, seed=seeds[i])`` and goes through its
    batches as ``train`` does: cross entropy, Adam as torch defines it, weight decay
    added to the gradient. Sums are rounded in another order than torch's, so that the
    two differ in the last bits, and visibly after some thousand steps.

    Parameters
    ----------
    widths : inputs, hidden widths, classes
    slopes : slope of each network left of zero, 0 to 1; 0 is ReLU

    Attributes
    ----------
    epoch : int, epochs done

    Raises
    ------
    InvalidArgumentError
        Not one slope a seed, no seed at all, a slope out of range, or widths that do
        not fit the data.
    MissingExtraError
        torch, which draws the first weights, is not installed.
    """

    def __init__(
        self,
        widths: Sequence[int],
        dataset: Dataset,
        seeds: Sequence[int],
        slopes: Sequence[float],
        settings: Settings = PAPER,
    ) -> None:
        self.widths = checked_widths(widths)
        self.seeds, self.slopes = tuple(seeds), tuple(slopes)
        self.dataset, self.settings = dataset, settings
        self.epoch = 0
        self._check()
        drawn = [initial_weights(self.widths, seed) for seed in self.seeds]
        self._weights: Floats32 = np.stack(drawn)
        self._moments = np.zeros((2, *self._weights.shape), dtype=np.float32)
        self._steps = 0
        self._X: Floats32 = dataset.X.astype(np.float32)
        self._one_hot = np.eye(self.widths[-1], dtype=np.float32)[dataset.y]
        self._slope = np.asarray(slopes, dtype=np.float32)[:, None, None]
        self._gradient = np.empty_like(self._weights)
        self._scratch = np.empty((2, *self._weights.shape), dtype=np.float32)
        self._layers = self._views(self._weights)
        self._gradients = self._views(self._gradient)
        self._shuffles = [Shuffles(seed, len(dataset)) for seed in self.seeds]
        self._room: dict[int, _Room] = {}

    def _check(self) -> None:
        """Refuse what does not fit together."""
        if not self.seeds or len(self.seeds) != len(self.slopes):
            raise InvalidArgumentError(
                f"{len(self.seeds)} seeds and {len(self.slopes)} slopes; pass one of "
                "each a network"
            )
        if not all(0 <= slope <= 1 for slope in self.slopes):
            raise InvalidArgumentError(f"slopes={self.slopes}; pass numbers in [0, 1]")
        inputs, classes = self.dataset.X.shape[1], self.dataset.n_classes
        if self.widths[0] != inputs or self.widths[-1] < classes:
            raise InvalidArgumentError(
                f"widths={self.widths}; the data have {inputs} inputs and {classes} "
                "classes: pass them first and last"
            )

    def _views(self, flat: Floats32) -> list[tuple[Floats32, Floats32]]:
        """Return (weight (n, out, in), bias (n, out)) of each layer, as views."""
        out, at = [], 0
        for n_in, n_out in pairwise(self.widths):
            end = at + n_in * n_out
            weight = flat[:, at:end].reshape(len(flat), n_out, n_in)
            out.append((weight, flat[:, end : end + n_out]))
            at = end + n_out
        return out

    def run_epoch(self) -> None:
        """Train each network on all its batches."""
        order = np.stack([next(shuffle) for shuffle in self._shuffles])
        for start in range(0, order.shape[1], self.settings.batch_size):
            rows = order[:, start : start + self.settings.batch_size]
            self._step(self._X[rows], self._one_hot[rows])
        self.epoch += 1

    def _step(self, X: Floats32, wanted: Floats32) -> None:
        """Take one step of Adam; X (n, batch, inputs), wanted (n, batch, classes)."""
        size = X.shape[1]
        room = self._room.setdefault(size, _Room(X.shape[:2], self.widths))
        values, factors = [X], []
        last = len(self._layers) - 1
        for k, (weight, bias) in enumerate(self._layers):
            z, factor = room.values[k], room.factors[k]
            np.matmul(values[-1], weight.transpose(0, 2, 1), out=z)
            z += bias[:, None, :]
            if k < last:
                np.maximum(z > 0, self._slope, out=factor)  # 1, or the slope
                z *= factor
                factors.append(factor)
            values.append(z)
        found = values.pop()
        found -= reduce(np.maximum, np.moveaxis(found, 2, 0))[:, :, None]
        np.exp(found, out=found)
        found /= found @ _ones(self.widths[-1], 1)
        found -= wanted
        found *= np.float32(1 / size)
        self._backward(found, values, factors, room)
        self._adam()

    def _backward(
        self,
        delta: Floats32,
        values: list[Floats32],
        factors: list[Floats32],
        room: _Room,
    ) -> None:
        for k in range(len(self._layers) - 1, -1, -1):
            weight, bias = self._gradients[k]
            np.matmul(delta.transpose(0, 2, 1), values[k], out=weight)
            np.matmul(_ones(1, delta.shape[1]), delta, out=bias[:, None, :])
            if k:
                before = room.deltas[k - 1]
                np.matmul(delta, self._layers[k][0], out=before)
                before *= factors[k - 1]
                delta = before

    def _adam(self) -> None:
        """Step as torch.optim.Adam does (Kingma and Ba 2015, Algorithm 1)."""
        self._steps += 1
        chosen, (b1, b2) = self.settings, self.settings.betas
        gradient, (first, second), (a, b) = self._gradient, self._moments, self._scratch
        if chosen.weight_decay:
            np.multiply(self._weights, np.float32(chosen.weight_decay), out=a)
            gradient += a
        np.subtract(gradient, first, out=a)
        a *= np.float32(1 - b1)
        first += a
        np.multiply(gradient, gradient, out=a)
        a *= np.float32(1 - b2)
        second *= np.float32(b2)
        second += a
        np.sqrt(second, out=b)
        b *= np.float32(1 / np.sqrt(1 - b2**self._steps))
        b += np.float32(chosen.epsilon)
        np.divide(first, b, out=a)
        a *= np.float32(chosen.learning_rate / (1 - b1**self._steps))
        self._weights -= a

    # --- out and back -----------------------------------------------------------------

    def network(self, i: int) -> Network:
        """Return network i as it is now."""
        layers = [(weight[i], bias[i]) for weight, bias in self._layers]
        slope = float(self._slope[i, 0, 0])
        if slope:
            return Network(layers, "leaky_relu", negative_slope=slope)
        return Network(layers)

    def about(self) -> dict[str, Any]:
        """Return what is trained, as JSON."""
        return {
            "widths": list(self.widths),
            "seeds": list(self.seeds),
            "slopes": list(self.slopes),
            "dataset": self.dataset.digest,
            "settings": self.settings.to_json(),
        }

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a checkpoint, from which ``restore`` goes on with the same steps."""
        arrays: Arrays = {
            "epoch": np.array(self.epoch),
            "steps": np.array(self._steps),
            "weights": self._weights,
            "moments": self._moments,
            "shuffles": np.stack([shuffle.state for shuffle in self._shuffles]),
        }
        save_checkpoint(path, self.about(), arrays)

    def restore(self, path: str | os.PathLike[str]) -> bool:
        """Go on from a checkpoint; False where there is none.

        Raises
        ------
        InvalidArgumentError, ModelFileError
            It is one of another training, or damaged.
        """
        arrays = load_checkpoint(path, self.about())
        if arrays is None:
            return False
        self._weights[:] = arrays["weights"]
        self._moments[:] = arrays["moments"]
        for shuffle, state in zip(self._shuffles, arrays["shuffles"], strict=True):
            shuffle.state = state
        self._steps, self.epoch = int(arrays["steps"]), int(arrays["epoch"])
        return True
