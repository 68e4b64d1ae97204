# SPDX-License-Identifier: MIT
"""Domains as exact integers in the compiled core, from their descriptions."""

from __future__ import annotations

import numpy as np

from . import _core
from .domain_spec import Floats, Spec


def core_frame(spec: Spec, within: Spec | None) -> _core.CoreFrame:
    """Return the frame of a description; ``within``: that of a slice's domain."""
    kind, dim = spec["kind"], spec["dim"]
    if kind == "box":
        return _of_box(spec)
    if kind == "segment":
        return _of_segment(spec["p"], spec["q"])
    if within is not None:  # a slice
        rows = _inequalities(within)
        clean = within["kind"] == "all" or (
            within["kind"] == "box" and bool((within["lo"] < within["hi"]).all())
        )
        return _frame(spec["origin"], spec["directions"], *rows, clean=clean)
    rows = _inequalities(spec)
    return _frame(np.zeros(dim), np.eye(dim), *rows, clean=kind == "all")


def _of_box(spec: Spec) -> _core.CoreFrame:
    low, high = spec["lo"], spec["hi"]
    free = np.flatnonzero(low < high)
    origin = np.where(low < high, 0.0, low)
    rows = _box_rows(low[free], high[free])
    return _frame(origin, np.eye(spec["dim"])[free], *rows, clean=True)


def _of_segment(p: Floats, q: Floats) -> _core.CoreFrame:
    if np.array_equal(p, q):
        return _frame(p, np.zeros((0, p.size)), *_no_rows(0), clean=True)
    rows = _box_rows(np.zeros(1), np.ones(1))
    return _frame(p, q[None, :], *rows, clean=True, relative=True)


def _inequalities(spec: Spec) -> tuple[Floats, Floats]:
    """Return (A, b) of a domain in its given coordinates."""
    if spec["kind"] == "box":
        return _box_rows(spec["lo"], spec["hi"])
    if spec["kind"] == "polytope":
        kept = np.isfinite(spec["b"])
        return spec["A"][kept], spec["b"][kept]
    return _no_rows(spec["dim"])


def _box_rows(low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Return (A, b) of the finite ends of a box."""
    eye = np.eye(low.size)
    below, above = np.isfinite(low), np.isfinite(high)
    A = np.concatenate([-eye[below], eye[above]])
    return A, np.concatenate([-low[below], high[above]])


def _no_rows(dim: int) -> tuple[Floats, Floats]:
    return np.zeros((0, dim)), np.zeros(0)


def _frame(*arrays: Floats, clean: bool, relative: bool = False) -> _core.CoreFrame:
    """Return the frame of origin, directions, A and b."""
    origin, directions, A, b = (np.ascontiguousarray(array) for array in arrays)
    return _core.CoreFrame(origin, directions, A, b, clean=clean, relative=relative)
