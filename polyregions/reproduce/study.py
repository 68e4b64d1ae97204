# SPDX-License-Identifier: MIT
"""Study: what an experiment may do; where it counts, and where it writes."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import InvalidArgumentError
from ..montecarlo import MonteCarlo, montecarlo
from ..progress import ProgressPrinter
from ..readers.files import write_whole

SEED = 0
JOURNALS = "journals"


class InterruptedStudyError(Exception):
    """Ctrl-C; what was counted so far is in the journals."""


class Shape(NamedTuple):
    """Random networks to count: widths, how many, and their law."""

    widths: tuple[int, ...]
    samples: int
    law: str = "uniform"

    @property
    def name(self) -> str:
        """Name of its files."""
        shape = "-".join(map(str, self.widths))
        return shape if self.law == "uniform" else f"{shape}-{self.law}"


@dataclass(slots=True)
class Study:
    """One run of an experiment.

    Attributes
    ----------
    folder : where everything is written
    quick : fewer networks
    workers : threads, None for all cores
    most : at most so many networks of a shape, for tests
    data : a file of images for experiments that learn, None for those that come along
    resumed : whether a run that was stopped has gone on
    """

    folder: Path
    quick: bool = False
    workers: int | None = None
    most: int | None = None
    data: Path | None = None
    resumed: bool = False
    _journals: list[Path] = field(default_factory=list)

    def samples(self, full: int, quick: int) -> int:
        """Return how many networks to draw."""
        n = quick if self.quick else full
        return n if self.most is None else min(n, self.most)

    def count(self, shapes: Sequence[Shape]) -> dict[Shape, MonteCarlo]:
        """Count the networks of each shape, once; a stopped run goes on.

        Raises
        ------
        InterruptedStudyError
            Ctrl-C.
        """
        once = list(dict.fromkeys(shapes))
        total = sum(shape.samples for shape in once)
        printer = ProgressPrinter(unit="networks")
        found: dict[Shape, MonteCarlo] = {}
        try:
            for shape in once:
                before = sum(result.samples for result in found.values())
                found[shape] = self._counted(shape, before, total, printer)
        except KeyboardInterrupt:
            raise InterruptedStudyError from None
        finally:
            printer.close()
        return found

    def _counted(
        self, shape: Shape, before: int, total: int, printer: ProgressPrinter
    ) -> MonteCarlo:
        def told(samples: int, share: float) -> None:
            printer(before + samples, (before + samples) / total)

        journal = self.journal(f"{shape.name}.journal")
        result = montecarlo(
            shape.widths,
            shape.samples,
            SEED,
            law=shape.law,
            workers=self.workers,
            resume=journal,
            progress=told,
        )
        if result.status != "complete":
            raise InterruptedStudyError
        return result

    def journal(self, name: str) -> Path:
        """Return the path of a file that only a run that was stopped needs."""
        path = self.folder / JOURNALS / name
        if path not in self._journals:  # another shape's of the same networks
            self.resumed = self.resumed or path.exists()
            self._journals.append(path)
        return path

    def kept(self, name: str, make: Callable[[], Any]) -> Any:
        """Return a JSON value that a stopped run has left, or make it and keep it."""
        path = self.journal(f"{name}.json")
        if path.exists():
            return json.loads(path.read_text("utf-8"))
        try:
            value = make()
        except KeyboardInterrupt:
            raise InterruptedStudyError from None
        self.write(f"{JOURNALS}/{path.name}", json.dumps(value))
        return value

    def save_samples(self, found: Mapping[Shape, MonteCarlo]) -> None:
        """Write the counts of every network: a table a shape, samples-WIDTHS.csv."""
        for shape, result in found.items():
            columns = result.table.columns()
            rows = zip(*(column.tolist() for column in columns.values()), strict=True)
            self._write_csv(
                f"samples-{shape.name}.csv",
                list(columns),
                [[int(number) for number in row] for row in rows],
            )

    def save_rows(self, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write rows that all have the same columns, as they are."""
        titles = list(rows[0])
        self._write_csv(name, titles, [[row[key] for key in titles] for row in rows])

    def _write_csv(
        self, name: str, titles: Sequence[str], rows: Sequence[Sequence[Any]]
    ) -> None:
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(titles)
        writer.writerows(rows)
        self.write(name, text.getvalue())

    def write(self, name: str, text: str) -> None:
        """Write a file, whole or not at all.

        Raises
        ------
        InvalidArgumentError
            It cannot be written.
        """
        path = self.folder / name
        try:
            write_whole(path, [text.encode()])
        except OSError as error:
            raise InvalidArgumentError(
                f"{path}: {error.strerror or error}; pass another folder"
            ) from None

    def remove_journals(self) -> None:
        """Forget what a stopped run would need: everything is written."""
        with suppress(OSError):  # another experiment's journals may be there, too
            for journal in self._journals:
                journal.unlink(missing_ok=True)
            (self.folder / JOURNALS).rmdir()
