# SPDX-License-Identifier: MIT
"""Data sets: those of scikit-learn, scaled as the papers scale them."""

import numpy as np
import pytest

import polyregions as pr
from polyregions.errors import InvalidArgumentError

study = pr.study
sklearn = pytest.importorskip("sklearn.datasets")

MADE = {name: make() for name, make in study.DATASETS.items()}


def papers_formula(X):
    """(x - min) / (max - min), each column standardised, divided by max |x|."""
    X = np.array([[(x - X.min()) / (X.max() - X.min()) for x in row] for row in X])
    for k in range(X.shape[1]):
        X[:, k] = (X[:, k] - np.mean(X[:, k])) / np.std(X[:, k])
    return X / max(abs(X.min()), abs(X.max()))


OUTSIDE = {
    "moons": lambda: sklearn.make_moons(1000, noise=0.2, random_state=5),
    "quantiles": lambda: sklearn.make_gaussian_quantiles(
        n_samples=1000, n_features=2, n_classes=5, random_state=5
    ),
    "circles": lambda: sklearn.make_circles(
        1000, noise=0.1, factor=0.5, random_state=5
    ),
}


@pytest.mark.parametrize("name", OUTSIDE)
def test_data_are_scikit_learns_scaled_by_the_papers_formula(name):
    X, y = OUTSIDE[name]()
    np.testing.assert_allclose(MADE[name].X, papers_formula(X), atol=1e-7)
    np.testing.assert_array_equal(MADE[name].y, y)
    assert MADE[name].n_classes == len(set(y))


@pytest.mark.parametrize("name", MADE)
def test_points_lie_in_the_square_and_are_numbers_of_float32(name):
    data = MADE[name]
    assert data.X.shape == (len(data), 2)
    assert np.abs(data.X).max() <= 1
    np.testing.assert_array_equal(data.X.astype(np.float32).astype(float), data.X)
    assert sorted(set(data.y.tolist())) == list(range(data.n_classes))
    if name != "random":  # scaled: some point lies on the border
        assert np.abs(data.X).max() == 1


@pytest.mark.parametrize("name", MADE)
def test_data_are_the_same_each_time_and_others_differ(name):
    again = study.dataset(name)
    assert again.digest == MADE[name].digest
    others = {data.digest for key, data in MADE.items() if key != name}
    assert again.digest not in others


def test_random_labels_are_fair_coins_on_the_square():
    data = study.random_labels(20_000)
    heads = (data.y == 1).sum()
    assert abs(heads - 10_000) < 4 * np.sqrt(5000)  # four standard deviations
    low, high = data.X.min(axis=0), data.X.max(axis=0)
    assert (low < -0.999).all()
    assert (high > 0.999).all()
    # No connection of points and labels: means of the classes differ by chance.
    means = [data.X[data.y == k].mean(axis=0) for k in (0, 1)]
    assert np.abs(means[0] - means[1]).max() < 4 * np.sqrt(1 / 3 * 4 / 20_000)
    assert study.random_labels(500, random_state=6).digest != MADE["random"].digest


def test_the_spirals_are_each_others_half_turn():
    data = study.two_spirals(400)
    first, second = data.X[data.y == 1], data.X[data.y == 0]
    middle = (first[0] + second[0]) / 2  # both begin in the middle
    np.testing.assert_allclose(first - middle, middle - second, atol=1e-6)


def test_the_digits_lie_on_the_axes_of_largest_variance():
    X = sklearn.load_digits().data
    X = X - X.mean(axis=0)
    axes = np.linalg.eigh(X.T @ X)[1][:, ::-1][:, :2]  # an outsider: eigenvectors
    projected = np.abs(papers_formula(X @ axes))
    data = MADE["digits"]
    assert (len(data), data.n_classes) == (1797, 10)
    correlation = np.corrcoef(np.concatenate([data.X, X @ axes], axis=1).T)
    np.testing.assert_allclose(np.abs(correlation[[0, 1], [2, 3]]), 1, atol=1e-6)
    assert projected.shape == data.X.shape


WRONG = [
    (lambda: study.dataset("moon"), "no data set 'moon'; there are moons"),
    (lambda: study.dataset("moons", noises=1), "noises"),
    (lambda: study.moons(1), "n=1; pass an integer >= 2"),
    (lambda: study.moons(2.5), "n=2.5"),
    (lambda: study.two_spirals(7), "even"),
    (lambda: study.normalised([[1.0, 2], [1, 3]]), "constant"),
    (lambda: study.normalised([1.0, 2]), r"pass \(n, d\)"),
    (lambda: study.normalised([[1.0, np.nan], [2, 3]]), "finite"),
]


@pytest.mark.parametrize(("call", "message"), WRONG)
def test_wrong_data_are_refused_in_one_line(call, message):
    with pytest.raises(InvalidArgumentError, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)
