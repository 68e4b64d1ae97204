# SPDX-License-Identifier: MIT
"""montecarlo: expected numbers of regions over random networks (Wang 2022, section 4).

Sample i is a network drawn from ``SeedSequence(seed, spawn_key=(i,))``, so that the
table is the same for every number of workers. Drawing and counting overlap: one thread
draws the next networks while the core counts, a network a thread.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .budgets import MOST_THREADS, usable_cores
from .cluster import Scheduler, connected
from .counts import DEFINITIONS, checked_definitions
from .domain import Domain
from .enumeration import checked_network
from .errors import InvalidArgumentError
from .laws import Law, LayerLaw, checked_widths
from .network import ActivationSpec, Network
from .progress import HeldProgress, Tick
from .samples import Samples, Summary
from .sampling import Question, run_samples
from .shared_samples import run_shared_samples

_UNLIMITED = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MonteCarlo:
    """Counts of random networks, and what they say of the expectation.

    Attributes
    ----------
    widths : inputs, hidden widths, outputs
    law, bias : names of the laws of weights and biases
    domain : Domain
    definitions : those that were counted
    table : Samples, a row a network
    status : "complete", "budget" (max_seconds) or "interrupted"
        The samples of a partial result are the first ones.
    seconds : float, wall time of this call
    """

    widths: tuple[int, ...]
    law: str
    bias: str
    domain: Domain
    definitions: tuple[str, ...]
    table: Samples
    status: str
    seconds: float

    @property
    def samples(self) -> int:
        """Networks counted."""
        return len(self.table)

    def summary(self, name: str) -> Summary | None:
        """Return what is known of a definition; None unless it was counted."""
        values = self.table.counts.get(name)
        return None if values is None else Summary.of(values)

    @property
    def activation(self) -> Summary | None:
        """Activation regions."""
        return self.summary("activation")

    @property
    def linear(self) -> Summary | None:
        """Linear regions."""
        return self.summary("linear")

    @property
    def linear_closed(self) -> Summary | None:
        """Linear regions, joined on any contact."""
        return self.summary("linear_closed")

    @property
    def affine(self) -> Summary | None:
        """Distinct affine maps."""
        return self.summary("affine")

    @property
    def per_layer(self) -> tuple[Summary, ...]:
        """Activation regions when only the first k + 1 hidden layers cut."""
        return tuple(map(Summary.of, self.table.per_layer.T))

    @property
    def ratio(self) -> Summary | None:
        """Linear regions per activation region; None unless both were counted."""
        return Summary.of(self.table.ratio()) if self.table.has_ratio else None

    @property
    def single_region_share(self) -> float:
        """Share of networks with one linear region (activation if that is all)."""
        values = self._regions()
        return float(np.mean(values == 1)) if len(values) else math.nan

    @property
    def without_single(self) -> Summary:
        """The same regions over the networks that have more than one."""
        values = self._regions()
        return Summary.of(values[values != 1])

    def _regions(self) -> NDArray[np.int64]:
        counts = self.table.counts
        return counts["linear" if "linear" in counts else self.definitions[0]]

    def to_json(self) -> dict[str, Any]:
        """Return the summaries as JSON values, without the table."""
        share = self.single_region_share
        out: dict[str, Any] = {
            "samples": self.samples,
            "seed": self.table.seed,
            "widths": list(self.widths),
            "law": self.law,
            "bias": self.bias,
            "domain": self.domain.to_json(),
            "status": self.status,
            "seconds": self.seconds,
            "incomplete": int(np.sum(~self.table.complete)),
        }
        for name in DEFINITIONS:
            found = self.summary(name)
            out[name] = None if found is None else found.to_json()
        out["per_layer"] = [found.to_json() for found in self.per_layer]
        out["ratio"] = None if self.ratio is None else self.ratio.to_json()
        out["single_region_share"] = None if math.isnan(share) else share
        out["without_single"] = self.without_single.to_json()
        return out

    def text(self) -> str:
        """Return the summaries as a table."""
        lines = [f"{'':<17} {'mean':>12} {'sd':>10} {'se':>10}   95 % interval"]
        rows = [(name, self.summary(name)) for name in self.definitions]
        if self.ratio is not None:
            rows.append(("linear/activation", self.ratio))
        rows += [(f"layers 1-{k + 1}", found) for k, found in enumerate(self.per_layer)]
        for name, found in rows:
            assert found is not None
            numbers = f"{found.mean:>12.6g} {found.sd:>10.5g} {found.se:>10.3g}"
            low, high = found.ci95
            lines.append(f"{name:<17} {numbers}   {low:.6g} to {high:.6g}")
        share = 100 * self.single_region_share
        lines.append(f"{share:.3g} % of the networks have a single region")
        return "\n".join([repr(self), *lines])

    def __repr__(self) -> str:
        found = [f"{name}={self.summary(name)}" for name in self.definitions]
        return (
            f"MonteCarlo({'-'.join(map(str, self.widths))}, {self.law}, "
            f"{self.samples} samples: {', '.join(found)}, {self.status}, "
            f"{self.seconds:.3g} s)"
        )


def montecarlo(
    widths: Sequence[int],
    samples: int = 5000,
    seed: int = 0,
    *,
    law: str | LayerLaw = "uniform",
    bias: str | None = None,
    activation: ActivationSpec = "relu",
    negative_slope: Any = None,
    domain: Domain | None = None,
    definitions: str | Iterable[str] = ("activation", "linear"),
    relative_error: float | None = None,
    max_seconds: float | None = None,
    max_regions: int | None = None,
    workers: int | None = None,
    resume: str | os.PathLike[str] | None = None,
    scheduler: Scheduler | None = None,
    progress: bool | Tick | None = None,
) -> MonteCarlo:
    """Count the regions of random networks, exactly, and summarise.

    Parameters
    ----------
    widths : inputs, hidden widths, outputs
    samples : int
        Networks at most; all of them unless one of the next stops earlier.
    law : name, or a function (generator, inputs, outputs) -> (W, b)
        uniform: on (-1, 1); normal: N(0, 1); torch: uniform on ±1 / sqrt(inputs),
        PyTorch's default; he: N(0, 2 / inputs); he_uniform: uniform on ±sqrt(6 /
        inputs); orthogonal: Haar. Output layer included.
    bias : uniform, normal, torch or zero; None: that of the law (he and orthogonal: 0)
    domain : all of R^inputs by default
    definitions : as in ``count_regions``
    relative_error : float
        Stop when every definition's standard error is at most this times its mean,
        looked at every 256 samples: the same number of samples on any machine.
    max_seconds : float
    max_regions : int
        Stop counting one network there; its row has ``complete`` False.
    workers : int; threads, all usable cores by default
    resume : path of a journal from which a run that was stopped or killed goes on
    scheduler : address of a dask scheduler, or a distributed.Client
        The threads of that cluster's workers draw and count batches; the table is the
        same, and ``workers`` of no account. A function is sent by cloudpickle.
    progress : True prints to stderr, or a callable(samples, share)

    Returns
    -------
    MonteCarlo

    Raises
    ------
    InvalidArgumentError, InvalidDomainError, InvalidNetworkError
        An argument out of range, or that does not fit the others.
    JournalError
        The journal cannot be read or written, or holds another run.
    MissingExtraError, ClusterError
        As in ``count_regions``.
    """
    start = time.monotonic()
    sizes = checked_widths(widths)
    space = Domain.all(sizes[0]) if domain is None else domain
    question = Question(
        widths=sizes,
        samples=_checked_count("samples", samples),
        seed=_checked_count("seed", seed, least=0),
        law=Law.checked(law, bias),
        network=checked_network(_shape(sizes, activation, negative_slope), space),
        domain=space,
        definitions=checked_definitions(definitions),
        error=_checked_positive("relative_error", relative_error),
        max_seconds=_checked_positive("max_seconds", max_seconds),
        max_regions=_checked_count(
            "max_regions", _UNLIMITED if max_regions is None else max_regions
        ),
        workers=_checked_workers(workers),
    )
    with HeldProgress(progress, "networks") as tick:
        if scheduler is None:
            rows, status = run_samples(question, resume, start, tick)
        else:
            with connected(scheduler) as pool:
                rows, status = run_shared_samples(question, resume, start, tick, pool)
    return MonteCarlo(
        widths=sizes,
        law=question.law.name,
        bias=question.law.bias,
        domain=question.domain,
        definitions=question.definitions,
        table=question.table(rows),
        status=status,
        seconds=time.monotonic() - start,
    )


# --- arguments ---------------------------------------------------------------------


def _shape(widths: Sequence[int], activation: Any, negative_slope: Any) -> Network:
    layers = [(np.zeros((m, n)), np.zeros(m)) for n, m in pairwise(widths)]
    return Network(layers, activation, negative_slope=negative_slope)


def _checked_count(name: str, value: Any, least: int = 1) -> int:
    whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if not whole or not least <= value < 2**63:
        raise InvalidArgumentError(f"{name}={value!r}; pass an integer >= {least}")
    return int(value)


def _checked_workers(value: Any) -> int:
    return (
        usable_cores()
        if value is None
        else min(_checked_count("workers", value), MOST_THREADS)
    )


def _checked_positive(name: str, value: Any) -> float | None:
    if value is None:
        return None
    number = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
    if not number or not 0 < value < math.inf:
        raise InvalidArgumentError(f"{name}={value!r}; pass a number > 0")
    return float(value)
