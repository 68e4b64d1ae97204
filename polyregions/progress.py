# SPDX-License-Identifier: MIT
"""Progress lines on stderr for anything that takes over two seconds."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TextIO

from .errors import InvalidArgumentError
from .tolerances import DEFAULT

Tick = Callable[[int, float], object]  # (regions so far, share of the search done)


class ProgressPrinter:
    """Print rate, share done and an estimate of the rest, now and then."""

    def __init__(self, stream: TextIO | None = None, unit: str = "regions") -> None:
        self._unit = unit
        self._stream = sys.stderr if stream is None else stream
        self._start = time.monotonic()
        self._next = self._start + DEFAULT.progress_after
        self._printed = False

    def __call__(self, regions: int, share: float) -> None:
        """Print a line if it is time for one."""
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + DEFAULT.progress_every
        spent = now - self._start
        line = f"{regions} {self._unit}, {regions / spent:.3g} a second"
        if share > 0:
            rest = spent * (1 - share) / share
            line += f", {100 * share:.1f} % done, about {rest:.0f} s left"
        in_place = self._stream.isatty()
        self._stream.write(f"\r{line:<78}" if in_place else line + "\n")
        self._stream.flush()
        self._printed = in_place

    def close(self) -> None:
        """End the line that is being rewritten in place."""
        if self._printed:
            self._stream.write("\n")
            self._stream.flush()


def progress_tick(progress: bool | Tick | None, unit: str = "regions") -> Tick | None:
    """Return the callable behind ``progress=``: True prints, a callable is called.

    Raises
    ------
    InvalidArgumentError
        Neither a bool, None nor a callable.
    """
    if progress is None or progress is False:
        return None
    if progress is True:
        return ProgressPrinter(unit=unit)
    if not callable(progress):
        raise InvalidArgumentError(
            f"progress={progress!r}; pass True, or a callable(regions, share)"
        )
    return progress


class HeldProgress:
    """Holds the progress callable, and ends its line."""

    def __init__(self, progress: bool | Tick | None, unit: str = "regions") -> None:
        self._tick = progress_tick(progress, unit)

    def __enter__(self) -> Tick | None:
        return self._tick

    def __exit__(self, *_: object) -> None:
        if isinstance(self._tick, ProgressPrinter):
            self._tick.close()
