# SPDX-License-Identifier: MIT
"""Progress and Ctrl-C: partial results are valid, and nothing is swallowed."""

import signal
import subprocess
import sys
import time
from functools import partial

import corpus
import pytest
from pairs import ENGINES, random_layers

import polyregions as pr
from polyregions import _core, budgets
from polyregions.progress import ProgressPrinter

PLANE, SPACE = pr.Domain.all(2), pr.Domain.all(3)
NET = pr.Network(random_layers(11, 2, 4, 3, 3, 2))
ASK = (pr.count_regions, pr.enumerate_regions)
stopped = partial(_core.CoreMonitor, max_seconds=1e-300)  # at its first question


@pytest.fixture(scope="module")
def big():
    """A network whose thousands of cells take some tenths of a second."""
    return pr.Network(corpus.uniform(3, (16, 16), 0))


@pytest.fixture(scope="module")
def n_big(big):
    """How many there are."""
    return pr.count_regions(big, SPACE, definitions="activation").activation


# Progress ----------------------------------------------------------------------------


@pytest.mark.parametrize("ask", ASK)
def test_progress_is_told_the_regions_and_the_share_so_far(ask, big, n_big):
    calls = []
    found = ask(
        *(big, SPACE), engine="rational", progress=lambda *seen: calls.append(seen)
    )
    assert found.status == "complete"
    assert calls
    searching = [seen for seen in calls if seen[0]]  # joining regions counts none
    assert searching == sorted(searching)
    for regions, share in calls:
        assert type(regions) is int
        assert 0 <= regions <= found.per_layer[-1] == n_big
        assert 0 <= share <= 1


class HaltedError(Exception):
    """Raised by a progress callable."""


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("ask", ASK)
def test_an_exception_of_the_progress_callable_comes_out(ask, engine, big):
    def halt(regions, share):
        raise HaltedError(f"at {regions}")

    start = time.monotonic()
    with pytest.raises(HaltedError, match=r"at \d+"):
        ask(big, SPACE, engine=engine, progress=halt)
    assert time.monotonic() - start < 5


def test_no_progress_is_no_progress(capsys):
    for progress in (None, False, True):
        pr.count_regions(NET, PLANE, progress=progress)  # True: too short for a line
    assert capsys.readouterr() == ("", "")


class Screen:
    """A stream that remembers; a terminal or not."""

    def __init__(self, terminal):
        self.text, self.terminal = "", terminal

    def isatty(self):
        return self.terminal

    def write(self, text):
        self.text += text

    def flush(self):
        pass


@pytest.mark.parametrize("terminal", [False, True])
def test_lines_of_progress_come_after_two_seconds_and_twice_a_second(
    terminal, monkeypatch
):
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    screen = Screen(terminal)
    printer = ProgressPrinter(screen)
    for seconds, regions in ((1.9, 1), (2.0, 50), (2.4, 60), (2.5, 100)):
        now = 100 + seconds
        printer(regions, regions / 200)
    printer.close()
    # 50 in 2 s; a quarter done: 6 s are left; 100 in 2.5 s; half done: 2.5 s, rounded
    first = "50 regions, 25 a second, 25.0 % done, about 6 s left"
    second = "100 regions, 40 a second, 50.0 % done, about 2 s left"
    lines = [line.strip() for line in screen.text.replace("\r", "\n").split("\n")]
    assert [line for line in lines if line] == [first, second]
    assert screen.text.endswith("\n")
    assert ("\r" in screen.text) == terminal


# Interrupts --------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("ask", ASK)
def test_ctrl_c_gives_a_valid_partial_result(ask, engine, big, n_big):
    def press(regions, share):
        if regions >= 5:
            signal.raise_signal(signal.SIGINT)

    options = {"definitions": "all"} if ask is pr.count_regions else {}
    part = ask(big, SPACE, engine=engine, progress=press, **options)
    assert part.status == "interrupted"
    assert 5 <= part.per_layer[-1] < n_big
    if ask is pr.count_regions:
        assert part.activation == part.per_layer[-1]
        assert 1 <= part.linear == part.linear_closed == part.affine
        assert part.affine <= part.activation
    else:
        assert len(part) == part.per_layer[-1]
        assert part[0].contains(part[0].interior_point)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_budget_that_ends_while_regions_are_joined_keeps_what_is_known(
    engine, monkeypatch
):
    whole = pr.count_regions(NET, PLANE, definitions="all")
    monitor = budgets.Budget.monitor

    def monitors(budget, tick, at_least=0.0):  # joining is given a little time, always
        return stopped() if at_least else monitor(budget, tick)

    monkeypatch.setattr(budgets.Budget, "monitor", monitors)
    part = pr.count_regions(NET, PLANE, definitions="all", engine=engine)
    assert (part.status, part.activation) == ("budget", whole.activation)
    assert part.per_layer == whole.per_layer
    assert part.linear == part.linear_closed == part.affine <= whole.affine
    alone = pr.count_regions(NET, PLANE, definitions="activation", engine=engine)
    assert (alone.status, alone.activation) == ("complete", whole.activation)


@pytest.mark.parametrize(
    "question",
    [
        lambda cx: cx.map_labels.tolist(),
        lambda cx: cx.adjacency.tolist(),
        lambda cx: cx.same_map.tolist(),
        lambda cx: len(cx.graph.edges),
        lambda cx: cx.linear_labels("open").tolist(),
        lambda cx: cx.linear_labels("closed").tolist(),
        lambda cx: len(cx.linear_regions()),
    ],
)
def test_a_question_to_a_complex_that_is_stopped_is_raised_and_nothing_half_is_kept(
    question, monkeypatch
):
    wanted = question(pr.enumerate_regions(NET, PLANE))
    cx = pr.enumerate_regions(NET, PLANE)
    with monkeypatch.context() as patch:
        patch.setattr(_core, "CoreMonitor", stopped)
        with pytest.raises(KeyboardInterrupt):
            question(cx)
    assert question(cx) == wanted


def test_a_signal_from_outside_ends_a_search():
    code = (
        "import polyregions as pr\n"
        "net = pr.random_network([7, 30, 30, 1], seed=0)\n"
        "print('begins', flush=True)\n"
        "counts = pr.count_regions(net, pr.Domain.all(7), engine='rational')\n"
        "print(counts.status, flush=True)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as run:
        assert run.stdout.readline() == b"begins\n"
        time.sleep(0.3)
        run.send_signal(signal.SIGINT)
        try:
            out, _ = run.communicate(timeout=20)
        finally:
            run.kill()
    assert (out, run.returncode) == (b"interrupted\n", 0)
