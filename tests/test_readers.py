# SPDX-License-Identifier: MIT
"""Model files: the npz of the contract, and what every kind of file refuses."""

import os
import struct
import zipfile
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from refusals import refused, same

from polyregions import Network, PiecewiseLinear, load, random_network
from polyregions.errors import (
    InvalidArgumentError,
    InvalidNetworkError,
    ModelFileError,
)
from polyregions.readers import archive
from polyregions.tolerances import Tolerances

ZIGZAG = PiecewiseLinear((-1.0, 0.5, 2.0), (1.0, -1.0, 3.0, 0.0), 0.25)
LAYERS = [(np.eye(2), np.zeros(2)), (np.ones((1, 2)), np.zeros(1))]


def arrays_of(network):
    """The model's keys, without activation."""
    return {
        f"{key}{k}": array
        for k, layer in enumerate(network.layers)
        for key, array in (("W", layer.weight), ("b", layer.bias))
    }


# --- npz -------------------------------------------------------------------------

names = st.sampled_from(["relu", "abs", "hardtanh", "relu6", "identity", ZIGZAG])
sloped = st.sampled_from(["leaky_relu", "prelu"])
# In a layer of several kinds these three come back as relu, abs and identity.
slopes = st.floats(-4, 4).filter(lambda slope: slope not in (0, -1, 1))
layer_specs = st.one_of(
    st.none(), names, sloped, st.lists(st.one_of(names, sloped), min_size=3, max_size=3)
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(layer_specs, max_size=3), st.integers(0, 99), slopes)
def test_save_then_load_gives_the_same_network(tmp_path, specs, seed, slope):
    network = random_network(
        [2, *[3] * len(specs), 2], seed, activation=specs, negative_slope=slope
    )
    file = tmp_path / "model.npz"
    network.save(file)
    assert same(load(file), network)
    first = file.read_bytes()
    load(file).save(str(file))
    assert file.read_bytes() == first


@pytest.mark.parametrize("slope", [0.0, -1.0, 1.0])
def test_slopes_of_other_activations_keep_their_name(tmp_path, slope):
    network = Network(LAYERS, "leaky_relu", negative_slope=slope)
    network.save(tmp_path / "m.npz")
    assert same(load(tmp_path / "m.npz"), network)
    assert repr(network) == f"Network(2-2-1, leaky_relu({slope:g}))"


def test_a_name_of_ones_own_is_lost_but_the_function_is_kept(tmp_path):
    mine = PiecewiseLinear((0.0,), (2.0, 1.0), 1.0, "mine")
    Network(LAYERS, mine).save(tmp_path / "m.npz")
    (back,) = set(load(tmp_path / "m.npz").layers[0].activation)
    assert back == mine
    assert back.name == "piecewise_linear"


def test_a_saved_file_holds_no_objects_and_only_the_keys_of_the_format(tmp_path):
    Network(LAYERS, [("abs", ZIGZAG)]).save(tmp_path / "m.npz")
    with np.load(tmp_path / "m.npz", allow_pickle=False) as file:
        assert file["breakpoints_0"].tolist() == [[0, np.inf, np.inf], [-1, 0.5, 2]]
        assert file["slopes_0"].tolist() == [[-1, 1, 1, 1], [1, -1, 3, 0]]
        assert file["anchor_0"].tolist() == [0, 0.25]
        assert str(file["activation"]) == "piecewise_linear"
        assert set(file.files) == {
            *("W0", "b0", "W1", "b1", "activation"),
            *("breakpoints_0", "slopes_0", "anchor_0"),
        }


@pytest.mark.parametrize("dtype", ["<f2", "<f4", "<f8", ">f4", ">f8", "i4"])
def test_every_dtype_of_an_npz_is_upcast_exactly(tmp_path, dtype):
    weight = np.arange(6).reshape(3, 2).astype(dtype)
    np.savez(tmp_path / "m.npz", W0=weight, b0=np.ones(3, dtype))
    assert load(tmp_path / "m.npz").layers[0].weight.tolist() == weight.tolist()


def test_an_npz_without_activation_is_a_relu_network(tmp_path):
    network = random_network([2, 3, 1], seed=0)
    np.savez(tmp_path / "m.npz", **arrays_of(network))
    assert same(load(tmp_path / "m.npz"), network)


def test_an_npz_without_activation_takes_one(tmp_path):
    network = random_network([2, 3, 1], 0, activation="leaky_relu", negative_slope=0.5)
    file = tmp_path / "m.npz"
    np.savez(file, **arrays_of(network))
    assert same(load(file, activation="leaky_relu", negative_slope=0.5), network)
    refused("no layer takes one", InvalidArgumentError, load, file, negative_slope=1)
    np.savez(file, **arrays_of(network), activation="leaky_relu")
    assert same(load(file, negative_slope=0.5), network)
    refused("m.npz: layer 0: leaky_relu needs", InvalidNetworkError, load, file)
    np.savez(file, **arrays_of(network), negative_slope=0.5)
    assert same(load(file, activation="leaky_relu"), network)


def test_an_activation_beside_that_of_the_file_is_refused(tmp_path):
    file = tmp_path / "m.npz"
    for stored in ("relu", ZIGZAG):
        Network(LAYERS, stored).save(file)
        refused("own activation", InvalidArgumentError, load, file, activation="relu")
    Network(LAYERS, "prelu", negative_slope=0.1).save(file)
    refused("own negative_slope", InvalidArgumentError, load, file, negative_slope=0.1)


def test_one_label_stands_for_the_layers_that_have_no_arrays(tmp_path):
    network = random_network([2, 3, 3, 1], 0, activation=[ZIGZAG, "abs"])
    file = tmp_path / "m.npz"
    network.save(file)
    with np.load(file) as stored:
        arrays = dict(stored)
    np.savez(file, **arrays | {"activation": "abs"})
    assert same(load(file), network)


W, B = np.ones((2, 2)), np.zeros(2)
PIECES = {"breakpoints_0": np.zeros((2, 1)), "slopes_0": W, "anchor_0": B}
TWO = {"W0": W, "b0": B, "W1": W, "b1": B}
BAD_NPZ = {
    "no bias": ({"W0": W, "b0": B, "W1": W}, "b1 missing"),
    "gap": ({"W0": W, "b0": B, "W2": W, "b2": B}, "W1, b1 missing"),
    "from one": ({"W1": W, "b1": B}, "W0, b0 missing"),
    "nothing": ({"activation": "relu"}, "no layers"),
    "unknown keys": (TWO | {"bias": B, "W01": W}, "unknown keys 'W01', 'bias'"),
    "objects": (TWO | {"W0": np.array([[None, 1]])}, "W0 holds Python objects"),
    "complex": (TWO | {"W1": W * 1j}, "layer 1: W has dtype complex128"),
    "nan": (TWO | {"b1": [0, np.nan]}, "layer 1, unit 1: bias is nan"),
    "chain": (TWO | {"W1": np.ones((2, 3))}, "layer 1 takes 3 inputs"),
    "label": (TWO | {"activation": "gelu"}, "unknown activation 'gelu'"),
    "labels": (TWO | {"activation": ["relu"] * 2}, "2 entries for 1 hidden"),
    "number": (TWO | {"activation": 3}, "activation has dtype int64"),
    "slopes": (
        TWO | {"activation": "prelu", "negative_slope": W},
        r"negative_slope has shape \(2, 2\)",
    ),
    "slope nan": (
        TWO | {"activation": "prelu", "negative_slope": np.nan},
        "layer 0: negative_slope is nan",
    ),
    "slope unused": (TWO | {"negative_slope": 0.5}, "no layer takes one"),
    "no arrays": (TWO | {"activation": "piecewise_linear"}, "no slopes_0"),
    "label and arrays": (TWO | PIECES | {"activation": ["relu"]}, "'relu' and slopes"),
    "no anchor": (TWO | PIECES | {"anchor_1": B}, "layer 1, but the hidden"),
    "output arrays": (
        {"W0": W, "b0": B} | PIECES,
        "layer 0, but there is no hidden layer",
    ),
    "part": (TWO | {"slopes_0": W}, "breakpoints_0, anchor_0 missing"),
    "shapes": (TWO | PIECES | {"slopes_0": np.ones((2, 3))}, r"layer 0: breakpoints"),
    "padding": (
        TWO
        | PIECES
        | {"breakpoints_0": np.array([[0.0], [np.inf]]), "slopes_0": W + W.T}
        | {"slopes_0": np.array([[0.0, 1], [0, 1]])},
        "layer 0, unit 1: pad",
    ),
    "order": (
        TWO
        | {
            "breakpoints_0": np.array([[1.0, 0], [0, 1]]),
            "slopes_0": np.array([[0.0, 1, 2]] * 2),
            "anchor_0": B,
        },
        "layer 0, unit 0: .* increase strictly",
    ),
}


@pytest.mark.parametrize(("arrays", "pattern"), BAD_NPZ.values(), ids=BAD_NPZ)
def test_malformed_npz_models_are_refused_in_one_line(tmp_path, arrays, pattern):
    file = tmp_path / "bad.npz"
    np.savez(file, **arrays)
    errors = (ModelFileError, InvalidNetworkError, InvalidArgumentError)
    text = refused(pattern, errors, load, file)
    assert text.startswith(f"{file}: ")


@pytest.mark.parametrize("part", np.linspace(0.01, 0.99, 12))
def test_truncated_files_are_refused(tmp_path, part):
    file = tmp_path / "m.npz"
    random_network([4, 30, 1], seed=0).save(file)
    data = file.read_bytes()
    file.write_bytes(data[: int(part * len(data))])
    refused(f"{file}: no npz archive, or corrupt", ModelFileError, load, file)


@settings(
    deadline=None,
    max_examples=200,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.data())
def test_a_changed_byte_gives_one_line_or_a_network(tmp_path, data):
    file = tmp_path / "m.npz"
    Network(LAYERS, [("abs", ZIGZAG)]).save(file)
    raw = bytearray(file.read_bytes())
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    file.write_bytes(raw)
    errors = (ModelFileError, InvalidNetworkError, InvalidArgumentError)
    with suppress(*errors):
        load(file)
        return
    refused("m.npz", errors, load, file)


def npy(shape, raw=b""):
    """One npy member that declares a shape, with these bytes behind the header."""
    header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}}}\n".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + raw


def test_declared_sizes_are_held_against_the_bytes_before_anything_is_read(tmp_path):
    file = tmp_path / "m.npz"
    for shape in ("(1000000000, 1000000000)", "(99999999,)", "(-1, -8)"):
        with zipfile.ZipFile(file, "w") as out:
            out.writestr("W0.npy", npy(shape, bytes(64)))
        refused("m.npz: (W0 declares shape|no npz)", ModelFileError, load, file)


@pytest.mark.parametrize("shape", ["(2,", "(1, '", "(1, 1)L"])
def test_headers_of_arrays_that_no_parser_takes_are_refused(tmp_path, shape):
    file = tmp_path / "m.npz"
    with zipfile.ZipFile(file, "w") as out:
        out.writestr("W0.npy", npy(shape, bytes(8)))
    refused("no npz archive, or corrupt", ModelFileError, load, file)


def test_headers_in_the_way_of_python_2_are_read_without_a_warning(tmp_path):
    file = tmp_path / "m.npz"
    with zipfile.ZipFile(file, "w") as out:
        out.writestr("W0.npy", npy("(1L, 2L)", bytes(16)))
        out.writestr("b0.npy", npy("(1L,)", bytes(8)))
    assert load(file).widths == (2, 1)


def test_an_archive_that_unpacks_to_too_much_is_refused(tmp_path, monkeypatch):
    file = tmp_path / "m.npz"
    np.savez_compressed(file, W0=np.zeros((100, 1000)), b0=np.zeros(100))
    assert load(file).widths == (1000, 100)
    monkeypatch.setattr(archive, "DEFAULT", Tolerances(unpack_bytes=1000))
    refused("unpack to 80", ModelFileError, load, file)


def test_members_that_are_no_arrays_or_come_twice_are_refused(tmp_path):
    file = tmp_path / "m.npz"
    with zipfile.ZipFile(file, "w") as out:
        out.writestr("W0.npy", npy((1, 1), bytes(8)))
        out.writestr("readme.txt", "hello")
    refused("holds 'readme.txt'", ModelFileError, load, file)
    with zipfile.ZipFile(file, "w") as out:
        out.writestr("W0.npy", npy((1, 1), bytes(8)))
        with pytest.warns(UserWarning, match="Duplicate name"):
            out.writestr("W0.npy", npy((1, 1), bytes(8)))
    refused("holds a name twice", ModelFileError, load, file)


def test_models_are_saved_as_npz_only_and_where_a_folder_is(tmp_path):
    network = random_network([2, 1], seed=0)
    refused("end the path in .npz", ModelFileError, network.save, tmp_path / "m.pt")
    refused("written", ModelFileError, network.save, tmp_path / "no" / "m.npz")


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_model_is_saved_whole_or_not_at_all(tmp_path, monkeypatch, step):
    file = tmp_path / "m.npz"
    network = random_network([2, 1], seed=0)

    def fail(*args):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, step, fail)
        refused(r"cannot be written \(No space", ModelFileError, network.save, file)
        assert not [*tmp_path.iterdir()]
    network.save(file)
    before = file.read_bytes()
    monkeypatch.setattr(os, step, fail)
    other = random_network([3, 1], seed=0)
    refused(r"cannot be written \(No space", ModelFileError, other.save, file)
    assert [*tmp_path.iterdir()] == [file]
    assert file.read_bytes() == before


def test_saving_follows_a_link_and_keeps_it(tmp_path):
    link, file = tmp_path / "link.npz", tmp_path / "m.npz"
    link.symlink_to(file)
    network = random_network([2, 1], seed=0)
    network.save(link)
    assert link.is_symlink()
    assert same(load(file), network)


# --- every suffix ----------------------------------------------------------------

SUFFIXES = ["npz", "pt", "pth", "safetensors"]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_missing_empty_and_foreign_files_are_refused_in_one_line(tmp_path, suffix):
    file = tmp_path / f"m.{suffix}"
    refused(f"{file}: no such file", ModelFileError, load, file)
    file.write_bytes(b"")
    refused(f"{file}: the file is empty", ModelFileError, load, file)
    for content in (b"hello, this is text\n", bytes(1000), b"\x80\x04", b"PK\x03\x04"):
        file.write_bytes(content)
        refused(f"{file}: no .*corrupt", ModelFileError, load, str(file))
    file.unlink()
    file.mkdir()
    refused(f"{file}: is a directory", ModelFileError, load, file)


def test_an_error_of_the_file_system_is_one_line(tmp_path, monkeypatch):
    file = tmp_path / "m.npz"
    random_network([2, 1], seed=0).save(file)

    def denied(*args, **kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(zipfile, "ZipFile", denied)
    refused(r"cannot be read \(Permission denied\)", ModelFileError, load, file)


def test_other_suffixes_are_refused_by_name():
    refused("ONNX is not read by this version.*npz", ModelFileError, load, "a.onnx")
    refused("suffix .h5 is not read", ModelFileError, load, "a.h5")
    refused("suffix missing is not read", ModelFileError, load, "model")
    refused("path is a int", InvalidArgumentError, load, 3)
    refused("cannot be read|no such file", ModelFileError, load, "a\0b.npz")
