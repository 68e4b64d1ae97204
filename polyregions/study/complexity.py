# SPDX-License-Identifier: MIT
"""Local complexity: how many units bend the network close to given points, exactly."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..domain import Domain
from ..enumeration import enumerate_regions
from ..errors import InvalidArgumentError
from ..network import Network


def local_complexity(
    network: Network, X: ArrayLike, radius: float
) -> NDArray[np.int64]:
    """Count the units whose breakpoints pass through a small box around each point.

    Parameters
    ----------
    X : (n, n_inputs) finite floats
    radius : half the side of the box x - radius <= y <= x + radius, > 0

    Returns
    -------
    (n,) int64
        Units whose digit is not the same in all cells that meet the open box; 0 where
        the network is affine on it.

    Raises
    ------
    InvalidArgumentError
        A radius that is not positive, or points of another shape.

    Notes
    -----
    The local complexity of Humayun, Balestriero and Baraniuk ("Deep Networks Always
    Grok and Here is Why", ICML 2024, section 2), who take a cross-polytope, map its
    corners layer by layer and count the units whose sign changes among them. Here the
    cells on the box are enumerated: no unit is missed and none is counted that does not
    cut the box.
    """
    points = np.asarray(X, dtype=np.float64)
    if points.ndim != 2 or points.shape[1] != network.n_inputs:
        raise InvalidArgumentError(
            f"points have shape {points.shape}; pass (n, {network.n_inputs})"
        )
    if not 0 < radius < np.inf:
        raise InvalidArgumentError(f"radius={radius!r}; pass a number > 0")
    found = [_bending(network, Domain.box(x - radius, x + radius)) for x in points]
    return np.array(found, dtype=np.int64)


def _bending(network: Network, box: Domain) -> int:
    digits = enumerate_regions(network, box, threads=1).patterns
    return int((digits != digits[0]).any(axis=0).sum())
