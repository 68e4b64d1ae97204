# SPDX-License-Identifier: MIT
"""Writers of journals: what is acknowledged stays, whatever kills or fails them."""

import errno
import os
import random
import resource
import signal
import stat
import time
import warnings
from contextlib import contextmanager

import pytest
from journals import IDENTITY, PAYLOADS, ends, failing, read, written
from refusals import refused

from polyregions.errors import InvalidArgumentError, JournalError
from polyregions.journal import Journal

# Writers -----------------------------------------------------------------------------


@contextmanager
def forked(work):
    """Run ``work`` in a child; it ends at the latest with the block."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # threads of numpy's BLAS
        pid = os.fork()
    if pid == 0:
        try:
            work()
        finally:
            os._exit(1)
    try:
        yield pid
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def test_a_second_writer_is_refused_until_the_first_is_done(tmp_path):
    path = tmp_path / "j"
    message = f"^{path}: another process is writing this journal; wait for it or pass"
    with Journal.open(path, IDENTITY) as file:
        file.append(b"abc")
        refused(message, InvalidArgumentError, Journal.open, path, IDENTITY)
        refused(message, InvalidArgumentError, Journal.open, path, {"other": 1})
        file.append(b"def")
    assert read(path) == [b"abc", b"def"]


def test_a_writer_of_another_process_is_noticed(tmp_path):
    ready, tell = os.pipe()

    def hold():
        with Journal.open(tmp_path / "j", {}):
            os.write(tell, b"x")
            time.sleep(60)

    with forked(hold):
        assert os.read(ready, 1)
        refused("process", InvalidArgumentError, Journal.open, tmp_path / "j", {})
    assert read(tmp_path / "j", {}) == []
    os.close(ready)
    os.close(tell)


def payload_of(index):
    """The frame of that number, of up to 200 000 bytes."""
    return random.Random(index).randbytes(4) * (index * 7919 % 50_000)


def test_what_is_acknowledged_survives_kills(tmp_path):
    """Twenty writers go on where the one before was killed."""
    rng = random.Random(0)
    n_frames = 0
    for _ in range(20):
        ready, tell = os.pipe()

        def work(first=n_frames, tell=tell):
            with Journal.open(tmp_path / "j", IDENTITY) as file:
                for index in range(first, first + 1000):
                    file.append(payload_of(index))
                    os.write(tell, b"x")

        with forked(work):
            acknowledged = sum(len(os.read(ready, 1)) for _ in range(rng.randint(1, 4)))
            time.sleep(rng.random() * 0.01)
        os.close(tell)
        while more := os.read(ready, 1000):
            acknowledged += len(more)
        os.close(ready)
        with Journal.open(tmp_path / "j", IDENTITY) as file:
            assert file.recovered is None
            assert n_frames + acknowledged <= file.n_frames
            n_frames = file.n_frames
    assert read(tmp_path / "j") == [*map(payload_of, range(n_frames))]


# Failing writes ----------------------------------------------------------------------


def partial_write(size, then):
    """An os.write that takes ``size`` bytes in all, by threes, and then does this."""
    write, left = os.write, [size]

    def call(fd, data):
        if not left[0]:
            return then()
        n = write(fd, bytes(data[: min(3, left[0])]))
        left[0] -= n
        return n

    return call


def check_refuses_more(file, path):
    """The failed append left nothing, and the journal takes no more."""
    assert [*file.frames()] == PAYLOADS
    refused("takes no more", JournalError, file.append, b"again")
    assert "takes no more" in repr(file)
    file.close()
    data = path.read_bytes()
    assert ends(data)[-1] == len(data)
    assert read(path) == PAYLOADS


@pytest.mark.parametrize("size", [0, 3, 8, 9, 20])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, 0])
def test_a_failed_write_leaves_the_frames_before_it(
    size, number, tmp_path, monkeypatch
):
    written(tmp_path / "j")
    file = Journal.open(tmp_path / "j", IDENTITY)
    then = failing(number) if number else lambda: 0  # nothing written, no error
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", partial_write(size, then))
        refused("cannot be written", JournalError, file.append, bytes(20))
    check_refuses_more(file, tmp_path / "j")


def test_short_writes_are_completed(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "write", partial_write(10**6, None))
    written(tmp_path / "j")
    assert read(tmp_path / "j") == PAYLOADS


def test_a_failed_fsync_is_no_acknowledgement(tmp_path, monkeypatch):
    written(tmp_path / "j")
    file = Journal.open(tmp_path / "j", IDENTITY)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", failing(errno.EIO))
        refused("Input/output", JournalError, file.append, b"abc")
    check_refuses_more(file, tmp_path / "j")


def test_a_tail_that_cannot_be_cut_off_is_dropped_by_the_next_writer(
    tmp_path, monkeypatch
):
    written(tmp_path / "j")
    file = Journal.open(tmp_path / "j", IDENTITY)
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", partial_write(10, failing(errno.ENOSPC)))
        patch.setattr(os, "ftruncate", failing(errno.EIO))
        refused("No space left", JournalError, file.append, bytes(20))
    file.close()
    assert read(tmp_path / "j") == PAYLOADS


def test_a_file_system_that_takes_a_part_is_no_acknowledgement(tmp_path):
    """No patch here: the limit of the process makes a short write, then an error."""
    size = len(written(tmp_path / "j"))
    file = Journal.open(tmp_path / "j", IDENTITY)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 5000, limits[1]))
    try:
        refused("File too large", JournalError, file.append, bytes(10_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    check_refuses_more(file, tmp_path / "j")


@pytest.mark.parametrize("call", ["write", "fsync"])
def test_ctrl_c_within_an_append_leaves_a_journal_that_goes_on(
    call, tmp_path, monkeypatch
):
    def interrupted(*args):
        raise KeyboardInterrupt

    written(tmp_path / "j")
    with Journal.open(tmp_path / "j", IDENTITY) as file:
        with monkeypatch.context() as patch:
            patch.setattr(os, call, interrupted)
            with pytest.raises(KeyboardInterrupt):
                file.append(bytes(20))
        assert (tmp_path / "j").stat().st_size == file.n_bytes
        file.append(b"at last")
    assert read(tmp_path / "j") == [*PAYLOADS, b"at last"]


@pytest.mark.parametrize("after", [0, 1])
def test_a_head_that_is_not_on_the_disk_is_none(after, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", failing(errno.EIO, after))  # the file, the folder
        refused("Input/output", JournalError, Journal.open, tmp_path / "j", {"n": 1})
    assert (tmp_path / "j").read_bytes() == b""
    assert read(tmp_path / "j", {"n": 2}) == []


def test_every_append_is_synced_and_the_folder_once(tmp_path, monkeypatch):
    synced = []
    fsync = os.fsync
    monkeypatch.setattr(
        os, "fsync", lambda fd: (synced.append(os.fstat(fd).st_ino), fsync(fd))
    )
    written(tmp_path / "j")
    inode, folder = os.stat(tmp_path / "j").st_ino, os.stat(tmp_path).st_ino
    assert synced == [inode, folder] + [inode] * len(PAYLOADS)


def test_a_folder_that_cannot_be_synced_by_its_nature_is_no_error(
    tmp_path, monkeypatch
):
    fsync = os.fsync

    def only_files(fd):
        if stat.S_ISDIR(os.fstat(fd).st_mode):
            raise OSError(errno.EINVAL, "Invalid argument")
        fsync(fd)

    monkeypatch.setattr(os, "fsync", only_files)
    assert read(tmp_path / "j", {}) == []
