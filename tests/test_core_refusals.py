# SPDX-License-Identifier: MIT
"""The door refuses what would otherwise crash behind it; none of it is public."""

from types import SimpleNamespace

import numpy as np
import pytest

from polyregions import _core

LINE = (np.zeros(1), np.ones((1, 1)), np.zeros((0, 1)), np.zeros(0))


def hardtanh_problem():
    core = _core.CoreNetwork(1)
    breaks, slopes = [np.array([-1.0, 1.0])], [np.array([0.0, 1.0, 0.0])]
    core.add_layer(np.ones((1, 1)), np.zeros(1), True, breaks, slopes, -np.ones(1))
    core.add_layer(np.ones((1, 1)), np.zeros(1), False, [], [], np.zeros(0))
    return _core.CoreProblem(core, _core.CoreFrame(*LINE, clean=True))


def whole_line():
    return _core.CoreRegion.make(1, [], [[1, 1]], 1, _core.CoreDecider(""))


def test_a_network_without_layers_is_refused():
    frame = _core.CoreFrame(*LINE, clean=True)
    with pytest.raises(ValueError, match="no layers"):
        _core.CoreProblem(_core.CoreNetwork(1), frame)
    with pytest.raises(ValueError, match="no layers"):
        _core.cut(whole_line(), _core.CoreNetwork(1), _core.CoreDecider(""))


@pytest.mark.parametrize("scale", [0, -3])
def test_a_scale_that_is_not_positive_is_refused(scale):
    with pytest.raises(ValueError, match="scale must be positive"):
        _core.CoreRegion.make(1, [], [[1, 1]], scale, _core.CoreDecider(""))


def test_a_denominator_that_is_not_positive_is_refused():
    with pytest.raises(ValueError, match="denominator must be positive"):
        _core.weighted(whole_line(), [SimpleNamespace(numerator=1, denominator=0)])


def test_a_digit_that_the_unit_does_not_have_is_refused():
    problem, word = hardtanh_problem(), np.array([3 << 62], dtype=np.uint64)
    with pytest.raises(ValueError, match="digit"):
        problem.region(word, np.zeros(1))
    cells = _core.CoreCells.from_arrays(
        word[None, :], np.zeros((1, 1), dtype=np.uint64), np.zeros((1, 1))
    )
    with pytest.raises(ValueError, match="digit"):
        problem.map_labels(cells, _core.CoreMonitor())


def test_none_and_objects_never_made_are_refused():
    with pytest.raises(TypeError):
        _core.intersect([None], _core.CoreDecider(""))
    for kind in (_core.CoreProblem, _core.CoreDecider):
        with pytest.raises(TypeError):
            kind.__new__(kind)


@pytest.mark.parametrize("breaks", [np.arange(256.0), np.array([1.0, 0.0])])
def test_breakpoints_that_are_too_many_or_out_of_order_are_refused(breaks):
    core = _core.CoreNetwork(1)
    slopes = [np.arange(breaks.size + 1.0)]
    with pytest.raises(ValueError, match="breakpoints"):
        core.add_layer(
            np.ones((1, 1)), np.zeros(1), True, [breaks], slopes, np.zeros(1)
        )
