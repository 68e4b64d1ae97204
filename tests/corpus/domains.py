# SPDX-License-Identifier: MIT
"""Domains as plain data: the name of a ``Domain`` class method and its arguments."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import numpy as np

from .random_networks import Layers

Region = tuple  # ("all", d), ("box", lo, hi) or ("polytope", A, b): {A x <= b}


def mixed(rng: np.random.Generator, d: int, layers: Layers) -> list[Region]:
    """Return all of R^d, a box, and a polyhedron of the next kind."""
    kind = rng.choice(sorted(POLYHEDRA))
    return [("all", d), box(rng, d), ("polytope", *POLYHEDRA[kind](rng, d, layers))]


def box(rng: np.random.Generator, d: int) -> Region:
    """Return [-1, 1]^d half of the time; else wide, lopsided, half-open or flat."""
    lo, hi = -np.ones(d), np.ones(d)
    kind = rng.choice(["unit"] * 4 + ["wide", "lopsided", "half_open", "flat"])
    if kind == "wide":
        lo, hi = 8 * lo, 8 * hi
    elif kind == "lopsided":
        lo, hi = rng.uniform(-3, -0.1, d), rng.uniform(0.1, 3, d)
    elif kind == "half_open":
        hi[rng.integers(d)] = np.inf
    elif kind == "flat" and d > 1:
        k = rng.integers(d)
        lo[k] = hi[k] = rng.integers(-4, 5) / 8
    return ("box", lo, hi)


def half_space(rng, d: int, layers: Layers) -> tuple:
    """One random wall near the origin."""
    return rng.uniform(-1, 1, (1, d)), rng.uniform(0, 1, 1)


def own_half_space(rng, d: int, layers: Layers) -> tuple:
    """One wall, which is the hyperplane of a unit, doubled."""
    weight, bias = (np.asarray(v, dtype=float) for v in layers[0])
    k = rng.integers(len(bias))
    return -2 * weight[k : k + 1], 2 * bias[k : k + 1]


def simplex(rng, d: int, layers: Layers) -> tuple:
    """x >= -1, with a last facet in general position."""
    return np.vstack([-np.eye(d), rng.uniform(0.2, 1, (1, d))]), np.ones(d + 1)


def cross_polytope(rng, d: int, layers: Layers) -> tuple:
    """|x|_1 <= 3/2: every vertex lies on 2^(d-1) facets."""
    signs = np.array(list(product((-1.0, 1.0), repeat=d)))
    return signs, np.full(2**d, 1.5)


def cone(rng, d: int, layers: Layers) -> tuple:
    """d + 1 walls through one dyadic point, small integer normals."""
    normals = rng.integers(-2, 3, (d + 1, d)).astype(float)
    return normals, normals @ (rng.integers(-2, 3, d) / 4)


def wedge(rng, d: int, layers: Layers) -> tuple:
    """Two facets that are parallel up to 1e-7..1e-13, inside a box."""
    normal, off = rng.uniform(-1, 1, d), 10.0 ** -rng.integers(7, 14)
    A = np.vstack([normal, -normal + off * rng.uniform(-1, 1, d), np.eye(d)])
    return A, np.array([0.25, 0.25, *[2.0] * d])


def redundant(rng, d: int, layers: Layers) -> tuple:
    """The unit box with each facet twice, and walls through its corners."""
    A = np.vstack([np.eye(d), -np.eye(d), 3 * np.eye(d), -np.eye(d), np.ones((1, d))])
    return A, np.array([1.0] * (2 * d) + [3.0] * d + [1.0] * d + [float(d)])


POLYHEDRA: dict[str, Callable] = {
    f.__name__: f
    for f in (
        half_space,
        own_half_space,
        simplex,
        cross_polytope,
        cone,
        wedge,
        redundant,
    )
}


def own_walls(layers: Layers, point: np.ndarray, depth: int) -> list[tuple]:
    """Return (w, c), w . x + c = 0 a hyperplane of the first layers on a point's cell.

    Each is turned so that the point satisfies it; those through it are left out.
    Exact for weights and a point of few bits.
    """
    rows = np.hstack([np.eye(len(point)), np.zeros((len(point), 1))])
    unit = np.append(np.zeros(len(point)), 1.0)
    at, walls = np.append(point, 1.0), []
    for weight, bias in layers[:depth]:
        rows = np.asarray(weight) @ rows + np.outer(bias, unit)
        sides = np.sign(rows @ at)
        walls += [
            (s * row[:-1], s * row[-1])
            for s, row in zip(sides, rows, strict=True)
            if s != 0 and row[:-1].any()
        ]
        rows = rows * (sides > 0)[:, None]
    return walls


def on_hyperplanes(rng, d: int, layers: Layers) -> list[Region]:
    """Return the unit box, its own cell in layer one, and walls of the first two."""
    point = rng.integers(-3, 4, d) / 8 + 1 / 32
    first = own_walls(layers, point, 1)
    both = own_walls(layers, point, 2)
    few = [both[k] for k in rng.permutation(len(both))[: d + 1]]
    return [
        ("box", -np.ones(d), np.ones(d)),
        _polytope(d, [first[k] for k in rng.permutation(len(first))[:d]], None),
        _polytope(d, few, 2.0),
    ]


def _polytope(d: int, walls: list[tuple], half_width: float | None) -> Region:
    """Return where all walls are positive, inside a box if there is one."""
    A = [-np.asarray(w) for w, _ in walls]
    b = [c for _, c in walls]
    if half_width is not None:
        A += [*np.eye(d), *-np.eye(d)]
        b += [half_width] * (2 * d)
    return ("polytope", np.reshape(A, (-1, d)), np.array(b, dtype=float))
