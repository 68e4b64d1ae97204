# SPDX-License-Identifier: MIT
"""The certificate checker proves the counts of the reference, and nothing else."""

import subprocess
import sys
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import reference as ref
from agreement import UNITS
from forging import ALL, LINE, PEAK, STEEP, TIE, TWICE, by_hand, model, written
from reference.certificates import certificate
from reference.supports import solve

from polyregions import checker

PROGRAM = Path(checker.__file__)


def proved(layers, made, folder, processes=1):
    """What the checker proves of a certificate, or of the bytes of one."""
    file, network = folder / "a.cert", folder / "a.npz"
    file.write_bytes(made if isinstance(made, bytes) else made.encoded())
    network.write_bytes(model(layers))
    return checker.verify(file, network, processes)[1]


def expected(plain, domain, definitions=ALL):
    """The counts of the reference, of layers that cut."""
    counts = ref.counts(plain, domain)
    per_layer = zip(counts.per_layer, plain.units, strict=True)
    out = {name: getattr(counts, name) for name in definitions}
    cut = [n for n, units in per_layer if any(u.breakpoints for u in units)]
    return out | {"per_layer": cut}


def check(layers, activations, domain, folder, **options):
    plain = ref.network(layers, activations)
    made = certificate(plain, domain, definitions=ALL, **options)
    assert proved(layers, made, folder) == expected(plain, domain)


def layers_of(widths, rng, integers):
    """Weights from -2 to 2, all or integers only."""
    shapes = [(n, m) for m, n in pairwise(widths)]
    if not integers:
        return [(rng.uniform(-2, 2, s), rng.uniform(-2, 2, s[0])) for s in shapes]
    return [(rng.integers(-2, 3, s), rng.integers(-2, 3, s[0])) for s in shapes]


# --- what is true is accepted ---------------------------------------------------------


SHAPES = [
    [1, 4, 3, 1],
    [2, 3, 3, 1],
    [2, 5, 2],
    [3, 3, 2, 1],
    [3, 2, 3, 2],
    [2, 2, 2, 2, 1],
]


@pytest.mark.parametrize("integers", [False, True])
@pytest.mark.parametrize("name", ["relu", "leaky", "abs", "hardtanh"])
@pytest.mark.parametrize("seed", range(6))
def test_counts_of_random_networks(seed, name, integers, tmp_path):
    rng = np.random.default_rng([seed, len(name), integers])
    widths = SHAPES[seed] if name != "hardtanh" else [2, 2, 2, 1]
    layers = layers_of(widths, rng, integers)
    units = UNITS.get(name, lambda n: ref.leaky_relu(n, -0.5 if seed % 2 else 0.25))
    domain = ref.box(-1, 1, widths[0]) if seed % 2 else ()
    check(layers, units, domain, tmp_path, bulk=bool(seed // 2 % 2), cut=seed)


CROSS = ([[1, 0], [0, 1]], [0, 0])
STAR = ([[1, 0], [0, 1], [1, 1], [1, -1]], [0] * 4)
BOTH_SIGNS = ([[1, 0], [-1, 0], [0, 1], [0, -1]], [0] * 4)
SUM = ([[1, 1]], [0])
DEGENERATE = {
    "equal, doubled and opposite units": [
        ([[1, 1], [1, 1], [2, 2], [-1, -1]], [0] * 4),
        ([[1, 1, -1, 1]], [0]),
    ],
    "a unit that is zero": [([[0, 0], [1, 0]], [0, 0]), SUM],
    "a unit that becomes zero": [
        ([[1], [-1]], [0, 0]),
        ([[0, 0], [1, 1]], [0, 0]),
        SUM,
    ],
    "a constant unit": [
        ([[0, 0], [1, 0]], [1, 0]),
        ([[1, 1], [1, -1]], [-1, 0]),
        SUM,
    ],
    "all outputs zero": [CROSS, ([[0, 0]], [0])],
    "a map that is linear": [BOTH_SIGNS, ([[1, -1, 1, -1]], [0])],
    "walls of the first layer again": [CROSS, ([[1, -1], [1, 0]], [0, 0]), SUM],
    "many hyperplanes through a point": [STAR, ([[1, 1, -1, -1]], [0])],
    "cells of one map apart": PEAK,
    "cells of one map that touch": TIE,
}


@pytest.mark.parametrize("name", DEGENERATE)
@pytest.mark.parametrize("bounded", [False, True])
def test_counts_of_degenerate_networks(name, bounded, tmp_path):
    layers = DEGENERATE[name]
    d = len(layers[0][0][0])
    domain = ref.box(0, 1, d) if bounded else ()  # 0: walls on the boundary
    for units in (ref.relu, lambda n: ref.leaky_relu(n, 0.5), ref.absolute):
        check(layers, units, domain, tmp_path)


def test_units_with_several_breakpoints_and_layers_without(tmp_path):
    rng = np.random.default_rng(1)
    layers = layers_of([2, 2, 2, 2, 1], rng, True)
    first = [ref.unit([-1, 0.5, 2], [1, -1, 0, 0.25], 0.75), ref.unit([], [-2], 0.5)]
    units = [first, ref.identity(2), ref.relu(2)]
    check(layers, units, ref.box(-2, 2, 2), tmp_path)


# --- numbers of a layer packed in one -------------------------------------------------


def test_packed_numbers_are_added_and_multiplied_one_by_one():
    a, b = [3, -128, 0, 127, -1], [100, 5, -7, -20, 1]
    for width in (2, 3, 9):
        sums = checker.packed(a, width) - 200 * checker.packed(b, width)
        wanted = [x - 200 * y for x, y in zip(a, b, strict=True)]
        assert sums == checker.packed(wanted, width)
    with pytest.raises(OverflowError):
        checker.packed([128], 1)


@pytest.mark.parametrize("dim", [1, 2, 3, 5])
@pytest.mark.parametrize("spanned", [False, True])
def test_multipliers_are_those_of_plain_elimination(dim, spanned):
    """Of rows with many zeros, dependent ones and too many among them."""
    rng = np.random.default_rng(dim)
    n_solved = 0
    for _ in range(300):
        shape = rng.integers(0, dim + 2), dim + 1
        rows = rng.integers(-3, 4, shape) * (rng.random(shape) < 0.7)
        g = rng.integers(-3, 4, dim + 1)
        if spanned:
            g = rng.integers(-3, 4, len(rows)) @ rows
        g, rows = g.tolist(), rows.tolist()
        wanted = solve([[*row[1:], row[0]] for row in rows], [*g[1:], g[0]])
        if wanted is None:
            with pytest.raises(ValueError, match="support"):
                checker.multipliers(rows, g)
            continue
        found = checker.multipliers(rows, g)
        n_solved += 1
        scale = sum(map(abs, found)) / sum(map(abs, wanted)) if any(wanted) else 1
        assert found == [x * scale for x in wanted]
    assert n_solved > 10


def test_derivatives_fit_their_slots():
    terms = checker.BYTES  # no more than bytes of a model and hyperplanes
    assert terms * (checker.P - 1) ** 2 < 2**64
    assert terms >= checker.BYTES // 2 + checker.BITS


@pytest.mark.parametrize("bulk", [False, True])
@pytest.mark.parametrize("layers", [STEEP, TWICE])
def test_multipliers_and_functions_wider_than_a_layer_before(layers, bulk, tmp_path):
    check(layers, ref.relu, (), tmp_path, bulk=bulk)


def test_many_claims_at_once_with_several_supports(tmp_path):
    rng = np.random.default_rng(8)
    for units in (ref.relu, UNITS["hardtanh"], lambda n: ref.leaky_relu(n, -1)):
        layers = layers_of([2, 2, 9, 1], rng, False)
        layers[1][1][:] += 4 * np.sign(layers[1][1])  # few of the second layer cut
        plain = ref.network(layers, units)
        domain = ref.box(-1, 1, 2)
        made = certificate(plain, domain, definitions=ALL)
        items = [item for block in made.blocks for step in block.steps for item in step]
        supports = [item.numbers[0] >> 2 for item in items if item.kind == "bulk"]
        assert max(supports) >= 2
        assert proved(layers, made, tmp_path) == expected(plain, domain)


@pytest.mark.parametrize("name", ["relu", "hardtanh"])
@pytest.mark.parametrize("seed", range(4))
def test_weights_from_tiny_to_huge(seed, name, tmp_path):
    rng = np.random.default_rng([9, seed])
    layers = [
        tuple(part * 10.0 ** rng.integers(-12, 13, part.shape) for part in layer)
        for layer in layers_of([2, 3, 2, 1], rng, False)
    ]
    check(layers, UNITS[name], ref.box(-1, 1, 2), tmp_path)


def test_huge_weights_of_a_unit_that_is_zero(tmp_path):
    layers = [([[0, 0], [1, 1]], [0, 0]), ([[1e30, 1], [-1e30, 2]], [-1, -3]), SUM]
    for units in (ref.relu, lambda n: ref.leaky_relu(n, 0.5)):
        check(layers, units, ref.box(-4, 4, 2), tmp_path)
    layers = [([[1, 1e30], [1, -1e30]], [0, -1]), SUM]
    origin, ways = [Fraction(0)] * 2, [[Fraction(1), Fraction(0)]]
    made = certificate(ref.network(layers), (), origin=origin, directions=ways)
    assert proved(layers, made, tmp_path)["activation"] == 3


def test_a_network_without_hidden_layer(tmp_path):
    layers = [([[1, 2]], [3])]
    check(layers, [], (), tmp_path)


def test_some_of_the_outputs(tmp_path):
    layers = [([[1], [1]], [0, -1]), ([[1, 1], [1, 0], [0, 0.125]], [0, 0.5, 1])]
    plain = ref.network(layers)
    made = certificate(plain, (), definitions=ALL, outputs=[1])
    got = proved(layers, made, tmp_path)
    assert (got["activation"], got["affine"], got["linear"]) == (3, 2, 2)


def test_inputs_that_the_network_cannot_tell_apart(tmp_path):
    rng = np.random.default_rng(2)
    layers = layers_of([6, 2, 3, 1], rng, False)
    made = certificate(ref.network(layers), (), definitions=ALL)
    assert made.header["coordinates"] == [0, 1]
    small = [(layers[0][0][:, :2], layers[0][1]), *layers[1:]]
    assert proved(layers, made, tmp_path) == expected(ref.network(small), ())


@pytest.mark.parametrize("directions", [["1/3 1/7 0"], ["1 0 2", "0 1 1/3"]])
def test_slices_with_any_rational_numbers(directions, tmp_path):
    layers = layers_of([3, 4, 2, 1], np.random.default_rng(3), True)
    plain, domain = ref.network(layers), ref.box(-3, 3, len(directions))
    origin = [Fraction(1, 3), Fraction(0), Fraction(2, 7)]
    ways = [[*map(Fraction, way.split())] for way in directions]
    made = certificate(
        plain, domain, definitions=ALL, origin=origin, directions=ways, cut=2
    )
    truth = expected(ref.restrict(plain, origin, ways), domain)
    assert proved(layers, made, tmp_path) == truth


def test_a_single_point(tmp_path):
    made = by_hand("LINE", [2, 1, 6, 0, 0], activation=1)
    made.header |= {"inputs": [[2]], "coordinates": []}
    assert proved(LINE, made, tmp_path) == {"activation": 1, "per_layer": [1]}


def test_an_empty_domain(tmp_path):
    domain = [((1, 0), 0), ((-1, -1), 0), ((0, 1), 0)]  # x > 0, y > 0, x + y < 0
    layers = layers_of([2, 2, 1], np.random.default_rng(4), True)
    made = certificate(ref.network(layers), domain, definitions=ALL)
    zeros = {**dict.fromkeys(ALL, 0), "per_layer": [0]}
    assert proved(layers, made, tmp_path) == zeros


# --- blocks and parts -----------------------------------------------------------------


def test_blocks_are_checked_by_several_processes(tmp_path):
    layers = layers_of([2, 4, 3, 1], np.random.default_rng(5), True)
    plain = ref.network(layers)
    for cut in (1, 2, 5):
        made = certificate(plain, (), definitions=ALL, cut=cut)
        got = proved(layers, made, tmp_path, processes=2 if cut == 5 else 1)
        assert got == expected(plain, ())


def test_parts_that_are_left_out_are_not_counted(tmp_path):
    layers = layers_of([2, 3, 3, 1], np.random.default_rng(6), False)
    whole = ref.counts(ref.network(layers), ()).activation
    for left_out in ([0], [1, 2], [4, 5, 6]):
        for cut in (0, 1):
            made = certificate(ref.network(layers), (), left_out=left_out, cut=cut)
            got = proved(layers, made, tmp_path)
            assert [*got] == ["at least"]
            assert got["at least"] == made.stated["at least"] < whole


@pytest.mark.parametrize("definitions", [("activation", "linear"), ALL])
def test_a_file_that_is_cut_off_proves_no_more_than_it_holds(definitions, tmp_path):
    data = written("PEAK", *definitions, cut=1).encoded()
    kinds = set()
    for n in range(0, len(data), 3):
        try:
            got = proved(PEAK, data[:n], tmp_path)
        except Exception:
            continue
        assert [*got] == ["at least"]
        assert got["at least"] <= 4
        kinds.add(got["at least"])
    assert len(kinds) >= 4


# --- the program ----------------------------------------------------------------------


def run(*arguments):
    command = [sys.executable, "-S", "-I", PROGRAM, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_program_needs_the_standard_library_alone(tmp_path):
    network = tmp_path / "line.npz"
    network.write_bytes(model(LINE))
    made = written("LINE", "activation", "linear", cut=1)
    (tmp_path / "right.cert").write_bytes(made.encoded())
    made.stated["linear"] = 2
    (tmp_path / "wrong.cert").write_bytes(made.encoded())
    right = run(tmp_path / "right.cert", network, "2")
    assert right.returncode == 0, right.stdout + right.stderr
    counts = "activation = 3", "linear = 3", "per_layer = [3]"
    for word in (*counts, made.header["network"], "slope 1.0 from 0.0"):
        assert word in right.stdout
    wrong = run(tmp_path / "wrong.cert", network)
    assert (wrong.returncode, wrong.stderr) == (1, "")
    assert wrong.stdout.startswith("rejected: ")
    assert wrong.stdout.count("\n") == 1
    for arguments in ((tmp_path / "missing", network), (network, network), ()):
        missing = run(*arguments)
        assert (missing.returncode, missing.stderr) == (1, "")
        assert missing.stdout.count("\n") == 1
    assert "CERTIFICATE MODEL.npz" in missing.stdout


def test_models_of_small_floats_and_of_another_order(tmp_path):
    weight = np.asarray([[1, 0.5, 2], [-1, 0.25, 1]], dtype=np.float16)
    plain = ref.network([(weight, [0, 1]), ([[1, -1]], [0])])
    made = certificate(plain, ref.box(-1, 1, 3), definitions=ALL)
    (tmp_path / "a.cert").write_bytes(made.encoded())
    arrays = {"b0": np.asarray([0, 1], dtype=np.float32), "b1": np.zeros(1)}
    arrays |= {"W0": np.asfortranarray(weight), "W1": np.asarray([[1.0, -1.0]])}
    np.savez_compressed(tmp_path / "a.npz", **arrays)
    got = checker.verify(tmp_path / "a.cert", tmp_path / "a.npz", 1)[1]
    assert got == expected(plain, ref.box(-1, 1, 3))
