# SPDX-License-Identifier: MIT
"""Budgets of a search: regions, seconds, bytes and threads."""

from __future__ import annotations

import math
import os
import time
from dataclasses import dataclass

import numpy as np

from . import _core
from .errors import InvalidArgumentError
from .progress import Tick

MOST_THREADS = 1024


@dataclass(frozen=True, slots=True)
class Budget:
    """Limits of a search, and when it began."""

    max_regions: int | None
    max_seconds: float | None
    max_bytes: int | None
    threads: int
    start: float

    @classmethod
    def checked(
        cls,
        max_regions: int | None,
        max_seconds: float | None,
        max_bytes: int | None,
        threads: int | None,
    ) -> Budget:
        """Return the budgets, begun now; None is no limit, and all cores.

        Raises
        ------
        InvalidArgumentError
            One is out of range.
        """
        numbers = {
            "max_regions": max_regions,
            "max_bytes": max_bytes,
            "threads": threads,
        }
        for name, value in numbers.items():
            if value is None:
                continue
            if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
                raise InvalidArgumentError(f"{name}={value!r}; pass an integer")
            if not 1 <= value < 2**63:
                raise InvalidArgumentError(f"{name}={value!r}; pass 1 to 2**63 - 1")
        if max_seconds is not None and not (
            isinstance(max_seconds, (int, float, np.number))
            and not isinstance(max_seconds, bool)
            and max_seconds > 0
        ):
            raise InvalidArgumentError(
                f"max_seconds={max_seconds!r}; pass a number > 0"
            )
        threads = usable_cores() if threads is None else min(threads, MOST_THREADS)
        return cls(max_regions, max_seconds, max_bytes, threads, time.monotonic())

    def spent(self) -> float:
        """Return the seconds since the beginning."""
        return time.monotonic() - self.start

    def left(self) -> float:
        """Return the seconds left."""
        if self.max_seconds is None:
            return math.inf
        return self.max_seconds - self.spent()

    def some_left(self, share: float = 1.0) -> float | None:
        """Return a share of what is left as ``count_regions`` takes it, None if all."""
        return None if self.max_seconds is None else max(share * self.left(), 1e-9)

    def monitor(
        self,
        tick: Tick | None,
        *,
        at_least: float = 0.0,
        at_most: float = math.inf,
        regions: int = 0,
        stored: int = 0,
    ) -> _core.CoreMonitor:
        """Return a monitor with what is left, so much having been found before."""
        return _core.CoreMonitor(
            max_regions=_less(self.max_regions, regions),
            max_seconds=min(max(self.left(), at_least), at_most),
            max_bytes=_less(self.max_bytes, stored),
            progress=tick,
        )


def _less(budget: int | None, spent: int) -> int | None:
    return None if budget is None else max(budget - spent, 0)


def usable_cores() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
