# SPDX-License-Identifier: MIT
"""What the README shows is what happens."""

import doctest
import json
import re
import runpy
from pathlib import Path

import pytest

import polyregions as pr
from polyregions import cli

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language):
    """Code blocks of a language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def without_times(text):
    return re.sub(r"\d[\d.e-]* s\b", "_ s", text)


@pytest.fixture
def after_the_examples(tmp_path, monkeypatch):
    """Run the Python blocks, in order, in a folder of their own."""
    monkeypatch.chdir(tmp_path)
    names = {}
    runner = doctest.DocTestRunner(verbose=False)
    for code in blocks("python"):
        if ">>>" in code:
            test = doctest.DocTestParser().get_doctest(code, names, "README", None, 0)
            failed = []
            assert runner.run(test, out=failed.append, clear_globs=False).failed == 0, (
                "".join(failed)
            )
            names |= test.globs
        else:
            exec(compile(code, "README", "exec"), names)
    return names


def test_the_python_examples_run_and_give_what_they_show(after_the_examples):
    assert len(blocks("python")) >= 5
    assert Path("small.npz").exists()
    assert Path("small.png").stat().st_size > 1000


@pytest.mark.usefixtures("after_the_examples")
def test_the_commands_print_what_is_shown(capsys):
    (console,) = blocks("console")
    sessions = re.findall(
        r"^\$ polyregions (.*)\n((?:[^$].*\n)*)", console, re.MULTILINE
    )
    assert len(sessions) == console.count("$") == 5
    for command, shown in sessions:
        cli.main(command.split())
        out, err = capsys.readouterr()
        assert without_times(out + err) == without_times(shown)


def test_the_domain_file_is_one():
    (text,) = blocks("json")
    domain = pr.Domain.from_json(json.loads(text))
    assert (domain.kind, domain.n_inputs, domain.own_dim) == ("slice", 3, 2)


def test_the_demo_prints_what_is_shown(tmp_path, monkeypatch, capsys):
    pytest.importorskip("torch")
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(ROOT / "examples" / "two_moons.py"), run_name="__main__")
    shown = blocks("")[0]
    assert without_times(capsys.readouterr().out) == without_times(shown)
    assert Path("demo.npz").exists()
    assert Path("demo.png").stat().st_size > 10_000


def test_the_picture_is_there_and_small():
    links = re.findall(r"\]\(([^)#:]+)\)", README)
    assert "docs/two_moons.png" in links
    for link in links:
        assert (ROOT / link).exists(), link
    assert (ROOT / "docs" / "two_moons.png").stat().st_size < 300_000
