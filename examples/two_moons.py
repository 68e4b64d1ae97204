# SPDX-License-Identifier: MIT
"""Train a small ReLU network on two moons, count its regions exactly, draw them.

Writes demo.npz (the network) and demo.png (the picture) into the current folder. The
README shows what it prints and docs/two_moons.png is its picture.
"""

import time

import numpy as np
import torch

import polyregions as pr
from polyregions.plotting import plot_regions

MEANINGS = {
    "activation": "cells of equal activation pattern",
    "linear": "those of equal affine map joined across facets",
    "linear_closed": "the same, joined on any contact",
    "affine": "distinct affine maps",
}


def two_moons(n_points, *, noise, seed):
    """Return points (n, 2) in [-1, 1]^2 and their classes (n,), 0 and 1."""
    rng = np.random.default_rng(seed)
    angle = np.pi * rng.uniform(size=n_points)
    label = np.arange(n_points) % 2
    sign = 1 - 2 * label
    points = np.stack([label + sign * np.cos(angle), sign * np.sin(angle)], axis=1)
    points[:, 1] += 0.5 * label
    points += noise * rng.normal(size=points.shape)
    low, high = points.min(axis=0), points.max(axis=0)
    return 2 * (points - low) / (high - low) - 1, label


def train(points, labels, *, steps=800, sparsity=0.0015, seed=11):
    """Return a trained 2-16-16-2 ReLU network with sparse weights.

    float64 while it trains and float32 in the end, so that the last bits, in which
    processors differ, do not matter.
    """
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    model = torch.nn.Sequential(
        torch.nn.Linear(2, 16),
        torch.nn.ReLU(),
        torch.nn.Linear(16, 16),
        torch.nn.ReLU(),
        torch.nn.Linear(16, 2),
    ).double()
    x, y = torch.tensor(points), torch.tensor(labels)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(steps):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()
        with torch.no_grad():  # small weights become 0: units drop out in places
            for layer in (model[0], model[2]):
                layer.weight.copy_(
                    torch.nn.functional.softshrink(layer.weight, sparsity)
                )
    return model.float().eval()


def print_counts(counts):
    """Print the counts definition by definition, then layer by layer."""
    print(f"Regions in [-1, 1]^2 ({counts.status}, {counts.seconds:.2f} s):")
    for name in counts.definitions:
        print(f"  {name:<20} {getattr(counts, name):>5}  {MEANINGS[name]}")
    for k, number in enumerate(counts.per_layer):
        layers = "hidden layer 1" if k == 0 else f"hidden layers 1 to {k + 1}"
        print(f"  {layers:<20} {number:>5}  activation regions when only these cut")


def main():
    """Train, count, draw."""
    start = time.perf_counter()
    points, labels = two_moons(200, noise=0.1, seed=0)
    model = train(points, labels)
    net = pr.Network.from_torch(model)
    net.save("demo.npz")
    accuracy = np.mean(net(points).argmax(axis=1) == labels)
    spent = time.perf_counter() - start
    print(f"{net!r} on two moons: accuracy {accuracy:.1%}, trained in {spent:.1f} s")

    domain = pr.Domain.box(-1, 1, dim=2)
    print_counts(pr.count_regions(net, domain, definitions="all"))

    start = time.perf_counter()
    figure = plot_regions(net, domain, boundary=True, points=points, labels=labels)
    figure.savefig("demo.png", dpi=120)
    spent = time.perf_counter() - start
    print(f"Wrote demo.npz, and demo.png in {spent:.1f} s")


if __name__ == "__main__":
    main()
