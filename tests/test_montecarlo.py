# SPDX-License-Identifier: MIT
"""Monte Carlo: every sample is the network it says, counted exactly."""

import json
import math
import signal
import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest
from refusals import refused

import polyregions as pr
from polyregions import _core, laws
from polyregions.errors import (
    InvalidArgumentError,
    InvalidDomainError,
    InvalidNetworkError,
    JournalError,
)
from polyregions.samples import Samples, Summary

SHAPE = (3, 4, 4, 1)


def drawn(widths, seed, index, **options):
    """Sample i, as the contract has it."""
    key = np.random.SeedSequence(seed, spawn_key=(index,))
    return pr.random_network(widths, key, **options)


def same_tables(one, other):
    a, b = one.columns(), other.columns()
    assert list(a) == list(b)
    for name in a:
        np.testing.assert_array_equal(a[name], b[name])


# Samples -----------------------------------------------------------------------------

PLACES = {
    "all": lambda d: pr.Domain.all(d),
    "box": lambda d: pr.Domain.box(-1, 1, dim=d),
    "segment": lambda d: pr.Domain.segment(np.zeros(d), np.ones(d)),
    "empty": lambda d: pr.Domain.polytope(np.zeros((1, d)), [-1.0]),
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    ("widths", "options"),
    [
        ((1, 3, 2, 1), {}),
        ((2, 3, 3, 2), {"activation": "leaky_relu", "negative_slope": 0.25}),
        ((3, 4, 2, 1), {"activation": "hardtanh"}),
        ((6, 3, 2, 1), {"activation": ["abs", None]}),
        ((2, 1), {}),
    ],
)
def test_each_sample_is_the_count_of_its_network(widths, options, place):
    domain = PLACES[place](widths[0])
    found = pr.montecarlo(
        widths, 12, seed=5, domain=domain, definitions="all", **options
    )
    assert (found.samples, found.status) == (12, "complete")
    for i in range(12):
        net = drawn(widths, 5, i, **options)
        counts = pr.count_regions(net, domain, definitions="all")
        for name, column in found.table.counts.items():
            assert column[i] == getattr(counts, name)
        assert tuple(found.table.per_layer[i]) == counts.per_layer


@pytest.mark.parametrize("definitions", ["activation", "linear", ("linear", "affine")])
def test_what_is_not_asked_for_is_not_there(definitions):
    found = pr.montecarlo(SHAPE, 5, definitions=definitions)
    wanted = [definitions] if isinstance(definitions, str) else list(definitions)
    assert [*found.table.counts] == wanted
    for name in ("activation", "linear", "linear_closed", "affine"):
        assert (getattr(found, name) is None) == (name not in wanted)
    everything = pr.montecarlo(SHAPE, 5, definitions="all")
    for name in wanted:
        np.testing.assert_array_equal(
            found.table.counts[name], everything.table.counts[name]
        )


def test_the_table_is_the_same_for_any_number_of_workers():
    one = pr.montecarlo(SHAPE, 400, seed=1, workers=1)
    for workers in (2, 3):
        same_tables(one.table, pr.montecarlo(SHAPE, 400, seed=1, workers=workers).table)
    first = pr.montecarlo(SHAPE, 70, seed=1).table
    np.testing.assert_array_equal(
        first.counts["linear"], one.table.counts["linear"][:70]
    )
    other = pr.montecarlo(SHAPE, 70, seed=2).table
    assert (first.counts["linear"] != other.counts["linear"]).any()


# Wang 2022, Figure 3 and Figure 4: published means, which our sample must be near.
@pytest.mark.parametrize(
    ("hidden", "mean", "sd"),
    [
        ((5, 5), 297.32, 66.52),
        ((5, 3, 2), 181.69, 68.06),
        ((4, 3, 3), 108.60, 39.90),
        ((3, 3, 2, 2), 31.35, 18.60),
        ((2, 2, 2, 2, 2), 8.0, 6.07),
    ],
)
def test_means_of_the_paper(hidden, mean, sd):
    n = 600
    found = pr.montecarlo((7, *hidden, 1), n, seed=3)
    off = math.sqrt(sd**2 / n + sd**2 / 5000)
    assert abs(found.linear.mean - mean) < 4.5 * off
    assert abs(found.linear.sd / sd - 1) < 0.15


@pytest.mark.parametrize(
    ("n", "activation", "linear"),
    [(2, 4.50, 4.00), (4, 6.48, 4.38), (6, 7.57, 3.84), (8, 8.19, 3.11)],
)
def test_deep_networks_of_one_input(n, activation, linear):
    found = pr.montecarlo((1, *[2] * n, 1), 3000, seed=0)
    for summary, mean in ((found.activation, activation), (found.linear, linear)):
        assert abs(summary.mean - mean) < 4.5 * summary.se + 0.02


def test_shallow_networks_of_one_input_have_one_region_more_than_units():
    found = pr.montecarlo((1, 8, 1), 200)
    assert (found.activation.mean, found.activation.sd) == (9, 0)


# Laws --------------------------------------------------------------------------------


@pytest.mark.parametrize("law", laws.WEIGHTS)
def test_laws_have_their_moments(law):
    n_in, n_out = 50, 80
    own = laws.Law.checked(law)
    values = own.parameters((n_in, n_out), laws.stream(0, 0))
    W, b = values[: n_in * n_out], values[n_in * n_out :]
    variance = {"uniform": 1 / 3, "normal": 1, "torch": 1 / (3 * n_in)}
    variance |= {"he": 2 / n_in, "he_uniform": 2 / n_in, "orthogonal": 1 / n_out}
    assert abs(W.mean()) < 5 * math.sqrt(variance[law] / W.size)
    assert W.var() == pytest.approx(variance[law], rel=0.1)
    assert (b == 0).all() == (law in ("he", "he_uniform", "orthogonal"))


def test_orthogonal_weights_are_orthogonal():
    for n_in, n_out in ((3, 5), (5, 3), (4, 4)):
        law = laws.Law.checked("orthogonal")
        W = law.parameters((n_in, n_out), laws.stream(1, 0))[: n_in * n_out]
        W = W.reshape(n_out, n_in)
        small = W @ W.T if n_out <= n_in else W.T @ W
        np.testing.assert_allclose(small, np.eye(min(n_in, n_out)), atol=1e-12)


def test_zero_biases_make_cones():
    found = pr.montecarlo((2, 5, 1), 50, bias="zero", definitions="activation")
    assert set(found.table.counts["activation"]) == {10}  # 5 lines through the origin


def test_a_function_is_a_law():
    def mine(rng, n_in, n_out):
        return rng.integers(-2, 3, (n_out, n_in)), np.ones(n_out)

    found = pr.montecarlo(SHAPE, 20, seed=4, law=mine)
    assert found.bias == "own"
    for i in (0, 19):
        rng = laws.stream(4, i)
        net = pr.Network([mine(rng, n, m) for n, m in pairwise(SHAPE)])
        counts = pr.count_regions(net, pr.Domain.all(3))
        assert found.table.counts["linear"][i] == counts.linear


@pytest.mark.parametrize(
    "law",
    [
        lambda rng, n, m: (np.ones((n, m)), np.ones(m)),
        lambda rng, n, m: (np.full((m, n), np.nan), np.ones(m)),
        lambda rng, n, m: np.ones(m),
        lambda rng: None,
        lambda rng, n, m: (np.full((m, n), "a"), np.ones(m)),
    ],
)
def test_a_function_that_is_no_law_is_refused(law):
    with pytest.raises((InvalidArgumentError, InvalidNetworkError)) as error:
        pr.montecarlo(SHAPE, 5, law=law)
    assert "\n" not in str(error.value)


# Stopping ----------------------------------------------------------------------------


def test_it_stops_at_the_error_that_was_asked_for():
    runs = [
        pr.montecarlo(SHAPE, 10**6, seed=2, relative_error=0.02, workers=workers)
        for workers in (1, 2)
    ]
    for found in runs:
        assert found.status == "complete"
        assert found.samples % 256 == 0
        assert found.linear.se <= 0.02 * found.linear.mean
    same_tables(runs[0].table, runs[1].table)
    before = found.table.counts["linear"][:-256]
    if len(before):
        assert Summary.of(before).se > 0.02 * before.mean() or (
            Summary.of(found.table.counts["activation"][:-256]).se
            > 0.02 * found.table.counts["activation"][:-256].mean()
        )


def test_it_stops_in_time_with_the_first_samples():
    found = pr.montecarlo((5, 12, 12, 1), 10**6, max_seconds=0.5, workers=2)
    assert found.status == "budget"
    assert 0 < found.samples < 10**6
    assert found.seconds < 10
    whole = pr.montecarlo((5, 12, 12, 1), min(found.samples, 5))
    n = whole.samples
    np.testing.assert_array_equal(
        whole.table.counts["linear"], found.table.counts["linear"][:n]
    )


def test_a_network_beyond_its_budget_is_marked():
    found = pr.montecarlo((3, 6, 6, 1), 30, max_regions=100)
    whole = pr.montecarlo((3, 6, 6, 1), 30)
    large = whole.table.counts["activation"] > 100
    assert large.any()
    np.testing.assert_array_equal(found.table.complete, ~large)
    assert found.table.counts["activation"][large].max() <= 100
    assert found.to_json()["incomplete"] == large.sum()


def test_progress_is_told_and_may_stop():
    seen = []

    def told(samples, share):
        seen.append((samples, share))
        if samples > 100:
            raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        pr.montecarlo((5, 12, 12, 1), 10**5, progress=told)
    assert seen == sorted(seen)


# Resuming ----------------------------------------------------------------------------


def test_a_stopped_run_goes_on_to_the_same_table(tmp_path):
    ask = {"seed": 7, "resume": tmp_path / "j"}
    wanted = pr.montecarlo((4, 9, 9, 1), 300, seed=7)
    seen = [0]
    while seen[-1] < 300:
        part = pr.montecarlo((4, 9, 9, 1), 300, max_seconds=0.05, **ask)
        assert part.samples >= seen[-1]
        seen.append(part.samples)
        assert len(seen) < 500
    same_tables(part.table, wanted.table)
    again = pr.montecarlo((4, 9, 9, 1), 300, **ask)
    assert again.status == "complete"
    same_tables(again.table, wanted.table)
    more = pr.montecarlo((4, 9, 9, 1), 310, **ask)  # a longer run goes on, too
    assert more.samples == 310


def test_a_killed_run_goes_on_to_the_same_table(tmp_path):
    code = (
        "import polyregions as pr\n"
        f"pr.montecarlo((5, 12, 12, 1), 3000, seed=7, resume={str(tmp_path / 'j')!r})"
    )
    sizes = []
    for _ in range(2):
        before = sizes[-1] if sizes else 0
        run = subprocess.Popen([sys.executable, "-c", code])
        while (size := file_size(tmp_path / "j")) <= before + 300:
            assert run.poll() is None
        sizes.append(size)
        run.send_signal(signal.SIGKILL)
        run.wait()
    found = pr.montecarlo(
        (5, 12, 12, 1), 3000, seed=7, resume=tmp_path / "j", max_seconds=0.01
    )
    assert 0 < found.samples < 3000
    wanted = pr.montecarlo((5, 12, 12, 1), found.samples, seed=7)
    same_tables(found.table, wanted.table)


def file_size(path):
    return path.stat().st_size if path.exists() else 0


@pytest.mark.parametrize(
    "other",
    [
        {"seed": 1},
        {"law": "normal"},
        {"bias": "zero"},
        {"definitions": "activation"},
        {"domain": pr.Domain.box(-1, 1, dim=3)},
        {"activation": "abs"},
        {"max_regions": 10},
    ],
    ids=str,
)
def test_a_journal_of_another_run_is_refused(other, tmp_path):
    pr.montecarlo(SHAPE, 3, resume=tmp_path / "j")
    with pytest.raises(InvalidArgumentError, match="j"):
        pr.montecarlo(SHAPE, 3, resume=tmp_path / "j", **other)


def test_a_count_takes_no_journal_of_samples(tmp_path):
    pr.montecarlo(SHAPE, 3, resume=tmp_path / "j")
    net = pr.random_network(SHAPE, 0)
    with pytest.raises((InvalidArgumentError, JournalError)):
        pr.count_regions(net, pr.Domain.all(3), resume=tmp_path / "j")


# Results -----------------------------------------------------------------------------


def test_intervals_are_those_of_student():
    """Quantiles 0.975 of t with 1, 10 and 100 degrees, from any table."""
    for n, t in ((2, 12.706), (11, 2.228), (101, 1.984)):
        values = np.arange(n, dtype=float)
        found = Summary.of(values)
        assert found.se == pytest.approx(values.std(ddof=1) / math.sqrt(n))
        half = (found.ci95[1] - found.ci95[0]) / 2
        assert half / found.se == pytest.approx(t, abs=1e-3)
        assert sum(found.ci95) / 2 == pytest.approx(values.mean())
    assert Summary.of(np.array([3])).to_json()["ci95"] == [None, None]


def test_numbers_of_a_result():
    found = pr.montecarlo((7, 2, 2, 2, 2, 2, 1), 500, seed=1)
    linear = found.table.counts["linear"]
    activation = found.table.counts["activation"]
    assert found.single_region_share == np.mean(linear == 1) > 0.1
    assert found.without_single.mean == pytest.approx(linear[linear > 1].mean())
    assert found.ratio.mean == pytest.approx(np.mean(linear / activation))
    for name in ("linear", "ratio"):
        heights, edges = found.table.histogram(name)
        assert heights.sum() == 500
        assert len(edges) == len(heights) + 1
    data = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert data["linear"]["mean"] == pytest.approx(linear.mean())
    assert data["linear"]["sd"] == pytest.approx(linear.std(ddof=1))
    assert (data["samples"], data["seed"], data["widths"][0]) == (500, 1, 7)
    assert "500 samples" in repr(found)


def test_tables_come_back_from_files(tmp_path):
    pandas = pytest.importorskip("pandas")
    found = pr.montecarlo(SHAPE, 40, seed=3)
    frame = found.table.to_pandas()
    assert list(frame["linear"]) == list(found.table.counts["linear"])
    for name, read in (("t.csv", pandas.read_csv), ("t.parquet", pandas.read_parquet)):
        found.table.save(tmp_path / name)
        again = read(tmp_path / name)
        assert list(again) == list(frame)
        for column in frame:
            assert list(again[column].astype(np.int64)) == list(
                frame[column].astype(np.int64)
            )


def test_a_table_of_nothing_has_its_columns():
    none = np.zeros(0, np.int64)
    table = Samples(none, {"linear": none}, np.zeros((0, 2), np.int64), none == 0, 1)
    assert len(table) == 0
    assert table.histogram("linear")[0].sum() == 0
    assert math.isnan(Summary.of(none).mean)


# Bad input ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "options"),
    [
        (InvalidArgumentError, {"widths": (3,)}),
        (InvalidArgumentError, {"widths": (3, 0, 1)}),
        (InvalidArgumentError, {"widths": (3, 2.5, 1)}),
        (InvalidArgumentError, {"widths": (3, True, 1)}),
        (InvalidArgumentError, {"widths": "3,2"}),
        (InvalidArgumentError, {"widths": 7}),
        (InvalidArgumentError, {"samples": 0}),
        (InvalidArgumentError, {"samples": 1.5}),
        (InvalidArgumentError, {"seed": -1}),
        (InvalidArgumentError, {"seed": None}),
        (InvalidArgumentError, {"law": "cauchy"}),
        (InvalidArgumentError, {"law": 3}),
        (InvalidArgumentError, {"bias": "one"}),
        (InvalidArgumentError, {"law": lambda *_: None, "bias": "zero"}),
        (InvalidArgumentError, {"definitions": "regions"}),
        (InvalidArgumentError, {"relative_error": 0}),
        (InvalidArgumentError, {"relative_error": math.nan}),
        (InvalidArgumentError, {"max_seconds": -1}),
        (InvalidArgumentError, {"max_regions": 0}),
        (InvalidArgumentError, {"workers": 0}),
        (InvalidArgumentError, {"domain": "box"}),
        (InvalidDomainError, {"domain": pr.Domain.all(2)}),
        (InvalidNetworkError, {"activation": "tanh"}),
        (InvalidArgumentError, {"progress": 3}),
        (InvalidArgumentError, {"resume": 7}),
    ],
    ids=str,
)
def test_bad_arguments_are_refused_in_one_line(error, options):
    ask = {"widths": SHAPE, "samples": 3} | options
    with pytest.raises(error) as found:
        pr.montecarlo(**ask)
    assert "\n" not in str(found.value)


@pytest.mark.parametrize("path", ["t.txt", "no/t.csv", 7, "a\0.csv"])
def test_a_table_that_cannot_be_written_is_refused(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    table = pr.montecarlo(SHAPE, 3).table
    refused("", InvalidArgumentError, table.save, path)
    refused("no column", InvalidArgumentError, table.histogram, "affine")


def test_the_core_checks_its_shapes():
    net = pr.Network([(np.zeros((2, 3)), np.zeros(2)), (np.zeros((1, 2)), [0.0])])
    options = dict.fromkeys(("linear", "linear_closed", "affine"), False)
    options |= {"dictionary_rank": 5, "threads": 1, "max_regions": 9}
    options |= {"max_seconds": math.inf}
    monitor = _core.CoreMonitor()
    for d, n in ((3, 10), (2, 11)):
        with pytest.raises(ValueError, match="fit"):
            _core.count_batch(
                net.core, pr.Domain.all(d).core, np.zeros((1, n)), monitor, **options
            )
    counts, outcomes = _core.count_batch(
        net.core, pr.Domain.all(3).core, np.zeros((0, 11)), monitor, **options
    )
    assert (counts.shape, outcomes.shape) == ((0, 5), (0,))
