# SPDX-License-Identifier: MIT
"""How networks are trained; the papers' settings are the default."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

from ..errors import InvalidArgumentError

SEED = 5  # of the papers


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Adam with L2 weight decay on shuffled batches, cross entropy of the classes.

    The defaults are those of Qi and Wei (arXiv 2310.18725) and of their ICONIP 2023
    paper.

    Attributes
    ----------
    learning_rate, betas, epsilon, weight_decay : as ``torch.optim.Adam`` takes them
    batch_size : int; the last batch of an epoch may be smaller
    """

    learning_rate: float = 1e-3
    betas: tuple[float, float] = (0.9, 0.999)
    epsilon: float = 1e-8
    weight_decay: float = 1e-4
    batch_size: int = 32

    def __post_init__(self) -> None:
        numbers = (self.learning_rate, *self.betas, self.epsilon, self.weight_decay)
        if not all(math.isfinite(number) and number >= 0 for number in numbers):
            raise InvalidArgumentError(f"{self}: pass finite numbers >= 0")
        if max(self.betas) >= 1:
            raise InvalidArgumentError(f"betas={self.betas}; pass two numbers below 1")
        if self.batch_size < 1:
            raise InvalidArgumentError(
                f"batch_size={self.batch_size}; pass an integer >= 1"
            )

    def to_json(self) -> dict[str, Any]:
        """Return the settings as JSON."""
        return asdict(self) | {"betas": list(self.betas)}


PAPER = Settings()
