# SPDX-License-Identifier: MIT
"""``reproduce milkert-...``, few runs and epochs: pages say what the tables hold."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from pages import rows

import polyregions as pr
from polyregions.reproduce import milkert, milkert_demos, milkert_digits, reproduce
from polyregions.reproduce import milkert_dense as dense
from polyregions.reproduce import milkert_sparse as sparse
from polyregions.reproduce.study import InterruptedStudyError, Study

pytest.importorskip("torch")
pytest.importorskip("matplotlib")


def cells_of(line):
    return line[2:-2].split(" | ")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("dense")
    reproduce("milkert-dense", place, most=3)
    return place


def test_the_dense_page_is_what_its_tables_say(folder):
    text = (folder / "milkert-dense.md").read_text("utf-8")
    table = rows(folder / "errors.csv")
    assert len(table) == 4 * 6 * 3
    lines = [cells_of(line) for line in text.splitlines() if line.startswith("| ")]
    for key, function in milkert.FUNCTIONS.items():
        for name, method in milkert.METHODS.items():
            errors = [
                float(row["mse"])
                for row in table
                if (row["function"], row["method"]) == (key, name)
            ]
            line = next(x for x in lines if x[:2] == [function.name, method.title])
            least, mean = dense.PUBLISHED.get((key, name), (None, None))
            assert line[2] == ("" if least is None else f"{least:.2e}")
            assert line[3] == f"{min(errors):.2e}"
            assert line[4] == ("" if mean is None else f"{mean:.2e}")
            assert line[5] == f"{np.mean(errors):.2e}"
    assert "nan" not in text
    for picture in re.findall(r"!\[[^]]+\]\((.+)\)", text):
        assert (folder / picture).stat().st_size > 10_000
    assert not (folder / "journals").exists()


def test_counts_are_kept_until_the_release(folder):
    table = rows(folder / "regions.csv")
    assert len(table) == 4 * 3 * (7 + 7 + 4 + 7 + 7 + 7)  # places of 3 and 3 epochs
    for row in table:
        kept = row["method"] in ("free", "theorem") and int(row["epoch"]) <= 3
        if kept or (row["method"] in ("skipped", "longer") and row["epoch"] == "0"):
            assert row["activation"] == "32"
            assert row["method"] == "free" or row["linear"] == "32"
    released = [r for r in table if r["method"] == "theorem" and r["epoch"] == "6"]
    assert any(row["linear"] != "32" for row in released)
    text = " ".join((folder / "milkert-dense.md").read_text("utf-8").split())
    counts = [
        row["linear"]
        for row in table
        if row["method"] in ("free", "theorem") and int(row["epoch"]) <= 3
    ]
    assert f"{counts.count('32')} of {len(counts)} counts are 2^5 = 32" in text


def test_the_published_numbers_are_those_of_the_paper():
    assert dense.PUBLISHED["x3", "theorem"] == (7.86e-8, 5.27e-7)
    assert dense.PUBLISHED["x11", "raai"] == (4.40e-5, 4.12e-2)
    assert sparse.PUBLISHED["tanh", "kaiming"] == (1.60e-4, None)
    assert {key for key, _ in sparse.PUBLISHED} == set(milkert.FUNCTIONS)


def test_functions_are_0_at_0_and_the_sign_is_their_bend():
    x = np.linspace(0, 1, 101)
    for function in milkert.FUNCTIONS.values():
        y = function.values(x)
        assert y[0] == 0
        assert function.linear == y[-1]
        bend = np.diff(y, 2)
        assert (bend * function.sign <= 1e-15).all()


def test_sparse_points_do_not_meet():
    for points in (sparse.random_points(), sparse.spaced_points()):
        both = np.concatenate([points.train, points.test])
        assert len(set(both.tolist())) == 20
        assert ((both >= 0) & (both <= 1)).all()
        assert points.train.shape == points.test.shape == (10,)


def test_a_killed_run_goes_on_where_it_was(tmp_path, monkeypatch):
    """Cells that are there are not trained again, and the end is the same."""
    monkeypatch.setattr(milkert, "FUNCTIONS", {"x3": milkert.FUNCTIONS["x3"]})
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    for place in (whole, parts):
        (place / "journals").mkdir(parents=True)
    points = sparse.random_points()
    expected = milkert.cells(Study(whole, most=2), points)
    made = []
    trained = milkert._cell

    def stopped(study, key, name, points):
        made.append(name)
        if len(made) == 4:
            raise KeyboardInterrupt
        return trained(study, key, name, points)

    monkeypatch.setattr(milkert, "_cell", stopped)
    with pytest.raises(InterruptedStudyError):
        milkert.cells(Study(parts, most=2), points)
    study = Study(parts, most=2)
    found = milkert.cells(study, points)
    assert study.resumed
    assert made == ["kaiming", "raai", "skipped", "free", "free", "theorem", "longer"]
    assert json.dumps([*found.values()]) == json.dumps([*expected.values()])


def test_the_order_is_said_as_it_is():
    means = {"kaiming": 1.0, "raai": 0.5, "skipped": 0.1, "free": 0.01, "theorem": 1e-4}
    found = {
        (key, name): {"errors": [means.get(name, 0.05)] * 2}
        for key in milkert.FUNCTIONS
        for name in milkert.METHODS
    }
    found["sin", "free"] = {"errors": [0.2, 0.2]}
    found["tanh", "raai"] = {"errors": [0.05, 0.05]}
    lines = dict(zip(milkert.FUNCTIONS, milkert.order_items(found), strict=True))
    assert "fall as published" in lines["x3"]
    assert ", each below both" in lines["x3"]
    assert "1e+04 times below Kaiming" in lines["x3"]
    assert "do not fall" in lines["sin"]
    assert "not each below" in lines["tanh"]


def test_the_demos_in_small(tmp_path, monkeypatch):
    pytest.importorskip("sklearn")
    monkeypatch.setattr(milkert_demos, "PLANE_DEPTH", 2)
    monkeypatch.setattr(milkert_demos, "WAVES", 3)
    page = reproduce("milkert-demos", tmp_path, most=2)
    text = page.markdown()
    assert "4 of 4 have 2^d and 2^d + 2" in " ".join(text.split())
    assert page.summary.splitlines()[3].startswith("| 2 | 4 | 2 | 4 | 6 | ")
    squares = rows(tmp_path / "square.csv")
    assert [row["error"] for row in squares] == ["1/16", "1/64"]
    functions = rows(tmp_path / "functions.csv")
    assert [row["method"] for row in functions] == 2 * [
        "waves, pre-trained",
        "waves, then released",
        "Kaiming",
    ]
    assert all(float(row["min"]) <= float(row["mean"]) for row in functions)
    accuracy = rows(tmp_path / "classifiers.csv")
    assert len(accuracy) == 2 * 2 * 3
    assert {row["classifier"] for row in accuracy} == {"dense", "waves"}
    for picture in ("waves.png", "classifiers.png"):
        assert (tmp_path / picture).stat().st_size > 10_000


def test_both_classifiers_are_of_one_kind():
    torch = pytest.importorskip("torch")
    images = torch.rand(5, 1, 8, 8)
    for name in milkert_digits.CLASSIFIERS:
        assert milkert_digits.network(torch, name)(images).shape == (5, 10)


def test_one_thread_is_only_for_the_run():
    torch = pytest.importorskip("torch")
    before = torch.get_num_threads()
    with milkert.one_thread():
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == before


def test_the_best_network_of_a_cell_is_the_one_of_the_least_error(tmp_path):
    (tmp_path / "journals").mkdir()
    points = sparse.random_points()
    cell = milkert._cell(Study(tmp_path, most=3), "x3", "theorem", points)
    net = milkert.best_network(cell)
    found = np.mean((net(points.test[:, None])[:, 0] - points.test**3) ** 2)
    assert found == pytest.approx(min(cell["errors"]), rel=1e-9)
    counts = pr.count_regions(net, pr.Domain.box(0, 1, dim=1))
    assert counts.linear == cell["linear"][-1][int(np.argmin(cell["errors"]))]


def test_runs_of_one_region_are_counted_and_weighed():
    last = [[1, 1, 5]]
    found = {("x3", n): {"linear": last} for n in milkert.BASELINES}
    points = milkert.Points(np.linspace(0, 1, 9), np.linspace(0, 1, 2001))
    text = milkert.constant_item(found, "x3", points, {"kaiming": 9 / 112 / 2})
    # The variance of x^3 is 1/7 - 1/16 = 9/112.
    assert "x³: the best constant has 8.0" in text
    assert "Kaiming 2 of 3 (its published mean is 50% of that), RAAI 2 of 3." in text
