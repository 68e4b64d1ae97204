# SPDX-License-Identifier: MIT
"""Continuous piecewise-linear activation functions, given by breakpoints and slopes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import InvalidNetworkError

MAX_BREAKPOINTS = 255  # a digit is a uint8


@dataclass(frozen=True, slots=True)
class PiecewiseLinear:
    """One unit's activation: a continuous piecewise-linear function of one variable.

    Parameters
    ----------
    breakpoints : floats, strictly increasing, at most 255; may be empty
    slopes : floats, one more than breakpoints, left to right
    anchor : float
        The value at the first breakpoint; at 0 when there is no breakpoint.
    name : str
        What ``repr`` and files call it; equality is that of the functions.

    Notes
    -----
    Equal slopes on both sides of a breakpoint are no breakpoint: it is removed here,
    so that it neither cuts nor gives a digit.

    Raises
    ------
    InvalidNetworkError
        NaN or infinity, breakpoints out of order, or a wrong number of slopes.
    """

    breakpoints: tuple[float, ...]
    slopes: tuple[float, ...]
    anchor: float = 0.0
    name: str = field(default="piecewise_linear", compare=False)

    def __post_init__(self) -> None:
        breaks = [float(t) + 0.0 for t in self.breakpoints]  # -0.0 becomes 0.0
        slopes = [float(s) + 0.0 for s in self.slopes]
        anchor = float(self.anchor)
        if len(slopes) != len(breaks) + 1:
            raise InvalidNetworkError(
                f"activation {self.name}: {len(breaks)} breakpoints need "
                f"{len(breaks) + 1} slopes, not {len(slopes)}"
            )
        if not all(map(math.isfinite, [*breaks, *slopes, anchor])):
            raise InvalidNetworkError(
                f"activation {self.name}: breakpoints, slopes and anchor must be "
                "finite numbers"
            )
        if any(a >= b for a, b in pairwise(breaks)):
            raise InvalidNetworkError(
                f"activation {self.name}: breakpoints must increase strictly"
            )
        if len(breaks) > MAX_BREAKPOINTS:
            raise InvalidNetworkError(
                f"activation {self.name}: {len(breaks)} breakpoints; at most "
                f"{MAX_BREAKPOINTS} are supported"
            )
        kept = [k for k in range(len(breaks)) if slopes[k] != slopes[k + 1]]
        if (kept and kept[0] != 0) or (breaks and not kept):
            # The anchor moves along the first slope; in exact arithmetic, for the
            # sum need not be a float.
            anchor = _moved_anchor(anchor, breaks, slopes, kept)
        object.__setattr__(self, "breakpoints", tuple(breaks[k] for k in kept))
        object.__setattr__(self, "slopes", (slopes[0], *(slopes[k + 1] for k in kept)))
        object.__setattr__(self, "anchor", anchor + 0.0)

    def __call__(self, z: ArrayLike) -> NDArray[np.float64]:
        """Evaluate in float64, elementwise; an exact value is the core's business."""
        z = np.asarray(z, dtype=np.float64)
        if not self.breakpoints:
            return np.asarray(self.anchor + self.slopes[0] * z)
        first = self.breakpoints[0]
        out = self.anchor + self.slopes[0] * np.minimum(z - first, 0.0)
        ends = (*self.breakpoints[1:], math.inf)
        for start, end, slope in zip(
            self.breakpoints, ends, self.slopes[1:], strict=True
        ):
            out = out + slope * np.clip(z - start, 0.0, end - start)
        return np.asarray(out)

    def __repr__(self) -> str:
        if self.name == "leaky_relu":
            return f"leaky_relu({self.slopes[0]:g})"
        if self.name != "piecewise_linear":
            return self.name
        return (
            f"PiecewiseLinear({self.breakpoints}, {self.slopes}, anchor={self.anchor})"
        )


def _moved_anchor(
    anchor: float, breaks: list[float], slopes: list[float], kept: list[int]
) -> float:
    """Return the value at the first kept breakpoint (at 0 without any), if a float."""
    from fractions import Fraction

    target = Fraction(breaks[kept[0]]) if kept else Fraction(0)
    exact = Fraction(anchor) + Fraction(slopes[0]) * (target - Fraction(breaks[0]))
    rounded = float(exact)
    if Fraction(rounded) != exact:
        raise InvalidNetworkError(
            f"the anchor at breakpoint {float(target):g} is not a float64 after "
            "breakpoints with equal slopes are removed; give the activation "
            "without them"
        )
    return rounded


RELU = PiecewiseLinear((0.0,), (0.0, 1.0), 0.0, "relu")
ABS = PiecewiseLinear((0.0,), (-1.0, 1.0), 0.0, "abs")
RELU6 = PiecewiseLinear((0.0, 6.0), (0.0, 1.0, 0.0), 0.0, "relu6")
HARDTANH = PiecewiseLinear((-1.0, 1.0), (0.0, 1.0, 0.0), -1.0, "hardtanh")
IDENTITY = PiecewiseLinear((), (1.0,), 0.0, "identity")
_FIXED = {a.name: a for a in (RELU, ABS, RELU6, HARDTANH, IDENTITY)}
_SLOPED = ("leaky_relu", "prelu")
NAMES = (*_FIXED, *_SLOPED)


def leaky_relu(negative_slope: float) -> PiecewiseLinear:
    """Return max(z, 0) + negative_slope min(z, 0); with slope 1 the identity."""
    return PiecewiseLinear((0.0,), (negative_slope, 1.0), 0.0, "leaky_relu")


def named(
    name: str, *, negative_slope: float | None = None, where: str = "activation"
) -> PiecewiseLinear:
    """Return the activation of that name.

    Parameters
    ----------
    name : one of relu, leaky_relu, prelu, abs, hardtanh, relu6, identity
    negative_slope : needed for leaky_relu and prelu; never guessed

    Raises
    ------
    InvalidNetworkError
        Unknown name, or a slope that is missing.
    """
    if name in _FIXED:
        return _FIXED[name]
    if name not in _SLOPED:
        raise InvalidNetworkError(
            f"{where}: unknown activation {name!r}; known are {', '.join(NAMES)}"
        )
    if negative_slope is None:
        raise InvalidNetworkError(
            f"{where}: {name} needs its slope; pass negative_slope"
        )
    return leaky_relu(negative_slope)


def layer_activations(
    widths: Sequence[int], activation: Any, negative_slope: Any
) -> list[tuple[PiecewiseLinear, ...] | None]:
    """Return the activations of every hidden layer, one a unit; None where affine.

    Parameters
    ----------
    widths : units of each hidden layer
    activation, negative_slope : as ``Network`` takes them

    Raises
    ------
    InvalidNetworkError
        Unknown names, missing slopes, or a wrong number of entries.
    """
    specs = _per_layer(activation, len(widths), "activation")
    slopes = _per_layer(negative_slope, len(widths), "negative_slope")
    return [
        None if spec is None else _unit_activations(f"layer {k}", width, spec, slope)
        for k, (width, spec, slope) in enumerate(
            zip(widths, specs, slopes, strict=True)
        )
    ]


def _entries(value: Any) -> list[Any] | None:
    """Return the entries of a sequence; None when the value is a single one."""
    if isinstance(value, np.ndarray):
        return list(value) if value.ndim else None
    return list(value) if isinstance(value, (list, tuple)) else None


def _per_layer(value: Any, n_hidden: int, what: str) -> list[Any]:
    """Spread one value over the hidden layers, or check a list of them."""
    entries = _entries(value)
    if entries is None:
        return [value] * n_hidden
    if len(entries) != n_hidden:
        raise InvalidNetworkError(
            f"{what} has {len(entries)} entries for {n_hidden} hidden layers; "
            "pass one for all or one a hidden layer"
        )
    return entries


def _unit_activations(
    where: str, width: int, spec: Any, slope: Any
) -> tuple[PiecewiseLinear, ...]:
    """Return one activation a unit from one for all, or one a unit."""
    if _entries(spec) is None and _entries(slope) is None:
        return (_one_activation(where, spec, slope),) * width
    columns = []
    for what, value in (("activation", spec), ("negative_slope", slope)):
        entries = _entries(value)
        entries = [value] * width if entries is None else entries
        if len(entries) != width:
            raise InvalidNetworkError(
                f"{where}: {what} has {len(entries)} entries for {width} units; "
                "pass one for all or one a unit"
            )
        columns.append(entries)
    return tuple(
        _one_activation(where if spec is entry else f"{where}, unit {unit}", entry, one)
        for unit, (entry, one) in enumerate(zip(*columns, strict=True))
    )


def _one_activation(where: str, entry: Any, slope: Any) -> PiecewiseLinear:
    if isinstance(entry, PiecewiseLinear):
        return entry
    if isinstance(entry, np.ndarray) and entry.ndim == 0:
        entry = entry.item()
    if not isinstance(entry, str):
        raise InvalidNetworkError(
            f"{where}: {entry!r} is no activation; pass a name or a PiecewiseLinear"
        )
    try:
        number = None if slope is None else float(slope)
    except (TypeError, ValueError):
        number = math.nan
    if number is not None and not math.isfinite(number):
        raise InvalidNetworkError(
            f"{where}: negative_slope is {slope!r}; pass a finite number"
        )
    return named(entry, negative_slope=number, where=where)
