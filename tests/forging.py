# SPDX-License-Identifier: MIT
"""What forged certificates are made of.

A forgery says what the checker answers, and which edit of the checker's source (one
check less) lets it through: without that edit it is rejected, with it accepted.
"""

from __future__ import annotations

import copy
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import reference as ref
from reference.certificate_file import Block, Item
from reference.certificates import certificate

LINE = [([[1], [1]], [0, -1]), ([[1, 1]], [0])]  # cut at 0 and 1
PLANE = [([[1, 0], [0, 1]], [0, 0]), ([[1, 1]], [0])]  # four quadrants
RAISED = [([[1, 0], [0, 1]], [0, 1]), ([[1, 1]], [0])]  # x and y + 1
DEEP = [([[1], [1]], [0, -1]), ([[0, 1]], [2]), ([[1]], [0])]  # 2 + relu(x - 1) > 0
SKEW = [([[1, 256, 0], [256, 0, 1]], [0, 0]), ([[1, 1]], [0])]  # minors of 2^16
STEEP = [([[1000], [1]], [0, -50]), ([[1, 1]], [0])]  # numbers of 10 bits, and of 16
TWICE = [([[100]], [0]), ([[2], [1]], [0, 0]), ([[1, 1]], [0])]  # of 7 bits, and of 8
SUMS = [([[100], [60]], [0, 0]), ([[1, 1], [1, 0]], [0, 0]), ([[1, 1]], [0])]
FLAT = [([[0], [1]], [-1, 0]), ([[0, 1]], [0])]  # -1 is below 0 everywhere
AGAIN = [([[1, 0], [0, 1]], [0, 0]), ([[1, 0]], [0]), ([[1]], [0])]  # relu(x) again
LEVEL = [([[1], [-1]], [100, 0]), ([[1, 1], [1, 0]], [60, 0]), ([[1, 1]], [0])]
MIRROR = [  # x, -x and y; the sum is x + relu(y): linear regions across x = 0
    ([[1, 0], [-1, 0], [0, 1]], [0, 0, 0]),
    ([[1, -1, 1]], [0]),
]
PEAK = [  # relu(|x| - 1) - |x|: the same map, -1, where x < -1 and where x > 1
    ([[1], [-1]], [0, 0]),
    ([[1, 1], [1, 1]], [-1, 0]),
    ([[1, -1]], [0]),
]
TIE = [  # relu(min(x, y)) + relu(min(-x, -y)): two quadrants of 0 touch in one point
    ([[1, -1], [1, 0], [-1, 0], [0, 1], [0, -1]], [0, 0, 0, 0, 0]),
    ([[-1, 1, -1, 0, 0], [-1, 0, 0, -1, 1]], [0, 0]),
    ([[1, 1]], [0]),
]
ABOVE = [((1, 1), 0)]  # x + y > 0
ALL = ("activation", "linear", "affine", "linear_closed")
LEFT, MIDDLE, RIGHT = (0, 1), (2, 2), (0, 4)  # points -1, 1/2, 2 on the line
ONE_AT_ONCE = (8, 2, 0, 1, 0)  # by the newest row, the first open one, and none but it

Layers = Sequence[tuple[Sequence, Sequence]]


def model(layers: Layers) -> bytes:
    """The npz file of a network."""
    out = io.BytesIO()
    arrays = {}
    for k, (weight, bias) in enumerate(layers):
        arrays[f"W{k}"] = np.asarray(weight, dtype=np.float64)
        arrays[f"b{k}"] = np.asarray(bias, dtype=np.float64)
    np.savez(out, **arrays)
    return out.getvalue()


@cache
def _written(name: str, definitions: tuple[str, ...], above: bool, **options):
    layers, domain = globals()[name], ABOVE if above else ()
    return certificate(ref.network(layers), domain, definitions=definitions, **options)


def written(
    name: str, *definitions: str, above: bool = False, cut: int = 0, bulk: bool = False
):
    """A true certificate, for changes."""
    return copy.deepcopy(_written(name, definitions, above, cut=cut, bulk=bulk))


def by_hand(name: str, *steps: Sequence[int], activation: int, **stated):
    """Steps of numbers in one block, for the network of that name."""
    out = written(name, "activation")
    items = [[Item("hand", tuple(step))] for step in steps]
    out.blocks = [Block([], items)]
    out.stated = {"activation": activation, "per_layer": [activation], **stated}
    return out


@dataclass(frozen=True)
class Forgery:
    """What is forged, what the checker says, and the edit that lets it through."""

    build: Callable[[], bytes]
    says: str
    old: str | None = None  # None: nothing but this answer rests on the check
    new: str = ""
    layers: Layers | bytes = ()


FORGERIES: dict[str, Forgery] = {}


def forgery(
    says: str, old: str | None = None, new: str = "", layers="LINE", name: str = ""
):
    """Register a function that returns a certificate or the bytes of one."""

    def register(function: Callable[[], object]) -> Callable[[], object]:
        def build() -> bytes:
            made = function()
            return made if isinstance(made, bytes) else made.encoded()

        own = globals()[layers] if isinstance(layers, str) else layers
        FORGERIES[name or function.__name__] = Forgery(build, says, old, new, own)
        return function

    return register
