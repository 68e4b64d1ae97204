# SPDX-License-Identifier: MIT
"""Files of weights only: safetensors and state dicts, read exactly or refused."""

import json
import os
import struct
import sys
import zipfile

import numpy as np
import pytest
from refusals import refused, same

from polyregions import Network, load, random_network
from polyregions.errors import (
    InvalidArgumentError,
    InvalidNetworkError,
    MissingExtraError,
    ModelFileError,
)

# --- safetensors -----------------------------------------------------------------


def bfloat16(array):
    """The upper halves of float32 values."""
    return (np.asarray(array, np.float32).view(np.uint32) >> 16).astype("<u2")


KINDS = {"F16": np.float16, "F32": np.float32, "F64": np.float64, "BF16": bfloat16}


def packed(tensors, **changes):
    """A safetensors file of {name: (dtype, array)}; changes go into its header."""
    header, body = {"__metadata__": {"format": "pt"}}, b""
    for name, (dtype, array) in tensors.items():
        array = np.asarray(array)
        raw = KINDS.get(dtype, lambda a: a)(array).tobytes()
        header[name] = {
            "dtype": dtype,
            "shape": list(array.shape),
            "data_offsets": [len(body), len(body) + len(raw)],
        }
        body += raw
    for name, entry in changes.items():
        header[name] = header[name] | entry
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + body


def linears(widths, stem="net.{}", dtype="F32"):
    """Linear layers in the writers' order (by name), and the network they are."""
    network = random_network(widths, seed=1)
    tensors, layers = {}, []
    for k, layer in enumerate(network.layers):
        weight, bias = np.float16(layer.weight), np.float16(layer.bias)
        if dtype == "BF16":  # eight bits of precision
            weight, bias = np.round(weight * 64) / 64, np.round(bias * 64) / 64
        tensors[f"{stem.format(2 * k)}.weight"] = (dtype, weight)
        tensors[f"{stem.format(2 * k)}.bias"] = (dtype, bias)
        layers.append((weight, bias))
    return dict(sorted(tensors.items())), Network(layers)


@pytest.mark.parametrize("dtype", KINDS)
def test_safetensors_of_every_float_are_read_in_the_order_of_their_numbers(
    tmp_path, dtype
):
    tensors, network = linears([2, *[3] * 7, 1], dtype=dtype)
    assert list(tensors)[2] == "net.10.bias"
    file = tmp_path / "m.safetensors"
    file.write_bytes(packed(tensors))
    assert same(load(file, activation="relu"), network)


def test_weights_only_need_their_activation(tmp_path):
    tensors, network = linears([2, 3, 1])
    file = tmp_path / "m.safetensors"
    file.write_bytes(packed(tensors))
    refused(f"{file}: .* weights only; pass the act", InvalidArgumentError, load, file)
    half = {"activation": "relu", "negative_slope": 0.5}
    refused("no layer takes one", InvalidArgumentError, load, file, **half)
    refused(
        "prelu needs its slope", InvalidNetworkError, load, file, activation="prelu"
    )
    refused("unknown act", InvalidNetworkError, load, file, activation="tanh")
    leaky = load(file, activation="leaky_relu", negative_slope=0.5)
    assert leaky.layers[0].activation[0].slopes == (0.5, 1.0)
    assert leaky.layers[0].weight.tolist() == network.layers[0].weight.tolist()


def test_one_layer_needs_no_activation_and_no_bias(tmp_path):
    file = tmp_path / "m.safetensors"
    file.write_bytes(packed({"weight": ("F32", np.ones((2, 3)))}))
    assert load(file).layers[0].bias.tolist() == [0, 0]


def test_names_of_several_stems_are_read_where_only_one_order_fits(tmp_path):
    file = tmp_path / "m.safetensors"
    shapes = {"out": (1, 5), "fc2": (5, 4), "fc10": (5, 5), "embed": (4, 2)}
    tensors = {f"{k}.weight": ("F64", np.ones(shape)) for k, shape in shapes.items()}
    file.write_bytes(packed(tensors))
    assert load(file, activation="abs").widths == (2, 4, 5, 5, 1)
    tensors["head.weight"] = ("F64", np.ones((5, 5)))
    file.write_bytes(packed(tensors))
    refused("order of the layers", ModelFileError, load, file, activation="abs")


def test_an_order_is_looked_for_in_polynomial_time(tmp_path):
    names = [f"{stem}{k}.weight" for stem in "abcdef" for k in range(6)]
    tensors = {name: ("F16", np.ones((2, 2))) for name in names}
    tensors |= {f"{stem}9.weight": ("F16", np.ones((1, 2))) for stem in "ab"}
    file = tmp_path / "m.safetensors"
    file.write_bytes(packed(tensors))
    refused("order of the layers", ModelFileError, load, file, activation="abs")


def test_all_tensors_that_are_no_linear_layer_are_named(tmp_path):
    tensors, _ = linears([2, 3, 1])
    tensors |= {
        "conv.weight": ("F32", np.ones((1, 1, 3, 3))),
        "conv.bias": ("F32", np.ones(1)),
        "bn.running_mean": ("F32", np.ones(3)),
        "bn.num_batches_tracked": ("I64", np.array(7, np.int64)),
        "act.weight": ("F32", np.ones(1)),
        "half.weight": ("I8", np.ones((2, 2), np.int8)),
    }
    file = tmp_path / "m.safetensors"
    file.write_bytes(packed(tensors))
    text = refused("not read", ModelFileError, load, file, activation="relu")
    for name in ("conv.weight", "conv.bias", "bn.running_mean", "act.weight"):
        assert f"'{name}' F32[" in text
    assert "'bn.num_batches_tracked' I64[]" in text
    assert "'half.weight' I8[2, 2]" in text
    assert "net.0.weight" not in text


GOOD = {"a.weight": ("F32", np.ones((2, 2))), "a.bias": ("F32", np.ones(2))}
BAD_SAFETENSORS = {
    "short": b"\x00" * 7,
    "long header": struct.pack("<Q", 2**63) + b"{}",
    "no JSON": struct.pack("<Q", 3) + b"{a}",
    "no UTF-8": struct.pack("<Q", 2) + b"\xff\xff",
    "a list": struct.pack("<Q", 2) + b"[]",
    "deep": struct.pack("<Q", 200000) + b"[" * 200000,
    "twice": struct.pack("<Q", 15) + b'{"a": 1,"a": 2}',
    "no entry": struct.pack("<Q", 8) + b'{"a": 1}',
    "cut": packed(GOOD)[:-1],
    "more": packed(GOOD) + b"\0",
    "gap": packed(GOOD, **{"a.weight": {"data_offsets": [4, 20]}}),
    "overlap": packed(GOOD, **{"a.bias": {"data_offsets": [8, 16]}}),
    "negative": packed(GOOD, **{"a.bias": {"data_offsets": [-8, 0]}}),
    "beyond": packed(GOOD, **{"a.bias": {"data_offsets": [2**62, 2**62 + 8]}}),
    "huge": packed(GOOD, **{"a.weight": {"shape": [2**40, 2**40]}}),
    "true": packed(GOOD, **{"a.bias": {"shape": [True, 2]}}),
    "dtype": packed(GOOD, **{"a.bias": {"dtype": "F12"}}),
    "no shape": packed(GOOD, **{"a.bias": {"shape": None}}),
}


@pytest.mark.parametrize("raw", BAD_SAFETENSORS.values(), ids=BAD_SAFETENSORS)
def test_corrupt_safetensors_are_refused_in_one_line(tmp_path, raw):
    file = tmp_path / "m.safetensors"
    file.write_bytes(raw)
    refused(f"{file}: no safetensors file, or corrupt", ModelFileError, load, file)


# --- state dicts -----------------------------------------------------------------


@pytest.fixture
def torch():
    return pytest.importorskip("torch")


def test_a_state_dict_is_read_in_the_order_of_its_layers(tmp_path, torch):
    torch.manual_seed(0)
    nn = torch.nn
    module = nn.Sequential(
        nn.Linear(2, 2), nn.Hardtanh(), nn.Linear(2, 2, bias=False), nn.Hardtanh()
    )
    module.append(nn.Linear(2, 3))
    state = {}
    for stem, k in (("z", 0), ("a", 2), ("m", 4)):  # no alphabetical order
        for name, tensor in module[k].state_dict().items():
            state[f"{stem}.{name}"] = tensor
    x = torch.randn(20, 2)
    for saved in (
        state,
        {"state_dict": state},
        {"model_state_dict": state, "epoch": 3},
    ):
        for suffix, zipped in (("pt", True), ("pth", False)):
            file = tmp_path / f"m.{suffix}"
            torch.save(saved, file, _use_new_zipfile_serialization=zipped)
            network = load(file, activation="hardtanh")
            assert np.allclose(network(x.numpy()), module(x).detach(), atol=1e-6)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_every_float_of_a_state_dict_is_read_exactly(tmp_path, torch, dtype):
    linear = torch.nn.Linear(3, 2).to(getattr(torch, dtype))
    torch.save(linear.state_dict(), tmp_path / "m.pt")
    layer = load(tmp_path / "m.pt").layers[0]
    assert layer.weight.tolist() == linear.weight.tolist()
    assert layer.bias.tolist() == linear.bias.tolist()


class Evil:
    """Unpickling it would leave a trace."""

    def __reduce__(self):
        return (os.mkdir, ("unpickled",))


def test_pickled_objects_are_never_unpickled(tmp_path, torch, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", "1")
    module = torch.nn.Sequential(torch.nn.Linear(2, 1))
    for value in (module, {"a": Evil()}, Evil()):
        for zipped in (True, False):
            torch.save(value, "m.pt", _use_new_zipfile_serialization=zipped)
            text = refused("m.pt: holds a pickled module", ModelFileError, load, "m.pt")
            assert "torch.save(module.state_dict()" in text
            assert "Network.from_torch" in text
    assert not os.path.exists("unpickled")


def test_a_pt_that_is_no_state_dict_of_linears_is_refused(tmp_path, torch):
    nn, file = torch.nn, tmp_path / "m.pt"
    linear = nn.Linear(2, 2).state_dict()
    torch.save([1, 2], file)
    refused("holds a list, where", ModelFileError, load, file)
    torch.save(torch.zeros(2, 2), file)
    refused("holds a Tensor, where", ModelFileError, load, file)
    torch.save({"epoch": 3, "lr": 0.1, **linear}, file)
    refused(r"holds 'epoch' \(int\), 'lr' \(float\)", ModelFileError, load, file)
    torch.save({}, file)
    refused("no Linear layer", ModelFileError, load, file)
    torch.save({"weight": linear["weight"] * 1j}, file)
    refused(r"'weight' complex64\[2, 2\]", ModelFileError, load, file)
    module = nn.Sequential(
        nn.Linear(2, 2), nn.BatchNorm1d(2), nn.PReLU(), nn.Conv1d(1, 1, 3)
    )
    torch.save(module.state_dict(), file)
    text = refused("not read", ModelFileError, load, file, activation="relu")
    for name in ("1.weight", "1.bias", "1.running_mean", "2.weight", "3.weight"):
        assert f"'{name}'" in text


def test_a_torchscript_program_is_refused(tmp_path, torch):
    file = tmp_path / "m.pt"
    with zipfile.ZipFile(file, "w") as out:
        for name in ("data.pkl", "constants.pkl", "version", "byteorder"):
            out.writestr(f"m/{name}", b"x")
    refused("TorchScript|corrupt", ModelFileError, load, file)


def test_truncated_state_dicts_are_refused(tmp_path, torch):
    file = tmp_path / "m.pt"
    for zipped in (True, False):
        torch.save(
            torch.nn.Linear(9, 9).state_dict(),
            file,
            _use_new_zipfile_serialization=zipped,
        )
        data = file.read_bytes()
        for part in np.linspace(0.05, 0.95, 7):
            file.write_bytes(data[: int(part * len(data))])
            refused(f"{file}: no state dict", ModelFileError, load, file)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc, limits memory")
def test_a_length_beyond_the_file_asks_for_no_memory(tmp_path, torch):
    resource = pytest.importorskip("resource")
    file = tmp_path / "m.pt"
    torch.save({}, file, _use_new_zipfile_serialization=False)
    old = file.read_bytes()
    at = old.rindex(b"}")  # of the dictionary; a text of 2 GiB comes instead
    file.write_bytes(old[:at] + b"X\xff\xff\xff\x7f" + old[at:])
    with open("/proc/self/statm") as statm:
        now = int(statm.read().split()[0]) * resource.getpagesize()
    limits = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (now + 2**30, limits[1]))
    try:
        refused(f"{file}: no state dict", ModelFileError, load, file)
    finally:
        resource.setrlimit(resource.RLIMIT_AS, limits)


def test_without_torch_the_remedy_is_named(tmp_path, monkeypatch):
    file = tmp_path / "m.pt"
    file.write_bytes(b"x")
    monkeypatch.setitem(sys.modules, "torch", None)
    line = r"pip install polyregions\[torch\]"
    refused(line, MissingExtraError, load, file)
    refused(line, MissingExtraError, Network.from_torch, object())
