# SPDX-License-Identifier: MIT
"""The three operations on activation regions: Intersect, Add, Cut (Wang 2022, 3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from . import _core
from .activation_region import ActivationRegion, decider, fraction
from .activations import PiecewiseLinear, named
from .errors import InvalidArgumentError


def intersect(
    regions: Sequence[ActivationRegion], coefficients: ArrayLike | None = None
) -> ActivationRegion | None:
    """Intersect the shapes and sum the values with weights.

    Parameters
    ----------
    regions : one or more, of one dimension
    coefficients : (n_values,) floats, ints or Fractions, exact
        One for each value of the regions, in order; a region with a list of values
        takes as many. None appends the values to one list instead: the form in which
        a whole layer is collected.

    Returns
    -------
    ActivationRegion or None
        None when the shapes have no common interior point.

    Raises
    ------
    InvalidArgumentError
        No regions, different dimensions, or a wrong number of coefficients.

    Notes
    -----
    Wang (2022), section 3: Intersect(c_1, ..., c_k, w_1, ..., w_k), on open cells.
    Linear programs propose, exact integers decide emptiness and redundancy.
    """
    cores = [_checked(region) for region in regions]
    if not cores:
        raise InvalidArgumentError("no regions to intersect; pass at least one")
    weights = None
    if coefficients is not None:
        weights = [
            fraction(w, "coefficients")
            for w in np.atleast_1d(np.asarray(coefficients, dtype=object))
        ]
        n_values = sum(core.n_values for core in cores)
        if len(weights) != n_values:
            raise InvalidArgumentError(
                f"{len(weights)} coefficients for {n_values} values; pass one each"
            )
    made = _core.intersect(cores, decider())
    if made is None:
        return None
    return ActivationRegion._of(
        made if weights is None else _core.weighted(made, weights)
    )


def add(region: ActivationRegion, bias: Any) -> ActivationRegion:
    """Add a number to the single value of a region; the shape stays.

    Parameters
    ----------
    bias : float, int or Fraction, exact

    Raises
    ------
    InvalidArgumentError
        The region has several values, or bias is no finite number.
    """
    return ActivationRegion._of(_core.add(_checked(region), fraction(bias, "bias")))


def cut(
    region: ActivationRegion,
    *,
    activation: str | PiecewiseLinear = "relu",
    negative_slope: float | None = None,
) -> tuple[ActivationRegion, ...]:
    """Apply an activation to the single value: one region for each of its pieces.

    Parameters
    ----------
    activation : name or PiecewiseLinear; "relu" is Wang's Cut
    negative_slope : for leaky_relu and prelu

    Returns
    -------
    tuple of ActivationRegion
        From the lowest piece of the activation to the highest, without those that the
        region does not meet in an open set: one or two for relu. A value that is zero
        everywhere is cut by nothing and gives one region.

    Raises
    ------
    InvalidArgumentError
        The region has several values.
    InvalidNetworkError
        Unknown activation, or its slope is missing.
    """
    if isinstance(activation, PiecewiseLinear):
        act = activation
    else:
        act = named(activation, negative_slope=negative_slope)
    unit = _core.CoreNetwork(1)
    unit.add_layer(
        np.ones((1, 1)),
        np.zeros(1),
        True,
        [act.breakpoints],
        [act.slopes],
        np.asarray([act.anchor]),
    )
    pieces = _core.cut(_checked(region), unit, decider())
    return tuple(ActivationRegion._of(core) for core, _, _ in pieces)


def _checked(region: Any) -> _core.CoreRegion:
    if not isinstance(region, ActivationRegion):
        raise InvalidArgumentError(f"{region!r} is no ActivationRegion")
    return region._region
