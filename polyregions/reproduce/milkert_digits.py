# SPDX-License-Identifier: MIT
"""Digits, classified by a small convolutional network with waves as its classifier."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from ..extras import optional_import
from ..progress import ProgressPrinter
from .digits import N_CLASSES, images
from .milkert import one_thread
from .milkert_pictures import draw_curves
from .page import Page
from .study import Study

SEEDS, EPOCHS, BATCH, LEARNING_RATE = 5, 30, 64, 1e-3
FEATURES, HIDDEN = 64, 64
SHOWN = (1, 2, 3, 5, 10, 20, 30)  # epochs of the table
CLASSIFIERS = {
    "dense": f"Linear({FEATURES}, {HIDDEN}), ReLU, Linear({HIDDEN}, {N_CLASSES})",
    "waves": f"TriangularWaveLayer({FEATURES}, {N_CLASSES}, waves={HIDDEN})",
}


def digits_section(study: Study, page: Page) -> None:
    """Train both classifiers, and add table and picture."""
    epochs, seeds = study.samples(EPOCHS, 5), study.samples(SEEDS, 2)
    found = {
        name: study.kept(f"classifier-{name}", partial(_trained, name, epochs, seeds))
        for name in CLASSIFIERS
    }
    _save(study, found)
    page.heading("In place of a dense classifier")
    page.text(
        "The paper replaces the classifier of VGG-16 on ImageNet: progress is earlier, "
        "the accuracy in the end the same. Here a small network on scikit-learn's "
        "digits, two "
        f"convolutions (8 and 16 channels, 3 x 3, each with ReLU and 2 x 2 maxima), "
        f"then {CLASSIFIERS['dense']}, or {CLASSIFIERS['waves']} of depth 5, whose "
        f"peaks are trained with all else. Adam with rate {LEARNING_RATE:g}, batches "
        f"of {BATCH}, {seeds} seeds, float32; test accuracy in per cent, mean (least "
        "to most), on a sixth of the digits."
    )
    shown = [epoch for epoch in SHOWN if epoch <= epochs]
    page.table(
        " | ".join(["classifier", "parameters", *(f"epoch {e}" for e in shown)]),
        [
            [
                name,
                str(result["parameters"]),
                *(_accuracy(result["accuracy"][epoch]) for epoch in shown),
            ]
            for name, result in found.items()
        ],
    )
    draw_curves(
        study,
        "classifiers.png",
        range(epochs + 1),
        {name: 100 * np.array(result["accuracy"]) for name, result in found.items()},
        ("epoch", "test accuracy, %, mean and range"),
    )
    page.picture("classifiers.png", "Test accuracy of both classifiers")


def _save(study: Study, found: dict[str, dict[str, Any]]) -> None:
    rows = [
        {"classifier": name, "seed": seed, "epoch": epoch, "accuracy": value}
        for name, result in found.items()
        for epoch, values in enumerate(result["accuracy"])
        for seed, value in enumerate(values)
    ]
    study.save_rows("classifiers.csv", rows)


def _accuracy(values: list[float]) -> str:
    per_cent = 100 * np.array(values)
    return f"{per_cent.mean():.1f} ({per_cent.min():.1f} to {per_cent.max():.1f})"


def _trained(name: str, epochs: int, seeds: int) -> dict[str, Any]:
    """Return the accuracy at every epoch of every seed, and the size."""
    _, X, y = images(None)
    n_test = len(X) // 6
    accuracy: list[list[float]] = [[] for _ in range(epochs + 1)]
    printer = ProgressPrinter(unit="epochs")
    parameters = 0
    with one_thread() as torch:
        pixels = torch.tensor(X, dtype=torch.float32).reshape(-1, 1, 8, 8)
        train, test = pixels[:-n_test], pixels[-n_test:]
        labels = torch.tensor(y)
        for seed in range(seeds):
            torch.manual_seed(seed)
            module = network(torch, name)
            parameters = sum(tensor.numel() for tensor in module.parameters())
            optimiser = torch.optim.Adam(module.parameters(), lr=LEARNING_RATE)
            for epoch in range(epochs + 1):
                with torch.no_grad():
                    right = module(test).argmax(dim=1) == labels[-n_test:]
                accuracy[epoch].append(float(right.double().mean()))
                if epoch < epochs:
                    _epoch(torch, module, optimiser, train, labels)
                done = seed * (epochs + 1) + epoch + 1
                printer(done, done / (seeds * (epochs + 1)))
    printer.close()
    return {"accuracy": accuracy, "parameters": parameters}


def network(torch: Any, name: str) -> Any:
    """Return the convolutional network with one of the classifiers; 8 x 8 images."""
    nn = torch.nn
    convolutions = [
        *(nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
    ]
    if name == "dense":
        last = [nn.Linear(FEATURES, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, N_CLASSES)]
    else:
        from ..triangular_layer import TriangularWaveLayer

        last = [TriangularWaveLayer(FEATURES, N_CLASSES, waves=HIDDEN)]
    return nn.Sequential(*convolutions, nn.Flatten(), *last)


def _epoch(torch: Any, module: Any, optimiser: Any, train: Any, labels: Any) -> None:
    loss = optional_import("torch.nn.functional", "torch").cross_entropy
    for batch in torch.randperm(len(train)).split(BATCH):
        optimiser.zero_grad()
        loss(module(train[batch]), labels[batch]).backward()
        optimiser.step()
        for part in module:
            if hasattr(part, "project_"):
                part.project_()
