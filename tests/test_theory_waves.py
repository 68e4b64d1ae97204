# SPDX-License-Identifier: MIT
"""Triangular waves in fractions: x^2, slope jumps, breakpoints; checked by engines."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from refusals import refused

import polyregions as pr
from polyregions.errors import InvalidArgumentError

UNIT = pr.Domain.box(0, 1, dim=1)
theory = pr.theory


def random_fractions(rng, n):
    """Peaks of 16 bits."""
    return [Fraction(int(k), 2**16) for k in rng.integers(2**12, 2**16 - 2**12, n)]


def total(peaks, scales, x):
    waves = [theory.wave(peaks[: k + 1], x) for k in range(len(scales))]
    return sum(s * w for s, w in zip(scales, waves, strict=True))


@pytest.mark.parametrize("depth", range(1, 11))
def test_yarotskys_error_is_what_he_says(depth):
    net = theory.yarotsky_network(depth)
    assert theory.square_error(net) == Fraction(1, 4 ** (depth + 1))
    assert pr.count_regions(net, UNIT).linear == 2**depth
    x = np.arange(2**depth + 1) / 2**depth
    np.testing.assert_array_equal(net(x[:, None])[:, 0], x**2)


def test_yarotskys_network_is_the_one_of_peaks_one_half():
    pytest.importorskip("torch")
    for depth in (1, 4):
        net = pr.TriangularWaveNet([0.5] * (depth + 1)).to_network()
        for ours, theirs in zip(
            theory.yarotsky_network(depth).layers, net.layers, strict=True
        ):
            np.testing.assert_array_equal(ours.weight, theirs.weight)
            np.testing.assert_array_equal(ours.bias, theirs.bias)
    other = pr.TriangularWaveNet([0.5, 0.5, 0.75]).to_network()
    assert theory.square_error(other) > Fraction(1, 4**3)


def test_the_error_of_other_functions_of_x_is_right():
    line = pr.Network([([[1.0]], [0.0])])
    assert theory.square_error(line) == Fraction(1, 4)  # x - x^2, at 1/2
    zero = pr.Network([([[0.0]], [0.0])])
    assert theory.square_error(zero) == 1
    tangent = pr.Network([([[1.0]], [-0.25])])
    assert theory.square_error(tangent) == Fraction(1, 4)  # at both ends


def test_breakpoints_are_where_the_network_bends():
    pytest.importorskip("torch")
    peaks = random_fractions(np.random.default_rng(0), 6)
    points = theory.wave_breakpoints(peaks[:5])
    assert len(points) == 33
    assert all(a < b for a, b in pairwise(points))
    assert [theory.wave(peaks[:5], x) for x in points] == [0, 1] * 16 + [0]
    net = pr.TriangularWaveNet([float(a) for a in peaks]).to_network()
    ends = set()
    for cell in pr.enumerate_regions(net, UNIT):
        ends |= {Fraction(-Fraction(s), u) for u, s in cell.exact_restrictions}
    assert sorted(ends) == points


@pytest.mark.parametrize("free", [False, True])
def test_slope_jumps_are_those_of_the_function(free):
    rng = np.random.default_rng(1)
    depth = 4
    peaks = random_fractions(rng, depth + 1)
    scales = random_fractions(rng, depth) if free else theory.wave_scales(peaks)
    jumps = theory.slope_jumps(peaks[:depth], scales)
    step = Fraction(1, 2**90)  # within a piece
    for k in range(depth):
        for x in theory.wave_breakpoints(peaks[: k + 1]):
            if theory.wave(peaks[: k + 1], x) != 1:
                continue
            left, here, right = (total(peaks, scales, x + h) for h in (-step, 0, step))
            before = theory.wave(peaks[:k], x - step), theory.wave(peaks[:k], x)
            slope = abs(before[1] - before[0]) / step
            jump = ((right - here) - (here - left)) / step
            assert jump == slope / (peaks[k] * (1 - peaks[k])) * jumps[k]


def test_theorem_3_1_makes_the_jumps_tend_to_zero():
    peaks = random_fractions(np.random.default_rng(2), 13)
    scales = theory.wave_scales(peaks)
    assert scales[0] == peaks[0] * peaks[1]
    jumps = theory.slope_jumps(peaks, scales)
    for k, jump in enumerate(jumps):
        rest = Fraction(1)
        for peak in peaks[k + 2 :]:
            rest *= 1 - peak
        assert jump == -scales[k] * rest < 0
    longer = theory.slope_jumps(peaks[:6], theory.wave_scales(peaks[:7]))
    assert abs(jumps[0]) < abs(longer[0])  # of the same function, truncated earlier


def test_a_jump_of_zero_joins_regions():
    half = Fraction(1, 2)
    assert theory.slope_jumps([half, half], [1, half]) == [0, -half]


def test_other_scales_than_those_of_the_theorem_leave_a_jump():
    peaks = [Fraction(1, 3)] * 20
    scales = [Fraction(1, 3) ** k for k in range(19)]
    assert abs(theory.slope_jumps(peaks, scales)[0]) > Fraction(1, 10)


REFUSED = {
    "depth is 0": (theory.yarotsky_network, 0),
    "depth is 2.5": (theory.yarotsky_network, 2.5),
    "peaks[1] is 1;": (theory.wave_breakpoints, [0.5, 1]),
    "at most 20": (theory.wave_breakpoints, [0.5] * 21),
    "peaks[0] is 'a'": (theory.wave_scales, ["a", 0.5]),
    "1 peaks": (theory.wave_scales, [0.5]),
    "1 peaks for 2 scales": (theory.slope_jumps, [0.5], [1, 1]),
    "one of each": (theory.square_error, pr.random_network([2, 3, 1], seed=0)),
}


@pytest.mark.parametrize("text", REFUSED)
def test_bad_arguments_are_refused(text):
    call, *arguments = REFUSED[text]
    assert text in refused("", InvalidArgumentError, call, *arguments)
