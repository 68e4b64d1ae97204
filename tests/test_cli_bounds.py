# SPDX-License-Identifier: MIT
"""``polyregions bounds``: the table, the JSON, the exit status, and what it refuses."""

import functools
import json
import re

import numpy as np
import pytest
from program import called, write_models

import polyregions as pr
from polyregions.theory.report import bounds_on


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A folder of its own for each test, with models."""
    monkeypatch.chdir(tmp_path)
    write_models()
    pr.random_network([1, 6, 1], seed=0).save("line.npz")
    pr.random_network([2, 5, 1], seed=0, activation="hardtanh").save("tanh.npz")
    pr.theory.zigzag_network([3, 3], n_inputs=2).save("zigzag.npz")
    domains = {
        "plane.json": {
            "kind": "slice",
            "origin": [0, 0, 1],
            "directions": [[1, 0, 0], [0, 1, 1]],
        },
        "point.json": {"kind": "segment", "p": [1, 1, 1], "q": [1, 1, 1]},
        "empty.json": {"kind": "polytope", "A": [[0, 0, 0]], "b": [-1]},
        "segment.json": {"kind": "segment", "p": [-2], "q": [2]},
    }
    for name, domain in domains.items():
        (tmp_path / name).write_text(json.dumps(domain), encoding="utf-8")


@pytest.fixture
def run(capsys):
    """Call the program in this process; (status, stdout, stderr)."""
    return functools.partial(called, capsys)


def reported(run, *argv):
    """The JSON object of a report that succeeds."""
    status, out, err = run("bounds", *argv, "--json")
    assert (status, err) == (0, "")
    return json.loads(out)


def row(out, name):
    """The line of a bound in the table."""
    (line,) = [line for line in out.splitlines() if line.split()[0] == name]
    return line


def test_the_table_has_the_exact_counts_and_says_what_holds(run):
    status, out, err = run("bounds", "three.npz")
    assert (status, err) == (0, "")
    counts = pr.count_regions(pr.load("three.npz"), pr.Domain.all(3))
    head = f"activation {counts.activation}, linear {counts.linear}: complete"
    assert head in out.splitlines()[1]
    bounds = pr.bounds([3, 10, 10, 1])
    for name, bound in bounds.items():
        assert bound.counts in row(out, name)
        if (bound.kind, bound.counts) == ("upper", "activation"):
            assert " holds " in row(out, name)
            assert str(bound.value) in row(out, name)
    assert " not reached " in row(out, "serra_2018_lower")
    assert "holds" not in row(out, "average_neighbours")


def test_a_zigzag_reaches_its_bound_and_no_better_one(run):
    out = run("bounds", "zigzag.npz")[1]
    assert " reached " in row(out, "wang_2022_zigzag")
    assert " not reached " not in row(out, "wang_2022_zigzag")
    assert " not reached " in row(out, "montufar_2014_lower")


def test_json_is_what_bounds_and_count_regions_return(run):
    data = reported(run, "three.npz", "--box", "-1", "1")
    box = pr.Domain.box(-1, 1, dim=3)
    net = pr.load("three.npz")
    counts = pr.count_regions(net, box)
    assert pr.Domain.from_json(data["domain"]) == box
    assert data["counts"]["activation"] == counts.activation
    assert data["counts"]["linear"] == counts.linear
    assert data["network"] == repr(net)
    verdicts = {name: b.pop("verdict") for name, b in data["bounds"].items()}
    expected = pr.bounds(net, dim=3).to_json()
    assert {key: data[key] for key in expected} == expected
    assert verdicts["trivial"] == verdicts["serra_2018_upper"] == "holds"
    assert verdicts["line_upper"] is None


def test_without_a_count_there_are_no_verdicts(run, monkeypatch):
    monkeypatch.setattr("polyregions.cli.count_regions", None)  # not called
    data = reported(run, "three.npz", "--no-count")
    assert data["counts"] is None
    assert {bound["verdict"] for bound in data["bounds"].values()} == {None}
    out = run("bounds", "three.npz", "--no-count")[1]
    assert "holds" not in out
    assert "activation " not in out.splitlines()[1]


@pytest.mark.parametrize("budget", [("--max-seconds", "1e-9"), ("--max-regions", "9")])
def test_a_budget_ends_with_status_3_and_says_what_holds_so_far(run, budget):
    status, out, err = run("bounds", "three.npz", *budget)
    assert status == 3
    assert err.count("\n") == 1
    assert "lower bound" in err
    assert re.search(r"activation >= \d+, linear >= \d+: budget", out)
    assert " holds so far " in row(out, "serra_2018_upper")
    assert " not reached so far " in row(out, "serra_2018_lower")
    status, out, _ = run("bounds", "three.npz", *budget, "--json")
    assert status == 3
    assert json.loads(out)["counts"]["status"] == "budget"


def test_a_count_above_a_bound_would_be_told(run, monkeypatch):
    # No network violates one; a count that is wrong on purpose does.
    from dataclasses import replace

    from polyregions import cli

    count = cli.count_regions
    monkeypatch.setattr(
        cli, "count_regions", lambda *a, **k: replace(count(*a, **k), activation=10**9)
    )
    out = run("bounds", "three.npz")[1]
    assert " violated " in row(out, "trivial")


def test_other_activations_have_only_the_bounds_that_apply(run):
    data = reported(run, "tanh.npz")
    names = set(data["bounds"])
    assert "montufar_2017_upper" in names
    assert "serra_2018_upper" not in names
    assert "hardtanh" in data["inapplicable"]["serra_2018_upper"]
    assert data["counts"]["activation"] == data["bounds"]["zaslavsky"]["value"]
    weights = {
        f"{k}{i}": np.ones((2, 2)) if k == "W" else [0.0, 1]
        for k in "Wb"
        for i in (0, 1)
    }
    np.savez("plain.npz", **weights, activation="abs")
    assert reported(run, "plain.npz")["activation"] == "abs"


def test_the_dimension_is_that_of_the_domain(run):
    plane = reported(run, "three.npz", "--domain", "plane.json")
    assert (plane["dim"], plane["everywhere"]) == (2, False)
    expected = pr.bounds([3, 10, 10, 1], dim=2).smallest_upper.value
    assert plane["bounds"]["serra_2018_upper"]["value"] == expected
    for name, regions in (("point.json", 1), ("empty.json", 0)):
        data = reported(run, "three.npz", "--domain", name)
        assert data["counts"]["activation"] == regions
        assert data["bounds"]["serra_2018_upper"]["value"] == 1
        assert data["bounds"]["serra_2018_upper"]["verdict"] == "holds"


def test_a_segment_around_0_is_that_of_the_gaussian_mean(run):
    expected = pr.theory.expected_pieces(6, radius=2.0)
    for where in (("--box", "-2", "2"), ("--domain", "segment.json")):
        data = reported(run, "line.npz", *where)
        assert data["bounds"]["gaussian_pieces"]["value"] == expected
    off_centre = reported(run, "line.npz", "--box", "-2", "1")
    assert "radius" in off_centre["inapplicable"]["gaussian_pieces"]
    whole = bounds_on(pr.load("line.npz"), pr.Domain.all(1))
    assert whole["gaussian_pieces"].value == 7


COMMANDS = {
    "bounds": "required: MODEL",
    "bounds missing.npz": "missing.npz: no such file",
    "bounds three.npz --fast": "--fast",
    "bounds three.npz --box 1 -1": "lo = 1, hi = -1",
    "bounds three.npz --domain segment.json": "1 inputs but the network takes 3",
    "bounds three.npz --domain segment.json --no-count": "1 inputs .* takes 3",
    "bounds three.npz --max-seconds 0": "max_seconds=0",
    "bounds three.npz --engine cplex": "'cplex'.*rational",
    "bounds three.npz --activation relu": "activation",
}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_wrong_command_is_refused_in_one_line(run, command):
    status, out, err = run(*command.split())
    assert (status, out) == (2, "")
    assert re.fullmatch(r"polyregions: error: [^\n]+\n", err)
    assert re.search(COMMANDS[command], err), err


def test_help_names_the_command(run):
    assert "bounds" in run("--help")[1]
    assert "--no-count" in run("bounds", "--help")[1]


def test_what_has_no_bounds_is_refused_before_the_count(run, monkeypatch):
    monkeypatch.setattr("polyregions.theory.arguments.MOST_UNITS", 19)
    monkeypatch.setattr("polyregions.cli.count_regions", None)  # not called
    status, out, err = run("bounds", "three.npz")
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert "20 hidden units; at most 19 are supported" in err
