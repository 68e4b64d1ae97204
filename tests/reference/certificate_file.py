# SPDX-License-Identifier: MIT
"""Certificates as lists of items, which tests can forge, and as bytes."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

MAGIC = b"polyregions certificate 2\n"
SPLIT, CLAIM, SUPPORT, POINT, BULK, OPEN, LEFT_OUT, CLOSED = [
    "split",
    "claim",
    "support",
    "point",
    "bulk",
    "open",
    "left_out",
    "closed",
]


class Item(NamedTuple):
    """Numbers that belong together, and what they are."""

    kind: str
    numbers: tuple[int, ...]


@dataclass
class Block:
    """A part of the walk: the events before it, and its steps."""

    prefix: list[int]
    steps: list[list[Item]] = field(default_factory=list)

    def numbers(self) -> list[int]:
        items = [item for step in self.steps for item in step]
        own = [len(self.prefix), *self.prefix, len(self.steps)]
        return own + [n for item in items for n in item.numbers]


@dataclass
class Certificate:
    """Everything that a file holds."""

    header: dict[str, Any]
    blocks: list[Block]
    closed: list[Item] | None
    stated: dict[str, Any] | None

    def encoded(self) -> bytes:
        payloads = [json.dumps(self.header).encode()]
        payloads += [varints(block.numbers()) for block in self.blocks]
        if self.closed is not None:
            payloads.append(varints([n for item in self.closed for n in item.numbers]))
        return file_of(payloads, self.stated)


def file_of(payloads: Sequence[bytes], stated: dict[str, Any] | None) -> bytes:
    """The bytes of a file with right sizes and checksums."""
    out = MAGIC
    for payload in payloads:
        out += struct.pack("<2I", len(payload), zlib.crc32(payload)) + payload
    return out if stated is None else out + bytes(4) + json.dumps(stated).encode()


def varints(numbers: Sequence[int]) -> bytes:
    """Seven bits a byte, low ones first; bit 7 says that more follow."""
    out = bytearray()
    for n in numbers:
        while n > 127:
            out.append(n & 127 | 128)
            n >>= 7
        out.append(n)
    return bytes(out)


def signed(n: int) -> int:
    return 2 * n if n >= 0 else -2 * n - 1
