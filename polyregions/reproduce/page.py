# SPDX-License-Identifier: MIT
"""Page: what an experiment found, as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from textwrap import fill
from typing import Any

WIDTH = 88
_WHOLE: dict[str, Any] = {"break_long_words": False, "break_on_hyphens": False}


@dataclass(slots=True)
class Page:
    """A title and blocks of Markdown.

    Attributes
    ----------
    title : str
    summary : the table that is also printed
    """

    title: str
    summary: str = ""
    _blocks: list[str] = field(default_factory=list)

    def heading(self, text: str) -> None:
        """Begin a section."""
        self._blocks.append(f"## {text}")

    def text(self, text: str) -> None:
        """Add a paragraph."""
        self._blocks.append(fill(text, WIDTH, **_WHOLE))

    def items(self, lines: Sequence[str]) -> None:
        """Add a list."""
        marked = (
            fill(f"- {x}", WIDTH, subsequent_indent="  ", **_WHOLE) for x in lines
        )
        self._blocks.append("\n".join(marked))

    def table(self, titles: str, rows: Sequence[Sequence[str]]) -> None:
        """Add a table; the first one is the summary.

        Parameters
        ----------
        titles : "of one column | of the next"
        rows : cells
        """
        heads = titles.split(" | ")
        lines = [heads, ["---"] * len(heads), *rows]
        table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
        self.summary = self.summary or table
        self._blocks.append(table)

    def picture(self, name: str, text: str) -> None:
        """Add a picture that lies beside the page."""
        self._blocks.append(f"![{text}]({name})")

    def markdown(self) -> str:
        """Return the whole page."""
        return "\n\n".join([f"# {self.title}", *self._blocks]) + "\n"
