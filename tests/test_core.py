# SPDX-License-Identifier: MIT
"""The door to the compiled core: what passes it, and what is turned away.

Needs neither highspy nor any other extra; also run under the sanitizers.
"""

from fractions import Fraction

import numpy as np
import pytest

from polyregions import _core, errors

ZERO, ONE = np.zeros(1), np.ones((1, 1))
RELU = ([ZERO], [np.array([0.0, 1.0])], ZERO)  # breakpoints, slopes, anchors
AFFINE = ([], [], np.zeros(0))


def none(*shape):
    return np.zeros(shape)


def labels(*values):
    return np.array(values, dtype=np.int64)


def network(*biases):
    """1 input; a hidden ReLU layer with a unit x + b for each bias; their sum."""
    n = len(biases)
    core = _core.CoreNetwork(1)
    units = [RELU[0] * n, RELU[1] * n, np.zeros(n)]
    core.add_layer(np.ones((n, 1)), np.array(biases, dtype=float), True, *units)
    core.add_layer(np.ones((1, n)), ZERO, False, *AFFINE)
    return core


def line():
    return _core.CoreFrame(ZERO, ONE, none(0, 1), none(0), clean=True)


def plane():
    return _core.CoreFrame(none(2), np.eye(2), none(0, 2), none(0), clean=True)


def enumerated(*biases):
    """(problem, cells) of the network on the line."""
    problem = _core.CoreProblem(network(*biases), line())
    cells, _ = problem.enumerate_rational(_core.CoreMonitor(), True)
    return problem, cells


# Networks ----------------------------------------------------------------------------


def test_a_search_through_the_door_finds_the_cells():
    # relu(x) + relu(x - 1): x < 0, 0 < x < 1, 1 < x
    problem = _core.CoreProblem(network(0, -1), line())
    cells, counts = problem.enumerate_rational(_core.CoreMonitor(), True)
    assert (len(cells), counts["activation"], counts["per_layer"]) == (3, 3, (3,))
    assert counts["status"] == "complete"
    assert problem.unpack(cells.patterns).tolist() == [[0, 0], [1, 0], [1, 1]]
    middle = problem.region(cells.patterns[1], cells.points[1])
    assert middle.values() == ([[0, 1]], 1)
    assert sorted(middle.rows()) == [[0, 1], [1, -1]]
    maps = problem.map_labels(cells, _core.CoreMonitor())
    assert maps.tolist() == [0, 1, 2]
    first, second, same = problem.adjacency(cells, _core.CoreMonitor(), maps)
    assert [*zip(first, second, same, strict=True)] == [(0, 1, False), (1, 2, False)]
    assert problem.locate(cells, np.array([[-1.0], [1.0], [2.0]])).tolist() == [0, 1, 2]
    counted, _ = problem.enumerate_rational(_core.CoreMonitor(), False)
    assert len(counted) == 0


BAD_LAYERS = {
    "inputs": (np.ones((1, 2)), ZERO, *RELU),
    "no units": (none(0, 1), none(0), *AFFINE),
    "no inputs": (none(1, 0), ZERO, *RELU),
    "nothing": (None, None, *AFFINE),
}


@pytest.mark.parametrize("name", BAD_LAYERS)
def test_a_layer_that_does_not_fit_is_an_invalid_network_with_the_cores_message(name):
    weight, bias, *units = BAD_LAYERS[name]
    core = _core.CoreNetwork(1)
    with pytest.raises(errors.InvalidNetworkError) as caught:
        core.add_layer(weight, bias, True, *units)
    assert str(caught.value) == "a layer's shape does not fit the one before"
    core = network(0)
    with pytest.raises(ValueError, match="does not fit the one before"):
        core.add_layer(np.ones((1, 3)), ZERO, False, *AFFINE)


TURNED_AWAY = {
    "short bias": (ONE, none(0), *RELU),
    "long bias": (ONE, none(2), *RELU),
    "no bias": (ONE, None, *RELU),
    "two activations": (ONE, ZERO, RELU[0] * 2, RELU[1] * 2, none(2)),
    "slopes missing": (ONE, ZERO, RELU[0], [], ZERO),
    "anchors missing": (ONE, ZERO, *RELU[:2], none(0)),
    "no anchors": (ONE, ZERO, *RELU[:2], None),
    "a slope missing": (ONE, ZERO, RELU[0], [ZERO], ZERO),
    "a breakpoint missing": (ONE, ZERO, [none(0)], *RELU[1:]),
    "flat weight": (ZERO, ZERO, *RELU),
    "single precision": (ONE.astype(np.float32), ZERO, *RELU),
    "columns first": (np.asfortranarray(np.ones((2, 2)))[:1], ZERO, *RELU),
    "lists": ([[1.0]], [0.0], *RELU),
    "tuples": (ONE, ZERO, tuple(RELU[0]), *RELU[1:]),
    "no breakpoints": (ONE, ZERO, None, None, ZERO),
    "text": (ONE, ZERO, [["a"]], *RELU[1:]),
}


@pytest.mark.parametrize("name", TURNED_AWAY)
def test_arrays_of_another_shape_or_type_are_turned_away(name):
    core = _core.CoreNetwork(1)
    weight, bias, *units = TURNED_AWAY[name]
    with pytest.raises((ValueError, TypeError)):
        core.add_layer(weight, bias, True, *units)
    core.add_layer(ONE, ZERO, True, *RELU)  # and nothing was added


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_value_that_is_not_finite_is_a_bug_of_the_caller(value):
    bad = np.array([[value]])
    for args in (
        (bad, ZERO, True, *RELU),
        (ONE, bad[0], True, *RELU),
        (ONE, ZERO, True, [bad[0]], *RELU[1:]),
        (ONE, ZERO, True, RELU[0], [np.array([value, 1])], ZERO),
        (ONE, ZERO, True, *RELU[:2], bad[0]),
    ):
        with pytest.raises(errors.InternalError, match="NaN or infinity in the core"):
            _core.CoreNetwork(1).add_layer(*args)
    for args in ((bad[0], ONE, none(0, 1), none(0)), (ZERO, bad, none(0, 1), none(0))):
        with pytest.raises(errors.InternalError, match="NaN or infinity"):
            _core.CoreFrame(*args, clean=True)
    for args in ((ZERO, ONE, bad, ZERO), (ZERO, ONE, ONE, bad[0])):
        with pytest.raises(errors.InternalError, match="NaN or infinity"):
            _core.CoreFrame(*args, clean=False)


def test_the_smallest_and_largest_floats_pass_exactly():
    for value in (5e-324, -5e-324, 2.0**-1022, 1.7976931348623157e308, 1 + 2**-52):
        core = _core.CoreNetwork(1)
        core.add_layer(np.array([[value]]), np.array([-value]), False, *AFFINE)
        problem = _core.CoreProblem(core, line())
        rows, scale = problem.region(np.zeros(0, dtype=np.uint64), ZERO).values()
        assert [Fraction(v, scale) for v in rows[0]] == [-Fraction(value), value]
        offset, matrix = problem.region(np.zeros(0, np.uint64), ZERO).float_values()
        assert (offset.tolist(), matrix.tolist()) == ([-value], [[value]])


# Domains and problems ----------------------------------------------------------------


@pytest.mark.parametrize(
    "args",
    [
        (ZERO, np.ones((1, 2)), none(0, 1), none(0)),  # a direction of another space
        (ZERO, ONE, none(0, 2), none(0)),  # rows of another space
        (ZERO, ONE, none(1, 1), none(0)),  # a right side missing
        (ZERO, ONE, none(1, 1), none(2)),
        (ZERO, ONE, None, ZERO),
        (None, ONE, none(0, 1), none(0)),
        (ZERO, ZERO, none(0, 1), none(0)),  # directions without rows
        ([0.0], ONE, none(0, 1), none(0)),
    ],
)
def test_domain_arrays_that_do_not_fit_are_turned_away(args):
    with pytest.raises((ValueError, TypeError)):
        _core.CoreFrame(*args, clean=False)


def test_a_domain_is_written_on_its_hull_in_exact_integers():
    # x + 3 y = 1 and y >= 0: own coordinate y, x = 1 - 3 y
    A = np.array([[1.0, 3], [-1, -3], [0, -1]])
    frame = _core.CoreFrame(none(2), np.eye(2), A, np.array([1.0, -1, 0]), clean=False)
    assert (frame.empty, frame.dim) == (False, 1)
    offset, matrix = frame.input_map()
    assert (offset.tolist(), matrix.tolist()) == ([1, 0], [[-3], [1]])
    assert [part.tolist() for part in frame.given_map()] == [[1, 0], [[-3], [1]]]
    ((constant, slope),) = frame.rows()
    assert (constant, slope > 0) == (0, True)
    void = _core.CoreFrame(ZERO, ONE, none(1, 1), np.array([-1.0]), clean=False)
    assert void.empty


def test_a_domain_of_other_inputs_is_no_problem_of_the_network():
    with pytest.raises(ValueError, match="does not fit the network"):
        _core.CoreProblem(network(0), plane())
    for args in ((None, line()), (network(0), None), (line(), network(0))):
        with pytest.raises(TypeError):
            _core.CoreProblem(*args)


def test_a_problem_outlives_what_it_was_made_of():
    problem = _core.CoreProblem(network(0, -1), line())  # both are temporaries
    assert problem.search_dim == 1
    assert problem.n_words == 1
    _, counts = problem.enumerate_rational(_core.CoreMonitor(), False)
    assert counts["activation"] == 3


def test_stages_take_a_monitor_and_cells_and_nothing_else():
    problem, cells = enumerated(0)
    monitor = _core.CoreMonitor()
    for call in (
        lambda: problem.enumerate_rational(None, True),
        lambda: problem.enumerate_rational(True, monitor),
        lambda: problem.adjacency(None, monitor, labels(0, 1)),
        lambda: problem.adjacency(cells, None, labels(0, 1)),
        lambda: problem.adjacency(cells, monitor, None),
        lambda: problem.map_labels(None, monitor),
        lambda: problem.map_labels(cells, None),
        lambda: problem.locate(None, ONE),
        lambda: problem.closed_components(cells, None, None, None),
    ):
        with pytest.raises(TypeError):
            call()


# Cells -------------------------------------------------------------------------------


def test_cells_come_back_from_their_arrays():
    problem, cells = enumerated(0, -1)
    back = _core.CoreCells.from_arrays(cells.patterns, cells.on_break, cells.points)
    assert len(back) == 3
    for name in ("patterns", "on_break", "points"):
        one, other = getattr(cells, name), getattr(back, name)
        assert (one.dtype, one.tolist()) == (other.dtype, other.tolist())
    labels = problem.map_labels(back, _core.CoreMonitor())
    assert (labels.dtype, labels.tolist()) == (np.int64, [0, 1, 2])
    nothing = _core.CoreCells.from_arrays(None, None, None)
    assert len(nothing) == len(_core.CoreCells()) == 0
    assert problem.map_labels(nothing, _core.CoreMonitor()).tolist() == []


def test_columns_of_different_lengths_are_turned_away():
    words, points = np.zeros((2, 1), dtype=np.uint64), none(2, 1)
    make = _core.CoreCells.from_arrays
    for args in ((words[:1], words, points), (words, words, points[:1])):
        with pytest.raises(ValueError, match="differ in length"):
            make(*args)
    for args in ((words.astype(np.int64), words, points), (words, words, words)):
        with pytest.raises(ValueError, match="mismatch"):
            make(*args)


def test_cells_of_another_problem_are_turned_away():
    problem, cells = enumerated(0)
    wide, wide_cells = enumerated(*range(70))
    monitor = _core.CoreMonitor()
    for one, other in ((problem, wide_cells), (wide, cells)):
        for call, args in (
            (one.adjacency, (monitor, labels())),
            (one.map_labels, (monitor,)),
            (one.locate, (ONE,)),
            (one.closed_components, (labels(), labels(), monitor)),
        ):
            with pytest.raises(ValueError, match="belong to another network"):
                call(other, *args)


def test_patterns_and_points_of_another_width_are_turned_away():
    problem, cells = enumerated(0)
    word = np.zeros(1, dtype=np.uint64)
    for packed, point in ((word[:0], ZERO), (word, none(0)), (np.tile(word, 2), ZERO)):
        with pytest.raises(ValueError, match="wrong length"):
            problem.region(packed, point)
    for points in (none(2, 0), none(2, 2), None):
        with pytest.raises(ValueError, match="wrong dimension"):
            problem.locate(cells, points)
    for width in (0, 2):
        with pytest.raises(ValueError, match="wrong width"):
            problem.unpack(np.zeros((1, width), dtype=np.uint64))


@pytest.mark.parametrize(
    "bad",
    [labels(0, 1), labels(0, 1, 2, 0), labels(0, 1, -1), labels(0, 1, 3), labels()],
)
def test_labels_that_do_not_fit_the_cells_are_turned_away(bad):
    problem, cells = enumerated(0, -1)
    good, monitor = labels(0, 1, 2), _core.CoreMonitor()
    message = "one label a cell|out of range"
    for call in (
        lambda: problem.adjacency(cells, monitor, bad),
        lambda: problem.closed_components(cells, bad, good, monitor),
        lambda: problem.closed_components(cells, good, bad, monitor),
    ):
        with pytest.raises(ValueError, match=message):
            call()
    extremes = labels(0, 1, np.iinfo(np.int64).min)
    with pytest.raises(ValueError, match="out of range"):
        problem.adjacency(cells, monitor, extremes)


def test_labels_restrict_adjacency_to_equal_maps():
    problem, cells = enumerated(0, -1)
    monitor = _core.CoreMonitor()
    maps = problem.map_labels(cells, monitor)
    first, second, same = problem.adjacency(cells, monitor, maps, True)
    assert len(first) == len(second) == len(same) == 0
    assert same.dtype == bool


def test_components_are_labelled_in_the_order_of_their_first_members():
    components = _core.open_components
    assert components(5, labels(3, 1), labels(4, 3)).tolist() == [0, 1, 2, 1, 1]
    assert components(3, labels(), labels()).tolist() == [0, 1, 2]
    assert components(0, labels(), labels()).tolist() == []
    assert components(2, labels(1, 1), labels(1, 0)).tolist() == [0, 0]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (labels(0), labels()),
        (labels(-1), labels(0)),
        (labels(0), labels(2)),
        (labels(2**62), labels(0)),
        (labels(0), None),
    ],
)
def test_pairs_of_cells_that_do_not_exist_are_turned_away(first, second):
    with pytest.raises(ValueError, match=r"differ in length|does not exist"):
        _core.open_components(2, first, second)
    with pytest.raises((OverflowError, ValueError)):
        _core.open_components(-1, labels(), labels())
