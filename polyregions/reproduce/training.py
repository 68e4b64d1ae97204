# SPDX-License-Identifier: MIT
"""Many small networks of one shape, trained at once in one batched torch program."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..extras import optional_import
from ..laws import Law, stream
from ..network import Network

Floats = NDArray[np.float64]
LEARNING_RATE = 0.01


class Trainer:
    """Networks with hidden ReLU layers and one output, in float64, one a slot.

    Network i begins with the weights of ``montecarlo``'s sample i (uniform on (-1, 1),
    seed ``seed``). Adam on the whole training set, binary cross-entropy of the output.

    Parameters
    ----------
    widths : inputs, hidden widths, 1
    X, y : (n, inputs), (n,) of 0 and 1
    """

    def __init__(
        self, widths: Sequence[int], n_networks: int, seed: int, X: Floats, y: Floats
    ) -> None:
        self._torch: Any = optional_import("torch", "torch")
        self._widths = tuple(widths)
        law = Law.checked("uniform")
        drawn = np.stack(
            [law.parameters(self._widths, stream(seed, i)) for i in range(n_networks)]
        )
        self._parts = []
        at = 0
        for n_in, n_out in pairwise(self._widths):
            weight = drawn[:, at : at + n_out * n_in].reshape(-1, n_out, n_in)
            bias = drawn[:, at + n_out * n_in : at + n_out * (n_in + 1)]
            at += n_out * (n_in + 1)
            for array in (weight, bias):
                tensor = self._torch.tensor(array, requires_grad=True)
                self._parts.append(tensor)
        self._X = self._torch.tensor(X)
        self._y = self._torch.tensor(y)
        self._optimiser = self._torch.optim.Adam(self._parts, lr=LEARNING_RATE)

    def _outputs(self, X: Any) -> Any:
        """Return (networks, n)."""
        values = X.T.expand(len(self._parts[0]), -1, -1)
        last = len(self._parts) - 2
        for k in range(0, len(self._parts), 2):
            weight, bias = self._parts[k], self._parts[k + 1]
            values = self._torch.baddbmm(bias[:, :, None], weight, values)
            values = values if k == last else values.relu()
        return values[:, 0]

    def step(self) -> None:
        """Take one step of Adam."""
        torch = self._torch
        self._optimiser.zero_grad()
        found = self._outputs(self._X)
        wanted = self._y.expand(len(found), -1)
        loss = torch.nn.functional.binary_cross_entropy_with_logits(
            found, wanted, reduction="none"
        )
        loss.mean(dim=1).sum().backward()  # no network feels another
        self._optimiser.step()

    def accuracy(self, X: Floats, y: Floats) -> Floats:
        """Return each network's share of right answers."""
        with self._torch.no_grad():
            found = self._outputs(self._torch.tensor(X)).numpy() > 0
        out: Floats = np.mean(found == (y > 0.5), axis=1)
        return out

    def network(self, i: int) -> Network:
        """Return network i as it is now."""
        arrays = [part[i].detach().numpy() for part in self._parts]
        return Network([*zip(arrays[::2], arrays[1::2], strict=True)])


def trained(
    trainer: Trainer,
    steps: int,
    every: int,
    look: Callable[[int], bool],
) -> int:
    """Train; ``look`` is called at steps 0, every, ... and ends it with False."""
    for step in range(steps + 1):
        if step % every == 0 and not look(step):
            return step
        trainer.step()
    return steps
