# SPDX-License-Identifier: MIT
"""Parameters of waves side by side: projected, rounded, and within their bounds."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

import polyregions as pr

torch = pytest.importorskip("torch")
torch.set_num_threads(1)

from polyregions.triangular_bank import WaveBank  # noqa: E402

UNIT = pr.Domain.box(0, 1, dim=1)
GRID = 2**26


def rounded(peaks):
    """Peaks as the module has them: multiples of 2^-26, exactly."""
    return [Fraction(round(Fraction(float(a)) * GRID), GRID) for a in peaks]


@pytest.mark.parametrize("scales", ["theorem", "free"])
@pytest.mark.parametrize("sign", [1, -1])
def test_whatever_an_optimiser_does_projection_brings_back(scales, sign):
    generator = torch.Generator().manual_seed(0)
    bank = WaveBank.random(
        (20,), 5, scales=scales, sign=sign, linear=0.8, generator=generator
    )
    with torch.no_grad():
        for parameter in bank.parameters():
            noise = torch.randn(parameter.shape, generator=generator) * 0.7
            parameter += noise.to(parameter.dtype)
    bank.project_()
    bank.check()
    for k in range(bank.gain.numel()):
        layers = [
            (W[k].detach().numpy(), b[k].detach().numpy()) for W, b in bank.layers()
        ]
        net = pr.Network(layers)
        assert pr.count_regions(net, UNIT, threads=1).activation == 32
        assert (net(np.linspace(0, 1, 65)[:, None]) >= -1e-15).all()


def test_free_scales_at_the_bound_stay_within_it():
    torch.manual_seed(0)
    peaks, shares = torch.rand(200, 6, dtype=torch.float64), torch.rand(200, 6)
    shares[:, -1] = 1  # all of the slope is taken
    bank = WaveBank(
        0.05 + 0.9 * peaks,
        torch.full((200,), 1 / 3, dtype=torch.float64),
        shares.double(),
        sign=-1,
        linear=1 / 3,
    )
    bank.check()
    found = bank.scales.detach().numpy()
    a = np.round(bank.peaks.detach().numpy() * GRID) / GRID
    slopes = (found / np.cumprod(a, axis=1)).sum(axis=1)
    np.testing.assert_allclose(slopes, 1 / 3, rtol=2.0**-24)
    assert (slopes < 1 / 3).all()


def test_the_first_scale_is_rounded_so_that_nothing_is_clipped():
    """With peaks near 1 the waves take all but 10^-20 of the slope of the line."""
    rng = np.random.default_rng(8)
    for _ in range(50):
        peaks, c = rng.uniform(0.98, 0.999, 11), rng.uniform(0.5, 2)
        net = pr.TriangularWaveNet(peaks, linear=c).to_network()
        kappa, a = Fraction(float(net.layers[0].weight[1, 0])), rounded(peaks)
        assert (
            (1 - Fraction(1, 2**25)) * Fraction(c) < kappa * (1 - a[0]) <= Fraction(c)
        )
