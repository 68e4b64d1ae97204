# SPDX-License-Identifier: MIT
"""One leaf module of torch at a time: an affine map, an activation, or nothing."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..activations import HARDTANH, RELU, RELU6, PiecewiseLinear, leaky_relu
from ..errors import InvalidNetworkError
from .files import import_torch
from .replay import Slack

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, slots=True, eq=False)
class Affine:
    """x -> weight @ x + bias, and how far torch's float64 copy may differ from it."""

    weight: NDArray[np.float64]
    bias: NDArray[np.float64]
    slack: Slack


@dataclass(frozen=True, slots=True, eq=False)
class Activation:
    """One activation for all units (``shared``), or one a unit."""

    units: tuple[PiecewiseLinear, ...]
    shared: bool
    slack: Slack

    def on(self, width: int) -> tuple[PiecewiseLinear, ...]:
        """Return one activation a unit of a layer of this width."""
        if self.shared:
            return self.units * width
        if len(self.units) != width:
            raise InvalidNetworkError(
                f"a PReLU with {len(self.units)} parameters stands behind {width} "
                "units; give it one, or one a unit"
            )
        return self.units


def read_leaf(
    module: Any, dtype: torch.dtype | None
) -> Affine | Activation | str | None:
    """Read one leaf module.

    Parameters
    ----------
    dtype : that of the network's parameters, to which slopes are rounded

    Returns
    -------
    Affine | Activation | str | None
        None for a module that changes nothing; a text that names the module and what
        is in the way when it is not read.
    """
    name, nn = _kind(module), import_torch("read a torch module").nn
    reader = _readers().get(type(module))
    if reader is None and not isinstance(module, nn.Sequential):
        return name
    if reader is None or "forward" in vars(module) or hooked(module):
        why = "forward hooks" if hooked(module) else "a forward pass of its own"
        return f"{name} with {why}"
    found = _bad_tensor(module) or reader(module, dtype)
    return f"{name} {found}" if isinstance(found, str) else found


def hooked(module: Any) -> bool:
    """Whether hooks run before or behind the module's forward pass."""
    return bool(module._forward_hooks or module._forward_pre_hooks)


def _readers() -> dict[type, Any]:
    nn = import_torch("read a torch module").nn
    return {
        nn.Linear: _linear,
        nn.BatchNorm1d: _batch_norm,
        nn.ReLU: lambda module, dtype: Activation((RELU,), True, Slack()),
        nn.LeakyReLU: _leaky_relu,
        nn.PReLU: _prelu,
        nn.Hardtanh: _hardtanh,
        nn.ReLU6: _hardtanh,
        nn.Identity: lambda module, dtype: None,
        nn.Flatten: _flatten,
        nn.Dropout: _dropout,
        nn.AlphaDropout: _dropout,
    }


def _kind(module: Any) -> str:
    """Return the module's class name, in full where it is not torch's own."""
    kind = type(module)
    if kind.__module__.startswith("torch.nn.modules."):
        return kind.__name__
    return f"{kind.__module__}.{kind.__qualname__}"


def _bad_tensor(module: Any) -> str | None:
    """Say what is wrong with a parameter or buffer that is no plain float tensor."""
    torch = import_torch("read a torch module")
    floats = (torch.float16, torch.bfloat16, torch.float32, torch.float64)
    named = [*module.named_parameters(), *module.named_buffers()]
    for name, tensor in named:
        if name == "num_batches_tracked":
            continue
        if tensor.is_meta or tensor.layout != torch.strided:
            return f"whose {name} is {'meta' if tensor.is_meta else tensor.layout}"
        if tensor.dtype not in floats:
            return f"whose {name} has dtype {tensor.dtype}"
    return None


def _exact(tensor: Any) -> NDArray[np.float64]:
    """Return the values of a float tensor; float64 holds those of every dtype read."""
    import torch

    out: NDArray[np.float64] = tensor.detach().cpu().to(torch.float64).numpy().copy()
    return out


def _linear(module: Any, dtype: torch.dtype) -> Affine | str:
    weight = _exact(module.weight)
    if weight.ndim != 2:
        return f"whose weight has shape {weight.shape}"
    bias = np.zeros(weight.shape[0]) if module.bias is None else _exact(module.bias)
    return Affine(weight, bias, Slack())


def _batch_norm(module: Any, dtype: torch.dtype) -> Affine | str:
    """Read scale and shift off torch's own kernel, so that they have its bits.

    The kernel computes alpha = weight / sqrt(var + eps) and beta = bias - mean alpha
    in the parameters' dtype (float16 and bfloat16: in float32), beta by a fused
    multiply-add where the compiler chose one. At x = 0 its value is beta; with mean
    and bias 0 and x = 1 it is alpha.
    """
    torch = import_torch("read a torch module")
    if module.training:
        return "in training mode"
    if module.running_mean is None or module.running_var is None:
        return "without running statistics"
    kernel = torch.float64 if dtype == torch.float64 else torch.float32
    mean, var = (
        t.detach().cpu().to(kernel) for t in (module.running_mean, module.running_var)
    )
    weight, bias = (
        None if t is None else t.detach().cpu().to(kernel)
        for t in (module.weight, module.bias)
    )
    norm, size = torch.nn.functional.batch_norm, (1, mean.numel())
    with torch.no_grad():
        rest = {"training": False, "eps": module.eps}
        shift = norm(mean.new_zeros(size), mean, var, weight, bias, **rest)[0]
        zero = torch.zeros_like(mean)
        scale = norm(mean.new_ones(size), zero, var, weight, None, **rest)[0]
    alpha, beta = _exact(scale), _exact(shift)
    if not (np.isfinite(alpha).all() and np.isfinite(beta).all()):
        unit = int(np.argmin(np.isfinite(alpha) & np.isfinite(beta)))
        return f"whose scale or shift of channel {unit} is not finite"
    terms = np.abs(alpha * _exact(mean)) + (
        0.0 if bias is None else np.abs(_exact(bias))
    )
    return Affine(
        np.diag(alpha), beta, Slack.of_batch_norm(alpha, terms, _unit(kernel))
    )


def _unit(dtype: torch.dtype) -> float:
    """Return half an ulp of 1; 0 for float64, in which the replay runs."""
    import torch

    return 0.0 if dtype == torch.float64 else float(torch.finfo(dtype).eps) / 2


def _rounded(value: float, dtype: torch.dtype | None) -> float:
    """Round to the parameters' dtype; torch's default where there are none."""
    import torch

    return float(torch.tensor(float(value), dtype=dtype or torch.get_default_dtype()))


def _leaky_relu(module: Any, dtype: torch.dtype | None) -> Activation | str:
    slope = _rounded(module.negative_slope, dtype)
    if not math.isfinite(slope):
        return f"with negative_slope {slope}"
    slack = Slack(slope=abs(slope - float(module.negative_slope)))
    return Activation((leaky_relu(slope),), True, slack)


def _prelu(module: Any, dtype: torch.dtype | None) -> Activation | str:
    slopes = _exact(module.weight).ravel()
    if not np.isfinite(slopes).all():
        unit = int(np.argmin(np.isfinite(slopes)))
        return f"whose slope {unit} is {slopes[unit]}"
    units = tuple(leaky_relu(slope) for slope in slopes.tolist())
    return Activation(units, len(units) == 1, Slack())


def _hardtanh(module: Any, dtype: torch.dtype | None) -> Activation | str:
    bounds = (float(module.min_val), float(module.max_val))
    low, high = (_rounded(bound, dtype) for bound in bounds)
    if math.isnan(low) or math.isnan(high) or low == math.inf or high == -math.inf:
        return f"with bounds {low} and {high}"
    moved = [
        abs(rounded - bound)
        for rounded, bound in zip((low, high), bounds, strict=True)
        if math.isfinite(rounded)
    ]
    return Activation((_clamp(low, high),), True, Slack(level=max(moved, default=0.0)))


def _clamp(low: float, high: float) -> PiecewiseLinear:
    """Return min(max(z, low), high); the bounds may be equal or infinite."""
    for known in (HARDTANH, RELU6):
        if known.breakpoints == (low, high):
            return known
    if low == high:
        return PiecewiseLinear((), (0.0,), low)
    if low == -math.inf:
        finite = high != math.inf
        return PiecewiseLinear(
            (high,) if finite else (), (1.0, 0.0)[: 1 + finite], high if finite else 0.0
        )
    if high == math.inf:
        return PiecewiseLinear((low,), (0.0, 1.0), low)
    return PiecewiseLinear((low, high), (0.0, 1.0, 0.0), low)


def _flatten(module: Any, dtype: torch.dtype | None) -> str | None:
    if {module.start_dim, module.end_dim} <= {1, -1}:
        return None
    return f"with start_dim={module.start_dim}, end_dim={module.end_dim}"


def _dropout(module: Any, dtype: torch.dtype | None) -> str | None:
    return "in training mode" if module.training and module.p != 0 else None
