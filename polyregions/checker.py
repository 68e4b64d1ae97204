# SPDX-License-Identifier: MIT
"""Checks a certificate of a count, with plain integers and the standard library alone.

    python -S -I checker.py CERTIFICATE MODEL.npz [PROCESSES]

docs/certificate.md has format and theorems. Weights are the model's; activations and
domain are printed, as the certificate has them. An affine function of D coordinates is
a list [constant, a_1 .. a_D] of integers, up to a positive scale. A unit is
s z + o + sum_j jump_j relu(z - t_j): what a network decides are signs of z - t_j.
Many integers |x_i| < 2^(8 width - 1) are packed in one, sum_i x_i 2^(8 width i), whose
sums and multiples are theirs. Exit status 0 and what is proved, or 1 and what fails.
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
from types import SimpleNamespace

MAGIC = b"polyregions certificate 1\n"
LEFT_OUT = 1 << 63  # for a token or the point of a leaf: nothing is said below
LOOSE = 4  # bits of an event: above, it is a split, loose (Theorem 4)
BITS, SIZE, BYTES = 1 << 16, 1 << 12, 1 << 24  # what is longer is refused
P = (1 << 20) - 3  # a sum of BYTES products of numbers below is less than 2^64
MEANING = {
    "activation": "cells of one activation pattern, with interior in the open domain",
    "per_layer": "such cells when only the first layers cut, for each hidden layer",
    "linear": "unions of such cells, joined across facets where the map is the same",
    "linear_closed": "the same, joined wherever closures meet inside the domain",
    "affine": "different affine maps",
    "at least": "activation regions; parts are left out, so there may be more",
}
NPY = rb"\x93NUMPY....{'descr': '<f([248])', 'fortran_order': (\w+), 'shape': \(([^)]+)"
number_of = partial(int.from_bytes, byteorder="little")


def need(holds, claim):
    if not holds:
        raise ValueError(claim)


def whole(*numbers):
    return {*map(type, numbers)} <= {int}


def dot(u, v):
    return sum(map(mul, u, v))


def packed(numbers, width):
    half = 1 << 8 * width - 1
    data = b"".join([(x + half).to_bytes(width, "little") for x in numbers])
    return number_of(data) - half * number_of((b"\1" + bytes(width - 1)) * len(numbers))


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
    """Functions z - t of a layer, packed, and what the next layer takes from them.

    A slot is a hyperplane, or a unit without any. An output is the sum of its features
    (unit, factor), factors times slots, and of a fixed number; the output 1 is last.
    Those of the n hyperplanes are jumps and felt above only, the others always.
    """

    def __init__(self, rows, spec, before):
        ratios = [[x.as_integer_ratio() for x in row] for row in rows]
        e = max(d for row in ratios for _, d in row).bit_length() - 1
        W = [[(x << e) // d for x, d in row] for row in ratios]
        q, m, units = spec["q"], spec["m"], spec["units"]
        units = units * len(W) if len(units) == 1 else units
        fits = whole(q, m) and min(q, m) >= 0 and type(spec["hidden"]) is bool
        fits = fits and sum(len(breaks) for *_, breaks in units) < BITS
        need(fits and len(units) == len(W), "the units")
        for s, o, breaks in spec["units"]:
            ts, jumps = [x[0] for x in breaks], [x[1] for x in breaks]
            fits = whole(s, o, *ts, *jumps) and ts == sorted({*ts})
            need(fits and all(jumps), "a unit")
        self.hidden, self.bits = spec["hidden"], before.bits + e + q + m
        need(self.bits < BITS, "numbers too long")
        breaks = [(i, t, jump) for i, u in enumerate(units) for t, jump in u[2]]
        slots = breaks + [(i, 0, 0) for i, u in enumerate(units) if not u[2]]
        at = {i: (h, t) for h, (i, t, _) in [*enumerate(slots)][::-1]}
        always = [(i, s) for i, (s, _, _) in enumerate(units) if s]
        self.n, self.always = len(breaks), [1] * len(always)
        self.features = [(i, jump) for i, _, jump in breaks] + always
        own, one = [*range(self.n), *(at[i][0] for i, _ in always)], before.fixed[-1]
        fixed = [s * at[i][1] + (o << q) for i, (s, o, _) in enumerate(units)]
        self.fixed = [x * one << e for x in [*fixed, 1 << q + m]]
        self.rows = [[W[i][u] * f << q for u, f in before.features] for i, *_ in slots]
        start = [(dot(W[i], before.fixed) << q) - (t * one << e) for i, t, _ in slots]
        sizes = [dot(map(abs, row), before.sizes) for row in self.rows]
        sizes = [size + abs(x) + 1 for size, x in zip(sizes, start)]
        self.sizes, self.room = [sizes[h] for h in own], max(sizes).bit_length()
        self.width = w = self.room // 8 + 1
        self.half, self.size = 1 << 8 * w - 1, w * len(slots)
        need(self.size * len(before.sizes) < BYTES << 6, "numbers too long")
        self.start, self.bias = packed(start, w), -packed([-self.half] * len(slots), w)
        self.columns = [packed(column, w) for column in zip(*self.rows)]
        self.cuts = [slice(h * w, h * w + w) for h in own]
        self.felt = [packed([x % P for x in self.rows[h]], 8) for h in own]


class Network:
    """Layers, domain and functions of the first layer, in coordinates that are kept."""

    def __init__(self, path, header):
        asked, rows, inputs = map(header.get, ("definitions", "rows", "inputs"))
        own, kept = len(inputs[0]) - 1, [0, *(k + 1 for k in header["coordinates"])]
        fits = whole(header["scale"], *kept, *chain(*inputs, *rows))
        fits = fits and {*map(len, inputs + rows)} == {own + 1} and header["scale"] > 0
        fits = fits and kept == sorted({*kept, 0}) and kept[-1] <= own <= len(inputs)
        need(fits and len(rows) < SIZE and len(kept) < SIZE, "the domain")
        self.layers, columns = read_layers(path, header, inputs), [*zip(*inputs)]
        self.D, self.last, first = len(kept) - 1, len(self.layers) - 1, self.layers[0]
        if own > self.D:  # the others are functions of these (Theorem 5)
            z = [[dot(row, x) for row in {*map(tuple, first.rows)}] for x in columns]
            seen = [(0, *column) for column in zip(*rows, *zip(*z))]
            need(len(seen[0]) < SIZE, "too many rows")
            support = solver([seen[k] for k in kept[1:]], len(seen[0]) - 1)
            for column in seen[1:]:
                support[2](column)
        self.domain = [[row[k] for k in kept] for row in rows]
        self.first = [dot(first.columns, columns[k]) for k in kept]
        self.first[0] += first.start
        self.maps = "affine" in asked or "linear_closed" in asked
        self.linear = "linear" in asked or "linear_closed" in asked
        outputs = range(len(self.layers[-1].rows))
        self.mixture = [1 + 2 * ((389 * i + 151) % 1021) for i in outputs]


def read_layers(path, header, inputs):
    """The layers of a model, with the units and outputs of a certificate."""
    spec, digest, layers = header["layers"], hashlib.sha256(), []
    sizes, n = [max(1, *map(abs, row)) for row in inputs], len(inputs)
    features, fixed = [(j, 1) for j in range(n)], [0] * n + [header["scale"]]
    before = SimpleNamespace(features=features, fixed=fixed, sizes=sizes, bits=0)
    with zipfile.ZipFile(path) as archive:
        size = sum(x.file_size for x in archive.infolist())
        plain = {x.compress_type for x in archive.infolist()} <= {0, 8}
        need(plain and size <= BYTES, "a large model")
        need(f"W{len(spec)}.npy" not in archive.namelist(), "there are more layers")
        for k, units in enumerate(spec):
            shape, weight = read_npy(archive, f"W{k}")
            length, bias = read_npy(archive, f"b{k}")
            need([*length, n] == shape, f"the shapes of layer {k}")
            numbers = struct.pack(f"<{len(weight + bias)}d", *weight, *bias)
            digest.update(struct.pack("<2I", *shape) + numbers)
            kept = (units is spec[-1] and header["outputs"]) or range(*length)
            fits = whole(*kept) and min(kept) >= 0 and len(kept) <= len(bias)
            need(fits, "the outputs")
            rows = [[*weight[i * n : i * n + n], bias[i]] for i in kept]
            layers.append(before := Layer(rows, units, before))
            n = len(bias)
    plain = [units[name] for name in ("units", "q", "m", "hidden")]
    need(plain == [[[1, 0, []]], 0, 0, False], "the output layer has activations")
    need(digest.hexdigest() == header["network"], "this is of another network")
    return layers


def solver(rows, D):
    """(rows, bits, multipliers): multipliers(g) is [c, lambda_1, ..] up to a positive
    factor, where g = c + sum_i lambda_i rows_i, also for packed g: minors of all rows,
    at most the product of all sums of sizes in a row. Elimination: Bareiss (1968)."""
    left, det, steps = [[row[k + 1] for row in rows] for k in range(D)], 1, []
    for _ in rows:
        p = next((i for i, row in enumerate(left) if row[0]), None)
        need(p is not None, "the rows of a support are dependent")
        pivot, *top = left.pop(p)
        steps.append((p, pivot, det, top, [row.pop(0) for row in left]))
        for f, row in zip(steps[-1][-1], left):
            if f or pivot != det:
                row[:] = [(pivot * x - f * y) // det for x, y in zip(row, top)]
        det = pivot

    def multipliers(g):
        c, *g = g
        found, out = [], []
        for p, pivot, before, top, factors in steps:
            y = g.pop(p)
            found.append((pivot, top, y))
            g = [(pivot * x - f * y) // before for f, x in zip(factors, g)]
        need(not any(g), "a support does not span")
        for pivot, top, y in found[::-1]:
            out.insert(0, (abs(det) * y - dot(top, out)) // pivot)
        return [abs(det) * c - sum(row[0] * x for row, x in zip(rows, out)), *out]

    return rows, sum(sum(map(abs, row)).bit_length() for row in rows), multipliers


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
        longest = max(map(len, re.findall(rb"[\x80-\xff]+", data)), default=0)
        need(longest * 7 < BITS - 7, "a number is too long")
        numbers, self.number = self.numbers, self.numbers.pop
        for x in data[::-1]:
            if x < 128:
                numbers.append(x)
            else:
                numbers[-1] = numbers[-1] << 7 | x & 127

    def walk(self):
        for _ in range(self.number()):
            need(self.forward(), "an event behind the last layer")
            self.decide([self.number()])
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

    def enter(self, functions):
        """The next layer, with these functions in its slots."""
        layers, l, self.acc = self.net.layers, len(self.done), ()
        self.layer = layer = layers[l]
        self.above, self.left = [None] * layer.n, layer.n
        self.Z = [(x + layer.bias).to_bytes(layer.size, "little") for x in functions]
        if l + 1 < self.net.last or (l < self.net.last and self.net.maps):
            self.acc = [layers[l + 1].start] + [0] * self.net.D
            self.feel(range(layer.n, len(layer.features)))

    def feel(self, features):
        """Add them to the functions of the next layer."""
        if self.acc and features:
            columns, half = self.net.layers[len(self.done) + 1].columns, self.layer.half
            columns, cuts = zip(*((columns[f], self.layer.cuts[f]) for f in features))
            values = ([number_of(z[cut]) - half for cut in cuts] for z in self.Z)
            self.acc = [acc + dot(columns, own) for acc, own in zip(self.acc, values)]

    def forward(self):
        """Through layers that are decided; False at the outputs."""
        while not self.left and (l := len(self.done)) < self.net.last:
            self.per_layer[l] += 1
            self.done.append((self.layer, self.Z, self.above))
            self.enter(self.acc)
        return self.left > 0

    def function(self, h, at=None):
        """z - t of a hyperplane in the layer, or in one that is done."""
        layer, Z, *_ = at or (self.layer, self.Z)
        return [number_of(z[layer.cuts[h]]) - layer.half for z in Z]

    def decide(self, events):
        """Signs that are claimed, or the next side of a split."""
        l = len(self.done)
        for event in events:
            h, above = event >> 3, event & 1
            need(self.above[h] is None, "a hyperplane that is decided already")
            if event & 3 == 2:
                state = self.layer, self.Z, self.above, self.left, self.acc
                self.stack.append((event, [*map(len, self.path)], state))
            if event & 2:
                self.above, g = [*self.above], self.function(h)
                self.rows.append(g if above else [-x for x in g])
                self.splits.append((l, h, above))
            self.above[h] = above
        self.left -= len(events)
        self.events += events
        self.loose += [(l, event >> 3) for event in events if event & LOOSE]
        self.feel([event >> 3 for event in events if event & 1])

    def back(self):
        """To the upper side of the newest split whose lower side is done."""
        if not self.stack:
            self.events = None
            return
        event, lengths, state = self.stack.pop()
        self.layer, self.Z, self.above, self.left, self.acc = state
        self.last = None  # some of its rows may be gone
        for column, n in zip(self.path, lengths):
            del column[n:]
        self.decide([event | 1])

    def node(self):
        """To the next leaf, or a part that is not in the file, and back up."""
        while (said := self.numbers[-1:] != [LEFT_OUT]) and self.forward():
            token = self.number() - 1
            if token & 3 == 2:
                self.decide([token >> 2 << 3 | 2])
            elif token & 3 == 3:
                self.claims(token >> 2)
            else:
                sides = ([token >> 2], [])[:: 1 - 2 * (token & 1)]
                loose = self.prove(self.support(), *sides)
                self.decide([token >> 2 << 3 | token & 1 | LOOSE * len(loose)])
        if not said:
            self.skipped = self.number() == LEFT_OUT
            return self.back()
        need(self.inside(self.point()), "the point of a leaf is outside")
        pattern = tuple(tuple(above) for *_, above in self.done)
        if self.net.maps:
            self.maps.append((pattern, hashlib.sha256(b"".join(self.Z)).digest()))
        if self.net.linear:
            self.walls(pattern)
        self.leaves += 1
        self.back()

    def support(self):
        """Rows of the path, counted back from the newest; 0: the same as last time."""
        if count := self.number():
            at, rows = len(self.rows), []
            for _ in range(count - 1):
                at -= self.number() + 1
                need(at >= 0, "a support names a row that is not there")
                rows.append(self.rows[at])
            self.last = solver(rows[::-1], self.net.D)  # sparse ones first
        need(self.last, "there is no last support")
        return self.last

    def claims(self, n):
        """One code a hyperplane of the layer: 0, or a support and the side."""
        need(0 < n < BYTES // (self.net.D**2 + 1), "too many supports at once")
        supports = [self.support() for _ in range(n)]
        codes, width, events = self.number(), (2 * n).bit_length(), []
        sides, mask = [[] for _ in range(2 * n)], (1 << width) - 1
        for h in range(codes.bit_length() // width + 1):
            if code := codes >> h * width & mask:
                sides[code - 1].append(h)
                events.append(h << 3 | code - 1 & 1)
        loose = {*chain(*map(self.prove, supports, sides[::2], sides[1::2]))}
        self.decide([x | LOOSE * (x >> 3 in loose) for x in events])

    def prove(self, support, low, high):
        """Signs of hyperplanes where rows are positive (Theorem 1); the loose ones."""
        (_, bits, multipliers), hs, w = support, low + high, self.layer.width
        wide = (self.layer.room + bits + (self.net.D + 1).bit_length()) // 8 + 1
        need(wide * len(hs) < BYTES, "numbers too long")
        cuts, zeros = [self.layer.cuts[h] for h in hs], bytes(wide - w)
        top = number_of((bytes(wide - 1) + b"\x80") * len(hs))  # the signs of the slots
        bias = top >> 8 * (wide - w)
        packs = [zeros.join([z[cut] for cut in cuts]) for z in self.Z]
        numbers = multipliers([number_of(pack) - bias for pack in packs])
        up = down = top
        for x in numbers:
            up &= top + x
            down &= top - x
        need(up | down == top, "multipliers of both signs")
        need(down == top & (1 << 8 * wide * len(low)) - 1, "the side of a hyperplane")
        if not (zero := top & top + numbers[0] & top - numbers[0]):
            return []
        at = [h for k, h in enumerate(hs, 1) if zero >> 8 * wide * k - 1 & 1]
        return [h for h in at if sum(map(bool, multipliers(self.function(h)))) < 2]

    def inside(self, x, but=None):
        return min((dot(row, x) for row in self.rows if row is not but), default=1) > 0

    def walls(self, pattern):
        """Walls below which the cell lies and across which the map is the same."""
        felt, v = [], self.net.mixture  # derivatives by features, modulo P
        for after, (layer, _, above) in zip(self.net.layers[:0:-1], self.done[::-1]):
            n = len(layer.features)
            data = dot(v, after.felt).to_bytes(8 * n, "little")
            felt.insert(0, struct.unpack(f"<{n}Q", data))
            v = [b and x % P for x, b in zip(felt[0], chain(above, layer.always))]
        for wall, (l, h, above) in zip(self.rows[len(self.net.domain) :], self.splits):
            if above or (not self.loose and felt[l][h] % P):
                continue  # Theorem 4
            beyond = self.beyond(wall, l, h, pattern)
            if beyond and (support := self.support())[0]:
                shown = wall not in support[0] and min(support[2](wall)) >= 0
                need(shown, "a wall may be a facet")
            elif beyond:
                x = self.point()
                beside = dot(wall, x) < 0 and self.inside(x, wall)
                need(beside, "the point across a facet is not there")
                self.joins.append((pattern, beyond))

    def beyond(self, wall, l, h, pattern):
        """The pattern across a wall (Theorem 3); None where the map is another one."""
        out, moved = [[*bits] for bits in pattern], 0
        p = next(c for c, x in enumerate(wall) if c and x)
        for m in range(l, self.net.last):  # coordinate p beyond minus that here
            layer, _, above = self.done[m]
            data = (moved + layer.bias).to_bytes(layer.size, "little")
            moved = [number_of(data[cut]) - layer.half for cut in layer.cuts]
            change = [b and x for x, b in zip(moved, chain(above, layer.always))]
            for k in {k for at, k in [*self.loose, (l, h)] if at == m}:
                f = self.function(k, self.done[m])
                if all(x * wall[p] == f[p] * y for x, y in zip(f, wall)):
                    # Beyond, it is a multiple of the wall, which is negative there.
                    g = f[p] + moved[k]
                    out[m][k] = int(g * wall[p] < 0)
                    change[k] = g * out[m][k] - f[p] * above[k]
            moved = dot(self.net.layers[m + 1].columns, change)
        return None if moved else tuple(map(tuple, out))


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
        walk.decide([h << 3 | above])
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
            constant, *found = solver([rows[j] for j in chosen], net.D)[2](rows[k])
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
        claim = error if type(error) is ValueError else repr(error)
        raise ValueError(f"block {number}, leaf {walk.leaves}: {claim}") from None
    sums = walk.leaves, walk.skipped, walk.per_layer
    return walk.start, walk.events, *sums, walk.joins, walk.maps


def blocks(file):
    """Payloads, and what is stated behind them: None where the file is cut off."""
    found = []
    need(file.read(len(MAGIC)) == MAGIC, "this is no certificate of version 1")
    while n := number_of(file.read(4)):
        need(n <= BYTES, "a block is too large")
        crc, data = number_of(file.read(4)), file.read(n)
        if len(data) < n:
            return found, None
        need(crc == zlib.crc32(data), f"block {len(found)}: the checksum")
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
    """(header, {name: number}): what is proved of a model, or an exception.

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
        support = solver([net.domain[j] for j in rows], net.D)
        shown = max(support[2](net.domain[k])) <= 0 and not (parts or closed)
        need(shown, "the domain is not proved empty")
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
        header, counts = verify(*arguments[:2], *map(int, arguments[2:]))
        proved = (f"proved: {k} = {n} ({MEANING[k]})" for k, n in counts.items())
        lines = [*proved, *words(header)]
    except Exception as error:
        claim = str(error) if type(error) is ValueError else repr(error)
        lines = ["rejected: " + " ".join(claim.split())[:300]]
    print(*lines, sep="\n")
    return int(lines[0].startswith("rejected"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
