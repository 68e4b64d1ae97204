# SPDX-License-Identifier: MIT
"""The npz file of a RegionComplex: columns, network and domain, no objects."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from . import _core
from .domain import Domain
from .errors import ModelFileError, PolyregionsError
from .network import Network
from .readers.archive import read_archive, write_archive
from .readers.files import as_path, checked_file, reading
from .readers.npz import network_arrays, network_from_arrays

if TYPE_CHECKING:
    from .region_complex import RegionComplex

FORMAT = "polyregions complex 1"
_COLUMNS = ("patterns", "on_breakpoint", "interior_points")


def save_complex(cx: RegionComplex, path: str | os.PathLike[str]) -> None:
    """Write the complex: packed columns, the network's arrays, a JSON header."""
    header = {
        "format": FORMAT,
        "domain": cx.domain.to_json(),
        "per_layer": list(cx.per_layer),
        "status": cx.status,
        "engine": cx.engine,
        "seconds": cx.seconds,
        "decisions": dict(cx.decisions),
    }
    network = {f"network_{k}": v for k, v in network_arrays(cx.network).items()}
    columns = {
        "header": np.asarray(json.dumps(header)),
        "patterns": cx.packed_patterns,
        "on_breakpoint": cx._cells.on_break,
        "interior_points": cx.interior_points,
    }
    write_archive(as_path(path), columns | network)


def load_complex(path: str | os.PathLike[str]) -> RegionComplex:
    """Read what ``RegionComplex.save`` wrote.

    Raises
    ------
    ModelFileError
        Missing, corrupt or another kind of file; objects are never unpickled.
    """
    from .region_complex import RegionComplex

    file = checked_file(path)
    with reading(file):
        arrays = read_archive(file)
    try:
        header = json.loads(str(arrays.pop("header")))
        if header.pop("format") != FORMAT:
            raise KeyError("format")
        columns = [arrays.pop(key) for key in _COLUMNS]
        prefix = "network_"
        network = network_from_arrays(
            {k.removeprefix(prefix): v for k, v in arrays.items()}, str(file)
        )
        domain = Domain.from_json(header.pop("domain"))
        header["per_layer"] = tuple(header["per_layer"])
        if header["status"] not in _core.OUTCOMES:
            raise ValueError("status")
        cells = _checked_cells(columns, network, domain)
        return RegionComplex(network, domain, cells, **header)
    except ModelFileError:
        raise
    except PolyregionsError as error:
        raise ModelFileError(f"{file}: {error}") from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise ModelFileError(
            f"{file}: no complex of polyregions, or corrupt; write it with cx.save"
        ) from None


def _checked_cells(
    columns: Sequence[NDArray[Any]], network: Network, domain: Domain
) -> _core.CoreCells:
    """Return the columns as cells; they must fit the network and the domain."""
    types = (np.uint64, np.uint64, np.float64)
    if any(
        c.ndim != 2 or c.dtype != t or len(c) != len(columns[0])
        for c, t in zip(columns, types, strict=True)
    ):
        raise ValueError("shape or dtype of a column")
    patterns, on_break, points = map(np.ascontiguousarray, columns)
    n_cells = len(patterns)
    if n_cells:
        units = network.units
        n_breaks = [
            len((network.layers[layer].activation or ())[unit].breakpoints)
            for layer, unit in units.tolist()
        ]
        problem = _core.CoreProblem(network.core, domain.core)
        digits = problem.unpack(patterns)  # refuses another width
        if (digits > np.asarray(n_breaks, dtype=np.int64)).any():
            raise ValueError("a digit that no unit has")
        if (
            on_break.shape[1] != -(-len(units) // 64)
            or points.shape[1] != domain.own_dim
        ):
            raise ValueError("width of a column")
        order = np.lexsort(patterns.T[::-1]) if len(units) else np.arange(n_cells)
        again = (patterns[1:] == patterns[:-1]).all(axis=1)
        if again.any() or not np.array_equal(order, np.arange(n_cells)):
            raise ValueError("cells out of order, or twice")
    return _core.CoreCells.from_arrays(patterns, on_break, points)
