# SPDX-License-Identifier: MIT
"""Clusters: what workers on several machines find is what one machine finds."""

import dataclasses
import json
import os
import signal
import sys
import threading
import time

import corpus
import numpy as np
import pytest
from certified import PROVED, answers, left_to_exact_integers, proved, small
from clusters import Processes, until
from program import process, started
from refusals import refused

import polyregions as pr
from polyregions import cluster, shared_search
from polyregions.errors import ClusterError, InvalidArgumentError

distributed = pytest.importorskip("distributed")

NOBODY = "tcp://127.0.0.1:9"  # the port of `discard`, where nobody listens
SHAPE = (4, 8, 8, 1)


@pytest.fixture(scope="module")
def processes(tmp_path_factory):
    """A scheduler and two workers."""
    found = Processes(tmp_path_factory.mktemp("cluster"))
    try:
        found.add_worker()
        found.add_worker()
        until(lambda: os.path.exists(found.file))
        with_two(found)
        yield found
    finally:
        found.end()


def with_two(processes):
    """Wait for two workers."""
    with distributed.Client(scheduler_file=processes.file) as client:
        client.wait_for_workers(2, timeout=20)


@pytest.fixture
def scheduler(processes):
    """The scheduler's file, with two workers behind it."""
    while len(processes.alive()) < 2:
        processes.add_worker()
        with_two(processes)
    return processes.file


@pytest.fixture(scope="module")
def nobody_there(tmp_path_factory):
    """A count for a scheduler that is not there, begun before all else."""
    model = tmp_path_factory.mktemp("nobody") / "model.npz"
    pr.random_network(SHAPE, 0).save(model)
    start = time.monotonic()
    run = process("count", str(model), "--scheduler", NOBODY)
    found = []

    def wait():
        found.extend(run.communicate())
        found.append(time.monotonic() - start)

    thread = threading.Thread(target=wait)
    thread.start()
    yield run, thread, found
    run.kill()
    thread.join()


@pytest.fixture
def short(monkeypatch):
    """Parts of some hundredths of a second; the list of what went to workers."""
    quick = dataclasses.replace(
        shared_search.DEFAULT, first_seconds=0.01, split_seconds=0.02, part_seconds=0.05
    )
    monkeypatch.setattr(shared_search, "DEFAULT", quick)
    sent, submit = [], cluster.Pool.submit

    def spied(self, note, function, *args):
        sent.append(note)
        return submit(self, note, function, *args)

    monkeypatch.setattr(cluster.Pool, "submit", spied)
    return sent


def medium(engine="vertex"):
    """A count of some tenths of a second."""
    d, hidden = (4, (18, 18)) if engine == "vertex" else (7, (9, 9))
    return pr.Network(corpus.uniform(d, hidden, 0)), pr.Domain.all(d)


def same_tables(one, other):
    a, b = one.columns(), other.columns()
    assert list(a) == list(b)
    for name in a:
        np.testing.assert_array_equal(a[name], b[name])


# The same as on one machine ----------------------------------------------------------


@pytest.mark.usefixtures("nobody_there")
@pytest.mark.parametrize("engine", ["vertex", "dictionary"])
@pytest.mark.parametrize("definitions", [("activation",), ("linear",), PROVED])
def test_a_count_is_that_of_one_machine(
    scheduler, short, tmp_path, engine, definitions
):
    net, space = medium(engine)
    asked = {"engine": engine, "definitions": definitions}
    one = pr.count_regions(net, space, certificate=tmp_path / "one", **asked)
    asked["scheduler"] = scheduler
    counts = pr.count_regions(net, space, certificate=tmp_path / "c", **asked)
    assert answers(counts) == answers(one)
    assert (tmp_path / "c").read_bytes() == (tmp_path / "one").read_bytes()
    assert len(short) > 3
    assert answers(pr.count_regions(net, space, **asked)) == answers(one)


def test_cells_are_those_of_one_machine(scheduler, short):
    box = pr.Domain.box(-9, 9, dim=4)
    for activation, hidden in (("relu", (20, 20)), (["hardtanh", "abs"], (14, 14))):
        net = pr.Network(corpus.uniform(4, hidden, 0), activation)
        one = pr.enumerate_regions(net, box, output=0)
        cx = pr.enumerate_regions(net, box, output=0, scheduler=scheduler)
        assert np.array_equal(cx.packed_patterns, one.packed_patterns)
        assert np.array_equal(cx.on_breakpoint, one.on_breakpoint)
        assert np.array_equal(cx.interior_points, one.interior_points)
        assert (cx.per_layer, cx.status) == (one.per_layer, "complete")
        assert len(short) > 3
        short.clear()


def test_parts_that_end_at_once_get_more_time(scheduler, short, monkeypatch, tmp_path):
    seconds = ("first_seconds", "split_seconds", "part_seconds")
    at_once = dataclasses.replace(shared_search.DEFAULT, **dict.fromkeys(seconds, 1e-7))
    monkeypatch.setattr(shared_search, "DEFAULT", at_once)
    asked = {"engine": "dictionary", "certificate": tmp_path / "c"}
    for net, domain in (left_to_exact_integers(), (small(1), pr.Domain.all(2))):
        one = pr.count_regions(net, domain, **asked)
        proof = (tmp_path / "c").read_bytes()
        counts = pr.count_regions(net, domain, scheduler=scheduler, **asked)
        assert answers(counts) == answers(one)
        assert (tmp_path / "c").read_bytes() == proof
    assert len(short) > 9


def test_small_and_empty_questions_have_their_answers(scheduler):
    net = pr.random_network((2, 4, 1), 0)
    empty = pr.Domain.polytope([[1, 0], [-1, 0]], [-1, -1])
    point = pr.Domain.box([0.5, 0.25], [0.5, 0.25])
    for domain in (pr.Domain.all(2), empty, point):
        one = pr.count_regions(net, domain, definitions="all")
        counts = pr.count_regions(net, domain, definitions="all", scheduler=scheduler)
        assert answers(counts) == answers(one)


def test_a_table_is_that_of_one_machine(scheduler):
    for options in (
        {"definitions": "all", "seed": 3},
        {"law": "he", "bias": "normal", "activation": "leaky_relu"}
        | {"negative_slope": 0.25, "domain": pr.Domain.box(-1, 1, dim=4)},
        {"max_regions": 400},
    ):
        one = pr.montecarlo(SHAPE, 150, **options)
        found = pr.montecarlo(SHAPE, 150, scheduler=scheduler, **options)
        assert (found.status, found.samples) == ("complete", 150)
        same_tables(found.table, one.table)


@pytest.mark.parametrize("domain", [pr.Domain.all(4), pr.Domain.box(-1, 1, dim=4)])
def test_an_estimate_is_that_of_one_machine(scheduler, domain):
    net = pr.random_network([4, 12, 12, 1], seed=2)
    here, there = (
        pr.estimate(net, domain, exact_cap=0, seed=5, scheduler=where)
        for where in (None, scheduler)
    )
    assert here.runs == there.runs >= 10
    assert here.activation == there.activation
    assert here.method == there.method == "uniform cells"
    counted = pr.estimate(net, domain, scheduler=scheduler)
    assert counted.method == "exact"
    stopped = pr.estimate(
        pr.random_network([10, 64, 64, 1], seed=0),
        pr.Domain.all(10),
        exact_cap=0,
        max_seconds=1,
        scheduler=scheduler,
    )
    assert not stopped.reliable
    assert "max_seconds" in stopped.reason


def test_a_function_is_a_law_there_too(scheduler):
    scale = 3

    def mine(rng, n_in, n_out):
        return rng.integers(-scale, scale + 1, (n_out, n_in)), np.ones(n_out)

    for law in (mine, lambda *args: mine(*args)):
        one = pr.montecarlo(SHAPE, 12, law=law)
        same_tables(
            pr.montecarlo(SHAPE, 12, law=law, scheduler=scheduler).table, one.table
        )


def test_it_stops_at_the_error_that_was_asked_for(scheduler):
    ask = {"seed": 2, "relative_error": 0.02}
    one = pr.montecarlo((3, 4, 4, 1), 10**6, **ask)
    found = pr.montecarlo((3, 4, 4, 1), 10**6, scheduler=scheduler, **ask)
    assert found.status == "complete"
    same_tables(found.table, one.table)


# Workers that end --------------------------------------------------------------------


def test_a_worker_killed_in_a_count_costs_nothing(
    processes, scheduler, short, tmp_path
):
    net, space = medium()
    one = pr.count_regions(net, space, certificate=tmp_path / "one")
    killed = []

    def told(regions, _):
        if not killed and len(short) > 3:
            killed.append(regions)
            processes.kill_worker()

    counts = pr.count_regions(
        *(net, space),
        certificate=tmp_path / "c",
        resume=tmp_path / "j",
        scheduler=scheduler,
        progress=told,
    )
    assert 0 < killed[0] < one.activation
    assert answers(counts) == answers(one)
    assert (tmp_path / "c").read_bytes() == (tmp_path / "one").read_bytes()


def test_a_worker_killed_in_a_montecarlo_costs_nothing(processes, scheduler):
    one = pr.montecarlo(SHAPE, 300)
    killed = []

    def told(samples, _):
        if not killed and samples:
            killed.append(samples)
            processes.kill_worker()

    found = pr.montecarlo(SHAPE, 300, scheduler=scheduler, progress=told)
    assert 0 < killed[0] < 300
    same_tables(found.table, one.table)


# Clients and schedulers that end -----------------------------------------------------

CLIENT = """
import dataclasses, sys
from polyregions import cli, shared_search
shared_search.DEFAULT = dataclasses.replace(
    shared_search.DEFAULT, first_seconds=0.01, split_seconds=0.02, part_seconds=0.05
)
sys.exit(cli.main())
"""


def client(*argv):
    """Start the program, with parts of some hundredths of a second."""
    return started([sys.executable, "-c", CLIENT, *argv])


def size_of(path):
    return path.stat().st_size if path.exists() else 0


def until_grown(run, journal, n_bytes):
    """Wait until a run has written so many bytes to its journal, or has ended."""
    enough = size_of(journal) + n_bytes
    until(lambda: size_of(journal) >= enough or run.poll() is not None)


def test_a_scheduler_that_ends_leaves_the_journal(tmp_path, monkeypatch):
    lonely = Processes(tmp_path)
    net, space = pr.Network(corpus.uniform(10, (10, 10), 0)), pr.Domain.all(10)
    net.save(tmp_path / "model.npz")
    journal = tmp_path / "j"
    try:
        until(lambda: os.path.exists(lonely.file))
        hurried = dataclasses.replace(cluster.DEFAULT, connect_seconds=0.5)
        monkeypatch.setattr(cluster, "DEFAULT", hurried)
        args = ClusterError, pr.count_regions, net, space
        refused("no workers", *args, scheduler=lonely.file)
        lonely.add_worker()
        ask = ["count", str(tmp_path / "model.npz"), "--resume", str(journal)]
        ask += ["--certificate", str(tmp_path / "c"), "--quiet"]
        run = client(*ask, "--scheduler", lonely.file)
        until_grown(run, journal, 10_000)
        lonely.scheduler.kill()
        out, err = run.communicate(timeout=20)
    finally:
        lonely.end()
    assert (run.returncode, out, err.count("\n")) == (2, "", 1), err
    assert "lost; what is in the journal is kept" in err
    assert not (tmp_path / "c").exists()
    asked = {"certificate": tmp_path / "c", "resume": journal}
    counts = pr.count_regions(net, space, **asked)
    assert answers(counts) == answers(pr.count_regions(net, space))


@pytest.mark.parametrize("signal_number", [signal.SIGKILL, signal.SIGINT])
def test_a_client_that_ended_goes_on(scheduler, tmp_path, signal_number):
    net, space = medium("dictionary")
    net.save(tmp_path / "model.npz")
    one = pr.count_regions(net, space, certificate=tmp_path / "one")
    files = ["--certificate", str(tmp_path / "c"), "--resume", str(tmp_path / "j")]
    ask = ["count", str(tmp_path / "model.npz"), "--json", "--quiet", *files]
    for _ in range(2 if signal_number == signal.SIGKILL else 1):
        run = client(*ask, "--scheduler", scheduler)
        until_grown(run, tmp_path / "j", 10_000)
        run.send_signal(signal_number)
        out, err = run.communicate(timeout=20)
        if signal_number == signal.SIGKILL:
            assert run.returncode == -signal.SIGKILL
        else:
            assert run.returncode == 3, err
            part = json.loads(out)
            assert part["status"] == "interrupted"
            bound = {"at least": part["activation"]}
            assert proved(net, tmp_path / "c") == bound
    for more in ([], ["--scheduler", scheduler]):
        out, err = (run := process(*ask, *more)).communicate()
        assert (run.returncode, err) == (0, "")
        assert json.loads(out)["activation"] == one.activation
        assert (tmp_path / "c").read_bytes() == (tmp_path / "one").read_bytes()


def test_a_killed_montecarlo_goes_on_to_the_same_table(scheduler, tmp_path):
    table = tmp_path / "t.csv"
    ask = ["montecarlo", "--widths", "4,8,8,1", "--samples", "300", "--quiet"]
    ask += ["--out", str(table), "--scheduler", scheduler]
    run, journal = process(*ask), tmp_path / "t.csv.journal"
    until_grown(run, journal, 1000)
    run.kill()
    run.communicate()
    assert run.returncode == -signal.SIGKILL
    _, err = (run := process(*ask, "--resume")).communicate()
    assert (run.returncode, err) == (0, "")
    rows = np.loadtxt(table, delimiter=",", skiprows=1, dtype=np.int64)
    found = pr.montecarlo(SHAPE, 300).table
    np.testing.assert_array_equal(rows, np.stack([*found.columns().values()], axis=1))


# Budgets -----------------------------------------------------------------------------


@pytest.mark.usefixtures("short")
def test_budgets_are_of_the_whole_count(scheduler, tmp_path):
    net, space = medium()
    asked = {"resume": tmp_path / "j", "certificate": tmp_path / "c"}
    for bound in (20_000, 40_000, 40_000):
        counts = pr.count_regions(
            net, space, max_regions=bound, scheduler=scheduler, **asked
        )
        assert counts.status == "budget"
        assert bound <= counts.activation < bound + 20
    part = pr.count_regions(net, space, max_seconds=0.01, scheduler=scheduler, **asked)
    assert part.status == "budget"
    assert part.activation >= counts.activation
    full = pr.enumerate_regions(net, space, max_bytes=10**5, scheduler=scheduler)
    assert full.status == "budget"
    whole = pr.count_regions(net, space, **asked)
    assert answers(whole) == answers(pr.count_regions(net, space))


def test_samples_that_were_stopped_are_the_first(scheduler):
    found = pr.montecarlo((5, 12, 12, 1), 10**5, max_seconds=1, scheduler=scheduler)
    assert found.status == "budget"
    assert 0 < found.samples < 10**5
    assert found.seconds < 10
    one = pr.montecarlo((5, 12, 12, 1), min(found.samples, 5))
    for name, column in one.table.counts.items():
        assert [*found.table.counts[name][: one.samples]] == [*column]


# Refused -----------------------------------------------------------------------------


def test_a_client_is_used_and_left_open(scheduler):
    net, space = pr.random_network(SHAPE, 0), pr.Domain.all(4)
    with distributed.Client(scheduler_file=scheduler, set_as_default=False) as client:
        one = pr.montecarlo(SHAPE, 20)
        same_tables(pr.montecarlo(SHAPE, 20, scheduler=client).table, one.table)
        pr.count_regions(net, space, scheduler=client)
        assert client.status == "running"
    args = InvalidArgumentError, pr.count_regions, net, space
    refused("closed", *args, scheduler=client)


def test_laws_that_fail_on_workers_are_told(scheduler):
    lock = threading.Lock()
    ask = {"scheduler": scheduler}
    for error, pattern, law in (
        (ClusterError, "ZeroDivisionError", lambda rng, n, m: 1 / 0),
        (InvalidArgumentError, "shape", lambda rng, n, m: (np.ones(2), np.ones(m))),
        (InvalidArgumentError, "cannot be sent", lambda rng, n, m: lock),
    ):
        refused(pattern, error, pr.montecarlo, SHAPE, 5, law=law, **ask)


def test_a_scheduler_that_is_not_there_is_told_in_time(nobody_there):
    run, thread, found = nobody_there
    thread.join()
    out, err, seconds = found
    assert (run.returncode, out) == (2, "")
    assert err.count("\n") == 1
    assert NOBODY in err
    assert seconds < 15 + 10 * (os.getloadavg()[0] > 4)
