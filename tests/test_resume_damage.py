# SPDX-License-Identifier: MIT
"""Journals of counts that are damaged or forged: recovered, or refused in a line."""

import errno
import os
import random
from contextlib import suppress
from itertools import pairwise

import numpy as np
import pytest
from certified import PROVED, answers
from journals import ends
from pairs import random_layers
from refusals import refused

import polyregions as pr
from polyregions.errors import JournalError
from polyregions.frames import pack, unpack
from polyregions.journal_file import framed

SPACE = pr.Domain.box(-1, 1, dim=3)
NET = pr.Network(random_layers(2, 3, 6, 5, 2))


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    """The answer, its certificate, a journal of some parts, and options."""
    folder = tmp_path_factory.mktemp("parts")
    options = {"definitions": PROVED, "engine": "vertex"}
    whole = pr.count_regions(NET, SPACE, certificate=folder / "c", **options)
    proof = (folder / "c").read_bytes()
    for bound in (10, 30, 60):
        pr.count_regions(
            *(NET, SPACE),
            certificate=folder / "c",
            resume=folder / "j",
            max_regions=bound,
            threads=2,
            **options,
        )
    return answers(whole), proof, (folder / "j").read_bytes(), options


def goes_on(folder, data, options, **more):
    """Count from a journal of these bytes; (counts, the certificate)."""
    (folder / "j").write_bytes(data)
    asked = {"certificate": folder / "c", "resume": folder / "j"}
    counts = pr.count_regions(NET, SPACE, **asked, **options, **more)
    return counts, (folder / "c").read_bytes()


def test_a_truncated_journal_goes_on_from_what_is_left(parts, tmp_path):
    whole, proof, data, options = parts
    head = ends(data)[0]
    for size in [0, 3, head - 1, *range(head, len(data), 97), len(data)]:
        counts, written = goes_on(tmp_path, data[:size], options)
        assert answers(counts) == whole
        assert written == proof


def test_a_damaged_byte_costs_its_frame_and_those_after_it(parts, tmp_path):
    whole, proof, data, options = parts
    for at in range(ends(data)[0], len(data), 211):
        damaged = bytearray(data)
        damaged[at] ^= 1
        counts, written = goes_on(tmp_path, damaged, options)
        assert answers(counts) == whole
        assert written == proof


# Disks that fail; more of them: make campaign-kills -----------------------------------


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
@pytest.mark.parametrize("call", ["write", "fsync"])
def test_an_append_that_fails_says_so_and_the_journal_goes_on(
    call, number, parts, tmp_path, monkeypatch
):
    whole, proof, data, options = parts
    for after in range(2):
        genuine, left = getattr(os, call), iter(range(after))

        def fails(*args, genuine=genuine, left=left):
            if next(left, None) is None:
                raise OSError(number, os.strerror(number))
            return genuine(*args)

        with monkeypatch.context() as patch:
            patch.setattr(os, call, fails)
            ask = tmp_path, data, options
            text = refused("cannot be written", OSError, goes_on, *ask)
        assert os.strerror(number) in text
        assert (tmp_path / "j").read_bytes() == data or after
        counts, written = goes_on(tmp_path, (tmp_path / "j").read_bytes(), options)
        assert answers(counts) == whole
        assert written == proof


def test_short_writes_are_gone_on_with(parts, tmp_path, monkeypatch):
    whole, proof, data, options = parts
    genuine = os.write
    monkeypatch.setattr(os, "write", lambda fd, data: genuine(fd, data[:100]))
    counts, written = goes_on(tmp_path, data, options)
    assert answers(counts) == whole
    assert written == proof


# Forged: a sound checksum, and nonsense -----------------------------------------------


def frames_of(data):
    stops = ends(data)
    return [data[a + 8 : b] for a, b in pairwise(stops)]


def signed_again(data, scalars=lambda s: s, arrays=lambda a: a, blobs=lambda b: b):
    """The journal with its last frame changed and a sound checksum."""
    *before, last = frames_of(data)
    s, a, b = unpack(last)
    last = pack(scalars(s), arrays(dict(a)), blobs({k: bytes(v) for k, v in b.items()}))
    return data[: ends(data)[0]] + b"".join(map(framed, [*before, last]))


TASKS = {
    "no hex": [["zz", ""]],
    "no pair": [["01"]],
    "text": "01",
    "a number": 7,
    "an unknown step": [["0301", "0000"]],
    "an end below": [["0100", "0000"]],
    "found of another network": [["01", "000000"]],
    "a way that is too long": [["01" * 500, "0000"]],
    "a way that ends before": [["02" * 40 + "01", "0000"]],
}


@pytest.mark.parametrize("name", TASKS)
@pytest.mark.parametrize("threads", [1, 3])
def test_tasks_that_this_search_cannot_have_written_are_refused(
    name, threads, parts, tmp_path
):
    _, _, data, options = parts
    data = signed_again(data, lambda s: s | {"rest": TASKS[name]})
    ask = {"threads": threads}
    text = refused("", JournalError, goes_on, tmp_path, data, options, **ask)
    assert text.startswith(f"{tmp_path}/j: a frame that this search cannot have")


FRAGMENTS = {
    "none": [],
    "no list": 7,
    "a size too large": [["", 10**6, 1, []]],
    "a negative size": [["", -1, 1, []]],
    "leaves that are no number": [["", 0, "1", []]],
    "a cut behind the end": [["", 0, 1, [[5, 0, []]]]],
    "an event that is no number": [["", 0, 1, [[0, 0, [-1]]]]],
    "cuts in no order": [["", 0, 9, [[0, 5, []], [0, 2, []]]]],
}


@pytest.mark.parametrize("name", FRAGMENTS)
def test_fragments_that_are_none_are_refused(name, parts, tmp_path):
    _, _, data, options = parts
    data = signed_again(data, lambda s: s | {"fragments": FRAGMENTS[name]})
    refused("cannot have", JournalError, goes_on, tmp_path, data, options)


def test_columns_and_counts_that_do_not_fit_are_refused(parts, tmp_path):
    _, _, data, options = parts
    nonsense = [
        *(
            {"arrays": lambda a, k=k: a | {k: np.zeros(3, np.uint64)}}
            for k in ("patterns", "on_break", "points", "first", "columns", "steps")
        ),
        {"arrays": lambda a: a | {"patterns": a["patterns"][:-1]}},
        *(
            {"scalars": lambda s, v=v: s | {"counts": s["counts"] | v}}
            for v in (
                {"activation": -1},
                {"activation": 2**70},
                {"per_layer": [1]},
                {"status": "fine"},
                {"decisions": {}},
            )
        ),
        {"scalars": lambda s: {}},
        {"blobs": lambda b: {"tokens": b["tokens"][1:]}},
    ]
    for change in nonsense:
        bad = signed_again(data, **change)
        refused("cannot have", JournalError, goes_on, tmp_path, bad, options)


def test_random_nonsense_is_refused_or_counted_and_never_more(parts, tmp_path):
    _, _, data, options = parts
    head, frames, rng = ends(data)[0], frames_of(data), random.Random(0)
    for _ in range(60):
        bad = [bytearray(frame) for frame in frames]
        frame = rng.choice(bad)
        for _ in range(rng.choice([1, 1, 4])):
            frame[rng.randrange(len(frame))] = rng.randrange(256)
        changed = data[:head] + b"".join(framed(bytes(f)) for f in bad)
        with suppress(JournalError):
            goes_on(tmp_path, changed, options, max_seconds=5)
