# SPDX-License-Identifier: MIT
"""An ensemble from epoch to epoch: rows of every network, and runs that go on."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection

from ..errors import InvalidArgumentError
from ..tolerances import DEFAULT
from .ensembles import Ensemble
from .measures import Measure
from .table import Table


def follow(
    ensemble: Ensemble,
    measures: Measure,
    epochs: Collection[int],
    *,
    keep: Collection[int] = (),
    resume: str | os.PathLike[str] | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    tick: Callable[[int], object] | None = None,
) -> Table:
    """Train an ensemble and measure each network at the given epochs.

    Parameters
    ----------
    ensemble : as it was made; where there is a checkpoint it goes on from there
    epochs : epochs to measure; the largest one is the last
    keep : numbers of the networks whose weights are kept with their rows
    resume, checkpoint : the table's journal and the ensemble's checkpoint, from which a
        run that was stopped or killed goes on to the same table
    tick : called with the number of epochs done, after each

    Returns
    -------
    Table
        Keys (network, epoch), with ``seed`` and ``slope`` and the measures; its journal
        is closed.

    Raises
    ------
    InvalidArgumentError
        No epochs, or files of another run.
    JournalError, ModelFileError
        Files that are damaged or cannot be written.
    """
    wanted = sorted(set(epochs))
    if not wanted or wanted[0] < 0:
        raise InvalidArgumentError(f"epochs {wanted}; pass integers >= 0")
    about = ensemble.about() | {"measures": measures.to_json(), "keep": sorted(keep)}
    with Table(("network", "epoch"), resume, about) as table:
        if checkpoint is not None and ensemble.restore(checkpoint):
            _check_complete(table, ensemble, wanted, checkpoint)
        kept = time.monotonic()
        while True:
            if ensemble.epoch in wanted:
                _record(table, ensemble, measures, keep)
            done = ensemble.epoch >= wanted[-1]
            late = time.monotonic() - kept > DEFAULT.checkpoint_seconds
            if checkpoint is not None and (done or late):
                ensemble.save(checkpoint)
                kept = time.monotonic()
            if done:
                return table
            ensemble.run_epoch()
            if tick is not None:
                tick(ensemble.epoch)


def _record(
    table: Table, ensemble: Ensemble, measures: Measure, keep: Collection[int]
) -> None:
    for i, (seed, slope) in enumerate(
        zip(ensemble.seeds, ensemble.slopes, strict=True)
    ):
        key = (i, ensemble.epoch)
        if key not in table:
            network = ensemble.network(i)
            row = {"seed": seed, "slope": slope} | measures(network)
            table.add(key, row, network if i in keep else None)


def _check_complete(
    table: Table,
    ensemble: Ensemble,
    wanted: list[int],
    checkpoint: str | os.PathLike[str],
) -> None:
    """See that the table has what lies behind the checkpoint."""
    for epoch in wanted:
        if epoch >= ensemble.epoch:
            return
        if not all((i, epoch) in table for i in range(len(ensemble.seeds))):
            raise InvalidArgumentError(
                f"{os.fspath(checkpoint)}: is at epoch {ensemble.epoch} but the table "
                f"lacks epoch {epoch}; remove the checkpoint to begin again"
            )
