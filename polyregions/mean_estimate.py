# SPDX-License-Identifier: MIT
"""estimate_mean: expected activation regions of random networks too large to count.

One run of a beam a network is an unbiased number, and so is the mean over networks: how
much these differ from each other matters more than what a narrow beam adds.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.random import SeedSequence
from numpy.typing import NDArray

from .beam_runs import BeamRuns
from .beams import Beams, out_of_reach
from .budgets import Budget
from .domain import Domain
from .enumeration import checked_network, count_regions
from .errors import InvalidArgumentError
from .laws import Law, LayerLaw, checked_widths, stream
from .network import ActivationSpec, Network
from .progress import HeldProgress, Tick
from .region_estimate import Estimated, RegionEstimate
from .samples import t_quantile
from .tolerances import DEFAULT


def estimate_mean(
    widths: Sequence[int],
    samples: int = 200,
    seed: int = 0,
    *,
    law: str | LayerLaw = "uniform",
    bias: str | None = None,
    activation: ActivationSpec = "relu",
    negative_slope: Any = None,
    domain: Domain | None = None,
    beam: int = 32,
    max_seconds: float | None = None,
    threads: int | None = None,
    progress: bool | Tick | None = None,
) -> RegionEstimate:
    """Estimate the expected number of activation regions of random networks.

    Network i is that of ``montecarlo`` with this seed; it is given one run of a beam,
    and some of the first ones a run of a beam four times as wide: where these say
    something else, the narrow one cannot be trusted.

    Parameters
    ----------
    widths : inputs, hidden widths, outputs
    samples : int, networks, at least ten
    seed : int; the same for any number of threads
    law, bias, activation, negative_slope, domain : as in ``montecarlo``
    beam : int, nodes that a run keeps
    max_seconds : float; the networks until then are the first ones
    threads : int, all usable cores by default
    progress : True prints to stderr, or a callable(samples, share)

    Returns
    -------
    RegionEstimate
        ``runs`` networks; ``reliable`` is False, with the ``reason``, where they differ
        too much for an interval. Its method is "random networks".

    Raises
    ------
    InvalidArgumentError, InvalidDomainError, InvalidNetworkError
        An argument out of range, or that does not fit the others.
    """
    sizes = checked_widths(widths)
    for name, value, least in (("samples", samples, 10), ("beam", beam, 1)):
        _check_whole(name, value, least)
    _check_whole("seed", seed, 0)
    space = Domain.all(sizes[0]) if domain is None else domain
    zeros = [(np.zeros((m, n)), np.zeros(m)) for n, m in pairwise(sizes)]
    shape = Network(zeros, activation, negative_slope=negative_slope)
    checked_network(shape, space)
    budget = Budget.checked(None, max_seconds, None, threads)
    law_of_all = Law.checked(law, bias)
    source = _Source(sizes, seed, law_of_all, shape, space, beam, budget)
    n_wide = min(samples, DEFAULT.compared_networks)
    reason = out_of_reach(shape, space)
    runs: list[_Run] = []
    if not reason:
        with HeldProgress(progress, "networks") as tick:
            runs, reason = _gathered(source, samples, n_wide, tick)
    return _judged(source, runs, n_wide, reason)


def _check_whole(name: str, value: Any, least: int) -> None:
    whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if not whole or not least <= value < 2**31:
        raise InvalidArgumentError(f"{name}={value!r}; pass an integer >= {least}")


class _Run(NamedTuple):
    """Logarithms of a network's number by the beam, and by a wide one (or nan)."""

    log: float
    wide: float
    failures: int


@dataclass(frozen=True, slots=True)
class _Source:
    widths: tuple[int, ...]
    seed: int
    law: Law
    shape: Network
    domain: Domain
    beam: int
    budget: Budget

    def network(self, index: int) -> Network:
        numbers = self.law.parameters(self.widths, stream(self.seed, index))
        layers = []
        for n, m in pairwise(self.widths):
            weight, numbers = numbers[: n * m].reshape(m, n), numbers[n * m :]
            layers.append((weight, numbers[:m]))
            numbers = numbers[m:]
        units = [layer.activation for layer in self.shape.layers[:-1]]
        return Network(layers, units)

    def run(self, index: int, is_wide: bool) -> _Run | None:
        """Run the beam of one network; None when there is no time."""
        if self.budget.left() <= 0:
            return None
        network = self.network(index)
        beams = Beams(network, self.domain)
        if not beams.applies:  # nothing cuts, or cells that only integers hold
            counts = count_regions(
                network,
                self.domain,
                definitions="activation",
                threads=1,
                max_seconds=self.budget.some_left(),
            )
            if counts.status != "complete":
                return None
            log = math.log(counts.activation) if counts.activation else -math.inf
            return _Run(log, log if is_wide else math.nan, 0)
        found = []
        for width in [self.beam, 4 * self.beam][: 1 + is_wide]:
            key = (index, width)
            words = SeedSequence(self.seed, spawn_key=key).generate_state(4, np.uint64)
            logs, _, failures, complete = beams.runs(
                words.astype(np.uint64)[None],
                self.budget.monitor(None),
                width=width,
                threads=1,
            )
            if not complete:
                return None
            found.append((float(logs[0]), failures))
        (log, failed), (wide, _) = found[0], found[-1]
        return _Run(log, wide if is_wide else math.nan, failed)


def _gathered(
    source: _Source, samples: int, n_wide: int, tick: Tick | None
) -> tuple[list[_Run], str]:
    """Return the first runs that there was time for, and why there are no more."""
    runs: list[_Run] = []
    pool = ThreadPoolExecutor(source.budget.threads)
    try:
        for run in _in_order(pool, source, samples, n_wide):
            if run is None:
                return runs, "max_seconds ended before enough networks"
            runs.append(run)
            if tick is not None:
                tick(len(runs), len(runs) / samples)
    except KeyboardInterrupt:
        return runs, "interrupted"
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
    return runs, ""


def _in_order(
    pool: ThreadPoolExecutor, source: _Source, samples: int, n_wide: int
) -> Iterator[_Run | None]:
    """Yield the runs of the networks; a few wait at a time."""
    waiting = [
        pool.submit(source.run, i, i < n_wide)
        for i in range(min(samples, 4 * source.budget.threads))
    ]
    for i in range(samples):
        yield waiting.pop(0).result()
        following = i + 4 * source.budget.threads
        if following < samples:
            waiting.append(pool.submit(source.run, following, following < n_wide))


def _judged(
    source: _Source, runs: list[_Run], n_wide: int, stopped: str
) -> RegionEstimate:
    logs = np.array([run.log for run in runs])
    reason = stopped if len(runs) < DEFAULT.least_runs else ""
    number = Estimated(estimate=None, ci95=None, relative_se=None)
    if not reason and np.isneginf(logs).all():
        number = Estimated(estimate=0, ci95=(0, 0), relative_se=0.0)
    elif not reason:
        found = BeamRuns(source.beam, logs, logs, sum(run.failures for run in runs))
        mean = math.exp(min(found.log_mean, 709.0))
        half = t_quantile(len(found) - 1) * found.relative_se * mean
        reason = _doubt(found, np.array([run.wide for run in runs[:n_wide]]))
        number = Estimated(
            estimate=mean if found.log_mean < 700.0 else None,
            ci95=None if reason else (mean - half, mean + half),
            relative_se=found.relative_se,
        )
    return RegionEstimate(
        activation=number,
        reliable=not reason,
        reason=reason,
        method="random networks",
        runs=len(runs),
        beam=source.beam,
        seconds=time.monotonic() - source.budget.start,
        domain=source.domain,
    )


def _doubt(runs: BeamRuns, wide: NDArray[np.float64]) -> str:
    """Return why the mean cannot be trusted; empty where it can."""
    if runs.failures:
        return "floating point lost its way on some cells"
    if runs.largest_share > 0.5:
        return "one network dominates the sum"
    if runs.log_mean > 700.0:
        return "the number is beyond floating point"
    scaled = np.exp(np.stack([runs.logs[: len(wide)], wide]) - runs.logs.max())
    narrow, broad = scaled
    error = float((narrow - broad).std(ddof=1)) / math.sqrt(len(wide))
    if abs(float((narrow - broad).mean())) > 3.0 * error + 1e-9:
        return f"beams of {runs.width} nodes and of four times as many do not agree"
    noise = float((narrow - broad).std(ddof=1) / broad.mean())
    if noise > DEFAULT.noisy_beam:
        return (
            f"runs of {runs.width} nodes differ by {noise:.2g} of the mean from wider "
            "ones of the same networks; pass a larger beam"
        )
    return ""
