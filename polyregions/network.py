# SPDX-License-Identifier: MIT
"""Networks: affine layers with per-unit continuous piecewise-linear activations."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _core
from .activations import PiecewiseLinear, layer_activations
from .errors import InvalidArgumentError, InvalidNetworkError

if TYPE_CHECKING:
    import torch

ActivationSpec = Any  # a name, a PiecewiseLinear, None, or a sequence a unit of these


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """One affine map and the activations behind it.

    Attributes
    ----------
    weight : (out, in) float64, read-only; the dyadic rationals that they are
    bias : (out,) float64, read-only
    activation : one PiecewiseLinear a unit; None for a purely affine layer (the output
        layer, a BatchNorm, a Linear without an activation behind it)
    """

    weight: NDArray[np.float64]
    bias: NDArray[np.float64]
    activation: tuple[PiecewiseLinear, ...] | None

    @property
    def n_units(self) -> int:
        """Number of units (outputs) of the layer."""
        return int(self.weight.shape[0])


class Network:
    """A network with continuous piecewise-linear activations, stored exactly.

    Parameters
    ----------
    layers : sequence of (W, b)
        W of shape (out, in), b of shape (out,); any float or integer dtype that
        float64 holds exactly (float16, float32, float64, small integers). The last
        layer is affine.
    activation : str, PiecewiseLinear, or one a hidden layer
        ``"relu"``, ``"leaky_relu"``, ``"prelu"``, ``"abs"``, ``"hardtanh"``,
        ``"relu6"``, ``"identity"``, or a PiecewiseLinear. The entry of a layer may
        itself be a sequence with one a unit; None marks an affine layer, which
        is no hidden layer in ``per_layer``.
    negative_slope : float, or one a hidden layer (each a float or (units,) floats)
        Slope of leaky_relu and prelu left of 0; needed for them, never guessed.

    Raises
    ------
    InvalidNetworkError
        Wrong shapes, no layer, no input, NaN or infinity (layer and unit named),
        an unknown activation.
    """

    __slots__ = ("__dict__", "layers")

    layers: tuple[Layer, ...]

    def __init__(
        self,
        layers: Iterable[tuple[ArrayLike, ArrayLike]],
        activation: ActivationSpec = "relu",
        *,
        negative_slope: Any = None,
    ) -> None:
        if not isinstance(layers, Iterable):
            raise InvalidNetworkError(
                f"layers is a {type(layers).__name__}; pass a list of (W, b)"
            )
        pairs = [_checked_layer(k, pair) for k, pair in enumerate(layers)]
        if not pairs:
            raise InvalidNetworkError(
                "the network has no layers; pass at least one (W, b)"
            )
        _check_chain(pairs)
        widths = [weight.shape[0] for weight, _ in pairs[:-1]]
        units = layer_activations(widths, activation, negative_slope)
        self.layers = tuple(
            Layer(weight, bias, acts)
            for (weight, bias), acts in zip(pairs, [*units, None], strict=True)
        )

    @classmethod
    def from_torch(cls, module: torch.nn.Module, *, replay: bool = True) -> Network:
        """Read a ``torch.nn.Sequential``; see ``readers.torch_module.from_torch``."""
        from .readers.torch_module import from_torch

        return from_torch(module, replay=replay)

    @property
    def n_inputs(self) -> int:
        """Input dimension."""
        return int(self.layers[0].weight.shape[1])

    @property
    def n_outputs(self) -> int:
        """Number of outputs."""
        return self.layers[-1].n_units

    @property
    def widths(self) -> tuple[int, ...]:
        """Inputs, then the units of every layer, outputs last."""
        return (self.n_inputs, *(layer.n_units for layer in self.layers))

    @cached_property
    def hidden_layers(self) -> tuple[int, ...]:
        """Indices of the layers with activations: the entries of ``per_layer``."""
        return tuple(k for k, a in enumerate(self.layers) if a.activation is not None)

    @cached_property
    def units(self) -> NDArray[np.int64]:
        """(n_units, 2): layer and unit of each pattern column.

        Only units with a breakpoint have a column.
        """
        rows = [
            (k, unit)
            for k, layer in enumerate(self.layers)
            for unit, act in enumerate(layer.activation or ())
            if act.breakpoints
        ]
        return np.asarray(rows, dtype=np.int64).reshape(-1, 2)

    @cached_property
    def core(self) -> _core.CoreNetwork:
        """The same network as exact integers in the compiled core."""
        core = _core.CoreNetwork(self.n_inputs)
        for layer in self.layers:
            acts = layer.activation or ()
            core.add_layer(
                layer.weight,
                layer.bias,
                layer.activation is not None,
                [a.breakpoints for a in acts],
                [a.slopes for a in acts],
                np.array([a.anchor for a in acts], dtype=np.float64),
            )
        return core

    def __call__(self, X: ArrayLike) -> NDArray[np.float64]:
        """Forward pass in float64.

        Parameters
        ----------
        X : (n, n_inputs) or (n_inputs,)

        Returns
        -------
        (n, n_outputs) or (n_outputs,) float64, rounded; ``cx[i]`` has exact maps.
        """
        value = np.asarray(X, dtype=np.float64)
        if value.ndim not in (1, 2) or value.shape[-1] != self.n_inputs:
            raise InvalidArgumentError(
                f"points have shape {value.shape}; the network takes "
                f"{self.n_inputs} inputs: pass (n, {self.n_inputs})"
            )
        for layer in self.layers:
            value = value @ layer.weight.T + layer.bias
            if layer.activation is not None:
                value = apply_activations(layer.activation, value)
        return value

    def with_outputs(self, output: int | Sequence[int] | None) -> Network:
        """Return the network with only these outputs; None gives the network itself.

        Raises
        ------
        InvalidArgumentError
            An index outside 0 .. n_outputs - 1, or none at all.
        """
        rows = self.checked_outputs(output)
        if rows is None:
            return self
        last = self.layers[-1]
        new = Layer(_frozen(last.weight[rows]), _frozen(last.bias[rows]), None)
        return Network.from_layers((*self.layers[:-1], new))

    def checked_outputs(self, output: int | Sequence[int] | None) -> list[int] | None:
        """Return the indices of outputs as a list; None for None.

        Raises
        ------
        InvalidArgumentError
            An index outside 0 .. n_outputs - 1, or none at all.
        """
        if output is None:
            return None
        rows = np.atleast_1d(np.asarray(output))
        if (
            rows.dtype.kind not in "iu"
            or rows.ndim != 1
            or not all(0 <= k < self.n_outputs for k in rows)
        ):
            raise InvalidArgumentError(
                f"output={output!r}: the network has outputs 0 to "
                f"{self.n_outputs - 1}; pass one of them or a list"
            )
        return [int(row) for row in rows]

    @classmethod
    def from_layers(cls, layers: Sequence[Layer]) -> Network:
        """Return a network of checked layers; the last one is affine."""
        if layers and layers[-1].activation is not None:
            raise InvalidNetworkError(
                "the last layer has activations; add an affine output layer behind it"
            )
        return cls(
            [(layer.weight, layer.bias) for layer in layers],
            activation=[layer.activation for layer in layers[:-1]],
        )

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the npz model of the contract (W0, b0, ...); no objects inside."""
        from .readers.npz import save_npz

        save_npz(self, path)

    def __repr__(self) -> str:
        shape = "-".join(map(str, self.widths))
        names = [_layer_name(layer) for layer in self.layers[:-1]]
        kinds = ", ".join(dict.fromkeys(names)) if names else "affine"
        return f"Network({shape}, {kinds})"


def random_network(
    widths: Sequence[int],
    seed: Any = None,
    *,
    activation: ActivationSpec = "relu",
    negative_slope: Any = None,
) -> Network:
    """Draw a network with weights and biases uniform on (-1, 1), output included.

    Parameters
    ----------
    widths : inputs, hidden widths, outputs
    seed : anything ``numpy.random.default_rng`` takes; per layer W, then b, is drawn

    Raises
    ------
    InvalidNetworkError
        Fewer than two widths, or one below 1.
    """
    sizes = [int(n) for n in widths]
    if len(sizes) < 2 or min(sizes) < 1:
        raise InvalidNetworkError(
            f"widths {list(widths)}: pass inputs, hidden widths and outputs, each >= 1"
        )
    rng = np.random.default_rng(seed)
    layers = [
        (rng.uniform(-1, 1, (n_out, n_in)), rng.uniform(-1, 1, n_out))
        for n_in, n_out in pairwise(sizes)
    ]
    return Network(layers, activation, negative_slope=negative_slope)


def apply_activations(
    activations: Sequence[PiecewiseLinear], z: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Apply one activation a unit along the last axis, in float64."""
    if len(set(activations)) == 1:
        return activations[0](z)
    columns = [act(z[..., k]) for k, act in enumerate(activations)]
    return np.stack(columns, axis=-1)


def exact_float64(array: ArrayLike, what: str) -> NDArray[np.float64]:
    """Return the array as float64 with every value unchanged.

    Raises
    ------
    InvalidNetworkError
        Not numeric, or a value that float64 does not hold.
    """
    try:
        raw = np.asarray(array)
        if raw.dtype == np.float64:  # nothing to convert
            return np.asarray(raw, order="C")
        if raw.dtype.kind not in "fiubO":
            raise InvalidNetworkError(
                f"{what} has dtype {raw.dtype}; pass an array of real numbers"
            )
        with np.errstate(all="ignore"):
            out = np.asarray(raw, dtype=np.float64, order="C")
    except InvalidNetworkError:
        raise
    except (TypeError, ValueError, OverflowError, RuntimeError) as error:
        reason = " ".join(str(error).split())
        raise InvalidNetworkError(
            f"{what} is no array of real numbers ({reason}); pass a rectangular array"
        ) from None
    if not _all_equal(raw, out):
        raise InvalidNetworkError(
            f"{what} has dtype {raw.dtype} and values that float64 does not hold; "
            "round them yourself first"
        )
    return out


def _all_equal(raw: NDArray[Any], out: NDArray[np.float64]) -> bool:
    """Whether float64 holds every value; NaN is checked later, where it lies."""
    if raw.dtype.kind in "iuO":  # Python compares integers and fractions exactly
        pairs = zip(raw.ravel().tolist(), out.ravel().tolist(), strict=True)
        return all(a == b or a != a for a, b in pairs)
    same = (out.astype(raw.dtype) == raw) | (raw != raw)
    return bool(np.all(same))


def _checked_layer(
    index: int, pair: Any
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    try:
        raw_weight, raw_bias = pair
    except (TypeError, ValueError):
        raise InvalidNetworkError(
            f"layer {index} is no pair; pass (W, b) with W of shape (out, in)"
        ) from None
    weight = exact_float64(raw_weight, f"layer {index}: W")
    bias = exact_float64(raw_bias, f"layer {index}: b")
    if weight.ndim != 2 or 0 in weight.shape:
        raise InvalidNetworkError(
            f"layer {index}: W has shape {weight.shape}; pass (out, in), both >= 1"
        )
    if bias.ndim == 0 and weight.shape[0] == 1:
        bias = bias.reshape(1)
    if bias.shape != (weight.shape[0],):
        raise InvalidNetworkError(
            f"layer {index}: b has shape {bias.shape}; W gives {weight.shape[0]} "
            f"units: pass b of shape ({weight.shape[0]},)"
        )
    for name, values in (("weight", weight), ("bias", bias)):
        finite = np.isfinite(values)
        if not finite.all():
            at = tuple(np.argwhere(~finite)[0])
            raise InvalidNetworkError(
                f"layer {index}, unit {at[0]}: {name} is {values[at]}; "
                "every weight and bias must be finite"
            )
    return _frozen(weight), _frozen(bias)


def _check_chain(
    pairs: Sequence[tuple[NDArray[np.float64], NDArray[np.float64]]],
) -> None:
    for index in range(1, len(pairs)):
        weights, width = pairs[index][0], pairs[index - 1][0].shape[0]
        if weights.shape[1] != width:
            raise InvalidNetworkError(
                f"layer {index} takes {weights.shape[1]} inputs but layer "
                f"{index - 1} gives {width}; pass weights of shape (out, {width})"
            )


def _layer_name(layer: Layer) -> str:
    if layer.activation is None:
        return "affine"
    kinds = dict.fromkeys(map(repr, layer.activation))
    return next(iter(kinds)) if len(kinds) == 1 else "mixed"


def _frozen(array: NDArray[np.float64]) -> NDArray[np.float64]:
    out = np.add(array, 0.0, dtype=np.float64, order="C")  # -0.0 becomes 0.0
    out.flags.writeable = False
    return out
