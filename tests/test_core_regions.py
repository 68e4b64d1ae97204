# SPDX-License-Identifier: MIT
"""The door to the compiled core: rank, regions, HiGHS and monitors.

Needs neither highspy nor any other extra; also run under the sanitizers.
"""

import subprocess
import sys
from fractions import Fraction
from random import Random

import numpy as np
import pytest

from polyregions import _core, errors
from polyregions.highs_library import highs_library

ZERO, ONE = np.zeros(1), np.ones((1, 1))


def network(*biases):
    """1 input; a hidden ReLU layer with a unit x + b for each bias; their sum."""
    n = len(biases)
    core = _core.CoreNetwork(1)
    units = [[ZERO] * n, [np.array([0.0, 1.0])] * n, np.zeros(n)]
    core.add_layer(np.ones((n, 1)), np.array(biases, dtype=float), True, *units)
    core.add_layer(np.ones((1, n)), ZERO, False, [], [], np.zeros(0))
    return core


def problem_of(*biases):
    """The network on the line."""
    none = np.zeros((0, 1)), np.zeros(0)
    return _core.CoreProblem(
        network(*biases), _core.CoreFrame(ZERO, ONE, *none, clean=True)
    )


def decider():
    """One that has no HiGHS and is exact at once."""
    return _core.CoreDecider("")


# Rank --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("matrix", "rank"),
    [
        ([[1, 1], [1, 1 + 2**-52]], 2),  # apart by one bit
        ([[0.1, 1], [0.2, 2]], 1),  # 2 * 0.1 is the float 0.2
        ([[0.1, 1], [0.3, 3]], 2),  # 3 * 0.1 is not the float 0.3
        ([[1 / 3, 1], [1, 3]], 2),
        ([[2**-500, 1], [1, 2**500]], 1),
        ([[5e-324, 0], [0, 1e308]], 2),
        ([[1e308, 1e308], [1e308, 1e308]], 1),
        ([[0, 0, 1], [0, 0, 2]], 1),
        ([[1, 2, 3], [4, 5, 6], [7, 8, 9]], 2),
        ([[0, 0], [0, 0]], 0),
        ([[0, 1], [1, 0], [1, 1]], 2),
        ([[]], 0),
        (np.zeros((0, 3)), 0),
        (None, 0),
    ],
)
def test_the_rank_is_exact(matrix, rank):
    given = None if matrix is None else np.array(matrix, dtype=float)
    assert _core.rank(given) == rank


@pytest.mark.parametrize("seed", range(20))
def test_the_rank_is_that_of_elimination_in_fractions(seed):
    random = Random(seed)
    n, m, r = random.randint(1, 6), random.randint(1, 6), random.randint(1, 4)

    def drawn(rows, columns):
        return np.array(
            [[random.randint(-3, 3) for _ in range(columns)] for _ in range(rows)],
            dtype=float,
        )

    matrix = drawn(n, r) @ drawn(r, m) * 2.0 ** random.randint(-30, 30)
    rows = [[*map(Fraction, row)] for row in matrix.tolist()]
    rank = 0
    for column in range(m):
        pivot = next((i for i in range(rank, n) if rows[i][column]), None)
        if pivot is None:
            continue
        rows[rank], rows[pivot] = rows[pivot], rows[rank]
        for i in range(rank + 1, n):
            factor = rows[i][column] / rows[rank][column]
            rows[i] = [a - factor * b for a, b in zip(rows[i], rows[rank], strict=True)]
        rank += 1
    assert _core.rank(matrix) == rank


# Regions -----------------------------------------------------------------------------


def test_regions_cross_as_python_integers_of_any_size():
    big = 10**100
    region = _core.CoreRegion.make(
        1, [[big, 1], [0, -1]], [[-big, 3]], big + 1, decider()
    )
    assert (region.dim, region.n_values) == (1, 1)
    assert sorted(region.rows()) == [[0, -1], [big, 1]]
    assert region.values() == ([[-big, 3]], big + 1)
    (numerator,), denominator = region.point()
    assert -big < Fraction(numerator, denominator) < 0
    assert _core.CoreRegion.make(1, [[0, 1], [-1, -1]], [], 1, decider()) is None
    offset, matrix = region.float_values()
    assert (offset[0], matrix[0, 0]) == (-1, float(Fraction(3, big + 1)))


def test_rows_and_values_of_another_length_are_turned_away():
    make = _core.CoreRegion.make
    for args in ((1, [[1]], [], 1), (1, [[1, 2, 3]], [], 1), (1, [], [[1]], 1)):
        with pytest.raises(ValueError, match="wrong length"):
            make(*args, decider())
    for args in ((1, None, [], 1), (1, [None], [], 1), (1, [["a", 1]], [], 1)):
        with pytest.raises((TypeError, ValueError)):
            make(*args, decider())
    with pytest.raises(TypeError):
        make(1, [], [], 1, None)


def test_an_error_of_the_core_keeps_its_class_and_message():
    region = _core.CoreRegion.make(1, [], [[0, 1], [1, 0]], 1, decider())
    other = _core.CoreRegion.make(2, [], [[0, 1, 1]], 1, decider())
    with pytest.raises(errors.InvalidArgumentError, match="has 2 values"):
        _core.add(region, Fraction(1))
    with pytest.raises(errors.InvalidArgumentError, match="has 2 values"):
        _core.cut(region, network(0), decider())
    with pytest.raises(errors.InvalidArgumentError, match="1 coefficients for 2 val"):
        _core.weighted(region, [Fraction(1)])
    with pytest.raises(errors.InvalidArgumentError, match="dimensions: 1 and 2"):
        _core.intersect([region, other], decider())
    with pytest.raises(ValueError, match="no regions"):
        _core.intersect([], decider())
    for call in (
        lambda: _core.intersect([region, 3], decider()),
        lambda: _core.intersect([region], None),
        lambda: _core.add(None, Fraction(1)),
        lambda: _core.weighted(None, []),
        lambda: _core.cut(None, network(0), decider()),
        lambda: _core.cut(region, None, decider()),
    ):
        with pytest.raises(TypeError):
            call()


def test_cut_tells_digits_and_units_on_their_breakpoint():
    make = _core.CoreRegion.make

    def digits(value):
        region = make(1, [], [value], 1, decider())
        return [part[1:] for part in _core.cut(region, network(0), decider())]

    assert digits([0, 1]) == [(0, False), (1, False)]
    assert digits([5, 0]) == [(1, False)]
    assert digits([-5, 0]) == [(0, False)]
    assert digits([0, 0]) == [(0, True)]


# HiGHS and monitors ------------------------------------------------------------------


def test_a_library_that_is_none_is_a_solver_error():
    for path in ("/no/such/libhighs.so", sys.executable):
        with pytest.raises(errors.SolverError) as caught:
            _core.CoreDecider(path)
        assert "\n" not in str(caught.value)
    problem = problem_of(0)
    with pytest.raises(errors.SolverError, match="reinstall highspy"):
        problem.enumerate_highs(_core.CoreMonitor(), True, "/no/such/libhighs.so")


def test_with_and_without_highs_regions_are_the_same():
    library = highs_library()
    if library is None:
        pytest.skip("highspy is not installed")
    rows = [[4, 1], [8, 2], [9, -3], [100, 1], [5, 0]]
    found = [
        _core.CoreRegion.make(1, rows, [[0, 1]], 1, one).rows()
        for one in (decider(), _core.CoreDecider(library))
    ]
    assert found[0] == found[1] == [[4, 1], [9, -3]]


def test_a_monitor_keeps_its_budget_and_says_how_it_ended():
    problem = problem_of(*range(9))
    for limit, outcome in ((3, "budget"), (10, "complete"), (11, "complete")):
        monitor = _core.CoreMonitor(max_regions=limit)
        assert monitor.outcome == "complete"
        cells, counts = problem.enumerate_rational(monitor, True)
        assert len(cells) == counts["activation"] == min(limit, 10)
        assert counts["status"] == monitor.outcome == outcome
    assert _core.OUTCOMES == ("complete", "budget", "interrupted")


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"max_regions": -1}, OverflowError),
        ({"max_regions": 2**64}, OverflowError),
        ({"max_bytes": -1}, OverflowError),
        ({"max_regions": "9"}, TypeError),
        ({"max_seconds": "a"}, TypeError),
        ({"regions": 3}, TypeError),
    ],
)
def test_a_monitor_of_other_numbers_is_turned_away(options, error):
    with pytest.raises(error):
        _core.CoreMonitor(**options)


def test_the_core_needs_numpy_and_its_errors_only():
    code = (
        "import sys, polyregions._core as core; core.CoreNetwork(1)\n"
        "print({'highspy', 'scipy', 'torch', 'networkx', 'pandas'} & {*sys.modules})"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert run.stdout == b"set()\n"
