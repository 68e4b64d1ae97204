# SPDX-License-Identifier: MIT
"""``polyregions reproduce``: pages that say what the tables hold, numbers that fit."""

import importlib
import math
import re
from pathlib import Path

import numpy as np
import pytest
from pages import rows, tables

import polyregions as pr
from polyregions.reproduce import EXPERIMENTS, fig3
from polyregions.reproduce.page import Page
from polyregions.reproduce.run import reproduce
from polyregions.reproduce.statistics import (
    place,
    sign,
    z_of_deviation,
    z_of_share,
    z_score,
)
from polyregions.reproduce.study import Study
from polyregions.samples import Summary

pytest.importorskip("matplotlib")

BUILT = ["wang-fig3", "wang-fig4", "wang-bounds"]  # the others train networks first
WIDE_Z = 4.5


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """A folder of each experiment, of few networks, made once."""
    found = {}
    for name, most in zip(BUILT, (150, 60, 60), strict=True):
        found[name] = tmp_path_factory.mktemp(name)
        reproduce(name, found[name], quick=True, most=most)
    return found


def sample(folder, widths):
    """Columns of a table of samples, as integers."""
    table = rows(folder / f"samples-{widths}.csv")
    return {key: np.array([int(row[key]) for row in table]) for key in table[0]}


# The pages ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", BUILT)
def test_a_folder_has_a_page_tables_and_pictures(folders, name):
    folder = folders[name]
    kinds = {path.suffix for path in folder.iterdir()}
    assert kinds == {".md", ".csv", ".png"}  # and no journals
    text = (folder / f"{name}.md").read_text(encoding="utf-8")
    pictures = re.findall(r"!\[[^]]+\]\((.+)\)", text)
    assert sorted(pictures) == sorted(p.name for p in folder.glob("*.png"))
    for picture in pictures:
        assert (folder / picture).stat().st_size > 10_000
    for titles, lines in tables(folder / f"{name}.md"):
        assert {len(line) for line in lines} == {len(titles)}
    assert "nan" not in text
    assert not re.search(r"\binf\b", text)


def test_figure_3_is_what_its_samples_say(folders):
    folder = folders["wang-fig3"]
    found = tables(folder / "wang-fig3.md")
    table = {row["hidden"]: row for row in rows(folder / "rows.csv")}
    assert len(table) == 7
    for line, activation in zip(found[0][1], found[2][1], strict=True):
        hidden = line[0]
        widths = "-".join(["7", *re.findall(r"\d+", hidden), "1"])
        columns = sample(folder, widths)
        counts, n = columns["linear"], len(columns["linear"])
        published = fig3.PUBLISHED[tuple(map(int, re.findall(r"\d+", hidden)))]
        mean, sd = counts.mean(), counts.std(ddof=1)
        assert line[1] == f"{published.mean:.2f}"
        assert line[2] == f"{mean:.2f} ± {sd / math.sqrt(n):.2f}"
        z = (mean - published.mean) / math.hypot(
            sd / math.sqrt(n), published.sd / math.sqrt(5000)
        )
        assert line[3] == f"{z:+.1f}"
        assert line[4:7] == [
            f"{published.sd:.2f}",
            f"{sd:.2f}",
            f"{sd / published.sd:.3f}",
        ]
        assert float(table[hidden]["linear_mean"]) == pytest.approx(mean)
        assert float(table[hidden]["z_mean"]) == pytest.approx(z)
        assert activation[1].startswith(f"{columns['activation'].mean():.2f} ±")
        ratio = counts / columns["activation"]
        assert activation[5].startswith(f"{ratio.mean():.4f} ±")


def test_figure_3_is_near_what_was_published(folders):
    table = rows(folders["wang-fig3"] / "rows.csv")
    for row in table:
        assert abs(float(row["z_mean"])) < WIDE_Z
        assert 0.7 < float(row["sd_ratio"]) < 1.4
    constant = [row for row in table if row["z_single"]]
    assert [row["hidden"] for row in constant] == ["(3, 3, 2, 2)", "(2, 2, 2, 2, 2)"]
    for row in constant:
        assert abs(float(row["z_single"])) < WIDE_Z
        assert abs(float(row["z_nc_mean"])) < WIDE_Z
    shares = [float(row["published_single"]) for row in constant]
    assert shares == pytest.approx([2.65 / 33, 2.39 / 9.39])


def test_figure_3_says_of_two_layers_what_is_expected(folders):
    (_, lines) = tables(folders["wang-fig3"] / "wang-fig3.md")[2]
    expected = {line[0]: line[3] for line in lines if line[3]}
    assert expected == {"(7, 3)": "705.06", "(5, 5)": "307.19"}
    for line in lines:
        assert not line[4] or abs(float(line[4])) < WIDE_Z


def test_figure_4_is_what_its_samples_say(folders):
    folder = folders["wang-fig4"]
    (titles, lines) = tables(folder / "wang-fig4.md")[0]
    table = rows(folder / "figure4.csv")
    assert [row["n"] for row in table] == ["2", "4", "6", "8"]
    for line, row in zip(lines, table, strict=True):
        n = int(row["n"])
        columns = sample(folder, "-".join(["1", *["2"] * n, "1"]))
        for name, cell in (("activation", line[2]), ("linear", line[5])):
            mean = columns[name].mean()
            assert float(row[f"{name}_mean"]) == pytest.approx(mean)
            assert cell.startswith(f"{mean:.3f} ±")
            assert abs(float(row[f"{name}_z"])) < WIDE_Z
        assert line[7:] == [str(2 * n + 1)] * 2
        assert set(sample(folder, f"1-{2 * n}-1")["linear"]) == {2 * n + 1}
    assert len(titles) == 9


def test_theorem_1_1_is_tested_over_the_range_that_the_page_names(folders):
    folder = folders["wang-fig4"]
    (_, lines) = tables(folder / "wang-fig4.md")[1]
    table = rows(folder / "theorem.csv")
    grid = [(m, n) for m in range(1, 5) for n in range(2, 7)] + [(9, 9)]
    assert [(int(row["inputs"]), int(row["n"])) for row in table] == grid
    for line, row, (m, n) in zip(lines, table, grid, strict=True):
        assert (row["first_applies"] == "True") == (m >= 2)
        assert (row["second_applies"] == "True") == (m >= n >= 9)
        assert line[6].startswith("(") == (m < 2)
        assert line[8].startswith("(") == (n < 9)
        assert row["first_sign"] != "-"  # what is proved cannot fail for sure
        if n > 2:
            assert line[8].strip("()") == "yes"
    text = (folder / "wang-fig4.md").read_text(encoding="utf-8")
    assert "n = 2 to 6, M = 1 to 4" in text
    assert "for n = 3 to 40" in text
    assert "for n = 6 to 40" in " ".join(text.split())


def test_theorem_1_1_compares_as_compare_architectures_does(folders):
    row = rows(folders["wang-fig4"] / "theorem.csv")[6]  # M = 2, n = 3
    n = int(row["samples"])
    found = pr.compare_architectures(["2x3", "1x6", "3x2"], n, n_inputs=2)
    for part, pair in (("first", ("2x3", "1x6")), ("second", ("3x2", "2x3"))):
        low, high = found.difference(*pair).ci95
        assert float(row[f"{part}_low"]) == pytest.approx(low)
        assert float(row[f"{part}_high"]) == pytest.approx(high)


def test_bounds_are_those_of_the_theory(folders):
    folder = folders["wang-bounds"]
    table = rows(folder / "rows.csv")
    assert {row["part"] for row in table} == {"1", "2", "3"}
    for row in table:
        widths = [int(n) for n in row["widths"].split("-")]
        known = [
            float(bound.value)
            for name, bound in pr.bounds(widths).items()
            if name.startswith("wang_2022") and "expectation" in bound.kind
        ]
        if row["applies"] == "True":
            assert float(row["upper"]) in known
            assert row["part"] == "1" or float(row["lower"]) in known
            assert row["place"] != "outside"
            if row["part"] == "2":
                assert abs(float(row["z_of_upper"])) < WIDE_Z
        else:
            assert (widths, known) == ([7, 8, 2, 1], [])
            assert float(row["lower"]) == pytest.approx(623.77, abs=0.005)
            assert float(row["upper"]) == pytest.approx(878.77, abs=0.005)
    shapes = {row["shape"] for row in table}
    assert {"7: (7, 3)", "7: (5, 5)", "7: (8, 2)", "7: (5, 5), normal"} <= shapes
    (_, lines) = tables(folder / "wang-bounds.md")[0]
    for line, row in zip(lines, table, strict=True):
        assert line[3] == f"{float(row['mean']):.3f}"
        assert line[6].strip("()").startswith(row["place"])
        assert (row["applies"] == "True") == ("does not apply" not in line[6])
    counts = sample(folder, "7-8-2-1")["linear"]
    (row,) = (row for row in table if row["widths"] == "7-8-2-1")
    assert float(row["mean"]) == pytest.approx(counts.mean())


def test_the_sharper_mean_is_the_exact_one_less_what_merges(folders):
    folder = folders["wang-bounds"]
    columns = sample(folder, "7-5-5-1")
    merged = (columns["activation"] - columns["linear"]).mean()
    (_, lines) = tables(folder / "wang-bounds.md")[1]
    (line,) = (line for line in lines if line[0] == "7: (5, 5)")
    assert line[1] == "307.1875"
    assert line[4].startswith(f"{merged:.3f} ±")
    assert line[5].startswith(f"{307.1875 - merged:.3f} ±")
    (line,) = (line for line in lines if line[0] == "7: (8, 2)")
    assert line[5] == ""
    assert "n1 > M" in line[3]


def test_every_experiment_has_a_module_with_a_run():
    for known in EXPERIMENTS.values():
        module = importlib.import_module(f"polyregions.reproduce.{known.module}")
        assert module.run.__doc__


# Pieces ------------------------------------------------------------------------------


def test_scores_are_in_standard_errors_of_both():
    assert z_score(5.0, 3.0, 4.0) == 1.0
    assert z_score(0.0, 0.0) == 0.0
    assert z_score(-1.0) == -math.inf
    assert z_of_share(0.5, 100, 0.4, 100) == pytest.approx(0.1 / 0.07, rel=1e-9)
    assert z_of_share(0.0, 10, 0.0, 10) == 0.0


def test_deviations_of_equal_laws_have_the_score_of_a_normal_number():
    rng = np.random.default_rng(0)
    scores = [
        z_of_deviation(rng.exponential(size=2000), 1.0, 10**9) for _ in range(200)
    ]
    assert abs(np.mean(scores)) < 0.4
    assert 0.8 < np.std(scores) < 1.3
    assert z_of_deviation(np.ones(3), 0.0, 5) == 0.0


def test_where_an_interval_lies():
    mean = Summary.of(np.array([1.0, 2.0, 3.0]))
    low, high = mean.ci95
    assert place(low, high, mean) == "within"
    assert place(low + 0.1, high, mean) == "in doubt"
    assert place(high + 0.1, high + 1, mean) == "outside"
    assert sign(mean) == "?"
    assert sign(Summary.of(np.array([2.0, 2.0]))) == "+"
    assert sign(Summary.of(np.array([-2.0, -2.0]))) == "-"


def test_a_page_is_markdown():
    page = Page("Title")
    page.text("word " * 40)
    page.table("a | b", [["1", ""]])
    page.table("c", [["2"]])
    page.items(["x " * 60, "y"])
    text = page.markdown()
    assert page.summary == "| a | b |\n| --- | --- |\n| 1 |  |"
    assert text.startswith("# Title\n\nword word")
    assert text.endswith("\n- y\n")
    assert max(map(len, text.splitlines())) <= 88


def test_quick_takes_a_tenth():
    assert Study(None).samples(5000, 500) == 5000
    assert Study(None, quick=True).samples(5000, 500) == 500
    assert Study(None, quick=True, most=7).samples(5000, 500) == 7


# What the documents show --------------------------------------------------------------


def test_the_documents_show_one_table_with_the_published_numbers():
    root = Path(__file__).resolve().parents[1]
    readme = (root / "README.md").read_text(encoding="utf-8")
    page = (root / "benchmarks" / "wang2022.md").read_text(encoding="utf-8")
    (table,) = re.findall(r"<!-- wang-fig3 -->\n((?:\|.*\n)+)", readme)
    assert table in page
    lines = [line[2:-2].split(" | ") for line in table.splitlines()[2:]]
    assert len(lines) == len(fig3.PUBLISHED)
    for line, (hidden, known) in zip(lines, fig3.PUBLISHED.items(), strict=True):
        assert line[0] == str(hidden)
        assert (float(line[1]), float(line[4])) == (known.mean, known.sd)
        assert abs(float(line[3])) < 3
