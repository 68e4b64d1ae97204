# SPDX-License-Identifier: MIT
"""Architectures against each other."""

from itertools import pairwise

import numpy as np
import pytest

import polyregions as pr
from polyregions.charts import plot_histograms
from polyregions.comparison import equal_parameters, equal_units
from polyregions.errors import InvalidArgumentError


def test_wide_networks_of_many_inputs_have_more_regions():
    found = pr.compare_architectures(equal_units(12), 150, n_inputs=4)
    assert [rank.name for rank in found.ranking] == [
        "12x1",
        "6x2",
        "4x3",
        "3x4",
        "2x6",
        "1x12",
    ]
    for place, rank in enumerate(found.ranking, 1):
        assert (rank.best, rank.worst) == (place, place)
        assert (
            rank.summary.mean
            == pr.montecarlo(found.results[rank.name].widths, 150).linear.mean
        )


def test_what_cannot_be_told_apart_shares_its_ranks():
    same = {"a": (3, 4, 4, 1), "b": (3, 4, 4, 1), "c": (3, 9, 1)}
    found = pr.compare_architectures(same, 60, definition="activation")
    ranks = {rank.name: (rank.best, rank.worst) for rank in found.ranking}
    assert ranks == {"c": (1, 1), "a": (2, 3), "b": (2, 3)}
    assert found.difference("a", "b").se == 0


def test_differences_are_taken_sample_by_sample():
    found = pr.compare_architectures([(2, 5, 1), (2, 3, 2, 1)], 40, seed=3)
    one, other = found.results
    a, b = found.values(one), found.values(other)
    difference = found.difference(one, other)
    assert difference.mean == pytest.approx(np.mean(a - b))
    assert difference.se == pytest.approx(np.std(a - b, ddof=1) / np.sqrt(40))


def test_rectangles_of_equal_size():
    assert equal_units(6) == ["6x1", "3x2", "2x3", "1x6"]
    for n_parameters in (30, 100, 555):
        depths = [1, 2, 5]
        chosen = equal_parameters(n_parameters, depths, n_inputs=3, n_outputs=2)
        for text, depth in zip(chosen, depths, strict=True):
            width, layers = map(int, text.split("x"))
            assert layers == depth
            off = [abs(size(w, depth) - n_parameters) for w in range(1, 200)]
            assert off[width - 1] == min(off)


def size(width, depth):
    widths = [3, *[width] * depth, 2]
    return sum(m * n + m for n, m in pairwise(widths))


def test_a_comparison_is_a_table_and_a_picture(tmp_path):
    pytest.importorskip("pandas")
    pytest.importorskip("matplotlib")
    found = pr.compare_architectures(["4x1", "2x2"], 30, n_inputs=2)
    frame = found.to_pandas()
    assert list(frame["architecture"]) == ["4x1", "2x2"]
    assert frame["mean"][0] == 11  # 1 + 4 + 6: lines in general position
    found.plot(tmp_path / "c.png")
    plot_histograms(list(found.results.values()), tmp_path / "h.svg")
    assert (tmp_path / "c.png").stat().st_size > 1000
    assert b"<svg" in (tmp_path / "h.svg").read_bytes()
    assert "4x1" in repr(found)


@pytest.mark.parametrize(
    ("architectures", "options"),
    [
        ([], {}),
        (["4x2"], {}),
        (["4*2"], {"n_inputs": 2}),
        (["0x2"], {"n_inputs": 2}),
        (["4x2", "4x2"], {"n_inputs": 2}),
        ([(2,)], {}),
        (["4x2"], {"n_inputs": 2, "definition": "regions"}),
        (["4x2"], {"n_inputs": 2, "law": "cauchy"}),
    ],
)
def test_bad_comparisons_are_refused_in_one_line(architectures, options):
    with pytest.raises(InvalidArgumentError) as error:
        pr.compare_architectures(architectures, 3, **options)
    assert "\n" not in str(error.value)


def test_an_architecture_that_is_not_there_is_refused():
    found = pr.compare_architectures(["2x1"], 3, n_inputs=2)
    with pytest.raises(InvalidArgumentError, match="no architecture"):
        found.difference("2x1", "3x1")
