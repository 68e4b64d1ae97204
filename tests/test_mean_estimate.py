# SPDX-License-Identifier: MIT
"""estimate_mean: expected numbers over random networks, by a beam a network."""

import json
import math

import pytest
from program import called
from refusals import refused

import polyregions as pr
from polyregions import errors
from polyregions.beams import Beams

SHAPES = {
    "space": ([3, 8, 8, 1], {}),
    "box": ([3, 8, 8, 1], {"domain": pr.Domain.box(-1, 1, dim=3)}),
    "leaky": ([2, 6, 6, 1], {"activation": "leaky_relu", "negative_slope": 0.1}),
    "zero biases": ([3, 6, 6, 1], {"bias": "zero", "law": "normal"}),
    "one unit": ([2, 1, 1, 1], {}),
}
shapes = pytest.mark.parametrize("name", SHAPES)


@shapes
def test_the_mean_is_that_of_the_same_networks_counted(name):
    widths, options = SHAPES[name]
    exact = pr.montecarlo(widths, 200, 3, definitions="activation", **options)
    found = pr.estimate_mean(widths, 200, 3, beam=8, **options)
    assert found.reliable, found
    assert (found.runs, found.beam) == (200, 8)
    low, high = found.activation.ci95
    # The interval is of the law's mean; the same networks lie well inside.
    assert abs(found.activation.estimate - exact.activation.mean) < (high - low) / 3


def test_a_beam_as_wide_as_the_tree_counts():
    widths, _ = SHAPES["space"]
    exact = pr.montecarlo(widths, 30, 1, definitions="activation")
    found = pr.estimate_mean(widths, 30, 1, beam=5000, bias="zero", law="normal")
    zero = pr.montecarlo(
        widths, 30, 1, definitions="activation", bias="zero", law="normal"
    )
    assert found.activation.estimate == pytest.approx(zero.activation.mean, rel=1e-9)
    assert found.activation.ci95 == pytest.approx(zero.activation.ci95, rel=1e-6)
    assert exact.activation.mean != pytest.approx(zero.activation.mean, rel=0.1)


def test_the_answer_depends_on_the_seed_alone():
    one, many, other = (
        pr.estimate_mean([3, 6, 6, 1], 40, seed, threads=threads).activation
        for seed, threads in ((1, 1), (1, 3), (2, 1))
    )
    assert one == many != other


def test_empty_domains_have_no_regions():
    nothing = pr.Domain.polytope([[1.0], [-1.0]], [-1.0, -1.0])
    found = pr.estimate_mean([1, 4, 4, 1], 10, domain=nothing)
    assert (found.activation.estimate, found.reliable) == (0, True)


def test_beams_that_are_too_narrow_are_refused():
    found = pr.estimate_mean([12, 40, 40, 40, 1], 10, beam=1)
    assert not found.reliable
    assert found.reason
    assert found.activation.ci95 is None
    assert json.loads(json.dumps(found.to_json(), allow_nan=False))["reason"]


def test_cells_of_too_many_dimensions_are_refused():
    found = pr.estimate_mean([784, 200, 200, 1], 10)
    assert "200 dimensions" in found.reason
    assert found.runs == 0


def test_max_seconds_keeps_the_first_networks():
    found = pr.estimate_mean([8, 30, 30, 1], 10**6, max_seconds=1.5, threads=2)
    assert found.runs < 10**6
    if found.reliable:
        again = pr.estimate_mean([8, 30, 30, 1], found.runs, threads=2)
        assert again.activation == found.activation


def test_max_seconds_ends_what_is_counted_instead(monkeypatch):
    real = Beams.__init__

    def without_beams(self, *args):
        real(self, *args)
        self.applies = False

    monkeypatch.setattr(Beams, "__init__", without_beams)
    found = pr.estimate_mean([10, 64, 64, 1], 10, max_seconds=0.5, threads=1)
    assert (found.runs, found.reliable) == (0, False)
    assert "max_seconds" in found.reason


def test_progress_is_told_and_its_errors_come_through():
    told = []
    pr.estimate_mean([2, 4, 1], 12, progress=lambda n, share: told.append((n, share)))
    assert told == [(n, n / 12) for n in range(1, 13)]

    def stop(n, share):
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        pr.estimate_mean([2, 4, 1], 12, progress=stop)


@pytest.mark.parametrize(
    ("arguments", "pattern"),
    [
        ({"samples": 9}, "samples=9"),
        ({"samples": True}, "samples=True"),
        ({"beam": 0}, "beam=0"),
        ({"seed": -1}, "seed=-1"),
        ({"law": "cauchy"}, "cauchy"),
        ({"activation": "gelu"}, "gelu"),
        ({"threads": 0}, "threads=0"),
        ({"max_seconds": math.nan}, "max_seconds=nan"),
    ],
)
def test_wrong_arguments_are_refused(arguments, pattern):
    refused(pattern, errors.PolyregionsError, pr.estimate_mean, [2, 4, 1], **arguments)


def test_the_command_prints_the_mean(capsys):
    options = ("--widths", "3,6,6,1", "--samples", "20", "--beam", "16")
    status, out, err = called(capsys, "montecarlo", *options)
    assert (status, err) == (0, "")
    expected = pr.estimate_mean([3, 6, 6, 1], 20, beam=16).activation
    assert str(expected) in out
    status, out, err = called(capsys, "montecarlo", *options, "--json")
    assert (status, err) == (0, "")
    assert json.loads(out)["activation"]["estimate"] == expected.estimate


@pytest.mark.parametrize(
    "option",
    [("--definitions", "all"), ("--out", "a.csv"), ("--relative-error", "0.1")],
)
def test_the_command_refuses_what_is_for_counting(capsys, option):
    options = ("--widths", "3,6,6,1", "--beam", "16", *option)
    status, out, err = called(capsys, "montecarlo", *options)
    assert (status, out) == (2, "")
    assert f"{option[0]} beside --beam" in err
    assert err.count("\n") == 1
