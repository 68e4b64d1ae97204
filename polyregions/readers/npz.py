# SPDX-License-Identifier: MIT
"""The npz model of the contract: W0, b0, W1, b1, ... and the activations by name.

Keys: ``Wk`` (out, in) and ``bk`` (out,) of any float dtype; optional ``activation``
(one label, or one a hidden layer) and ``negative_slope`` (one number, or one a hidden
layer). A hidden layer k that no label describes has ``breakpoints_k`` (units, K),
rows padded with inf, ``slopes_k`` (units, K + 1), rows padded with their last slope,
and ``anchor_k`` (units,), all float64; its label is ``piecewise_linear``, or it is
left out of the single label that stands for the other layers. The label ``affine``
marks a layer without activation. Without ``activation`` the layers are ReLU.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..activations import NAMES, PiecewiseLinear, named
from ..errors import InvalidArgumentError, InvalidNetworkError, ModelFileError
from ..network import Layer, Network, exact_float64
from .archive import read_archive, write_archive
from .files import SLOPED, as_path, check_slope, checked_file, reading

AFFINE, BY_ARRAYS = "affine", "piecewise_linear"
_KEY = re.compile(r"(W|b|breakpoints_|slopes_|anchor_)(0|[1-9][0-9]{0,8})")
_PIECES = ("breakpoints_", "slopes_", "anchor_")

Arrays = Mapping[str, NDArray[Any]]


def load_npz(
    path: str | os.PathLike[str],
    *,
    activation: Any = None,
    negative_slope: Any = None,
) -> Network:
    """Read an npz model; objects in it are refused, never unpickled.

    Parameters
    ----------
    activation, negative_slope : as ``Network`` takes them
        Only for files that have none of their own.

    Raises
    ------
    ModelFileError
        Missing, corrupt, holds objects, or has keys that are missing or unknown.
    InvalidNetworkError
        The arrays are no network.
    InvalidArgumentError
        The file has an activation (or slope) and one is passed too.
    """
    file = checked_file(path)
    with reading(file):
        arrays = read_archive(file)
    return network_from_arrays(
        arrays, str(file), activation=activation, negative_slope=negative_slope
    )


def save_npz(network: Network, path: str | os.PathLike[str]) -> None:
    """Write the npz model; ``load`` gives back the same network.

    Equal networks give equal bytes. Names of activations other than those of
    ``Network`` are not stored.

    Raises
    ------
    ModelFileError
        The path does not end in .npz, or cannot be written.
    """
    file = as_path(path)
    if file.suffix.lower() != ".npz":
        raise ModelFileError(f"{file}: models are written as npz; end the path in .npz")
    write_archive(file, network_arrays(network))


def network_arrays(network: Network) -> dict[str, NDArray[Any]]:
    """Return the arrays of the npz model by key."""
    arrays: dict[str, NDArray[Any]] = {}
    labels, slopes = [], []
    for k, layer in enumerate(network.layers):
        arrays[f"W{k}"], arrays[f"b{k}"] = layer.weight, layer.bias
    for k, layer in enumerate(network.layers[:-1]):
        label, slope = _label(layer)
        labels.append(label)
        slopes.append(0.0 if slope is None else slope)
        if label == BY_ARRAYS:
            arrays.update(_pieces(k, layer.activation or ()))
    if labels:
        arrays["activation"] = np.asarray(_one_or_all(labels))
    if any(label in SLOPED for label in labels):
        arrays["negative_slope"] = np.asarray(_one_or_all(slopes), dtype=np.float64)
    return arrays


def network_from_arrays(
    arrays: Arrays,
    source: str,
    *,
    activation: Any = None,
    negative_slope: Any = None,
) -> Network:
    """Return the network of an npz model's arrays; errors begin with ``source``."""
    try:
        layers = _weights(arrays)
        n_hidden = len(layers) - 1
        _check_pieces(arrays, n_hidden)
        labels = _stored_labels(arrays, n_hidden)
        slope = _stored_slopes(arrays)
    except ModelFileError as error:
        raise ModelFileError(f"{source}: {error}") from None
    _refuse_second(source, labels, slope, activation, negative_slope)
    slope = negative_slope if slope is None else slope
    spec = "relu" if activation is None else activation
    try:
        if labels is not None:
            spec = [_spec(arrays, k, label) for k, label in enumerate(labels)]
        return Network(layers, spec, negative_slope=slope)
    except InvalidNetworkError as error:
        raise InvalidNetworkError(f"{source}: {error}") from None


def _weights(arrays: Arrays) -> list[tuple[NDArray[Any], NDArray[Any]]]:
    """Return the (W, b) in order; every key must be one that the format knows."""
    known = {"activation", "negative_slope"}
    unknown = [key for key in arrays if key not in known and not _KEY.fullmatch(key)]
    if unknown:
        raise ModelFileError(
            f"unknown keys {', '.join(map(repr, sorted(unknown)))}; an npz model has "
            "W0, b0, W1, b1, ... and optionally activation and negative_slope"
        )
    matches = [match for key in arrays if (match := _KEY.fullmatch(key))]
    numbers = {int(match[2]) for match in matches if match[1] in ("W", "b")}
    if not numbers:
        raise ModelFileError("no layers; an npz model has W0, b0, W1, b1, ...")
    wanted = [f"{kind}{k}" for k in range(len(numbers)) for kind in ("W", "b")]
    missing = [key for key in wanted if key not in arrays]
    if missing:
        raise ModelFileError(
            f"{', '.join(missing)} missing; layers are numbered from 0 without gaps, "
            "each with W and b"
        )
    return [(arrays[f"W{k}"], arrays[f"b{k}"]) for k in range(len(numbers))]


def _check_pieces(arrays: Arrays, n_hidden: int) -> None:
    layers = {
        int(match[2])
        for key in arrays
        if (match := _KEY.fullmatch(key)) and match[1] in _PIECES
    }
    for k in sorted(layers):
        if k >= n_hidden:
            raise ModelFileError(
                f"activation arrays for layer {k}, but the hidden layers are "
                f"0 to {n_hidden - 1}; remove them"
                if n_hidden
                else f"activation arrays for layer {k}, but there is no hidden layer"
            )
        missing = [f"{kind}{k}" for kind in _PIECES if f"{kind}{k}" not in arrays]
        if missing:
            raise ModelFileError(
                f"{', '.join(missing)} missing; layer {k} has the other arrays of "
                "its activation"
            )


def _stored_labels(arrays: Arrays, n_hidden: int) -> list[str] | None:
    """Return one label a hidden layer; None when the file has no activation."""
    by_arrays = [f"slopes_{k}" in arrays for k in range(n_hidden)]
    if "activation" not in arrays:
        if not any(by_arrays):
            return None
        return [BY_ARRAYS if own else "relu" for own in by_arrays]
    stored = arrays["activation"]
    if stored.dtype.kind != "U" or stored.ndim > 1:
        raise ModelFileError(
            f"activation has dtype {stored.dtype} and shape {stored.shape}; store one "
            "name, or one a hidden layer"
        )
    if stored.ndim == 1 and len(stored) != n_hidden:
        raise ModelFileError(
            f"activation has {len(stored)} entries for {n_hidden} hidden layers; "
            "store one name, or one a hidden layer"
        )
    known = (*NAMES, AFFINE, BY_ARRAYS)
    for name in map(str, np.unique(stored)):
        if name not in known:
            raise ModelFileError(
                f"unknown activation {name!r}; known are {', '.join(known)}"
            )
    if stored.ndim == 0:
        labels = [BY_ARRAYS if own else str(stored) for own in by_arrays]
    else:
        labels = [str(name) for name in stored]
    for k, (label, own) in enumerate(zip(labels, by_arrays, strict=True)):
        if own != (label == BY_ARRAYS):
            raise ModelFileError(
                f"layer {k} has the label {label!r} and "
                f"{'' if own else 'no '}slopes_{k}; {BY_ARRAYS!r} goes with arrays"
            )
    return labels


def _stored_slopes(arrays: Arrays) -> list[float] | float | None:
    if "negative_slope" not in arrays:
        return None
    try:
        slope = exact_float64(arrays["negative_slope"], "negative_slope")
    except InvalidNetworkError as error:
        raise ModelFileError(str(error)) from None
    if slope.ndim > 1:
        raise ModelFileError(
            f"negative_slope has shape {slope.shape}; store one number, or one a "
            "hidden layer"
        )
    numbers: list[float] | float = slope.tolist()
    return numbers


def _refuse_second(
    source: str, labels: Any, slope: Any, activation: Any, negative_slope: Any
) -> None:
    for what, stored, passed in (
        ("activation", labels, activation),
        ("negative_slope", slope, negative_slope),
    ):
        if stored is not None and passed is not None:
            raise InvalidArgumentError(
                f"{source}: the file has its own {what}; leave {what} out"
            )
    if slope is None or labels is None:  # a stored pair may be of no use, as stored
        given = negative_slope if slope is None else slope
        check_slope(source, activation if labels is None else labels, given)


def _spec(arrays: Arrays, k: int, label: str) -> Any:
    """Return what ``Network`` takes as activation of hidden layer k."""
    if label == AFFINE:
        return None
    if label != BY_ARRAYS:
        return label
    breaks, slopes, anchors = (
        exact_float64(arrays[f"{kind}{k}"], f"{kind}{k}") for kind in _PIECES
    )
    units = arrays[f"W{k}"].shape[0] if arrays[f"W{k}"].ndim else 0
    if (
        breaks.ndim != 2
        or breaks.shape[0] != units
        or slopes.shape != (units, breaks.shape[1] + 1)
        or anchors.shape != (units,)
    ):
        raise InvalidNetworkError(
            f"layer {k}: breakpoints, slopes and anchor have shapes {breaks.shape}, "
            f"{slopes.shape} and {anchors.shape}; store ({units}, K), "
            f"({units}, K + 1) and ({units},)"
        )
    return tuple(
        _one_unit(f"layer {k}, unit {unit}", breaks[unit], slopes[unit], anchor)
        for unit, anchor in enumerate(anchors.tolist())
    )


def _one_unit(
    where: str, breaks: NDArray[Any], slopes: NDArray[Any], anchor: float
) -> PiecewiseLinear:
    size = int(np.count_nonzero(breaks != np.inf))
    padding_ok = np.all(breaks[size:] == np.inf) and np.all(
        slopes[size + 1 :] == slopes[size]
    )
    if not padding_ok:
        raise InvalidNetworkError(
            f"{where}: pad breakpoints with inf at the end and slopes with the last one"
        )
    try:
        act = PiecewiseLinear(
            tuple(breaks[:size].tolist()), tuple(slopes[: size + 1].tolist()), anchor
        )
    except InvalidNetworkError as error:
        raise InvalidNetworkError(f"{where}: {error}") from None
    label, slope = _unit_label(act)
    return act if label == BY_ARRAYS else named(label, negative_slope=slope)


def _unit_label(act: PiecewiseLinear) -> tuple[str, float | None]:
    """Return the label that stands for this function, its own name if it fits."""
    first = (act.name,) if act.name in NAMES else ()
    for name in (*first, *NAMES):
        slope = act.slopes[0] if name in SLOPED else None
        if act == named(name, negative_slope=slope):
            return name, slope
    return BY_ARRAYS, None


def _label(layer: Layer) -> tuple[str, float | None]:
    """Return the label of a hidden layer, and its slope where it has one."""
    if layer.activation is None:
        return AFFINE, None
    labels = {_unit_label(act) for act in layer.activation}
    return next(iter(labels)) if len(labels) == 1 else (BY_ARRAYS, None)


def _pieces(k: int, acts: Sequence[PiecewiseLinear]) -> dict[str, NDArray[Any]]:
    size = max(len(act.breakpoints) for act in acts)
    breaks = np.full((len(acts), size), np.inf)
    slopes = np.empty((len(acts), size + 1))
    for row, act in enumerate(acts):
        breaks[row, : len(act.breakpoints)] = act.breakpoints
        slopes[row, : len(act.slopes)] = act.slopes
        slopes[row, len(act.slopes) :] = act.slopes[-1]
    anchors = np.asarray([act.anchor for act in acts], dtype=np.float64)
    return dict(
        zip((f"{kind}{k}" for kind in _PIECES), (breaks, slopes, anchors), strict=True)
    )


def _one_or_all(entries: list[Any]) -> Any:
    return entries[0] if len(set(entries)) == 1 else entries
