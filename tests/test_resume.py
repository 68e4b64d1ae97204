# SPDX-License-Identifier: MIT
"""Journals of counts: a search that was stopped or killed goes on to the same end."""

import dataclasses
import json
import random
import signal
import time
from itertools import count, cycle

import corpus
import numpy as np
import pytest
from certified import PROVED, answers, left_to_exact_integers, proved, small
from pairs import random_layers
from program import often, process
from refusals import refused

import polyregions as pr
from polyregions import enumeration, record
from polyregions.errors import CertificateError, InvalidArgumentError, JournalError

SPACE = pr.Domain.box(-1, 1, dim=3)
NET = pr.Network(random_layers(2, 3, 6, 5, 2))  # 3 words of cells that merge
ENGINES = ("vertex", "dictionary")


def stopped_again_and_again(
    net, domain, journal, *, step, threads=(1, 2, 4), **options
):
    """Count with budgets of ``step`` regions or seconds; (counts, calls)."""
    seen = 0
    for calls, n_threads in zip(count(1), cycle(threads), strict=False):
        budget = {"max_regions": seen + step}
        if isinstance(step, float):
            budget = {"max_seconds": step}
        counts = pr.count_regions(
            net, domain, resume=journal, threads=n_threads, **budget, **options
        )
        if counts.status == "complete":
            return counts, calls
        assert counts.status == "budget"
        assert counts.per_layer[-1] >= seen
        seen = counts.per_layer[-1]
        assert calls < 200


# Stopped by budgets ------------------------------------------------------------------


@pytest.mark.parametrize("definitions", [("activation",), ("linear",), PROVED])
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("net", [NET, pr.Network(corpus.uniform(3, (9, 8), 0))])
def test_a_count_stopped_by_regions_ends_as_one_that_was_not(
    net, engine, definitions, tmp_path
):
    options = {"definitions": definitions, "engine": engine}
    one = pr.count_regions(net, SPACE, certificate=tmp_path / "one", **options)
    counts, calls = stopped_again_and_again(
        *(net, SPACE, tmp_path / "j"),
        step=one.per_layer[-1] // 7,
        certificate=tmp_path / "c",
        **options,
    )
    assert 5 <= calls <= 9
    assert answers(counts) == answers(one)
    assert (tmp_path / "c").read_bytes() == (tmp_path / "one").read_bytes()


@pytest.mark.parametrize("engine", ENGINES)
def test_a_count_stopped_by_seconds_ends_as_one_that_was_not(engine, tmp_path):
    # Some tenths of a second: a budget must leave time to search behind the journal.
    d, hidden = (4, (20, 20)) if engine == "vertex" else (7, (9, 9))
    net, space = pr.Network(corpus.uniform(d, hidden, 0)), pr.Domain.all(d)
    options = {"definitions": PROVED, "engine": engine}
    one = pr.count_regions(net, space, certificate=tmp_path / "one", **options)
    counts, calls = stopped_again_and_again(
        *(net, space, tmp_path / "j"),
        step=one.seconds / 4,
        certificate=tmp_path / "c",
        **options,
    )
    assert calls > 2
    assert answers(counts) == answers(one)
    assert (tmp_path / "c").read_bytes() == (tmp_path / "one").read_bytes()


def test_all_definitions_are_the_same_without_a_certificate(tmp_path):
    for seed in range(3):
        net = small(2 * seed, activation="hardtanh")
        one = pr.count_regions(net, pr.Domain.all(2), definitions="all")
        counts, _ = stopped_again_and_again(
            *(net, pr.Domain.all(2), tmp_path / f"j{seed}"), step=5, definitions="all"
        )
        assert answers(counts) == answers(one)


@pytest.mark.parametrize("engine", ["sweep", "rational"])
def test_the_other_engines_take_a_journal_too(engine, tmp_path):
    net, line = pr.Network(random_layers(1, 1, 6, 4, 2)), pr.Domain.all(1)
    one = pr.count_regions(net, line)
    assert one.activation > 3
    asked = {"engine": engine, "resume": tmp_path / "j"}
    part = pr.count_regions(net, line, max_regions=2, **asked)
    assert (part.status, part.activation) == ("budget", 2)
    for _ in range(2):
        assert answers(pr.count_regions(net, line, **asked)) == answers(one)


@pytest.mark.parametrize("engine", ENGINES)
def test_cells_that_were_enumerated_in_parts_are_the_same(engine, tmp_path):
    asked = {"engine": engine, "resume": tmp_path / "j"}
    one = pr.enumerate_regions(NET, SPACE, engine=engine)
    for bound in (1, 2, 20, 40, 41):
        cx = pr.enumerate_regions(NET, SPACE, max_regions=bound, threads=2, **asked)
        assert cx.status == "budget"
        assert bound <= len(cx) < bound + 2
    for _ in range(2):
        cx = pr.enumerate_regions(NET, SPACE, **asked)
        assert np.array_equal(cx.packed_patterns, one.packed_patterns)
        assert np.array_equal(cx.on_breakpoint, one.on_breakpoint)
        assert np.array_equal(cx.interior_points, one.interior_points)
        assert (cx.per_layer, cx.status) == (one.per_layer, "complete")


def test_budgets_are_of_the_whole_count(tmp_path):
    asked = {"resume": tmp_path / "j", "threads": 1}
    assert pr.count_regions(NET, SPACE, max_regions=20, **asked).activation == 20
    for bound in (20, 7):  # nothing is left of it
        again = pr.count_regions(NET, SPACE, max_regions=bound, **asked)
        assert (again.status, again.activation) == ("budget", 20)
    assert pr.count_regions(NET, SPACE, max_regions=21, **asked).activation == 21


def test_a_partial_count_in_parts_proves_its_bound(tmp_path):
    for bound in (5, 30, 31):
        counts = pr.count_regions(
            *(NET, SPACE),
            certificate=tmp_path / "c",
            resume=tmp_path / "j",
            max_regions=bound,
            threads=2,
        )
        assert counts.status == "budget"
        assert proved(NET, tmp_path / "c") == {"at least": counts.activation}


def test_exact_subtrees_that_were_stopped_are_told_once(tmp_path):
    net, line = left_to_exact_integers()
    asked = {"engine": "dictionary", "certificate": tmp_path / "c", "threads": 1}
    one = pr.count_regions(net, line, **asked)
    proof = (tmp_path / "c").read_bytes()
    asked["resume"] = tmp_path / "j"
    for bound in range(1, one.activation + 2):
        counts = pr.count_regions(net, line, max_regions=bound, **asked)
    assert answers(counts) == answers(one)
    assert (tmp_path / "c").read_bytes() == proof


def test_a_frame_that_is_due_at_once_does_not_stop_the_search(tmp_path, monkeypatch):
    at_once = dataclasses.replace(record.DEFAULT, journal_seconds=1e-7)
    monkeypatch.setattr(record, "DEFAULT", at_once)
    for net, domain in (left_to_exact_integers(), (small(1), pr.Domain.all(2))):
        one = pr.count_regions(net, domain, engine="dictionary")
        for threads in (1, 4):
            journal = tmp_path / f"{net.n_outputs} {domain.kind} {threads}"
            asked = {"engine": "dictionary", "resume": journal, "threads": threads}
            assert answers(pr.count_regions(net, domain, **asked)) == answers(one)


def test_an_empty_domain_takes_a_journal(tmp_path):
    empty = pr.Domain.polytope([[1, 0, 0], [-1, 0, 0]], [-1, -1])
    for _ in range(2):
        counts = pr.count_regions(NET, empty, resume=tmp_path / "j")
        assert (counts.activation, counts.status) == (0, "complete")


def long_count(folder, **options):
    """Count for some tenths of a second, so that progress is told."""
    net, space = pr.Network(corpus.uniform(7, (12, 12), 0)), pr.Domain.all(7)
    files = {"certificate": folder / "c", "resume": folder / "j"}
    return pr.count_regions(net, space, engine="dictionary", **files, **options)


def test_progress_goes_on_where_it_was(tmp_path):
    seen = []
    half = long_count(tmp_path, max_regions=1000)
    long_count(tmp_path, progress=lambda *told: seen.append(told))
    searching = [told for told in seen if told[0]]
    assert min(searching)[0] >= half.activation
    assert searching[0][1] > 0
    assert all(0 <= share <= 1 for _, share in seen)


# Complete ----------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ["vertex", "rational"])
def test_a_journal_of_a_complete_count_answers_without_a_search(
    engine, tmp_path, monkeypatch
):
    options = {"definitions": PROVED, "engine": engine, "resume": tmp_path / "j"}
    one = pr.count_regions(NET, SPACE, certificate=tmp_path / "one", **options)
    data = (tmp_path / "j").read_bytes()

    def never(*_, **__):
        raise AssertionError("searched")

    monkeypatch.setattr(enumeration._Search, "part", never)
    monkeypatch.setattr(enumeration._Search, "whole", never)
    again = pr.count_regions(NET, SPACE, certificate=tmp_path / "c", **options)
    assert answers(again) == answers(one)
    assert (tmp_path / "c").read_bytes() == (tmp_path / "one").read_bytes()
    assert (tmp_path / "j").read_bytes() == data


# Refused -----------------------------------------------------------------------------


def questions():
    """Another question by the key that differs."""
    other = pr.Network(random_layers(3, 3, 6, 5, 2))
    leaky = pr.Network(random_layers(2, 3, 6, 5, 2), "abs")
    return {
        "network": (other, SPACE, {}),
        "layers": (leaky, SPACE, {}),
        "domain": (NET, pr.Domain.all(3), {}),
        "definitions": (NET, SPACE, {"definitions": "activation"}),
        "outputs": (NET, SPACE, {"output": 1}),
        "engine": (NET, SPACE, {"engine": "dictionary"}),
        "certificate": (NET, SPACE, {"certificate": "c"}),
    }


@pytest.mark.parametrize("key", questions())
def test_a_journal_of_another_question_is_refused(key, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    journal = tmp_path / "j"
    pr.count_regions(NET, SPACE, resume=journal, max_regions=9)
    data = journal.read_bytes()
    net, domain, options = questions()[key]
    asked = {"resume": journal} | options
    text = refused(
        "of another question",
        InvalidArgumentError,
        pr.count_regions,
        net,
        domain,
        **asked,
    )
    assert f"{key} is " in text
    assert text.startswith(f"{journal}: ")
    assert journal.read_bytes() == data
    assert not (tmp_path / "c").exists()


def test_counts_and_cells_have_journals_of_their_own(tmp_path):
    pr.count_regions(NET, SPACE, resume=tmp_path / "j", max_regions=9)
    ask = {"resume": tmp_path / "j"}
    refused("question", InvalidArgumentError, pr.enumerate_regions, NET, SPACE, **ask)


def test_two_writers_are_refused(tmp_path):
    lines = []

    def meanwhile(*_):
        if not lines:
            ask = {"resume": tmp_path / "j"}
            args = InvalidArgumentError, pr.count_regions, NET, SPACE
            lines.append(refused("another process is writing", *args, **ask))

    long_count(tmp_path, progress=meanwhile)
    assert lines


def test_a_path_that_is_no_journal_is_refused(tmp_path):
    (tmp_path / "text").write_text("notes")
    for path, error in {
        tmp_path: JournalError,
        tmp_path / "no" / "j": JournalError,
        tmp_path / "text": JournalError,
        7: InvalidArgumentError,
        "a\0b": InvalidArgumentError,
    }.items():
        refused("", error, pr.count_regions, NET, SPACE, resume=path)
    assert (tmp_path / "text").read_text() == "notes"


def test_a_certificate_that_cannot_be_written_costs_nothing_of_the_journal(tmp_path):
    asked = {"resume": tmp_path / "j", "certificate": tmp_path / "no" / "c"}
    refused("No such file", CertificateError, pr.count_regions, NET, SPACE, **asked)
    assert not (tmp_path / "j").exists()


# Processes that end ------------------------------------------------------------------


def arguments(folder, *more):
    """Of the program: a count of some tenths of a second, with both files."""
    model = folder / "model.npz"
    if not model.exists():
        pr.Network(corpus.uniform(10, (10, 10), 0)).save(model)
    files = ["--certificate", str(folder / "c"), "--resume", str(folder / "j")]
    return ["count", str(model), "--json", "--quiet", *files, *more]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """What the program prints, without times and work, and the certificate."""
    folder = tmp_path_factory.mktemp("undisturbed")
    out, err = (run := process(*arguments(folder))).communicate()
    assert (run.returncode, err) == (0, "")
    return printed(out), (folder / "c").read_bytes()


def printed(out):
    """The JSON without what differs from run to run."""
    found = json.loads(out)
    return {k: found[k] for k in found if k not in ("seconds", "decisions")}


def size_of(path):
    return path.stat().st_size if path.exists() else 0


def ended(run, journal, signal_number, seconds):
    """End a process by a signal, some time after it has written a frame."""
    before = max(size_of(journal), 4096)  # longer than what a journal begins with
    while size_of(journal) <= before and run.poll() is None:
        time.sleep(0.002)
    time.sleep(seconds)
    run.send_signal(signal_number)
    return run.communicate(timeout=20)


def test_a_count_that_ctrl_c_ended_goes_on(undisturbed, tmp_path):
    run = often(*arguments(tmp_path))
    out, err = ended(run, tmp_path / "j", signal.SIGINT, 0.02)
    assert run.returncode == 3, err
    part = json.loads(out)
    assert part["status"] == "interrupted"
    bound = {"at least": part["activation"]}
    assert proved(pr.load(tmp_path / "model.npz"), tmp_path / "c") == bound
    run = process(*arguments(tmp_path, "--threads", "1"))
    out, err = run.communicate()
    assert (run.returncode, err) == (0, "")
    assert (printed(out), (tmp_path / "c").read_bytes()) == undisturbed


def test_a_count_that_was_killed_goes_on(undisturbed, tmp_path):
    rng, sizes = random.Random(1), [0]
    for kill in range(5):
        run = often(*arguments(tmp_path, "--threads", str(1 + kill % 2)))
        ended(run, tmp_path / "j", signal.SIGKILL, rng.uniform(0, 0.03))
        assert run.returncode == -signal.SIGKILL
        sizes.append(size_of(tmp_path / "j"))
    out, err = (run := process(*arguments(tmp_path))).communicate()
    assert (run.returncode, err) == (0, "")
    assert (printed(out), (tmp_path / "c").read_bytes()) == undisturbed
    assert 0 < sizes[1] < sizes[-1]  # the runs had gone on for some frames
    assert sizes == sorted(sizes)
