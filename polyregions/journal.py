# SPDX-License-Identifier: MIT
"""An append-only file of checksummed frames, for counts that outlive a process.

A magic line, then frames: the payload's size and a checksum, both 32 bits and little
endian, then the payload. The first frame is the identity, JSON that says which question
the file answers; the payloads of the others are the caller's (``frames.pack``). A kill
at any moment leaves a prefix of what was appended, and at least what was acknowledged.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from io import FileIO
from types import TracebackType
from typing import Any, NamedTuple, Self

from .errors import InvalidArgumentError, JournalError
from .journal_file import (
    HEADER,
    MAX_PAYLOAD,
    another_follows,
    frame_end,
    frame_header,
    framed,
    lock,
    open_or_create,
    payload_at,
    read_at,
    sync_folder,
    write_at,
)

MAGIC = b"polyregions journal 1\n"


class Journal:
    """A journal that this process alone writes, until it is closed.

    Attributes
    ----------
    path : str
    n_frames : int
        The caller's frames, without the identity.
    n_bytes : int
        Size of the file up to the last acknowledged frame.
    recovered : str or None
        One line on what was dropped when the file was opened, if that was more than the
        torn frame that a kill leaves: whole frames followed a damaged one.

    Notes
    -----
    Made by ``Journal.open``. One thread at a time; a forked child shares the lock.
    """

    __slots__ = ("_file", "_refusal", "n_bytes", "n_frames", "path", "recovered")

    def __init__(self, path: str, file: FileIO, content: _Content) -> None:
        self.path = path
        self.n_frames = content.n_frames
        self.n_bytes = content.n_bytes
        self.recovered = content.recovered
        self._file = file
        self._refusal: str | None = None

    @classmethod
    def open(cls, path: str | os.PathLike[str], identity: Mapping[str, Any]) -> Self:
        """Open a journal, or begin it where there is no file, or an empty one.

        Parameters
        ----------
        path : the file; its folder must exist
        identity : what the frames belong to, as JSON; a journal that was begun with
            another identity is refused

        Returns
        -------
        Journal
            At the end of the longest valid prefix; what followed it is cut off.

        Raises
        ------
        InvalidArgumentError
            Another Journal writes the file, it has another identity, or an argument is
            no path or no JSON object.
        JournalError
            The file is no journal, its identity is damaged (it is left as it is), or
            it cannot be read, written or locked.
        """
        name = _path_text(path)
        head = MAGIC + framed(_canonical(identity))
        with _naming(name, "cannot be opened", "check the path and its permissions"):
            file = open(name, "r+b", buffering=0, opener=open_or_create)  # noqa: SIM115
        try:
            with _naming(name, "cannot be read or written", "pass another file"):
                lock(file, name)
                return cls(name, file, _opened(file.fileno(), name, head))
        except BaseException:
            file.close()
            raise

    def frames(self) -> Iterator[bytes]:
        """Return the payloads acknowledged so far, read from the file one by one.

        Raises
        ------
        InvalidArgumentError
            The journal is closed.
        JournalError
            The file cannot be read, or somebody changed it.
        """
        self._descriptor()
        return self._payloads(self.n_frames)

    def _payloads(self, n_frames: int) -> Iterator[bytes]:
        start = len(MAGIC)
        for index in range(n_frames + 1):
            with _naming(self.path, "cannot be read", "try again or pass another file"):
                payload = payload_at(self._descriptor(), start, self.n_bytes)
            if payload is None:
                raise JournalError(
                    f"{self.path}: changed by another program since it was opened; "
                    "open it again"
                )
            start += HEADER.size + len(payload)
            if index:  # the first is the identity
                yield payload

    def append(self, payload: bytes | bytearray | memoryview) -> None:
        """Write a frame; once this returns, it survives a kill and a power cut.

        After an error the file is cut back to the frames acknowledged before, and the
        journal takes no more: a failed fsync says nothing of what is on the disk.
        Ctrl-C cuts it back as well, but it stays usable.

        Raises
        ------
        InvalidArgumentError
            No bytes, more than 2^31, or the journal is closed.
        JournalError
            The file cannot be written, or an append before failed.
        """
        view = _as_bytes(payload)
        fd = self._descriptor()
        if self._refusal is not None:
            raise JournalError(f"{self.path}: {self._refusal}; open it again")
        self._refusal = "takes no more frames, an append before failed"
        try:
            written = write_at(fd, self.n_bytes, frame_header(view), view)
            os.fsync(fd)
            self.n_bytes += written
            self.n_frames += 1
            self._refusal = None
        except OSError as error:
            with suppress(OSError):
                os.ftruncate(fd, self.n_bytes)
            raise JournalError(
                f"{self.path}: cannot be written ({_reason(error)}); the frames before "
                "are kept: make room, then open it again"
            ) from error
        except BaseException:
            with suppress(OSError):
                os.ftruncate(fd, self.n_bytes)
                self._refusal = None
            raise

    def close(self) -> None:
        """Close the file and release the lock; a second call does nothing."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        state = ", closed" if self._file.closed else ""
        if self._refusal is not None:
            state += ", takes no more frames"
        return (
            f"<Journal {self.path!r}: {self.n_frames} frames, "
            f"{self.n_bytes} bytes{state}>"
        )

    def _descriptor(self) -> int:
        if self._file.closed:
            raise InvalidArgumentError(f"{self.path}: the journal is closed; open it")
        return self._file.fileno()


# --- opening --------------------------------------------------------------------------


class _Content(NamedTuple):
    n_bytes: int
    n_frames: int
    recovered: str | None


def _opened(fd: int, name: str, head: bytes) -> _Content:
    """Begin the file, or check it and cut it to its valid prefix."""
    start = read_at(fd, 0, len(head))
    # A kill while the head was written leaves a part of it: nothing is lost.
    if len(start) < len(head) and head.startswith(start):
        _begin(fd, name, head)
        return _Content(len(head), 0, None)
    if not start.startswith(MAGIC):
        raise JournalError(
            f"{name}: no journal of polyregions, left as it is; pass another file"
        )
    end = os.fstat(fd).st_size
    identity = payload_at(fd, len(MAGIC), end)
    if identity is None:
        raise JournalError(
            f"{name}: its first frame is damaged, so nobody knows what it counts; left "
            "as it is: pass another file"
        )
    _check_identity(name, identity, head[len(MAGIC) + HEADER.size :])
    return _cut(fd, name, len(MAGIC) + HEADER.size + len(identity), end)


def _begin(fd: int, name: str, head: bytes) -> None:
    try:
        write_at(fd, 0, head)
        os.fsync(fd)
        sync_folder(name)
    except BaseException:
        with suppress(OSError):
            os.ftruncate(fd, 0)
        raise


def _cut(fd: int, name: str, start: int, end: int) -> _Content:
    """Cut the file after the last valid frame; the identity ends at ``start``."""
    n_frames = 0
    while (stop := frame_end(fd, start, end)) is not None:
        start = stop
        n_frames += 1
    recovered = None
    if start < end:
        if another_follows(fd, start, end):
            recovered = (
                f"{name}: the frame at byte {start} is damaged; it and what followed, "
                f"{end - start} bytes, were dropped and {n_frames} frames kept"
            )
        os.ftruncate(fd, start)
        os.fsync(fd)
    return _Content(start, n_frames, recovered)


# --- identity -------------------------------------------------------------------------


def _canonical(identity: Mapping[str, Any]) -> bytes:
    try:
        return _compact(dict(identity)).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidArgumentError(
            f"identity is no JSON object ({error}); pass a dict of text and numbers"
        ) from None


def _compact(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _check_identity(name: str, stored: bytes, wanted: bytes) -> None:
    """Refuse a journal of another question; name the first key that differs."""
    if stored == wanted:
        return
    there, here = _texts(stored), _texts(wanted)
    if there is None or here is None:
        raise JournalError(
            f"{name}: its first frame is no JSON object; left as it is: pass another "
            "file"
        )
    for key in sorted(there.keys() | here.keys()):
        one, other = there.get(key, "missing"), here.get(key, "missing")
        if one != other:
            raise InvalidArgumentError(
                f"{name}: a journal of another question, {key} is {_short(one)} there "
                f"and {_short(other)} here; pass another file"
            )


def _texts(identity: bytes) -> dict[str, str] | None:
    """Return the values as JSON, which tells 1 from 1.0 and true; None if no object."""
    try:
        return {key: _compact(value) for key, value in json.loads(identity).items()}
    except (AttributeError, ValueError, RecursionError):
        return None


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:40]}...{text[-16:]}"


# --- arguments and errors -------------------------------------------------------------


def _path_text(path: Any) -> str:
    try:
        text = os.fsdecode(path)
    except TypeError:
        raise InvalidArgumentError(
            f"path is a {type(path).__name__}; pass a file name"
        ) from None
    if "\0" in text:
        raise InvalidArgumentError(f"path {text!r} holds a null; pass a file name")
    return text


def _as_bytes(payload: Any) -> memoryview:
    try:
        view = memoryview(payload)
        if not view.c_contiguous:
            raise TypeError
    except TypeError:
        raise InvalidArgumentError(
            f"payload is a {type(payload).__name__}; pass bytes in one piece"
        ) from None
    view = view.cast("B") if view.nbytes else memoryview(b"")  # no cast of zero shapes
    if len(view) > MAX_PAYLOAD:
        raise InvalidArgumentError(
            f"payload has {len(view)} bytes; append at most {MAX_PAYLOAD} at a time"
        )
    return view


def _reason(error: OSError) -> str:
    return error.strerror or " ".join(str(error).split()) or type(error).__name__


@contextmanager
def _naming(path: str, what: str, remedy: str) -> Iterator[None]:
    """Turn what the system refuses into one line with the path."""
    try:
        yield
    except JournalError:
        raise
    except OSError as error:
        raise JournalError(f"{path}: {what} ({_reason(error)}); {remedy}") from error
