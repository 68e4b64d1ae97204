# SPDX-License-Identifier: MIT
"""Obviously right, slow writer of certificates (format: ``docs/certificate.md``).

Shares no code with the package or its checker.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Collection, Sequence
from fractions import Fraction
from math import lcm
from typing import Any

from .cells import domain_rows
from .certificate_file import LEFT_OUT, Certificate
from .contacts import contacts
from .counting import counts
from .linear_program import Row, primitive, strictly_feasible
from .networks import Network, Unit, restrict
from .split_tree import Writer
from .supports import solve, support


def exponent(value: Fraction) -> int:
    """The smallest e >= 0 with value * 2^e an integer."""
    return value.denominator.bit_length() - 1


def network_digest(net: Network) -> str:
    """SHA-256 of the weights as float64."""
    out = hashlib.sha256()
    for weight, bias in net.layers:
        numbers = [float(v) for row in weight for v in row] + [float(v) for v in bias]
        out.update(struct.pack("<2I", len(weight), len(weight[0])))
        out.update(struct.pack(f"<{len(numbers)}d", *numbers))
    return out.hexdigest()


def layer_entry(units: Sequence[Unit]) -> dict[str, Any]:
    """The header's description of a layer's activations."""
    q = max((exponent(t) for u in units for t in u.breakpoints), default=0)
    lines = [line for u in units for line in u.pieces()]
    m = max(exponent(v) for slope, intercept in lines for v in (slope, intercept))
    entries = [
        [
            int(u.slopes[0] * 2**m),
            int(u.pieces()[0][1] * 2**m),
            [
                [int(t * 2**q), int((u.slopes[j + 1] - u.slopes[j]) * 2**m)]
                for j, t in enumerate(u.breakpoints)
            ],
        ]
        for u in units
    ]
    alike = all(entry == entries[0] for entry in entries)
    hidden = any(u.breakpoints for u in units)
    return {
        "q": q,
        "m": m,
        "hidden": hidden,
        "units": entries[:1] if alike else entries,
    }


PLAIN = {"q": 0, "m": 0, "hidden": False, "units": [[1, 0, []]]}


def certificate(
    net: Network,
    domain: Sequence = (),
    *,
    definitions: Sequence[str] = ("activation", "linear"),
    origin: Sequence | None = None,
    directions: Sequence | None = None,
    outputs: Sequence[int] | None = None,
    cut: int = 0,
    bulk: bool = True,
    left_out: Collection[int] = (),
) -> Certificate:
    """Certificate of the regions of net in the open domain (rows a @ t + c > 0).

    The inputs are x = origin + t @ directions. ``cut``: steps a block, 0 for one block;
    ``left_out``: numbers of steps of which only "left out" is written.
    """
    n = net.n_inputs
    start = [Fraction(0)] * n if origin is None else [*map(Fraction, origin)]
    ways = [[int(i == j) for j in range(n)] for i in range(n)]
    ways = [
        [*map(Fraction, way)] for way in (ways if directions is None else directions)
    ]
    scale = lcm(*(v.denominator for v in (*start, *(v for way in ways for v in way))))
    inputs = [
        [int(v * scale) for v in column] for column in zip(start, *ways, strict=True)
    ]
    seen = restrict(kept_outputs(net, outputs), start, ways)
    rows = domain_rows(domain)
    kept = kept_coordinates(seen, rows)
    unit = [[int(i == k) for i in range(len(ways))] for k in kept]
    small = restrict(seen, [0] * len(ways), unit)
    header = {
        "layers": [*map(layer_entry, net.units), PLAIN],
        "inputs": inputs,
        "scale": scale,
        "rows": [[c, *a] for *a, c in rows],
        "coordinates": kept,
        "outputs": None if outputs is None else [*outputs],
        "definitions": [*definitions],
        "domain": {"kind": "rows"},
        "network": network_digest(net),
    }
    true = counts(seen, domain)
    stated = {name: getattr(true, name) for name in definitions}
    hidden = [k for k, layer in enumerate(header["layers"][:-1]) if layer["hidden"]]
    stated["per_layer"] = [true.per_layer[k] for k in hidden]
    small_rows = [(*(row[k] for k in kept), row[-1]) for row in rows]
    if strictly_feasible(rows, d=len(ways)) is None:
        return Certificate(header, [], None, stated | {"empty": emptiness(rows)})
    options: dict[str, Any] = {"cut": cut, "bulk": bulk, "left_out": left_out}
    writer = Writer(small, small_rows, definitions, **options).walk()
    steps = [step for block in writer.blocks for step in block.steps]
    if any(step[-1].kind == LEFT_OUT for step in steps):
        stated = {"at least": len(writer.leaves)}
    closed = contacts(writer) if "linear_closed" in definitions else None
    return Certificate(header, writer.blocks, closed, stated)


def kept_outputs(net: Network, outputs: Sequence[int] | None) -> Network:
    if outputs is None:
        return net
    *layers, (weight, bias) = net.layers
    last = tuple(weight[i] for i in outputs), tuple(bias[i] for i in outputs)
    return Network((*layers, last), net.units, net.n_inputs)


def kept_coordinates(net: Network, rows: Sequence[Row]) -> list[int]:
    """The first columns that the others, of domain and first layer, depend on."""
    table = [*(row[:-1] for row in rows), *net.layers[0][0]]
    columns = [primitive([*column, 0]) for column in zip(*table, strict=True)]
    kept: list[int] = []
    for k, column in enumerate(columns):
        if any(column) and solve([columns[i] for i in kept], column) is None:
            kept.append(k)
    return kept


def emptiness(rows: Sequence[Row]) -> list[int]:
    """A row of the domain that is not positive where those of its support are."""
    for k, row in enumerate(rows):
        found = support(row, rows, k, lambda _, numbers: max(numbers) <= 0)
        if found is not None:
            return [k, *found[0]]
    raise ValueError("the domain is not empty")
