# SPDX-License-Identifier: MIT
"""Waves of several inputs, differences of two, and the layer for other modules."""

from __future__ import annotations

import numpy as np
import pytest
from refusals import refused, same

import polyregions as pr
from polyregions.errors import InvalidArgumentError

torch = pytest.importorskip("torch")
torch.set_num_threads(1)

from polyregions.triangular_layer import (  # noqa: E402
    TriangularWaveLayer,
    plane_directions,
)


@pytest.fixture
def generator():
    return torch.Generator().manual_seed(3)


def module_values(layer, x):
    with torch.no_grad():
        return layer(torch.tensor(x)).numpy()


def counted(net, domain):
    return pr.count_regions(
        net, domain, definitions=("activation", "linear"), threads=1
    )


def test_a_difference_of_two_has_the_bends_of_both(generator):
    layer = TriangularWaveLayer.difference(-1, 1, depth=4, generator=generator)
    net = layer.to_network()
    assert net.widths == (1, 2, *[8] * 4, 2, 1)
    box = pr.Domain.box(-1, 1, dim=1)
    # Each has 2^4 - 1 bends inside, at places of its own.
    counts = counted(net, box)
    assert counts.activation == counts.linear == 31
    x = np.linspace(-1, 1, 301)[:, None]
    np.testing.assert_allclose(net(x), module_values(layer, x), atol=1e-15)
    two = [layer.bank.layers()[k] for k in range(5)]
    parts = [
        pr.Network([(W[k].detach().numpy(), b[k].detach().numpy()) for W, b in two])
        for k in range(2)
    ]
    t = (x + 1) / 2
    np.testing.assert_allclose(net(x), parts[0](t) - parts[1](t), atol=1e-15)


def test_a_difference_learns_what_is_not_convex(generator):
    x = torch.linspace(-1, 1, 100, dtype=torch.float64)[:, None]
    wanted = x**3 - x
    layer = TriangularWaveLayer.difference(-1, 1, generator=generator)
    optimiser = torch.optim.Adam(layer.parameters(), lr=1e-2)
    for _ in range(150):
        optimiser.zero_grad()
        (layer(x) - wanted).square().mean().backward()
        optimiser.step()
        layer.project_()
    assert (layer(x) - wanted).square().mean() < wanted.square().mean() / 10
    cells = pr.enumerate_regions(layer.to_network(), pr.Domain.box(-1, 1, dim=1))
    slopes = [
        cell.exact_value[0][0] for cell in sorted(cells, key=lambda c: c.interior_point)
    ]
    assert slopes[0] > min(slopes) < slopes[-1]
    assert np.any(np.diff(np.array(slopes, float)) < 0)


def test_directions_go_from_0_to_1_on_the_box(generator):
    layer = TriangularWaveLayer.directions(
        [[1, 0], [1, 1], [-1, 2]], -1, 1, depth=2, generator=generator
    )
    corners = torch.tensor([[-1.0, -1], [-1, 1], [1, -1], [1, 1]], dtype=torch.float64)
    inner = layer.inner(corners)
    np.testing.assert_allclose(inner.min(dim=0).values.detach(), 0, atol=1e-15)
    np.testing.assert_allclose(inner.max(dim=0).values.detach(), 1, atol=1e-15)


def test_one_direction_is_stripes(generator):
    layer = TriangularWaveLayer.directions(
        [[1, 1]], -1, 1, depth=3, generator=generator
    )
    net = layer.to_network()
    counts = counted(net, pr.Domain.box(-1, 1, dim=2))
    assert counts.activation == counts.linear == 8


def test_two_axes_make_a_grid(generator):
    layer = TriangularWaveLayer.directions(
        [[1, 0], [0, 1]], -1, 1, depth=3, generator=generator
    )
    counts = counted(layer.to_network(), pr.Domain.box(-1, 1, dim=2))
    assert counts.activation == counts.linear == 64


def test_directions_of_the_plane_are_spread_on_a_half_circle():
    rows = np.array(plane_directions(4))
    np.testing.assert_allclose(rows[:3], [[1, 0], [0.5**0.5] * 2, [0, 1]], atol=1e-15)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1)


@pytest.mark.parametrize("scales", ["theorem", "free"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_layer_is_its_network_and_its_released_module(scales, dtype, generator):
    torch.manual_seed(0)
    layer = TriangularWaveLayer(
        3, 2, waves=4, depth=2, scales=scales, generator=generator, dtype=dtype
    )
    x = np.random.default_rng(0).uniform(-1, 1, (200, 3)).astype(str(dtype)[6:])
    net = layer.to_network()
    assert net.widths == (3, 4, 16, 16, 4, 2)
    eps = np.finfo(x.dtype).eps
    np.testing.assert_allclose(net(x), module_values(layer, x), atol=20 * eps)
    assert same(pr.Network.from_torch(layer.release()), net)
    blocks = net.layers[2].weight.reshape(4, 4, 4, 4)
    for i in range(4):
        for j in range(4):
            assert (blocks[i, :, j].any()) == (i == j)


def test_it_takes_the_place_of_a_classifier(generator):
    torch.manual_seed(1)
    layer = TriangularWaveLayer(2, 3, waves=6, depth=3, generator=generator)
    module = torch.nn.Sequential(torch.nn.Flatten(), layer)
    found = module(torch.rand(7, 1, 2))
    assert found.shape == (7, 3)
    assert found.dtype == torch.float32
    found.sum().backward()
    assert all(p.grad is not None and p.grad.any() for p in module.parameters())
    assert layer(torch.rand(4, 5, 2)).shape == (4, 5, 3)


def test_bad_arguments_are_refused(generator):
    make = TriangularWaveLayer
    refused("waves=0", InvalidArgumentError, make, 2, 1, waves=0)
    refused("in_features='2'", InvalidArgumentError, make, "2", 1, waves=1)
    refused("depth=1.5", InvalidArgumentError, make, 2, 1, waves=1, depth=1.5)
    refused("scales='x'", InvalidArgumentError, make, 2, 1, waves=1, scales="x")
    refused("sign=2", InvalidArgumentError, make, 2, 1, waves=1, sign=2)
    refused("low < high", InvalidArgumentError, make.difference, 1, 1)
    refused(r"pass \(K, n\)", InvalidArgumentError, make.directions, [[0, 0]], 0, 1)
    refused(r"pass \(K, n\)", InvalidArgumentError, make.directions, [1, 2], 0, 1)
    layer = make(2, 1, waves=2, depth=2, generator=generator)
    with torch.no_grad():
        layer.bank.peaks[1, 2] = 1.5
    refused(r"peaks\[1, 2\] is 1\.5", InvalidArgumentError, layer.to_network)
