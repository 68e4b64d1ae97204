# SPDX-License-Identifier: MIT
"""The studies of Qi et al.: published numbers, pages that say what tables hold."""

import re
from pathlib import Path

import numpy as np
import pytest
from explorer_file import Page
from pages import rows, tables

import polyregions as pr
from polyregions.reproduce import (
    qi_boundaries,
    qi_leaky,
    qi_leaky_pictures,
    qi_lines,
    qi_table1,
    qi_table2,
    qi_table3,
)
from polyregions.reproduce.qi_pages import OUTSIDE, Grid, compared, n_outside
from polyregions.reproduce.qi_runs import FIRST, SEEDS
from polyregions.reproduce.run import reproduce
from polyregions.reproduce.study import InterruptedStudyError

pytest.importorskip("torch")
pytest.importorskip("sklearn")
pytest.importorskip("matplotlib")

BOX = pr.Domain.box(-1, 1, dim=2)


# Published numbers --------------------------------------------------------------------


def test_published_tables_have_a_number_for_each_epoch_and_equal_first_weights():
    assert all(len(x) == len(qi_table1.EPOCHS) for x in qi_table1.PUBLISHED.values())
    for table in (qi_table2.TABLE, qi_table3.TABLE):
        assert list(table.counts) == [16, 32, 64]
        assert all(len(x) == len(qi_boundaries.EPOCHS) for x in table.counts.values())
        for width, counts in table.counts.items():  # theirs are off by up to 3
            assert 0 <= abs(counts[0] - FIRST[width][-1]) <= 3
    for counts in qi_table1.PUBLISHED.values():
        assert 0 <= counts[0] - FIRST[32][-1] <= 3


def test_epoch_0_of_the_papers_seed_is_counted_as_published():
    for width, wanted in FIRST.items():
        module = pr.study.classifier((2, width, width, width, 2), seed=SEEDS[0])
        network = pr.Network.from_torch(module)
        assert pr.count_regions(network, BOX).per_layer == wanted


def test_numbers_outside_the_seeds_are_marked_and_no_others():
    values = np.array([[10, 20, 30], [12, 18, 30]])
    published = (10, 17, 31, 99)
    theirs, first, mean, least, most = compared("x", values, published, 4)
    assert theirs == ["x", "published", "10", f"17{OUTSIDE}", f"31{OUTSIDE}", "99"]
    assert first == ["", "seed 5", "10", "20", "30", ""]
    assert mean[2:] == ["11", "19", "30", ""]
    assert (least[2:], most[2:]) == (["10", "18", "30", ""], ["12", "20", "30", ""])
    assert n_outside(values, published) == (2, 3)


# Tables 2 and 3 -----------------------------------------------------------------------


def small(monkeypatch):
    """Two epochs and the two smaller widths of Table 2."""
    counts = {16: (206, 198), 32: (1151, 1151)}
    monkeypatch.setattr(qi_table2, "TABLE", qi_table2.TABLE._replace(counts=counts))
    monkeypatch.setattr(qi_boundaries, "EPOCHS", (0, 2))


def test_the_page_of_a_table_shows_what_its_csv_holds(monkeypatch, tmp_path):
    small(monkeypatch)
    page = reproduce("qi-inputs-table2", tmp_path)
    (titles, lines), (_, layers) = tables(tmp_path / "qi-inputs-table2.md")
    assert titles == ["hidden", "regions", "0", "2"]
    assert page.summary.splitlines()[0] == f"| {' | '.join(titles)} |"
    summary = rows(tmp_path / "rows.csv")
    networks = {k: rows(tmp_path / f"networks-{k}.csv") for k in (16, 32)}
    for j, width in enumerate((16, 32)):
        theirs, first, mean, least, most = lines[5 * j : 5 * j + 5]
        for k, epoch in enumerate((0, 2)):
            counts = [
                int(row["activation"])
                for row in networks[width]
                if row["epoch"] == str(epoch)
            ]
            assert len(counts) == len(SEEDS)
            assert first[2 + k] == str(counts[0])
            assert mean[2 + k] == f"{np.mean(counts):.0f}"
            assert (least[2 + k], most[2 + k]) == (str(min(counts)), str(max(counts)))
            known = qi_table2.TABLE.counts[width][k]
            inside = min(counts) <= known <= max(counts)
            assert theirs[2 + k] == f"{known}{'' if inside else OUTSIDE}"
            row = summary[2 * j + k]
            assert float(row["mean"]) == pytest.approx(np.mean(counts))
            assert float(row["sd"]) == pytest.approx(np.std(counts, ddof=1))
        assert first[2] == str(FIRST[width][-1])
    assert [row[:2] for row in layers] == [
        [f"[{k}]^3", str(e)] for k in (16, 32) for e in (0, 2)
    ]
    for name in ("figure6.png", "figure7.png", "figure9.png", "epochs.gif"):
        assert (tmp_path / name).stat().st_size > 1000
    frames = Page(tmp_path / "epochs.html").about["frames"]
    shown = [(frame["network"], frame["name"]) for frame in frames]
    assert shown == [(f"[{k}]^3", f"epoch {e}") for k in (16, 32) for e in (0, 2)]
    assert not (tmp_path / "journals").exists()


def test_a_run_that_is_stopped_goes_on_to_the_same_tables(monkeypatch, tmp_path):
    small(monkeypatch)
    reproduce("qi-inputs-table2", tmp_path / "whole", quick=True)
    real, steps = pr.study.Ensemble.run_epoch, []

    def stopping(self):
        steps.append(self.widths[1])
        if len(steps) == 3:  # in the second ensemble
            raise KeyboardInterrupt
        real(self)

    monkeypatch.setattr(pr.study.Ensemble, "run_epoch", stopping)
    with pytest.raises(InterruptedStudyError):
        reproduce("qi-inputs-table2", tmp_path / "parts", quick=True)
    assert not (tmp_path / "parts" / "rows.csv").exists()
    reproduce("qi-inputs-table2", tmp_path / "parts", quick=True)
    assert steps == [16, 16, 32, 32, 32]  # the first ensemble is not trained again
    for name in ("rows.csv", "networks-16.csv", "networks-32.csv", "figure9.png"):
        parts, whole = (tmp_path / f / name for f in ("parts", "whole"))
        assert parts.read_bytes() == whole.read_bytes()
    text = (tmp_path / "parts" / "qi-inputs-table2.md").read_text(encoding="utf-8")
    assert "the rest of a run that was stopped" in " ".join(text.split())


# Table 1 ------------------------------------------------------------------------------


def test_table_1_leaves_the_page_of_the_epochs_that_it_reached(monkeypatch, tmp_path):
    published = {size: qi_table1.PUBLISHED[size] for size in (200, 500)}
    monkeypatch.setattr(qi_table1, "PUBLISHED", published)
    monkeypatch.setattr(qi_table1, "STAGES", (0, 10))
    monkeypatch.setattr(qi_table1, "PICTURED", (0,))
    real = pr.study.Ensemble.run_epoch

    def stopping(self):
        if len(self.dataset) == 500 and self.epoch == 9:
            raise KeyboardInterrupt
        real(self)

    monkeypatch.setattr(pr.study.Ensemble, "run_epoch", stopping)
    with pytest.raises(InterruptedStudyError):
        reproduce("qi-inputs-table1", tmp_path)
    path = tmp_path / "qi-inputs-table1.md"
    titles, lines = tables(path)[0]
    assert titles[2:] == [str(epoch) for epoch in qi_table1.EPOCHS]
    assert "10 with 200, 0 with 500" in " ".join(path.read_text("utf-8").split())
    assert [cell != "" for cell in lines[1][2:5]] == [True, True, False]
    assert [cell != "" for cell in lines[6][2:5]] == [True, False, False]
    assert lines[1][2] == lines[6][2] == "1151"
    assert lines[0][2] == "1151"
    monkeypatch.setattr(pr.study.Ensemble, "run_epoch", real)
    reproduce("qi-inputs-table1", tmp_path)
    assert "10 with 200, 10 with 500" in " ".join(path.read_text("utf-8").split())


# Segments -----------------------------------------------------------------------------


def test_segments_are_counted_exactly():
    # One layer: a unit cuts the segment 0 to x where w.x t + b = 0 for a t in (0, 1).
    rng = np.random.default_rng(2)
    W, b = rng.normal(size=(40, 2)), rng.normal(size=40)
    network = pr.Network([(W, b), (np.ones((1, 40)), [0.0])])
    ends = rng.uniform(-1, 1, (30, 2))
    cuts = np.sign(b) != np.sign(ends @ W.T + b)
    found = qi_lines.Segments(ends)(network)
    pieces = 1 + cuts.sum(axis=1)
    assert found["mean"] == pytest.approx(pieces.mean())
    assert (found["least"], found["most"]) == (pieces.min(), pieces.max())


def test_the_page_of_segments_states_the_bound_and_that_it_holds(monkeypatch, tmp_path):
    monkeypatch.setattr(qi_lines, "WIDTHS", (16,))
    monkeypatch.setattr(qi_lines, "EPOCHS", (0, 1))
    monkeypatch.setattr(qi_lines, "N_SEGMENTS", 10)
    reproduce("qi-inputs-lines", tmp_path, quick=True)
    (_, lines), (_, theorem) = tables(tmp_path / "qi-inputs-lines.md")
    networks = rows(tmp_path / "networks-16.csv")
    for k, line in enumerate(lines):
        means = [float(r["mean"]) for r in networks if r["epoch"] == str(k)]
        assert line[2] == f"{np.mean(means) / 48:.3f}"
    most = max(int(row["most"]) for row in networks)
    assert theorem[0][:5] == ["[16]^3", "48", str(17**3), str(most), "yes"]
    needed = float(rows(tmp_path / "theorem1.csv")[0]["units_needed"])
    # So many units, evenly spread, allow just so many pieces.
    assert (1 + needed / 3) ** 3 == pytest.approx(most)
    assert theorem[0][5] == f"{needed:.1f}"
    largest = max(float(row["mean"]) for row in networks)
    assert theorem[0][6] == f"{largest / 48:.3f}"


# ReLU and LeakyReLU -------------------------------------------------------------------


def test_the_page_of_leaky_relu_says_where_the_claim_holds(monkeypatch, tmp_path):
    cases = {
        name: case._replace(epochs=(0, 2)) for name, case in qi_leaky.CASES.items()
    }
    monkeypatch.setattr(qi_leaky, "CASES", cases)
    for module in (qi_leaky, qi_leaky_pictures):
        monkeypatch.setattr(module, "WIDTHS", (16,))
    monkeypatch.setattr(qi_leaky_pictures, "SHOWN", 16)
    monkeypatch.setattr(qi_leaky_pictures, "AT", 2)
    reproduce("qi-leaky", tmp_path)
    (_, claims), *found = tables(tmp_path / "qi-leaky.md")
    assert len(found) == len(claims) == 3
    for name, (_, lines) in zip(cases, found, strict=True):
        networks = rows(tmp_path / f"networks-{name}-16.csv")
        assert len(networks) == 2 * 5 * 2
        for epoch, line in zip((0, 2), lines, strict=True):
            here = [row for row in networks if row["epoch"] == str(epoch)]
            relu, leaky = (
                np.array([int(r["activation"]) for r in here if float(r["slope"]) == s])
                for s in (0.0, 0.01)
            )
            assert line[2] == f"{relu.mean():.0f} & {relu.std(ddof=1):.0f}"
            assert line[3] == f"{leaky.mean():.0f} & {leaky.std(ddof=1):.0f}"
            assert line[6] == f"{(leaky >= relu).sum()} of 5"
            dead = [
                np.mean([int(r[f"dead_{j}"]) for r in here if float(r["slope"]) == 0])
                for j in range(3)
            ]
            assert line[7] == " / ".join(f"{x:.1f}" for x in dead)
            if epoch == 0:
                assert (relu[0], leaky[0]) == qi_leaky.FIRST[16]
        held = int((leaky >= relu).sum())  # of the last epoch, the trained one
        claim = next(claim for claim in claims if claim[0] == name)
        assert claim[1:3] == ["[16]^3", f"{held} of 5"]
        assert sum(map(int, claim[3:6])) == 1
        assert claim[6] == ("2" if held < 3 else "none")
    assert (tmp_path / "figure7-16.png").exists()
    for name in cases:
        frames = Page(tmp_path / f"epochs-{name}.html").about["frames"]
        assert {frame["network"] for frame in frames} == {"ReLU", "LeakyReLU"}


# --------------------------------------------------------------------------------------


def test_a_grid_leaves_out_epochs_that_some_networks_lack():
    table = pr.study.Table(("network", "epoch"))
    for key in [(0, 0), (1, 0), (0, 5)]:
        table.add(key, {"seed": 5, "slope": 0.0, "dead_0": 2, "dead_1": 3}, None)
    grid = Grid(table)
    assert grid.epochs == [0]
    assert grid.summed("dead").tolist() == [[5], [5]]


# What the documents show --------------------------------------------------------------


def test_the_document_shows_the_published_numbers_and_what_was_reached():
    root = Path(__file__).resolve().parents[1]
    text = (root / "benchmarks" / "qi2023.md").read_text(encoding="utf-8")
    wanted = {
        "Table 1": qi_table1.PUBLISHED,
        "Table 2": qi_table2.TABLE.counts,
        "Table 3": qi_table3.TABLE.counts,
    }
    for title, counts in wanted.items():
        section = text[text.index(f"## Qi and Wei 2023, {title}") :]
        table = re.search(r"(?:^\|.*\n)+", section, re.MULTILINE).group()
        lines = [line[2:-2].split(" | ") for line in table.splitlines()]
        published = [line[2:] for line in lines if line[1] == "published"]
        found = [[int(cell.split(OUTSIDE)[0]) for cell in line] for line in published]
        assert found == [list(row) for row in counts.values()]
        seed_5 = [line for line in lines if line[1] == f"seed {SEEDS[0]}"]
        firsts = [FIRST.get(key, FIRST[32])[-1] for key in counts]
        assert [int(line[2]) for line in seed_5] == firsts
        if title == "Table 1":  # to epoch 10 000 at least
            last = 2 + qi_table1.EPOCHS.index(10_000)
            assert all(line[last].isdigit() for line in seed_5)
