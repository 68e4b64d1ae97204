# SPDX-License-Identifier: MIT
"""State dicts of torch (``.pt``, ``.pth``), read with ``weights_only=True`` only."""

from __future__ import annotations

import io
import os
import pickle
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import ModelFileError
from ..network import Network
from .files import checked_file, import_torch, reading
from .weights import StoredTensor, network_of_weights

if TYPE_CHECKING:
    import torch

_NESTED = ("state_dict", "model_state_dict")


def load_state_dict(
    path: str | os.PathLike[str],
    *,
    activation: Any = None,
    negative_slope: Any = None,
) -> Network:
    """Read the Linear layers of a state dict, in the file's order.

    The dict may lie under ``state_dict`` or ``model_state_dict`` of a checkpoint.

    Parameters
    ----------
    activation, negative_slope : as ``Network`` takes them; needed with hidden layers

    Raises
    ------
    ModelFileError
        Corrupt, or it holds a pickled module or other objects, which are never
        unpickled; or tensors that are no Linear layer, all named.
    InvalidArgumentError
        No activation for a network with hidden layers.
    MissingExtraError
        torch is not installed.
    """
    file = checked_file(path)
    tensors = [
        _stored(name, tensor) for name, tensor in _state_dict(file, _read(file)).items()
    ]
    return network_of_weights(
        tensors,
        file,
        activation=activation,
        negative_slope=negative_slope,
        ordered=True,
    )


def _read(path: Path) -> Any:
    torch = import_torch("read a .pt file")
    try:
        with reading(path), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # its advice on pickle protocols
            # From memory: what a corrupt length asks a file for is allocated first.
            data = io.BytesIO(path.read_bytes())
            return torch.load(data, map_location="cpu", weights_only=True)
    except ModelFileError:
        raise
    except Exception as error:
        # torch documents no exceptions here: a corrupt file gives KeyError,
        # UnicodeDecodeError, RuntimeError and others, by the byte that is wrong.
        if "TorchScript" in str(error):
            what = "a TorchScript program"
        elif _is_pickle(path, error):
            what = "a pickled module or other objects, which are never unpickled"
        else:
            raise ModelFileError(
                f"{path}: no state dict of torch, or corrupt or truncated; write it "
                "with torch.save(module.state_dict(), path)"
            ) from None
        raise ModelFileError(
            f"{path}: holds {what}; write torch.save(module.state_dict(), path), or "
            "pass the module to Network.from_torch"
        ) from None


def _is_pickle(path: Path, error: Exception) -> bool:
    """Whether torch refused what the file holds, rather than failed to read it."""
    with path.open("rb") as file:
        start = file.read(2)
    refused = "unsupported" in str(error).lower()
    return (
        refused
        and isinstance(error, pickle.UnpicklingError)
        and (start == b"PK" or (start[:1] == b"\x80" and start[1:] <= b"\x05"))
    )


def _state_dict(path: Path, value: Any) -> Mapping[str, torch.Tensor]:
    torch = import_torch("read a .pt file")
    if isinstance(value, Mapping):
        nested = [key for key in _NESTED if isinstance(value.get(key), Mapping)]
        inner = value[nested[0]] if len(nested) == 1 else value
        odd = [
            f"{name!r} ({type(entry).__name__})"
            for name, entry in inner.items()
            if not (isinstance(name, str) and isinstance(entry, torch.Tensor))
        ]
        if not odd:
            return inner
        what = f"holds {', '.join(odd)}"
    else:
        what = f"holds a {type(value).__name__}"
    raise ModelFileError(
        f"{path}: {what}, where a state dict has names and tensors; write it with "
        "torch.save(module.state_dict(), path)"
    )


def _stored(name: str, tensor: torch.Tensor) -> StoredTensor:
    torch = import_torch("read a .pt file")
    floats = (torch.float16, torch.bfloat16, torch.float32, torch.float64)
    plain = tensor.layout == torch.strided and tensor.device.type == "cpu"
    known = plain and tensor.dtype in floats
    return StoredTensor(
        name=name,
        dtype=str(tensor.dtype).removeprefix("torch."),
        shape=tuple(tensor.shape),
        values=tensor.detach().to(torch.float64).numpy() if known else None,
    )
