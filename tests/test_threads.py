# SPDX-License-Identifier: MIT
"""The fast engines with several threads: same answers, budgets, progress, Ctrl-C.

Searches of a few milliseconds start no thread: those here last longer.
"""

import math
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import corpus
import numpy as np
import pytest

import polyregions as pr
from polyregions.counts import DEFINITIONS

MANY = (2, 3, 8)
SOON = 0.5  # seconds: how long an ending search may take
ENGINES = ("vertex", "dictionary")
both_engines = pytest.mark.parametrize("engine", ENGINES)


def drawn(name, d, hidden):
    """A network of one of the degenerate families."""
    return pr.Network(corpus.FAMILIES[name](np.random.default_rng(0), d, hidden)[0])


def random(*widths, **activation):
    return pr.random_network([*widths, 1], seed=1, **activation)


SPACE, BOX = pr.Domain.all, lambda d, r: pr.Domain.box(-r, r, dim=d)
MIXED = [["relu", "hardtanh"] * 10, ["abs", "relu6"] * 10]
# 10 000 to 50 000 regions each
QUESTIONS = {
    "line": lambda: (pr.Network(corpus.zigzag([12] * 4, 1)), BOX(1, 1)),
    "plane": lambda: (pr.Network(corpus.uniform(2, (50, 50, 50), 0)), SPACE(2)),
    "box": lambda: (pr.Network(corpus.uniform(4, (24, 20), 0)), BOX(4, 1)),
    "five inputs": lambda: (pr.Network(corpus.uniform(5, (12, 12), 0)), SPACE(5)),
    "seven inputs": lambda: (pr.Network(corpus.uniform(7, (9, 9), 0)), SPACE(7)),
    "bottleneck": lambda: (pr.Network(corpus.uniform(4, (16, 2, 24), 0)), SPACE(4)),
    "one unit": lambda: (pr.Network(corpus.uniform(4, (20, 1, 24), 0)), SPACE(4)),
    "integers": lambda: (drawn("integer_weights", 4, (13, 14)), BOX(4, 2)),
    "integers on all": lambda: (drawn("integer_weights", 4, (12, 12)), SPACE(4)),
    "concurrent": lambda: (drawn("concurrent", 4, (14, 14)), SPACE(4)),
    "relu6": lambda: (random(3, 17, 17, activation="relu6"), BOX(3, 8)),
    "hardtanh": lambda: (random(3, 14, 14, activation="hardtanh"), BOX(3, 4)),
    "abs": lambda: (random(3, 24, 24, activation="abs"), SPACE(3)),
    "leaky": lambda: (
        random(3, 26, 26, activation="leaky_relu", negative_slope=0.125),
        SPACE(3),
    ),
    "mixed": lambda: (random(3, 20, 20, activation=MIXED), BOX(3, 3)),
}


CASES = [(name, engine) for name in QUESTIONS for engine in ENGINES]
CASES.remove(("seven inputs", "vertex"))  # its rank is above 5
CASES[CASES.index(("line", "vertex"))] = ("line", "auto")  # whichever has rank 1
all_cases = pytest.mark.parametrize(("name", "engine"), CASES)


@cache
def question(name):
    """(network, domain) of that name."""
    return QUESTIONS[name]()


def count(name, engine, threads, **options):
    options = {"definitions": "activation", **options}
    net, domain = question(name)
    return pr.count_regions(net, domain, engine=engine, threads=threads, **options)


def enumerate_(name, engine, threads, **options):
    net, domain = question(name)
    return pr.enumerate_regions(net, domain, engine=engine, threads=threads, **options)


@cache
def all_patterns(name):
    """Those of every cell, by one thread."""
    return {*map(bytes, enumerate_(name, "vertex", 1).packed_patterns)}


def numbers(found):
    """All that a search counts."""
    asked = [getattr(found, name, None) for name in DEFINITIONS]
    return asked, found.status, found.per_layer, dict(found.decisions)


def columns(cx):
    """The bytes of a complex's columns: a cell out of order changes them."""
    return [
        column.tobytes()
        for column in (cx.packed_patterns, cx.on_breakpoint, cx.interior_points)
    ]


# Same answers ------------------------------------------------------------------------


@all_cases
def test_counts_and_counters_are_those_of_one_thread(name, engine):
    alone = count(name, engine, 1)
    assert alone.status == "complete"
    assert alone.activation >= 10_000
    for threads in MANY:
        assert numbers(count(name, engine, threads)) == numbers(alone)


@all_cases
def test_cells_and_their_order_are_those_of_one_thread(name, engine):
    alone = enumerate_(name, engine, 1)
    assert len(alone) == alone.per_layer[-1] >= 10_000
    for threads in (3, 8):
        cx = enumerate_(name, engine, threads)
        assert numbers(cx) == numbers(alone)
        assert columns(cx) == columns(alone)


@both_engines
@pytest.mark.parametrize("name", ["relu6", "abs"])
@pytest.mark.parametrize("definitions", ["linear", ("activation", "linear", "affine")])
def test_linear_regions_are_those_of_one_thread(definitions, name, engine):
    alone = numbers(count(name, engine, 1, definitions=definitions))
    for threads in MANY:
        found = count(name, engine, threads, definitions=definitions)
        assert numbers(found) == alone


@both_engines
def test_a_short_search_repeated_often_never_differs(engine):
    net = pr.Network(corpus.uniform(3, (16, 16), 0))
    asked = {"definitions": "activation", "engine": engine}
    alone = numbers(pr.count_regions(net, SPACE(3), threads=1, **asked))
    for _ in range(200):
        found = pr.count_regions(net, SPACE(3), threads=4, **asked)
        assert numbers(found) == alone


@both_engines
def test_cells_enumerated_often_never_differ(engine):
    net = drawn("integer_weights", 3, (10, 10))
    alone = pr.enumerate_regions(net, BOX(3, 2), engine=engine, threads=1)
    for _ in range(50):
        cx = pr.enumerate_regions(net, BOX(3, 2), engine=engine, threads=4)
        assert numbers(cx) == numbers(alone)
        assert columns(cx) == columns(alone)


@both_engines
def test_searches_of_several_callers_at_once_do_not_meet(engine):
    alone = numbers(count("bottleneck", engine, 1))
    with ThreadPoolExecutor(4) as callers:
        found = callers.map(lambda k: count("bottleneck", engine, 1 + k % 4), range(8))
        assert [*map(numbers, found)] == [alone] * 8


@both_engines
def test_the_other_threads_do_a_part_of_the_work(engine):
    net = pr.Network(corpus.uniform(5, (20, 20), 0))
    asked = {"definitions": "activation", "engine": engine, "max_seconds": 0.3}
    all_before, own_before = time.process_time(), time.thread_time()
    pr.count_regions(net, SPACE(5), threads=3, **asked)
    own = time.thread_time() - own_before
    others = time.process_time() - all_before - own
    assert others > 0.1 * own


# Budgets -----------------------------------------------------------------------------


@both_engines
@pytest.mark.parametrize("threads", MANY)
@pytest.mark.parametrize("budget", [1, 300, 7_777, 18_003])
def test_a_search_stops_after_as_many_regions_as_it_may_find(budget, threads, engine):
    whole = count("bottleneck", engine, 1)
    part = count("bottleneck", engine, threads, max_regions=budget)
    assert (part.activation, part.status) == (budget, "budget")
    for found, known in zip(part.per_layer, whole.per_layer, strict=True):
        assert found <= known
    cx = enumerate_("bottleneck", engine, threads, max_regions=budget)
    assert (len(cx), cx.status, cx.per_layer[-1]) == (budget, "budget", budget)


@both_engines
@pytest.mark.parametrize("threads", MANY)
def test_a_budget_of_all_regions_changes_nothing(threads, engine):
    whole = count("bottleneck", engine, 1)
    found = count("bottleneck", engine, threads, max_regions=whole.activation)
    assert numbers(found) == numbers(whole)


@both_engines
@pytest.mark.parametrize("name", ["bottleneck", "integers"])
@pytest.mark.parametrize(
    "budget", [{"max_regions": 4_000}, {"max_seconds": 0.002}, {"max_bytes": 100_000}]
)
def test_cells_of_a_partial_result_are_cells_of_the_whole(name, budget, engine):
    whole = all_patterns(name)
    cx = enumerate_(name, engine, 4, **budget)
    part = [*map(bytes, cx.packed_patterns)]
    assert cx.status == "budget"
    assert len({*part}) == len(part) == cx.per_layer[-1] < len(whole)
    assert whole.issuperset(part)
    for k in range(0, len(cx), 1 + len(cx) // 5):
        assert cx[k].contains(cx[k].interior_point)


@both_engines
@pytest.mark.parametrize("threads", MANY)
def test_a_search_stops_when_its_time_is_over(threads, engine):
    net, n = pr.Network(corpus.uniform(7, (12, 12), 0)), 554_839
    if engine == "vertex":
        net, n = pr.Network(corpus.uniform(5, (20, 20), 0)), 838_169
    asked = {"engine": engine, "threads": threads, "max_seconds": 0.1}
    for ask in (pr.count_regions, pr.enumerate_regions):
        start = time.monotonic()
        part = ask(net, SPACE(net.n_inputs), **asked)
        assert time.monotonic() - start < 0.1 + SOON
        assert part.status == "budget"
        assert 0 < part.per_layer[-1] < n
        width = net.widths[1]
        bound = sum(math.comb(width, k) for k in range(net.n_inputs + 1))
        assert 0 < part.per_layer[0] <= bound


# Progress and Ctrl-C -----------------------------------------------------------------

ENDLESS = [7, 30, 30, 1]


@both_engines
def test_progress_is_told_by_the_calling_thread_alone(engine):
    calls = []

    def note(regions, share):
        calls.append((threading.get_ident(), regions, share))

    net = pr.Network(corpus.uniform(5, (20, 20), 0))
    asked = {"definitions": "activation", "engine": engine, "max_seconds": 0.6}
    found = pr.count_regions(net, SPACE(5), threads=3, progress=note, **asked)
    assert len(calls) >= 3
    callers, regions, shares = zip(*calls, strict=True)
    assert {*callers} == {threading.get_ident()}
    assert [*regions] == sorted(regions)
    assert 0 < regions[-1] <= found.activation
    assert [*shares] == sorted(shares)
    assert 0 <= shares[0] < shares[-1] <= 1


class HaltedError(Exception):
    """Raised by a progress callable."""


@both_engines
@pytest.mark.parametrize("threads", MANY)
def test_an_exception_of_the_progress_callable_comes_out_soon(threads, engine):
    raised = []

    def halt(regions, share):
        raised.append(time.monotonic())
        raise HaltedError(f"at {regions}")

    net = pr.Network(corpus.uniform(5, (20, 20), 0))
    for ask in (pr.count_regions, pr.enumerate_regions):
        with pytest.raises(HaltedError, match=r"at \d+"):
            ask(net, SPACE(5), engine=engine, threads=threads, progress=halt)
        assert time.monotonic() - raised.pop() < SOON
        assert not raised  # called once


@both_engines
def test_ctrl_c_gives_a_valid_partial_result(engine):
    def press(regions, share):
        if regions >= 5:
            signal.raise_signal(signal.SIGINT)

    net = pr.Network(corpus.uniform(5, (20, 20), 0))
    cx = pr.enumerate_regions(net, SPACE(5), engine=engine, threads=3, progress=press)
    assert cx.status == "interrupted"
    assert 5 <= len(cx) == cx.per_layer[-1] < 838_169
    words = cx.packed_patterns[:, 0]
    assert (words[1:] > words[:-1]).all()
    some = range(0, len(cx), 1 + len(cx) // 5)
    assert all(cx[k].contains(cx.interior_points[k]) for k in some)


@pytest.mark.parametrize(("ask", "threads"), [("count", 2), ("enumerate", 8)])
def test_a_signal_from_outside_ends_a_search_soon(ask, threads):
    code = (
        "import polyregions as pr\n"
        f"net = pr.random_network({ENDLESS}, seed=0)\n"
        "print('begins', flush=True)\n"
        f"found = pr.{ask}_regions(net, pr.Domain.all(7), threads={threads})\n"
        "print(found.status, flush=True)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as run:
        try:
            assert run.stdout.readline() == b"begins\n"
            time.sleep(0.2)
            start = time.monotonic()
            run.send_signal(signal.SIGINT)
            assert run.stdout.readline() == b"interrupted\n"
            assert time.monotonic() - start < SOON
            assert run.wait(timeout=20) == 0
        finally:
            run.kill()
