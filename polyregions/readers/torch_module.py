# SPDX-License-Identifier: MIT
"""Networks from ``torch.nn.Sequential``; torch is imported where it is used."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..activations import PiecewiseLinear
from ..errors import InvalidArgumentError, InvalidNetworkError
from ..network import Network
from .files import import_torch
from .replay import Slack, check_replay
from .torch_leaves import Activation, Affine, hooked, read_leaf

if TYPE_CHECKING:
    import torch

Op = Affine | Activation


def from_torch(module: torch.nn.Module, *, replay: bool = True) -> Network:
    """Read a module as the function that it computes in eval mode.

    Parameters
    ----------
    module : torch.nn.Sequential, nested as you like, or a single Linear
        Of Linear, ReLU, LeakyReLU, PReLU, Hardtanh, ReLU6, Identity, Flatten, and, in
        eval mode, Dropout, AlphaDropout and BatchNorm1d. Modules may be reused. The
        module is not changed.
    replay : bool
        Run the module itself (a copy in float64) on random points and refuse the
        network if it differs by more than rounding can explain.

    Returns
    -------
    Network
        Parameters are the dyadic rationals that they are; slopes and bounds are
        rounded to the parameters' dtype. BatchNorm1d is an affine layer of its own,
        with the scale and shift that torch computes. A network that ends in an
        activation gets an exact identity as output layer; so does, in front, one that
        begins with an activation, and one with two activations in a row in between.

    Raises
    ------
    InvalidNetworkError
        Modules that are not read (all named), training mode where it matters, hooks,
        parameters that are no real floats, or a replay that differs.
    InvalidArgumentError
        The argument is no module.
    MissingExtraError
        torch is not installed.
    """
    torch = import_torch("read a torch module")
    if not isinstance(module, torch.nn.Module):
        raise InvalidArgumentError(
            f"from_torch takes a torch.nn.Module, not a {type(module).__name__}; a "
            "file is read by polyregions.load"
        )
    ops = _read_ops(module)
    stack = _stacked(ops)
    network = Network(
        [(layer.weight, layer.bias) for layer in stack],
        activation=[layer.activation for layer in stack[:-1]],
    )
    if replay:
        check_replay(module, network, [layer.slack for layer in stack])
    return network


@dataclass(slots=True, eq=False)
class _Layer:
    """A layer in the making; the activation comes after its affine map."""

    weight: NDArray[np.float64]
    bias: NDArray[np.float64]
    slack: Slack
    activation: tuple[PiecewiseLinear, ...] | None = None


def _read_ops(module: torch.nn.Module) -> list[Op]:
    """Return the affine maps and activations in order; all problems in one error."""
    ops: list[Op] = []
    problems: list[str] = []
    dtypes = _dtypes(module)
    dtype = next(iter(dtypes), None)
    for path, leaf in _leaves(module, ""):
        found = read_leaf(leaf, dtype)
        if isinstance(found, str):
            problems.append(f"{path or 'module'}: {found}")
        elif found is not None:
            ops.append(found)
    if problems:
        raise InvalidNetworkError(
            f"not read: {', '.join(dict.fromkeys(problems))}; Network.from_torch "
            "takes Sequential of Linear, BatchNorm1d and piecewise-linear "
            "activations, in eval mode (module.eval()), without hooks"
        )
    if len(dtypes) > 1:
        raise InvalidNetworkError(
            f"the parameters have several dtypes ({', '.join(map(str, dtypes))}); "
            "convert the module to one, for example by module.double()"
        )
    return ops


def _leaves(module: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Yield (path, leaf) in the order of the forward pass, repeats included."""
    torch = import_torch("read a torch module")
    sequential = torch.nn.Sequential
    if not (isinstance(module, sequential) and _runs_as(module, sequential)):
        yield path, module
        return
    for name, child in module._modules.items():
        yield from _leaves(child, f"{path}.{name}" if path else name)


def _runs_as(module: Any, kind: Any) -> bool:
    """Whether a container has neither hooks nor a forward pass of its own."""
    own = "forward" in vars(module) or type(module).forward is not kind.forward
    return not (own or hooked(module))


def _dtypes(module: torch.nn.Module) -> list[torch.dtype]:
    tensors = [*module.parameters(), *module.buffers()]
    floats = [t.dtype for t in tensors if t.is_floating_point()]
    return list(dict.fromkeys(floats))


def _stacked(ops: list[Op]) -> list[_Layer]:
    """Return layers of one affine map each, and at most one activation behind it."""
    widths = [op.weight.shape[1] for op in ops if isinstance(op, Affine)]
    if not widths:
        raise InvalidNetworkError(
            "the module has no Linear layer, so its width is unknown; put one in"
        )
    stack: list[_Layer] = []
    for op in ops:
        if isinstance(op, Affine):
            stack.append(_Layer(op.weight, op.bias, op.slack))
            continue
        if not stack or stack[-1].activation is not None:
            stack.append(_identity(stack[-1].weight.shape[0] if stack else widths[0]))
        last = stack[-1]
        last.activation = op.on(last.weight.shape[0])
        last.slack = last.slack.followed_by(op.slack)
    if stack[-1].activation is not None:
        stack.append(_identity(stack[-1].weight.shape[0]))
    return stack


def _identity(width: int) -> _Layer:
    return _Layer(np.eye(width), np.zeros(width), Slack())
