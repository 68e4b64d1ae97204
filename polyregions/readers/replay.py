# SPDX-License-Identifier: MIT
"""Replay: the source's own forward pass against the network that was read.

Both run in float64, in different orders of summation; the difference of the two is
held against a running error bound, never against a tolerance. For one affine layer
with values h, h' of the two sides and |h - h'| <= e, any order of summation (and
fused multiply-adds) gives (Higham, Accuracy and Stability, 2002, section 3.1)

    |z - z'| <= |W| e + gamma_(n+1) (|W| (2 |h| + e) + 2 |b|) + underflow,

and an activation with Lipschitz constant L passes L |z - z'| on, plus its rounding.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..activations import PiecewiseLinear
from ..errors import InvalidNetworkError
from ..network import Layer, Network, apply_activations
from ..tolerances import DEFAULT
from .files import import_torch, one_line

Array = NDArray[np.float64]
_UNIT = 2.0**-53
_TINY = 2.0**-1074


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Slack:
    """How far the source's float64 copy may differ from the exact layer.

    The copy rounds nothing to the parameters' dtype: scale and shift of a BatchNorm
    and the slopes of activations differ there by one rounding of that dtype.

    Attributes
    ----------
    scale, shift : change of the diagonal weight and of the bias, a unit or all
    slope, level : change of the activation's slope and of its bounds
    """

    scale: Array | float = 0.0
    shift: Array | float = 0.0
    slope: float = 0.0
    level: float = 0.0

    @classmethod
    def of_batch_norm(cls, alpha: Array, terms: Array, unit: float) -> Slack:
        """Return that of alpha = w / sqrt(v + eps) and beta = b - mean alpha.

        ``terms`` is |b| + |mean alpha|. alpha takes five roundings (eps, the sum, the
        root, the quotient, the product), beta two more; each changes its value by at
        most ``unit``, relatively, or by a subnormal.
        """
        least = 2.0**-149 if unit else 0.0
        return cls(
            scale=6 * unit * np.abs(alpha) + 2 * least,
            shift=8 * unit * terms + 2 * least,
        )

    def followed_by(self, other: Slack) -> Slack:
        """Return the slack of this affine map with the other's activation behind."""
        return replace(self, slope=other.slope, level=other.level)


def check_replay(module: Any, network: Network, slacks: Sequence[Slack]) -> None:
    """Run the module itself, a copy in float64, against the network.

    Raises
    ------
    InvalidNetworkError
        The forward pass fails, overflows, or differs by more than rounding explains.
    """
    rng = np.random.default_rng(0)
    points = rng.normal(
        0, DEFAULT.replay_scale, (DEFAULT.replay_points, network.n_inputs)
    )
    theirs = _forward(module, points)
    with np.errstate(all="ignore"):
        ours, bound = _with_bound(network, slacks, points)
        if theirs.shape != ours.shape:
            raise InvalidNetworkError(
                f"replay: the module's own forward pass gives shape {theirs.shape}, "
                f"the network read gives {ours.shape}; the module does more than its "
                "submodules say"
            )
        if not (np.isfinite(theirs).all() and np.isfinite(bound).all()):
            raise InvalidNetworkError(
                "replay: the forward pass overflows float64 on points of size "
                f"{DEFAULT.replay_scale:g}; rescale the weights, or pass replay=False "
                "to read them unchecked"
            )
        excess = np.abs(theirs - ours) - bound
    worst = np.unravel_index(np.argmax(excess), excess.shape)
    if excess[worst] > 0:
        raise InvalidNetworkError(
            f"replay: output {worst[1]} of the module's own forward pass differs by "
            f"{abs(theirs[worst] - ours[worst]):.3g} from the network read (rounding "
            f"explains {bound[worst]:.3g}); the module does more than its submodules "
            "say: remove what changes its forward pass"
        )


def _forward(module: Any, points: Array) -> Array:
    torch = import_torch("read a torch module")
    try:
        with torch.no_grad():
            twin = copy.deepcopy(module).cpu().double().eval()
            out = twin(torch.tensor(points, dtype=torch.float64))
            return np.asarray(out.to(torch.float64).numpy())
    except Exception as error:  # foreign code: whatever a forward pass may raise
        raise InvalidNetworkError(
            f"replay: the module's own forward pass fails on {points.shape} float64 "
            f"points ({type(error).__name__}: {one_line(error)}); mend the module, or "
            "pass replay=False"
        ) from None


def _with_bound(
    network: Network, slacks: Sequence[Slack], points: Array
) -> tuple[Array, Array]:
    """Return the network's values and the bound on the two sides' difference."""
    value, error = points, np.zeros_like(points)
    for layer, slack in zip(network.layers, slacks, strict=True):
        value, error = _through_layer(layer, slack, value, error)
    return value, error


def _through_layer(
    layer: Layer, slack: Slack, value: Array, error: Array
) -> tuple[Array, Array]:
    weight, bias = np.abs(layer.weight), np.abs(layer.bias)
    size = weight.shape[1]
    # Twice gamma_(n+1), and eight more: the bound itself is computed in float64.
    gamma = 2 * (size + 10) * _UNIT / (1 - 2 * (size + 10) * _UNIT)
    reach = (2 * np.abs(value) + error) @ weight.T + 2 * bias
    out = value @ layer.weight.T + layer.bias
    spread = error @ weight.T * (1 + gamma) + gamma * reach + 4 * (size + 2) * _TINY
    if np.any(slack.scale) or np.any(slack.shift):  # a diagonal weight
        spread = spread + slack.scale * (np.abs(value) + error) + slack.shift
    if layer.activation is None:
        return out, spread * (1 + gamma)
    kinds: dict[PiecewiseLinear, list[int]] = {}
    for unit, act in enumerate(layer.activation):
        kinds.setdefault(act, []).append(unit)
    after = np.empty_like(spread)
    for act, units in kinds.items():
        after[:, units] = _through_activation(
            act, slack, out[:, units], spread[:, units]
        )
    return apply_activations(layer.activation, out), after * (1 + gamma)


def _through_activation(
    act: PiecewiseLinear, slack: Slack, z: Array, spread: Array
) -> Array:
    """Return the bound behind an activation; each piece adds three roundings."""
    steepest = max(map(abs, act.slopes))
    reach = np.abs(z) + spread
    far = reach + max(map(abs, act.breakpoints), default=0.0)
    total = abs(act.anchor) + len(act.slopes) * steepest * far
    rounding = 4 * (len(act.slopes) + 4) * (_UNIT * total + _TINY)
    return np.asarray(steepest * spread + rounding + slack.slope * reach + slack.level)
