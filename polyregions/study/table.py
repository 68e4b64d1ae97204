# SPDX-License-Identifier: MIT
"""Tables of rows that outlive a kill: each row is on the disk once it is added."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from ..errors import InvalidArgumentError
from ..extras import optional_import
from ..frames import pack, unpack
from ..journal import Journal
from ..network import Network
from ..readers.files import as_path, write_whole

if TYPE_CHECKING:
    import pandas as pd

Key = tuple[int, ...]
Row = dict[str, Any]


class Table:
    """Rows by key, in memory and, if there is a path, in a journal.

    Parameters
    ----------
    keys : names of the integers of a key; they are the first columns
    path : a journal that is made, or gone on with; None keeps the rows in memory alone
    about : JSON that says what the rows are of; another one is refused

    Raises
    ------
    InvalidArgumentError
        The journal is about something else, or another process writes it.
    JournalError
        It cannot be read or written.
    """

    def __init__(
        self,
        keys: tuple[str, ...],
        path: str | os.PathLike[str] | None = None,
        about: Mapping[str, Any] | None = None,
    ) -> None:
        self._keys = keys
        self._rows: dict[Key, Row] = {}
        self._networks: dict[Key, dict[str, NDArray[Any]]] = {}
        self._journal: Journal | None = None
        if path is not None:
            identity = {"table": list(keys), "about": dict(about or {})}
            self._journal = Journal.open(path, identity)
            for frame in self._journal.frames():
                scalars, arrays, _ = unpack(frame)
                self._keep(tuple(scalars["key"]), scalars["row"], arrays)

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, key: Key) -> bool:
        return key in self._rows

    def __iter__(self) -> Iterator[Row]:
        """Yield the rows by key, keys included."""
        for key in sorted(self._rows):
            yield dict(zip(self._keys, key, strict=True)) | self._rows[key]

    def __getitem__(self, key: Key) -> Row:
        return self._rows[key]

    def add(self, key: Key, row: Mapping[str, Any], network: Network | None) -> None:
        """Add a row, and the network that it is of to have its weights kept."""
        arrays = {} if network is None else _arrays(network)
        if self._journal is not None:
            scalars = {"key": list(key), "row": dict(row)}
            self._journal.append(pack(scalars, arrays, {}))
        self._keep(key, row, arrays)

    def _keep(
        self, key: Key, row: Mapping[str, Any], arrays: dict[str, NDArray[Any]]
    ) -> None:
        self._rows[key] = dict(row)
        if arrays:
            self._networks[key] = arrays

    def weights(self, key: Key) -> list[tuple[NDArray[Any], NDArray[Any]]]:
        """Return (W, b) of each layer of the network of a row.

        Raises
        ------
        InvalidArgumentError
            They were not kept.
        """
        if key not in self._networks:
            raise InvalidArgumentError(
                f"no weights of {dict(zip(self._keys, key, strict=False))} were kept; "
                "pass weights=True"
            )
        arrays = self._networks[key]
        return [(arrays[f"W{k}"], arrays[f"b{k}"]) for k in range(len(arrays) // 2)]

    def columns(self) -> dict[str, NDArray[Any]]:
        """Return the table by column; a number that a row lacks is NaN."""
        rows = list(self)
        names = dict.fromkeys(name for row in rows for name in row)
        return {
            name: np.array([row.get(name, np.nan) for row in rows]) for name in names
        }

    def to_pandas(self) -> pd.DataFrame:
        """Return the table; needs pandas."""
        frame: pd.DataFrame = optional_import("pandas", "tables").DataFrame(
            self.columns()
        )
        return frame

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the table as CSV, whole or not at all.

        Raises
        ------
        InvalidArgumentError
            It cannot be written.
        """
        columns = self.columns()
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(columns)
        plain = [column.tolist() for column in columns.values()]
        writer.writerows(zip(*plain, strict=True))
        file = as_path(path)
        try:
            write_whole(file, [text.getvalue().encode()])
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise InvalidArgumentError(
                f"{file}: {reason}; pass a path that can be written"
            ) from None

    def close(self) -> None:
        """Close the journal; the rows stay."""
        if self._journal is not None:
            self._journal.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _arrays(network: Network) -> dict[str, NDArray[Any]]:
    """Return W0, b0, W1, ..., in float32 where that loses nothing."""
    out = {}
    for k, layer in enumerate(network.layers):
        for name, array in ((f"W{k}", layer.weight), (f"b{k}", layer.bias)):
            short = array.astype(np.float32)
            out[name] = short if np.array_equal(short, array) else np.array(array)
    return out
