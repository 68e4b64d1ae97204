# SPDX-License-Identifier: MIT
"""TriangularWaveNet: 2^d regions whatever the peaks are, in exact weights."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from refusals import refused, same

import polyregions as pr
from polyregions.errors import InvalidArgumentError, InvalidNetworkError
from polyregions.triangular_weights import exact_layers

torch = pytest.importorskip("torch")
torch.set_num_threads(1)


UNIT = pr.Domain.box(0, 1, dim=1)
LINE = pr.Domain.all(1)
GRID = 2**26


def random_peaks(rng, n):
    return rng.uniform(0.02, 0.98, n)


def counted(net, domain=UNIT, definitions=("activation", "linear")):
    return pr.count_regions(net, domain, definitions=definitions, threads=1)


def rounded(peaks):
    """Peaks as the module has them: multiples of 2^-26, exactly."""
    return [Fraction(round(Fraction(float(a)) * GRID), GRID) for a in peaks]


def triangle(peak, x):
    return x / peak if x <= peak else (1 - x) / (1 - peak)


def defined(peaks, scales, sign, linear, x):
    """F(x) as the paper defines it, in fractions."""
    total, wave = linear * x, x
    for peak, scale in zip(peaks, scales, strict=True):
        wave = triangle(peak, wave)
        total += sign * scale * wave
    return total


def evaluated(net, x):
    """Output of a ReLU network in fractions."""
    values = [x]
    for k, layer in enumerate(net.layers):
        values = [
            sum(Fraction(w) * v for w, v in zip(row, values, strict=True)) + Fraction(b)
            for row, b in zip(layer.weight.tolist(), layer.bias.tolist(), strict=True)
        ]
        if k < len(net.layers) - 1:
            values = [max(v, Fraction(0)) for v in values]
    return values[0]


# --- Counts ---------------------------------------------------------------------------


def test_a_thousand_peak_vectors_have_two_to_the_depth_regions():
    rng = np.random.default_rng(0)
    depths = [14, 13, 12, 11, 10] + [1 + k % 9 for k in range(995)]
    for depth in depths:
        net = pr.TriangularWaveNet(random_peaks(rng, depth + 1)).to_network()
        counts = counted(net)
        assert counts.activation == counts.linear == 2**depth
        assert counts.per_layer == tuple(2 ** (k + 1) for k in range(depth))


@pytest.mark.parametrize(("sign", "linear"), [(-1, 1.0), (-1, 0.3), (1, 0.0)])
@pytest.mark.parametrize("depth", [1, 2, 3, 5, 8])
def test_on_the_whole_line_there_are_two_more(depth, sign, linear):
    rng = np.random.default_rng(depth)
    for _ in range(5):
        peaks = random_peaks(rng, depth + 1)
        net = pr.TriangularWaveNet(peaks, sign=sign, linear=linear).to_network()
        counts = counted(net, LINE)
        assert counts.activation == counts.linear == (2**depth + 2 if depth > 1 else 3)


def test_free_scales_may_cancel_a_bend():
    net = pr.TriangularWaveNet((0.5, 0.5), (1, 0.5), sign=1, linear=0).to_network()
    counts = counted(net, definitions="all")
    assert (counts.activation, counts.linear) == (4, 3)


@pytest.mark.parametrize("sign", [1, -1])
def test_the_concave_and_the_convex_one_bend_one_way(sign):
    rng = np.random.default_rng(4)
    for depth in (2, 5, 7):
        peaks = random_peaks(rng, depth + 1)
        net = pr.TriangularWaveNet(peaks, sign=sign, linear=1.0).to_network()
        cells = sorted(pr.enumerate_regions(net, UNIT), key=lambda c: c.interior_point)
        slopes = [cell.exact_value[0][0] for cell in cells]
        assert all((b - a) * sign < 0 for a, b in pairwise(slopes))


def test_the_papers_form_has_more_regions_and_the_same_function():
    rng = np.random.default_rng(1)
    x = np.linspace(0, 1, 999)[:, None]
    slivers = []
    for depth in (3, 6, 8):
        for _ in range(3):
            module = pr.TriangularWaveNet(random_peaks(rng, depth + 1))
            exact, paper = module.to_network(), module.to_network("paper")
            np.testing.assert_allclose(exact(x), paper(x), atol=1e-14)
            counts = counted(paper)
            assert counts.activation >= 2**depth
            slivers.append(counts.activation - 2**depth)
    assert max(slivers) > 0  # 1 / a is no dyadic number


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_float32_is_exact_too(dtype):
    rng = np.random.default_rng(2)
    for depth in (4, 7):
        module = pr.TriangularWaveNet(random_peaks(rng, depth + 1), dtype=dtype)
        assert all(tensor.dtype == dtype for pair in module.layers() for tensor in pair)
        assert counted(module.to_network()).activation == 2**depth


# --- Weights --------------------------------------------------------------------------


@pytest.mark.parametrize("free", [False, True])
def test_weights_are_exact_products_and_the_function_is_the_papers(free):
    rng = np.random.default_rng(3)
    for depth in (1, 2, 4, 6):
        peaks = random_peaks(rng, depth + (not free))
        if free:
            scales = rng.uniform(0.2, 2, depth)
            module = pr.TriangularWaveNet(peaks, scales, sign=1, linear=0.75)
        else:
            module = pr.TriangularWaveNet(peaks, sign=-1, linear=0.75)
        net, a = module.to_network(), rounded(peaks)
        if not free:  # Theorem 3.1 to the last bit, from the s_0 that the weights have
            kappa = Fraction(float(net.layers[0].weight[1, 0]))
            s = [kappa * (1 - a[0]) * a[0] * a[1]]
            for i in range(depth - 1):
                s.append(s[i] * (1 - a[i + 1]) * a[i + 2])
            assert abs(float(s[0] / (a[0] * a[1])) / 0.75 - 1) < 2**-25
        else:
            sums = [Fraction(float(layer.weight[0, 2])) for layer in net.layers[1:]]
            product, s = Fraction(1), []
            for peak, total in zip(a, sums, strict=True):
                product *= peak * (1 - peak)
                s.append(product * -total)
            np.testing.assert_allclose(np.array(s, float), scales, rtol=2.0**-26)
        np.testing.assert_allclose(
            np.array(s, float), module.scales.detach().numpy(), rtol=1e-14
        )
        for x in [*pr.theory.wave_breakpoints(a[:depth]), Fraction(1, 3)]:
            found = defined(a[:depth], s, module.sign, Fraction(0.75), x)
            assert evaluated(net, x) == found


def test_the_weights_are_those_of_fractions():
    peaks = random_peaks(np.random.default_rng(5), 15)
    net, a = pr.TriangularWaveNet(peaks).to_network(), rounded(peaks)
    kappa = Fraction(float(net.layers[0].weight[1, 0]))
    exact = exact_layers(a[:-1], a[1:], kappa, Fraction(1), -1)
    for layer, (rows, biases) in zip(net.layers, exact, strict=True):
        assert [[Fraction(w) for w in row] for row in layer.weight.tolist()] == rows
        assert [Fraction(b) for b in layer.bias.tolist()] == biases
    assert net.widths == (1, *[4] * 14, 1)


def test_the_network_is_the_module():
    rng = np.random.default_rng(6)
    x = rng.uniform(0, 1, (500, 1))
    for depth, options in [(5, {}), (9, {}), (6, {"sign": 1, "linear": 0.5})]:
        module = pr.TriangularWaveNet(random_peaks(rng, depth + 1), **options)
        found = module(torch.tensor(x)).detach().numpy()
        assert np.abs(module.to_network()(x) - found).max() <= 8 * np.finfo(float).eps


def test_gradients_through_the_peaks_are_right():
    module = pr.TriangularWaveNet([0.3, 0.6, 0.45, 0.7, 0.55])
    x = torch.linspace(0.013, 0.987, 40, dtype=torch.float64)[:, None]
    (module(x) - x**3).square().sum().backward()
    for parameter in (module.peaks, module.gain):
        for k in range(parameter.numel()):
            values = []
            for step in (2.0**-13, -(2.0**-13)):  # on the grid of the peaks
                with torch.no_grad():
                    parameter.reshape(-1)[k] += step
                    values.append(float((module(x) - x**3).square().sum()))
                    parameter.reshape(-1)[k] -= step
            slope = (values[0] - values[1]) * 2.0**12
            found = float(parameter.grad.reshape(-1)[k])
            assert found == pytest.approx(slope, rel=2e-3, abs=1e-5)


def test_every_network_is_read_back():
    rng = np.random.default_rng(7)
    for depth in (2, 3, 6):
        modules = [
            pr.TriangularWaveNet(random_peaks(rng, depth + 1)),
            pr.TriangularWaveNet(random_peaks(rng, depth + 1), sign=1, linear=0.25),
            pr.TriangularWaveNet(
                random_peaks(rng, depth), rng.uniform(0.1, 1, depth), sign=1, linear=2
            ),
        ]
        for module in modules:
            for form in ("exact", "paper"):
                net = module.to_network(form)
                back = pr.TriangularWaveNet.from_network(net)
                assert same(back.to_network(form), net)
                assert same(back.to_network(), module.to_network())
                assert (back.shares is None) == (module.shares is None)


def test_one_layer_of_the_papers_form_does_not_tell_its_spare_peak():
    module = pr.TriangularWaveNet([0.3, 0.7])
    read = pr.TriangularWaveNet.from_network
    assert same(read(module.to_network()).to_network(), module.to_network())
    refused("to the last bit", InvalidNetworkError, read, module.to_network("paper"))


def test_other_networks_are_not_read():
    read = pr.TriangularWaveNet.from_network
    refused(
        "widths", InvalidNetworkError, read, pr.random_network([1, 4, 3, 1], seed=0)
    )
    other = pr.random_network([1, 4, 4, 1], seed=0)
    refused("no TriangularWaveNet", InvalidNetworkError, read, other)
    net = pr.TriangularWaveNet([0.3, 0.4, 0.6]).to_network()
    layers = [(layer.weight.copy(), layer.bias) for layer in net.layers]
    layers[1][0][1, 1] = np.nextafter(layers[1][0][1, 1], 2)
    refused("to the last bit", InvalidNetworkError, read, pr.Network(layers))
    leaky = pr.Network(
        [(layer.weight, layer.bias) for layer in net.layers],
        "leaky_relu",
        negative_slope=0.5,
    )
    refused("to the last bit", InvalidNetworkError, read, leaky)


def test_released_weights_are_free_and_the_function_is_the_same():
    module = pr.TriangularWaveNet([0.3, 0.6, 0.45, 0.7])
    free = module.release()
    assert same(pr.Network.from_torch(free), module.to_network())
    assert len([*free.parameters()]) == 2 * 4
    x = torch.linspace(0, 1, 50, dtype=torch.float64)[:, None]
    optimiser = torch.optim.Adam(free.parameters(), lr=1e-3)
    loss = (free(x) - x**3).square().mean()
    loss.backward()
    optimiser.step()
    assert (free(x) - x**3).square().mean() < loss
    refused("", InvalidNetworkError, module.from_network, pr.Network.from_torch(free))


# --- Refusals -------------------------------------------------------------------------


def test_scales_that_clip_the_sum_unit_are_refused_with_the_bound():
    make = pr.TriangularWaveNet
    refused(r"s_0 <= linear a_0 a_1 = 0\.25, and it is 1;", InvalidArgumentError, make,
            [0.5, 0.5, 0.5], first_scale=1)  # fmt: skip
    refused(r"<= linear = 1, and it is 4;", InvalidArgumentError, make,
            (0.5, 0.5), (1, 0.5))  # fmt: skip
    # s_0 / a_0 + s_1 / (a_0 a_1) = 1 is just allowed, and keeps its regions.
    for scales in [(0.25, 0.125), (0.125, 0.1875)]:
        net = make((0.5, 0.5), scales).to_network()
        assert counted(net).activation == 4
        x = np.linspace(0, 1, 257)
        wave = 1 - np.abs(2 * x - 1)
        expected = x - scales[0] * wave - scales[1] * (1 - np.abs(2 * wave - 1))
        np.testing.assert_allclose(net(x[:, None])[:, 0], expected, atol=1e-8)


def test_a_clipped_sum_unit_changes_the_regions():
    a = [Fraction(1, 2)] * 5
    layers = exact_layers(a[:4], a[1:], Fraction(8), Fraction(1), -1)  # s_0 = 1
    net = pr.Network([(np.array(W, float), np.array(b, float)) for W, b in layers])
    assert counted(net).activation != 16


REFUSED = {
    "peaks[1] is 1": ((0.5, 1.0, 0.5), {}),
    "peaks[0] is -0.5": ((-0.5, 0.5), {}),
    "peaks[0] is 1e-12": ((1e-12, 0.5), {}),
    "shape (0,)": ((), {}),
    "not finite": ((0.5, float("nan")), {}),
    "dtype=torch.float16": ((0.5, 0.5), {"dtype": torch.float16}),
    "400 peaks: the product": ([0.01] * 400, {"scales": [1] * 400}),
    "gain is inf": ([0.001] * 90, {"scales": [1e90] * 90, "sign": 1}),
    "there are no waves": ((0.5, 0.5), {"linear": 0}),
    "list of numbers": (("a", "b"), {}),
    "and 1 peaks": ((0.5,), {}),
    "scales='free'": ((0.5, 0.5), {"scales": "free"}),
    "2 peaks and 1 scales": ((0.5, 0.5), {"scales": [1.0]}),
    "scales[1] is -1": ((0.5, 0.5), {"scales": [0.1, -1]}),
    "linear=-1": ((0.5, 0.5), {"linear": -1}),
    "sign=0": ((0.5, 0.5), {"sign": 0}),
    "s_0 <= linear a_0 a_1 = 0,": ((0.5, 0.5), {"linear": 0, "first_scale": 0.1}),
}


@pytest.mark.parametrize("text", REFUSED)
def test_bad_arguments_are_refused_in_one_line(text):
    peaks, options = REFUSED[text]
    message = refused("", InvalidArgumentError, pr.TriangularWaveNet, peaks, **options)
    assert text in message


def test_other_forms_and_parameters_out_of_range_are_refused():
    module = pr.TriangularWaveNet([0.5, 0.5, 0.5])
    refused("pass one of exact, paper", InvalidArgumentError, module.to_network, "x")
    with torch.no_grad():
        module.peaks[1] = 1.5
    refused(r"peaks\[1\] is 1\.5", InvalidArgumentError, module.to_network)
    refused(r"peaks\[1\] is 1\.5", InvalidArgumentError, module.release)
    module.project_()
    assert counted(module.to_network()).activation == 4
    zero = pr.TriangularWaveNet((0.5, 0.5), (0.1, 0), sign=1)
    assert counted(zero.to_network()).activation == 4
    refused("scales > 0", InvalidArgumentError, zero.to_network, "paper")


def test_without_torch_one_line_says_so_and_the_theory_is_there():
    code = (
        "import sys; sys.modules['torch'] = None; import polyregions as pr; "
        "print(pr.theory.square_error(pr.theory.yarotsky_network(3)))\n"
        "try: pr.TriangularWaveNet\n"
        "except pr.errors.MissingExtraError as error: print(error)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    first, second = run.stdout.decode().splitlines()
    assert first == "1/256"
    assert "polyregions[torch]" in second


def test_the_package_loads_no_torch_until_it_is_asked():
    code = (
        "import sys, polyregions as pr; before = 'torch' in sys.modules; "
        "pr.TriangularWaveNet; print(before, 'torch' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert run.stdout.decode().split() == ["False", "True"]
