# SPDX-License-Identifier: MIT
"""What the experiments of Qi et al. share: networks of five seeds, followed."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from .. import study as regions
from ..network import Network
from ..progress import ProgressPrinter
from .study import InterruptedStudyError, Study

SEEDS = (5, 6, 7, 8, 9)  # the paper's is 5
QUICK_SEEDS = SEEDS[:2]
HIDDEN = 3
WIDTHS = (16, 32, 64)
# Published (2310.18725, Tables 1 to 3) and the same with weights of seed 5 here.
FIRST = {16: (38, 131, 206), 32: (217, 707, 1151), 64: (715, 2504, 4113)}
RELU, LEAKY = regions.SLOPES["relu"], regions.SLOPES["leaky_relu"]


def seeds_of(study: Study) -> tuple[int, ...]:
    """Return the seeds of the networks."""
    return SEEDS[: study.samples(len(SEEDS), len(QUICK_SEEDS))]


def ensemble_of(
    data: regions.Dataset, width: int, seeds: Sequence[int], slopes: Sequence[float]
) -> regions.Ensemble:
    """Return networks of three hidden layers: all seeds of one slope, then the next."""
    shape = (2, *[width] * HIDDEN, data.n_classes)
    every = [slope for slope in slopes for _ in seeds]
    return regions.Ensemble(shape, data, [*seeds] * len(slopes), every)


def kept_network(
    table: regions.Table, number: int, epoch: int, slope: float = RELU
) -> Network:
    """Return a network whose weights a table has kept."""
    layers = table.weights((number, epoch))
    if slope:
        return Network(layers, "leaky_relu", negative_slope=float(np.float32(slope)))
    return Network(layers)


def followed(
    study: Study,
    name: str,
    ensemble: regions.Ensemble,
    epochs: Collection[int],
    keep: Collection[int] = (),
    measures: regions.Measure | None = None,
) -> regions.Table:
    """Train and measure an ensemble; a run that was stopped goes on.

    Raises
    ------
    InterruptedStudyError
        Ctrl-C.
    """
    last = max(epochs)
    before: list[int] = []  # epochs of a run that was stopped

    def tick(epoch: int) -> None:
        if not before:
            before.append(epoch - 1)
        done = epoch - before[0]
        printer(done, done / (last - before[0]))

    printer = ProgressPrinter(unit=f"epochs of {name}")
    try:
        return regions.follow(
            ensemble,
            measures or regions.Measures(dataset=ensemble.dataset),
            epochs,
            keep=keep,
            resume=study.journal(f"{name}.journal"),
            checkpoint=study.journal(f"{name}.npz"),
            tick=tick,
        )
    except KeyboardInterrupt:
        raise InterruptedStudyError from None
    finally:
        printer.close()
