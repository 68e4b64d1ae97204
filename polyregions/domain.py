# SPDX-License-Identifier: MIT
"""Domains: the part of input space on which regions are counted."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _core
from .errors import (
    InvalidArgumentError,
    InvalidDomainError,
    InvalidNetworkError,
)
from .network import exact_float64
from .tolerances import DEFAULT

Floats = NDArray[np.float64]
_Map = tuple[Floats, Floats]  # offset, matrix


class Domain:
    """A convex set of inputs, exact in the float64 numbers that describe it.

    Build one with ``Domain.all``, ``box``, ``polytope``, ``segment`` or ``slice``. It
    counts as open, relative to its affine hull: only cells with an interior in it are
    counted, and facets on its boundary join nothing.

    Attributes
    ----------
    kind : "all", "box", "polytope", "segment" or "slice"
    n_inputs : int
        Inputs of the networks that it fits.
    dim : int
        Its coordinates as given: n_inputs, or the number of directions of a slice.
    own_dim : int
        Coordinates in which it is full-dimensional; fewer than ``dim`` where it is
        flat. Interior points, half-spaces and maps of cells are in these.

    Notes
    -----
    * Empty: ``is_empty``; every count is 0.
    * Flat: a box with lo == hi somewhere, or a polytope inside a hyperplane, is the
      flat set of the remaining dimension; own coordinates are the ones of the given
      coordinates that parametrise it, in order. A single point has own_dim 0 and
      one region.
    * Unbounded means unbounded: no hidden big box.
    * Redundant inequalities change nothing.
    """

    __slots__ = ("__dict__", "_spec")

    _spec: dict[str, Any]

    def __init__(self, spec: Mapping[str, Any]) -> None:
        """Take a checked description; use the class methods instead."""
        self._spec = dict(spec)

    @classmethod
    def all(cls, dim: int) -> Domain:
        """All of R^dim."""
        return cls({"kind": "all", "dim": checked_dim(dim)})

    @classmethod
    def box(cls, lo: ArrayLike, hi: ArrayLike, dim: int | None = None) -> Domain:
        """Box lo <= x <= hi.

        Parameters
        ----------
        lo, hi : float or (dim,) floats; infinite where the box has no end
        dim : needed when both are scalars

        Raises
        ------
        InvalidDomainError
            NaN, lo > hi, lo = +inf or hi = -inf, or shapes that do not fit.
        """
        low, high = _numbers(lo, "box lo"), _numbers(hi, "box hi")
        size = checked_dim(max(low.size, high.size) if dim is None else dim)
        if dim is None and low.ndim == high.ndim == 0:
            raise InvalidDomainError("a box with scalar ends needs dim=")
        for name, end in (("lo", low), ("hi", high)):
            if end.ndim > 1 or (end.ndim == 1 and end.size != size):
                raise InvalidDomainError(
                    f"box {name} has shape {end.shape}; pass a number or ({size},)"
                )
        low, high = np.broadcast_to(low, size), np.broadcast_to(high, size)
        bad = ~(low <= high) | (low == np.inf) | (high == -np.inf)
        if bad.any():
            k = int(np.argmax(bad))
            raise InvalidDomainError(
                f"box direction {k}: lo = {low[k]:g}, hi = {high[k]:g}; lo <= hi is "
                "needed (lo == hi gives a flat box), lo < inf and hi > -inf"
            )
        return cls({"kind": "box", "dim": size, "lo": low.copy(), "hi": high.copy()})

    @classmethod
    def polytope(cls, A: ArrayLike, b: ArrayLike) -> Domain:
        """Polyhedron {A x <= b}, bounded or not.

        Parameters
        ----------
        A : (m, dim) finite floats; m may be 0
        b : (m,) floats; +inf makes a row void

        Raises
        ------
        InvalidDomainError
            NaN, infinities elsewhere, or shapes that do not fit.
        """
        matrix, right = _numbers(A, "polytope A"), _numbers(b, "polytope b")
        if matrix.ndim != 2 or matrix.shape[1] == 0:
            raise InvalidDomainError(
                f"polytope A has shape {matrix.shape}; pass (m, dim) with dim >= 1"
            )
        if right.shape != (matrix.shape[0],):
            raise InvalidDomainError(
                f"polytope b has shape {right.shape}; A has {matrix.shape[0]} rows: "
                f"pass ({matrix.shape[0]},)"
            )
        if not np.isfinite(matrix).all() or (right == -np.inf).any():
            raise InvalidDomainError(
                "polytope: A must be finite and b finite or +inf; an inequality "
                "that nothing satisfies is 0 x <= -1"
            )
        return cls(
            {"kind": "polytope", "dim": matrix.shape[1], "A": matrix, "b": right}
        )

    @classmethod
    def segment(cls, p: ArrayLike, q: ArrayLike) -> Domain:
        """Segment from p to q, with the coordinate 0 at p and 1 at q.

        p == q is a single point: own_dim 0, one region.
        """
        start, end = _numbers(p, "segment p"), _numbers(q, "segment q")
        if start.ndim != 1 or start.shape != end.shape or start.size == 0:
            raise InvalidDomainError(
                f"segment ends have shapes {start.shape} and {end.shape}; pass (n,) "
                "twice"
            )
        _check_finite(start, "segment p")
        _check_finite(end, "segment q")
        return cls({"kind": "segment", "dim": 1, "p": start, "q": end})

    @classmethod
    def slice(
        cls, origin: ArrayLike, directions: ArrayLike, within: Domain | None = None
    ) -> Domain:
        """Affine slice {origin + u @ directions : u in within}.

        Parameters
        ----------
        origin : (n,) finite floats
        directions : (k, n) finite floats, linearly independent, 1 <= k <= n
        within : Domain of k dimensions (all, box or polytope); None for all of R^k

        Raises
        ------
        InvalidDomainError
            Dependent directions, or shapes that do not fit.
        """
        base, rows = (
            _numbers(origin, "slice origin"),
            _numbers(directions, "directions"),
        )
        if base.ndim != 1 or rows.ndim != 2 or rows.shape[1:] != base.shape:
            raise InvalidDomainError(
                f"slice origin has shape {base.shape}, directions {rows.shape}; pass "
                "(n,) and (k, n)"
            )
        _check_finite(base, "slice origin")
        _check_finite(rows, "slice directions")
        if rows.shape[0] == 0 or _core.rank(np.ascontiguousarray(rows)) < rows.shape[0]:
            raise InvalidDomainError(
                "slice directions are linearly dependent (or none); pass independent "
                "ones"
            )
        inner = cls.all(rows.shape[0]) if within is None else within
        if (
            not isinstance(inner, Domain)
            or inner.kind not in ("all", "box", "polytope")
            or inner.dim != rows.shape[0]
        ):
            raise InvalidDomainError(
                f"slice within is {inner!r}; pass all, box or polytope of dimension "
                f"{rows.shape[0]}"
            )
        spec = {"kind": "slice", "dim": rows.shape[0]}
        return cls(spec | {"origin": base, "directions": rows, "within": inner})

    # --- description ----------------------------------------------------------------

    @property
    def kind(self) -> str:
        """Which of the five kinds."""
        return str(self._spec["kind"])

    @property
    def dim(self) -> int:
        """Coordinates as given."""
        return int(self._spec["dim"])

    @property
    def n_inputs(self) -> int:
        """Inputs of the networks that it fits."""
        if self.kind == "segment":
            return int(self._spec["p"].size)
        if self.kind == "slice":
            return int(self._spec["origin"].size)
        return self.dim

    @property
    def own_dim(self) -> int:
        """Coordinates in which it is full-dimensional; 0 when it is empty."""
        return 0 if self.core.empty else int(self.core.dim)

    @property
    def is_empty(self) -> bool:
        """True when no point satisfies it."""
        return bool(self.core.empty)

    def bounding_box(self) -> tuple[Floats, Floats] | None:
        """(lo, hi) of a box or segment in given coordinates; None for other kinds."""
        if self.kind == "box":
            return self._spec["lo"].copy(), self._spec["hi"].copy()
        if self.kind == "segment":
            return np.zeros(1), np.ones(1)
        if self.kind == "slice":
            inner: Domain = self._spec["within"]
            return inner.bounding_box()
        return None

    @cached_property
    def core(self) -> _core.CoreFrame:
        """The domain as exact integers in the compiled core."""
        build = getattr(self, f"_core_{self.kind}")
        frame: _core.CoreFrame = build()
        return frame

    def _core_all(self) -> _core.CoreFrame:
        return _frame(np.zeros(self.dim), np.eye(self.dim), clean=True)

    def _core_box(self) -> _core.CoreFrame:
        low, high = self._spec["lo"], self._spec["hi"]
        free = np.flatnonzero(low < high)
        origin = np.where(low < high, 0.0, low)
        A, b = _box_rows(low[free], high[free])
        return _frame(origin, np.eye(self.dim)[free], A, b, clean=True)

    def _core_polytope(self) -> _core.CoreFrame:
        A, b = self._inequalities()
        return _frame(np.zeros(self.dim), np.eye(self.dim), A, b, clean=False)

    def _core_segment(self) -> _core.CoreFrame:
        p, q = self._spec["p"], self._spec["q"]
        if np.array_equal(p, q):
            return _frame(p, np.zeros((0, p.size)), clean=True)
        A, b = _box_rows(np.zeros(1), np.ones(1))
        return _frame(p, q[None, :], A, b, clean=True, relative=True)

    def _core_slice(self) -> _core.CoreFrame:
        inner: Domain = self._spec["within"]
        A, b = inner._inequalities()
        clean = inner.kind == "all" or (
            inner.kind == "box" and bool((inner._spec["lo"] < inner._spec["hi"]).all())
        )
        origin, directions = self._spec["origin"], self._spec["directions"]
        return _frame(origin, directions, A, b, clean=clean)

    def _inequalities(self) -> tuple[Floats, Floats]:
        if self.kind == "box":
            return _box_rows(self._spec["lo"], self._spec["hi"])
        if self.kind == "polytope":
            kept = np.isfinite(self._spec["b"])
            return self._spec["A"][kept], self._spec["b"][kept]
        return np.zeros((0, self.dim)), np.zeros(0)

    # --- coordinates ----------------------------------------------------------------

    def to_inputs(self, Y: ArrayLike) -> Floats:
        """Network inputs of points in own coordinates, rounded to float64.

        Parameters
        ----------
        Y : (n, own_dim)

        Returns
        -------
        (n, n_inputs) float64
        """
        return self._mapped(Y, self.n_inputs, self.core.input_map)

    def to_given(self, Y: ArrayLike) -> Floats:
        """Coordinates as given, (n, dim), of points in own coordinates (n, own_dim)."""
        if self.kind not in ("segment", "slice"):  # the inputs, where it is flat too
            return self.to_inputs(Y)
        if self.kind == "segment" and not self.own_dim:  # p == q: all of it is p
            return 0.0 * self.to_inputs(Y)[:, :1]
        return self._mapped(Y, self.dim, self.core.given_map)

    def _mapped(self, Y: ArrayLike, width: int, parts: Callable[[], _Map]) -> Floats:
        own = np.asarray(Y, dtype=np.float64)
        if own.ndim != 2 or own.shape[1] != self.own_dim:
            raise InvalidArgumentError(
                f"points have shape {own.shape}; the domain has {self.own_dim} own "
                f"coordinates: pass (n, {self.own_dim})"
            )
        if self.is_empty:  # no point of it can be meant
            return np.full((len(own), width), np.nan)
        offset, matrix = parts()
        return np.asarray(own @ matrix.T + offset)

    # --- JSON -----------------------------------------------------------------------

    def to_json(self) -> dict[str, Any]:
        """Plain lists and numbers, as ``from_json`` and ``--domain FILE`` read them.

        Infinite ends are written as the strings "inf" and "-inf".
        """
        from .domain_json import plain

        return {key: plain(value) for key, value in self._spec.items()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any] | str | os.PathLike[str]) -> Domain:
        """Read the dictionary of ``to_json``, or a file that holds it.

        Raises
        ------
        ModelFileError
            The file is missing or no JSON object.
        InvalidDomainError
            Unknown kind, a missing or superfluous key, or wrong numbers.
        """
        from .domain_json import parsed

        return parsed(data)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Domain):
            return NotImplemented
        return self.to_json() == other.to_json()

    def __hash__(self) -> int:
        return hash(json.dumps(self.to_json(), sort_keys=True))

    def __repr__(self) -> str:
        if self.kind == "box":
            low, high = self._spec["lo"], self._spec["hi"]
            if (low == low[0]).all() and (high == high[0]).all():
                return f"Domain.box({low[0]:g}, {high[0]:g}, dim={self.dim})"
            return f"Domain.box({low.tolist()}, {high.tolist()})"
        if self.kind == "polytope":
            return f"Domain.polytope({self._spec['b'].size} rows, dim={self.dim})"
        if self.kind == "slice":
            return (
                f"Domain.slice({self.dim} of {self.n_inputs} dimensions, "
                f"within={self._spec['within']!r})"
            )
        if self.kind == "segment":
            return f"Domain.segment({self.n_inputs} inputs)"
        return f"Domain.all({self.n_inputs})"


def _frame(
    origin: Floats,
    directions: Floats,
    A: Floats | None = None,
    b: Floats | None = None,
    *,
    clean: bool,
    relative: bool = False,
) -> _core.CoreFrame:
    if A is None or b is None:
        A, b = np.zeros((0, directions.shape[0])), np.zeros(0)
    return _core.CoreFrame(
        *(np.ascontiguousarray(array) for array in (origin, directions, A, b)),
        clean=clean,
        relative=relative,
    )


def _box_rows(low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Return (A, b) of the finite ends of a box."""
    eye = np.eye(low.size)
    below, above = np.isfinite(low), np.isfinite(high)
    A = np.concatenate([-eye[below], eye[above]])
    return A, np.concatenate([-low[below], high[above]])


def _numbers(value: Any, what: str) -> Floats:
    """Return a float64 array that holds the numbers exactly, without NaN."""
    try:
        array = np.asarray(exact_float64(value, what) + 0.0)  # -0.0 becomes 0.0
    except InvalidNetworkError as error:
        raise InvalidDomainError(str(error)) from None
    if np.isnan(array).any():
        raise InvalidDomainError(f"{what} holds NaN; pass numbers")
    return array


def _check_finite(array: Floats, what: str) -> None:
    if not np.isfinite(array).all():
        raise InvalidDomainError(f"{what} must be finite")


def checked_dim(dim: Any) -> int:
    """Return a dimension as an int; InvalidDomainError unless it is one that can be."""
    if isinstance(dim, bool) or not isinstance(dim, (int, np.integer)) or dim < 1:
        raise InvalidDomainError(f"dimension {dim!r}; pass an integer >= 1")
    if dim > DEFAULT.most_dimensions:
        raise InvalidDomainError(
            f"the dimension is too large; pass at most {DEFAULT.most_dimensions}"
        )
    return int(dim)
