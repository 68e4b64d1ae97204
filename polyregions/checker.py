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
from functools import partial, reduce
from itertools import chain, combinations
from math import prod
from operator import and_, mul
from types import SimpleNamespace

MAGIC = b"polyregions certificate 2\n"
LEFT_OUT = 1 << 63  # for a token or the point of a leaf: nothing is said below
SPLIT, LOOSE = 2, 4  # bits of an event beside 1, above; loose: Theorem 4
OPEN = 2  # instead of 0 or 1: a hyperplane is not decided yet
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
    return number_of(data) - number_of((bytes(width - 1) + b"\x80") * len(numbers))


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
    """Functions z - t of a layer, packed, and what they are for the next layer.

    A slot is (unit, t). An output is the sum of its features (unit, factor), factors
    times slots, and of a fixed number; the output 1 is last. Features of the n
    hyperplanes are first, with their jumps, and felt above only, the others always. The
    next layer starts with `start` in its slots; a feature that is felt adds its column.
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
        always = [(i, 0, s) for i, (s, _, own) in enumerate(units) if s or not own]
        slots = [*dict.fromkeys((i, t) for i, t, _ in breaks + always)]
        at, one = {slot: k for k, slot in enumerate(slots)}, before.fixed[-1]
        own = [at[i, t] for i, t, _ in breaks + always]
        self.n, self.always = len(breaks), b"\1" * len(always)
        self.features = [(i, factor) for i, _, factor in breaks + always]
        fixed = [*(o << q for _, o, _ in units), 1 << q + m]
        self.fixed = [x * one << e for x in fixed]
        self.rows = [[W[i][u] * f << q for u, f in before.features] for i, _ in slots]
        start = [(dot(W[i], before.fixed) << q) - (t * one << e) for i, t in slots]
        sizes = [dot(map(abs, row), before.sizes) for row in self.rows]
        sizes = [size + abs(x) + 1 for size, x in zip(sizes, start)]
        self.sizes, self.room = [sizes[h] for h in own], max(sizes).bit_length()
        self.width = w = self.room // 8 + 1
        self.half, self.size = 1 << 8 * w - 1, w * len(slots)
        need(self.size * len(before.sizes) < BYTES << 6, "numbers too long")
        self.bias = -packed([-self.half] * len(slots), w)
        self.cuts = [slice(h * w, h * w + w) for h in own]
        before.start = packed(start, w)
        before.columns = [packed(column, w) for column in zip(*self.rows)]
        before.felt = [packed([x % P for x in self.rows[h]], 8) for h in own]


class Network:
    """Layers, domain and functions of the first layer, in coordinates that are kept."""

    def __init__(self, path, header):
        asked, rows, inputs = map(header.get, ("definitions", "rows", "inputs"))
        if whole(inputs) and inputs < SIZE:  # they are the coordinates themselves
            inputs = [[0] * j + [1] + [0] * (inputs - j) for j in range(1, inputs + 1)]
        own, kept = len(inputs[0]) - 1, [0, *(k + 1 for k in header["coordinates"])]
        fits = whole(header["scale"], *kept, *chain(*inputs, *rows))
        fits = fits and {*map(len, inputs + rows)} == {own + 1} and header["scale"] > 0
        fits = fits and kept == sorted({*kept, 0}) and kept[-1] <= own <= len(inputs)
        need(fits and len(rows) < SIZE and len(kept) < SIZE, "the domain")
        n, columns, x = len(inputs), [*zip(*inputs)], SimpleNamespace(bits=0)
        x.features, x.fixed = [(j, 1) for j in range(n)], [0] * n + [header["scale"]]
        x.sizes = [max(1, *map(abs, row)) for row in inputs]
        self.layers = read_layers(path, header, x)
        self.D, self.last = len(kept) - 1, len(self.layers) - 1
        if own > self.D:  # the others are functions of these (Theorem 5)
            felt = {*map(tuple, self.layers[0].rows)}
            z = [[dot(row, column) for column in columns] for row in felt]
            _, *seen = [(0, *column) for column in zip(*rows, *z)]
            base = [seen[k - 1] for k in kept[1:]]
            size = minor_bits(base) + max(map(minor_bits, zip(seen)))
            need(size * len(seen) * len(seen[0]) < BYTES << 7, "too many rows")
            multipliers(base, [packed(x, size // 8 + 1) for x in zip(*seen)])
        self.domain = [[row[k] for k in kept] for row in rows]
        self.first = [dot(x.columns, columns[k]) for k in kept]
        self.first[0] += x.start
        self.maps = "affine" in asked or "linear_closed" in asked
        self.linear = "linear" in asked or "linear_closed" in asked
        outputs = range(len(self.layers[-1].rows))
        self.mixture = [1 + 2 * ((389 * i + 151) % 1021) for i in outputs]


def read_layers(path, header, before):
    """The layers of a model, with the units and outputs of a certificate."""
    spec, digest, layers = header["layers"], hashlib.sha256(), []
    with zipfile.ZipFile(path) as archive:
        size = sum(x.file_size for x in archive.infolist())
        plain = {x.compress_type for x in archive.infolist()} <= {0, 8}
        need(plain and size <= BYTES, "a large model")
        need(f"W{len(spec)}.npy" not in archive.namelist(), "there are more layers")
        for k, units in enumerate(spec):
            n = len(before.fixed) - 1
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
    plain = [units[name] for name in ("units", "q", "m", "hidden")]
    need(plain == [[[1, 0, []]], 0, 0, False], "the output layer has activations")
    need(digest.hexdigest() == header["network"], "this is of another network")
    return layers


def multipliers(rows, g):
    """[c, lambda_1, ..], up to a positive factor: g = c + sum_i lambda_i rows_i."""
    found, left = eliminated(rows, g)
    need(not any(left), "a support does not span")
    return found


def eliminated(rows, g):
    """Multipliers, and numbers that are all 0 where there are such.

    For packed g, too: these are minors of it and all rows, see `minor_bits`. As many
    coordinates are eliminated as there are rows, the others put in.
    """
    constants, *left = zip(*rows, g)
    det, steps, found = 1, [], []
    for _ in rows:
        columns = ((p, reduced(column, steps)) for p, column in enumerate(left))
        p, (pivot, *top) = next((x for x in columns if x[1][0]), (0, [0]))
        need(pivot, "the rows of a support are dependent")
        del left[p]
        steps.append((det, pivot, top))
        det = pivot
    for _, pivot, top in reversed(steps):
        found.insert(0, (abs(det) * top[-1] - dot(top, found)) // pivot)
    constant, *left = [abs(det) * x[-1] - dot(x, found) for x in [constants, *left]]
    return [constant, *found], left


def reduced(column, steps):
    """Of one coordinate, what steps of the elimination leave (Bareiss 1968)."""
    for before, pivot, top in steps:
        f, column = column[0], column[1:]
        if f or pivot != before:
            column = [(pivot * x - f * y) // before for x, y in zip(column, top)]
    return column


def minor_bits(rows):
    """Of the product of all sums of sizes in a row."""
    return sum(sum(map(abs, row)).bit_length() for row in rows)


class Walk:
    """A part of the depth-first walk through the split tree, and what it has proved.

    What belongs to the path is replaced, so a split keeps it by a copy of all names.
    What is counted or found is changed in place, so it stays when the walk goes back.
    """

    def __init__(self, net):
        self.net, self.last, self.numbers, self.splits = net, None, [], []
        self.rows, self.below, self.loose = net.domain, [], []
        self.done, self.events, self.joins, self.maps = [], [], [], []
        self.sums = [0] * (net.last + 2)  # of cells by layer, leaves, parts left out
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

    def walk(self, data):
        """Through a block; the events at its begin."""
        self.read(data)
        for _ in range(self.number()):
            need(self.forward(), "an event behind the last layer")
            self.decide([self.number()])
        begin, self.sums[:] = self.events, [0] * len(self.sums)
        for _ in range(self.number()):
            need(self.events is not None, "the walk has ended")
            self.step()
        need(not self.numbers, "bytes behind the end")
        return begin

    def point(self):
        """Homogeneous coordinates: x / 2^e; every number has its sign in bit 0."""
        numbers = [self.number() for _ in range(self.net.D + 1)]
        e, *x = [~(v >> 1) if v & 1 else v >> 1 for v in numbers]
        need(abs(e) <= BITS, "the exponent of a point")
        return [1 << max(e, 0), *(v << max(-e, 0) for v in x)]

    def support(self):
        """Rows of the path, counted back from the newest; 0: the same as last time."""
        if count := self.number():
            at, rows = len(self.rows), []
            for _ in range(count - 1):
                at -= self.number() + 1
                need(at >= 0, "a support names a row that is not there")
                rows.append(self.rows[at])
            self.last = rows[::-1]  # sparse ones first
        need(self.last is not None, "there is no last support")
        return self.last

    def enter(self, functions):
        """The next layer, with these functions in its slots."""
        l, self.after = len(self.done), ()
        self.layer = layer = self.net.layers[l]
        self.above = bytearray([OPEN]) * layer.n
        self.Z = [(x + layer.bias).to_bytes(layer.size, "little") for x in functions]
        if l + 1 < self.net.last + self.net.maps:
            self.after = [layer.start] + [0] * self.net.D
            self.feel(range(layer.n, len(layer.features)))

    def feel(self, features):
        """Add them to the functions of the next layer."""
        if self.after and features:
            layer, half = self.layer, self.layer.half
            columns, cuts = zip(*((layer.columns[f], layer.cuts[f]) for f in features))
            values = ([number_of(z[cut]) - half for cut in cuts] for z in self.Z)
            self.after = [x + dot(columns, own) for x, own in zip(self.after, values)]

    def forward(self):
        """Through layers that are decided; False at the outputs."""
        while OPEN not in self.above and (l := len(self.done)) < self.net.last:
            self.sums[l] += 1
            self.done = [*self.done, (self.layer, self.Z, self.above)]
            self.enter(self.after)
        return OPEN in self.above

    def function(self, h, at=None):
        """z - t of a hyperplane in the layer, or in one that is done."""
        layer, Z, *_ = at or (self.layer, self.Z)
        return [number_of(z[layer.cuts[h]]) - layer.half for z in Z]

    def decide(self, events):
        """Signs that are claimed, or the next side of a split."""
        if events and events[0] & 3 == SPLIT:
            self.splits.append((events[0], vars(self).copy()))
        l, self.above, self.events = len(self.done), self.above[:], self.events + events
        for event in events:
            h, above = event >> 3, event & 1
            need(self.above[h] == OPEN, "a hyperplane that is decided already")
            self.above[h] = above
            if event & LOOSE:
                self.loose = [*self.loose, (l, h)]
            if event & SPLIT:
                g = self.function(h)
                self.rows = [*self.rows, g if above else [-x for x in g]]
                self.below = self.below + [(self.rows[-1], l, h)] * (not above)
        self.feel([event >> 3 for event in events if event & 1])

    def step(self):
        """To the next leaf, or a part left out, and to the newest upper side."""
        while self.numbers[-1:] != [LEFT_OUT] and self.forward():
            token = self.number() - 1
            if token & 3 == SPLIT:
                self.decide([token >> 2 << 3 | SPLIT])
            else:
                self.decide(self.claims(token))
        if self.numbers[-1:] == [LEFT_OUT]:
            self.sums[-1] += self.number()
        else:
            self.leaf()
            self.sums[self.net.last] += 1
        if not self.splits:
            self.events = None
            return
        event, before = self.splits.pop()
        vars(self).update(before, last=None)  # some of its rows may be gone
        self.decide([event | 1])

    def claims(self, token):
        """Events: of a hyperplane and its support, or of many (Theorem 1)."""
        n, above = token >> 2, token & 1
        if not token & 2:
            numbers = multipliers(self.support(), self.function(n))
            signs = {x > 0 for x in numbers if x}
            need(signs == {1} if above else signs <= {0}, "the side of a hyperplane")
            loose = not numbers[0] and sum(map(bool, numbers)) < 2
            return [n << 3 | LOOSE * loose | above]
        need(0 < n < BYTES // (self.net.D**2 + 1), "too many supports at once")
        supports, at, events = [self.support() for _ in range(n)], 0, []
        hs = [h for h, bit in enumerate(self.above) if bit == OPEN][: self.number()]
        for _ in range(self.number()):
            need((at := at + self.number()) < len(hs), "one that is not open")
            del hs[at]
        for support in supports:
            sides = [*zip(hs, *self.shown(support, hs))]
            events += [h << 3 | (high > 0) for h, low, high in sides if low or high]
            hs = [h for h, low, high in sides if not low and not high]
        need(not hs, "a hyperplane is not shown by the supports")
        return sorted(events)

    def shown(self, support, hs):
        """Bytes that are not 0 for those that lie below, and above, and not loosely."""
        w, D = self.layer.width, self.net.D
        size = self.layer.room + (D + 1).bit_length() + minor_bits(support)
        wide = size // 8 + 1
        need(wide * len(hs) < BYTES, "numbers too long")
        cuts, zeros = [self.layer.cuts[h] for h in hs], bytes(wide - w)
        top = number_of((bytes(wide - 1) + b"\x80") * len(hs))  # the signs of slots
        bias = top >> 8 * (wide - w)
        packs = [zeros.join([z[cut] for cut in cuts]) for z in self.Z]
        numbers, left = eliminated(support, [number_of(pack) - bias for pack in packs])
        spanned = reduce(and_, [top + x & top - x for x in left], top)
        highs, lows = [top + x for x in numbers], [top - x for x in numbers]
        twice, *more = [spanned & ~(x & y) for x, y in zip(highs, lows)]
        once = 0  # where a multiplier is not 0, and twice: or the constant
        for x in more:
            twice, once = twice | once & x, once | x
        masks = reduce(and_, lows, twice), reduce(and_, highs, twice)
        return [x.to_bytes(wide * len(hs), "little")[wide - 1 :: wide] for x in masks]

    def inside(self, x, but=None):
        return min((dot(row, x) for row in self.rows if row is not but), default=1) > 0

    def leaf(self):
        """Its point, and facets across which the map is the same (Theorem 4)."""
        need(self.inside(self.point()), "the point of a leaf is outside")
        pattern = b"".join(above for *_, above in self.done)
        if self.net.maps:
            self.maps.append((pattern, hashlib.sha256(b"".join(self.Z)).digest()))
        if not self.net.linear:
            return
        felt = self.derivatives()
        for wall, l, h in self.below:
            if not self.loose and felt[l][h] % P:
                continue
            beyond = self.beyond(wall, l, h)
            if beyond and (rows := self.support()):
                shown = wall not in rows and min(multipliers(rows, wall)) >= 0
                need(shown, "a wall may be a facet")
            elif beyond:
                x = self.point()
                beside = dot(wall, x) < 0 and self.inside(x, wall)
                need(beside, "the point across a facet is not there")
                self.joins.append((pattern, beyond))

    def derivatives(self):
        """Of the mixture of outputs by the features of each layer, modulo P."""
        felt, v = [], self.net.mixture
        for layer, _, above in self.done[::-1]:
            n = len(layer.features)
            data = dot(v, layer.felt).to_bytes(8 * n, "little")
            felt.insert(0, struct.unpack(f"<{n}Q", data))
            v = [b and x % P for x, b in zip(felt[0], above + layer.always)]
        return felt

    def beyond(self, wall, l, h):
        """The pattern across a wall (Theorem 3); None where the map is another one."""
        out, moved = [above[:] for *_, above in self.done], 0
        p = [*map(bool, wall)].index(True, 1)
        for m in range(l, self.net.last):  # coordinate p beyond minus that here
            layer, _, above = self.done[m]
            data = (moved + layer.bias).to_bytes(layer.size, "little")
            moved = [number_of(data[cut]) - layer.half for cut in layer.cuts]
            change = [b and x for x, b in zip(moved, above + layer.always)]
            for k in {k for at, k in [*self.loose, (l, h)] if at == m}:
                f = self.function(k, self.done[m])
                if all(x * wall[p] == f[p] * y for x, y in zip(f, wall)):
                    # Beyond, it is a multiple of the wall, which is negative there.
                    g = f[p] + moved[k]
                    out[m][k] = g * wall[p] < 0
                    change[k] = g * out[m][k] - f[p] * above[k]
            moved = dot(layer.columns, change)
        return None if moved else b"".join(out)


def root(joined, x):
    while (above := joined.get(x, x)) != x:
        joined[x] = x = joined.get(above, above)
    return x


def cell_rows(net, pattern):
    """Rows of a cell from its pattern alone: not negative on the closure."""
    walk = Walk(net)
    for above in pattern:
        walk.forward()
        walk.decide([walk.above.index(OPEN) << 3 | SPLIT | above])
    return [row for row in walk.rows[len(net.domain) :] if any(row)]


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
            constant, *found = multipliers([rows[j] for j in chosen], rows[k])
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


def blocks(file):
    """Payloads, and what is stated behind them: None where the file is cut off."""
    found = []
    need(file.read(len(MAGIC)) == MAGIC, "this is no certificate of version 2")
    while n := number_of(file.read(4)):
        need(n <= BYTES, "a block is too large")
        crc, data = number_of(file.read(4)), file.read(n)
        if len(data) < n:
            return found, None
        need(crc == zlib.crc32(data), f"block {len(found)}: the checksum")
        found.append(data)
    return found, json.loads(file.read(BYTES) or b"null")


def part(net, number, data):
    """What a block proves: the events at its begin and end, sums, joins and maps."""
    walk = Walk(net)
    try:
        begin = walk.walk(data)
    except Exception as error:
        claim = error if type(error) is ValueError else repr(error)
        place = f"block {number}, leaf {walk.sums[net.last]}"
        raise ValueError(f"{place}: {claim}") from None
    return begin, walk.events, walk.sums, walk.joins, walk.maps


def counted(net, parts, closed, at, processes):
    """All counts, or "at least" of activation regions where parts are left out."""
    with ProcessPoolExecutor(processes) as pool:
        at_once = pool.map if len(parts) > 1 and processes != 1 else map
        found = [*at_once(partial(part, net), range(1, len(parts) + 1), parts)]
    for k, (begin, end, *_) in enumerate(found, 1):
        need(begin == at, f"block {k} begins elsewhere than the last one ended")
        at = end
    sums = zip([0] * (net.last + 2), *(sums for _, _, sums, *_ in found))
    *per_layer, leaves, skipped = map(sum, sums)
    if closed is None or at is not None or skipped:
        return {"at least": leaves}
    linear, joined, maps = leaves, {}, [*chain(*(maps for *_, maps in found))]
    for a, b in chain(*(joins for *_, joins, _ in found)):
        a, b = root(joined, a), root(joined, b)
        linear -= a != b
        joined[a] = b
    counts = {"activation": leaves, "linear": linear}
    counts["per_layer"] = [n for n, layer in zip(per_layer, net.layers) if layer.hidden]
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
    net, begin = Network(model, header), []
    closed = parts.pop() if "linear_closed" in names and parts else b""
    if stated and "empty" in stated:  # a row of the domain, and rows that contradict it
        k, *rows = [net.domain[j] for j in stated.pop("empty")]
        shown = max(multipliers(rows, k)) <= 0 and not (parts or closed)
        need(shown, "the domain is not proved empty")
        begin = None
    counts = counted(net, parts, None if stated is None else closed, begin, processes)
    known = {name: counts[name] for name in counts if name in {*names, "at least"}}
    right = stated == known or (not stated and "at least" in known)
    need(right, f"it states {stated}, not {known}")
    return header, known


def short(n, d):
    """The number n / d, as a float where it is one."""
    x = Fraction(n, d)
    return float(x) if abs(x) < 2**1000 and float(x) == x else x


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
    inputs = "t" if whole(header["inputs"]) else f"{header['inputs']} (1, t)"
    yield f"inputs: {inputs} / {header['scale']}"
    for c, *a in header["rows"]:  # over a power of two, to have short numbers
        one = 1 << max(1, *map(abs, a or [c])).bit_length() - 1
        terms = [f"{short(x, one)} t{j}" for j, x in enumerate(a) if x]
        yield f"domain: {' + '.join(terms) or 0} > {short(-c, one)}"


def main(arguments):
    """Exit status: 0, and what is proved; or 1, and the claim that fails."""
    try:
        need(2 <= len(arguments) <= 3, "name CERTIFICATE MODEL.npz [PROCESSES]")
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
