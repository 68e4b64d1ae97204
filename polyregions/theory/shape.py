# SPDX-License-Identifier: MIT
"""Shape: what bounds depend on, of a network, its domain and the law of its weights."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..activations import RELU, PiecewiseLinear, layer_activations
from ..errors import InvalidArgumentError
from ..network import Network
from .arguments import checked_widths, real, whole
from .formulas import HiddenLayer


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What the bounds of this package may depend on.

    Attributes
    ----------
    widths : inputs, units of every layer, outputs
    activation : what ``repr`` calls it
    layers : one HiddenLayer each
    dim : dimension of the domain
    everywhere : the domain is all of R^n0
    biases : some hidden layer may have a bias
    radius, sigma_w, sigma_b : of ``expected_pieces``
    constant : T of ``hanin_rolnick_segment``, or None
    """

    widths: tuple[int, ...]
    activation: str
    layers: tuple[HiddenLayer, ...]
    dim: int
    everywhere: bool
    biases: bool
    radius: float
    sigma_w: float
    sigma_b: float
    constant: float | None

    @property
    def hidden(self) -> tuple[int, ...]:
        """Hidden widths."""
        return self.widths[1:-1]

    @property
    def n_inputs(self) -> int:
        """n0."""
        return self.widths[0]

    @property
    def relu(self) -> bool:
        """Whether every hidden unit is a ReLU."""
        return all(layer.relu for layer in self.layers)


def shape_of(
    widths: Sequence[int] | Network,
    *,
    activation: Any,
    negative_slope: Any,
    dim: int | None,
    biases: bool | None,
    radius: float,
    sigma_w: float,
    sigma_b: float,
    constant: float | None,
) -> Shape:
    """Check the arguments of ``bounds`` and return the shape that they describe."""
    if isinstance(widths, Network):
        if activation is not None or negative_slope is not None:
            raise InvalidArgumentError(
                "a network has its own activations; pass widths with activation="
            )
        units = [layer.activation for layer in widths.layers[:-1]]
        sizes = checked_widths(widths.widths)
        if biases is None:
            biases = any(bool(layer.bias.any()) for layer in widths.layers[:-1])
    else:
        sizes = checked_widths(widths)
        name = "relu" if activation is None else activation
        units = layer_activations(sizes[1:-1], name, negative_slope)
    layers = [
        _hidden_layer(width, acts)
        for width, acts in zip(sizes[1:-1], units, strict=True)
    ]
    if biases is not None and not isinstance(biases, bool):
        raise InvalidArgumentError(f"biases is {biases!r}; pass True or False")
    if dim is not None and whole(dim, "dim", least=0) > sizes[0]:
        raise InvalidArgumentError(
            f"dim is {dim} but the network has {sizes[0]} inputs; pass at most that"
        )
    return Shape(
        widths=tuple(sizes),
        activation=_name(units),
        layers=tuple(layers),
        dim=sizes[0] if dim is None else whole(dim, "dim"),
        everywhere=dim is None,
        biases=True if biases is None else biases,
        radius=real(radius, "radius", positive=True),
        sigma_w=_finite(sigma_w, "sigma_w"),
        sigma_b=_finite(sigma_b, "sigma_b"),
        constant=None if constant is None else _finite(constant, "constant"),
    )


def _finite(value: Any, what: str) -> float:
    number = real(value, what, positive=True)
    if math.isinf(number):
        raise InvalidArgumentError(f"{what} is inf; pass a finite number > 0")
    return number


def _hidden_layer(
    width: int, activations: tuple[PiecewiseLinear, ...] | None
) -> HiddenLayer:
    acts = activations or ()
    if not acts:  # an affine layer
        return HiddenLayer(((0, width),), dies=True, relu=False, central=True)
    kinds = Counter(acts)
    units = Counter[int]()
    for act, n in kinds.items():
        units[len(act.breakpoints)] += n
    return HiddenLayer(
        tuple(sorted(units.items())),
        dies=set(units) == {0} or (set(units) == {1} and all(map(_dies, kinds))),
        relu=set(kinds) == {RELU},
        central=all(map(_central, kinds)),
    )


def _dies(act: PiecewiseLinear) -> bool:
    return 0.0 in act.slopes


def _central(act: PiecewiseLinear) -> bool:
    return act.breakpoints in ((), (0.0,)) and act.anchor == 0


def _name(units: Sequence[tuple[PiecewiseLinear, ...] | None]) -> str:
    acts = dict.fromkeys(act for layer in units for act in layer or ())
    plain = "piecewise_linear"  # its repr lists all its numbers
    names = (plain if act.name == plain else repr(act) for act in acts)
    kinds = list(dict.fromkeys(names))
    return ", ".join(kinds) if len(kinds) < 4 else "mixed"
