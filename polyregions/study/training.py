# SPDX-License-Identifier: MIT
"""Training one network: the plain torch loop with the papers' settings."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InvalidArgumentError
from ..extras import optional_import
from ..tolerances import DEFAULT
from .checkpoints import Arrays, load_checkpoint, save_checkpoint
from .datasets import Dataset
from .models import Shuffles
from .settings import PAPER, SEED, Settings

if TYPE_CHECKING:
    import torch

Callback = Callable[["torch.nn.Module", int], object]
_MOMENTS = ("exp_avg", "exp_avg_sq")


def train(
    module: torch.nn.Module,
    dataset: Dataset,
    epochs: int,
    *,
    seed: int = SEED,
    settings: Settings = PAPER,
    callbacks: Iterable[Callback] = (),
    checkpoint: str | os.PathLike[str] | None = None,
) -> None:
    """Train a module in place: Adam on shuffled batches, cross entropy.

    Parameters
    ----------
    epochs : how many there are in all
    seed : of the shuffles, see ``Shuffles``; the weights are the module's own
    callbacks : called with (module, epochs done) before the first epoch and after each,
        a ``RegionTracker`` for example
    checkpoint : file from which a training that was stopped or killed goes on, with the
        same steps; written now and then, after the callbacks, and at the end

    Raises
    ------
    InvalidArgumentError
        Epochs below 0, or a checkpoint of another training.
    ModelFileError
        The checkpoint is damaged.
    MissingExtraError
        torch is not installed.
    """
    if epochs < 0:
        raise InvalidArgumentError(f"epochs={epochs}; pass an integer >= 0")
    state = _State(module, dataset, seed, settings)
    looking = tuple(callbacks)
    if not (checkpoint is not None and state.restore(checkpoint)):
        for callback in looking:
            callback(module, 0)
    kept = time.monotonic()
    while state.epoch < epochs:
        state.run_epoch()
        for callback in looking:
            callback(module, state.epoch)
        late = time.monotonic() - kept > DEFAULT.checkpoint_seconds
        if checkpoint is not None and (late or state.epoch == epochs):
            state.save(checkpoint)
            kept = time.monotonic()


class _State:
    """A module, its optimiser and its shuffles between two epochs."""

    def __init__(
        self, module: torch.nn.Module, dataset: Dataset, seed: int, settings: Settings
    ) -> None:
        self._torch: Any = optional_import("torch", "torch")
        self._module, self._batch = module, settings.batch_size
        self._parameters = list(module.parameters())
        if not self._parameters:
            raise InvalidArgumentError("the module has no parameters to train")
        dtype = self._parameters[0].dtype
        self._X = self._torch.tensor(dataset.X, dtype=dtype)
        self._y = self._torch.tensor(dataset.y)
        self._shuffles = Shuffles(seed, len(dataset))
        self._optimiser = self._torch.optim.Adam(
            self._parameters,
            lr=settings.learning_rate,
            betas=settings.betas,
            eps=settings.epsilon,
            weight_decay=settings.weight_decay,
        )
        self._about = {
            "dataset": dataset.digest,
            "seed": seed,
            "settings": settings.to_json(),
            "shapes": [list(p.shape) for p in self._parameters],
        }
        self.epoch = 0

    def run_epoch(self) -> None:
        """Take a step for each batch of the next order."""
        loss_of = self._torch.nn.functional.cross_entropy
        order = self._torch.tensor(next(self._shuffles))
        for rows in order.split(self._batch):
            self._optimiser.zero_grad()
            loss_of(self._module(self._X[rows]), self._y[rows]).backward()
            self._optimiser.step()
        self.epoch += 1

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a checkpoint."""
        arrays: Arrays = {
            "epoch": np.array(self.epoch),
            "shuffles": self._shuffles.state,
        }
        for k, parameter in enumerate(self._parameters):
            arrays[f"weight_{k}"] = parameter.detach().numpy()
            moments = self._optimiser.state[parameter]
            for name in (*_MOMENTS, "step"):
                arrays[f"{name}_{k}"] = np.asarray(moments[name])
        save_checkpoint(path, self._about, arrays)

    def restore(self, path: str | os.PathLike[str]) -> bool:
        """Go on from a checkpoint; False where there is none."""
        arrays = load_checkpoint(path, self._about)
        if arrays is None:
            return False
        torch = self._torch
        with torch.no_grad():
            for k, parameter in enumerate(self._parameters):
                parameter.copy_(torch.tensor(arrays[f"weight_{k}"]))
                self._optimiser.state[parameter] = {
                    name: torch.tensor(arrays[f"{name}_{k}"])
                    for name in ("step", *_MOMENTS)
                }
        self._shuffles.state = arrays["shuffles"]
        self.epoch = int(arrays["epoch"])
        return True
