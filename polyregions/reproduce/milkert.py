# SPDX-License-Identifier: MIT
"""What the tables of Milkert, Hyde, Laine (ICML 2025) share: functions, methods, cells.

A cell is one function and one method: all its runs are trained at once
(``triangular_training``), and their regions on [0, 1] are counted as they learn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..domain import Domain
from ..enumeration import count_regions
from ..extras import optional_import
from ..network import Network
from .page import Page
from .study import SEED, Study

Floats = NDArray[np.float64]
Cells = dict[tuple[str, str], dict[str, Any]]  # (function, method) -> what it gave
DEPTH, RUNS, EPOCHS, LEARNING_RATE = 5, 30, 1000, 1e-3
LOOKS = 10  # counts a stage, and one before the first epoch
UNIT = Domain.box(0, 1, dim=1)


class Function(NamedTuple):
    """A function on [0, 1] with f(0) = 0, and the sign of the waves that bend as it."""

    name: str
    values: Callable[[Floats], Floats]
    sign: int

    @property
    def linear(self) -> float:
        """f(1): the linear term is f(1) x."""
        return float(self.values(np.array(1.0)))


class Method(NamedTuple):
    """A row of the tables; ``options`` of ``fit_waves`` or ``fit_ordinary``."""

    title: str
    pretraining: float  # in units of EPOCHS
    training: float
    scales: str | None = None
    initialisation: str | None = None

    @property
    def constructed(self) -> bool:
        """Whether it begins as a triangular wave."""
        return self.scales is not None


FUNCTIONS = {
    "x3": Function("x³", lambda x: x**3, -1),
    "x11": Function("x¹¹", lambda x: x**11, -1),
    "sin": Function("sin x", np.sin, 1),
    "tanh": Function("tanh 3x", lambda x: np.tanh(3 * x), 1),
}
METHODS = {
    "kaiming": Method("Kaiming", 0, 2, initialisation="kaiming"),
    "raai": Method("RAAI", 0, 2, initialisation="raai"),
    "skipped": Method("new init, no pre-training", 0, 1, "theorem"),
    "free": Method("pre-training, free s", 1, 1, "free"),
    "theorem": Method("pre-training + Theorem 3.1", 1, 1, "theorem"),
    "longer": Method("no pre-training, twice the epochs", 0, 2, "theorem"),
}
PUBLISHED_ORDER = ("skipped", "free", "theorem")  # means fall
BASELINES = ("kaiming", "raai")


class Points(NamedTuple):
    """Where functions are learnt, and where the error is measured."""

    train: Floats
    test: Floats


def cells(study: Study, points: Points, stem: str = "") -> Cells:
    """Return what every function and method gave, trained once; runs go on.

    Parameters
    ----------
    stem : of the names under which a stopped run finds its cells again

    Returns
    -------
    dict
        (function, method) -> errors (of every run), places (epochs), activation and
        linear (a list of runs for every place), best (weights of the best run).
    """
    found = {}
    with one_thread():
        for key in FUNCTIONS:
            for name in METHODS:
                make = partial(_cell, study, key, name, points)
                found[key, name] = study.kept(f"{stem}{key}-{name}", make)
    return found


@contextmanager
def one_thread() -> Iterator[Any]:
    """Let torch use one thread: results then do not depend on the machine's cores."""
    torch: Any = optional_import("torch", "torch")
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield torch
    finally:
        torch.set_num_threads(before)


def sizes(study: Study) -> tuple[int, int]:
    """Return runs a cell, and epochs a stage."""
    return study.samples(RUNS, 6), study.samples(EPOCHS, 200)


def _cell(study: Study, key: str, name: str, points: Points) -> dict[str, Any]:
    from ..triangular_training import fit_ordinary, fit_waves  # needs torch

    function, method = FUNCTIONS[key], METHODS[name]
    runs, epochs = sizes(study)
    seen = _Seen(runs, max(1, epochs // LOOKS), int(method.pretraining * epochs))
    options: dict[str, Any] = {
        "depth": DEPTH,
        "runs": runs,
        "training": int(method.training * epochs),
        "learning_rate": LEARNING_RATE,
        "seed": SEED,
        "look": seen,
        "progress": True,
    }
    y = function.values(points.train)
    if method.scales is None:
        fit = fit_ordinary(
            points.train, y, initialisation=method.initialisation or "", **options
        )
    else:
        fit = fit_waves(
            points.train,
            y,
            scales=method.scales,
            sign=function.sign,
            linear=function.linear,
            pretraining=int(method.pretraining * epochs),
            **options,
        )
    errors = fit.errors(points.test, function.values(points.test))
    best = fit.network(int(np.argmin(errors)))
    return {
        "errors": errors.tolist(),
        "places": seen.places,
        "activation": seen.activation,
        "linear": seen.linear,
        "best": [[x.weight.tolist(), x.bias.tolist()] for x in best.layers],
    }


class _Seen:
    """Counts the regions of every run, now and then."""

    def __init__(self, runs: int, every: int, released: int) -> None:
        self._runs, self._every, self._released = runs, every, released
        self.places: list[int] = []
        self.activation: list[list[int | None]] = []
        self.linear: list[list[int | None]] = []

    def __call__(
        self, stage: str, epoch: int, network: Callable[[int], Network]
    ) -> None:
        place = epoch + (self._released if stage == "training" else 0)
        if epoch % self._every or place in self.places[-1:]:
            return
        counts = [
            count_regions(network(run), UNIT, threads=1) for run in range(self._runs)
        ]
        self.places.append(place)
        self.activation.append([c.activation for c in counts])
        self.linear.append([c.linear for c in counts])


def error_table(
    page: Page,
    found: Cells,
    keys: Sequence[str],
    published: Mapping[tuple[str, str], tuple[float | None, float | None]],
) -> None:
    """Add a table of min and mean, published beside ours, a row a cell."""
    rows = []
    for key in keys:
        for name, method in METHODS.items():
            errors = np.array(found[key, name]["errors"])
            known = published.get((key, name), (None, None))
            ours = float(errors.min()), float(errors.mean())
            rows.append(
                [
                    FUNCTIONS[key].name,
                    method.title,
                    *(
                        text
                        for theirs, value in zip(known, ours, strict=True)
                        for text in (number(theirs), number(value))
                    ),
                    number(float(np.median(errors))),
                ]
            )
    page.table(
        "function | method | published min | ours | published mean | ours | "
        "ours, median",
        rows,
    )


def number(value: float | None) -> str:
    """Return a number for a table."""
    return "" if value is None else f"{value:.2e}"


def order_items(found: Cells) -> list[str]:
    """Say for every function whether the means are in the published order."""
    lines = []
    for key, function in FUNCTIONS.items():
        mean = {name: float(np.mean(found[key, name]["errors"])) for name in METHODS}
        steps = [mean[name] for name in PUBLISHED_ORDER]
        falls = all(a > b for a, b in pairwise(steps))
        least = min(mean[name] for name in BASELINES)
        below = all(step < least for step in steps)
        factor = mean["kaiming"] / mean["theorem"]
        lines.append(
            f"{function.name}: means of the three constructed rows "
            f"{'fall as published' if falls else 'do not fall in the published order'}"
            f" ({', '.join(number(step) for step in steps)}), "
            f"{'each' if below else 'not each'} below both baselines; the full method "
            f"is {factor:.3g} times below Kaiming."
        )
    return lines


def constant_item(
    found: Cells, key: str, points: Points, published: Mapping[str, float]
) -> str:
    """Say how many runs of the baselines ended as one affine piece, and what it costs.

    Parameters
    ----------
    published : method -> mean, for those that the paper gives
    """
    values = FUNCTIONS[key].values(points.test)
    constant = float(np.var(values))
    parts = []
    for name in BASELINES:
        last = found[key, name]["linear"][-1]
        part = f"{METHODS[name].title} {last.count(1)} of {len(last)}"
        if name in published:
            part += f" (its published mean is {published[name] / constant:.0%} of that)"
        parts.append(part)
    return (
        f"{FUNCTIONS[key].name}: the best constant has {number(constant)}; runs that "
        f"end with one linear region: {', '.join(parts)}."
    )


def save_cells(study: Study, found: Cells, stem: str = "") -> None:
    """Write errors.csv, a row a run, and regions.csv, a row a run and place."""
    errors, regions = [], []
    for (key, name), cell in found.items():
        known = {"function": key, "method": name}
        errors += [
            known | {"run": run, "mse": value}
            for run, value in enumerate(cell["errors"])
        ]
        columns = zip(cell["places"], cell["activation"], cell["linear"], strict=True)
        for place, activation, linear in columns:
            regions += [
                known | {"epoch": place, "run": run, "activation": a, "linear": b}
                for run, (a, b) in enumerate(zip(activation, linear, strict=True))
            ]
    study.save_rows(f"{stem}errors.csv", errors)
    study.save_rows(f"{stem}regions.csv", regions)


def region_table(page: Page, found: Cells, keys: Sequence[str]) -> None:
    """Add a table of linear regions on [0, 1] over training: mean, least, most."""
    rows = []
    for key in keys:
        for name, method in METHODS.items():
            counts = found[key, name]["linear"]
            texts = [
                f"{np.mean(some):.1f} ({min(some)} to {max(some)})"
                for some in (counts[0], counts[len(counts) // 2], counts[-1])
            ]
            rows.append([FUNCTIONS[key].name, method.title, *texts])
    page.table("function | method | at the start | half-way | at the end", rows)


def best_network(cell: dict[str, Any]) -> Network:
    """Return the best network of a cell."""
    return Network([(np.array(W), np.array(b)) for W, b in cell["best"]])


def pre_training_sentence(found: Cells, epochs: int) -> str:
    """Say how many counts during pre-training were 2^d."""
    counts = [
        count
        for (_, name), cell in found.items()
        if METHODS[name].pretraining
        for place, linear in zip(cell["places"], cell["linear"], strict=True)
        if place <= epochs
        for count in linear
    ]
    whole = sum(count == 2**DEPTH for count in counts)
    return (
        f"During pre-training, from the first epoch to the release, {whole} of "
        f"{len(counts)} counts are 2^{DEPTH} = {2**DEPTH}."
    )
