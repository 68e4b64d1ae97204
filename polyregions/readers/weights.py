# SPDX-License-Identifier: MIT
"""Files that hold named weights only: which tensors are layers, in which order."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InvalidArgumentError, ModelFileError
from ..network import Network
from .files import check_slope, reading

_MAX_STEMS = 8  # kinds of layer names whose merges are tried; more are refused


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class StoredTensor:
    """One tensor of a file; ``values`` is None where the dtype is not read."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    values: NDArray[Any] | None


@dataclass(frozen=True, slots=True, eq=False)
class _Linear:
    name: str
    weight: NDArray[Any]
    bias: NDArray[Any]


def network_of_weights(
    tensors: Sequence[StoredTensor],
    path: Path,
    *,
    activation: Any,
    negative_slope: Any,
    ordered: bool,
) -> Network:
    """Return the network of a file's Linear layers.

    Parameters
    ----------
    activation, negative_slope : as ``Network`` takes them; needed with hidden layers
    ordered : whether the order of ``tensors`` is that of the layers

    Raises
    ------
    ModelFileError
        Tensors that belong to no Linear layer (all named), no layer, or no
        unambiguous order.
    InvalidArgumentError
        No activation for a network with hidden layers.
    """
    linears = _linears(tensors, path)
    if not ordered:
        linears = _in_order(linears, path)
    if activation is None and len(linears) > 1:
        raise InvalidArgumentError(
            f"{path}: the file holds weights only; pass the activation of its hidden "
            'layers, for example activation="relu"'
        )
    check_slope(str(path), activation, negative_slope)
    spec = "relu" if activation is None else activation
    with reading(path):
        return Network(
            [(one.weight, one.bias) for one in linears],
            spec,
            negative_slope=negative_slope,
        )


def _linears(tensors: Sequence[StoredTensor], path: Path) -> list[_Linear]:
    """Pair ``<p>.weight`` (2-D) with ``<p>.bias``; everything else is refused."""
    weights = {
        _prefix(t.name): t
        for t in tensors
        if t.name.rpartition(".")[2] == "weight" and len(t.shape) == 2
    }
    biases = {
        _prefix(t.name): t
        for t in tensors
        if t.name.rpartition(".")[2] == "bias" and len(t.shape) == 1
    }
    known = {t.name for t in weights.values()}
    known |= {t.name for prefix, t in biases.items() if prefix in weights}
    refused = [t for t in tensors if t.name not in known or t.values is None]
    if refused:
        listed = ", ".join(f"{t.name!r} {t.dtype}{list(t.shape)}" for t in refused)
        raise ModelFileError(
            f"{path}: not read: {listed}; a file of weights may hold only Linear "
            "layers (weight (out, in), bias (out,)) of floats: for others build the "
            "module and use Network.from_torch"
        )
    if not weights:
        raise ModelFileError(f"{path}: no Linear layer in the file; nothing to read")
    out = []
    for prefix, tensor in weights.items():
        weight = np.asarray(tensor.values)
        bias = biases.get(prefix)
        shift = np.zeros(weight.shape[0]) if bias is None else np.asarray(bias.values)
        out.append(_Linear(prefix, weight, shift))
    return out


def _prefix(name: str) -> str:
    return name.rpartition(".")[0]


def _in_order(linears: list[_Linear], path: Path) -> list[_Linear]:
    """Sort layers whose file has no order of its own.

    Names of one stem (equal up to their numbers: ``net.0``, ``net.10``) follow their
    numbers. Several stems are merged where exactly one merge has fitting shapes;
    otherwise the order is unknown, and nothing is guessed.
    """
    queues: dict[str, list[_Linear]] = {}
    for one in sorted(linears, key=lambda one: _numbers(one.name)):
        queues.setdefault(re.sub(r"[0-9]+", "#", one.name), []).append(one)
    if len(queues) == 1:
        return next(iter(queues.values()))
    found = []
    if len(queues) <= _MAX_STEMS:
        for order in _merges(list(queues.values()), None, set()):
            found.append(order)
            if len(found) == 2:
                break
    if len(found) != 1:
        names = ", ".join(repr(one.name) for one in linears)
        raise ModelFileError(
            f"{path}: the order of the layers {names} is not in the file; number "
            "their names in order (0, 1, ...), or save a state dict or an npz"
        )
    return found[0]


def _numbers(name: str) -> list[int]:
    return [int(digits) for digits in re.findall(r"[0-9]+", name)]


def _merges(
    queues: list[list[_Linear]], width: int | None, dead: set[Any]
) -> Iterator[list[_Linear]]:
    """Yield the merges of the queues in which every layer takes its predecessor.

    ``dead`` remembers the states that lead nowhere; it keeps the search polynomial.
    """
    state = (width, *map(len, queues))
    if state in dead:
        return
    alive = not any(queues)
    if alive:
        yield []
    for k, queue in enumerate(queues):
        if queue and width in (None, queue[0].weight.shape[1]):
            rest = [*queues[:k], queue[1:], *queues[k + 1 :]]
            for tail in _merges(rest, queue[0].weight.shape[0], dead):
                alive = True
                yield [queue[0], *tail]
    if not alive:
        dead.add(state)
