# SPDX-License-Identifier: MIT
"""Tables of samples of region counts, and what they say of the law behind them."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .counts import DEFINITIONS
from .errors import InvalidArgumentError
from .extras import optional_import

if TYPE_CHECKING:
    import pandas as pd

Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Summary:
    """Mean of a sample, and what is known of the expectation.

    Attributes
    ----------
    mean, sd : float, of the sample (sd with n - 1; 0 for one number)
    se : float, standard error of the mean
    ci95 : (low, high), 95 % confidence interval of the expectation, by Student's t
    n : how many numbers
    """

    mean: float
    sd: float
    se: float
    ci95: tuple[float, float]
    n: int

    @classmethod
    def of(cls, values: NDArray[Any]) -> Summary:
        """Summarise (n,) numbers; of none everything is NaN."""
        n = len(values)
        if n == 0:
            return cls(*(math.nan,) * 3, (math.nan, math.nan), 0)
        mean, sd = (
            float(np.mean(values)),
            float(np.std(values, ddof=1)) if n > 1 else 0.0,
        )
        se = sd / math.sqrt(n)
        half = t_quantile(n - 1) * se if n > 1 else math.inf
        return cls(mean, sd, se, (mean - half, mean + half), n)

    def to_json(self) -> dict[str, Any]:
        """Return mean, sd, se and ci95; null where one number says nothing."""
        low, high = (x if math.isfinite(x) else None for x in self.ci95)
        finite = {k: getattr(self, k) for k in ("mean", "sd", "se")}
        plain = {k: v if math.isfinite(v) else None for k, v in finite.items()}
        return plain | {"ci95": [low, high]}

    def __str__(self) -> str:
        return f"{self.mean:.6g} ± {self.se:.2g}"


def t_quantile(degrees: int, probability: float = 0.975) -> float:
    """Return a quantile of Student's t."""
    from scipy.special import stdtrit  # scipy.stats takes a second to import

    return float(stdtrit(degrees, probability))


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """One row a network.

    Attributes
    ----------
    index : (n,) int64
        Row i is the network drawn from ``SeedSequence(seed, spawn_key=(index[i],))``.
    counts : dict of definition -> (n,) int64
        Of a network that was stopped by its own budget, lower bounds.
    per_layer : (n, hidden layers) int64
    complete : (n,) bool
        False for networks that were stopped by their own budget.
    seed : int
    """

    index: Numbers
    counts: Mapping[str, Numbers]
    per_layer: Numbers
    complete: NDArray[np.bool_]
    seed: int

    def __len__(self) -> int:
        return len(self.index)

    def ratio(self) -> NDArray[np.float64]:
        """Return (n,): linear regions per activation region."""
        return self.counts["linear"] / self.counts["activation"]

    def histogram(
        self, name: str, bins: int | Sequence[float] | None = None
    ) -> tuple[Numbers, NDArray[np.float64]]:
        """Return (counts, edges) of a definition, or of "ratio"; bins as in numpy.

        By default a bin for each number, up to fifty of them.

        Raises
        ------
        InvalidArgumentError
            A name that was not counted.
        """
        known = [*self.counts, *(["ratio"] if self.has_ratio else [])]
        if name not in known:
            raise InvalidArgumentError(
                f"no column {name!r}; there are {', '.join(known)}"
            )
        values = self.ratio() if name == "ratio" else self.counts[name]
        if bins is None:
            span = int(values.max() - values.min()) + 1 if len(values) else 1
            bins = min(span, 50) if name != "ratio" else 50
        heights, edges = np.histogram(values, bins=bins)
        return heights.astype(np.int64), edges

    @property
    def has_ratio(self) -> bool:
        """Whether both definitions of Wang's ratio were counted."""
        return {"activation", "linear"} <= self.counts.keys()

    def columns(self) -> dict[str, NDArray[Any]]:
        """Return the table by column."""
        out: dict[str, NDArray[Any]] = {"sample": self.index}
        out["seed"] = np.full(len(self), self.seed, dtype=np.uint64)
        out |= {name: self.counts[name] for name in DEFINITIONS if name in self.counts}
        for k in range(self.per_layer.shape[1]):
            out[f"per_layer_{k}"] = self.per_layer[:, k]
        out["complete"] = self.complete
        return out

    def to_pandas(self) -> pd.DataFrame:
        """Return the table; needs pandas."""
        return optional_import("pandas", "tables").DataFrame(self.columns())

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the table: .parquet (needs pyarrow), or .csv.

        Raises
        ------
        InvalidArgumentError
            Another suffix, or a file that cannot be written.
        """
        name = checked_table_path(path)
        columns = self.columns()
        try:
            if name.endswith(".parquet"):
                arrow = optional_import("pyarrow", "tables")
                parquet = optional_import("pyarrow.parquet", "tables")
                parquet.write_table(arrow.table(columns), name)
                return
            with open(name, "w", encoding="ascii", newline="\n") as file:
                file.write(",".join(columns) + "\n")
                plain = [column.tolist() for column in columns.values()]
                for row in zip(*plain, strict=True):
                    file.write(",".join(str(int(x)) for x in row) + "\n")
        except OSError as error:
            raise InvalidArgumentError(
                f"{name}: {error.strerror or error}; pass a path that can be written"
            ) from None


def checked_table_path(path: str | os.PathLike[str]) -> str:
    """Return the name of a table to write, before any work is done.

    Raises
    ------
    InvalidArgumentError
        No path, another suffix than .csv and .parquet, or a folder that is not there.
    """
    name = os.fspath(path) if isinstance(path, (str, os.PathLike)) else None
    if not isinstance(name, str) or "\0" in name:
        raise InvalidArgumentError(f"{path!r} is no path; pass a file name")
    if not name.endswith((".csv", ".parquet")):
        raise InvalidArgumentError(f"{name}: pass a name that ends in .csv or .parquet")
    if not os.path.isdir(os.path.dirname(os.path.abspath(name))):
        raise InvalidArgumentError(f"{name}: no such folder; check the path")
    if name.endswith(".parquet"):
        optional_import("pyarrow", "tables")
    return name
