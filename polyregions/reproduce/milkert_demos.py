# SPDX-License-Identifier: MIT
"""Waves counted at every depth, x^2, non-convex functions, two inputs, a classifier."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from functools import partial
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from ..domain import Domain
from ..enumeration import count_regions
from ..extras import optional_import
from ..network import Network
from ..progress import ProgressPrinter
from ..theory import square_error, wave, wave_breakpoints, yarotsky_network
from .milkert import EPOCHS, LEARNING_RATE, UNIT, number, one_thread
from .milkert_digits import digits_section
from .milkert_pictures import draw_waves
from .page import Page
from .study import SEED, Study

LINE = Domain.all(1)
DEEPEST, VECTORS, PAPER_VECTORS, PAPER_DEEPEST = 14, 72, 10, 10
SHOWN_PEAKS = (0.3, 0.6, 0.45, 0.7, 0.55)
WAVES, PLANE_DEPTH = 8, 4  # of the demo of two inputs
SEEDS = 5
MOST_SECONDS = 120.0  # to count one network of two inputs


def run(study: Study) -> Page:
    """Count waves, fit what is not convex, and classify digits."""
    optional_import("sklearn", "study")  # now, not after minutes
    page = Page("Milkert et al. 2025, more uses")
    with one_thread():
        _counts_section(study, page)
        _square_section(study, page)
        _functions_section(study, page)
        digits_section(study, page)
    return page


# --- Counts at every depth ------------------------------------------------------------


def _counts_section(study: Study, page: Page) -> None:
    deepest = study.samples(DEEPEST, 10)
    rows = [
        study.kept(f"counts-{depth}", partial(_counted, study, depth))
        for depth in range(1, deepest + 1)
    ]
    study.save_rows("counts.csv", rows)
    total = sum(row["vectors"] for row in rows)
    wrong = sum(row["wrong"] for row in rows)
    page.text(
        f"{total} vectors of peaks uniform on (0.02, 0.98), sign -1, linear term x, "
        "scales of Theorem 3.1, counted exactly: activation and linear regions on "
        f"[0, 1] and on R. {total - wrong} of {total} have 2^d and 2^d + 2 (3 for "
        "d = 1), every definition alike. The paper's weights have 1 / a, which float64 "
        "rounds: triangles then miss 0 and 1 by an ulp, and each miss is a true sliver "
        f"region; {PAPER_VECTORS} vectors a depth, activation regions on [0, 1]."
    )
    page.table(
        "d | 2^d | vectors | on [0, 1] | on R | paper's form: least | mean | most",
        [
            [
                str(row["depth"]),
                str(2 ** row["depth"]),
                str(row["vectors"]),
                row["unit"],
                row["line"],
                *(str(row[f"paper_{name}"]) for name in ("least", "mean", "most")),
            ]
            for row in rows
        ],
    )
    net = _shown()
    peaks = [Fraction(a) for a in SHOWN_PEAKS[:-1]]
    waves = []
    for k in range(1, len(peaks) + 1):
        points = wave_breakpoints(peaks[:k])
        waves.append((points, [wave(peaks[:k], x) for x in points]))
    draw_waves(study, net, waves)
    page.picture("waves.png", f"Waves of the peaks {SHOWN_PEAKS}, and their network")


def _shown() -> Network:
    from ..triangular import TriangularWaveNet  # needs torch

    return TriangularWaveNet(SHOWN_PEAKS).to_network()


def _counted(study: Study, depth: int) -> dict[str, Any]:
    from ..triangular import TriangularWaveNet

    rng = np.random.default_rng([SEED, depth])
    n = study.samples(VECTORS, VECTORS // 6)
    unit: set[int | None] = set()
    line: set[int | None] = set()
    paper: list[int] = []
    wrong = 0
    printer = ProgressPrinter(unit=f"vectors of depth {depth}")
    for k in range(n):
        waves = TriangularWaveNet(rng.uniform(0.02, 0.98, depth + 1))
        net = waves.to_network()
        found = []
        for domain, counts in ((UNIT, unit), (LINE, line)):
            c = count_regions(net, domain, threads=study.workers)
            found += [c.activation, c.linear]
            counts |= {c.activation, c.linear}
        outer = 2**depth + 2 if depth > 1 else 3
        wrong += found != [2**depth, 2**depth, outer, outer]
        if k < PAPER_VECTORS and depth <= PAPER_DEEPEST:
            slivers = waves.to_network("paper")
            c = count_regions(slivers, UNIT, definitions="activation")
            paper.append(c.activation or 0)
        printer(k + 1, (k + 1) / n)
    printer.close()
    return {
        "depth": depth,
        "vectors": n,
        "unit": _range(unit),
        "line": _range(line),
        "wrong": wrong,
        "paper_least": min(paper) if paper else "",
        "paper_mean": round(float(np.mean(paper)), 1) if paper else "",
        "paper_most": max(paper) if paper else "",
    }


def _range(counts: Iterable[int | None]) -> str:
    found = sorted(count or 0 for count in counts)
    return f"{found[0]}" if len(found) == 1 else f"{found[0]} to {found[-1]}"


# --- Yarotsky's x^2 -------------------------------------------------------------------


def _square_section(study: Study, page: Page) -> None:
    rows = []
    for depth in range(1, study.samples(10, 6) + 1):
        net = yarotsky_network(depth)
        error = square_error(net)
        rows.append(
            {
                "depth": depth,
                "linear": count_regions(net, UNIT).linear,
                "error": str(error),
                "exact": error == Fraction(1, 4 ** (depth + 1)),
            }
        )
    study.save_rows("square.csv", rows)
    page.heading("x², Yarotsky's case: all peaks 1/2")
    page.text(
        "Largest error on [0, 1], from the exact affine pieces, in fractions; by "
        "Yarotsky 4^-(d + 1)."
    )
    page.table(
        "d | linear regions | largest error | is 4^-(d + 1)",
        [
            [
                str(row["depth"]),
                str(row["linear"]),
                str(row["error"]),
                "yes" if row["exact"] else "no",
            ]
            for row in rows
        ],
    )


# --- Beyond convex functions of one input ---------------------------------------------


class Demo(NamedTuple):
    """A function that is no convex one of one input; layers in both ways."""

    title: str
    domain: Domain
    points: Callable[[], Any]  # (n, inputs)
    values: Callable[[Any], Any]  # of points, (n,)
    waves: Callable[[Any], Any]  # torch.Generator -> TriangularWaveLayer


def _line_points() -> Any:
    return np.linspace(-1, 1, 500)[:, None]


def _plane_points() -> Any:
    side = np.linspace(-1, 1, 32)
    return np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)


def _difference(generator: Any) -> Any:
    from ..triangular_layer import TriangularWaveLayer

    return TriangularWaveLayer.difference(-1, 1, generator=generator)


def _ridges(generator: Any) -> Any:
    from ..triangular_layer import TriangularWaveLayer, plane_directions

    rows = plane_directions(WAVES)
    return TriangularWaveLayer.directions(
        rows, -1, 1, depth=PLANE_DEPTH, generator=generator
    )


DEMOS = {
    "cubic": Demo(
        "x³ - x on [-1, 1]",
        Domain.box(-1, 1, dim=1),
        _line_points,
        lambda X: X[:, 0] ** 3 - X[:, 0],
        _difference,
    ),
    "radial": Demo(
        "r³ on [-1, 1]²",
        Domain.box(-1, 1, dim=2),
        _plane_points,
        lambda X: np.hypot(X[:, 0], X[:, 1]) ** 3,
        _ridges,
    ),
}


def _functions_section(study: Study, page: Page) -> None:
    epochs, seeds = study.samples(EPOCHS, 200), study.samples(SEEDS, 2)
    rows = []
    for key, demo in DEMOS.items():
        rows += study.kept(f"demo-{key}", partial(_fitted, demo, epochs, seeds))
    study.save_rows("functions.csv", rows)
    page.heading("Not convex, and two inputs")
    page.text(
        "x³ - x is the difference of two networks of depth 5; r³, r = √(x² + y²), a "
        f"sum of {WAVES} of depth {PLANE_DEPTH} along directions of the plane. Affine "
        f"maps around the waves are trained with the peaks. {epochs} epochs of "
        f"pre-training and {epochs} after the release, all points in one step (500, "
        f"and a grid of 32 x 32), Adam with rate {LEARNING_RATE:g}; Kaiming: ReLU "
        "networks of as many units a layer, twice the epochs. Activation regions of "
        f"the best of {seeds} runs on the domain, exact."
    )
    page.table(
        "function | method | min MSE | mean MSE | activation regions",
        [
            [
                row["function"],
                row["method"],
                number(row["min"]),
                number(row["mean"]),
                str(row["activation"]),
            ]
            for row in rows
        ],
    )


def _fitted(demo: Demo, epochs: int, seeds: int) -> list[dict[str, Any]]:
    """Train all seeds in both ways: pre-trained waves, released ones, ordinary."""
    found: dict[str, list[tuple[float, Network]]] = {}
    printer = ProgressPrinter(unit="runs")
    X = demo.points()
    for seed in range(seeds):
        for title, network in _trained(demo, X, epochs, seed):
            error = float(np.mean((network(X)[:, 0] - demo.values(X)) ** 2))
            found.setdefault(title, []).append((error, network))
        printer(seed + 1, (seed + 1) / seeds)
    printer.close()
    rows = []
    for title, results in found.items():
        errors = [error for error, _ in results]
        best = results[int(np.argmin(errors))][1]
        counts = count_regions(
            best, demo.domain, definitions="activation", max_seconds=MOST_SECONDS
        )
        bound = "" if counts.status == "complete" else ">= "
        rows.append(
            {
                "function": demo.title,
                "method": title,
                "min": min(errors),
                "mean": float(np.mean(errors)),
                "activation": f"{bound}{counts.activation}",
            }
        )
    return rows


def _trained(
    demo: Demo, X: Any, epochs: int, seed: int
) -> Iterable[tuple[str, Network]]:
    with one_thread() as torch:
        torch.manual_seed(seed)
        x, y = torch.tensor(X), torch.tensor(demo.values(X))
        layer = demo.waves(torch.Generator().manual_seed(seed))
        descend(torch, layer, x, y, epochs, layer.project_)
        yield "waves, pre-trained", layer.to_network()
        free = layer.release()
        descend(torch, free, x, y, epochs, lambda: None)
        yield "waves, then released", Network.from_torch(free)
        bank = layer.bank
        other = _ordinary(torch, X.shape[1], 4 * len(bank.gain), bank.depth)
        descend(torch, other, x, y, 2 * epochs, lambda: None)
        yield "Kaiming", Network.from_torch(other)


def _ordinary(torch: Any, n_inputs: int, width: int, depth: int) -> Any:
    """Return a float64 ReLU network of one output, begun as Kaiming says."""
    layers: list[Any] = []
    for n_in, n_out in pairwise([n_inputs, *[width] * depth, 1]):
        linear = torch.nn.Linear(n_in, n_out, dtype=torch.float64)
        torch.nn.init.kaiming_normal_(linear.weight, nonlinearity="relu")
        torch.nn.init.zeros_(linear.bias)
        layers += [linear, torch.nn.ReLU()]
    return torch.nn.Sequential(*layers[:-1])


def descend(
    torch: Any, module: Any, x: Any, y: Any, epochs: int, after: Callable[[], None]
) -> None:
    """Train a module of one output by Adam, all points in one step."""
    optimiser = torch.optim.Adam(module.parameters(), lr=LEARNING_RATE)
    for _ in range(epochs):
        optimiser.zero_grad()
        (module(x)[:, 0] - y).square().mean().backward()
        optimiser.step()
        after()
