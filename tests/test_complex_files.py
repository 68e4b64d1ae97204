# SPDX-License-Identifier: MIT
"""Complexes as npz files and tables, and the two smallest complexes there are."""

import json
import pickle

import numpy as np
import pytest
from pairs import ENGINES, random_layers
from refusals import refused, same

import polyregions as pr
from polyregions.errors import InvalidArgumentError, ModelFileError

DOMAINS = {
    "all": pr.Domain.all(2),
    "box": pr.Domain.box([-2, -np.inf], 1.5),
    "flat": pr.Domain.polytope([[3, 7], [-3, -7], [1, 0]], [1, -1, np.inf]),
    "segment": pr.Domain.segment([0.1, -3], [0.7, 3]),
    "slice": pr.Domain.slice([1, 0], [[0.5, 2]], pr.Domain.box(-3, 3, 1)),
    "point": pr.Domain.segment([1, 1], [1, 1]),
    "empty": pr.Domain.polytope([[0, 0]], [-1]),
}
EMPTY = {
    "contradiction": pr.Domain.polytope([[1, 0], [-1, 0]], [0, -1]),
    "constant contradiction": DOMAINS["empty"],
    "slice": pr.Domain.slice([0, 0], [[1, 1]], pr.Domain.polytope([[0]], [-1])),
}


def complex_of(domain, activation="hardtanh", **kwargs):
    net = pr.Network(random_layers(2, 2, 4, 3, 2), activation)
    return pr.enumerate_regions(net, domain, **kwargs)


def columns(cx):
    return (
        *(cx.packed_patterns, cx.patterns, cx.on_breakpoint, cx.interior_points),
        *(cx.adjacency, cx.same_map, cx.map_labels, cx.linear_labels("closed")),
    )


# Round trip --------------------------------------------------------------------------


@pytest.mark.parametrize("name", DOMAINS)
def test_a_complex_comes_back_from_its_file_bit_for_bit(name, tmp_path):
    cx = complex_of(DOMAINS[name])
    first, second = tmp_path / "first.npz", tmp_path / "second.npz"
    cx.save(first)
    back = pr.load_complex(str(first))
    back.save(second)
    assert first.read_bytes() == second.read_bytes()
    for one, other in zip(columns(cx), columns(back), strict=True):
        assert (one.dtype, one.shape) == (other.dtype, other.shape)
        assert one.tobytes() == other.tobytes()
    assert same(back.network, cx.network)
    assert back.domain == cx.domain
    for key in ("per_layer", "status", "engine", "seconds", "decisions"):
        assert getattr(back, key) == getattr(cx, key)
    if len(cx):
        assert back[-1].exact_value == cx[-1].exact_value
        assert back[-1].exact_restrictions == cx[-1].exact_restrictions
        assert back.locate(cx.interior_points).tolist() == [*range(len(cx))]


def test_a_partial_result_stays_partial_in_its_file(tmp_path):
    cx = complex_of(DOMAINS["all"], max_regions=3)
    cx.save(tmp_path / "part.npz")
    back = pr.load_complex(tmp_path / "part.npz")
    assert (back.status, len(back)) == ("budget", 3)


def test_a_network_with_mixed_activations_and_more_than_64_units_comes_back(tmp_path):
    layers = random_layers(0, 1, 70, 2, 1)
    kinds = [["relu", "abs"] * 35, ["hardtanh", "relu6"]]
    cx = pr.enumerate_regions(pr.Network(layers, kinds), pr.Domain.all(1))
    cx.save(tmp_path / "wide.npz")
    back = pr.load_complex(tmp_path / "wide.npz")
    assert cx.packed_patterns.shape[1] > 1
    assert back.patterns.tobytes() == cx.patterns.tobytes()
    assert back.on_breakpoint.tobytes() == cx.on_breakpoint.tobytes()
    assert [r.exact_value for r in back] == [r.exact_value for r in cx]


def test_no_objects_are_written(tmp_path):
    complex_of(DOMAINS["slice"]).save(tmp_path / "cx.npz")
    with np.load(tmp_path / "cx.npz", allow_pickle=False) as file:
        assert all(not file[key].dtype.hasobject for key in file.files)


# Bad files ---------------------------------------------------------------------------


@pytest.fixture
def stored(tmp_path):
    """Path of a good file, and its arrays."""
    path = tmp_path / "cx.npz"
    complex_of(DOMAINS["box"]).save(path)
    with np.load(path) as file:
        return path, {key: file[key] for key in file.files}


def test_a_missing_file_or_a_folder_is_refused(tmp_path):
    refused("nowhere.npz", ModelFileError, pr.load_complex, tmp_path / "nowhere.npz")
    refused("directory", ModelFileError, pr.load_complex, tmp_path)
    refused("path is a int", InvalidArgumentError, pr.load_complex, 7)


@pytest.mark.parametrize("data", [b"", b"hello", b"PK\x03\x04" + bytes(60)])
def test_a_file_of_another_kind_is_refused(data, tmp_path):
    path = tmp_path / "cx.npz"
    path.write_bytes(data)
    refused("cx.npz", ModelFileError, pr.load_complex, path)


def test_a_single_array_and_a_model_and_a_pickle_are_refused(tmp_path):
    path = tmp_path / "cx.npz"
    with open(path, "wb") as file:
        np.save(file, np.zeros(3))
    refused("cx.npz", ModelFileError, pr.load_complex, path)
    pr.random_network([2, 3, 1], seed=0).save(path)
    refused("no complex of polyregions", ModelFileError, pr.load_complex, path)
    path.write_bytes(pickle.dumps({"header": 1}))
    refused("cx.npz", ModelFileError, pr.load_complex, path)


class Bomb:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (self.path, "w"))


@pytest.mark.parametrize("key", ["patterns", "header", "network_W0", "more"])
def test_objects_in_a_file_are_refused_and_never_unpickled(key, stored, tmp_path):
    path, arrays = stored
    exploded = tmp_path / "exploded"
    bomb = np.array([Bomb(str(exploded))], dtype=object)
    np.savez(path, allow_pickle=True, **arrays | {key: bomb})
    refused("objects", ModelFileError, pr.load_complex, path)
    assert not exploded.exists()


@pytest.mark.parametrize("share", [0.05, 0.3, 0.6, 0.9, 0.99, 0.999])
def test_a_truncated_file_is_refused(share, stored):
    path, _ = stored
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    refused("cx.npz", ModelFileError, pr.load_complex, path)


@pytest.mark.parametrize("seed", range(150))
def test_a_flipped_bit_is_refused_or_changes_nothing(seed, stored):
    path, arrays = stored
    data = bytearray(path.read_bytes())
    rng = np.random.default_rng(seed)
    data[rng.integers(len(data))] ^= 1 << rng.integers(8)
    path.write_bytes(data)
    try:
        back = pr.load_complex(path)
    except ModelFileError:
        refused("cx.npz", ModelFileError, pr.load_complex, path)
    else:
        assert back.packed_patterns.tobytes() == arrays["patterns"].tobytes()
        assert back.interior_points.tobytes() == arrays["interior_points"].tobytes()


def without(key):
    return lambda arrays: arrays.pop(key)


def changed(key, function):
    def change(arrays):
        arrays[key] = np.asarray(function(arrays[key]))

    return change


def header(**entries):
    def change(text):
        data = json.loads(str(text)) | entries
        return json.dumps({key: v for key, v in data.items() if v is not None})

    return changed("header", change)


TAMPERED = {
    **{f"no {key}": without(key) for key in ("header", "patterns", "on_breakpoint")},
    "no points": without("interior_points"),
    "no output layer": without("network_b2"),
    "an array more": lambda arrays: arrays.update(extra=np.zeros(2)),
    "header no JSON": changed("header", lambda _: "{"),
    "header a list": changed("header", lambda _: "[]"),
    "header deep": changed("header", lambda _: "[" * 100_000),
    "header a number": changed("header", lambda _: 3),
    "another format": header(format="polyregions complex 2"),
    "no format": header(format=None),
    "no engine": header(engine=None),
    "a key more": header(more=1),
    "no status": header(status="perfect"),
    "per_layer a number": header(per_layer=3),
    "another kind of domain": header(domain={"kind": "ball"}),
    "a domain of other inputs": header(domain={"kind": "all", "dim": 3}),
    "a domain of other own coordinates": header(
        domain={"kind": "box", "lo": [0, 0], "hi": [0, 1]}
    ),
    "patterns flat": changed("patterns", lambda p: p[:, 0]),
    "patterns wide": changed("patterns", lambda p: np.repeat(p, 2, axis=1)),
    "patterns narrow": changed("patterns", lambda p: p[:, :0]),
    "patterns float": changed("patterns", lambda p: p.astype(float)),
    "patterns short": changed("patterns", lambda p: p[:-1]),
    "patterns reversed": changed("patterns", lambda p: p[::-1]),
    "patterns twice": changed("patterns", lambda p: np.repeat(p[:1], len(p), axis=0)),
    # hardtanh has the digits 0, 1 and 2; two bits of ones are a 3
    "a digit that no unit has": changed("patterns", lambda p: p | np.uint64(3 << 62)),
    "flags narrow": changed("on_breakpoint", lambda f: f[:, :0]),
    "flags short": changed("on_breakpoint", lambda f: f[1:]),
    "points narrow": changed("interior_points", lambda x: x[:, :1]),
    "points short": changed("interior_points", lambda x: x[1:]),
    "points of text": changed("interior_points", lambda x: x.astype(str)),
    "weights with NaN": changed("network_W0", lambda w: w * np.nan),
    "weights of another shape": changed("network_W0", lambda w: w[:-1]),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_a_file_whose_parts_do_not_fit_is_refused(name, stored):
    path, arrays = stored
    TAMPERED[name](arrays)
    np.savez(path, **arrays)
    refused("cx.npz", ModelFileError, pr.load_complex, path)


def test_a_path_that_cannot_be_written_is_refused(tmp_path):
    cx = complex_of(DOMAINS["point"])
    refused("cannot be written", ModelFileError, cx.save, tmp_path / "no" / "cx.npz")


# Tables ------------------------------------------------------------------------------


def test_the_table_has_a_row_a_cell():
    cx = complex_of(DOMAINS["box"])
    table = cx.to_pandas()
    assert [*table.columns] == ["pattern", "x0", "x1", "linear_region", "map"]
    assert table.index.name == "cell"
    assert [*table.index] == [*range(len(cx))]
    assert [*table["pattern"]] == ["".join(map(str, row)) for row in cx.patterns]
    assert np.array_equal(table[["x0", "x1"]], cx.interior_points)
    assert [*table["linear_region"]] == [*cx.linear_labels()]
    assert [*table["map"]] == [*cx.map_labels]


def test_digits_above_nine_are_set_apart_in_the_table():
    breaks = np.arange(12.0)  # slopes 0, 1, 0, 1, ..: 13 pieces, digits 0 to 12
    stairs = pr.PiecewiseLinear(breaks, [k % 2 for k in range(13)])
    net = pr.Network([([[1], [-1]], [0, 0]), ([[1, 1]], [0])], stairs)
    table = pr.enumerate_regions(net, pr.Domain.all(1)).to_pandas()
    assert len(table) == 24  # 23 breakpoints, -11 .. 11
    assert table["pattern"].iloc[0] == "0 1"
    assert table["pattern"].iloc[-1] == "12 0"


# The smallest complexes --------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", EMPTY)
def test_an_empty_domain_gives_a_complex_without_cells(name, engine, tmp_path):
    cx = complex_of(EMPTY[name], engine=engine)
    assert (len(cx), [*cx], cx.dim, cx.status) == (0, [], 0, "complete")
    assert cx.per_layer == (0, 0)
    assert (cx.patterns.shape, cx.on_breakpoint.shape) == ((0, 7), (0, 7))
    assert cx.interior_points.shape == (0, 0)
    assert (cx.adjacency.shape, cx.same_map.shape) == ((0, 2), (0,))
    assert len(cx.graph) == 0
    assert cx.linear_regions() == cx.linear_regions("closed") == []
    assert cx.locate(np.zeros((2, 0))).tolist() == [-1, -1]
    assert len(cx.to_pandas()) == 0
    assert "0 cells" in repr(cx)
    with pytest.raises(IndexError):
        cx[0]
    cx.save(tmp_path / "empty.npz")
    assert len(pr.load_complex(tmp_path / "empty.npz")) == 0


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "domain",
    [
        pr.Domain.segment([1, -2], [1, -2]),
        pr.Domain.box([1, -2], [1, -2]),
        pr.Domain.polytope([[1, 0], [-1, 0], [1, 1], [-1, -1]], [1, -1, -1, 1]),
        pr.Domain.slice([1, 0], [[0, -4]], pr.Domain.box(0.5, 0.5, 1)),
    ],
    ids=["segment", "box", "polytope", "slice"],
)
def test_a_single_point_is_one_cell_without_coordinates(domain, engine):
    # at (1, -2): x = 1, -y = 2, x + y = -1 and 2 x + y = 0 before the ReLU
    net = pr.Network(
        [([[1, 0], [0, -1], [1, 1], [2, 1]], [0] * 4), ([[1, 10, 100, 1000]], [0.5])]
    )
    cx = pr.enumerate_regions(net, domain, engine=engine)
    assert (len(cx), cx.dim) == (1, 0)
    assert cx.patterns.tolist() == [[1, 1, 0, 0]]
    assert cx.on_breakpoint.tolist() == [[False, False, False, True]]
    (region,) = cx
    assert (region.dim, region.interior_point) == (0, ())
    assert region.exact_value == [(21.5,)]
    assert region.exact_restrictions == []
    assert region.contains([])
    assert region.halfspaces[0].shape == (0, 0)
    assert cx.locate(np.zeros((3, 0))).tolist() == [0, 0, 0]
    assert cx.adjacency.shape == (0, 2)
    assert [r.cells.tolist() for r in cx.linear_regions()] == [[0]]
    assert cx.domain.to_inputs(np.zeros((1, 0))).tolist() == [[1, -2]]
    assert [*cx.to_pandas().columns] == ["pattern", "linear_region", "map"]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_network_without_hidden_units_is_one_cell(engine):
    net = pr.Network([([[1, 2]], [3])])
    cx = pr.enumerate_regions(net, pr.Domain.all(2), engine=engine)
    assert (len(cx), cx.patterns.shape, cx.per_layer) == (1, (1, 0), ())
    assert cx[0].exact_value == [(1, 2, 3)]
    assert cx.locate([[1e300, -5]]).tolist() == [0]
    counts = pr.count_regions(net, pr.Domain.all(2), definitions="all", engine=engine)
    assert counts.activation == counts.linear == counts.affine == 1
