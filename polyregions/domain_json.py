# SPDX-License-Identifier: MIT
"""Domains as JSON: the ``domain`` value of results and the file of ``--domain``."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .domain import Domain
from .domain_spec import checked_dim
from .errors import InvalidDomainError, ModelFileError

_KEYS: dict[str, Sequence[str]] = {
    "all": ("dim",),
    "box": ("lo", "hi"),
    "polytope": ("A", "b"),
    "segment": ("p", "q"),
    "slice": ("origin", "directions", "within"),
}


def plain(value: Any) -> Any:
    """Return lists and numbers; infinities become the strings "inf" and "-inf"."""
    if isinstance(value, Domain):
        return value.to_json()
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, list):
        return [plain(entry) for entry in value]
    if value in (float("inf"), float("-inf")):
        return str(value)
    return value


def parsed(data: Mapping[str, Any] | str | os.PathLike[str]) -> Domain:
    """Return the domain that a dictionary, or a file that holds one, describes.

    Raises
    ------
    ModelFileError
        The file is missing or no JSON object.
    InvalidDomainError
        Unknown kind, a missing or superfluous key, or wrong numbers.
    """
    spec = data if isinstance(data, Mapping) else _read_object(data)
    kind = spec.get("kind")
    needed = _KEYS.get(kind) if isinstance(kind, str) else None
    if needed is None:
        raise InvalidDomainError(f"domain kind {kind!r}; known are {', '.join(_KEYS)}")
    missing = [key for key in needed if key not in spec and key != "within"]
    unknown = [key for key in spec if key not in (*needed, "kind", "dim")]
    if missing or unknown:
        raise InvalidDomainError(
            f"domain of kind {kind}: missing {missing or 'nothing'}, "
            f"unknown {unknown or 'nothing'}"
        )
    values = {key: _unplain(spec.get(key)) for key in needed}
    domain = _from_values(str(kind), values, spec.get("dim"))
    if "dim" in spec and spec["dim"] != domain.dim:
        raise InvalidDomainError(
            f"domain of kind {kind}: dim is {spec['dim']!r} but the arrays have "
            f"{domain.dim}"
        )
    return domain


def _from_values(kind: str, values: dict[str, Any], dim: Any) -> Domain:
    if kind == "all":
        return Domain.all(values["dim"])
    if kind == "box":
        scalar = not any(isinstance(values[end], list) for end in ("lo", "hi"))
        return Domain.box(values["lo"], values["hi"], dim if scalar else None)
    if kind == "polytope":
        A = values["A"]
        if A == [] and dim is not None:  # no row tells the dimension
            A = np.zeros((0, checked_dim(dim)))
        return Domain.polytope(A, values["b"])
    if kind == "segment":
        return Domain.segment(values["p"], values["q"])
    inner = values["within"]
    if inner is not None and not isinstance(inner, Mapping):
        raise InvalidDomainError(f"slice within is {inner!r}; pass an object or null")
    within = None if inner is None else Domain.from_json(inner)
    return Domain.slice(values["origin"], values["directions"], within)


def _unplain(value: Any) -> Any:
    if isinstance(value, list):
        return [_unplain(entry) for entry in value]
    return float(value) if value in ("inf", "-inf") else value


def _read_object(path: str | os.PathLike[str]) -> Mapping[str, Any]:
    try:
        with open(path, encoding="utf-8") as file:
            data = json.load(file)
    except OSError as error:
        reason = error.strerror or "cannot be read"
        raise ModelFileError(f"domain file {os.fspath(path)}: {reason}") from None
    except (ValueError, RecursionError):
        raise ModelFileError(
            f"domain file {os.fspath(path)}: no JSON; write Domain.to_json() there"
        ) from None
    if not isinstance(data, Mapping):
        raise ModelFileError(
            f"domain file {os.fspath(path)}: not an object with a kind"
        )
    return data
