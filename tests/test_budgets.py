# SPDX-License-Identifier: MIT
"""Budgets, interrupts, progress and arguments of count_regions and enumerate_regions."""

import json
import signal
import subprocess
import sys
import time
from functools import partial

import corpus
import numpy as np
import pytest
from pairs import ENGINES, random_layers
from refusals import refused

import polyregions as pr
from polyregions.counts import DEFINITIONS
from polyregions.errors import InvalidArgumentError
from polyregions.progress import ProgressPrinter

PLANE, SPACE = pr.Domain.all(2), pr.Domain.all(3)
NET = pr.Network(random_layers(11, 2, 4, 3, 3, 2))
TOTAL = pr.count_regions(NET, PLANE, definitions="all")
ASK = (pr.count_regions, pr.enumerate_regions)
count = partial(pr.count_regions, engine="rational")  # slow enough to be stopped


@pytest.fixture(scope="module")
def big():
    """A network whose thousands of cells take some tenths of a second."""
    return pr.Network(corpus.uniform(3, (16, 16), 0))


@pytest.fixture(scope="module")
def n_big(big):
    """How many there are."""
    return count(big, SPACE, definitions="activation").activation


@pytest.fixture(scope="module")
def flat_output():
    """As many cells, all with the map 0: their joining takes long, too."""
    *hidden, (weight, bias) = corpus.uniform(3, (12, 12), 0)
    return pr.Network([*hidden, (0 * weight, 0 * bias)])


def assert_lower_bounds(part, whole):
    """Every field of a partial result is a lower bound."""
    assert part.activation <= whole.activation
    assert len(part.per_layer) == len(whole.per_layer)
    for found, known in zip(part.per_layer, whole.per_layer, strict=True):
        assert found <= known
    assert part.linear == part.linear_closed == part.affine <= whole.affine


# Budgets -----------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("budget", range(1, TOTAL.activation))
def test_a_search_stops_after_as_many_regions_as_it_may_find(budget, engine):
    options = {"engine": engine, "max_regions": budget}
    part = pr.count_regions(NET, PLANE, definitions="all", **options)
    assert (part.activation, part.status) == (budget, "budget")
    assert part.per_layer[-1] == budget
    assert_lower_bounds(part, TOTAL)
    assert part.linear >= 1
    cx = pr.enumerate_regions(NET, PLANE, **options)
    assert (len(cx), cx.status, cx.per_layer) == (budget, "budget", part.per_layer)
    # the distinct maps seen are those of the cells seen
    assert part.affine == len({tuple(region.exact_value) for region in cx})
    streamed = pr.count_regions(NET, PLANE, definitions="activation", **options)
    assert (streamed.activation, streamed.status) == (budget, "budget")


@pytest.mark.parametrize("engine", ENGINES)
def test_cells_of_a_partial_result_are_cells_of_the_whole(engine):
    whole = {*map(tuple, pr.enumerate_regions(NET, PLANE).patterns.tolist())}
    cx = pr.enumerate_regions(NET, PLANE, engine=engine, max_regions=7)
    part = [*map(tuple, cx.patterns.tolist())]
    assert part == sorted(set(part))
    assert whole.issuperset(part)
    assert all(cell.contains(cell.interior_point) for cell in cx)
    assert len(cx.linear_regions()) >= cx.map_labels.max() + 1


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("more", [0, 1, 10**12])
def test_a_budget_that_suffices_changes_nothing(more, engine):
    for ask in ASK:
        found = ask(
            *(NET, PLANE),
            engine=engine,
            max_regions=TOTAL.activation + more,
            max_seconds=3600.0,
            max_bytes=2**40,
        )
        assert found.status == "complete"
        assert found.per_layer == TOTAL.per_layer
    assert len(found) == TOTAL.activation


@pytest.mark.parametrize(("engine", "limit"), [("rational", 0.1), ("highs", 0.7)])
def test_a_search_stops_when_its_time_is_over(big, n_big, engine, limit):
    start = time.monotonic()
    part = pr.count_regions(
        *(big, SPACE), definitions="all", engine=engine, max_seconds=limit
    )
    assert time.monotonic() - start < 5  # soon after, on a busy machine too
    assert part.status == "budget"
    assert part.activation < n_big
    assert part.linear == part.affine <= part.activation
    assert limit <= part.seconds < 5


@pytest.mark.parametrize("engine", ENGINES)
def test_a_search_without_time_finds_nothing_and_says_so(engine):
    options = {"engine": engine, "max_seconds": 1e-300}
    part = pr.count_regions(NET, PLANE, definitions="all", **options)
    assert (part.status, part.activation, part.per_layer) == ("budget", 0, (0, 0, 0))
    assert (part.linear, part.linear_closed, part.affine) == (0, 0, 0)
    cx = pr.enumerate_regions(NET, PLANE, **options)
    assert (len(cx), cx.patterns.shape) == (0, (0, 10))  # 4 + 3 + 3 units


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("limit", [1, 100, 300])
def test_the_columns_stay_within_their_bytes_but_for_one_cell(limit, engine):
    cx = pr.enumerate_regions(NET, PLANE, engine=engine, max_bytes=limit)
    # a cell has a word of pattern, a word of flags and two coordinates
    assert cx.packed_patterns.nbytes + cx.interior_points.nbytes == 24 * len(cx)
    assert cx.status == "budget"
    assert limit < 32 * len(cx) <= limit + 32


def test_counting_activation_regions_alone_stores_nothing():
    for definitions in ("activation", "per_layer", ["per_layer", "activation"]):
        found = pr.count_regions(NET, PLANE, definitions=definitions, max_bytes=1)
        assert (found.status, found.per_layer) == ("complete", TOTAL.per_layer)
    assert pr.count_regions(NET, PLANE, max_bytes=1).status == "budget"


WRONG = {
    "max_regions": [0, -1, 1.0, True, "9", 2**63, np.nan],
    "max_bytes": [0, -1, 1.5, False, "9", 2**63],
    "threads": [0, -1, 2.0, True, "2"],
    "max_seconds": [0, -1, np.nan, "9", True, 1j, [1], np.array([1.0, 2.0])],
    "progress": [3, "yes", [print]],
    "certificate": ["run.cert"],
    "resume": ["run.journal"],
    "engine": ["sweep", "dictionary", "HiGHS", "", None, ["highs"], 3],
    "output": [2, -1, 0.5, "0", [], [[0]], True],
}
ONLY_COUNTED = {"certificate", "resume"}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name in WRONG for value in WRONG[name]]
)
def test_an_argument_out_of_its_range_is_refused_in_one_line(name, value):
    pattern = {"engine": "engine", "output": "outputs 0 to 1"}.get(name, f"{name}=")
    for ask in ASK[: 1 if name in ONLY_COUNTED else 2]:
        refused(pattern, InvalidArgumentError, ask, NET, PLANE, **{name: value})


def test_engines_are_known_by_name_and_later_ones_are_named_as_such():
    for engine in pr.enumeration._LATER_ENGINES:
        refused(
            *("not in this version; pass one of auto,",),
            *(InvalidArgumentError, pr.count_regions, NET, PLANE),
            engine=engine,
        )
    for engine in pr.enumeration.ENGINES:
        found = pr.count_regions(NET, PLANE, engine=engine)
        assert found.engine == engine or engine == "auto"
        assert found.engine in {*pr.enumeration.ENGINES} - {"auto"}


def test_only_networks_and_domains_are_counted():
    for ask in ASK:
        for args in ((NET, "all"), ("net", PLANE), (PLANE, NET), (NET, None)):
            refused("Network and a Domain", InvalidArgumentError, ask, *args)


@pytest.mark.parametrize("threads", [1, 2, 7, np.int64(3)])
def test_the_number_of_threads_changes_nothing(threads):
    cx = pr.enumerate_regions(NET, PLANE, threads=threads)
    alone = pr.enumerate_regions(NET, PLANE)
    assert cx.packed_patterns.tobytes() == alone.packed_patterns.tobytes()
    assert cx.interior_points.tobytes() == alone.interior_points.tobytes()
    found = pr.count_regions(NET, PLANE, definitions="all", threads=threads)
    assert found.to_json() | {"seconds": 0} == TOTAL.to_json() | {"seconds": 0}


# Definitions -------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("mask", range(1, 16))
def test_exactly_the_definitions_asked_for_are_counted(mask, engine):
    names = [name for k, name in enumerate(DEFINITIONS) if mask >> k & 1]
    for given in (names[::-1], iter(names), {*names, "per_layer"}):
        found = pr.count_regions(NET, PLANE, definitions=given, engine=engine)
        assert found.definitions == tuple(names)  # in canonical order
        for name in DEFINITIONS:
            wanted = getattr(TOTAL, name) if name in names else None
            assert getattr(found, name) == wanted
        assert found.per_layer == TOTAL.per_layer


def test_definitions_have_short_forms():
    def asked(**kwargs):
        return pr.count_regions(NET, PLANE, **kwargs).definitions

    assert asked() == ("activation", "linear")
    assert asked(definitions="all") == DEFINITIONS
    assert asked(definitions="affine") == ("affine",)
    assert asked(definitions="per_layer") == ()
    assert asked(definitions=["linear", "linear"]) == ("linear",)


@pytest.mark.parametrize("value", [[], "", "R4", ["linear", "R4"], ["all"], None, 3, [3]])
def test_unknown_definitions_are_refused_in_one_line(value):
    refused(
        *("definitions", InvalidArgumentError, pr.count_regions, NET, PLANE),
        definitions=value,
    )


def test_the_json_has_the_keys_of_the_contract():
    found = pr.count_regions(NET, pr.Domain.box([-np.inf, 0], 1), definitions="linear")
    data = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert [*data] == [
        *("activation", "linear", "linear_closed", "affine", "per_layer", "status"),
        *("engine", "seconds", "decisions", "domain", "definitions"),
    ]
    assert data["activation"] is data["linear_closed"] is data["affine"] is None
    assert (data["linear"], data["definitions"]) == (found.linear, ["linear"])
    assert data["per_layer"] == [*found.per_layer]
    assert pr.Domain.from_json(data["domain"]) == found.domain
    assert all(type(v) is int and v >= 0 for v in data["decisions"].values())


def test_repr_shows_what_was_counted():
    found = pr.count_regions(NET, PLANE, max_regions=3)
    text = repr(found)
    assert text.startswith(f"RegionCounts(activation=3, linear={found.linear}, per_la")
    assert f"budget, engine={found.engine}" in text
    assert "affine" not in text


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


class Halted(Exception):
    """Raised by a progress callable."""


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("ask", ASK)
def test_an_exception_of_the_progress_callable_comes_out(ask, engine, big):
    def halt(regions, share):
        raise Halted(f"at {regions}")

    start = time.monotonic()
    with pytest.raises(Halted, match=r"at \d+"):
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
    for now, regions in ((101.9, 1), (102.0, 50), (102.4, 60), (102.5, 100)):
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


def test_ctrl_c_while_regions_are_joined_keeps_what_is_known(flat_output):
    def press(regions, share):
        if not regions:  # the search counts regions, joining them does not
            raise KeyboardInterrupt

    known = count(flat_output, SPACE, definitions="activation")
    part = count(flat_output, SPACE, definitions="all", progress=press)
    assert (part.status, part.activation) == ("interrupted", known.activation)
    # one map, 0, is all that there is
    assert (part.linear, part.linear_closed, part.affine) == (1, 1, 1)


@pytest.fixture
def alarm():
    """Call it to have KeyboardInterrupt raised after some seconds."""

    def ring(*_):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, ring)
    yield lambda seconds: signal.setitimer(signal.ITIMER_REAL, seconds)
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def test_ctrl_c_in_a_question_to_a_complex_is_raised_and_nothing_half_is_kept(
    flat_output, alarm
):
    cx = pr.enumerate_regions(flat_output, SPACE)
    alarm(0.1)
    with pytest.raises(KeyboardInterrupt):
        cx.adjacency  # noqa: B018
    alarm(0.1)
    with pytest.raises(KeyboardInterrupt):
        cx.linear_labels()
    assert len(cx.linear_regions()) == 1  # one map, and R^3 is connected


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
