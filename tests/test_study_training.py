# SPDX-License-Identifier: MIT
"""Training: torch's own steps, alone and side by side, and trainings that go on."""

import numpy as np
import pytest

import polyregions as pr
from polyregions.errors import InvalidArgumentError, ModelFileError

study = pr.study
torch = pytest.importorskip("torch")
pytest.importorskip("sklearn")

BOX = pr.Domain.box(-1, 1, dim=2)
# Qi and Wei, Tables 1 to 3 at epoch 0, and papers.md's counts of the same weights.
FIRST = {
    (16, "relu"): (38, 131, 206),
    (32, "relu"): (217, 707, 1151),
    (64, "relu"): (715, 2504, 4113),
    (16, "leaky_relu"): (38, None, 209),
    (32, "leaky_relu"): (217, None, 1157),
    (64, "leaky_relu"): (715, None, 4077),
}


def flat(module):
    """All parameters in one row."""
    return np.concatenate([p.detach().numpy().ravel() for p in module.parameters()])


@pytest.mark.parametrize(("width", "activation"), FIRST)
def test_epoch_0_has_the_published_regions(width, activation):
    module = study.classifier((2, width, width, width, 2), activation=activation)
    counts = pr.count_regions(pr.Network.from_torch(module), BOX)
    wanted = FIRST[width, activation]
    assert counts.activation == wanted[-1]
    found = counts.per_layer
    assert all(a in (None, b) for a, b in zip(wanted, found, strict=True))


def test_weights_are_those_of_linear_layers_in_a_row_and_torch_is_left_alone():
    torch.manual_seed(11)
    layers = [torch.nn.Linear(2, 4), torch.nn.Linear(4, 3), torch.nn.Linear(3, 5)]
    before = torch.random.get_rng_state()
    module = study.classifier((2, 4, 3, 5), seed=11)
    assert torch.equal(torch.random.get_rng_state(), before)
    wanted = [p.detach().numpy().ravel() for x in layers for p in x.parameters()]
    np.testing.assert_array_equal(flat(module), np.concatenate(wanted))
    kinds = [type(x).__name__ for x in study.classifier((2, 4, 5), activation="relu")]
    assert kinds == ["Linear", "ReLU", "Linear"]


def by_hand(module, data, epochs, seed, settings):
    """The loop of torch's tutorial, on torch's own sampler of the same generator."""
    X, y = torch.tensor(data.X, dtype=torch.float32), torch.tensor(data.y)
    adam = torch.optim.Adam(
        module.parameters(),
        lr=settings.learning_rate,
        weight_decay=settings.weight_decay,
    )
    generator = torch.Generator().manual_seed(seed)
    for _ in range(epochs):
        order = torch.randperm(len(y), generator=generator)
        for start in range(0, len(y), settings.batch_size):
            rows = order[start : start + settings.batch_size]
            adam.zero_grad()
            torch.nn.CrossEntropyLoss()(module(X[rows]), y[rows]).backward()
            adam.step()


@pytest.mark.parametrize("activation", ["relu", "leaky_relu"])
def test_train_is_the_plain_loop(activation):
    data = study.gaussian_quantiles(150)
    one = study.classifier((2, 8, 8, 5), activation=activation)
    other = study.classifier((2, 8, 8, 5), activation=activation)
    seen = []
    study.train(one, data, 4, seed=3, callbacks=[lambda m, epoch: seen.append(epoch)])
    by_hand(other, data, 4, 3, study.PAPER)
    np.testing.assert_array_equal(flat(one), flat(other))
    assert seen == [0, 1, 2, 3, 4]


def test_networks_side_by_side_take_the_steps_of_torch():
    data, shape = study.gaussian_quantiles(150), (2, 8, 8, 5)
    settings = study.Settings(learning_rate=0.01, weight_decay=0.01, batch_size=20)
    seeds, names = (7, 8, 7), ("relu", "leaky_relu", "leaky_relu")
    slopes = [study.SLOPES[name] for name in names]
    ensemble = study.Ensemble(shape, data, seeds, slopes, settings)
    for _ in range(5):
        ensemble.run_epoch()
    for i, (seed, name) in enumerate(zip(seeds, names, strict=True)):
        alone = study.classifier(shape, activation=name, seed=seed)
        start = flat(alone)
        by_hand(alone, data, 5, seed, settings)
        network, wanted = ensemble.network(i), pr.Network.from_torch(alone)
        for ours, theirs in zip(network.layers, wanted.layers, strict=True):
            np.testing.assert_allclose(ours.weight, theirs.weight, atol=2e-5)
            np.testing.assert_allclose(ours.bias, theirs.bias, atol=2e-5)
            assert ours.activation == theirs.activation
        assert np.abs(flat(alone) - start).max() > 0.05  # it has learnt


def test_an_ensemble_begins_with_the_weights_of_the_classifier():
    ensemble = study.Ensemble((2, 9, 9, 2), study.random_labels(40), (5, 6), (0.0, 0.0))
    for i in range(2):
        module = study.classifier((2, 9, 9, 2), seed=5 + i)
        wanted = pr.Network.from_torch(module)
        for ours, theirs in zip(ensemble.network(i).layers, wanted.layers, strict=True):
            np.testing.assert_array_equal(ours.weight, theirs.weight)
            np.testing.assert_array_equal(ours.bias, theirs.bias)


def test_a_network_does_not_feel_the_others():
    data = study.random_labels(70)
    alone = study.Ensemble((2, 6, 2), data, (4,), (0.01,))
    among = study.Ensemble((2, 6, 2), data, (9, 4, 1), (0.0, 0.01, 0.01))
    for _ in range(3):
        alone.run_epoch()
        among.run_epoch()
    for one, other in zip(
        alone.network(0).layers, among.network(1).layers, strict=True
    ):
        np.testing.assert_allclose(one.weight, other.weight, atol=1e-6)


def test_a_training_goes_on_from_its_checkpoint_with_the_same_steps(tmp_path):
    data, path = study.random_labels(60), tmp_path / "training.npz"
    whole, parts = study.classifier((2, 6, 6, 2)), study.classifier((2, 6, 6, 2))
    study.train(whole, data, 7)
    study.train(parts, data, 3, checkpoint=path)
    after, seen = study.classifier((2, 6, 6, 2), seed=1), []
    study.train(
        *(after, data, 7),
        checkpoint=path,
        callbacks=[lambda module, epoch: seen.append(epoch)],
    )
    np.testing.assert_array_equal(flat(after), flat(whole))
    assert seen == [4, 5, 6, 7]


def test_an_ensemble_goes_on_from_its_checkpoint_with_the_same_steps(tmp_path):
    data, path = study.random_labels(60), tmp_path / "ensemble.npz"

    def made():
        return study.Ensemble((2, 6, 6, 2), data, (5, 6), (0.0, 0.01))

    whole, parts, after = made(), made(), made()
    for _ in range(5):
        whole.run_epoch()
    for _ in range(2):
        parts.run_epoch()
    parts.save(path)
    assert not made().restore(tmp_path / "none.npz")
    assert after.restore(path)
    for _ in range(3):
        after.run_epoch()
    assert after.epoch == 5
    for i in range(2):
        for one, other in zip(
            whole.network(i).layers, after.network(i).layers, strict=True
        ):
            np.testing.assert_array_equal(one.weight, other.weight)
            np.testing.assert_array_equal(one.bias, other.bias)


def test_a_checkpoint_of_another_training_is_refused(tmp_path):
    data, path = study.random_labels(60), tmp_path / "training.npz"
    module = study.classifier((2, 6, 2))
    study.train(module, data, 1, checkpoint=path)
    with pytest.raises(InvalidArgumentError, match="seed is 5 there and 6 here"):
        study.train(module, data, 2, seed=6, checkpoint=path)
    with pytest.raises(InvalidArgumentError, match="dataset is"):
        study.train(module, study.random_labels(61), 2, checkpoint=path)
    whole = path.read_bytes()
    for damaged in (whole[:100], b"", b"polyregions"):
        path.write_bytes(damaged)
        with pytest.raises(ModelFileError, match="no checkpoint"):
            study.train(module, data, 2, checkpoint=path)


def made(widths, seeds=(5,), slopes=(0.0,)):
    return study.Ensemble(widths, study.random_labels(9), seeds, slopes)


WRONG = [
    (lambda: made((2, 3, 1)), "2 inputs and 2 classes"),
    (lambda: made((3, 3, 2)), "2 inputs and 2 classes"),
    (lambda: made((2, 2), slopes=(-0.1,)), "in \\[0, 1\\]"),
    (lambda: made((2, 2), seeds=(5, 6)), "2 seeds and 1 slopes"),
    (lambda: made((2, 2), seeds=(), slopes=()), "0 seeds"),
    (lambda: study.classifier((2, 3, 2), activation="tanh"), "tanh"),
    (lambda: study.classifier((2,)), "widths"),
    (lambda: study.classifier((2, 0, 2)), "widths"),
    (lambda: study.Settings(batch_size=0), "batch_size=0"),
    (lambda: study.Settings(learning_rate=-1), "finite numbers"),
    (lambda: study.Settings(betas=(0.9, 1)), "below 1"),
    (
        lambda: study.train(torch.nn.ReLU(), study.random_labels(9), 1),
        "no parameters",
    ),
    (
        lambda: study.train(study.classifier((2, 2)), study.random_labels(9), -1),
        "epochs=-1",
    ),
]


@pytest.mark.parametrize(("call", "message"), WRONG)
def test_wrong_trainings_are_refused_in_one_line(call, message):
    with pytest.raises(InvalidArgumentError, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)
