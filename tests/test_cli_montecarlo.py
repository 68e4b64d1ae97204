# SPDX-License-Identifier: MIT
"""polyregions montecarlo: tables, journals beside them, bad input."""

import json

import numpy as np
import pytest
from program import called

import polyregions as pr

ASK = ["montecarlo", "--widths", "3,4,3,1", "--samples", "40", "--seed", "2", "--quiet"]


def test_one_json_object_with_the_numbers_of_the_function(capsys):
    status, out, err = called(capsys, *ASK, "--json")
    assert (status, err) == (0, "")
    data = json.loads(out)
    wanted = pr.montecarlo((3, 4, 3, 1), 40, 2).to_json()
    assert data | {"seconds": 0} == wanted | {"seconds": 0}
    assert {"samples", "seed", "widths", "activation", "ratio"} <= set(data)


def test_a_table_for_people(capsys):
    status, out, err = called(capsys, *ASK, "--definitions", "all", "--law", "he")
    assert (status, err) == (0, "")
    for text in ("40 samples", "linear_closed", "95 % interval", "layers 1-2", "he"):
        assert text in out


def test_options_reach_the_function(capsys):
    more = ["--box", "-1", "1", "--bias", "zero", "--activation", "leaky_relu"]
    more += ["--negative-slope", "-1", "--workers", "1", "--max-regions", "1000"]
    status, out, _ = called(capsys, *ASK, *more, "--json")
    wanted = pr.montecarlo(
        (3, 4, 3, 1),
        40,
        2,
        domain=pr.Domain.box(-1, 1, dim=3),
        bias="zero",
        activation="leaky_relu",
        negative_slope=-1,
    )
    assert status == 0
    assert json.loads(out)["linear"] == wanted.linear.to_json()


def test_the_table_of_a_stopped_run_is_completed(tmp_path, capsys):
    table = tmp_path / "t.csv"
    large = ["montecarlo", "--widths", "5,12,12,1", "--samples", "30", "--quiet"]
    large += ["--out", str(table)]
    status, _, err = called(capsys, *large, "--max-seconds", "0.05")
    assert status == 3
    assert "stopped (budget)" in err
    assert table.exists()
    status, _, err = called(capsys, *large)
    assert status == 2
    assert "--resume" in err
    status, _, err = called(capsys, *large, "--resume")
    assert (status, err) == (0, "")
    assert [path.name for path in tmp_path.iterdir()] == ["t.csv"]
    rows = np.loadtxt(table, delimiter=",", skiprows=1, dtype=np.int64)
    found = pr.montecarlo((5, 12, 12, 1), 30).table
    np.testing.assert_array_equal(rows, np.stack([*found.columns().values()], axis=1))


@pytest.mark.parametrize(
    "more",
    [
        ["--widths", "3,x"],
        ["--widths", "3"],
        ["--samples", "0"],
        ["--samples", "many"],
        ["--law", "cauchy"],
        ["--bias", "one"],
        ["--activation", "tanh"],
        ["--box", "1", "-1"],
        ["--definitions", "regions"],
        ["--relative-error", "0"],
        ["--workers", "0"],
        ["--out", "t.txt"],
        ["--out", "no/t.csv"],
        ["--resume"],
        ["--scheduler"],
    ],
    ids=" ".join,
)
def test_bad_input_is_one_line_and_status_2(more, capsys):
    status, out, err = called(capsys, *ASK, *more)
    assert (status, out) == (2, "")
    assert err.count("\n") == 1
    assert "Traceback" not in err


def test_widths_are_needed(capsys):
    status, _, err = called(capsys, "montecarlo", "--samples", "3")
    assert status == 2
    assert "--widths" in err
