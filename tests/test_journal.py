# SPDX-License-Identifier: MIT
"""Journals: what is written comes back, damage costs a tail, all else is refused."""

import errno
import os
import struct
import tempfile
import time
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from journals import IDENTITY, PAYLOADS, ends, failing, read, written
from refusals import refused

from polyregions import journal, journal_file
from polyregions.cli import WRONG_INPUT, _failed
from polyregions.errors import InvalidArgumentError, JournalError
from polyregions.journal import MAGIC, Journal


def frame_definition(payload):
    size = struct.pack("<I", len(payload))
    return size + struct.pack("<I", zlib.crc32(size + payload)) + payload


# Round trip --------------------------------------------------------------------------


def test_the_file_is_a_magic_line_and_frames_of_size_checksum_and_payload(tmp_path):
    identity = b'{"domain":{"dim":2,"kind":"all"},"n":1,"network":"3f2a"}'
    frames = b"".join(map(frame_definition, [identity, *PAYLOADS]))
    assert written(tmp_path / "j") == b"polyregions journal 1\n" + frames


@given(st.lists(st.lists(st.binary(max_size=300), max_size=4), max_size=4))
@settings(max_examples=25, deadline=None)
def test_frames_come_back_in_order_over_any_number_of_sessions(sessions):
    with tempfile.NamedTemporaryFile() as empty:
        seen = []
        for session in sessions:
            with Journal.open(empty.name, IDENTITY) as file:
                assert [*file.frames()] == seen
                assert file.recovered is None
                for payload in session:
                    file.append(payload)
                seen += session
                assert [*file.frames()] == seen
                assert file.n_frames == len(seen)
                assert file.n_bytes == os.stat(empty.name).st_size
        assert read(empty.name) == seen


def test_frames_are_those_acknowledged_when_asked_and_may_be_mixed_with_appends(
    tmp_path,
):
    with Journal.open(str(tmp_path / "j"), IDENTITY) as file:
        file.append(b"one")
        file.append(memoryview(b"two"))
        frames = file.frames()
        assert next(frames) == b"one"
        file.append(bytearray(b"three"))
        assert [*frames] == [b"two"]
        assert [*file.frames()] == [b"one", b"two", b"three"]


def test_frames_larger_than_a_read_come_back(tmp_path, monkeypatch):
    payloads = [os.urandom(2 * journal_file._CHUNK + k) for k in (0, 1)]
    written(tmp_path / "j", payloads)
    assert read(tmp_path / "j") == payloads
    monkeypatch.setattr(journal_file, "_PER_CALL", 1000)
    written(tmp_path / "k", payloads)
    assert read(tmp_path / "k") == payloads


def test_its_repr_says_what_it_holds(tmp_path):
    with Journal.open(tmp_path / "j", {}) as file:
        file.append(b"abc")
        assert repr(file) == f"<Journal '{tmp_path}/j': 1 frames, 43 bytes>"
    assert repr(file).endswith("bytes, closed>")


# Damage ------------------------------------------------------------------------------


def test_a_file_cut_at_any_byte_keeps_its_longest_valid_prefix(tmp_path):
    path = tmp_path / "j"
    data = written(path)
    head, *stops = ends(data)
    for size in range(len(data) + 1):
        path.write_bytes(data[:size])
        kept = [stop for stop in stops if stop <= size]
        with Journal.open(path, IDENTITY) as file:
            assert file.recovered is None  # no more than a kill leaves
            assert [*file.frames()] == PAYLOADS[: len(kept)]
            assert path.stat().st_size == file.n_bytes == max([head, *kept])
            file.append(b"more")
        assert read(path) == [*PAYLOADS[: len(kept)], b"more"]


@pytest.mark.parametrize("flip", [1, 128, 255])
def test_a_byte_that_is_damaged_costs_its_frame_and_those_after_it(flip, tmp_path):
    path = tmp_path / "j"
    data = written(path)
    head, *stops = ends(data)
    for at in range(len(data)):
        damaged = bytearray(data)
        damaged[at] ^= flip
        path.write_bytes(damaged)
        if at < head:
            refused("another file", JournalError, Journal.open, path, IDENTITY)
            assert path.read_bytes() == damaged
            continue
        kept = sum(stop <= at for stop in stops)
        with Journal.open(path, IDENTITY) as file:
            assert [*file.frames()] == PAYLOADS[:kept]
            assert (file.recovered is None) == (kept == len(PAYLOADS) - 1)
            dropped = len(data) - file.n_bytes
            assert f"{dropped} bytes" in (file.recovered or f"{dropped} bytes")
        assert path.read_bytes() == data[: [head, *stops][kept]]


@given(st.binary(max_size=60), st.integers(0, 200))
@settings(max_examples=60, deadline=None)
def test_any_tail_leaves_the_frames_before_it(tail, cut):
    data = MAGIC + b"".join(map(frame_definition, [b"{}", *PAYLOADS]))
    head, *stops = ends(data)
    cut = min(head + cut, len(data))
    kept = sum(stop <= cut for stop in stops)
    with tempfile.NamedTemporaryFile(buffering=0) as part:
        part.write(data[:cut] + tail)
        assert read(part.name, {})[:kept] == PAYLOADS[:kept]


def test_a_damaged_size_allocates_nothing(tmp_path, monkeypatch):
    path = tmp_path / "j"
    data = written(path)
    reads = []
    pread = os.pread
    monkeypatch.setattr(os, "pread", lambda *a: reads.append(a[1]) or pread(*a))
    for size in (2**31 - 1, 2**31 + 1, 2**32 - 1):
        path.write_bytes(data + struct.pack("<II", size, 0) + bytes(50))
        assert read(path) == PAYLOADS
    path.write_bytes(MAGIC + struct.pack("<II", 2**31, 0) + bytes(50))
    refused("first frame is damaged", JournalError, Journal.open, path, IDENTITY)
    assert max(reads) < 1000


def test_a_sound_frame_after_a_long_damaged_one_is_noticed(tmp_path):
    long = bytes(2 * journal_file._SEARCHED)
    data = bytearray(written(tmp_path / "j", [b"first", long, b"last"]))
    data[-100] ^= 1
    (tmp_path / "j").write_bytes(data)
    with Journal.open(tmp_path / "j", IDENTITY) as file:
        assert [*file.frames()] == [b"first"]
        assert f"{len(long) + 20} bytes, were dropped and 1 frames" in file.recovered
    assert read(tmp_path / "j") == [b"first"]


def test_a_long_damaged_tail_is_looked_through_in_bounded_time(tmp_path):
    data = written(tmp_path / "j")
    for tail in (bytes(3 << 20), b"\0\1\0\0" * (3 << 18), b"\1\0\0\0" * (3 << 18)):
        (tmp_path / "j").write_bytes(data + b"\xff" * 8 + tail)
        start = time.process_time()
        assert read(tmp_path / "j") == PAYLOADS
        assert time.process_time() - start < 2


def test_a_frame_changed_while_the_journal_is_open_is_noticed(tmp_path):
    with Journal.open(tmp_path / "j", {}) as file:
        file.append(b"abc")
        with open(tmp_path / "j", "r+b") as other:
            other.seek(-1, os.SEEK_END)
            other.write(b"d")
        refused("changed by another program", JournalError, list, file.frames())


# What is refused ---------------------------------------------------------------------


@pytest.mark.parametrize("data", [b"x", b"PK\x03\x04" + bytes(90), MAGIC[:-2] + b"2\n"])
def test_a_file_of_another_kind_is_refused_and_left_alone(data, tmp_path):
    path = tmp_path / "j"
    path.write_bytes(data)
    refused(f"^{path}: no journal", JournalError, Journal.open, path, IDENTITY)
    assert path.read_bytes() == data


@pytest.mark.parametrize(
    "identity", [b"[1]", b"{", b"[" * 10**5, b'{"n":NaN}', b"\xff"]
)
def test_a_first_frame_that_is_no_object_is_refused(identity, tmp_path):
    data = MAGIC + frame_definition(identity)
    (tmp_path / "j").write_bytes(data)
    refused("no JSON object", JournalError, Journal.open, tmp_path / "j", IDENTITY)
    assert (tmp_path / "j").read_bytes() == data


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"domain": {"kind": "box"}, "n": 2}, 'domain is {"dim":2,"kind":"all"} there'),
        ({"network": "3f2b"}, 'network is "3f2a" there and "3f2b" here; pass another'),
        ({"n": True}, "n is 1 there and true here"),
        ({"n": 1.0}, "n is 1 there and 1.0 here"),
        ({"more": "x" * 10**6}, "more is missing there and "),
    ],
)
def test_another_identity_is_refused_by_its_first_key_that_differs(
    change, message, tmp_path
):
    data = written(tmp_path / "j")
    identity = IDENTITY | change
    text = refused("", InvalidArgumentError, Journal.open, tmp_path / "j", identity)
    assert message in text
    assert len(text) < 400
    assert (tmp_path / "j").read_bytes() == data


def test_the_order_of_the_identity_and_its_spelling_do_not_matter(tmp_path):
    written(tmp_path / "j")
    assert read(tmp_path / "j", dict(reversed(IDENTITY.items()))) == PAYLOADS
    (tmp_path / "k").write_bytes(MAGIC + frame_definition(b'{ "n": 1 }'))
    assert read(tmp_path / "k", {"n": 1}) == []


@pytest.mark.parametrize(
    "identity", [{"x": float("nan")}, {"x": b""}, {1: 1, "1": 1}, 7, {"x": {1}}]
)
def test_an_identity_that_is_no_json_is_refused_before_there_is_a_file(
    identity, tmp_path
):
    refused("no JSON", InvalidArgumentError, Journal.open, tmp_path / "j", identity)
    assert not (tmp_path / "j").exists()


def test_paths_that_cannot_be_a_journal_are_refused(tmp_path):
    refused("Is a directory", JournalError, Journal.open, tmp_path, {})
    refused("No such file", JournalError, Journal.open, tmp_path / "no" / "j", {})
    refused("holds a null", InvalidArgumentError, Journal.open, "a\0b", {})
    refused("path is a int", InvalidArgumentError, Journal.open, 7, {})
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", "/dev/null"):
        refused("no regular file", JournalError, Journal.open, path, {})


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write every file")
@pytest.mark.parametrize("mode", [0o000, 0o400, 0o200])
def test_a_file_one_may_not_read_and_write_is_refused(mode, tmp_path):
    written(tmp_path / "j")
    (tmp_path / "j").chmod(mode)
    refused("Permission denied", JournalError, Journal.open, tmp_path / "j", IDENTITY)


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS, errno.EMFILE])
def test_a_file_that_the_system_does_not_open_is_refused(number, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "open", failing(number))
    text = refused(".", JournalError, Journal.open, tmp_path / "j", {})
    assert os.strerror(number) in text
    assert str(tmp_path) in text


def test_payloads_that_are_no_bytes_are_refused_and_harm_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(journal, "MAX_PAYLOAD", 10)
    with Journal.open(tmp_path / "j", {}) as file:
        for payload in ("text", 7, None, memoryview(b"abcd")[::2]):
            refused("pass bytes", InvalidArgumentError, file.append, payload)
        refused("at most 10", InvalidArgumentError, file.append, bytes(11))
        file.append(bytes(10))
    assert read(tmp_path / "j", {}) == [bytes(10)]


def test_a_closed_journal_is_refused(tmp_path):
    file = Journal.open(tmp_path / "j", {})
    file.append(b"abc")
    frames = file.frames()
    file.close()
    file.close()
    refused("is closed", InvalidArgumentError, file.append, b"")
    refused("is closed", InvalidArgumentError, file.frames)
    refused("is closed", InvalidArgumentError, next, frames)


def test_the_program_says_one_line_of_a_journal_and_exits_with_2(tmp_path, capsys):
    with pytest.raises(JournalError) as caught:
        Journal.open(tmp_path, {})
    assert isinstance(caught.value, OSError)
    assert _failed(caught.value) == WRONG_INPUT
    assert capsys.readouterr().err.startswith(f"polyregions: error: {tmp_path}: cannot")
