# SPDX-License-Identifier: MIT
"""Checks a certificate of a count, with plain integers and the standard library alone.

    python -S -I checker.py CERTIFICATE MODEL.npz [PROCESSES]

docs/certificate.md has format and theorems. Weights come from the model; activations and
domain are printed, as the certificate has them. An affine function of D coordinates is a
list [constant, a_1 .. a_D] of integers, up to a positive scale; those of a layer lie in
D + 1 columns. A unit is s z + o + sum_j jump_j relu(z - t_j): all that a network decides
are signs of z - t_j. Exit status 0 and what is proved, or 1 and the claim that fails.
"""

import ast
import hashlib
import json
import os
import struct
import sys
import zipfile
import zlib
from concurrent.futures import ProcessPoolExecutor
from itertools import combinations
from operator import mul

MAGIC = b"polyregions certificate 1\n"
LOOSE = 4  # bits of an event: above, it is a split, loose (Theorem 3)


class Reject(Exception):
    """A claim that does not hold."""


def need(holds, claim):
    if not holds:
        raise Reject(claim)


# --- the model ------------------------------------------------------------------------


def read_npy(data):
    """Floats, row by row."""
    end = data.index(b"\n") + 1
    header = ast.literal_eval(data[data.index(b"{") : end].decode())
    kind, shape = header["descr"], header["shape"]
    letter = {"f2": "e", "f4": "f", "f8": "d"}[kind[1:]]
    values = [x for (x,) in struct.iter_unpack(kind[0] + letter, data[end:])]
    step = shape[0] if header["fortran_order"] and len(shape) == 2 else 1
    return [x for i in range(step) for x in values[i::step]], shape


def integers(values):
    """The values times 2^e, and the smallest e >= 0 for which these are integers."""
    ratios = [x.as_integer_ratio() for x in values]
    e = max([d.bit_length() - 1 for _, d in ratios])
    return [n << e + 1 - d.bit_length() for n, d in ratios], e


class Layer:
    """Integers of z = W h + b, 2^e times the floats, and of the units."""

    def __init__(self, weight, bias, units, outputs):
        flat, (n, width) = weight
        chosen = range(n) if outputs is None else outputs
        values = [x for i in chosen for x in flat[i * width : (i + 1) * width]]
        values, self.e = integers(values + [bias[0][i] for i in chosen])
        self.n = n = len(chosen)
        self.W = [values[i * width : (i + 1) * width] for i in range(n)]
        self.b, self.columns = values[n * width :], [*zip(*self.W)]
        own = units["units"] * (n if len(units["units"]) == 1 else 1)
        self.q, self.m, self.hidden = units["q"], units["m"], units["hidden"]
        self.slopes, self.offsets = [own[i][0] for i in range(n)], [u[1] for u in own]
        self.hyper = [(i, t, jump) for i in range(n) for t, jump in own[i][2] if jump]


class Network:
    """Layers, and the rows of the first one, in the coordinates of a certificate."""

    def __init__(self, path, header):
        spec, asked, self.layers = header["layers"], {*header["definitions"]}, []
        with zipfile.ZipFile(path) as archive:
            need(
                f"W{len(spec)}.npy" not in archive.namelist(),
                "the model has more layers",
            )
            for k, units in enumerate(spec):
                arrays = (read_npy(archive.read(f"{name}{k}.npy")) for name in "Wb")
                outputs = header["outputs"] if units is spec[-1] else None
                self.layers.append(Layer(*arrays, units, outputs))
        self.maps = asked & {"affine", "linear_closed"}
        self.linear = asked & {"linear", "linear_closed"}
        first, columns = self.layers[0], [*zip(*header["inputs"])]
        z = [[sum(map(mul, row, column)) for row in first.W] for column in columns]
        z[0] = [x + (b << header["scale"]) for x, b in zip(z[0], first.b)]
        kept = [0, *(k + 1 for k in header["coordinates"])]
        if len(kept) < len(columns):  # the others are functions of these (Theorem 5)
            seen = [[0, *column] for column in zip(*header["rows"], *zip(*z))]
            solved = solver([seen[k] for k in kept[1:]], len(seen[0]) - 1)
            for column in seen[1:]:
                multipliers(solved, column)
        self.D, self.first = len(kept) - 1, [z[k] for k in kept]
        self.one = 1 << header["scale"] + first.e
        self.domain = [[row[k] for k in kept] for row in header["rows"]]


# --- multipliers ----------------------------------------------------------------------


def solver(rows, D):
    """(rows, det, inverse, rest): where g less its constant is sum_i lambda_i rows_i,
    det lambda = inverse g and rest g = 0; fraction-free elimination (Bareiss 1968)."""
    m, last = len(rows), 1
    unit = [[int(i == k) for i in range(D)] for k in range(D)]
    M = [[row[k + 1] for row in rows] + unit[k] for k in range(D)]
    for c in range(m):
        p = next((i for i in range(c, D) if M[i][c]), None)
        need(p is not None, "the rows of a support are dependent")
        M[c], M[p] = M[p], M[c]
        top, pivot = M[c], M[c][c]
        for i, row in enumerate(M):
            if i != c:
                pairs, factor = zip(row, top), row[c]
                M[i] = [(pivot * x - factor * y) // last for x, y in pairs]
        last = pivot
    return rows, last, [row[m:] for row in M[:m]], [row[m:] for row in M[m:]]


def multipliers(solved, g):
    """[constant, lambda_1 ..] of g over the rows, times a common positive number."""
    rows, det, inverse, rest = solved
    need(not any(sum(map(mul, r, g[1:])) for r in rest), "a support does not span")
    out = [sum(map(mul, r, g[1:])) for r in inverse]
    out.insert(0, det * g[0] - sum(x * row[0] for x, row in zip(out, rows)))
    return out if det > 0 else [-x for x in out]


def proved(g, support):
    """(sign, loose) of a function (Theorems 1 and 3)."""
    numbers = multipliers(support, g)
    need(min(numbers) >= 0 or max(numbers) <= 0, "multipliers of both signs")
    loose = numbers[0] == 0 and sum(map(bool, numbers)) < 2
    return (max(numbers) > 0) - (min(numbers) < 0), loose


# --- a part of the depth-first walk through the split tree ----------------------------


def varints(data):
    value = shift = 0
    for byte in data:
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            yield value
            value = shift = 0


class Walk:
    """Where the walk is, and what it has proved."""

    def __init__(self, net, data):
        self.net, self.number = net, varints(data).__next__
        self.rows, self.splits, self.events, self.stack = [*net.domain], [], [], []
        self.done, self.loose, self.joins, self.maps = [], [], [], []
        self.leaves, self.skipped, self.per_layer = 0, False, [0] * len(net.layers)
        self.enter(net.first, net.one)

    def walk(self):
        for event in [self.number() for _ in range(self.number())]:
            while not self.left:
                self.forward()
            self.decide(event, self.function(event >> 3))
        self.start, self.per_layer = [*self.events], [0] * len(self.net.layers)
        for _ in range(self.number()):
            need(self.events is not None, "the walk has ended")
            self.node()
        return self

    def point(self):
        """Homogeneous coordinates: x / 2^e, each number and e with its sign in bit 0."""
        numbers = [self.number() for _ in range(self.net.D + 1)]
        e, *x = [~(v >> 1) if v & 1 else v >> 1 for v in numbers]
        return [1 << max(e, 0), *(v << max(-e, 0) for v in x)]

    def enter(self, Z, one):
        """The next layer, with these functions in units of 1 / one."""
        layer, after = self.net.layers[len(self.done) :][:2]
        self.layer, self.Z, self.one = layer, Z, one
        self.above, self.left = [None] * len(layer.hyper), len(layer.hyper)
        unit = one << layer.q
        h = [[s * z << layer.q for s, z in zip(layer.slopes, column)] for column in Z]
        h[0] = [x + o * unit for x, o in zip(h[0], layer.offsets)]
        self.acc = [[sum(map(mul, row, column)) for row in after.W] for column in h]
        self.acc[0] = [x + b * (unit << layer.m) for x, b in zip(self.acc[0], after.b)]

    def forward(self):
        """Into the next layer; False at the outputs."""
        l, layer = len(self.done), self.layer
        self.per_layer[l] += 1
        self.done.append((self.Z, self.above, self.one))
        if l + 2 == len(self.net.layers):
            return False
        self.enter(self.acc, self.one << layer.q + layer.m + self.net.layers[l + 1].e)
        return True

    def function(self, h):
        """z - t of a hyperplane of the layer."""
        i, t, _ = self.layer.hyper[h]
        row = [column[i] << self.layer.q for column in self.Z]
        row[0] -= t * self.one
        return row

    def decide(self, event, g):
        """A sign that is claimed, or the next side of a split."""
        h, above, l = event >> 3, event & 1, len(self.done)
        need(self.above[h] is None, "a hyperplane that is decided already")
        if event & 3 == 2:
            columns = self.done, self.rows, self.splits, self.loose, self.events
            state = self.layer, self.Z, self.one, self.above, self.left, self.acc
            self.stack.append((event, g, state, [(c, len(c)) for c in columns]))
        if event & 2:
            self.above = [*self.above]
            self.rows.append(g if above else [-x for x in g])
            self.splits.append((l, h, above))
        self.above[h] = above
        self.left -= 1
        if event & LOOSE:
            self.loose.append((l, h))
        self.events.append(event)
        if above and (l + 2 < len(self.net.layers) or self.net.maps):
            i, _, jump = self.layer.hyper[h]
            column = [jump * w for w in self.net.layers[l + 1].columns[i]]
            pairs = zip(self.acc, g)
            self.acc = [[a + w * x for a, w in zip(own, column)] for own, x in pairs]

    def back(self):
        """To the upper side of the newest split whose lower side is done."""
        if not self.stack:
            self.events = None
            return
        event, g, state, marks = self.stack.pop()
        self.layer, self.Z, self.one, self.above, self.left, self.acc = state
        for column, n in marks:
            del column[n:]
        self.decide(event | 1, g)

    def node(self):
        """To the next leaf, or a part that is not in the file, and back up."""
        while self.left or self.forward():
            if not self.left:
                continue
            token = self.number() - 1
            if token < 0:
                self.skipped = True
                return self.back()
            if token & 3 == 2:
                self.decide(token >> 2 << 3 | 2, self.function(token >> 2))
            elif token & 3 == 3:
                self.claims(token >> 2)
            else:
                self.claim(token >> 2, token & 1, self.support())
        need(self.inside(self.point()), "the point of a leaf is outside")
        self.leaves += 1
        pattern = tuple(tuple(above) for _, above, _ in self.done)
        if self.net.maps:
            digest = hashlib.sha256(repr(self.acc).encode()).digest()
            self.maps.append((pattern, digest))
        if self.net.linear:
            self.walls(pattern)
        self.back()

    def claims(self, n_supports):
        """One code a hyperplane of the layer: 0, or a support and the side."""
        supports, codes = [self.support() for _ in range(n_supports)], self.number()
        width = (2 * n_supports).bit_length()
        for h in range(len(self.layer.hyper)):
            if code := codes >> h * width & (1 << width) - 1:
                self.claim(h, code - 1 & 1, supports[code - 1 >> 1])

    def support(self):
        """Rows of the path, counted back from the newest; 0: those of the last claim."""
        if count := self.number():
            at, rows = len(self.rows), []
            for _ in range(count - 1):
                at -= self.number() + 1
                need(at >= 0, "a support names a row that is not there")
                rows.append(self.rows[at])
            self.last = solver(rows, self.net.D)
        return self.last

    def claim(self, h, above, support):
        g = self.function(h)
        sign, loose = proved(g, support)
        need((sign > 0) == above, f"the side of hyperplane {h}")
        self.decide(h << 3 | above | LOOSE * loose, g)

    def inside(self, x, but=None):
        return all(sum(map(mul, r, x)) > 0 for r in self.rows if r is not but)

    def walls(self, pattern):
        """Walls below which the cell lies and across which the map is the same."""
        layers = self.net.layers
        felt = [[1 + 2 * ((389 * i + 151) % 1021) for i in range(layers[-1].n)]]
        for layer, above in zip(layers[:0:-1], [(), *pattern[:0:-1]]):
            slopes = [*layer.slopes]
            for (i, _, jump), bit in zip(layer.hyper, above):
                slopes[i] += jump * bit
            v = [*map(mul, felt[0], slopes)]
            felt.insert(0, [sum(map(mul, v, column)) for column in layer.columns])
        for wall, (l, h, above) in zip(self.rows[len(self.net.domain) :], self.splits):
            if above or (felt[l][layers[l].hyper[h][0]] and not self.loose):
                continue  # Theorem 4
            beyond = self.beyond(wall, l, h, pattern)
            if beyond and (support := self.support())[0]:
                need(all(r is not wall for r in support[0]), "a wall supports itself")
                need(proved(wall, support)[0] > 0, "a wall may be a facet")
            elif beyond:
                x = self.point()
                beside = sum(map(mul, wall, x)) < 0 and self.inside(x, wall)
                need(beside, "the point across a facet is not there")
                self.joins.append((pattern, beyond))

    def beyond(self, wall, l, h, pattern):
        """The pattern across a wall (Theorem 2), or None where the map is another one."""
        layers, out = self.net.layers, [*pattern]
        p = next(c for c, x in enumerate(wall) if c and x)
        moved = [0] * layers[l].n  # coordinate p of z beyond minus z here
        for m in range(l, len(layers) - 1):
            (Z, above, one), layer, after = self.done[m], layers[m], [*pattern[m]]
            loose = {k for at, k in self.loose if at == m} | {h} * (m == l)
            change = [s * dz << layer.q for s, dz in zip(layer.slopes, moved)]
            for k, (i, t, jump) in enumerate(layer.hyper):
                f = [column[i] << layer.q for column in Z]
                f[0] -= t * one
                g = f[p] + (moved[i] << layer.q)
                if k in loose and all(x * wall[p] == f[p] * y for x, y in zip(f, wall)):
                    # Beyond, it is a multiple of the wall, which is negative there.
                    after[k] = int(g * wall[p] < 0)
                change[i] += jump * (after[k] * g - above[k] * f[p])
            moved = [sum(map(mul, row, change)) for row in layers[m + 1].W]
            out[m] = tuple(after)
        return None if any(moved) else tuple(out)


# --- the whole file -------------------------------------------------------------------


def root(joined, x):
    while joined.get(x, x) != x:
        x = joined[x]
    return x


def cell_rows(net, pattern):
    """Rows of a cell from its pattern alone: not negative on the closure."""
    walk, rows = Walk(net, b""), []
    for bits in pattern:
        for h, above in enumerate(bits):
            g = walk.function(h)
            rows.append(g if above else [-x for x in g])
            walk.decide(h << 3 | above, g)
        walk.forward()
    return [row for row in rows if any(row)]


def join_closed(net, data, maps, joined):
    """Contacts in the domain of closures of equal map, or proofs of none (Theorem 6)."""
    walk, groups, inner = Walk(net, data), {}, len(net.domain)
    for pattern, digest in sorted(maps):
        groups.setdefault(digest, []).append(pattern)
    for a, b in (pair for group in groups.values() for pair in combinations(group, 2)):
        if root(joined, a) == root(joined, b):
            continue
        rows = net.domain + cell_rows(net, a) + cell_rows(net, b)
        if count := walk.number():
            k, *chosen = [walk.number() for _ in range(count)]
            solved = solver([rows[j] for j in chosen], net.D)
            constant, *found = multipliers(solved, rows[k])
            strict = k < inner or any(x for j, x in zip(chosen, found) if j < inner)
            apart = max([constant, *found]) <= 0 and (constant < 0 or strict)
            need(apart, "two cells of one map may touch")
        else:
            x, one = walk.point(), walk.number() + 1
            x[0] *= one
            values = [sum(map(mul, row, x)) for row in rows]
            need(min(values[:inner], default=1) > 0, "a contact outside the domain")
            need(min(values, default=0) >= 0, "the point of a contact is outside")
            joined[root(joined, a)] = root(joined, b)


def start(model, header):
    global NET
    NET = Network(model, header)


def part(data):
    walk = Walk(NET, data).walk()
    sums = walk.leaves, walk.skipped, walk.per_layer
    return walk.start, walk.events, *sums, walk.joins, walk.maps


def blocks(data):
    """Payloads, and the bytes behind an empty one; None where the file is cut off."""
    at, out = len(MAGIC), []
    need(data[:at] == MAGIC, "this is no certificate of version 1")
    while n := int.from_bytes(data[at : at + 4], "little"):
        payload, crc = data[at + 8 : at + 8 + n], data[at + 4 : at + 8]
        if len(payload) < n:
            return out, None
        need(zlib.crc32(payload).to_bytes(4, "little") == crc, "a block's checksum")
        out.append(payload)
        at += 8 + n
    return out, data[at + 4 :] or None


def verify(certificate, model, processes=None):
    """(header, {name: number}): what a certificate proves of a model.

    Where parts are left out "at least" tells how many activation regions there are.
    Raises Reject with the first claim that fails.
    """
    with open(certificate, "rb") as file:
        (header, *parts), end = blocks(file.read())
    header, stated = json.loads(header), json.loads(end or b"{}")
    start(model, header)
    if "empty" in stated:  # one row of the domain and a support that contradicts it
        k, *rows = stated["empty"]
        support = solver([NET.domain[j] for j in rows], NET.D)
        need(proved(NET.domain[k], support)[0] <= 0, "the domain is not proved empty")
        return header, {"activation": 0}
    closed = parts.pop() if "linear_closed" in stated else b""
    with ProcessPoolExecutor(processes, None, start, (model, header)) as pool:
        found = [*(pool.map if len(parts) > 1 else map)(part, parts)]
    at, leaves, joined = [], 0, {}
    for k, one in enumerate(found):
        need(one[0] == at, f"block {k} is not where the last one ended")
        at, leaves = one[1], leaves + one[2]
    if end is None or any(one[3] for one in found):
        return header, {"at least": leaves}
    need(at is None, "the walk has not ended")
    layers = zip(NET.layers, *(one[4] for one in found))
    per_layer = [sum(numbers) for layer, *numbers in layers if layer.hidden]
    joins, maps = ([x for one in found for x in one[k]] for k in (5, 6))
    members = {x for pair in joins for x in pair}
    for a, b in joins:
        joined[root(joined, a)] = root(joined, b)
    linear = leaves - len(members) + len({root(joined, x) for x in members})
    counts = {"activation": leaves, "per_layer": per_layer, "linear": linear}
    counts["affine"] = len({digest for _, digest in maps})
    if "linear_closed" in stated:
        join_closed(NET, closed, maps, joined)
        counts["linear_closed"] = len({root(joined, pattern) for pattern, _ in maps})
    for name, number in stated.items():
        need(name in (*header["definitions"], "per_layer"), f"{name} is not claimed")
        need(counts[name] == number, f"{name} is {counts[name]}, not {number}")
    return header, {name: counts[name] for name in stated}


def main(arguments):
    try:
        processes = int(arguments[2]) if len(arguments) > 2 else os.cpu_count()
        header, counts = verify(*arguments[:2], processes)
        with open(arguments[1], "rb") as file:
            header["model"] = hashlib.sha256(file.read()).hexdigest()
    except Exception as error:
        print(f"rejected: {error or type(error).__name__}")
        return 1
    print("proved:", ", ".join(f"{name} {number}" for name, number in counts.items()))
    for name in ("model", "outputs", "layers", "scale", "inputs", "rows"):
        print(f"{name:>8}: {json.dumps(header[name])[:2000]}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
