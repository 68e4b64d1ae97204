# SPDX-License-Identifier: MIT
"""Certificates: the independent checker proves from the file what was counted."""

import errno
import os
from itertools import product

import corpus
import numpy as np
import pytest
from agreement import ALL_ENGINES, applicable
from certified import (
    PROVED,
    SUBSETS,
    activations,
    assert_proved,
    certified,
    domains,
    proved,
    small,
    stated,
)
from journals import failing
from pairs import dense_layers, random_layers
from program import called, write_models
from refusals import refused

import polyregions as pr
from polyregions import checker
from polyregions.errors import CertificateError, InvalidArgumentError

ENGINES = ("auto", *(engine for engine in ALL_ENGINES if engine != "highs"))
NET = small(1)
BOX = pr.Domain.box(-1, 1, dim=2)

# What is counted is proved -----------------------------------------------------------


@pytest.mark.parametrize("place", domains())
@pytest.mark.parametrize("name", activations())
def test_the_checker_proves_what_was_counted(name, place, tmp_path):
    domain = domains()[place]
    for seed, definitions in enumerate(SUBSETS[-2:]):
        net = small(seed + len(name), **activations()[name])
        assert_proved(tmp_path, net, domain, definitions=definitions)


@pytest.mark.parametrize("place", domains())
@pytest.mark.parametrize("definitions", SUBSETS, ids="-".join)
def test_every_choice_of_definitions_is_proved(definitions, place, tmp_path):
    for seed in (0, 1):
        net = small(seed)
        assert_proved(tmp_path, net, domains()[place], definitions=definitions)


@pytest.mark.parametrize("name", ["relu", "leaky_relu -1", "mixed", "steps"])
def test_every_engine_writes_proofs_of_the_same_counts(name, tmp_path):
    for seed, domain in enumerate(domains().values()):
        net, found = small(seed, **activations()[name]), []
        for engine in ("auto", *applicable(ENGINES[1:], net, domain)):
            counts, path = certified(tmp_path, net, domain, engine=engine)
            found.append(proved(net, path))
            assert found[-1] == found[0] == stated(counts)


def test_one_input_is_proved_by_every_engine(tmp_path):
    for seed, engine in product((0, 1, 2), ("sweep", "dictionary", "rational")):
        net = pr.Network(random_layers(seed, 1, 5, 4, 2))
        for domain in (pr.Domain.all(1), pr.Domain.box(0, np.inf, dim=1)):
            assert_proved(tmp_path, net, domain, engine=engine)


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_twenty_inputs_of_low_rank_are_proved(rank, tmp_path):
    (first, bias), *rest = dense_layers(7, rank, 5, 3, 2)
    mixing = np.random.default_rng(rank).integers(-2, 3, (rank, 20)) / 4.0
    net = pr.Network([(np.round(8 * first) / 8 @ mixing, bias), *rest])
    flat = pr.Domain.box([-np.inf] * 19 + [0.5], [np.inf] * 19 + [0.5])
    for domain in (pr.Domain.all(20), flat):
        assert_proved(tmp_path, net, domain, definitions=PROVED)


def test_twenty_inputs_in_a_box_are_proved(tmp_path):
    net = pr.Network(dense_layers(1, 20, 3, 3, 1))
    assert_proved(tmp_path, net, pr.Domain.box(-1, 1, dim=20), definitions=PROVED)
    line = pr.Domain.segment([0] * 20, [*range(20)])
    assert_proved(tmp_path, net, line)


def test_some_of_several_outputs_are_proved(tmp_path):
    net = pr.Network(random_layers(4, 2, 5, 4, 3))
    seen = set()
    for output in (None, 0, 2, [2, 0], [1, 1]):
        outputs = net.checked_outputs(output)
        for domain in (pr.Domain.all(2), BOX):
            data = assert_proved(
                tmp_path,
                net,
                domain,
                output=output,
                outputs=outputs,
                definitions=PROVED,
            )
            seen.add(data)
    assert len(seen) == 10


def test_networks_without_cuts_are_proved(tmp_path):
    affine = pr.Network(random_layers(3, 2, 3))
    identity = pr.Network(random_layers(3, 2, 3, 2), "identity")
    dead = pr.Network([(np.zeros((3, 2)), [1, 0, -1]), ([[1, 1, 1]], [0])])
    for net, domain in product((affine, identity, dead), domains().values()):
        assert_proved(tmp_path, net, domain, definitions=PROVED)


@pytest.mark.parametrize("name", corpus.DEGENERATE_FAMILIES)
def test_degenerate_networks_are_proved(name, tmp_path):
    for seed, d in enumerate(corpus.DIMENSIONS[:3]):
        case = corpus.degenerate(name, d, seed)
        net = pr.Network(case.layers, "leaky_relu", negative_slope=case.slopes)
        for kind, *rest in case.domains:
            domain = getattr(pr.Domain, kind)(*rest)
            assert_proved(tmp_path, net, domain, definitions=PROVED)


# Known counts; all of them: make proofs -----------------------------------------------


def test_weights_of_many_sizes_are_proved(tmp_path):
    """Floating point gives up in the middle of units with several breakpoints."""
    box = pr.Domain.box(-1, 1, dim=5)
    for seed in range(25):
        rng = np.random.default_rng(seed)
        layers = [
            tuple(
                rng.choice([-1, 1], shape) * 10 ** rng.uniform(-12, 12, shape)
                for shape in ((n, m), n)
            )
            for m, n in ((5, 2), (2, 4), (4, 1))
        ]
        net = pr.Network(layers, "hardtanh")
        for engine in ("dictionary", "vertex"):
            assert_proved(tmp_path, net, box, engine=engine)


def test_known_counts_are_proved(tmp_path):
    for (d, hidden), counts in corpus.INTW.items():
        for seed in (0, 5):
            net = pr.Network(corpus.intw(d, hidden, seed))
            counted, path = certified(tmp_path, net, pr.Domain.box(-2, 2, dim=d))
            assert counted.activation == counts[seed]
            assert proved(net, path) == stated(counted)


@pytest.mark.parametrize("key", [k for k, n in corpus.UNIFORM.items() if n[0] < 1000])
def test_known_counts_of_uniform_networks_are_proved(key, tmp_path):
    net = pr.Network(corpus.uniform(*key, 0))
    asked = {"definitions": "activation"}
    counts, path = certified(tmp_path, net, pr.Domain.all(key[0]), **asked)
    found = proved(net, path)
    assert found["activation"] == counts.activation == corpus.UNIFORM[key][0]


def test_a_split_that_bounds_the_cell_nowhere_and_is_not_felt_is_told_of(tmp_path):
    # Where x < -1 the split at x = 0 is redundant, and behind its unit nothing is
    # active; the cells at y = 1 are the last that are cut there.
    layers = [
        ([[1, 0], [1, 0], [0, 1]], [0, 1, 0]),
        ([[1, 0, 0], [0, 1, 1], [0, 0, 1]], [-0.5, 1, -1]),
        ([[1, 1, 1]], [0]),
    ]
    net, box = pr.Network(layers), pr.Domain.box(-3, 3, dim=2)
    for engine in ("vertex", "dictionary", "rational"):
        assert_proved(tmp_path, net, box, engine=engine)


@pytest.mark.parametrize("name", corpus.DEFINITIONS)
def test_networks_that_separate_the_definitions_are_proved(name, tmp_path):
    known = corpus.DEFINITIONS[name]
    net = pr.Network(known.layers)
    d = net.n_inputs
    domain = pr.Domain.box(-1, 1, dim=d) if known.boxed else pr.Domain.all(d)
    assert_proved(tmp_path, net, domain, definitions=PROVED)


def test_formulas_and_zigzags_are_proved(tmp_path):
    for layers, n in [
        (corpus.sat(corpus.XOR, 2), 2),
        *((corpus.sat(row[0], row[1]), row[1]) for row in corpus.SAT[:1]),
        *((corpus.zigzag(*key), key[1]) for key in corpus.ZIGZAG),
    ]:
        assert_proved(
            tmp_path, pr.Network(layers), pr.Domain.all(n), definitions=PROVED
        )


# Bytes -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("engine", "d", "hidden"),
    [("vertex", 2, (40, 40)), ("vertex", 3, (14, 14)), ("dictionary", 5, (10, 6))],
)
def test_the_bytes_are_the_same_for_any_number_of_threads(engine, d, hidden, tmp_path):
    net, found = pr.Network(corpus.uniform(d, hidden, 0)), []
    for threads in (1, 2, 4):
        counts, path = certified(
            tmp_path, net, pr.Domain.all(d), engine=engine, threads=threads
        )
        found.append(path.read_bytes())
        assert counts.activation > 1000
        assert found[0] == found[-1]
    assert found[0].count(b"polyregions certificate") == 1


# Partial results ---------------------------------------------------------------------


@pytest.mark.parametrize("engine", ["vertex", "dictionary", "rational"])
def test_a_partial_result_proves_exactly_its_lower_bound(engine, tmp_path):
    whole = pr.count_regions(NET, BOX).activation
    for bound in (1, 2, whole // 2, whole - 1):
        counts, path = certified(
            tmp_path, NET, BOX, engine=engine, max_regions=bound, threads=1
        )
        assert counts.status == "budget"
        assert proved(NET, path) == {"at least": counts.activation}
        assert counts.activation == bound
    assert whole > 5


def test_a_partial_result_of_several_threads_proves_its_lower_bound(tmp_path):
    net = pr.Network(corpus.uniform(3, (16, 16), 0))
    for threads, bound in ((2, 2000), (4, 3000)):
        counts, path = certified(
            tmp_path, net, pr.Domain.all(3), threads=threads, max_regions=bound
        )
        assert counts.status == "budget"
        assert proved(net, path) == {"at least": counts.activation}


# What is refused ---------------------------------------------------------------------


def test_highs_writes_no_certificate(tmp_path):
    pytest.importorskip("highspy")
    path = tmp_path / "c"
    ask = {"engine": "highs", "certificate": path}
    refused("no certificate", InvalidArgumentError, pr.count_regions, NET, BOX, **ask)
    assert not path.exists()


def places(folder):
    """Paths that cannot be written, and what is said of them."""
    (folder / "file").write_text("")
    os.mkfifo(folder / "pipe")
    return {
        folder / "no" / "c": "No such file",
        folder / "file" / "c": "Not a directory",
        folder: "Is a directory|no regular file",
        folder / "pipe": "no regular file",
        folder / ("x" * 300): "too long",
    }


def test_a_path_that_cannot_be_written_is_refused_before_the_search(tmp_path):
    def never(*_):
        raise AssertionError("searched")

    for path, message in places(tmp_path).items():
        before = sorted(tmp_path.iterdir())
        ask = {"certificate": path, "progress": never}
        for domain in (BOX, domains()["empty polytope"]):
            text = refused(
                message, CertificateError, pr.count_regions, NET, domain, **ask
            )
            assert str(path) in text
        assert sorted(tmp_path.iterdir()) == before


def test_a_path_that_is_none_is_refused():
    for path in (7, "a\0b", b"a\0b"):
        ask = {"certificate": path}
        refused(
            "pass a file name", InvalidArgumentError, pr.count_regions, NET, BOX, **ask
        )


def test_the_program_says_one_line_and_exits_with_2(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    write_models()
    before = sorted(tmp_path.iterdir())
    argv = ("count", "cancel.npz", "--box", "-1", "1", "--certificate", "no/c")
    status, out, err = called(capsys, *argv)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert "no/c: cannot be written (No such file or directory)" in err
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("call", ["fsync", "replace"])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
def test_a_file_that_was_there_outlives_a_write_that_fails(
    call, number, tmp_path, monkeypatch
):
    path = tmp_path / "count.cert"
    for content in (None, b"what was there"):
        if content is not None:
            path.write_bytes(content)
        with monkeypatch.context() as patch:
            patch.setattr(os, call, failing(number))
            text = refused(
                "cannot be written",
                CertificateError,
                certified,
                *(tmp_path, NET, BOX),
            )
        assert os.strerror(number) in text
        assert [*tmp_path.iterdir()] == ([] if content is None else [path])
        assert content is None or path.read_bytes() == content
    assert_proved(tmp_path, NET, BOX)


def test_a_certificate_takes_the_place_of_another(tmp_path):
    one = assert_proved(tmp_path, NET, BOX)
    two = assert_proved(tmp_path, NET, pr.Domain.all(2))
    assert one != two
    mask = os.umask(0)
    os.umask(mask)
    assert (tmp_path / "count.cert").stat().st_mode & 0o777 == 0o666 & ~mask
    assert {p.name for p in tmp_path.iterdir()} == {"count.cert", "count.npz"}


def test_a_link_is_written_through(tmp_path):
    (tmp_path / "count.cert").symlink_to("real.cert")
    assert_proved(tmp_path, NET, BOX)
    assert (tmp_path / "count.cert").is_symlink()
    assert (tmp_path / "real.cert").is_file()


# At the command line -----------------------------------------------------------------


def test_count_writes_what_verify_proves(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    write_models()
    argv = ("count", "cancel.npz", "--box", "-1", "1", "--certificate", "c")
    assert called(capsys, *argv)[0] == 0
    status, out, err = called(capsys, "verify", "c", "cancel.npz")
    assert (status, err) == (0, "")
    assert "proved: activation = 4 " in out
    assert "proved: linear = 2 " in out
    assert checker.main(["c", "cancel.npz"]) == 0  # the program's own words
    assert capsys.readouterr().out == out
    status, out, err = called(capsys, "verify", "c", "three.npz")
    assert (status, out.count("\n"), err) == (1, 1, "")
    assert out.startswith("rejected: ")


def test_a_count_that_was_stopped_exits_with_3_and_proves_its_bound(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    write_models()
    argv = ("count", "three.npz", "--max-regions", "7", "--certificate", "c")
    assert called(capsys, *argv, "--threads", "1")[0] == 3
    status, out, _ = called(capsys, "verify", "c", "three.npz", "--processes", "1")
    assert status == 0
    assert "proved: at least = 7 " in out
