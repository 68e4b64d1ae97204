# SPDX-License-Identifier: MIT
"""A small share of each fault campaign, as ``campaigns/README.md`` describes them."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
linux = pytest.mark.skipif(sys.platform != "linux", reason="forks, limits, preloads")


def run(script, *options):
    """Run a campaign; its summary, with what failed before it."""
    command = [sys.executable, f"campaigns/{script}.py", *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    return done.stdout.splitlines()[-1]


def test_random_networks_have_one_answer():
    summary = run("random_networks", "--networks", "24", "--processes", "1")
    assert summary.startswith("campaign-random: 24 networks")


def test_large_networks_have_one_answer():
    summary = run("random_networks", "--large", "2", "--processes", "1")
    assert "0 failures" in summary


@linux
@pytest.mark.parametrize("script", ["random_networks", "corrupted_inputs"])
def test_ctrl_c_ends_a_campaign_with_its_summary(script):
    command = [sys.executable, f"campaigns/{script}.py", "--processes", "2"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    process = subprocess.Popen(command, cwd=ROOT, start_new_session=True, **pipes)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    while len(children.read_text().split()) < 2:
        assert process.poll() is None
        time.sleep(0.1)
    time.sleep(1)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "0 failures" in out.splitlines()[-1]
    assert out.endswith(": stopped, no failure\n")
    assert err == ""


@linux
def test_corrupted_files_are_refused_or_read():
    kinds = "npz,safetensors,domain,complex,certificate,journal"
    summary = run("corrupted_inputs", "--files", "1800", "--kinds", kinds)
    assert summary.startswith("campaign-inputs: 1800 files")


@linux
def test_corrupted_state_dicts_are_refused_or_read():
    pytest.importorskip("torch")
    summary = run("corrupted_inputs", "--files", "400", "--kinds", "pt")
    assert summary.startswith("campaign-inputs: 400 files")


@linux
@pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler")
def test_failing_calls_give_an_error_or_the_right_answer():
    summary = run("failing_calls", "--calls", "400")
    assert summary.startswith("campaign-faults: 400 of memory")
    # A string that Cython made of Python's ended the process here.
    assert "0 failures" in run("failing_calls", "--only", "2692", "--kinds", "memory")


def test_the_texts_of_nearly_all_faults_are_in_the_core():
    assert "of 53 texts are in the core once" in run("mutants", "--check")
