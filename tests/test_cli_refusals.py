# SPDX-License-Identifier: MIT
"""Wrong input at the command line: exit status 2, one line, no traceback."""

import functools
import json
import os
import re

import numpy as np
import pytest
from program import CANCEL, called, process, write_models

import polyregions as pr
from polyregions import cli


def with_number(key, index, number):
    """Return one array of the cancelling model with one number changed."""
    array = CANCEL[key].copy()
    array[index] = number
    return {key: array}


# npz models: what is changed in a sound one (None: left out), and what the line says.
MODELS = {
    "NaN weight": (with_number("W0", (1, 0), np.nan), "layer 0, unit 1: .*nan"),
    "infinite weight": (with_number("W1", (0, 2), np.inf), "layer 1, unit 0: .*inf"),
    "infinite bias": (with_number("b0", 2, -np.inf), "layer 0, unit 2: .*-inf"),
    "W of wrong shape": ({"W0": np.zeros(3)}, r"layer 0.*\(3,\).*\(out, in\)"),
    "b of wrong shape": ({"b0": np.zeros(2)}, r"layer 0.*\(2,\).*\(3,\)"),
    "layers that do not chain": ({"W1": np.zeros((1, 2))}, "layer 1 takes 2.*gives 3"),
    "no layers": (dict.fromkeys(CANCEL), "W0"),
    "no inputs": ({"W0": np.zeros((3, 0))}, r"layer 0.*\(3, 0\)"),
    "no bias": ({"b1": None}, "b1"),
    "unknown activation": ({"activation": np.array("gelu")}, "gelu.*relu"),
    "complex weights": ({"W1": np.zeros((1, 3), complex)}, "complex"),
    "objects": ({"W0": np.array([{}, None], dtype=object)}, "bad.npz.*objects"),
}
FILES = {
    "text.npz": "not a zip",
    "empty.npz": "",
    "model.h5": "x",
    "half.json": "{",
    "list.json": "[]",
    "kind.json": {"kind": "ball"},
    "nokind.json": {"dim": 2},
    "nohi.json": {"kind": "box", "lo": 0},
    "more.json": {"kind": "all", "dim": 2, "lo": 0},
    "words.json": {"kind": "box", "lo": ["a", 0], "hi": [1, 1]},
    "ragged.json": {"kind": "polytope", "A": [[1, 2], [3]], "b": [1, 1]},
    "square.json": {"kind": "box", "lo": [0, 0], "hi": [1, 1]},
    "segment.json": {"kind": "segment", "p": [0, 0], "q": [1, 1]},
    "empty.json": {"kind": "polytope", "A": [[0, 0]], "b": [-1]},
    "all.json": {"kind": "all", "dim": 2},
}
COMMANDS = {
    "": "COMMAND",
    "count": "MODEL",
    "count cancel.npz --fast": "--fast",
    # models
    "count missing.npz": "missing.npz: no such file",
    "count .": "suffix",
    "count folder.npz": "folder.npz",
    "count model.h5": "h5.*npz",
    "count text.npz": "text.npz",
    "count empty.npz": "empty.npz",
    "count short.npz": "short.npz",
    "count module.pt": "module.pt",
    "count weights.pt": "activation",
    "count weights.pt --activation gelu": "gelu.*relu",
    "count weights.pt --activation relu,relu": "2 entries for 1",
    "count weights.pt --activation prelu": "negative_slope",
    "count weights.pt --activation prelu --negative-slope nan": "finite",
    "count abs.npz --activation relu": "activation",
    # domains
    "count cancel.npz --box 1 -1": "lo = 1, hi = -1",
    "count cancel.npz --box nan 1": "NaN",
    "count cancel.npz --box a 1": "'a 1'.*LO HI",
    "count cancel.npz --box 1": "LO HI",
    "count cancel.npz --box 0,0,0 1": r"\(3,\)",
    "count cancel.npz --box inf inf": "lo < inf",
    "count cancel.npz --box 0 1 --domain square.json": "not allowed with",
    "count cancel.npz --domain missing.json": "missing.json: [Nn]o such file",
    "count cancel.npz --domain half.json": "half.json: no JSON",
    "count cancel.npz --domain list.json": "list.json: not an object",
    "count cancel.npz --domain kind.json": "'ball'.*polytope",
    "count cancel.npz --domain nokind.json": "None.*polytope",
    "count cancel.npz --domain nohi.json": "missing.*hi",
    "count cancel.npz --domain more.json": "unknown.*lo",
    "count cancel.npz --domain words.json": "box lo",
    "count cancel.npz --domain ragged.json": "polytope A",
    "count three.npz --domain square.json": "2 inputs.*3",
    # options
    "plot cancel.npz p.png --engine cplex": "'cplex'.*rational",
    "count cancel.npz --engine cplex": "'cplex'.*rational",
    "count cancel.npz --engine sweep": "'sweep'.*rank 1.*rank 2.*auto",
    "count cancel.npz --definitions linear,R7": "R7.*linear_closed",
    "count cancel.npz --max-regions 0": "max_regions=0; pass",
    "count cancel.npz --max-regions 1e9": "--max-regions.*'1e9'",
    "count cancel.npz --max-bytes -5": "max_bytes=-5; pass",
    "count cancel.npz --max-seconds 0": "max_seconds=0",
    "count cancel.npz --max-seconds nan": "max_seconds=nan",
    "count cancel.npz --threads 0": "threads=0; pass",
    "count cancel.npz --threads 1.5": "--threads.*'1.5'",
    "count cancel.npz --output 1": "output=.*outputs 0 to 0",
    "count cancel.npz --output x": "--output.*'x'",
    "count cancel.npz --certificate no/c": "no/c: cannot be written.*No such file",
    "count cancel.npz --resume no/j": "no/j: cannot be opened.*No such file",
    "verify no cancel.npz": "no: no such file",
    "verify cancel.npz": "required: MODEL",
    "verify cancel.npz cancel.npz --processes 0": "processes 0; pass 1",
    # pictures
    "plot cancel.npz": "OUT",
    "plot three.npz p.png": "3 inputs.*slice",
    "plot three.npz p.png --box -1 1": "3 dimensions.*slice",
    "plot three.npz p.png --domain square.json": "2 inputs.*3",
    "plot cancel.npz p.png --domain segment.json": "1 dimension .*slice",
    "plot cancel.npz p.png --domain empty.json": "empty",
    "plot cancel.npz p.png --domain all.json": "unbounded.*--window",
    "plot cancel.npz p.png --box 0,-inf 1": "unbounded.*--window",
    "plot cancel.npz p.png --box 0 1 --window 5 6": "does not meet the window",
    "plot cancel.npz p.png --window 1 1": "window.*x0 < x1",
    "plot cancel.npz p.png --window 0 inf": "window.*finite",
    "plot cancel.npz p.png --window 0,0,0 1": "window",
    "plot cancel.npz missing/p.png": "no folder missing",
    "plot cancel.npz p.html --layers 1": "slider.*leave --layers out",
    "plot cancel.npz p.html --regions closed": "closed.*activation, linear",
    "plot cancel.npz p.png --layers 2": "1 hidden layer",
    "plot cancel.npz p.gif": "gif.*png",
    "plot cancel.npz p": "suffix.*png",
    "plot cancel.npz folder.png": "folder.png is a folder",
    "plot cancel.npz p.png --regions R4": "'R4'.*both",
}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A folder of its own for each test, with what the commands name."""
    monkeypatch.chdir(tmp_path)
    write_models()
    np.savez("abs.npz", activation="abs", **CANCEL)
    for name, content in FILES.items():
        text = content if isinstance(content, str) else json.dumps(content)
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "short.npz").write_bytes((tmp_path / "abs.npz").read_bytes()[:200])
    (tmp_path / "folder.npz").mkdir()
    (tmp_path / "folder.png").mkdir()


@pytest.fixture
def run(capsys):
    """Call the program in this process; (status, stdout, stderr)."""
    return functools.partial(called, capsys)


def write_torch_files():
    """Write module.pt, a pickled module, and weights.pt, its state dict."""
    torch = pytest.importorskip("torch")
    module = torch.nn.Sequential(
        torch.nn.Linear(2, 3), torch.nn.ReLU(), torch.nn.Linear(3, 1)
    )
    torch.save(module, "module.pt")
    torch.save(module.state_dict(), "weights.pt")


def assert_refused(result, pattern):
    """Exit status 2 and one line that matches."""
    status, out, err = result
    assert (status, out) == (2, "")
    assert re.fullmatch(r"polyregions: error: [^\n]+\n", err)
    assert re.search(pattern, err), err
    assert not os.path.exists("p.png")


@pytest.mark.parametrize("name", MODELS)
def test_a_wrong_model_is_refused_in_one_line(run, name):
    changes, pattern = MODELS[name]
    arrays = CANCEL | changes
    np.savez("bad.npz", **{k: v for k, v in arrays.items() if v is not None})
    assert_refused(run("count", "bad.npz", "--json"), pattern)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_wrong_command_is_refused_in_one_line(run, command):
    if ".pt" in command:
        write_torch_files()
    assert_refused(run(*command.split()), COMMANDS[command])


def test_a_name_with_a_newline_still_gives_one_line(run):
    assert_refused(run("count", "a\nb.npz"), "a b.npz")


@pytest.mark.parametrize("command", ["count missing.npz", "count text.npz", ""])
def test_a_process_that_fails_prints_the_same_line_and_status(command):
    with process(*command.split()) as child:
        out, err = child.communicate(timeout=60)
    assert_refused((child.returncode, out, err), COMMANDS[command])


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
def test_a_full_disk_is_one_line():
    full = open("/dev/full", "w", encoding="utf-8")  # noqa: SIM115
    with full, process("count", "cancel.npz", stdout=full) as child:
        err = child.communicate(timeout=60)[1]
    assert child.returncode == 2
    assert (
        err == "polyregions: error: cannot write the output: No space left on device\n"
    )


def test_a_reader_that_has_gone_is_no_error_message():
    read, write = os.pipe()
    os.close(read)
    with process("count", "cancel.npz", stdout=write) as child:
        os.close(write)
        err = child.communicate(timeout=60)[1]
    assert (child.returncode, err) == (141, "")


@pytest.mark.parametrize(
    ("error", "status", "pattern"),
    [
        (MemoryError(), 2, "out of memory; pass --max-bytes"),
        (ZeroDivisionError("a\nb"), 70, r"a bug .*ZeroDivisionError: a b.*DEBUG=1"),
        (pr.errors.InternalError("x"), 70, r"a bug .*InternalError: x"),
        (pr.errors.SolverError("y"), 2, "error: y"),
    ],
)
def test_an_unforeseen_error_is_one_line(run, monkeypatch, error, status, pattern):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr(cli, "count_regions", fail)
    got, out, err = run("count", "cancel.npz")
    assert (got, out, err.count("\n")) == (status, "", 1)
    assert re.search(pattern, err)
    monkeypatch.setenv("POLYREGIONS_DEBUG", "1")
    with pytest.raises(type(error)):
        run("count", "cancel.npz")
