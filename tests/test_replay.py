# SPDX-License-Identifier: MIT
"""The replay refuses what the modules do not say, and never what they do."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from refusals import refused
from test_from_torch import Called, Renamed, everything, norm, torch

from polyregions import Network
from polyregions.errors import InvalidNetworkError
from polyregions.readers import replay

nn = torch.nn
read = Network.from_torch


def small():
    torch.manual_seed(0)
    return [nn.Linear(2, 4), nn.ReLU(), norm(4), nn.Linear(4, 3)]


def test_a_container_that_is_called_differently_is_refused():
    assert read(Renamed(*small())).widths == (2, 4, 4, 3)
    module = Called(*small())
    line = r"replay: output [012] .* differs by 0.0001 .*rounding explains .*e-07\)"
    refused(line, InvalidNetworkError, read, module)
    assert read(module, replay=False).widths == (2, 4, 4, 3)


CLASSES = {
    "Linear": lambda forward: lambda self, x: forward(self, x) * (1 + 1e-12),
    "ReLU": lambda forward: lambda self, x: forward(self, x) + 1e-12,
    "BatchNorm1d": lambda forward: lambda self, x: forward(self, x).flip(1),
}


@pytest.mark.parametrize("name", CLASSES)
def test_a_forward_pass_patched_into_a_class_is_refused(name, monkeypatch):
    kind = getattr(nn, name)
    monkeypatch.setattr(kind, "forward", CLASSES[name](kind.forward))
    module = nn.Sequential(*small())
    if name != "BatchNorm1d":  # whose roundings in float32 would cover 1e-12
        del module[2]
    refused("replay: output", InvalidNetworkError, read, module)


def test_an_output_of_another_shape_or_kind_is_refused(monkeypatch):
    module, forward = nn.Sequential(*small()), nn.Linear.forward
    for patch, line in (
        (lambda self, x: forward(self, x)[:, None], r"gives shape \(16, 1, 3\)"),
        (lambda self, x: forward(self, x).numpy, "own forward pass fails"),
        (lambda self, x: 1 / 0, "fails .*ZeroDivisionError: division by zero"),
        (lambda self, x: forward(self, x) + np.inf, "overflows"),
    ):
        monkeypatch.setattr(nn.Linear, "forward", patch)
        last = nn.Sequential(nn.ReLU(), module[3]) if "shape" in line else module
        refused(line, InvalidNetworkError, read, last)


def test_a_network_that_overflows_float64_says_so():
    module = nn.Sequential(nn.Linear(1, 1), nn.ReLU(), nn.Linear(1, 1)).double()
    for parameter in module.parameters():
        parameter.data.fill_(1e200)
    refused("overflows float64.*replay=False", InvalidNetworkError, read, module)
    assert read(module, replay=False).layers[0].weight.tolist() == [[1e200]]


def test_a_wrong_scale_of_a_batch_norm_is_refused(monkeypatch):
    """The reader gets another eps than the replay: more than float32 rounding."""
    exact = torch.nn.functional.batch_norm

    def wrong_eps(x, *args, eps=0.0, **kwargs):
        return exact(x, *args, eps=1.001 * eps, **kwargs)

    monkeypatch.setattr(torch.nn.functional, "batch_norm", wrong_eps)
    genuine = replay._forward

    def forward(source, points):
        monkeypatch.setattr(torch.nn.functional, "batch_norm", exact)
        return genuine(source, points)

    monkeypatch.setattr(replay, "_forward", forward)
    refused("replay: output", InvalidNetworkError, read, nn.Sequential(norm(4)))


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    scale=st.integers(-40, 40),
    width=st.integers(1, 40),
    dtype=st.sampled_from(["float16", "bfloat16", "float32", "float64"]),
)
def test_rounding_alone_is_never_refused(seed, scale, width, dtype):
    torch.manual_seed(seed)
    module = nn.Sequential(
        nn.Linear(3, width),
        nn.LeakyReLU(0.3),
        norm(width, eps=1e-5),
        nn.Hardtanh(-3, 0.1),
        nn.Linear(width, width, bias=False),
        nn.PReLU(),
        norm(width),
        nn.Linear(width, 2),
    )
    size = min(abs(scale), 8) * np.sign(scale) if dtype == "float16" else scale
    with torch.no_grad():
        module[0].weight.mul_(2.0**size)
    read(module.to(getattr(torch, dtype)))


@pytest.mark.parametrize("power", [-1060, -300, 300])
def test_underflow_and_huge_values_are_within_the_bound(power):
    torch.manual_seed(0)
    module = everything().double()
    with torch.no_grad():
        module[1].weight.mul_(2.0**power)
    read(module)
