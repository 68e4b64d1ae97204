# SPDX-License-Identifier: MIT
"""Laws of random weights: what a network is drawn from, in the order of its layers.

A layer of n inputs draws W, then b. ``uniform`` is that of ``random_network``:
independent and uniform on (-1, 1) (Wang 2022, section 4.1).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import InvalidArgumentError
from .network import exact_float64

Floats = NDArray[np.float64]
Generator = np.random.Generator
Draw = Callable[[Generator, int, int], Floats]  # (generator, inputs, size) -> (size,)
# A user's: (generator, inputs, outputs) -> (W of shape (outputs, inputs), b)
LayerLaw = Callable[[Generator, int, int], tuple[Any, Any]]


def _uniform(rng: Generator, n_in: int, size: int) -> Floats:
    return rng.uniform(-1, 1, size)


def _normal(rng: Generator, n_in: int, size: int) -> Floats:
    return rng.standard_normal(size)


def _torch(rng: Generator, n_in: int, size: int) -> Floats:
    return rng.uniform(-1, 1, size) / math.sqrt(n_in)


def _he(rng: Generator, n_in: int, size: int) -> Floats:
    return rng.standard_normal(size) * math.sqrt(2 / n_in)


def _he_uniform(rng: Generator, n_in: int, size: int) -> Floats:
    return rng.uniform(-1, 1, size) * math.sqrt(6 / n_in)


def _orthogonal(rng: Generator, n_in: int, size: int) -> Floats:
    n_out = size // n_in
    tall = rng.standard_normal((max(n_in, n_out), min(n_in, n_out)))
    q, r = np.linalg.qr(tall)
    q *= np.where(np.diag(r) < 0, -1.0, 1.0)  # Haar measure (Mezzadri 2007)
    return np.ascontiguousarray(q if n_out >= n_in else q.T).ravel()


def _zero(rng: Generator, n_in: int, size: int) -> Floats:
    return np.zeros(size)


# Each law of weights with the one of its biases, unless another is asked for.
WEIGHTS: dict[str, tuple[Draw, str]] = {
    "uniform": (_uniform, "uniform"),
    "normal": (_normal, "normal"),
    "torch": (_torch, "torch"),
    "he": (_he, "zero"),
    "he_uniform": (_he_uniform, "zero"),
    "orthogonal": (_orthogonal, "zero"),
}
BIASES: dict[str, Draw] = {
    "uniform": _uniform,
    "normal": _normal,
    "torch": _torch,
    "zero": _zero,
}


@dataclass(frozen=True, slots=True)
class Law:
    """A law of networks.

    Attributes
    ----------
    name : of the weights' law; of a function its module and name
    bias : of the biases' law; "own" where a function draws both
    """

    name: str
    bias: str
    _weight: Draw | None
    _layer: LayerLaw | None

    @classmethod
    def checked(cls, law: str | LayerLaw, bias: str | None = None) -> Law:
        """Return the law of these names, or that of a user's function.

        Raises
        ------
        InvalidArgumentError
            An unknown name, or a bias law beside a function, which draws both.
        """
        if callable(law):
            if bias is not None:
                raise InvalidArgumentError(
                    f"bias={bias!r} beside a function that draws the biases itself; "
                    "pass bias=None"
                )
            name = getattr(law, "__qualname__", type(law).__qualname__)
            return cls(f"{getattr(law, '__module__', '')}.{name}", "own", None, law)
        if not isinstance(law, str) or law not in WEIGHTS:
            raise InvalidArgumentError(
                f"law {law!r}; pass one of {', '.join(WEIGHTS)}, or a function"
            )
        draw, own_bias = WEIGHTS[law]
        if bias is None:
            bias = own_bias
        if bias not in BIASES:
            raise InvalidArgumentError(
                f"bias {bias!r}; pass one of {', '.join(BIASES)}"
            )
        return cls(law, bias, draw, None)

    @property
    def function(self) -> LayerLaw | None:
        """The user's; None for a law of this module."""
        return self._layer

    def parameters(self, widths: Sequence[int], rng: Generator) -> Floats:
        """Draw a network: (n_parameters,), by layer W row by row, then b.

        Raises
        ------
        InvalidArgumentError
            A user's function gave other shapes, or numbers that are not finite.
        """
        if self.name == self.bias == "uniform":  # the same stream in one call
            size = sum(n_out * (n_in + 1) for n_in, n_out in pairwise(widths))
            return _uniform(rng, 1, size)
        parts = []
        for n_in, n_out in pairwise(widths):
            if self._layer is not None:
                parts += self._own_layer(rng, n_in, n_out)
            elif self._weight is not None:
                parts.append(self._weight(rng, n_in, n_out * n_in))
                parts.append(BIASES[self.bias](rng, n_in, n_out))
        return np.concatenate(parts)

    def _own_layer(self, rng: Generator, n_in: int, n_out: int) -> list[Floats]:
        assert self._layer is not None
        try:
            weight, bias = self._layer(rng, n_in, n_out)
        except (TypeError, ValueError) as error:
            raise InvalidArgumentError(
                f"law {self.name} failed or gave no pair (W, b): {error}"
            ) from error
        out = []
        for name, array, shape in (("W", weight, (n_out, n_in)), ("b", bias, (n_out,))):
            values = exact_float64(array, f"law {self.name}: {name}")
            if values.shape != shape or not np.isfinite(values).all():
                raise InvalidArgumentError(
                    f"law {self.name} gave {name} of shape {values.shape}; return "
                    f"finite numbers of shape {shape}"
                )
            out.append(np.add(values, 0.0).ravel())  # -0.0 becomes 0.0
        return out


def stream(seed: int, index: int) -> Generator:
    """Return the generator of one sample, the same for any number of workers."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(index,)))


def checked_widths(widths: Sequence[int]) -> tuple[int, ...]:
    """Return inputs, hidden widths and outputs.

    Raises
    ------
    InvalidArgumentError
        Fewer than two, or one that is no integer from 1 on.
    """
    sizes = list(widths) if isinstance(widths, (Sequence, np.ndarray)) else []
    whole = [
        isinstance(n, (int, np.integer)) and not isinstance(n, bool) for n in sizes
    ]
    if len(sizes) < 2 or not all(whole) or min(sizes) < 1:
        raise InvalidArgumentError(
            f"widths {widths!r}: pass inputs, hidden widths and outputs, integers >= 1"
        )
    return tuple(int(n) for n in sizes)
