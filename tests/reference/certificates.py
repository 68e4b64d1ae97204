# SPDX-License-Identifier: MIT
"""Obviously right, slow writer of certificates (format: ``docs/certificate.md``).

Shares no code with the package or its checker. A certificate is kept as lists of items,
so that tests can forge any part of it before it becomes bytes.
"""

from __future__ import annotations

import hashlib
import json
import struct
import zlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import combinations
from math import lcm
from typing import Any, NamedTuple

from .cells import domain_rows, negated
from .counting import counts
from .linear_program import Row, primitive, strictly_feasible
from .networks import Network, Point, Unit, dot, restrict

MAGIC = b"polyregions certificate 1\n"
SPLIT, CLAIM, SUPPORT, POINT, BULK, CODES, LEFT_OUT, CLOSED = (
    "split claim support point bulk codes left_out closed".split()
)


class Item(NamedTuple):
    """Numbers that belong together, and what they are."""

    kind: str
    numbers: tuple[int, ...]


@dataclass
class Block:
    """A part of the walk: the events before it, and its steps."""

    prefix: list[int]
    steps: list[list[Item]] = field(default_factory=list)

    def numbers(self) -> list[int]:
        items = [item for step in self.steps for item in step]
        own = [len(self.prefix), *self.prefix, len(self.steps)]
        return own + [n for item in items for n in item.numbers]


@dataclass
class Certificate:
    """Everything that a file holds."""

    header: dict[str, Any]
    blocks: list[Block]
    closed: list[Item] | None
    stated: dict[str, Any] | None

    def encoded(self) -> bytes:
        payloads = [json.dumps(self.header).encode()]
        payloads += [varints(block.numbers()) for block in self.blocks]
        if self.closed is not None:
            payloads.append(varints([n for item in self.closed for n in item.numbers]))
        return file_of(payloads, self.stated)


def file_of(payloads: Sequence[bytes], stated: dict[str, Any] | None) -> bytes:
    """The bytes of a file with right sizes and checksums."""
    out = MAGIC
    for payload in payloads:
        out += struct.pack("<2I", len(payload), zlib.crc32(payload)) + payload
    return out if stated is None else out + bytes(4) + json.dumps(stated).encode()


def varints(numbers: Sequence[int]) -> bytes:
    """Seven bits a byte, low ones first; bit 7 says that more follow."""
    out = bytearray()
    for n in numbers:
        while n > 127:
            out.append(n & 127 | 128)
            n >>= 7
        out.append(n)
    return bytes(out)


def signed(n: int) -> int:
    return 2 * n if n >= 0 else -2 * n - 1


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
    return {"q": q, "m": m, "hidden": hidden, "units": entries[:1] if alike else entries}


PLAIN = {"q": 0, "m": 0, "hidden": False, "units": [[1, 0, []]]}


class Path(NamedTuple):
    """A node of the split tree; rows are (a, c), as everywhere in the reference."""

    z: tuple[Point, ...]  # of the current layer
    bits: tuple[int | None, ...]  # of its hyperplanes
    rows: tuple[Row, ...]  # domain and splits, positive on the cell
    done: tuple[tuple[tuple[Point, ...], tuple[int, ...]], ...] = ()
    splits: tuple[tuple[int, int, int], ...] = ()
    loose: tuple[tuple[int, int], ...] = ()
    events: tuple[int, ...] = ()


class Writer:
    """Walks through the tree; ``blocks`` and ``leaves`` are what it has found."""

    def __init__(self, net: Network, rows: Sequence[Row], **options: Any):
        self.net, self.domain, self.last_layer = net, tuple(rows), len(net.units)
        self.cut, self.bulk = options["cut"], options["bulk"]
        self.left_out: Collection[int] = options["left_out"]
        self.linear = {"linear", "linear_closed"} & {*options["definitions"]}
        self.hyper = [
            [(i, j) for i, u in enumerate(units) for j in range(len(u.breakpoints))]
            for units in net.units
        ]
        self.blocks, self.last, self.n_steps = [Block([])], (), 0
        self.leaves: list[tuple[tuple, tuple[Point, ...]]] = []
        self.joins: list[tuple[tuple, tuple]] = []

    def walk(self) -> Writer:
        d = self.net.n_inputs
        unit = [tuple(Fraction(i == j) for j in range(d + 1)) for i in range(d)]
        self.visit(Path(*self.layer(0, unit), self.domain), [])
        return self

    # --- the network ------------------------------------------------------------------

    def layer(self, l: int, h: Sequence[Point]) -> tuple:
        """z of a layer from its input, and nothing decided."""
        weight, bias = self.net.layers[l]
        columns = [*zip(*h, strict=True)]
        z = []
        for row, b in zip(weight, bias, strict=True):
            *a, c = (dot(row, column) for column in columns)
            z.append((*a, c + b))
        return tuple(z), (None,) * (len(self.hyper[l]) if l < self.last_layer else 0)

    def function(self, l: int, k: int, z: Sequence[Point]) -> Point:
        """z - t of a hyperplane."""
        i, j = self.hyper[l][k]
        *a, c = z[i]
        return (*a, c - self.net.units[l][i].breakpoints[j])

    def outputs(self, l: int, z: Sequence[Point], bits: Sequence[int]) -> list[Point]:
        """The units' values where the hyperplanes have these bits."""
        out = []
        for i, (row, u) in enumerate(zip(z, self.net.units[l], strict=True)):
            slope, constant = u.pieces()[0]
            for (own, j), bit in zip(self.hyper[l], bits, strict=True):
                if own == i and bit:
                    jump = u.slopes[j + 1] - u.slopes[j]
                    slope, constant = slope + jump, constant - jump * u.breakpoints[j]
            *a, c = (slope * v for v in row)
            out.append((*a, c + constant))
        return out

    # --- the walk ---------------------------------------------------------------------

    def visit(self, path: Path, items: list[Item]) -> None:
        """Write the subtree of a node, depth first."""
        while len(path.done) < self.last_layer and None not in path.bits:
            l = len(path.done)
            z, bits = self.layer(l + 1, self.outputs(l, path.z, path.bits))
            done = (*path.done, (path.z, path.bits))
            path = path._replace(z=z, bits=bits, done=done)
        if len(path.done) == self.last_layer:
            self.step([*items, self.point(path.rows), *self.leaf(path)])
            return
        if self.n_steps in self.left_out:
            self.step([*items, Item(LEFT_OUT, (0,))])
            return
        path, claims = self.claimed(path)
        if None not in path.bits:
            self.visit(path, items + claims)
            return
        k = path.bits.index(None)
        items = [*items, *claims, Item(SPLIT, (1 + (k << 2 | 2),))]
        self.visit(self.decided(path, k, 0, 2), items)
        upper = self.decided(path, k, 1, 2)
        if self.cut and len(self.blocks[-1].steps) >= self.cut:
            self.blocks.append(Block([*upper.events]))
        self.visit(upper, [])

    def step(self, items: list[Item]) -> None:
        self.blocks[-1].steps.append(items)
        self.last = ()
        self.n_steps += 1

    def decided(self, path: Path, k: int, above: int, flags: int) -> Path:
        """Flags: 2 a split, 4 loose."""
        l, g = len(path.done), self.function(len(path.done), k, path.z)
        out = path._replace(
            bits=(*path.bits[:k], above, *path.bits[k + 1 :]),
            events=(*path.events, k << 3 | flags | above),
            loose=path.loose + ((l, k),) * (flags == 4),
        )
        if flags != 2:
            return out
        row = primitive(g if above else negated(g))
        splits = (*path.splits, (l, k, above))
        return out._replace(rows=(*path.rows, row), splits=splits)

    def claimed(self, path: Path) -> tuple[Path, list[Item]]:
        """Decide all that does not cut the cell."""
        items, found = [], []
        l = len(path.done)
        for k in [k for k, bit in enumerate(path.bits) if bit is None]:
            g = primitive(self.function(l, k, path.z))
            sides = [strictly_feasible([*path.rows, row]) for row in (g, negated(g))]
            if any(g[:-1]) and None not in sides:
                continue
            above = int(g[-1] > 0 if not any(g[:-1]) else sides[0] is not None)
            rows, numbers = support(g, path.rows)
            loose = numbers[0] == 0 and sum(map(bool, numbers)) < 2
            found.append((k, above, rows))
            path = self.decided(path, k, above, 4 * loose)
        if self.bulk and found:
            return path, self.at_once(found, len(path.rows), len(path.bits))
        for k, above, rows in found:
            token = Item(CLAIM, (1 + (k << 2 | above),))
            items += [token, self.support_item(rows, len(path.rows))]
        return path, items

    def at_once(self, found, n_rows: int, n: int) -> list[Item]:
        """One token for all the claims."""
        used = [*dict.fromkeys(rows for *_, rows in found)]
        width, codes = (2 * len(used)).bit_length(), [0] * n
        for k, above, rows in found:
            codes[k] = 1 + 2 * used.index(rows) + above
        whole = sum(code << k * width for k, code in enumerate(codes))
        items = [Item(BULK, (1 + (len(used) << 2 | 3),))]
        items += [self.support_item(rows, n_rows) for rows in used]
        return [*items, Item(CODES, (whole,))]

    def support_item(self, rows: tuple[int, ...], n_rows: int) -> Item:
        """Positions of the rows in the path, newest first; 0 for the same again."""
        if self.last == (rows,):
            return Item(SUPPORT, (0,))
        self.last = (rows,)
        ends = [n_rows, *sorted(rows, reverse=True)]
        gaps = (a - b - 1 for a, b in zip(ends, ends[1:], strict=False))
        return Item(SUPPORT, (1 + len(rows), *gaps))

    def point(self, rows: Sequence[Row]) -> Item:
        """A dyadic point at which all rows are positive."""
        point = strictly_feasible(rows, d=self.net.n_inputs)
        if point is None:
            raise ValueError("an empty cell")
        e = 0
        while True:
            x = [round(v * 2**e) for v in point]
            if all(dot(row[:-1], x) + row[-1] * 2**e > 0 for row in rows):
                return Item(POINT, (signed(e), *map(signed, x)))
            e += 1

    # --- linear regions ---------------------------------------------------------------

    def leaf(self, path: Path) -> Iterator[Item]:
        """What is said of the walls; remembers the leaf."""
        pattern = tuple(bits for _, bits in path.done)
        self.leaves.append((pattern, path.z))
        for n, (l, k, above) in enumerate(path.splits if self.linear else ()):
            at = len(self.domain) + n
            if above or (self.felt(l, k, pattern) and not path.loose):
                continue
            beyond, same = self.across(path, path.rows[at], l, k)
            if not same:
                continue
            others = [row for i, row in enumerate(path.rows) if i != at]
            if strictly_feasible([*others, negated(path.rows[at])]) is None:
                rows, _ = support(path.rows[at], path.rows, without=at)
                yield self.support_item(rows, len(path.rows))
            else:
                yield self.support_item((), len(path.rows))
                yield self.point([*others, negated(path.rows[at])])
                self.joins.append((pattern, beyond))

    def felt(self, l: int, k: int, pattern: tuple) -> Fraction:
        """Derivative of the mixed outputs by the unit's value."""
        n = len(self.net.layers[l][1])
        unit = self.hyper[l][k][0]
        change = [Fraction(i == unit) for i in range(n)]
        for m in range(l + 1, self.last_layer + 1):
            change = [dot(row, change) for row in self.net.layers[m][0]]
            if m < self.last_layer:
                rows = [(v, Fraction(0)) for v in change]
                change = [row[0] for row in self.outputs(m, rows, pattern[m])]
        weights = [1 + 2 * ((389 * i + 151) % 1021) for i in range(len(change))]
        return dot(weights, change)

    def across(self, path: Path, wall: Row, l: int, k: int) -> tuple[tuple, bool]:
        """The pattern beyond a wall, and whether the map is the same there."""
        z, pattern = path.done[l][0], [bits for _, bits in path.done]
        for m in range(l, self.last_layer):
            bits = [*pattern[m]]
            for i in range(len(bits)):
                here = self.function(m, i, path.done[m][0])
                may_flip = (m, i) in path.loose or (m, i) == (l, k)
                if may_flip and ratio(here, wall) is not None:
                    bits[i] = int(ratio(self.function(m, i, z), wall) < 0)
            pattern[m] = tuple(bits)
            z, _ = self.layer(m + 1, self.outputs(m, z, bits))
        return tuple(pattern), z == path.z


def ratio(g: Sequence, wall: Sequence) -> Fraction | None:
    """The number r with g = r wall, or None."""
    p = next(i for i, v in enumerate(wall) if v)
    r = Fraction(g[p]) / wall[p]
    return r if all(v == r * w for v, w in zip(g, wall, strict=True)) else None


# --- supports ---------------------------------------------------------------------------


def support(
    g: Sequence, rows: Sequence[Row], without: int | None = None, accept=None
) -> tuple[tuple[int, ...], list]:
    """A smallest set of rows with multipliers of one sign, and these (constant first).

    Of one sign with the constant; or those that ``accept`` takes.
    """
    g = primitive(g)
    places = [i for i in range(len(rows)) if i != without]
    for size in range(len(g)):
        for chosen in combinations(places[::-1], size):
            numbers = solve([rows[i] for i in chosen], g)
            if numbers is None:
                continue
            if accept(chosen, numbers) if accept else one_sign(numbers):
                return chosen, numbers
    raise ValueError("no support")


def one_sign(numbers: Sequence) -> bool:
    return min(numbers) >= 0 or max(numbers) <= 0


def solve(rows: Sequence[Row], g: Row) -> list[Fraction] | None:
    """[constant, multipliers] of g over independent rows, or None."""
    d, n = len(g) - 1, len(rows)
    M = [[*(row[k] for row in rows), g[k]] for k in range(d)]
    for c in range(n):
        p = next((i for i in range(c, d) if M[i][c]), None)
        if p is None:
            return None
        M[c], M[p] = M[p], M[c]
        for i in range(d):
            if i != c and M[i][c]:
                a, b = M[c][c], M[i][c]
                M[i] = [a * v - b * w for v, w in zip(M[i], M[c], strict=True)]
    if any(row[n] for row in M[n:]):
        return None
    numbers = [Fraction(M[i][n], M[i][i]) for i in range(n)]
    return [g[-1] - dot(numbers, [row[-1] for row in rows]), *numbers]


# --- contacts ---------------------------------------------------------------------------


def contacts(writer: Writer) -> list[Item]:
    """The closed block: each pair of cells of one map, joined or apart."""
    groups: dict[tuple, list[tuple]] = {}
    for pattern, value in sorted(writer.leaves):
        groups.setdefault(value, []).append(pattern)
    part = {pattern: {pattern} for pattern, _ in writer.leaves}

    def join(a, b):
        whole = part[a] | part[b]
        part.update(dict.fromkeys(whole, whole))

    for a, b in writer.joins:
        join(a, b)
    items = []
    for a, b in (pair for group in groups.values() for pair in combinations(group, 2)):
        if b in part[a]:
            continue
        sides = cell_rows(writer, a) + cell_rows(writer, b)
        point = strictly_feasible(writer.domain, sides, d=writer.net.n_inputs)
        if point is None:
            items.append(apart(writer.domain, sides))
        else:
            den = lcm(*(v.denominator for v in point))
            x = [signed(int(v * den)) for v in point]
            items.append(Item(CLOSED, (0, 0, *x, den - 1)))
            join(a, b)
    return [Item(CLOSED, (len(items),)), *items]


def cell_rows(writer: Writer, pattern: tuple) -> list[Row]:
    """Rows of a cell, hyperplane by hyperplane; zero functions have none."""
    d = writer.net.n_inputs
    h: Sequence = [tuple(Fraction(i == j) for j in range(d + 1)) for i in range(d)]
    rows = []
    for l, bits in enumerate(pattern):
        z, _ = writer.layer(l, h)
        for k, bit in enumerate(bits):
            g = writer.function(l, k, z)
            rows.append(primitive(g if bit else negated(g)))
        h = writer.outputs(l, z, bits)
    return [row for row in rows if any(row)]


def apart(domain: Sequence[Row], sides: Sequence[Row]) -> Item:
    """A row that is below zero where the others of its support are not."""
    rows, inner = [*domain, *sides], len(domain)
    for k in range(len(rows)):

        def below(chosen, numbers, k=k):
            strict = k < inner or any(
                j < inner and v for j, v in zip(chosen, numbers[1:], strict=True)
            )
            return max(numbers) <= 0 and (numbers[0] < 0 or strict)

        try:
            chosen, _ = support(rows[k], rows, without=k, accept=below)
        except ValueError:
            continue
        return Item(CLOSED, (1 + len(chosen), k, *chosen))
    raise ValueError("the cells touch")


# --- the whole --------------------------------------------------------------------------


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
    ways = [[*map(Fraction, way)] for way in (ways if directions is None else directions)]
    scale = lcm(*(v.denominator for v in (*start, *(v for way in ways for v in way))))
    inputs = [[int(v * scale) for v in column] for column in zip(start, *ways, strict=True)]
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
    options = {"cut": cut, "bulk": bulk, "left_out": left_out}
    writer = Writer(small, small_rows, **options, definitions=definitions).walk()
    if left_out:
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
        try:
            accept = lambda _, numbers: max(numbers) <= 0  # noqa: E731
            chosen, _ = support(row, rows, without=k, accept=accept)
        except ValueError:
            continue
        return [k, *chosen]
    raise ValueError("the domain is not empty")
