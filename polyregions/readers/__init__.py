# SPDX-License-Identifier: MIT
"""Readers: each returns a Network from one kind of source, exactly as stored."""

from __future__ import annotations

import os
from typing import Any

from ..errors import ModelFileError
from ..network import Network
from .files import as_path, checked_file
from .npz import load_npz
from .safetensors import load_safetensors
from .state_dict import load_state_dict

__all__ = ["load"]

_READERS = {
    ".npz": load_npz,
    ".pt": load_state_dict,
    ".pth": load_state_dict,
    ".safetensors": load_safetensors,
}


def load(
    path: str | os.PathLike[str],
    *,
    activation: Any = None,
    negative_slope: Any = None,
) -> Network:
    """Read a model file; its suffix says which kind it is.

    Parameters
    ----------
    path : a ``.npz`` of ``Network.save``, a ``.pt`` or ``.pth`` state dict, or
        ``.safetensors``
    activation : as ``Network`` takes it
        Needed for files that hold weights only (a state dict, safetensors) and have
        hidden layers; never guessed. An npz without one is a ReLU network; an npz
        that has one refuses a second.
    negative_slope : as ``Network`` takes it; for leaky_relu and prelu

    Returns
    -------
    Network
        The stored weights as the dyadic rationals that they are.

    Raises
    ------
    ModelFileError
        Missing, unreadable or corrupt, an unknown suffix, or contents that are not
        read (objects, layers other than Linear).
    InvalidNetworkError
        The file is sound but its arrays are no network.
    InvalidArgumentError
        An activation or slope that is missing, or given where the file has one.
    MissingExtraError
        A ``.pt`` file, and torch is not installed.
    """
    file = as_path(path)
    suffix = file.suffix.lower()
    if suffix == ".onnx":
        raise ModelFileError(
            f"{file}: ONNX is not read by this version; export the weights as npz "
            "(W0, b0, W1, b1, ...)"
        )
    if suffix not in _READERS:
        raise ModelFileError(
            f"{file}: suffix {suffix or 'missing'} is not read; pass one of "
            f"{', '.join(_READERS)}"
        )
    reader = _READERS[suffix]
    return reader(
        checked_file(file), activation=activation, negative_slope=negative_slope
    )
