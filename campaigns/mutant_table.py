# SPDX-License-Identifier: MIT
"""Fifty faults in the core's source, each of which changes some answer.

A line says which text of which file becomes what, and why that is wrong.  The old text
must occur once in its file.
"""

from __future__ import annotations

from typing import NamedTuple


class Mutant(NamedTuple):
    """A fault: ``old`` becomes ``new`` in a file of ``csrc/``."""

    file: str
    old: str
    new: str
    why: str


MUTANTS = []
