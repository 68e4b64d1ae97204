# SPDX-License-Identifier: MIT
"""Domains: the part of input space on which regions are counted."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from . import _core
from .domain_frame import core_frame
from .domain_spec import (
    Floats,
    Spec,
    box_spec,
    checked_dim,
    polytope_spec,
    segment_spec,
    slice_spec,
)
from .errors import InvalidArgumentError, InvalidDomainError

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

    _spec: Spec

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
        return cls(box_spec(lo, hi, dim))

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
        return cls(polytope_spec(A, b))

    @classmethod
    def segment(cls, p: ArrayLike, q: ArrayLike) -> Domain:
        """Segment from p to q, with the coordinate 0 at p and 1 at q.

        p == q is a single point: own_dim 0, one region.
        """
        return cls(segment_spec(p, q))

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
        spec = slice_spec(origin, directions)
        inner = cls.all(spec["dim"]) if within is None else within
        if (
            not isinstance(inner, Domain)
            or inner.kind not in ("all", "box", "polytope")
            or inner.dim != spec["dim"]
        ):
            raise InvalidDomainError(
                f"slice within is {inner!r}; pass all, box or polytope of dimension "
                f"{spec['dim']}"
            )
        return cls(spec | {"within": inner})

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
        within: Domain | None = self._spec.get("within")
        return core_frame(self._spec, None if within is None else within._spec)

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
