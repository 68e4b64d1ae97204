# SPDX-License-Identifier: MIT
"""Published experiments, run again: their numbers beside ours, in a folder.

An experiment is a module of this package with a function ``run(study) -> Page`` and a
line in ``registry.EXPERIMENTS``.
"""

from .registry import EXPERIMENTS, Experiment, listing
from .run import reproduce

__all__ = ["EXPERIMENTS", "Experiment", "listing", "reproduce"]
