# SPDX-License-Identifier: MIT
"""What the tests of journals share."""

import os

from polyregions.journal import MAGIC, Journal

IDENTITY = {"network": "3f2a", "domain": {"kind": "all", "dim": 2}, "n": 1}
PAYLOADS = [b"first", b"", bytes(range(40)), b"last one"]


def written(path, payloads=PAYLOADS, identity=IDENTITY):
    """Write a journal; returns its bytes."""
    with Journal.open(path, identity) as file:
        for payload in payloads:
            file.append(payload)
    return path.read_bytes()


def read(path, identity=IDENTITY):
    with Journal.open(path, identity) as file:
        return [*file.frames()]


def ends(data):
    """Where the head of a sound journal ends, and every frame after it."""
    stops, start = [], len(MAGIC)
    while start < len(data):
        start += 8 + int.from_bytes(data[start : start + 4], "little")
        stops.append(start)
    return stops


def failing(number, after=0):
    """A system call that fails with this number, after so many that return None."""
    calls = iter(range(after))

    def call(*args, **kwargs):
        if next(calls, None) is None:
            raise OSError(number, os.strerror(number))

    return call
