# SPDX-License-Identifier: MIT
"""The command ``polyregions reproduce``: what it refuses, and runs that go on."""

import functools
import re
import signal
import subprocess
import sys
import time

import pytest
from program import called
from refusals import refused

import polyregions as pr
from polyregions import reproduce as package
from polyregions.errors import InvalidArgumentError, MissingExtraError
from polyregions.reproduce import EXPERIMENTS, fig3
from polyregions.reproduce.run import reproduce
from polyregions.reproduce.study import InterruptedStudyError, Shape, Study

pytest.importorskip("matplotlib")


@pytest.fixture
def run(capsys, tmp_path, monkeypatch):
    """Call the program in a folder of its own; (status, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)
    return functools.partial(called, capsys, "reproduce")


def content(folder):
    """Bytes of all files, the page without the line of date and seconds."""
    found = {}
    for path in sorted(folder.rglob("*")):
        data = path.read_bytes() if path.is_file() else b""
        if path.suffix == ".md":
            data = data[: data.rindex(b"\n\n", 0, -1)]
        found[str(path.relative_to(folder))] = data
    return found


# The command -------------------------------------------------------------------------


def test_the_list_names_all_experiments(run):
    status, out, err = run("--list")
    assert (status, err) == (0, "")
    names = [line.split()[0] for line in out.splitlines()]
    assert names == list(EXPERIMENTS)
    expected = ["wang-fig3", "wang-fig4", "wang-table1", "wang-bounds", "wang-digits"]
    assert names[:5] == expected
    for line in out.splitlines():
        known = EXPERIMENTS[line.split()[0]]
        assert known.description in line


def test_the_command_prints_the_table_and_the_folder_last(run, tmp_path, monkeypatch):
    monkeypatch.setattr(fig3, "N_PUBLISHED", 80)
    status, out, err = run("wang-fig3", "--quick", "--workers", "1")
    assert (status, err) == (0, "")
    assert out.splitlines()[-1] == "wang-fig3"
    page = (tmp_path / "wang-fig3" / "wang-fig3.md").read_text(encoding="utf-8")
    table = out.split("\n\n")[1]
    assert table.startswith("| hidden | published mean")
    assert table in page
    assert "`polyregions reproduce wang-fig3 --quick --workers 1`" in page
    assert f"polyregions {pr.__version__}" in page
    assert re.search(r"^20\d\d-\d\d-\d\d, ", page, re.MULTILINE)


def test_the_folder_may_be_another_and_is_made(run, tmp_path, monkeypatch):
    monkeypatch.setattr(fig3, "N_PUBLISHED", 20)
    out = run("wang-fig3", "--out", "some/where")[1]
    assert out.splitlines()[-1] == "some/where"
    assert (tmp_path / "some" / "where" / "wang-fig3.md").exists()
    assert not (tmp_path / "wang-fig3").exists()


COMMANDS = {
    "": "NAME, or --list",
    "wang-fig5": "'wang-fig5'; there are wang-fig3, wang-fig4",
    "wang-fig3 --out file": "file: cannot be written",
    "wang-fig3 --out file/in": "file/in: cannot be written",
    "wang-fig3 --workers 0": "workers=0",
    "wang-fig3 --workers two": "two",
    "wang-fig3 --samples 3": "--samples",
}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_wrong_command_is_refused_in_one_line(run, command, tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    status, out, err = run(*command.split())
    assert (status, out) == (2, "")
    assert re.fullmatch(r"polyregions: error: [^\n]+\n", err)
    assert re.search(COMMANDS[command], err), err
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_file_that_cannot_be_written_is_refused(tmp_path):
    (tmp_path / "rows.csv").mkdir()
    refused("rows.csv", InvalidArgumentError, reproduce, "wang-fig3", tmp_path, most=2)


def test_without_matplotlib_one_line_says_so(run, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    refused(r"polyregions\[plot\]", MissingExtraError, reproduce, "wang-fig3", "x")
    status, out, err = run("wang-fig3")
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert not list(tmp_path.iterdir())


def test_experiments_load_where_they_are_run():
    code = "import sys, polyregions.cli; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True).stdout
    assert b"polyregions.cli" in loaded
    assert b"polyregions.reproduce" not in loaded
    assert package.reproduce is reproduce


# Going on ----------------------------------------------------------------------------


def test_a_killed_run_goes_on_to_the_same_files(tmp_path):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    ask = f"'wang-fig3', {str(killed)!r}, most=600, workers=1"
    code = f"from polyregions.reproduce import reproduce; reproduce({ask})"
    run = subprocess.Popen([sys.executable, "-c", code])
    journals = killed / "journals"
    while not (journals / "7-7-3-1.journal").exists():  # the second shape
        assert run.poll() is None
        time.sleep(0.01)
    run.send_signal(signal.SIGKILL)
    run.wait()
    assert not (killed / "wang-fig3.md").exists()
    assert (journals / "7-8-2-1.journal").stat().st_size > 1000
    reproduce("wang-fig3", killed, most=600)
    page = (killed / "wang-fig3.md").read_text(encoding="utf-8")
    assert "the rest of a run that was stopped" in " ".join(page.split())
    reproduce("wang-fig3", whole, most=600)
    page = (whole / "wang-fig3.md").read_text(encoding="utf-8")
    assert "stopped" not in page
    assert content(killed) == content(whole)


def test_an_interrupted_run_ends_with_status_3_and_goes_on(run, tmp_path, monkeypatch):
    monkeypatch.setattr(fig3, "N_PUBLISHED", 40)
    count = Study._counted

    def interrupted(study, shape, *rest):
        if shape.widths[1] == 5:
            raise KeyboardInterrupt
        return count(study, shape, *rest)

    monkeypatch.setattr(Study, "_counted", interrupted)
    status, out, err = run("wang-fig3")
    assert (status, out, err.count("\n")) == (3, "", 1)
    assert "goes on, from wang-fig3/journals" in err
    assert len(list((tmp_path / "wang-fig3" / "journals").iterdir())) == 2
    monkeypatch.setattr(Study, "_counted", count)
    assert run("wang-fig3")[0] == 0
    assert not (tmp_path / "wang-fig3" / "journals").exists()


def test_a_stopped_count_stops_the_study(tmp_path, monkeypatch):
    from dataclasses import replace

    from polyregions.reproduce import study as module

    stopped = replace(pr.montecarlo((2, 2, 1), 3), status="interrupted")
    monkeypatch.setattr(module, "montecarlo", lambda *_, **__: stopped)
    (tmp_path / "journals").mkdir()
    with pytest.raises(InterruptedStudyError):
        Study(tmp_path).count([Shape((2, 2, 1), 9)])


def test_other_files_in_the_folder_stay(tmp_path):
    (tmp_path / "journals").mkdir()
    for name in ("mine.txt", "journals/mine.journal"):
        (tmp_path / name).write_text("mine", encoding="utf-8")
    reproduce("wang-fig3", tmp_path, most=3)
    for name in ("mine.txt", "journals/mine.journal"):
        assert (tmp_path / name).read_text(encoding="utf-8") == "mine"
    assert [p.name for p in (tmp_path / "journals").iterdir()] == ["mine.journal"]
