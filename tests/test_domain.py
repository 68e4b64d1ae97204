# SPDX-License-Identifier: MIT
"""Domains as values: what they refuse, their JSON, equality and coordinates."""

import json

import numpy as np
import pytest
from refusals import refused

from polyregions import Domain
from polyregions.errors import InvalidArgumentError, InvalidDomainError, ModelFileError

INF, NAN = np.inf, np.nan
SQUARE = Domain.box(-1, 1, 2)

DOMAINS = {
    "all": Domain.all(3),
    "box": Domain.box([-1, 0.1], [1, 0.3]),
    "flat box": Domain.box([-1, 0.1], [1, 0.1]),
    "half-bounded box": Domain.box([-INF, 0], [1, INF]),
    "polytope": Domain.polytope([[1, 0.1], [-3, 7]], [1, 0]),
    "polytope with a void row": Domain.polytope([[1, 0], [0, 1]], [1, INF]),
    "polytope without rows": Domain.polytope(np.zeros((0, 3)), []),
    "segment": Domain.segment([0, 1e-30, 5e-324], [1, 1, 1e308]),
    "slice": Domain.slice([0, 1, 2], [[1, 0, 0.1]]),
    "slice in a box": Domain.slice([0, 1], [[1, 2], [0.5, 3]], Domain.box(0, INF, 2)),
    "slice in a polytope": Domain.slice([0, 1], [[1, 2]], Domain.polytope([[2]], [1])),
}


# Refusals ----------------------------------------------------------------------------

REFUSED = {
    "all of nothing": (Domain.all, (0,), "dimension 0"),
    "all of less": (Domain.all, (-1,), "dimension -1"),
    "all of too much": (Domain.all, (2**63,), "too large"),
    "box of too much": (Domain.box, (-1, 1, 10**400), "too large"),
    "all of a float": (Domain.all, (2.0,), "dimension 2.0"),
    "all of a truth": (Domain.all, (True,), "dimension True"),
    "box without dimension": (Domain.box, (0, 1), "needs dim="),
    "box of dimension 0": (Domain.box, (0, 1, 0), "dimension 0"),
    "box of no ends": (Domain.box, ([], []), "dimension 0"),
    "box upside down": (Domain.box, ([0, 1], [1, 0]), "direction 1: lo = 1, hi = 0"),
    "box with NaN": (Domain.box, ([0, NAN], 1), "box lo holds NaN"),
    "box with NaN above": (Domain.box, (0, [1, NAN]), "box hi holds NaN"),
    "box at infinity": (Domain.box, ([0, INF], INF), "direction 1: lo = inf"),
    "box at minus infinity": (Domain.box, (-INF, [-INF]), "direction 0.*hi = -inf"),
    "box of two sizes": (Domain.box, ([0, 0], [1, 1, 1]), r"shape \(2,\).*\(3,\)"),
    "box of another size": (Domain.box, ([0, 0], 1, 3), r"shape \(2,\).*\(3,\)"),
    "box of a matrix": (Domain.box, ([[0]], [1]), r"shape \(1, 1\)"),
    "box of text": (Domain.box, (["a"], [1]), "box lo has dtype <U1"),
    "box of nothing": (Domain.box, (None, 1, 2), "box lo has dtype object"),
    "box of odd rows": (Domain.box, ([0, [1]], 2), "box lo is no array"),
    "box of complex": (Domain.box, ([1j], [2]), "box lo has dtype complex"),
    "box of big integers": (Domain.box, (0, [2**53 + 1]), "float64 does not hold"),
    "polytope of a row": (Domain.polytope, ([1, 0], [1]), r"A has shape \(2,\)"),
    "polytope of dimension 0": (
        Domain.polytope,
        (np.zeros((2, 0)), [1, 1]),
        "dim >= 1",
    ),
    "polytope of no rows": (Domain.polytope, ([], []), r"A has shape \(0,\)"),
    "polytope with short b": (Domain.polytope, ([[1], [2]], [1]), r"2 rows.*\(2,\)"),
    "polytope with tall b": (Domain.polytope, ([[1]], [[1]]), r"b has shape \(1, 1\)"),
    "polytope with NaN": (Domain.polytope, ([[NAN]], [1]), "polytope A holds NaN"),
    "polytope with NaN b": (Domain.polytope, ([[1]], [NAN]), "polytope b holds NaN"),
    "polytope with inf": (Domain.polytope, ([[INF]], [1]), "A must be finite"),
    "polytope with -inf b": (Domain.polytope, ([[1]], [-INF]), "b finite or"),
    "segment of a number": (Domain.segment, (0, 1), r"shapes \(\) and \(\)"),
    "segment of nothing": (Domain.segment, ([], []), r"shapes \(0,\)"),
    "segment of two sizes": (Domain.segment, ([0], [0, 1]), r"\(1,\) and \(2,\)"),
    "segment to NaN": (Domain.segment, ([0], [NAN]), "segment q holds NaN"),
    "segment from inf": (Domain.segment, ([INF], [0]), "segment p must be finite"),
    "slice of a number": (Domain.slice, (0, [[1]]), "slice origin has shape"),
    "slice along a vector": (Domain.slice, ([0, 0], [1, 0]), r"directions \(2,\)"),
    "slice of another size": (Domain.slice, ([0, 0], [[1]]), r"directions \(1, 1\)"),
    "slice of no directions": (Domain.slice, ([0], np.zeros((0, 1))), "dependent"),
    "slice along zero": (Domain.slice, ([0, 0], [[0, 0]]), "dependent"),
    "slice along multiples": (Domain.slice, ([0, 0], [[1, 2], [3, 6]]), "dependent"),
    "slice of too many": (Domain.slice, ([0, 0], np.ones((3, 2))), "dependent"),
    "slice from inf": (Domain.slice, ([INF], [[1]]), "slice origin must be finite"),
    "slice along inf": (Domain.slice, ([0], [[INF]]), "directions must be finite"),
    "slice along NaN": (Domain.slice, ([0], [[NAN]]), "directions holds NaN"),
    "slice in another dimension": (
        *(Domain.slice, ([0, 0], [[1, 0]], SQUARE), "of dimension 1"),
    ),
    "slice in a segment": (
        *(Domain.slice, ([0, 0], [[1, 0]], Domain.segment([0], [1])), "all, box or"),
    ),
    "slice in a number": (Domain.slice, ([0], [[1]], 3), "slice within is 3"),
}


@pytest.mark.parametrize(("make", "args", "pattern"), REFUSED.values(), ids=REFUSED)
def test_a_malformed_domain_is_refused_in_one_line(make, args, pattern):
    refused(pattern, InvalidDomainError, make, *args)


def test_directions_are_dependent_only_when_they_are_exactly():
    # 3 * 0.1 is not the float 0.3: these two are independent by 2^-54
    Domain.slice([0, 0], [[0.1, 1], [0.3, 3]])
    message = "linearly dependent"
    # 2 * 0.1 is the float 0.2
    refused(message, InvalidDomainError, Domain.slice, [0, 0], [[0.1, 1], [0.2, 2]])
    third = [[1, 2, 3], [1e-300, 0, 1], [1, 2, 3 + 2**-50]]
    Domain.slice([0, 0, 0], third)


def test_a_domain_keeps_its_own_copy_of_the_arrays():
    lo, hi, p, q = np.zeros(2), np.ones(2), np.zeros(2), np.ones(2)
    A, b = np.eye(2), np.ones(2)
    made = [
        *(Domain.box(lo, hi), Domain.polytope(A, b), Domain.segment(p, q)),
        Domain.slice(p, A),
    ]
    before = [json.dumps(domain.to_json()) for domain in made]
    for array in (lo, hi, A, b, p, q):
        array += 7
    made[0].bounding_box()[0][:] = 9
    made[1].to_json()["A"][0][0] = 9
    assert [json.dumps(domain.to_json()) for domain in made] == before


# Sizes and coordinates ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "sizes"),
    {  # kind, inputs, coordinates as given, own coordinates
        "all": ("all", 3, 3, 3),
        "box": ("box", 2, 2, 2),
        "flat box": ("box", 2, 2, 1),
        "half-bounded box": ("box", 2, 2, 2),
        "polytope": ("polytope", 2, 2, 2),
        "polytope without rows": ("polytope", 3, 3, 3),
        "segment": ("segment", 3, 1, 1),
        "slice": ("slice", 3, 1, 1),
        "slice in a box": ("slice", 2, 2, 2),
    }.items(),
)
def test_a_domain_knows_its_sizes(name, sizes):
    domain = DOMAINS[name]
    assert (domain.kind, domain.n_inputs, domain.dim, domain.own_dim) == sizes
    assert not domain.is_empty


# domain, own points, the same as given, the same as inputs
COORDINATES = {
    "all": (Domain.all(2), [[1, 2]], [[1, 2]], [[1, 2]]),
    "flat box": (
        Domain.box([0, 5, 1], [1, 5, 2]),
        *([[0.5, 1.5]], [[0.5, 5, 1.5]], [[0.5, 5, 1.5]]),
    ),
    "point": (Domain.box([3, 4], [3, 4]), [[]], [[3, 4]], [[3, 4]]),
    "segment": (Domain.segment([1, 1], [3, 9]), [[0.25]], [[0.25]], [[1.5, 3]]),
    "segment of a point": (Domain.segment([1, 7], [1, 7]), [[]], [[0]], [[1, 7]]),
    "slice": (
        Domain.slice([1, 1, 1], [[1, 0, 2], [0, 4, 0]]),
        *([[1, 2], [0, -1]], [[1, 2], [0, -1]], [[2, 9, 3], [1, -3, 1]]),
    ),
    # 2 x + y = 1: x = (1 - y) / 2
    "flat polytope": (
        Domain.polytope([[2, 1], [-2, -1]], [1, -1]),
        *([[5], [0]], [[-2, 5], [0.5, 0]], [[-2, 5], [0.5, 0]]),
    ),
    # u_0 = 2, x = 1 + 2 u_0 + u_1, y = 3 u_1
    "flat slice": (
        Domain.slice([1, 0], [[2, 0], [1, 3]], Domain.box([2, 0], [2, 1])),
        *([[0.5]], [[2, 0.5]], [[5.5, 1.5]]),
    ),
}


@pytest.mark.parametrize(
    ("domain", "own", "given", "inputs"), COORDINATES.values(), ids=COORDINATES
)
def test_own_coordinates_are_turned_into_given_ones_and_into_inputs(
    domain, own, given, inputs
):
    assert domain.to_given(own).tolist() == given
    assert domain.to_inputs(own).tolist() == inputs
    none = domain.to_inputs(np.zeros((0, domain.own_dim)))
    assert none.shape == (0, domain.n_inputs)


@pytest.mark.parametrize("name", DOMAINS)
def test_points_of_another_shape_are_refused(name):
    domain = DOMAINS[name]
    for points in (np.zeros(domain.own_dim), np.zeros((2, domain.own_dim + 1))):
        for turn in (domain.to_inputs, domain.to_given):
            refused(r"pass \(n, \d\)", InvalidArgumentError, turn, points)


def test_an_empty_domain_has_no_own_coordinates():
    empty = Domain.polytope([[1, 0], [-1, 0]], [0, -1])
    assert (empty.own_dim, empty.is_empty, empty.n_inputs) == (0, True, 2)
    assert empty.to_inputs(np.zeros((0, 0))).shape == (0, 2)
    assert empty.to_given(np.zeros((0, 0))).shape == (0, 2)
    assert np.isnan(empty.to_inputs(np.zeros((1, 0)))).all()


def test_boxes_and_segments_have_a_bounding_box_and_others_none():
    def ends(domain):
        lo, hi = domain.bounding_box()
        return lo.tolist(), hi.tolist()

    assert ends(DOMAINS["half-bounded box"]) == ([-INF, 0], [1, INF])
    assert ends(DOMAINS["segment"]) == ([0], [1])
    assert ends(DOMAINS["slice in a box"]) == ([0, 0], [INF, INF])
    for name in ("all", "polytope", "slice", "slice in a polytope"):
        assert DOMAINS[name].bounding_box() is None


# JSON --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", DOMAINS)
def test_a_domain_comes_back_from_its_json(name, tmp_path):
    domain = DOMAINS[name]
    text = json.dumps(domain.to_json(), allow_nan=False)
    path = tmp_path / "domain.json"
    path.write_text(text)
    for back in (Domain.from_json(json.loads(text)), Domain.from_json(path)):
        assert back == domain
        assert hash(back) == hash(domain)
        assert repr(back) == repr(domain)
        assert json.dumps(back.to_json()) == text
        assert back.core.rows() == domain.core.rows()


def test_infinite_ends_are_written_as_text_and_read_as_text_or_numbers():
    domain = DOMAINS["half-bounded box"]
    assert domain.to_json()["lo"] == ["-inf", 0.0]
    assert domain.to_json()["hi"] == [1.0, "inf"]
    data = {"kind": "box", "lo": [-INF, 0], "hi": [1, INF]}
    assert Domain.from_json(data) == domain
    scalar = Domain.from_json({"kind": "box", "dim": 2, "lo": "-inf", "hi": 1})
    assert scalar == Domain.box(-INF, 1, 2)


BAD_JSON = {
    "no kind": ({}, "kind None; known are all, box"),
    "unknown kind": ({"kind": "ball"}, "kind 'ball'"),
    "a kind that is a list": ({"kind": ["box"]}, "kind"),
    "missing": ({"kind": "box", "lo": [0]}, r"missing \['hi'\]"),
    "superfluous": (
        *({"kind": "all", "dim": 2, "lo": 1}, r"missing nothing, unknown \['lo'\]"),
    ),
    "no dim": ({"kind": "all"}, r"missing \['dim'\]"),
    "dim of text": ({"kind": "all", "dim": "2"}, "dimension '2'"),
    "wrong dim": ({"kind": "box", "lo": [0], "hi": [1], "dim": 2}, "dim is 2.* 1$"),
    "scalars without dim": ({"kind": "box", "lo": 0, "hi": 1}, "needs dim="),
    "upside down": ({"kind": "box", "lo": [1], "hi": [0]}, "lo = 1, hi = 0"),
    "NaN": ({"kind": "box", "lo": [NAN], "hi": [0]}, "holds NaN"),
    "text": ({"kind": "box", "lo": ["-1"], "hi": [0]}, "dtype"),
    "odd rows": ({"kind": "box", "lo": [[0], 1], "hi": [1, 1]}, "box lo is no array"),
    "null": ({"kind": "segment", "p": None, "q": [1]}, "segment p has dtype object"),
    "an object": ({"kind": "segment", "p": {"a": 1}, "q": [1]}, "segment p"),
    "within a number": (
        {"kind": "slice", "origin": [0], "directions": [[1]], "within": 0},
        "slice within is 0",
    ),
    "within a file": (
        {"kind": "slice", "origin": [0], "directions": [[1]], "within": "/etc/fstab"},
        "slice within is '/etc/fstab'",
    ),
    "within a slice": (
        {
            "kind": "slice",
            "origin": [0],
            "directions": [[1]],
            "within": {"kind": "slice", "origin": [0], "directions": [[1]]},
        },
        "pass all, box or polytope",
    ),
}


@pytest.mark.parametrize(("data", "pattern"), BAD_JSON.values(), ids=BAD_JSON)
def test_json_that_is_no_domain_is_refused_in_one_line(data, pattern):
    refused(pattern, InvalidDomainError, Domain.from_json, data)


@pytest.mark.parametrize(
    ("data", "pattern"),
    [
        (b"", "no JSON"),
        (b"{", "no JSON"),
        (b"\xff\xfe", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b"[1, 2]", "not an object"),
        (b"3", "not an object"),
    ],
)
def test_a_file_without_a_json_object_is_refused(data, pattern, tmp_path):
    path = tmp_path / "domain.json"
    path.write_bytes(data)
    text = refused(pattern, ModelFileError, Domain.from_json, path)
    assert str(path) in text


def test_a_missing_domain_file_is_refused(tmp_path):
    refused("No such file", ModelFileError, Domain.from_json, tmp_path / "no.json")
    refused("directory", ModelFileError, Domain.from_json, tmp_path)


# Equality ----------------------------------------------------------------------------


def test_domains_are_equal_when_their_descriptions_are():
    assert len({*DOMAINS.values()}) == len(DOMAINS)
    assert Domain.box(-1, 1, 2) == Domain.box([-1, -1], [1.0, 1.0])
    assert Domain.all(2) == Domain.all(np.int64(2))
    assert Domain.all(2) != Domain.all(3)
    assert Domain.all(1) != Domain.box(-INF, INF, 1)
    assert SQUARE != "Domain.box(-1, 1, dim=2)"


def test_equal_domains_have_equal_hashes():
    pairs = [
        (Domain.segment([0.0], [1]), Domain.segment([-0.0], [1])),
        (Domain.box(-0.0, 1, 1), Domain.box([0], [1])),
        (Domain.polytope([[-0.0, 1]], [-0.0]), Domain.polytope([[0, 1]], [0])),
        (Domain.slice([-0.0], [[1]]), Domain.slice([0], [[1]], Domain.all(1))),
    ]
    for one, other in pairs:
        assert one == other
        assert hash(one) == hash(other)


def test_repr_says_what_the_domain_is():
    known = {
        "all": "Domain.all(3)",
        "box": "Domain.box([-1.0, 0.1], [1.0, 0.3])",
        "polytope": "Domain.polytope(2 rows, dim=2)",
        "segment": "Domain.segment(3 inputs)",
        "slice": "Domain.slice(1 of 3 dimensions, within=Domain.all(1))",
    }
    assert {name: repr(DOMAINS[name]) for name in known} == known
    assert repr(SQUARE) == "Domain.box(-1, 1, dim=2)"
