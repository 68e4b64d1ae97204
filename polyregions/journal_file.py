# SPDX-License-Identifier: MIT
"""The bytes of a journal on the disk: whole frames, sound frames, and the lock."""

from __future__ import annotations

import errno
import os
import stat
import struct
import zlib
from io import FileIO

from .errors import InvalidArgumentError, JournalError

MAX_PAYLOAD = 2**31  # bytes
HEADER = struct.Struct("<II")  # size of the payload, checksum of size and payload
_CHUNK = 1 << 20  # bytes read at a time while checksums are compared
_PER_CALL = 1 << 30  # macOS refuses to read or write 2^31 bytes in one call
_SEARCHED = 1 << 20  # bytes of a damaged tail where another frame is looked for ...
_SEARCH_READS = 1 << 26  # ... and how many may be read for that

# --- the file -------------------------------------------------------------------------


def open_or_create(path: str, flags: int) -> int:
    """Open a file as ``open(..., opener=)`` wants it; ``r+`` alone makes none."""
    return os.open(path, flags | os.O_CREAT, 0o666)


def lock(file: FileIO, name: str) -> None:
    """Lock a regular file until it is closed; flock refuses this process too."""
    import fcntl  # not on every system; only a journal needs it

    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        raise JournalError(f"{name}: no regular file; pass another file")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise InvalidArgumentError(
            f"{name}: another process is writing this journal; wait for it or pass "
            "another file"
        ) from None


def sync_folder(name: str) -> None:
    """Make the file's name durable, where the folder and the file system allow it."""
    folder = os.path.dirname(os.path.realpath(name))
    try:
        fd = os.open(folder, os.O_RDONLY)
    except PermissionError:  # a folder one may write but not list
        return
    try:
        os.fsync(fd)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(fd)


# --- frames ---------------------------------------------------------------------------


def frame_header(payload: bytes | memoryview) -> bytes:
    """Return what stands before the payload in the file."""
    size = len(payload).to_bytes(4, "little")
    return size + zlib.crc32(payload, zlib.crc32(size)).to_bytes(4, "little")


def framed(payload: bytes) -> bytes:
    """Return the whole frame, where it is small."""
    return frame_header(payload) + payload


def frame_end(fd: int, start: int, end: int) -> int | None:
    """Return where the frame at ``start`` ends; None unless it is whole and sound."""
    header = read_at(fd, start, HEADER.size)
    if len(header) < HEADER.size:
        return None
    size, wanted = HEADER.unpack(header)
    first, stop = start + HEADER.size, start + HEADER.size + size
    if size > MAX_PAYLOAD or stop > end:  # nothing is allocated for a damaged size
        return None
    checksum = zlib.crc32(header[:4])
    for offset in range(first, stop, _CHUNK):
        part = read_at(fd, offset, min(_CHUNK, stop - offset))
        checksum = zlib.crc32(part, checksum)
    return stop if checksum == wanted else None


def payload_at(fd: int, start: int, end: int) -> bytes | None:
    """Return the payload of the frame at ``start``; None unless whole and sound."""
    header = read_at(fd, start, HEADER.size)
    if len(header) < HEADER.size:
        return None
    size = HEADER.unpack(header)[0]
    if size > min(MAX_PAYLOAD, end - start - HEADER.size):
        return None
    payload = read_at(fd, start + HEADER.size, size)
    return payload if frame_header(payload) == header else None


def another_follows(fd: int, start: int, end: int) -> bool:
    """Whether a whole frame lies behind the bad one at ``start``: no mere torn tail.

    It is looked for where the bad frame says it ends and, since that size may be what
    is damaged, from every byte near by. Only a warning depends on it.
    """
    window = read_at(fd, start, min(end - start, _SEARCHED))
    if len(window) < HEADER.size:
        return False
    stop = start + HEADER.size + HEADER.unpack_from(window)[0]
    if frame_end(fd, stop, end) is not None:
        return True
    left = _SEARCH_READS
    for k in range(1, len(window) - HEADER.size):
        size = HEADER.unpack_from(window, k)[0]
        if 0 < size <= min(left, end - start - k - HEADER.size):
            if frame_end(fd, start + k, end) is not None:
                return True
            left -= size + 4096  # a short read is not free either
    return False


# --- bytes ----------------------------------------------------------------------------


def read_at(fd: int, start: int, size: int) -> bytes:
    """Return ``size`` bytes, fewer where the file ends."""
    parts = [os.pread(fd, min(size, _PER_CALL), start)]
    read = len(parts[0])
    while parts[-1] and read < size:
        parts.append(os.pread(fd, min(size - read, _PER_CALL), start + read))
        read += len(parts[-1])
    return parts[0] if len(parts) == 1 else b"".join(parts)


def write_at(fd: int, start: int, *parts: bytes | memoryview) -> int:
    """Write all the parts one after the other; return how many bytes they are."""
    os.lseek(fd, start, os.SEEK_SET)
    total = 0
    for part in parts:
        view = memoryview(part)
        while view:
            written = os.write(fd, view[:_PER_CALL])
            if written <= 0:
                raise OSError(errno.EIO, "nothing more is written")
            view = view[written:]
            total += written
    return total
