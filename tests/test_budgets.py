# SPDX-License-Identifier: MIT
"""Budgets, definitions and other arguments of the two questions."""

import json
import time

import corpus
import numpy as np
import pytest
from pairs import ENGINES, random_layers
from refusals import refused

import polyregions as pr
from polyregions.counts import DEFINITIONS
from polyregions.errors import InvalidArgumentError

PLANE, SPACE = pr.Domain.all(2), pr.Domain.all(3)
NET = pr.Network(random_layers(11, 2, 4, 3, 3, 2))
TOTAL = pr.count_regions(NET, PLANE, definitions="all")
ASK = (pr.count_regions, pr.enumerate_regions)


@pytest.fixture(scope="module")
def big():
    """A network whose thousands of cells take some tenths of a second."""
    return pr.Network(corpus.uniform(3, (16, 16), 0))


@pytest.fixture(scope="module")
def n_big(big):
    """How many there are."""
    return pr.count_regions(big, SPACE, definitions="activation").activation


def assert_lower_bounds(part, whole):
    """Every field of a partial result is a lower bound."""
    assert part.activation <= whole.activation
    assert len(part.per_layer) == len(whole.per_layer)
    for found, known in zip(part.per_layer, whole.per_layer, strict=True):
        assert found <= known
    assert part.linear == part.linear_closed == part.affine <= whole.affine


# Budgets -----------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("budget", range(1, TOTAL.activation))
def test_a_search_stops_after_as_many_regions_as_it_may_find(budget, engine):
    options = {"engine": engine, "max_regions": budget}
    part = pr.count_regions(NET, PLANE, definitions="all", **options)
    assert (part.activation, part.status) == (budget, "budget")
    assert part.per_layer[-1] == budget
    assert_lower_bounds(part, TOTAL)
    assert part.linear >= 1
    cx = pr.enumerate_regions(NET, PLANE, **options)
    assert (len(cx), cx.status, cx.per_layer) == (budget, "budget", part.per_layer)
    # the distinct maps seen are those of the cells seen
    assert part.affine == len({tuple(region.exact_value) for region in cx})
    streamed = pr.count_regions(NET, PLANE, definitions="activation", **options)
    assert (streamed.activation, streamed.status) == (budget, "budget")


@pytest.mark.parametrize("engine", ENGINES)
def test_cells_of_a_partial_result_are_cells_of_the_whole(engine):
    whole = {*map(tuple, pr.enumerate_regions(NET, PLANE).patterns.tolist())}
    cx = pr.enumerate_regions(NET, PLANE, engine=engine, max_regions=7)
    part = [*map(tuple, cx.patterns.tolist())]
    assert part == sorted(set(part))
    assert whole.issuperset(part)
    assert all(cell.contains(cell.interior_point) for cell in cx)
    assert len(cx.linear_regions()) >= cx.map_labels.max() + 1


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("more", [0, 1, 10**12])
def test_a_budget_that_suffices_changes_nothing(more, engine):
    for ask in ASK:
        found = ask(
            *(NET, PLANE),
            engine=engine,
            max_regions=TOTAL.activation + more,
            max_seconds=3600.0,
            max_bytes=2**40,
        )
        assert found.status == "complete"
        assert found.per_layer == TOTAL.per_layer
    assert len(found) == TOTAL.activation


@pytest.mark.parametrize(("engine", "limit"), [("rational", 0.1), ("highs", 0.7)])
def test_a_search_stops_when_its_time_is_over(big, n_big, engine, limit):
    start = time.monotonic()
    part = pr.count_regions(
        *(big, SPACE), definitions="all", engine=engine, max_seconds=limit
    )
    assert time.monotonic() - start < 5  # soon after, on a busy machine too
    assert part.status == "budget"
    assert part.activation < n_big
    assert part.linear == part.affine <= part.activation
    assert limit <= part.seconds < 5


@pytest.mark.parametrize("engine", ENGINES)
def test_a_search_without_time_finds_nothing_and_says_so(engine):
    options = {"engine": engine, "max_seconds": 1e-300}
    part = pr.count_regions(NET, PLANE, definitions="all", **options)
    assert (part.status, part.activation, part.per_layer) == ("budget", 0, (0, 0, 0))
    assert (part.linear, part.linear_closed, part.affine) == (0, 0, 0)
    cx = pr.enumerate_regions(NET, PLANE, **options)
    assert (len(cx), cx.patterns.shape) == (0, (0, 10))  # 4 + 3 + 3 units


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("limit", [1, 100, 300])
def test_the_columns_stay_within_their_bytes_but_for_one_cell(limit, engine):
    cx = pr.enumerate_regions(NET, PLANE, engine=engine, max_bytes=limit)
    # a cell has a word of pattern, a word of flags and two coordinates
    assert cx.packed_patterns.nbytes + cx.interior_points.nbytes == 24 * len(cx)
    assert cx.status == "budget"
    assert limit < 32 * len(cx) <= limit + 32


def test_counting_activation_regions_alone_stores_nothing():
    for definitions in ("activation", "per_layer", ["per_layer", "activation"]):
        found = pr.count_regions(NET, PLANE, definitions=definitions, max_bytes=1)
        assert (found.status, found.per_layer) == ("complete", TOTAL.per_layer)
    assert pr.count_regions(NET, PLANE, max_bytes=1).status == "budget"


WRONG = {
    "max_regions": [0, -1, 1.0, True, "9", 2**63, np.nan],
    "max_bytes": [0, -1, 1.5, False, "9", 2**63],
    "threads": [0, -1, 2.0, True, "2"],
    "max_seconds": [0, -1, np.nan, "9", True, 1j, [1], np.array([1.0, 2.0])],
    "progress": [3, "yes", [print]],
    "certificate": [7, "a\0b"],
    "resume": [7, "a\0b"],
    "engine": ["cplex", "HiGHS", "", None, ["highs"], 3],
    "output": [2, -1, 0.5, "0", [], [[0]], True],
}
ONLY_COUNTED = {"certificate"}
PATTERNS = {"engine": "engine", "output": "outputs 0 to 1", "resume": "path"}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name in WRONG for value in WRONG[name]]
)
def test_an_argument_out_of_its_range_is_refused_in_one_line(name, value):
    pattern = PATTERNS.get(name, f"{name}=")
    for ask in ASK[: 1 if name in ONLY_COUNTED else 2]:
        refused(pattern, InvalidArgumentError, ask, NET, PLANE, **{name: value})


def test_engines_are_known_by_name_and_refuse_what_does_not_apply():
    refused(
        *("'sweep' needs cells with vertices and rank 1; this problem has rank 2",),
        *(InvalidArgumentError, pr.count_regions, NET, PLANE),
        engine="sweep",
    )
    for engine in {*pr.enumeration.ENGINES} - {"sweep"}:
        found = pr.count_regions(NET, PLANE, engine=engine)
        assert found.engine == engine or engine == "auto"
        assert found.engine in {*pr.enumeration.ENGINES} - {"auto"}


def test_only_networks_and_domains_are_counted():
    for ask in ASK:
        for args in ((NET, "all"), ("net", PLANE), (PLANE, NET), (NET, None)):
            refused("Network and a Domain", InvalidArgumentError, ask, *args)


@pytest.mark.parametrize("threads", [1, 2, 7, np.int64(3)])
def test_the_number_of_threads_changes_nothing(threads):
    cx = pr.enumerate_regions(NET, PLANE, threads=threads)
    alone = pr.enumerate_regions(NET, PLANE)
    assert cx.packed_patterns.tobytes() == alone.packed_patterns.tobytes()
    assert cx.interior_points.tobytes() == alone.interior_points.tobytes()
    found = pr.count_regions(NET, PLANE, definitions="all", threads=threads)
    assert found.to_json() | {"seconds": 0} == TOTAL.to_json() | {"seconds": 0}


# Definitions -------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("mask", range(1, 16))
def test_exactly_the_definitions_asked_for_are_counted(mask, engine):
    names = [name for k, name in enumerate(DEFINITIONS) if mask >> k & 1]
    for given in (names[::-1], iter(names), {*names, "per_layer"}):
        found = pr.count_regions(NET, PLANE, definitions=given, engine=engine)
        assert found.definitions == tuple(names)  # in canonical order
        for name in DEFINITIONS:
            wanted = getattr(TOTAL, name) if name in names else None
            assert getattr(found, name) == wanted
        assert found.per_layer == TOTAL.per_layer


def test_definitions_have_short_forms():
    def asked(**kwargs):
        return pr.count_regions(NET, PLANE, **kwargs).definitions

    assert asked() == ("activation", "linear")
    assert asked(definitions="all") == DEFINITIONS
    assert asked(definitions="affine") == ("affine",)
    assert asked(definitions="per_layer") == ()
    assert asked(definitions=["linear", "linear"]) == ("linear",)


@pytest.mark.parametrize(
    "value", [[], "", "R4", ["linear", "R4"], ["all"], None, 3, [3]]
)
def test_unknown_definitions_are_refused_in_one_line(value):
    refused(
        *("definitions", InvalidArgumentError, pr.count_regions, NET, PLANE),
        definitions=value,
    )


def test_the_json_has_the_keys_of_the_contract():
    found = pr.count_regions(NET, pr.Domain.box([-np.inf, 0], 1), definitions="linear")
    data = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert [*data] == [
        *("activation", "linear", "linear_closed", "affine", "per_layer", "status"),
        *("engine", "seconds", "decisions", "domain", "definitions"),
    ]
    assert data["activation"] is data["linear_closed"] is data["affine"] is None
    assert (data["linear"], data["definitions"]) == (found.linear, ["linear"])
    assert data["per_layer"] == [*found.per_layer]
    assert pr.Domain.from_json(data["domain"]) == found.domain
    assert all(type(v) is int and v >= 0 for v in data["decisions"].values())


def test_repr_shows_what_was_counted():
    found = pr.count_regions(NET, PLANE, max_regions=3)
    text = repr(found)
    assert text.startswith(f"RegionCounts(activation=3, linear={found.linear}, per_la")
    assert f"budget, engine={found.engine}" in text
    assert "affine" not in text
