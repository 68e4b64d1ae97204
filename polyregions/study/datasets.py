# SPDX-License-Identifier: MIT
"""Data sets of two inputs, in the square [-1, 1]^2, as the papers use them."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InvalidArgumentError
from ..extras import optional_import
from .settings import SEED

Floats = NDArray[np.float64]
Classes = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """Points with classes.

    Attributes
    ----------
    name : str
    X : (n, 2) float64 in [-1, 1], every number one of float32: what networks are
        trained on is what the regions are compared with
    y : (n,) int64, 0 to n_classes - 1
    n_classes : int
    """

    name: str
    X: Floats
    y: Classes
    n_classes: int

    def __len__(self) -> int:
        return len(self.y)

    @property
    def digest(self) -> str:
        """SHA-256 of points and classes: which data a table is about."""
        numbers = self.X.astype("<f8").tobytes() + self.y.astype("<i8").tobytes()
        return hashlib.sha256(numbers).hexdigest()


def normalised(X: ArrayLike) -> Floats:
    """Scale points as Qi and Wei do.

    (X - min) / (max - min) over the whole array; each column to mean 0 and deviation 1;
    all divided by the largest absolute value.

    Parameters
    ----------
    X : (n, d), n >= 2, no column constant

    Returns
    -------
    (n, d) float64, the largest absolute value 1

    Raises
    ------
    InvalidArgumentError
        Another shape, no finite numbers, or a constant column.
    """
    points = np.asarray(X, dtype=np.float64)
    if points.ndim != 2 or not points.size or not np.isfinite(points).all():
        raise InvalidArgumentError(
            f"points of shape {points.shape}; pass (n, d) finite numbers"
        )
    if (np.ptp(points, axis=0) == 0).any():
        raise InvalidArgumentError(
            "a column is constant and has no deviation to divide by; leave it out"
        )
    points = (points - points.min()) / (points.max() - points.min())
    points = (points - points.mean(axis=0)) / points.std(axis=0)
    return np.asarray(points / np.abs(points).max())


def moons(n: int = 1000, *, noise: float = 0.2, random_state: int = SEED) -> Dataset:
    """scikit-learn's ``make_moons``, normalised; two classes."""
    X, y = _sklearn().make_moons(_checked(n), noise=noise, random_state=random_state)
    return _dataset("moons", normalised(X), y)


def gaussian_quantiles(
    n: int = 1000, *, n_classes: int = 5, random_state: int = SEED
) -> Dataset:
    """scikit-learn's ``make_gaussian_quantiles`` in two dimensions, normalised."""
    X, y = _sklearn().make_gaussian_quantiles(
        n_samples=_checked(n, n_classes),
        n_features=2,
        n_classes=n_classes,
        random_state=random_state,
    )
    return _dataset("quantiles", normalised(X), y)


def random_labels(n: int = 500, *, random_state: int = SEED) -> Dataset:
    """Points uniform on (-1, 1)^2, each with the label of a fair coin."""
    rng = np.random.default_rng(random_state)
    X = rng.uniform(-1, 1, (_checked(n), 2))
    return _dataset("random", X, rng.integers(0, 2, n), 2)


def circles(
    n: int = 1000,
    *,
    noise: float = 0.1,
    factor: float = 0.5,
    random_state: int = SEED,
) -> Dataset:
    """scikit-learn's ``make_circles``, one circle in another, normalised."""
    X, y = _sklearn().make_circles(
        _checked(n), noise=noise, factor=factor, random_state=random_state
    )
    return _dataset("circles", normalised(X), y)


def two_spirals(n: int = 1000) -> Dataset:
    """Two spirals, ``spiral_points`` of Wang (2022), normalised; n is even."""
    if _checked(n) % 2:
        raise InvalidArgumentError(f"n={n}; two spirals need an even number")
    X, y = spiral_points(n // 2)
    return _dataset("spirals", normalised(X), y)


def spiral_points(n: int) -> tuple[Floats, Classes]:
    """Return (2 n, 2) points on two spirals and their (2 n,) classes, 1 then 0.

    Point i of a class: r = 10 i / n, t = 1.75 (i / n) 2 pi + delta, delta 0 or pi, at
    (r sin t, r cos t): TensorFlow Playground's with doubled radii (Wang 2022, section
    4.2).
    """
    i = np.arange(n) / n
    points = []
    for delta in (0.0, math.pi):
        t = 1.75 * i * 2 * math.pi + delta
        points.append(10 * i[:, None] * np.stack([np.sin(t), np.cos(t)], axis=1))
    return np.concatenate(points), np.repeat(np.array([1, 0]), n)


def digits() -> Dataset:
    """scikit-learn's 1797 digits on their first two principal components, normalised.

    Each component has the sign that makes its largest weight positive.
    """
    data = _sklearn().load_digits()
    pixels = np.asarray(data.data, dtype=np.float64)
    pixels -= pixels.mean(axis=0)
    axes = np.linalg.svd(pixels, full_matrices=False)[2][:2]
    largest = np.abs(axes).argmax(axis=1)
    axes *= np.sign(axes[[0, 1], largest])[:, None]
    return _dataset("digits", normalised(pixels @ axes.T), data.target)


DATASETS: dict[str, Callable[..., Dataset]] = {
    "moons": moons,
    "quantiles": gaussian_quantiles,
    "random": random_labels,
    "circles": circles,
    "spirals": two_spirals,
    "digits": digits,
}


def dataset(name: str, **options: int | float) -> Dataset:
    """Return a data set by its name.

    Raises
    ------
    InvalidArgumentError
        No such name, or an option that it does not take.
    MissingExtraError
        scikit-learn is not installed (random and spirals do without).
    """
    if name not in DATASETS:
        raise InvalidArgumentError(
            f"no data set {name!r}; there are {', '.join(DATASETS)}"
        )
    try:
        return DATASETS[name](**options)
    except TypeError as error:
        raise InvalidArgumentError(f"data set {name!r}: {error}") from None


def _dataset(name: str, X: Floats, y: ArrayLike, n_classes: int = 0) -> Dataset:
    classes = np.asarray(y, dtype=np.int64)
    points = X.astype(np.float32).astype(np.float64)
    return Dataset(name, points, classes, n_classes or int(classes.max()) + 1)


def _checked(n: int, least: int = 2) -> int:
    if isinstance(n, bool) or not isinstance(n, (int, np.integer)) or n < least:
        raise InvalidArgumentError(f"n={n!r}; pass an integer >= {least}")
    return int(n)


def _sklearn() -> Any:
    return optional_import("sklearn.datasets", "study")
