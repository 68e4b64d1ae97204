# SPDX-License-Identifier: MIT
"""Checks a certificate of a count, with plain integers and the standard library alone.

    python -S -I checker.py CERTIFICATE MODEL.npz [PROCESSES]

docs/certificate.md has format and theorems. Weights are the model's; activations and
domain are printed, as the certificate has them. An affine function of D coordinates is
a list [constant, a_1 .. a_D] of integers, up to a positive scale; those of a layer lie
in D + 1 columns, the function 1 last. A unit is s z + o + sum_j jump_j relu(z - t_j):
what a network decides are signs of z - t_j. Exit status 0 and what is proved, or 1 and
what fails.
"""

import hashlib
import json
import re
import struct
import sys
import zipfile
import zlib
from concurrent.futures import ProcessPoolExecutor
from fractions import Fraction
from functools import partial
from itertools import chain, combinations
from math import prod
from operator import mul

MAGIC = b"polyregions certificate 1\n"
LEFT_OUT = 1 << 63  # for a token or the point of a leaf: nothing is said below
LOOSE = 4  # bits of an event: above, it is a split, loose (Theorem 4)
BITS, SIZE, BYTES = 1 << 16, 1 << 12, 1 << 24  # what is longer is refused
MEANING = {
    "activation": "cells of one activation pattern, with interior in the open domain",
    "per_layer": "such cells when only the first layers cut, for each hidden layer",
    "linear": "unions of such cells, joined across facets where the map is the same",
    "linear_closed": "the same, joined wherever closures meet inside the domain",
    "affine": "different affine maps",
    "at least": "activation regions; parts are left out, so there may be more",
}
NPY = rb"\x93NUMPY....{'descr': '<f([248])', 'fortran_order': (\w+), 'shape': \(([^)]+)"


class Reject(Exception):
    """A claim that does not hold."""


def need(holds, claim):
    if not holds:
        raise Reject(claim)


def whole(*numbers):
    return {*map(type, numbers)} <= {int}


def dot(u, v):
    return sum(map(mul, u, v))


def read_npy(archive, name):
    """The shape, and the numbers row by row."""
    data = archive.read(f"{name}.npy")
    need(head := re.match(NPY, data, re.DOTALL), f"{name} is no array of floats")
    shape = [int(n) for n in head[3].split(b",") if n.strip()]
    kind, start = {b"2": "<e", b"4": "<f", b"8": "<d"}[head[1]], data.index(b"\n") + 1
    values = [x + 0.0 for (x,) in struct.iter_unpack(kind, data[start:])]  # no -0.0
    need(len(values) == prod(shape) > 0, f"the size of {name}")
    step = shape[0] if head[2] == b"True" and len(shape) == 2 else 1
    return shape, [x for i in range(step) for x in values[i::step]]


class Layer:
    """Integers of z = W (h, 1), 2^e times the floats, and of the units; 1 is last."""

    def __init__(self, shape, weight, bias, kept, spec):
        n, width = len(kept), shape[1]
        need(whole(*kept) and min(kept) >= 0 and n <= shape[0], "the outputs")
        rows = [[*weight[i * width : (i + 1) * width], bias[i]] for i in kept]
        ratios = [[x.as_integer_ratio() for x in row] for row in rows]
        e = max(d.bit_length() - 1 for row in ratios for _, d in row)
        self.W = [[x << e + 1 - d.bit_length() for x, d in row] for row in ratios]
        self.W.append([0] * width + [1 << e])
        self.columns, q, m = [*zip(*self.W)], spec["q"], spec["m"]
        own = spec["units"] * (n if len(spec["units"]) == 1 else 1)
        fits = whole(q, m) and min(q, m) >= 0 and type(spec["hidden"]) is bool
        need(fits and len(own) == n and sum(len(u[2]) for u in own) < BITS, "the units")
        for s, o, breaks in spec["units"]:
            ts, jumps = [x[0] for x in breaks], [x[1] for x in breaks]
            fits = whole(s, o, *ts, *jumps) and ts == sorted({*ts})
            need(fits and all(jumps), "a unit")
        self.q, self.hidden, self.bits = q, spec["hidden"], e + q + m
        self.slopes = [*(u[0] for u in own), 1 << (m if self.bits < BITS else 0)]
        self.offsets = [*(u[1] for u in own), 0]
        self.hyper = [(i, t, jump) for i in range(n) for t, jump in own[i][2]]


class Network:
    """Layers, and the rows of the first one, in the coordinates of a certificate."""

    def __init__(self, path, header):
        spec, asked, digest = header["layers"], header["definitions"], hashlib.sha256()
        self.last, self.layers, width = len(spec) - 1, [], len(header["inputs"])
        with zipfile.ZipFile(path) as archive:
            size = sum(x.file_size for x in archive.infolist())
            plain = {x.compress_type for x in archive.infolist()} <= {0, 8}
            need(plain and size <= BYTES, "a large model")
            need(f"W{len(spec)}.npy" not in archive.namelist(), "there are more layers")
            for k, units in enumerate(spec):
                shape, weight = read_npy(archive, f"W{k}")
                length, bias = read_npy(archive, f"b{k}")
                need([*length, width] == shape, f"the shapes of layer {k}")
                kept = (k == self.last and header["outputs"]) or range(shape[0])
                self.layers.append(Layer(shape, weight, bias, kept, units))
                digest.update(struct.pack("<2I", *shape))
                digest.update(b"".join(struct.pack("<d", x) for x in weight + bias))
                width = shape[0]
        plain = [units[name] for name in ("units", "q", "m", "hidden")]
        need(plain == [[[1, 0, []]], 0, 0, False], "the output layer has activations")
        need(digest.hexdigest() == header["network"], "this is of another network")
        need(sum(x.bits for x in self.layers) < BITS, "numbers too long")
        self.maps = "affine" in asked or "linear_closed" in asked
        self.linear = "linear" in asked or "linear_closed" in asked
        self.mixture = [1 + 2 * ((389 * i + 151) % 1021) for i in range(len(kept))]
        self.coordinates(*map(header.get, ("inputs", "rows", "scale", "coordinates")))

    def coordinates(self, inputs, rows, scale, kept):
        own, kept = len(inputs[0]) - 1, [0, *(k + 1 for k in kept)]
        fits = whole(scale, *kept, *chain(*inputs, *rows)) and scale > 0
        fits = fits and {*map(len, inputs + rows)} == {own + 1}
        fits = fits and kept == sorted({*kept, 0}) and kept[-1] <= own <= len(inputs)
        need(fits and len(rows) < SIZE and len(kept) < SIZE, "the domain")
        columns = [*zip(*inputs, [scale] + [0] * own)]
        z = [[dot(row, column) for row in self.layers[0].W] for column in columns]
        if len(kept) <= own:  # the others are functions of these (Theorem 5)
            seen = [[0, *column] for column in zip(*rows, *zip(*z))]
            need(len(seen[0]) < SIZE, "too many rows")
            _, multipliers = solver([seen[k] for k in kept[1:]], len(seen[0]) - 1)
            for column in seen[1:]:
                multipliers(column)
        self.D, self.first = len(kept) - 1, [z[k] for k in kept]
        self.domain = [[row[k] for k in kept] for row in rows]


def solver(rows, D):
    """(rows, multipliers): multipliers(g) is [c, lambda_1, ..] up to a positive factor,
    where g = c + sum_i lambda_i rows_i; elimination by integers (Bareiss 1968)."""
    m, det = len(rows), 1
    unit = [[int(i == k) for i in range(D)] for k in range(D)]
    M = [[row[k + 1] for row in rows] + unit[k] for k in range(D)]
    for c in range(m):
        p = next((i for i in range(c, D) if M[i][c]), None)
        need(p is not None, "the rows of a support are dependent")
        M[c], M[p] = M[p], M[c]
        top, pivot = M[c], M[c][c]
        for i, row in enumerate(M):
            if i != c:
                factor = row[c]
                M[i] = [(pivot * x - factor * y) // det for x, y in zip(row, top)]
        det = pivot
    inverse = [[x if det > 0 else -x for x in row[m:]] for row in M[:m]]
    constants, rest = [row[0] for row in rows], [row[m:] for row in M[m:]]

    def multipliers(g):
        c, *g = g
        need(not any(dot(row, g) for row in rest), "a support does not span")
        out = [sum(map(mul, row, g)) for row in inverse]
        return [abs(det) * c - sum(map(mul, constants, out)), *out]

    return rows, multipliers


def proved(g, support):
    """(sign, loose) of a function where the rows are positive (Theorems 1 and 4)."""
    numbers = support[1](g)
    low, high = min(numbers), max(numbers)
    need(low >= 0 or high <= 0, "multipliers of both signs")
    loose = numbers[0] == 0 and sum(map(bool, numbers)) < 2
    return (high > 0) - (low < 0), loose


def plus(acc, column, g):
    """acc + column g, for functions in columns, a column of weights and a function."""
    return [[a + w * x for a, w in zip(own, column)] for own, x in zip(acc, g)]


class Walk:
    """A part of the depth-first walk through the split tree, and what it has proved."""

    def __init__(self, net):
        self.net, self.last, self.numbers = net, None, []
        self.rows, self.splits, self.events, self.stack = [*net.domain], [], [], []
        self.done, self.loose, self.joins, self.maps = [], [], [], []
        self.path = self.done, self.rows, self.splits, self.loose, self.events
        self.leaves, self.skipped, self.per_layer = 0, False, [0] * net.last
        self.enter(net.first)

    def read(self, data):
        """The numbers of a block: 7 bits a byte, low ones first, and bit 7 for more."""
        need(data[-1:] < b"\x80", "the block ends within a number")
        for number in re.findall(rb"[\x80-\xff]*[\0-\x7f]", data)[::-1]:
            need(len(number) * 7 < BITS, "a number is too long")
            parts = ((x & 127) << 7 * i for i, x in enumerate(number))
            self.numbers.append(sum(parts) if len(number) > 1 else number[0])
        self.number = self.numbers.pop

    def walk(self):
        for _ in range(self.number()):
            need(self.forward(), "an event behind the last layer")
            event = self.number()
            self.decide(event, self.function(event >> 3))
        self.start, self.per_layer = [*self.events], [0] * self.net.last
        for _ in range(self.number()):
            need(self.events is not None, "the walk has ended")
            self.node()
        need(not self.numbers, "bytes behind the end")

    def point(self):
        """Homogeneous coordinates: x / 2^e; every number has its sign in bit 0."""
        numbers = [self.number() for _ in range(self.net.D + 1)]
        e, *x = [~(v >> 1) if v & 1 else v >> 1 for v in numbers]
        need(abs(e) <= BITS, "the exponent of a point")
        return [1 << max(e, 0), *(v << max(-e, 0) for v in x)]

    def enter(self, Z):
        """The next layer, with these functions before its units."""
        l, self.Z, self.acc = len(self.done), Z, Z
        self.layer = layer = self.net.layers[l]
        self.above, self.left = [None] * len(layer.hyper), len(layer.hyper)
        self.summed = l + 1 < self.net.last or (l < self.net.last and self.net.maps)
        if self.summed:
            columns = self.net.layers[l + 1].columns
            self.acc = [[0] * len(columns[0]) for _ in Z]
            for i, (s, o) in enumerate(zip(layer.slopes, layer.offsets)):
                h = [s * column[i] << layer.q for column in Z]
                h[0] += o * Z[0][-1] << layer.q
                if any(h):
                    self.acc = plus(self.acc, columns[i], h)

    def forward(self):
        """Through layers that are decided; False at the outputs."""
        while not self.left and (l := len(self.done)) < self.net.last:
            self.per_layer[l] += 1
            self.done.append((self.layer, self.Z, self.above))
            self.enter(self.acc)
        return self.left > 0

    def function(self, h, at=None):
        """z - t of a hyperplane in the layer, or in one that is done."""
        layer, Z, _ = at or (self.layer, self.Z, None)
        i, t, _ = layer.hyper[h]
        row = [column[i] << layer.q for column in Z]
        row[0] -= t * Z[0][-1]
        return row

    def decide(self, event, g):
        """A sign that is claimed, or the next side of a split."""
        h, above, l = event >> 3, event & 1, len(self.done)
        need(self.above[h] is None, "a hyperplane that is decided already")
        if event & 3 == 2:
            state = self.layer, self.Z, self.above, self.left, self.acc, self.summed
            self.stack.append((event, g, [*map(len, self.path)], state))
        if event & 2:
            self.above = [*self.above]
            self.rows.append(g if above else [-x for x in g])
            self.splits.append((l, h, above))
        self.above[h] = above
        self.left -= 1
        if event & LOOSE:
            self.loose.append((l, h))
        self.events.append(event)
        if above and self.summed:
            i, _, jump = self.layer.hyper[h]
            column = self.net.layers[l + 1].columns[i]
            self.acc = plus(self.acc, column, [jump * x for x in g])

    def back(self):
        """To the upper side of the newest split whose lower side is done."""
        if not self.stack:
            self.events = None
            return
        event, g, lengths, state = self.stack.pop()
        self.layer, self.Z, self.above, self.left, self.acc, self.summed = state
        self.last = None  # some of its rows may be gone
        for column, n in zip(self.path, lengths):
            del column[n:]
        self.decide(event | 1, g)

    def node(self):
        """To the next leaf, or a part that is not in the file, and back up."""
        while (said := self.numbers[-1:] != [LEFT_OUT]) and self.forward():
            token = self.number() - 1
            if token & 3 == 2:
                self.decide(token >> 2 << 3 | 2, self.function(token >> 2))
            elif token & 3 == 3:
                self.claims(token >> 2)
            else:
                self.claim(token >> 2, token & 1, self.support())
        if not said:
            self.skipped = self.number() == LEFT_OUT
            return self.back()
        need(self.inside(self.point()), "the point of a leaf is outside")
        pattern = tuple(tuple(above) for *_, above in self.done)
        if self.net.maps:
            exact = " ".join(f"{x:x}" for x in chain(*self.acc))
            self.maps.append((pattern, hashlib.sha256(exact.encode()).digest()))
        if self.net.linear:
            self.walls(pattern)
        self.leaves += 1
        self.back()

    def claims(self, n):
        """One code a hyperplane of the layer: 0, or a support and the side."""
        need(0 < n < BYTES // (self.net.D**2 + 1), "too many supports at once")
        supports = [self.support() for _ in range(n)]
        codes, width = self.number(), (2 * n).bit_length()
        for h in range(codes.bit_length() // width + 1):
            if code := codes >> h * width & (1 << width) - 1:
                self.claim(h, code - 1 & 1, supports[code - 1 >> 1])

    def support(self):
        """Rows of the path, counted back from the newest; 0: the same as last time."""
        if count := self.number():
            at, rows = len(self.rows), []
            for _ in range(count - 1):
                at -= self.number() + 1
                need(at >= 0, "a support names a row that is not there")
                rows.append(self.rows[at])
            self.last = solver(rows, self.net.D)
        need(self.last, "there is no last support")
        return self.last

    def claim(self, h, above, support):
        g = self.function(h)
        sign, loose = proved(g, support)
        need((sign > 0) == above, f"the side of hyperplane {h}")
        self.decide(h << 3 | above | LOOSE * loose, g)

    def inside(self, x, but=None):
        return all(dot(row, x) > 0 for row in self.rows if row is not but)

    def walls(self, pattern):
        """Walls below which the cell lies and across which the map is the same."""
        layers, slopes, felt = self.net.layers, [], [self.net.mixture]
        for layer, above in zip(layers, pattern):
            slopes.append([*layer.slopes])
            for (i, _, jump), bit in zip(layer.hyper, above):
                slopes[-1][i] += jump * bit
        for layer, own in zip(layers[:1:-1], slopes[::-1]):  # the mixture by z
            pairs = zip(own, layer.columns)
            felt.insert(0, [s and s * dot(felt[0], column) for s, column in pairs])
        for wall, (l, h, above) in zip(self.rows[len(self.net.domain) :], self.splits):
            column = layers[l + 1].columns[layers[l].hyper[h][0]]
            if above or (not self.loose and dot(felt[l], column)):
                continue  # Theorem 4
            beyond = self.beyond(wall, l, h, pattern, slopes)
            if beyond and (support := self.support())[0]:
                other = all(row is not wall for row in support[0])
                need(other and proved(wall, support)[0] > 0, "a wall may be a facet")
            elif beyond:
                x = self.point()
                beside = dot(wall, x) < 0 and self.inside(x, wall)
                need(beside, "the point across a facet is not there")
                self.joins.append((pattern, beyond))

    def beyond(self, wall, l, h, pattern, slopes):
        """The pattern across a wall (Theorem 3); None where the map is another one."""
        layers, out = self.net.layers, [[*bits] for bits in pattern]
        p = next(c for c, x in enumerate(wall) if c and x)
        moved = [0] * len(layers[l].W)  # coordinate p of z beyond minus z here
        for m in range(l, self.net.last):
            layer, _, above = self.done[m]
            change = [s * dz << layer.q for s, dz in zip(slopes[m], moved)]
            for k in {k for at, k in [*self.loose, (l, h)] if at == m}:
                f, (i, _, jump) = self.function(k, self.done[m]), layer.hyper[k]
                if all(x * wall[p] == f[p] * y for x, y in zip(f, wall)):
                    # Beyond, it is a multiple of the wall, which is negative there.
                    g = f[p] + (moved[i] << layer.q)
                    out[m][k] = int(g * wall[p] < 0)
                    change[i] += jump * (out[m][k] - above[k]) * g
            moved = [dot(row, change) for row in layers[m + 1].W]
        return None if any(moved) else tuple(map(tuple, out))


def root(joined, x):
    while (above := joined.get(x, x)) != x:
        joined[x] = x = joined.get(above, above)
    return x


def cell_rows(net, pattern):
    """Rows of a cell from its pattern alone: not negative on the closure."""
    walk, rows = Walk(net), []
    for h, above in chain(*map(enumerate, pattern)):
        walk.forward()
        g = walk.function(h)
        rows.append(g if above else [-x for x in g])
        walk.decide(h << 3 | above, g)
    return [row for row in rows if any(row)]


def join_closed(net, data, maps, joined):
    """Contacts of closures of equal map in the domain, or none (Theorem 6)."""
    walk, groups, inner = Walk(net), {}, len(net.domain)
    walk.read(data)
    pairs = walk.number()
    for pattern, digest in sorted(maps):
        groups.setdefault(digest, []).append(pattern)
    for a, b in chain(*(combinations(group, 2) for group in groups.values())):
        if root(joined, a) == root(joined, b):
            continue
        pairs -= 1
        rows = net.domain + cell_rows(net, a) + cell_rows(net, b)
        if count := walk.number():
            k, *chosen = [walk.number() for _ in range(count)]
            constant, *found = solver([rows[j] for j in chosen], net.D)[1](rows[k])
            strict = k < inner or any(x for j, x in zip(chosen, found) if j < inner)
            apart = max([constant, *found]) <= 0 and (constant < 0 or strict)
            need(apart, "linear_closed: two cells of one map may touch")
        else:
            x, one = walk.point(), walk.number() + 1
            values = [dot(row, [x[0] * one, *x[1:]]) for row in rows]
            touch = min(values, default=0) >= 0 < min(values[:inner], default=1)
            need(touch, "linear_closed: a contact that is none")
            joined[root(joined, a)] = root(joined, b)
    need(not walk.numbers and not pairs, "linear_closed: the end of the block")


def part(net, number, data):
    """What a block proves: where it starts and ends, sums, joins and maps."""
    walk = Walk(net)
    try:
        walk.read(data)
        walk.walk()
    except Exception as error:
        claim = error if type(error) is Reject else repr(error)
        raise Reject(f"block {number}, leaf {walk.leaves}: {claim}") from None
    sums = walk.leaves, walk.skipped, walk.per_layer
    return walk.start, walk.events, *sums, walk.joins, walk.maps


def blocks(file):
    """Payloads, and what is stated behind them: None where the file is cut off."""
    found = []
    need(file.read(len(MAGIC)) == MAGIC, "this is no certificate of version 1")
    while n := int.from_bytes(file.read(4), "little"):
        need(n <= BYTES, "a block is too large")
        crc, data = file.read(4), file.read(n)
        if len(data) < n:
            return found, None
        right = zlib.crc32(data).to_bytes(4, "little") == crc
        need(right, f"block {len(found)}: the checksum")
        found.append(data)
    return found, json.loads(file.read(BYTES) or b"null")


def counted(net, parts, closed, processes):
    """All counts, or "at least" of activation regions where parts are left out."""
    at, joined, check = [], {}, partial(part, net)
    with ProcessPoolExecutor(processes) as pool:
        at_once = pool.map if len(parts) > 1 and processes != 1 else map
        found = [*at_once(check, range(1, len(parts) + 1), parts)]
    for k, (begin, end, *_) in enumerate(found):
        need(begin == at, f"block {k + 1} begins elsewhere than the last one ended")
        at = end
    _, _, leaves, skipped, per_layer, joins, maps = zip(*found) if found else [()] * 7
    if closed is None or at is not None or any(skipped):
        return {"at least": sum(leaves)}
    joins, maps, members = [*chain(*joins)], [*chain(*maps)], {*chain(*chain(*joins))}
    for a, b in joins:
        joined[root(joined, a)] = root(joined, b)
    united = len(members) - len({root(joined, x) for x in members})
    counts = {"activation": sum(leaves), "linear": sum(leaves) - united}
    cells = zip(map(sum, zip(*per_layer)), net.layers)
    counts["per_layer"] = [n for n, layer in cells if layer.hidden]
    counts["affine"] = len({digest for _, digest in maps})
    if closed:
        join_closed(net, closed, maps, joined)
        counts["linear_closed"] = len({root(joined, pattern) for pattern, _ in maps})
    return counts


def verify(certificate, model, processes=None):
    """(header, {name: number}): what is proved of a model; Reject where a claim fails.

    Where parts are left out "at least" tells how many activation regions there are.
    """
    with open(certificate, "rb") as file:
        (header, *parts), stated = blocks(file)
    header = json.loads(header)
    names = {"per_layer", *header["definitions"]}
    need(names <= {*MEANING}, "a definition that is not known")
    net, closed = Network(model, header), b""
    if "linear_closed" in names and parts:
        closed = parts.pop()
    if stated and "empty" in stated:  # a row of the domain, and rows that contradict it
        k, *rows = stated.pop("empty")
        sign, _ = proved(net.domain[k], solver([net.domain[j] for j in rows], net.D))
        need(sign <= 0 and not (parts or closed), "the domain is not proved empty")
        counts = dict.fromkeys(names, 0)
        counts["per_layer"] = [0 for layer in net.layers if layer.hidden]
    else:
        counts = counted(net, parts, None if stated is None else closed, processes)
    known = {name: counts[name] for name in counts if name in {*names, "at least"}}
    right = stated == known or (not stated and "at least" in known)
    need(right, f"it states {stated}, not {known}")
    return header, known


def short(n, d):
    """The number n / d, as a float where it is one."""
    x = Fraction(n, d)
    near = float(x) if abs(x) < 2**1000 else 0.0
    return near if near == x else x


def words(header):
    """Network, activations and domain, as they were proved."""
    yield f"network: sha256 {header['network']}, outputs {header['outputs'] or 'all'}"
    for k, layer in enumerate(header["layers"][:-1]):
        q, m = 1 << layer["q"], 1 << layer["m"]
        for s, o, breaks in layer["units"]:
            line = f"layer {k}: {short(s, m)} z + {short(o, m)}"
            for t, jump in breaks:
                s += jump
                line += f", slope {short(s, m)} from {short(t, q)}"
            yield line
    yield f"inputs: {header['inputs']} (1, t) / {header['scale']}"
    for c, *a in header["rows"]:
        terms = [(x, f"t{j}") for j, x in enumerate(a) if x]
        line = " + ".join(f"{x} {t}" for x, t in [*terms, (c, "")])
        if len(terms) == 1:
            line = f"{terms[0][1]} {'<>'[terms[0][0] > 0]} {short(-c, terms[0][0])}"
        yield f"domain: {line}" + " > 0" * (len(terms) != 1)


def main(arguments):
    """Exit status: 0, and what is proved; or 1, and the claim that fails."""
    try:
        processes = int(arguments[2]) if len(arguments) > 2 else None
        header, counts = verify(*arguments[:2], processes)
        lines = [f"proved: {k} = {n} ({MEANING[k]})" for k, n in counts.items()]
        lines += words(header)
    except Exception as error:
        claim = str(error) if type(error) is Reject else repr(error)
        lines = ["rejected: " + " ".join(claim.split())[:300]]
    print(*lines, sep="\n")
    return int(lines[0].startswith("rejected"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
