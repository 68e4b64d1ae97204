# SPDX-License-Identifier: MIT
"""estimate: the number of activation regions of a network too large to enumerate.

Independent runs of a beam through the split tree (csrc/beam.hpp) give unbiased numbers;
their mean and its t-interval are the answer, or the reason why there is none.
"""

from __future__ import annotations

import math
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from . import _core
from .beam_runs import BeamRuns, hopeless, too_wild
from .beams import Beams, Words, out_of_reach
from .budgets import Budget
from .cluster import Pool, Scheduler, connected
from .domain import Domain
from .enumeration import checked_network, count_regions
from .errors import InvalidArgumentError
from .network import Network
from .progress import HeldProgress, Tick
from .region_estimate import Estimated, RegionEstimate
from .samples import t_quantile
from .shared_runs import SharedBeams
from .tolerances import DEFAULT

Numbers = NDArray[np.float64]


def estimate(
    network: Network,
    domain: Domain,
    *,
    relative_error: float = 0.05,
    max_seconds: float | None = None,
    seed: int = 0,
    threads: int | None = None,
    exact_cap: int = 10**7,
    scheduler: Scheduler | None = None,
    progress: bool | Tick | None = None,
) -> RegionEstimate:
    """Estimate the activation regions of a network on a domain.

    First it counts, up to ``exact_cap`` regions. Beyond, one layer in general position
    on all of R^d has a closed form; for the rest independent runs of a beam give
    unbiased numbers: from uniform cells of the first layer where that is in general
    position on all of R^d or in a box, from the root of the tree otherwise.

    Parameters
    ----------
    relative_error : float, the standard error asked for over the estimate
    max_seconds : float, stop then; the answer then depends on the machine
    seed : int; the same for any number of threads
    threads : int, all usable cores by default
    exact_cap : int; 0 never counts
    scheduler : address of a dask scheduler, or a distributed.Client
        The threads of that cluster's workers count and run; the answer is the same.
    progress : True prints to stderr, or a callable(regions, share)

    Returns
    -------
    RegionEstimate
        ``reliable`` is False, with the ``reason``, where the runs disagree too much for
        an interval. General position is proved where it has at most 2000 minors;
        otherwise 2000 random ones are looked at.

    Raises
    ------
    InvalidDomainError
        The domain does not fit the network.
    InvalidArgumentError
        An argument out of range.
    MissingExtraError, ClusterError
        As in ``count_regions``.
    """
    budget = Budget.checked(None, max_seconds, None, threads)
    _check_numbers(relative_error, seed, exact_cap)
    checked_network(network, domain)
    with HeldProgress(progress) as tick, _pool(scheduler) as pool:
        question = _Question(
            network, domain, budget, tick, seed, relative_error, scheduler, pool
        )
        return (
            question.out_of_reach(before_counting=True)
            or question.closed_form(more_than=exact_cap)
            or question.counted(exact_cap)
            or question.closed_form()
            or question.out_of_reach(before_counting=False)
            or question.estimated()
        )


def _pool(scheduler: Scheduler | None) -> AbstractContextManager[Pool | None]:
    return nullcontext() if scheduler is None else connected(scheduler)


def _check_numbers(relative_error: float, seed: int, exact_cap: int) -> None:
    number = isinstance(relative_error, (int, float, np.number))
    if not number or isinstance(relative_error, bool) or not 0 < relative_error < 1:
        raise InvalidArgumentError(
            f"relative_error={relative_error!r}; pass a number between 0 and 1"
        )
    for name, value in (("seed", seed), ("exact_cap", exact_cap)):
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
            raise InvalidArgumentError(f"{name}={value!r}; pass an integer")
        if not 0 <= value < 2**63:
            raise InvalidArgumentError(f"{name}={value!r}; pass 0 to 2**63 - 1")


@dataclass(slots=True)
class _Question:
    network: Network
    domain: Domain
    budget: Budget
    tick: Tick | None
    seed: int
    relative_error: float
    scheduler: Scheduler | None = None
    pool: Pool | None = None
    _beams: Beams | None = None
    _known_first: int | None = None
    _phase: int = 0
    _stopped: str = ""
    _at_least: int = 0

    # --- exact answers ---

    @property
    def beams(self) -> Beams:
        if self._beams is None:
            self._beams = Beams(self.network, self.domain)
        return self._beams

    def closed_form(self, *, more_than: int = 0) -> RegionEstimate | None:
        """Zaslavsky's formula for one layer in general position on all of R^d.

        Where that is only likely, fewer regions had better be counted.
        """
        one_layer = _core.cutting_layers(self.network.core)[1] == 1
        if not one_layer or self.domain.kind != "all" or not self.beams.applies:
            return None
        position, cells = self.beams.position, self.beams.first_layer_cells
        if position < 0 or (position == 0 and cells <= more_than):
            return None
        return self._exactly(cells, "closed form")

    def out_of_reach(self, *, before_counting: bool) -> RegionEstimate | None:
        """Refuse cells of too many dimensions; at once where counting is in vain."""
        reason = out_of_reach(self.network, self.domain)
        if not reason or (before_counting and self.domain.kind != "all"):
            return None
        return self._nothing(reason)

    def counted(self, cap: int) -> RegionEstimate | None:
        """Count, if there are at most ``cap`` regions."""
        if self.beams.applies and (cap == 0 or self._seems_larger(100.0 * cap)):
            return None
        counts = count_regions(
            self.network,
            self.domain,
            definitions="activation",
            threads=self.budget.threads,
            max_regions=max(cap, 1),
            max_seconds=self.budget.some_left(share=0.5),
            scheduler=self.scheduler,
            progress=self.tick,
        )
        assert counts.activation is not None
        if counts.status == "complete":
            return self._exactly(counts.activation, "exact")
        self._at_least = counts.activation
        if counts.status == "interrupted":
            self._stopped = "interrupted"
        return None

    def _seems_larger(self, number: float) -> bool:
        """Whether a look says so: then it is at least 1 % of it with odds of 99 %."""
        runs = self.runs(DEFAULT.first_beam, DEFAULT.least_runs)
        return runs is not None and runs.log_mean > math.log(number)

    def _exactly(self, number: int, method: str) -> RegionEstimate:
        known = Estimated(estimate=number, ci95=(number, number), relative_se=0.0)
        return self._result(known, "", method, 0, 0)

    def _result(
        self, number: Estimated, reason: str, method: str, runs: int, beam: int
    ) -> RegionEstimate:
        return RegionEstimate(
            activation=number,
            reliable=not reason,
            reason=reason,
            method=method,
            runs=runs,
            beam=beam,
            seconds=self.budget.spent(),
            domain=self.domain,
        )

    def _nothing(self, reason: str) -> RegionEstimate:
        nothing = Estimated(estimate=None, ci95=None, relative_se=None)
        return self._result(nothing, reason, "none", 0, 0)

    # --- beams ---

    def estimated(self) -> RegionEstimate:
        """Choose a width, and then estimate with fresh streams."""
        if not self.beams.applies:
            return self._nothing("its cells fit no beam, and exact_cap counts too few")
        self._known_first = self.beams.known_first_layer(self.budget)
        before, width = None, DEFAULT.first_beam
        while True:
            pilot, reason = self._pilot(width, before)
            if pilot is None or reason:
                return self._refused(pilot, reason)
            runs = self._measured(pilot)
            if runs is None:
                return self._refused(pilot, self._stopped)
            if self._stopped or not runs.are_wild or hopeless(runs):
                return self._judged(pilot, runs)
            # The few runs that chose the width happened to be alike.
            before, width = runs, 2 * pilot.width

    def runs(self, width: int, n: int) -> BeamRuns | None:
        """Fresh runs; None when there was no time for all of them."""
        if self._stopped or self.budget.left() <= 0:
            self._stopped = self._stopped or "max_seconds ended before enough runs"
            return None
        self._phase += 1
        streams = np.random.SeedSequence(self.seed, spawn_key=(self._phase,)).spawn(n)
        seeds = np.array([each.generate_state(4, np.uint64) for each in streams])
        logs, first, failures, outcome = self._ran(seeds, width)
        if outcome != "complete":
            self._stopped = "max_seconds ended before enough runs"
            if outcome == "interrupted":
                self._stopped = outcome
            return None
        return BeamRuns(width, logs, first, failures)

    def _ran(self, seeds: Words, width: int) -> tuple[Numbers, Numbers, int, str]:
        """Run them here or on a cluster."""
        if self.pool is not None:
            shared = SharedBeams(self.network, self.domain, self.pool)
            return shared.runs(seeds, self.budget, self.tick, width)
        monitor = self.budget.monitor(self.tick)
        logs, first, failures, complete = self.beams.runs(
            seeds, monitor, width=width, threads=self.budget.threads
        )
        return logs, first, failures, "complete" if complete else monitor.outcome

    def _pilot(
        self, width: int, before: BeamRuns | None
    ) -> tuple[BeamRuns | None, str]:
        """Double the width until runs are alike, and like those of half the width."""
        while True:
            runs = self.runs(width, DEFAULT.least_runs)
            if runs is None:
                return before, self._stopped
            if runs.failures:
                return runs, "floating point lost its way on some cells"
            calm = runs.deviation <= DEFAULT.calm_deviation
            if calm and before is not None and runs.agrees(before):
                return runs, ""
            reason = hopeless(runs)
            if reason:
                return runs, reason
            before, width = runs, 2 * width

    def _measured(self, pilot: BeamRuns) -> BeamRuns | None:
        """Run the pilot's width to the error asked for, the number fixed before."""
        wanted = 1.1 * (pilot.deviation / self.relative_error) ** 2
        n = max(DEFAULT.least_runs, math.ceil(wanted))
        all_runs: BeamRuns | None = None
        while True:
            done = 0 if all_runs is None else len(all_runs)
            # Twice as many each time: runs that are wild show it soon.
            more = min(n - done, max(done, DEFAULT.least_runs), DEFAULT.runs_at_once)
            runs = self.runs(pilot.width, more)
            if runs is None:
                return all_runs
            all_runs = runs if all_runs is None else all_runs.joined(runs)
            if len(all_runs) > more and all_runs.are_wild:
                return all_runs
            if len(all_runs) < n:
                continue
            if all_runs.relative_se <= self.relative_error:
                return all_runs
            missed = all_runs.relative_se / self.relative_error
            n = math.ceil(1.1 * n * missed**2)

    def _judged(self, pilot: BeamRuns, runs: BeamRuns) -> RegionEstimate:
        reason = ""
        if runs.are_wild:
            reason = "; ".join(filter(None, [too_wild(runs), self._stopped]))
        elif runs.largest_share > 0.5:
            reason = "one run dominates the sum"
        elif not runs.agrees(pilot) or runs.failures:
            reason = "the runs do not agree with those that chose the width"
        elif self._known_first is not None and runs.misses(self._known_first):
            reason = f"the runs miss the {self._known_first} cells of the first layer"
        if reason:
            return self._refused(runs, reason)
        mean = math.exp(runs.log_mean)
        # Runs of a small tree may all be equal and yet miss it by a fraction.
        half = max(t_quantile(len(runs) - 1) * runs.relative_se * mean, 1.0)
        if mean + half < self._at_least:
            return self._refused(runs, f"there are at least {self._at_least} regions")
        number = Estimated(
            estimate=mean,
            ci95=(max(mean - half, float(self._at_least)), mean + half),
            relative_se=runs.relative_se,
        )
        return self._result(number, "", self.beams.start.method, len(runs), runs.width)

    def _refused(self, runs: BeamRuns | None, reason: str) -> RegionEstimate:
        number = Estimated(estimate=None, ci95=None, relative_se=None)
        if runs is not None:
            log = runs.log_mean
            number = Estimated(
                estimate=math.exp(log) if log < 700.0 else None,
                ci95=None,
                relative_se=runs.relative_se,
            )
        n, width = (0, 0) if runs is None else (len(runs), runs.width)
        return self._result(number, reason, self.beams.start.method, n, width)
