# SPDX-License-Identifier: MIT
"""reproduce: run an experiment and write its page."""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from collections.abc import Callable
from datetime import date
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

from ..budgets import usable_cores
from ..errors import InvalidArgumentError
from ..extras import optional_import
from .page import Page
from .registry import checked_experiment, listing
from .study import JOURNALS, InterruptedStudyError, Study

DONE, STOPPED = 0, 3  # exit status


def reproduce(
    name: str,
    folder: str | os.PathLike[str] | None = None,
    *,
    quick: bool = False,
    workers: int | None = None,
    most: int | None = None,
    data: str | os.PathLike[str] | None = None,
) -> Page:
    """Run an experiment; write its page, tables and pictures.

    Parameters
    ----------
    name : one of ``EXPERIMENTS``
    folder : ./NAME by default; made where it is not there
    quick : a tenth of the networks, or fewer seeds and epochs
    workers : threads, all usable cores by default; the counts are the same
    most : at most so many networks of a shape
    data : file of images for those that learn from images (Keras's mnist.npz)

    Returns
    -------
    Page
        As written to folder/NAME.md. A run that was stopped or killed goes on from the
        journals that it left in the folder.

    Raises
    ------
    InvalidArgumentError
        No such experiment, or a folder that cannot be written.
    MissingExtraError
        matplotlib is not installed.
    InterruptedStudyError
        Ctrl-C.
    """
    start = time.monotonic()
    module = checked_experiment(name)
    for option, value in (("workers", workers), ("most", most)):
        if value is not None and value < 1:
            raise InvalidArgumentError(f"{option}={value!r}; pass an integer >= 1")
    optional_import("matplotlib", "plot")
    place = _made(Path(name if folder is None else folder))
    images = None if data is None else Path(data)
    study = Study(place, quick, workers, most, images)
    experiment: Callable[[Study], Page] = import_module(f".{module}", __package__).run
    page = experiment(study)
    command = _command(name, quick, workers, images)
    page.text(_provenance(command, time.monotonic() - start, study.resumed))
    study.write(f"{name}.md", page.markdown())
    study.remove_journals()
    return page


def main(args: argparse.Namespace) -> int:
    """Do what the command line asks for; return the exit status."""
    if args.list:
        print(listing())
        return DONE
    if args.name is None:
        raise InvalidArgumentError("which experiment? pass its NAME, or --list")
    folder = Path(args.name if args.out is None else args.out)
    try:
        page = reproduce(
            args.name,
            folder,
            quick=args.quick,
            workers=args.workers,
            data=args.data,
        )
    except (InterruptedStudyError, KeyboardInterrupt):
        print(
            "polyregions: stopped (interrupted): the same command goes on, from "
            f"{folder / JOURNALS}",
            file=sys.stderr,
        )
        return STOPPED
    print(f"{page.title}\n\n{page.summary}\n\n{folder}")
    return DONE


def _made(folder: Path) -> Path:
    """Make the folder and the one of its journals, and see that both can be written."""
    try:
        for place in (folder, folder / JOURNALS):
            place.mkdir(parents=True, exist_ok=True)
            probe = place / f".{os.getpid()}.probe"
            probe.touch()
            probe.unlink()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InvalidArgumentError(
            f"{folder}: cannot be written ({reason}); pass another folder"
        ) from None
    return folder


def _command(name: str, quick: bool, workers: int | None, data: Path | None) -> str:
    options = ["--quick"] * quick
    options += [] if data is None else [f"--data {data.name}"]
    options += [] if workers is None else [f"--workers {workers}"]
    return " ".join(["polyregions reproduce", name, *options])


def _provenance(command: str, seconds: float, resumed: bool) -> str:
    cores = usable_cores()
    machine = (
        f"{platform.system()} {platform.machine()}, {cores} "
        f"core{'s' if cores > 1 else ''}, {platform.python_implementation()} "
        f"{platform.python_version()}"
    )
    went_on = ", the rest of a run that was stopped" if resumed else ""
    return (
        f"{date.today().isoformat()}, polyregions {version('polyregions')}, "
        f"`{command}`: {seconds:.1f} s on {machine}{went_on}."
    )
