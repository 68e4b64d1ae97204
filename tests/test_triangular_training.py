# SPDX-License-Identifier: MIT
"""Three stages of training, all runs at once, and the ordinary ones beside them."""

from __future__ import annotations

import numpy as np
import pytest
from refusals import refused, same

import polyregions as pr
from polyregions.errors import InvalidArgumentError

torch = pytest.importorskip("torch")
torch.set_num_threads(1)

from polyregions.triangular_training import (  # noqa: E402
    fit_ordinary,
    fit_waves,
    ordinary_weights,
)

UNIT = pr.Domain.box(0, 1, dim=1)
X = np.linspace(0, 1, 60)


def activation(net):
    return pr.count_regions(net, UNIT, definitions="activation", threads=1).activation


@pytest.fixture(scope="module")
def history():
    """A fit of x^3, and what was seen at every fifth epoch."""
    seen = []

    def look(stage, epoch, network):
        if epoch % 5 == 0:
            seen.append((stage, epoch, [network(i) for i in range(3)]))

    fit = fit_waves(
        X, X**3, depth=4, runs=3, pretraining=20, training=30, look=look, seed=1
    )
    return fit, seen


def test_both_stages_are_seen_from_first_to_last(history):
    fit, seen = history
    assert [(stage, epoch) for stage, epoch, _ in seen] == [
        *(("pre-training", e) for e in range(0, 21, 5)),
        *(("training", e) for e in range(0, 31, 5)),
    ]
    for i in range(3):
        assert same(seen[4][2][i], seen[5][2][i])  # release changes nothing
        assert same(seen[-1][2][i], fit.network(i))


def test_pre_training_keeps_all_regions_and_the_error_falls(history):
    fit, seen = history
    for stage, _, networks in seen:
        if stage == "pre-training":
            assert [activation(net) for net in networks] == [16] * 3
    x = X[:, None]
    errors = [
        [np.mean((net(x)[:, 0] - X**3) ** 2) for net in networks]
        for *_, networks in seen
    ]
    assert np.mean(errors[0]) > np.mean(errors[4]) > np.mean(errors[-1])
    np.testing.assert_allclose(fit.errors(X, X**3), errors[-1], rtol=1e-9)


def test_release_frees_every_weight(history):
    _, seen = history
    before, after = seen[5][2][0], seen[-1][2][0]
    for one, other in zip(before.layers, after.layers, strict=True):
        moved = one.weight != other.weight
        assert moved.any()
    assert (before.layers[1].weight == 0).sum() > (after.layers[1].weight == 0).sum()


@pytest.mark.parametrize("scales", ["theorem", "free"])
def test_a_run_does_not_feel_the_others(scales):
    """With one run left out of the loss the others are trained as they are here."""
    options = {"depth": 3, "runs": 4, "pretraining": 8, "training": 8, "seed": 5}
    fit = fit_waves(X, X**3, scales=scales, **options)
    again = fit_waves(X, X**3, scales=scales, **options)
    assert all(same(fit.network(i), again.network(i)) for i in range(4))
    # Run 2 alone, in plain torch, from the same peaks.
    start = fit_waves(
        X, X**3, scales=scales, **(options | {"pretraining": 0, "training": 0})
    )
    bank = start.bank
    alone = type(bank)(
        *(
            None if tensor is None else tensor.detach()[2:3].clone()
            for tensor in (bank.peaks, bank.gain, bank.shares)
        ),
        sign=-1,
        linear=1.0,
    )
    x, y = torch.tensor(X), torch.tensor(X**3)
    optimiser = torch.optim.Adam(alone.parameters(), lr=1e-3)
    for _ in range(8):
        optimiser.zero_grad()
        (alone(x[:, None])[:, 0] - y).square().mean().backward()
        optimiser.step()
        alone.project_()
    np.testing.assert_allclose(
        alone.peaks.detach()[0], fit.bank.peaks.detach()[2], atol=1e-12
    )


def test_batches_take_every_point_once():
    full = fit_waves(X, X**2, depth=3, pretraining=4, training=0, seed=2)
    small = fit_waves(X, X**2, depth=3, pretraining=4, training=0, batch_size=7, seed=2)
    assert not torch.equal(full.bank.peaks, small.bank.peaks)
    wide = fit_waves(X, X**2, depth=3, pretraining=4, training=0, batch_size=60, seed=2)
    assert torch.equal(full.bank.peaks, wide.bank.peaks)


def test_pre_training_learns_x_squared():
    """Peaks 1/2 are Yarotsky's; the loss pulls towards them."""
    fit = fit_waves(X, X**2, depth=3, runs=4, pretraining=200, training=0, seed=3)
    start = fit_waves(X, X**2, depth=3, runs=4, pretraining=0, training=0, seed=3)
    assert fit.errors(X, X**2).mean() < start.errors(X, X**2).mean() / 3
    assert abs(float(fit.bank.peaks.detach()[:, 0].mean()) - 0.5) < 0.1


@pytest.mark.parametrize("initialisation", ["kaiming", "raai"])
def test_ordinary_networks_are_trained_from_their_initialisation(initialisation):
    seen = []
    options = {"initialisation": initialisation, "depth": 3, "runs": 5, "seed": 4}
    fit = fit_ordinary(
        X, X, training=40, look=lambda *a: seen.append((*a[:2], a[2](1))), **options
    )
    assert [(stage, epoch) for stage, epoch, _ in seen] == [
        ("training", e) for e in range(41)
    ]
    start = ordinary_weights(
        [1, 4, 4, 4, 1], 5, initialisation, torch.Generator().manual_seed(4)
    )
    first = pr.Network([(W[1].numpy(), b[1].numpy()) for W, b in start])
    assert same(first, seen[0][2])
    assert same(fit.network(1), seen[-1][2])
    assert fit.bank is None
    before = fit_ordinary(X, X, training=0, **options).errors(X, X)
    assert (fit.errors(X, X) <= before).all()


def test_the_initialisations_have_their_laws():
    generator = torch.Generator().manual_seed(0)
    [(W, b)] = ordinary_weights([3, 4], 20_000, "kaiming", generator)
    assert float(W.mean()) == pytest.approx(0, abs=0.01)
    assert float(W.square().mean()) == pytest.approx(2 / 3, rel=0.02)
    assert not b.any()
    [(W, b)] = ordinary_weights([3, 4], 20_000, "raai", generator)
    rows = torch.cat([W, b[..., None]], dim=-1)
    # One entry of four ~ Beta(2, 1), mean 2/3, mean square 1/2; the others normal.
    assert float(rows.mean()) == pytest.approx(2 / 3 / 4, rel=0.02)
    normal = 0.6007**2 / 3
    assert float(rows.square().mean()) == pytest.approx(
        (0.5 + 3 * normal) / 4, rel=0.02
    )
    np.testing.assert_allclose(rows.mean(dim=(0, 1)), 1 / 6, atol=0.01)


def test_progress_counts_the_epochs_of_both_stages():
    ticks = []
    fit_waves(
        X, X**2, depth=2, pretraining=2, training=3,
        progress=lambda *tick: ticks.append(tick),
    )  # fmt: skip
    assert ticks == [(k, k / 5) for k in range(1, 6)]


def test_bad_arguments_are_refused():
    for text, options in {
        "runs=0": {"runs": 0},
        "depth=True": {"depth": True},
        "batch_size=0": {"batch_size": 0},
        "epochs of training=-1": {"training": -1},
        "scales='x'": {"scales": "x"},
        "sign=3": {"sign": 3},
        "progress=3": {"progress": 3},
    }.items():
        refused(text, InvalidArgumentError, fit_waves, X, X**2, **options)
    refused(r"shape \(60,\) and y \(59,\)", InvalidArgumentError, fit_waves, X, X[1:])
    refused("initialisation='he'", InvalidArgumentError, fit_ordinary, X, X,
            initialisation="he")  # fmt: skip
