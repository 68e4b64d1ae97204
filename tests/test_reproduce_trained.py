# SPDX-License-Identifier: MIT
"""Networks that are trained before they are counted: two spirals, digits."""

import math

import numpy as np
import pytest

import polyregions as pr
from polyregions.errors import InvalidArgumentError
from polyregions.reproduce import digits, reproduce, table1
from polyregions.reproduce.study import Study
from polyregions.reproduce.training import Trainer, trained

pytest.importorskip("torch")
pytest.importorskip("matplotlib")


def test_the_spirals_are_those_of_the_playground():
    X, y = table1.two_spirals()
    assert X.shape == (1000, 7)
    assert (y == 1).sum() == 500
    radius = np.hypot(X[:, 0], X[:, 1])
    np.testing.assert_allclose(radius[:500], 10 * np.arange(500) / 500, atol=1e-12)
    np.testing.assert_allclose(X[:500, :2], -X[500:, :2], atol=1e-12)
    x, y2 = X[:, 0], X[:, 1]
    np.testing.assert_array_equal(X[:, 2:5].T, [x**2, y2**2, x * y2])
    np.testing.assert_array_equal(X[:, 5:].T, [np.sin(x), np.sin(y2)])
    angle = math.atan2(X[100, 0], X[100, 1])  # t = 1.75 * 0.2 * 2 pi
    assert angle == pytest.approx(0.7 * math.pi)


def test_training_and_test_points_share_nothing():
    X, y, test_X, test_y = table1.split(3)
    assert (X.shape, y.shape) == ((900, 7), (900,))
    assert (test_X.shape, test_y.shape) == ((100, 7), (100,))
    rows = {row.tobytes() for row in X} | {row.tobytes() for row in test_X}
    assert len(rows) >= 999  # both spirals begin at the origin


def test_networks_begin_as_samples_of_monte_carlo():
    X, y, *_ = table1.split(0)
    trainer = Trainer((7, 4, 3, 1), 5, 0, X, y)
    found = pr.montecarlo((7, 4, 3, 1), 5).table.counts["linear"]
    for i in range(5):
        counts = pr.count_regions(trainer.network(i), pr.Domain.all(7))
        assert counts.linear == found[i]


def test_each_network_of_a_batch_learns_as_if_it_were_alone():
    X, y, test_X, test_y = table1.split(0)
    together = Trainer((7, 5, 5, 1), 3, 1, X, y)
    before = together.network(2)
    trained(together, 40, 10, lambda step: True)
    alone = Trainer((7, 5, 5, 1), 2, 1, X, y)
    trained(alone, 40, 10, lambda step: True)
    for i in range(2):
        for one, other in zip(
            together.network(i).layers, alone.network(i).layers, strict=True
        ):
            np.testing.assert_allclose(one.weight, other.weight, rtol=1e-9, atol=1e-12)
    assert (before.layers[0].weight != together.network(2).layers[0].weight).any()
    right = together.accuracy(test_X, test_y)
    for i in range(3):
        values = together.network(i)(test_X)[:, 0]
        assert right[i] == np.mean((values > 0) == (test_y > 0.5))


def test_networks_learn_to_tell_the_spirals_apart():
    X, y, *_ = table1.split(0)
    trainer = Trainer((7, 8, 2, 1), 6, 0, X, y)
    before = trainer.accuracy(X, y)
    trained(trainer, 300, 100, lambda step: True)
    assert trainer.accuracy(X, y).mean() > before.mean() + 0.1


def test_training_ends_when_enough_was_seen():
    X, y, *_ = table1.split(0)
    trainer = Trainer((7, 2, 1), 1, 0, X, y)
    assert trained(trainer, 100, 10, lambda step: step < 30) == 30


def test_table_1_in_small(tmp_path):
    page = reproduce("wang-table1", tmp_path / "t", most=8)
    text = (tmp_path / "t" / "wang-table1.md").read_text("utf-8")
    rows = (tmp_path / "t" / "rows.csv").read_text("utf-8").splitlines()
    assert len(rows) == 1 + 7 * 4
    assert page.summary in text
    for hidden in ("8-2", "2-2-2-2-2"):
        assert hidden in page.summary
    assert "645.24" in text
    assert not (tmp_path / "t" / "journals").exists()


def test_what_was_made_is_kept(tmp_path):
    (tmp_path / "journals").mkdir()
    made = []
    for _ in range(2):
        study = Study(tmp_path)
        assert study.kept("x", lambda: made.append(1) or [1, 2.5]) == [1, 2.5]
    assert made == [1]
    assert study.resumed


@pytest.fixture
def blobs(tmp_path):
    """Images that are easy to tell apart, as Keras keeps MNIST."""
    rng = np.random.default_rng(0)
    classes = rng.integers(0, 10, 240)
    centres = rng.integers(0, 255, (10, 5, 5))
    pixels = centres[classes] + rng.integers(-20, 21, (240, 5, 5))
    path = tmp_path / "images.npz"
    np.savez(path, x_train=pixels.clip(0, 255).astype(np.uint8), y_train=classes)
    return path


def test_digits_are_counted_and_proved(tmp_path, blobs, monkeypatch):
    monkeypatch.setattr(digits, "SHAPES", [((4, 3), True), ((3, 3, 2), False)])
    page = reproduce("wang-digits", tmp_path / "d", data=blobs)
    assert "25-4-3-10" in page.summary
    net = pr.load(tmp_path / "d" / "digits-25-4-3-10.npz")
    counts = pr.count_regions(net, pr.Domain.all(25))
    rows = (tmp_path / "d" / "rows.csv").read_text("utf-8").splitlines()
    assert f"{counts.activation},{counts.linear}" in rows[1]
    assert "MB" in page.summary
    text = (tmp_path / "d" / "wang-digits.md").read_text("utf-8")
    words = " ".join(text.split())
    assert "200 training and 40 test images, 25 inputs" in words
    assert f"`polyregions reproduce wang-digits --data {blobs.name}`" in words


def test_files_that_are_no_images_are_refused(tmp_path):
    np.savez(tmp_path / "a.npz", x_train=np.zeros((20, 4)))
    np.savez(tmp_path / "b.npz", x_train=np.zeros((20, 4)), y_train=np.arange(20))
    np.savez(tmp_path / "c.npz", x_train=np.zeros((20, 4)), y_train=np.arange(3))
    (tmp_path / "d.npz").write_text("no zip")
    for name in ("a.npz", "b.npz", "c.npz", "d.npz", "none.npz"):
        with pytest.raises(InvalidArgumentError) as error:
            digits.images(tmp_path / name)
        assert "\n" not in str(error.value)
