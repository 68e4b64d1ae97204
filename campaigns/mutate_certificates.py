# SPDX-License-Identifier: MIT
"""Mutated certificates must be rejected, or prove what is true of what they now say.

    python campaigns/mutate_certificates.py [--mutations 20000] [--seed 0]

Each mutation changes one thing of a true certificate: steps, numbers, bits or blocks,
the header's domain or activations, or the model's weights. Then checksums, the digest
of the network and the stated counts are made right again. What the checker still
accepts is compared with the counts of tests/reference, for the network and domain that
the files state now. Exit status 1 when a count is wrong or a check takes longer than
10 seconds.
"""

from __future__ import annotations

import argparse
import copy
import io
import json
import random
import signal
import sys
import tempfile
import types
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

HOME = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(HOME), str(HOME / "tests")]

import reference as ref  # noqa: E402
from reference.certificate_file import file_of, varints  # noqa: E402
from reference.certificates import certificate, kept_outputs, network_digest  # noqa: E402

import polyregions as pr  # noqa: E402
from polyregions import checker  # noqa: E402
from polyregions.errors import InvalidArgumentError  # noqa: E402

ALL = ("activation", "linear", "affine", "linear_closed")
SECONDS = 10
FINAL = 'need(right, f"it states {stated}, not {known}")'
SHAPES = ([1, 3, 2, 1], [2, 3, 1], [2, 3, 2, 1], [2, 2, 2, 2], [3, 3, 1], [3, 2, 3, 1])


class SlowError(Exception):
    """A check that takes too long."""


@dataclass
class Case:
    """A certificate in parts, and the weights of its model."""

    weights: list[tuple[np.ndarray, np.ndarray]]
    header: dict[str, Any]
    payloads: list[bytes]  # of the blocks, the one of contacts last
    stated: dict[str, Any]
    steps: list[list[int]]  # of each block: where steps begin, in numbers, and the end


# --- certificates ---------------------------------------------------------------------


def without_final_check() -> types.ModuleType:
    """The checker that returns what it proves, whatever is stated."""
    source = Path(checker.__file__).read_text(encoding="utf-8")
    if source.count(FINAL) != 1:
        raise SystemExit("the checker's last check has changed; adapt FINAL")
    module = types.ModuleType("proves")
    exec(compile(source.replace(FINAL, "pass"), "proves", "exec"), module.__dict__)
    return module


PROVES = without_final_check()


def model(weights: Sequence[tuple[np.ndarray, np.ndarray]]) -> bytes:
    out, arrays = io.BytesIO(), {}
    for k, (weight, bias) in enumerate(weights):
        arrays[f"W{k}"], arrays[f"b{k}"] = weight, bias
    np.savez(out, **arrays)
    return out.getvalue()


def packed(case: Case) -> bytes:
    """The bytes of a certificate, with right checksums."""
    return file_of([json.dumps(case.header).encode(), *case.payloads], case.stated)


def numbers_of(payload: bytes) -> list[int]:
    out, shift, value = [], 0, 0
    for byte in payload:
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            out.append(value)
            shift = value = 0
    return out


def step_starts(network: Any, payload: bytes) -> list[int]:
    """Places of the numbers at which the steps of a block begin."""
    starts: list[int] = []

    class Traced(PROVES.Walk):  # type: ignore[misc, name-defined]
        def step(self) -> None:
            starts.append(-len(self.numbers))
            super().step()

    whole = len(numbers_of(payload))
    Traced(network).walk(payload)
    return [whole + at for at in starts] + [whole]


def pool(seed: int) -> list[Case]:
    """True certificates of small networks of many kinds."""
    rng = np.random.default_rng(seed)
    cases = []
    for k, widths in enumerate(SHAPES * 4):
        integers, bounded = k % 2 == 0, k % 3 == 0
        sides = [(m, n) for n, m in pairwise(widths)]
        weights = [(rng.uniform(-2, 2, s), rng.uniform(-2, 2, s[0])) for s in sides]
        if integers:
            weights = [(np.rint(w), np.rint(b)) for w, b in weights]
        name = ("relu", "leaky_relu", "abs", "relu")[k // len(SHAPES)]
        cases.append(true_case(weights, name, widths[0], bounded, cut=k % 4))
    return cases


def true_case(
    weights: list[tuple[np.ndarray, np.ndarray]],
    name: str,
    d: int,
    bounded: bool,
    cut: int,
) -> Case:
    """The package's certificate of a network, or that of the reference."""
    with tempfile.TemporaryDirectory() as folder:
        file, npz = Path(folder, "a.cert"), Path(folder, "a.npz")
        npz.write_bytes(model(weights))
        if cut == 3 or not written_by_package(file, weights, name, d, bounded):
            units = {"relu": ref.relu, "abs": ref.absolute}.get(name, leaky)
            rows = ref.box(-1, 1, d) if bounded else ()
            plain = ref.network(weights, units)
            made = certificate(plain, rows, definitions=ALL, cut=cut)
            file.write_bytes(made.encoded())
        with file.open("rb") as stream:
            (header, *payloads), stated = checker.blocks(stream)
        network = PROVES.Network(npz, json.loads(header))
        starts = [step_starts(network, payload) for payload in payloads[:-1]]
    return Case(weights, json.loads(header), payloads, stated, starts)


def written_by_package(
    file: Path,
    weights: list[tuple[np.ndarray, np.ndarray]],
    name: str,
    d: int,
    bounded: bool,
) -> bool:
    """Write with the package; False where it has no certificates."""
    slope = 0.25 if name == "leaky_relu" else None
    net = pr.Network(weights, name, negative_slope=slope)
    domain = pr.Domain.box(-1, 1, dim=d) if bounded else pr.Domain.all(d)
    try:
        pr.count_regions(net, domain, definitions="all", certificate=file)
    except InvalidArgumentError:
        return False
    return True


def leaky(n: int) -> list[Any]:
    return ref.leaky_relu(n, 0.25)


# --- mutations ------------------------------------------------------------------------


def mutated(case: Case, rng: random.Random) -> tuple[str, Case]:
    """One thing changed, and its name."""
    kinds = [change_step, change_number, change_bit, change_block] * 2
    kinds += [change_weight, change_domain, change_activation, change_choice]
    change, new = rng.choice(kinds), copy.deepcopy(case)
    change(new, rng)
    exact = [([map(float, row) for row in w], map(float, b)) for w, b in new.weights]
    new.header["network"] = network_digest(ref.network(exact))
    return change.__name__, new


def change_step(case: Case, rng: random.Random) -> None:
    """Drop or double a step, and say how many there are."""
    k = rng.randrange(len(case.steps))
    numbers, starts = numbers_of(case.payloads[k]), case.steps[k]
    j = rng.randrange(len(starts) - 1)
    step = numbers[starts[j] : starts[j + 1]]
    twice = rng.random() < 0.5
    numbers[starts[j] : starts[j + 1]] = step * 2 if twice else []
    numbers[starts[0] - 1] += 1 if twice else -1
    case.payloads[k] = varints(numbers)


def change_number(case: Case, rng: random.Random) -> None:
    """Change, drop or add a number of a block."""
    k = rng.randrange(len(case.payloads))
    numbers = numbers_of(case.payloads[k])
    j, what = rng.randrange(len(numbers)), rng.randrange(8)
    if what == 0:
        del numbers[j]
    elif what == 1:
        numbers.insert(j, rng.choice(numbers))
    else:
        n = numbers[j]
        nudged = (n + 1, max(n - 1, 0), n ^ 1, n ^ 2, n ^ 4, rng.randrange(16))
        numbers[j] = nudged[what - 2]
    case.payloads[k] = varints(numbers)


def change_bit(case: Case, rng: random.Random) -> None:
    k = rng.randrange(len(case.payloads))
    data = bytearray(case.payloads[k])
    if data:
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    case.payloads[k] = bytes(data)


def change_block(case: Case, rng: random.Random) -> None:
    """Drop or double a block, or exchange two."""
    blocks, what = case.payloads, rng.randrange(3)
    j, k = rng.randrange(len(blocks)), rng.randrange(len(blocks))
    if what == 0:
        del blocks[j]
    elif what == 1:
        blocks.insert(j, blocks[j])
    else:
        blocks[j], blocks[k] = blocks[k], blocks[j]


def change_weight(case: Case, rng: random.Random) -> None:
    array = rng.choice(rng.choice(case.weights)).reshape(-1)
    j = rng.randrange(len(array))
    x = float(array[j])
    array[j] = rng.choice([-x, 0.0, x + 1, x / 2, np.nextafter(x, 9), x + 2.0**-20])


def input_rows(inputs: Any) -> list[list[int]]:
    """Rows of the inputs, or of so many that are the coordinates."""
    if isinstance(inputs, int):
        return [[int(k == j) for k in range(inputs + 1)] for j in range(1, inputs + 1)]
    return inputs


def change_domain(case: Case, rng: random.Random) -> None:
    """Nudge a number of the domain or the inputs, or drop or double a row."""
    rows = case.header["rows"]
    what = rng.randrange(4)
    if what == 0 and rows:
        del rows[rng.randrange(len(rows))]
    elif what == 1 and rows:
        rows.append([*rng.choice(rows)])
    elif what == 2:
        case.header["scale"] += rng.choice([1, -1])
    else:
        case.header["inputs"] = input_rows(case.header["inputs"])
        row = rng.choice(rows + case.header["inputs"])
        row[rng.randrange(len(row))] += rng.choice([1, -1])


def change_activation(case: Case, rng: random.Random) -> None:
    """Nudge a slope, an offset, a breakpoint or a jump; or what a layer counts as."""
    layer = rng.choice(case.header["layers"][:-1])
    if rng.random() < 0.2:
        layer["hidden"] = not layer["hidden"]
        return
    unit = rng.choice(layer["units"])
    place = rng.choice([unit, *unit[2]])
    place[rng.randrange(2)] += rng.choice([1, -1])


def change_choice(case: Case, rng: random.Random) -> None:
    """Other outputs, coordinates or definitions."""
    header, n = case.header, len(case.weights[-1][1])
    what = rng.randrange(3)
    if what == 0:
        header["outputs"] = [rng.randrange(-1, n + 1)]
    elif what == 1 and header["coordinates"]:
        del header["coordinates"][rng.randrange(len(header["coordinates"]))]
    else:
        del header["definitions"][rng.randrange(len(header["definitions"]))]


# --- truth ----------------------------------------------------------------------------


def truth(case: Case) -> dict[str, Any]:
    """Counts of the reference, of the network and domain that the parts state."""
    hidden = [layer["hidden"] for layer in case.header["layers"][:-1]]
    weights = json.dumps([(w.tolist(), b.tolist()) for w, b in case.weights])
    names = "layers", "inputs", "scale", "rows", "outputs"
    key = json.dumps([case.header[name] for name in names])
    counts = _counts(weights, key)
    out = {name: getattr(counts, name) for name in ALL}
    pairs = zip(counts.per_layer, hidden, strict=True)
    return out | {"per_layer": [n for n, yes in pairs if yes]}


@lru_cache(maxsize=4096)
def _counts(weights: str, key: str) -> ref.Counts:
    layers, inputs, scale, rows, outputs = json.loads(key)
    stored = json.loads(weights)
    units = [
        [*own_units(layer, len(bias))]
        for layer, (_, bias) in zip(layers, stored[:-1], strict=False)
    ]
    net = kept_outputs(ref.network(stored, units), outputs)
    columns = zip(*input_rows(inputs), strict=True)
    start, *ways = ([Fraction(v, scale) for v in c] for c in columns)
    domain = [(a, c) for c, *a in rows]
    return ref.counts(ref.restrict(net, start, ways), domain)


def own_units(layer: dict[str, Any], n: int) -> Iterator[Any]:
    for s, o, breaks in layer["units"] * (n if len(layer["units"]) == 1 else 1):
        one, step = Fraction(1, 1 << layer["m"]), Fraction(1, 1 << layer["q"])
        slopes = [s * one]
        for _, jump in breaks:
            slopes.append(slopes[-1] + jump * one)
        ts = [t * step for t, _ in breaks]
        yield ref.unit(ts, slopes, o * one + (slopes[0] * ts[0] if ts else 0))


# --- the campaign ---------------------------------------------------------------------


def verdict(case: Case, folder: Path) -> str:
    """What comes of a certificate: "rejected", "true", or what is wrong."""
    file, npz = folder / "mutated.cert", folder / "mutated.npz"
    file.write_bytes(packed(case))
    npz.write_bytes(model(case.weights))
    try:
        proved = PROVES.verify(file, npz, 1)[1]
    except SlowError:
        return f"it takes more than {SECONDS} seconds"
    except Exception:  # whatever is raised is a rejection
        return "rejected"
    if "empty" not in case.stated:
        case.stated = proved
        file.write_bytes(packed(case))
        checker.verify(file, npz, 1)
    known = truth(case)
    least = proved.pop("at least", 0)
    if least > known["activation"] or any(known[n] != x for n, x in proved.items()):
        return f"proved {proved} and at least {least}, but true is {known}"
    return "true"


def alarm(*_: object) -> None:
    raise SlowError


def campaign(mutations: int, seed: int) -> int:
    """Print what is wrong and a summary; the number of wrong mutations."""
    signal.signal(signal.SIGALRM, alarm)
    cases, results, wrong = pool(seed), Counter(), 0
    with tempfile.TemporaryDirectory() as name:
        for case in cases:
            if verdict(copy.deepcopy(case), Path(name)) != "true":
                raise SystemExit("a certificate of the pool is not accepted")
        for index in range(mutations):
            rng = random.Random(f"{seed} {index}")
            kind, case = mutated(cases[index % len(cases)], rng)
            signal.alarm(SECONDS)
            result = verdict(case, Path(name))
            signal.alarm(0)
            if result not in ("rejected", "true"):
                wrong += 1
                print(f"mutation {index} of seed {seed}, {kind}: {result}")
                result = "wrong"
            results[result] += 1
    told = ", ".join(
        f"{results[name]} {name}" for name in ("rejected", "true", "wrong")
    )
    print(f"{mutations} mutations of {len(cases)} certificates, seed {seed}: {told}")
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--mutations", type=int, default=20000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    return int(campaign(options.mutations, options.seed) > 0)


if __name__ == "__main__":
    sys.exit(main())
