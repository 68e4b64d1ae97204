# SPDX-License-Identifier: MIT
"""estimate: unbiased numbers, honest intervals, and what is refused."""

import json
import math
import time
from functools import cache

import corpus
import numpy as np
import pytest
from program import called
from refusals import refused

import polyregions as pr
from polyregions import _core, errors
from polyregions.beams import Beams, BeamStart
from polyregions.budgets import Budget
from polyregions.samples import t_quantile

SPACE, BOX = pr.Domain.all, lambda d, r=1: pr.Domain.box(-r, r, dim=d)


def uniform(d, *hidden, seed=0, **activation):
    return pr.Network(corpus.uniform(d, hidden, seed), **activation)


def without_biases(d, *hidden):
    layers = corpus.uniform(d, hidden, 0)
    return pr.Network([(weight, np.zeros_like(bias)) for weight, bias in layers])


def repeated(d, *hidden):
    """Each unit of the first layer twice, and once more with twice the slope."""
    (weight, bias), (after, last), *rest = corpus.uniform(d, hidden, 1)
    factors = (1.0, 1.0, -2.0)
    weight = np.concatenate([factor * weight for factor in factors])
    bias = np.concatenate([factor * bias for factor in factors])
    return pr.Network([(weight, bias), (np.tile(after, 3), last), *rest])


NO_BUDGET = Budget.checked(None, None, None, 1)
LEAKY = {"activation": "leaky_relu", "negative_slope": 0.01}
CASES = {
    "plane": (uniform(2, 8, 8), SPACE(2)),
    "plane, box": (uniform(2, 8, 8), BOX(2)),
    "three inputs": (uniform(3, 6, 6), SPACE(3)),
    "four layers": (uniform(3, 5, 4, 4, 3), BOX(3)),
    "line": (uniform(1, 8, 8), SPACE(1)),
    "segment": (uniform(1, 12, 8), BOX(1)),
    "leaky": (uniform(3, 6, 6, **LEAKY), SPACE(3)),
    "hardtanh": (uniform(2, 5, 5, activation="hardtanh"), SPACE(2)),
    "hardtanh, box": (uniform(3, 5, 4, activation="hardtanh"), BOX(3)),
    "mixed": (uniform(2, 4, 4, activation=[["abs"] * 4, ["relu6"] * 4]), SPACE(2)),
    "bottleneck": (uniform(7, 5, 3, 2), SPACE(7)),
    "narrow": (uniform(7, 3, 3, 2, 2, seed=1), BOX(7)),
    "more inputs than units": (uniform(20, 6, 5), SPACE(20)),
    "no biases": (without_biases(3, 6, 5), SPACE(3)),
    "integers": (pr.Network(corpus.intw(3, (8, 8), 0)), BOX(3, 2)),
    "repeated units": (repeated(2, 4, 5), BOX(2)),
    "repeated units, plane": (repeated(2, 4, 5), SPACE(2)),
    "half-plane": (uniform(2, 8, 6), pr.Domain.polytope([[1.0, 0.5]], [0.25])),
    "slice": (
        uniform(6, 6, 5),
        pr.Domain.slice(np.zeros(6), np.eye(6)[:2], BOX(2)),
    ),
}
cases = pytest.mark.parametrize("name", CASES)


@cache
def exact(name):
    return pr.count_regions(*CASES[name], definitions="activation").activation


def drawn(name, n, *, width, root=False, threads=1, seed=1):
    """Estimates of n runs, and of the first layer's cells."""
    streams = np.random.SeedSequence(seed).spawn(n)
    beams = Beams(*CASES[name])
    if root:
        beams.start = BeamStart()
    logs, first, failures, complete = beams.runs(
        np.array([stream.generate_state(4, np.uint64) for stream in streams]),
        _core.CoreMonitor(),
        width=width,
        threads=threads,
    )
    assert complete
    assert not failures
    return np.exp(logs), np.exp(first)


def first_layer(name):
    """Count the first layer's cells, by the definition of per_layer."""
    network, domain = CASES[name]
    return pr.count_regions(network, domain, definitions="activation").per_layer[0]


def assert_unbiased(estimates, count):
    error = estimates.std(ddof=1) / math.sqrt(len(estimates))
    assert abs(estimates.mean() - count) <= 4 * error + 1e-9 * count


@cases
def test_a_beam_as_wide_as_the_tree_counts(name):
    [estimate], _ = drawn(name, 1, width=10**6, root=True)
    assert estimate == pytest.approx(exact(name), rel=1e-9)


@cases
@pytest.mark.parametrize("width", [4, 16])
def test_runs_from_the_root_are_unbiased(name, width):
    estimates, first = drawn(name, 1000, width=width, root=True)
    assert_unbiased(estimates, exact(name))
    assert_unbiased(first, first_layer(name))


@cases
def test_runs_from_uniform_cells_are_unbiased(name):
    estimates, first = drawn(name, 1000, width=8)
    assert_unbiased(estimates, exact(name))
    assert_unbiased(first, first_layer(name))


def test_where_beams_start():
    uniform_cells = {name for name in CASES if Beams(*CASES[name]).start != BeamStart()}
    assert uniform_cells == {
        *("plane", "plane, box", "three inputs", "four layers", "line", "segment"),
        *("leaky", "mixed", "bottleneck", "narrow", "more inputs than units"),
        "slice",
    }


@pytest.mark.parametrize(("d", "n"), [(1, 6), (2, 6), (3, 5), (4, 4)])
def test_uniform_cells_of_one_layer_have_no_variance(d, n):
    network = uniform(d, n)
    cells = sum(math.comb(n, k) for k in range(d + 1))
    CASES["one layer"] = network, SPACE(d)
    try:
        estimates, first = drawn("one layer", 20, width=30)
    finally:
        del CASES["one layer"]
    assert estimates == pytest.approx(cells, rel=1e-9)
    assert first == pytest.approx(cells, rel=1e-9)


def test_threads_do_not_matter():
    one = drawn("three inputs", 12, width=8)
    assert np.array_equal(one, drawn("three inputs", 12, width=8, threads=5))


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda: uniform(2, 8), 1),
        (lambda: uniform(3, 200), 0),
        (lambda: uniform(1, 9), 1),
        (lambda: repeated(2, 4, 5), -1),
        (lambda: without_biases(2, 5), -1),
        (lambda: pr.Network(corpus.intw(2, (8, 8), 0)), -1),
        (lambda: uniform(2, 5, activation="hardtanh"), -1),
    ],
)
def test_general_position(make, expected):
    network = make()
    assert Beams(network, SPACE(network.n_inputs)).position == expected


def test_boxes_are_in_general_position_and_other_domains_are_not():
    net = uniform(2, 8)
    assert Beams(net, BOX(2)).position == 0
    half_plane = pr.Domain.polytope([[1.0, 0.5]], [0.25])
    assert Beams(net, half_plane).position == -1
    strip = pr.Domain.polytope([[1.0, 0.0], [-1.0, 0.0]], [1.0, 1.0])
    assert Beams(net, strip).position == -1
    (weight, bias), out = corpus.uniform(2, (8,), 0)
    weight[3, 1] = 0.0  # parallel to a side
    parallel = pr.Network([(weight, bias), out])
    assert Beams(parallel, BOX(2)).position == -1
    weight[3] = bias[3] = 1.0  # through a corner
    corner = pr.Network([(weight, bias), out])
    assert Beams(corner, pr.Domain.box([-1, 0], [1, 1])).position == -1


# --- pr.estimate ---


@cases
def test_small_networks_are_counted(name):
    found = pr.estimate(*CASES[name])
    assert found.reliable
    assert found.activation.estimate == exact(name)
    assert found.activation.ci95 == (exact(name), exact(name))


@pytest.mark.parametrize("name", ["plane", "three inputs", "hardtanh, box", "leaky"])
def test_estimates_have_the_error_asked_for(name):
    found = pr.estimate(*CASES[name], exact_cap=0, relative_error=0.02)
    assert found.reliable, found
    assert found.activation.relative_se <= 0.02
    assert found.activation.estimate == pytest.approx(exact(name), rel=0.1)
    low, high = found.activation.ci95
    assert low < found.activation.estimate < high


def test_one_layer_has_a_closed_form():
    found = pr.estimate(uniform(10, 200), SPACE(10))
    assert found.method == "closed form"
    assert found.activation.estimate == sum(math.comb(200, k) for k in range(11))
    assert isinstance(found.activation.estimate, int)


def test_the_answer_depends_on_the_seed_alone():
    net, dom = CASES["three inputs"]
    first, again, other = (
        pr.estimate(net, dom, exact_cap=0, seed=seed, threads=threads).activation
        for seed, threads in ((3, 1), (3, 4), (4, 1))
    )
    assert first == again != other


def test_empty_domains_and_networks_without_breaks_are_counted():
    nothing = pr.Domain.polytope([[1.0], [-1.0]], [-1.0, -1.0])
    assert pr.estimate(uniform(1, 4), nothing, exact_cap=0).activation.estimate == 0
    linear = uniform(2, 3, activation="identity")
    assert pr.estimate(linear, SPACE(2), exact_cap=0).activation.estimate == 1


def test_runs_that_differ_too_much_are_refused():
    found = pr.estimate(uniform(40, 64, 64, 64), SPACE(40), exact_cap=0, max_seconds=2)
    assert not found.reliable
    assert found.reason
    assert found.activation.ci95 is None
    assert "not reliable" in repr(found)
    assert json.loads(json.dumps(found.to_json(), allow_nan=False))["reason"]


def test_runs_that_miss_the_first_layer_are_refused(monkeypatch):
    net, dom = CASES["hardtanh, box"]
    right = first_layer("hardtanh, box")
    assert Beams(net, dom).known_first_layer(NO_BUDGET) == right
    assert pr.estimate(net, dom, exact_cap=0).reliable
    monkeypatch.setattr(Beams, "known_first_layer", lambda *_: right + right // 4)
    found = pr.estimate(net, dom, exact_cap=0)
    assert not found.reliable
    assert (
        found.reason
        == f"the runs miss the {right + right // 4} cells of the first layer"
    )
    assert found.activation.ci95 is None


def test_max_seconds_stops_soon():
    start = time.monotonic()
    found = pr.estimate(
        uniform(8, 40, 40), SPACE(8), relative_error=1e-4, max_seconds=1
    )
    assert time.monotonic() - start < 3
    assert found.runs >= 10 or not found.reliable


def test_progress_is_told_and_its_errors_come_through():
    def stop(regions, share):
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        pr.estimate(
            uniform(8, 40, 40),
            SPACE(8),
            exact_cap=0,
            relative_error=1e-3,
            progress=stop,
        )


@pytest.mark.parametrize(
    ("arguments", "pattern"),
    [
        ({"relative_error": 0}, "relative_error=0"),
        ({"relative_error": math.nan}, "relative_error=nan"),
        ({"relative_error": True}, "relative_error=True"),
        ({"seed": -1}, "seed=-1"),
        ({"seed": 1.0}, "seed=1.0"),
        ({"exact_cap": -1}, "exact_cap=-1"),
        ({"max_seconds": 0}, "max_seconds=0"),
        ({"threads": 0}, "threads=0"),
        ({"progress": 3}, "progress=3"),
    ],
)
def test_wrong_arguments_are_refused(arguments, pattern):
    net, dom = CASES["plane"]
    refused(pattern, errors.InvalidArgumentError, pr.estimate, net, dom, **arguments)


def test_wrong_operands_are_refused():
    net = CASES["plane"][0]
    refused("2", errors.InvalidDomainError, pr.estimate, net, SPACE(3))
    refused("Network", errors.InvalidArgumentError, pr.estimate, net, 3)


def test_quantiles_of_t():
    for n, quantile in ((9, 2.262157), (19, 2.093024), (99, 1.984217)):
        assert t_quantile(n) == pytest.approx(quantile, abs=1e-3)


# --- the command line ---

KEYS = ["activation", "reliable", "reason"]


def test_the_command_prints_an_estimate(capsys, tmp_path):
    CASES["plane"][0].save(tmp_path / "net.npz")
    status, out, err = called(capsys, "estimate", tmp_path / "net.npz", "--json")
    found = json.loads(out)
    assert (status, err) == (0, "")
    assert list(found)[:3] == KEYS
    count = exact("plane")
    assert found["activation"] == {
        "estimate": count,
        "ci95": [count, count],
        "relative_se": 0.0,
    }
    options = ("--box", "-1", "1", "--exact-cap", "0", "--seed", "3", "--threads", "2")
    status, out, err = called(capsys, "estimate", tmp_path / "net.npz", *options)
    assert (status, err) == (0, "")
    assert "uniform cells, " in out
    assert "95 % interval" in out


def test_the_command_refuses_an_interval(capsys, tmp_path):
    uniform(40, 64, 64, 64).save(tmp_path / "net.npz")
    options = ("--max-seconds", "1", "--quiet", "--json")
    status, out, err = called(capsys, "estimate", tmp_path / "net.npz", *options)
    found = json.loads(out)
    assert status == 3
    assert found["reliable"] is False
    assert found["activation"]["ci95"] is None
    assert err == f"polyregions: no estimate: {found['reason']}\n"


@pytest.mark.parametrize(
    "options",
    [
        ("--relative-error", "2"),
        ("--relative-error", "x"),
        ("--seed", "-1"),
        ("--exact-cap", "1.5"),
        ("--threads", "0"),
        ("--max-seconds", "nan"),
        ("--box", "1"),
        ("--engine", "vertex"),
    ],
)
def test_the_command_refuses_wrong_input_in_one_line(capsys, tmp_path, options):
    CASES["plane"][0].save(tmp_path / "net.npz")
    status, out, err = called(capsys, "estimate", tmp_path / "net.npz", *options)
    assert (status, out) == (2, "")
    assert err.startswith("polyregions: error: ")
    assert err.count("\n") == 1
