# SPDX-License-Identifier: MIT
"""pr.bounds: what it returns, that exact counts keep to it, and what it refuses."""

from __future__ import annotations

import doctest
import importlib
import json
import math
import subprocess
import sys
import time
from fractions import Fraction

import numpy as np
import pytest
from effort import DERANDOMIZED, examples
from hypothesis import given, settings
from hypothesis import strategies as st
from refusals import refused
from test_laws import cases

import polyregions as pr
from polyregions.errors import InvalidArgumentError, InvalidNetworkError
from polyregions.theory.report import bounds_on, verdict

laws = settings(
    deadline=None, max_examples=examples(100), derandomize=DERANDOMIZED, database=None
)
KINDS = {
    *("upper", "lower", "scale"),
    *("expectation", "expectation_lower", "expectation_upper"),
}


# --- exact counts ---------------------------------------------------------------------


@laws
@given(cases())
def test_no_network_has_more_regions_than_any_upper_bound(case):
    net, domain = case
    counts = pr.count_regions(net, domain)
    found = bounds_on(net, domain)
    assert {"trivial", "montufar_2017_upper"} <= set(found)
    for bound in found.values():
        if (bound.kind, bound.counts) == ("upper", "activation"):
            assert counts.linear <= counts.activation <= bound.value
            assert verdict(bound, counts) == "holds"
    assert counts.activation <= found.smallest_upper.value


@laws
@given(cases(max_inputs=4, names=("relu",)), st.integers(0, 2**32 - 1))
def test_a_line_has_at_most_as_many_pieces_as_it_may(case, seed):
    net, _ = case
    p, q = np.random.default_rng(seed).normal(size=(2, net.n_inputs))
    line = pr.Domain.slice(p, [q])
    counts = pr.count_regions(net, line)
    most = math.prod(n + 1 for n in net.widths[1:-1])
    on_line = bounds_on(net, line)
    assert on_line["one_input_upper"].value == most
    assert counts.activation <= on_line["serra_2018_upper"].value <= most
    if net.n_inputs > 1:
        assert pr.bounds(net)["line_upper"].value == most


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("hidden", [(8, 2), (4, 3, 3), (2, 2, 2, 2, 2), (1, 6)])
def test_narrow_layers_let_few_regions_through(hidden, seed):
    net = pr.random_network([7, *hidden, 1], seed)
    counts = pr.count_regions(net, pr.Domain.all(7))
    assert counts.activation <= pr.bounds(net)["serra_2018_upper"].value


# --- what is returned -----------------------------------------------------------------


def test_bounds_are_a_mapping_of_records():
    b = pr.bounds([7, 5, 5, 1])
    assert b.widths == (7, 5, 5, 1)
    assert (b.activation, b.dim) == ("relu", 7)
    for name, bound in b.items():
        assert bound.name == name
        assert bound.kind in KINDS
        assert isinstance(bound.value, int | Fraction)
        for text in (bound.counts, bound.conditions, bound.source):
            assert text
    assert b["two_layers_expectation"].value == Fraction(4915, 16)
    assert not set(b) & set(b.inapplicable)
    assert b.get("zaslavsky") is None
    with pytest.raises(KeyError, match=r"zaslavsky does not apply: .*one hidden layer"):
        b["zaslavsky"]
    with pytest.raises(KeyError, match="unknown"):
        b["unknown"]


def test_every_rule_applies_somewhere():
    cases = [
        pr.bounds([7, 5, 5, 1]),
        pr.bounds([1, 8, 1], radius=1.0, constant=1.0),
        pr.bounds([2, 8, 8, 1]),
        pr.bounds([2, 8, 1], biases=False),
        pr.bounds([2, 1, 1, 1]),
        pr.bounds([2, 2, 2, 1]),
    ]
    assert set.union(*(set(b) for b in cases)) == {*cases[0], *cases[0].inapplicable}


def test_a_network_stands_for_its_widths_activations_and_biases():
    for net in (
        pr.random_network([3, 4, 2, 2], 0),
        pr.random_network([3, 4, 2, 2], 0, activation=["abs", "hardtanh"]),
    ):
        kinds = [layer.activation for layer in net.layers[:-1]]
        by_hand = pr.bounds([3, 4, 2, 2], activation=kinds)
        assert pr.bounds(net) == by_hand
        assert pr.bounds(net).activation == by_hand.activation
    assert pr.bounds(np.array([3, 4, 2, 1])) == pr.bounds((3, 4, 2, 1))


def test_json_holds_every_number_exactly_or_as_a_float():
    b = pr.bounds([7, 5, 5, 1])
    data = json.loads(json.dumps(b.to_json(), allow_nan=False))
    assert (data["widths"], data["dim"]) == ([7, 5, 5, 1], 7)
    assert data["everywhere"] is True
    assert set(data["bounds"]) == set(b)
    assert data["inapplicable"] == b.inapplicable
    assert data["bounds"]["serra_2018_upper"]["value"] == b["serra_2018_upper"].value
    mean = data["bounds"]["two_layers_expectation"]
    assert (mean["value"], mean["fraction"]) == (307.1875, "4915/16")
    assert mean["source"].startswith("sign symmetry")


def test_numbers_of_any_size_are_shown_and_written():
    b = pr.bounds([3000, 2000, 20000, 1])
    data = json.loads(json.dumps(b.to_json(), allow_nan=False))
    digits = data["bounds"]["trivial"]["value"]
    assert isinstance(digits, str)  # 2^22000 has 6623 digits
    assert len(digits) == 6623
    assert int(digits[-18:]) == pow(2, 22000, 10**18)
    mean = data["bounds"]["two_layers_expectation"]
    assert isinstance(mean["value"], int | str)
    assert "/" in mean["fraction"]
    assert "e+6622" in repr(b)
    mixed = pr.bounds([2, 64, 64, 64, 1])
    assert "9011897441" in repr(mixed)
    assert "6.27710e+57" in repr(mixed)  # 2^192


def test_the_table_has_a_line_a_bound():
    b = pr.bounds([7, 7, 3, 1])
    lines = repr(b).splitlines()
    assert lines[0] == "Bounds(7-7-3-1, relu) on R^7"
    for name, bound in b.items():
        (line,) = [line for line in lines if line.split()[0] == name]
        assert bound.counts in line
    assert "578.0625" in repr(b)
    assert max(map(len, lines)) <= 96
    assert repr(pr.bounds([3, 1])).startswith("Bounds(3-1, affine)")
    stairs = pr.PiecewiseLinear(tuple(range(9)), tuple(k % 2 for k in range(10)))
    table = repr(pr.bounds([3, 4, 1], activation=stairs))
    assert table.startswith("Bounds(3-4-1, piecewise_linear)")
    assert "dimension 2" in repr(pr.bounds([3, 4, 1], dim=2)).splitlines()[0]


def test_the_examples_in_the_documentation_run():
    for name in ("polyregions.theory", "polyregions.theory.bounds"):
        result = doctest.testmod(importlib.import_module(name) and sys.modules[name])
        assert result.failed == 0
        assert result.attempted >= 3


def test_wide_networks_take_no_time():
    start = time.perf_counter()
    for widths in ([64] * 4, [128] * 7, [2, 1000, 1000, 1000, 1]):
        pr.bounds(widths)
    assert time.perf_counter() - start < 1


def test_the_theory_is_imported_when_it_is_asked_for():
    code = (
        "import sys, polyregions as pr; before = 'polyregions.theory' in sys.modules; "
        "print(before, pr.bounds([2, 3, 1])['zaslavsky'].value, pr.theory.__name__); "
        "from polyregions import bounds, theory; print(bounds is theory.bounds)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert run.stdout.decode().split() == ["False", "7", "polyregions.theory", "True"]
    with pytest.raises(AttributeError, match="no attribute 'bound'"):
        pr.bound  # noqa: B018


# --- refusals -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("widths", "options", "pattern"),
    [
        ("2,8,1", {}, "widths is '2,8,1'; pass a list of inputs, hidden widths"),
        (7, {}, "widths is 7; pass a list"),
        ([], {}, r"widths \[\]: pass inputs, hidden widths and outputs"),
        ([3], {}, r"widths \[3\]: pass inputs"),
        ([2, 0, 1], {}, r"widths\[1\] is 0; pass an integer >= 1"),
        ([2, 8.0, 1], {}, r"widths\[1\] is 8\.0; pass an integer >= 1"),
        ([2, True, 1], {}, r"widths\[1\] is True; pass an integer"),
        ([2, [3], 1], {}, r"widths\[1\] is \[3\]; pass an integer"),
        ([2, 10**9, 1], {}, "1000000000 hidden units; at most"),
        ([2, 3, 1], {"dim": 3}, "dim is 3 but the network has 2 inputs"),
        ([2, 3, 1], {"dim": -1}, "dim is -1; pass an integer >= 0"),
        ([2, 3, 1], {"dim": 1.5}, r"dim is 1\.5; pass an integer"),
        ([2, 3, 1], {"biases": 1}, "biases is 1; pass True or False"),
        ([2, 3, 1], {"radius": 0}, "radius is 0; pass a number > 0"),
        ([2, 3, 1], {"sigma_w": -1}, "sigma_w is -1; pass a number > 0"),
        ([2, 3, 1], {"sigma_b": math.inf}, "sigma_b is inf; pass a finite number"),
        ([2, 3, 1], {"constant": 0}, "constant is 0; pass a number > 0"),
    ],
)
def test_what_has_no_bounds_is_refused(widths, options, pattern):
    refused(pattern, InvalidArgumentError, pr.bounds, widths, **options)


def test_activations_are_refused_as_networks_refuse_them():
    make = pr.bounds
    refused("gelu.*relu", InvalidNetworkError, make, [2, 3, 1], activation="gelu")
    refused("slope", InvalidNetworkError, make, [2, 3, 1], activation="leaky_relu")
    refused(
        "2 entries for 1", InvalidNetworkError, make, [2, 3, 1], activation=["relu"] * 2
    )
    net = pr.random_network([2, 3, 1], 0)
    refused("its own activations", InvalidArgumentError, make, net, activation="relu")
