# SPDX-License-Identifier: MIT
"""The command line: what it prints, its exit status, and what it refuses."""

import functools
import json
import os
import re
import signal
import time
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest
from program import called, process, write_models

import polyregions as pr
from polyregions import cli, cli_arguments
from polyregions.enumeration import ENGINES
from polyregions.plotting import plot_regions

KEYS = [
    "activation",
    "linear",
    "linear_closed",
    "affine",
    "per_layer",
    "status",
    "engine",
    "seconds",
    "decisions",
    "domain",
    "definitions",
]
BOX = ("--box", "-1", "1")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A folder of its own for each test, with two models."""
    monkeypatch.chdir(tmp_path)
    write_models()


@pytest.fixture
def run(capsys):
    """Call the program in this process; (status, stdout, stderr)."""
    return functools.partial(called, capsys)


def counted(run, *argv):
    """The JSON object of a count that succeeds."""
    status, out, err = run("count", *argv, "--json")
    assert (status, err) == (0, "")
    return json.loads(out)


# --- count -----------------------------------------------------------------------


def test_json_has_the_keys_of_the_contract_and_null_for_what_was_not_asked(run):
    data = counted(run, "cancel.npz", *BOX)
    assert list(data) == KEYS
    assert (data["activation"], data["linear"]) == (4, 2)
    assert data["linear_closed"] is data["affine"] is None
    assert data["definitions"] == ["activation", "linear"]
    assert pr.Domain.from_json(data["domain"]) == pr.Domain.box(-1, 1, dim=2)


@pytest.mark.parametrize("engine", [e for e in ENGINES if e != "sweep"])
@pytest.mark.parametrize("definitions", ["all", "activation", "linear_closed,affine"])
def test_json_is_what_count_regions_returns(run, engine, definitions):
    data = counted(run, "cancel.npz", "--definitions", definitions, "--engine", engine)
    names = definitions.split(",") if "," in definitions else definitions
    counts = pr.count_regions(
        pr.load("cancel.npz"), pr.Domain.all(2), definitions=names, engine=engine
    )
    expected = counts.to_json()
    for result in (data, expected):
        assert result.pop("seconds") >= 0
    assert data == expected


@pytest.mark.parametrize(
    ("argv", "domain"),
    [
        ((), pr.Domain.all(2)),
        (("--box", "-1", "1"), pr.Domain.box(-1, 1, dim=2)),
        (("--box=-1", "1"), pr.Domain.box(-1, 1, dim=2)),
        (("--box", "-1e-3,-2", "1,2.5"), pr.Domain.box([-1e-3, -2], [1, 2.5])),
        (("--box=-1,-2", "1"), pr.Domain.box([-1, -2], 1)),
        (("--box", "-inf", "-.5"), pr.Domain.box(-np.inf, -0.5, dim=2)),
        (("--domain", "slice.json"), pr.Domain.slice([0.0, 0], [[1.0, 1]])),
    ],
)
def test_domains_are_read_as_given(run, argv, domain):
    slices = pr.Domain.slice([0.0, 0], [[1.0, 1]])
    with open("slice.json", "w", encoding="utf-8") as file:
        json.dump(slices.to_json(), file)
    data = counted(run, "cancel.npz", *argv)
    assert pr.Domain.from_json(data["domain"]) == domain
    expected = pr.count_regions(pr.load("cancel.npz"), domain)
    assert (data["activation"], data["linear"]) == (
        expected.activation,
        expected.linear,
    )


def test_the_table_holds_every_number(run):
    status, out, err = run(
        "count", "three.npz", *BOX, "--definitions", "all", "--quiet"
    )
    counts = pr.count_regions(
        pr.load("three.npz"), pr.Domain.box(-1, 1, dim=3), definitions="all"
    )
    assert (status, err) == (0, "")
    for name in counts.definitions:
        assert re.search(rf"^  {name} +{getattr(counts, name)}  \w", out, re.MULTILINE)
    first, second = counts.per_layer
    assert re.search(rf"^  hidden layer 1 +{first}  ", out, re.MULTILINE)
    assert re.search(rf"^  hidden layers 1-2 +{second}  ", out, re.MULTILINE)
    assert f"complete, engine {counts.engine}, " in out


def test_output_selects_outputs(run):
    two = pr.Network([(np.eye(2), [0.0, 0]), (np.eye(2), [0.0, 0])])
    two.save("two.npz")
    assert counted(run, "two.npz")["linear"] == 4
    assert counted(run, "two.npz", "--output", "1")["linear"] == 2
    assert counted(run, "two.npz", "--output", "1,0")["linear"] == 4


def test_an_activation_is_given_to_files_that_hold_weights_only(run):
    torch = pytest.importorskip("torch")
    module = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Linear(3, 1))
    torch.save(module.state_dict(), "weights.pt")
    ways = [
        (("relu",), {"activation": "relu"}),
        (("abs",), {"activation": ["abs"]}),
        (
            ("leaky_relu", "--negative-slope", "-1e-1"),
            {"activation": "leaky_relu", "negative_slope": -0.1},
        ),
    ]
    for argv, options in ways:
        data = counted(run, "weights.pt", "--activation", *argv)
        expected = pr.count_regions(pr.load("weights.pt", **options), pr.Domain.all(2))
        assert data["linear"] == expected.linear


# --- partial results -------------------------------------------------------------


@pytest.mark.parametrize(
    "budget",
    [
        ("--max-regions", "100"),
        ("--max-bytes", "1", "--definitions", "all"),
        ("--max-seconds", "1e-9"),
    ],
)
def test_a_budget_ends_with_status_3_and_a_marked_lower_bound(run, budget):
    whole = pr.count_regions(
        pr.load("three.npz"), pr.Domain.all(3), definitions=("activation",)
    )
    status, out, err = run("count", "three.npz", "--json", *budget)
    data = json.loads(out)
    assert (status, data["status"]) == (3, "budget")
    assert 0 <= data["activation"] < whole.activation
    assert 0 <= data["linear"] <= data["activation"]
    assert err.count("\n") == 1
    assert "lower bound" in err


def test_the_table_marks_a_partial_result(run):
    status, out, err = run("count", "three.npz", "--max-regions", "7")
    assert status == 3
    assert "budget" in out
    assert "budget" in err
    assert out.count(">= ") == 4
    assert re.search(r"linear +>= \d+  so far certainly different", out)


def test_ctrl_c_prints_what_was_counted_and_ends_with_status_3():
    pr.random_network([6, 40, 40, 1], seed=0).save("large.npz")
    with process("count", "large.npz", "--json", "--max-seconds", "60") as child:
        # The first progress line shows that the search is under way.
        line = child.stderr.readline()
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=60)
    data = json.loads(out)
    assert child.returncode == 3
    assert data["status"] == "interrupted"
    assert data["activation"] > 0
    assert "regions" in line
    assert "Traceback" not in err


def test_ctrl_c_before_the_search_is_one_line(run, monkeypatch):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(cli_arguments, "load", interrupt)
    status, out, err = run("count", "cancel.npz")
    assert (status, out, err.count("\n")) == (130, "", 1)


def test_quiet_silences_progress(run):
    large = pr.random_network([6, 40, 40, 1], seed=0)
    large.save("large.npz")
    start = time.monotonic()
    status, _, err = run("count", "large.npz", "--quiet", "--max-seconds", "2.5")
    assert (status, err.count("\n")) == (3, 1)
    assert time.monotonic() - start > 2


# --- plot and info ---------------------------------------------------------------


@pytest.mark.parametrize("name", ["p.png", "p.svg"])
@pytest.mark.parametrize("regions", ["activation", "linear", "both"])
def test_plot_writes_a_picture(run, name, regions):
    status, out, err = run("plot", "cancel.npz", name, *BOX, "--regions", regions)
    assert (status, err) == (0, "")
    assert "4 activation regions" in out
    assert os.path.getsize(name) > 1000
    with open(name, "rb") as file:
        start = file.read(200)
    assert b"PNG" in start if name.endswith("png") else b"<?xml" in start


def test_plot_takes_layers_and_the_boundary(run):
    net = pr.random_network([2, 6, 5, 2], seed=1)
    net.save("two.npz")
    run("plot", "two.npz", "a.svg", *BOX, "--layers", "1", "--boundary")
    run("plot", "two.npz", "b.svg", *BOX)
    options = {"regions": "activation", "layers": 1, "boundary": True}
    plot_regions(net, pr.Domain.box(-1, 1, dim=2), **options, path="c.svg")
    pictures = [Path(f"{name}.svg").read_bytes() for name in "abc"]
    assert pictures[0] == pictures[2] != pictures[1]


def test_plot_says_which_window_it_takes_by_default(run):
    status, _, err = run("plot", "cancel.npz", "p.png")
    assert (status, err.count("\n")) == (0, 1)
    assert "[-1, 1] x [-1, 1]" in err


def test_plot_of_an_unbounded_domain_takes_a_window(run):
    with open("all.json", "w", encoding="utf-8") as file:
        json.dump({"kind": "all", "dim": 2}, file)
    argv = ("plot", "cancel.npz", "p.png", "--domain", "all.json")
    status, out, err = run(*argv, "--window", "-2,-3", "2,3")
    assert (status, err) == (0, "")
    assert "4 activation regions on Domain.all" in out


def test_plot_of_a_slice_of_a_larger_network(run):
    domain = pr.Domain.slice(
        np.zeros(3), [[1.0, 0, 0], [0, 1, 1]], pr.Domain.box(-1, 1, dim=2)
    )
    with open("slice.json", "w", encoding="utf-8") as file:
        json.dump(domain.to_json(), file)
    cx = pr.enumerate_regions(pr.load("three.npz"), domain)
    status, out, _ = run("plot", "three.npz", "p.png", "--domain", "slice.json")
    assert status == 0
    assert f"{len(cx)} activation regions" in out


def test_plot_within_a_budget_ends_with_status_3(run):
    status, out, err = run("plot", "cancel.npz", "p.png", *BOX, "--max-regions", "2")
    assert status == 3
    assert "at least 2 activation regions" in out
    assert err.count("\n") == 1
    assert os.path.getsize("p.png") > 1000


def test_info_names_versions_engines_and_extras(run):
    status, out, err = run("info")
    assert (status, err) == (0, "")
    for word in (pr.__version__, np.__version__, *ENGINES, "torch"):
        assert word in out


def test_info_names_a_missing_extra_with_its_remedy(run, monkeypatch):
    def version(name):
        if name == "pyarrow":
            raise metadata.PackageNotFoundError(name)
        return "1.0"

    monkeypatch.setattr(cli, "version", version)
    monkeypatch.setattr(cli, "highs_library", lambda: None)
    out = run("info")[1]
    assert "pandas 1.0, pyarrow missing: pip install 'polyregions[tables]'" in out
    assert "needs highspy: pip install 'polyregions[highs]'" in out


def test_info_knows_the_extras_that_the_package_declares():
    declared = {}
    for line in metadata.requires("polyregions") or []:
        match = re.match(r'([\w-]+).*; extra == "(\w+)"', line)
        if match and match[1] != "polyregions":
            declared.setdefault(match[2], set()).add(match[1])
    listed = {extra: set(packages) for extra, packages in cli._EXTRAS.items()}
    assert {extra: declared.get(extra) for extra in listed} == listed


@pytest.mark.parametrize("argv", [("--help",), ("--version",), ("count", "--help")])
def test_help_and_version_print_to_stdout(run, argv):
    status, out, err = run(*argv)
    assert (status, err) == (0, "")
    assert "polyregions" in out
    assert not re.search("dataset|train", out)
