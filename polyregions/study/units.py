# SPDX-License-Identifier: MIT
"""Units that never change their piece: dead ones, and ones that are always on.

A unit's digit is the number of its activation's breakpoints below its input; one that
lies on a breakpoint counts as left of it. A unit is *dead* where its digit is 0
everywhere, and *always on* where it is the highest one everywhere. A dead ReLU gives
zero and learns nothing; a dead LeakyReLU is linear, like one that is always on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..activations import RELU, PiecewiseLinear
from ..domain import Domain
from ..enumeration import enumerate_regions
from ..network import Network, apply_activations
from ..region_complex import RegionComplex

Floats = NDArray[np.float64]
Digits = NDArray[np.int64]
# A sum of n products is off by at most n u sum |terms| / (1 - n u), u = 2^-53 (Higham
# 2002, section 3.1); four times that also covers the rounding of the bound itself.
_UNIT = 2.0**-51
_UNDERFLOW = 2.0**-1050  # of products of small numbers, many times over


@dataclass(frozen=True, slots=True)
class ConstantUnits:
    """Numbers of units by hidden layer.

    Attributes
    ----------
    dead : digit 0 everywhere
    always_on : highest digit everywhere
    """

    dead: tuple[int, ...]
    always_on: tuple[int, ...]


def units_on_domain(cx: RegionComplex) -> ConstantUnits:
    """Count the units that are dead or always on in every cell, exactly.

    Parameters
    ----------
    cx : complete; of one without cells every unit is both
    """
    return _counted(cx.network, cx.patterns.astype(np.int64))


def units_on_data(network: Network, X: Floats) -> ConstantUnits:
    """Count the units that are dead or always on at every point, exactly.

    Floats decide with a rigorous error bound; a point where one does not settle a digit
    is a domain of a single point, whose pattern is exact.

    Parameters
    ----------
    X : (n, n_inputs) float64, n >= 1
    """
    digits, unsure = _digits(network, X)
    for i in np.flatnonzero(unsure):
        point = Domain.segment(X[i], X[i])
        digits[i] = enumerate_regions(network, point, threads=1).patterns[0]
    return _counted(network, digits)


def _counted(network: Network, digits: Digits) -> ConstantUnits:
    """Count columns of one digit; (cells or points, units with a breakpoint)."""
    bends = [a for layer in network.layers for a in layer.activation or ()]
    pieces = [len(a.breakpoints) for a in bends if a.breakpoints]
    highest = np.array(pieces, dtype=np.int64)
    dead, on = (digits == 0).all(axis=0), (digits == highest).all(axis=0)
    owner = network.units[:, 0]
    return ConstantUnits(
        tuple(int(dead[owner == k].sum()) for k in network.hidden_layers),
        tuple(int(on[owner == k].sum()) for k in network.hidden_layers),
    )


def _digits(network: Network, X: Floats) -> tuple[Digits, NDArray[np.bool_]]:
    """Return (n, units) digits in float64, and (n,): whether rounding may spoil one."""
    value, error = np.asarray(X, dtype=np.float64), np.zeros_like(X, dtype=np.float64)
    columns, unsure = [], np.zeros(len(value), dtype=bool)
    for layer in network.layers[:-1]:
        size, rounding = np.abs(layer.weight).T, _UNIT * (layer.weight.shape[1] + 2)
        error = error @ size * (1 + rounding)
        error += rounding * (np.abs(value) @ size + np.abs(layer.bias))
        error += _UNDERFLOW * ((value != 0).astype(np.float64) @ (size != 0) > 0)
        value = value @ layer.weight.T + layer.bias
        for unit, activation in enumerate(layer.activation or ()):
            if activation.breakpoints:
                away = value[:, unit, None] - np.asarray(activation.breakpoints)
                columns.append((away > 0).sum(axis=1))
                off = error[:, unit, None]
                unsure |= ((np.abs(away) <= off) & (off > 0)).any(axis=1)
        if layer.activation is not None:
            error = _after_activations(layer.activation, value, error)
            value = apply_activations(layer.activation, value)
    digits = np.stack(columns, axis=1) if columns else np.zeros((len(X), 0))
    return digits.astype(np.int64), unsure


def _after_activations(
    activations: tuple[PiecewiseLinear, ...], z: Floats, error: Floats
) -> Floats:
    """Return the error of the activations' values, (n, units)."""
    steepest = np.array([max(map(abs, a.slopes)) for a in activations])
    ends = [max(map(abs, (*a.breakpoints, a.anchor, 0.0))) for a in activations]
    pieces = max(len(a.slopes) for a in activations)
    size = (1 + steepest) * (np.abs(z) + 2 * np.array(ends))
    # ReLU rounds nothing: a unit that is zero stays exactly zero.
    exact = np.array([a == RELU for a in activations])
    return steepest * error + np.where(exact, 0.0, 4 * pieces * _UNIT * size)
