# SPDX-License-Identifier: MIT
"""Section 4.3 of Wang 2022: networks trained on handwritten digits, counted exactly."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import checker
from ..domain import Domain
from ..enumeration import count_regions
from ..errors import InvalidArgumentError
from ..extras import optional_import
from ..network import Network
from .page import Page
from .study import SEED, Study

Floats = NDArray[np.float64]
N_CLASSES = 10
# Hidden widths, and whether linear regions are counted and proved.
SHAPES = [((10, 10), True), ((10, 10, 10), False)]
EPOCHS, BATCH, LEARNING_RATE = 20, 64, 0.002
MAX_SECONDS = 1800.0


def run(study: Study) -> Page:
    """Train, count on all of R^n, prove what is small enough, and say what it took."""
    source, X, y = images(study.data)
    n_test = len(X) // 6
    epochs = study.samples(EPOCHS, 3)
    rows = [
        study.kept(
            "digits-" + "-".join(map(str, hidden)),
            partial(_counted, study, hidden, proved, (X, y, n_test, epochs)),
        )
        for hidden, proved in SHAPES
    ]
    study.save_rows("rows.csv", rows)
    page = Page("Wang 2022, section 4.3")
    page.text(
        '"From our experience, when the total number of neurons in the network is less '
        "than 20, the whole pipeline for a single network can barely be finished "
        'within a reasonable amount of time", on a cluster, networks trained on MNIST. '
        f"Ours: {source}, {len(X) - n_test} training and {n_test} test images, "
        f"{X.shape[1]} inputs in [0, 1], Adam with rate {LEARNING_RATE}, batches of "
        f"{BATCH}, {epochs} epochs; counted exactly on all of R^{X.shape[1]}, every "
        "output looked at."
    )
    page.table(
        "widths | test accuracy, % | activation regions | linear regions | count | "
        "certificate | checked in",
        [_cells(row) for row in rows],
    )
    return page


def images(path: Path | None) -> tuple[str, Floats, NDArray[np.int64]]:
    """Return (name, images (n, pixels) in [0, 1], classes (n,)).

    Parameters
    ----------
    path : an npz with x_train and y_train, as Keras keeps MNIST; None for the 1797
        digits of scikit-learn

    Raises
    ------
    InvalidArgumentError
        The file is no such npz.
    MissingExtraError
        No path, and scikit-learn is not installed.
    """
    if path is None:
        data = optional_import("sklearn.datasets", "study").load_digits()
        order = np.random.default_rng(SEED).permutation(len(data.target))
        x = np.asarray(data.data, dtype=np.float64)[order] / 16
        return "scikit-learn's digits", x, np.asarray(data.target)[order]
    try:
        with np.load(path, allow_pickle=False) as arrays:
            x, y = np.asarray(arrays["x_train"]), np.asarray(arrays["y_train"])
        classes = y.astype(np.int64)
        fits = x.ndim >= 2 and len(x) == len(y) >= 12 and y.ndim == 1
        if not fits or classes.min() < 0 or classes.max() >= N_CLASSES:
            raise ValueError("shapes do not fit, or classes beyond 0 to 9")
        pixels = x.reshape(len(x), -1).astype(np.float64)
    except (OSError, KeyError, ValueError) as error:
        raise InvalidArgumentError(
            f"{path}: no npz with x_train and y_train ({error}); pass Keras's mnist.npz"
        ) from None
    return path.name, pixels / max(float(pixels.max()), 1.0), classes


def _counted(
    study: Study, hidden: Sequence[int], proved: bool, data: tuple[Any, ...]
) -> dict[str, Any]:
    network, accuracy = _trained(hidden, *data)
    names = ("activation", "linear") if proved else ("activation",)
    counts = count_regions(
        network,
        Domain.all(network.n_inputs),
        definitions=names,
        threads=study.workers,
        max_seconds=MAX_SECONDS,
    )
    row = {
        "widths": "-".join(map(str, network.widths)),
        "accuracy": accuracy,
        "activation": counts.activation,
        "linear": counts.linear if proved else "",
        "status": counts.status,
        "seconds": counts.seconds,
        "certificate_bytes": "",
        "check_seconds": "",
    }
    if proved and counts.status == "complete":
        row |= _proof(study, network, counts)
    return row


def _proof(study: Study, network: Network, counts: Any) -> dict[str, Any]:
    """Write a certificate, and have the checker prove these very numbers."""
    stem = "digits-" + "-".join(map(str, network.widths))
    certificate = study.folder / f"{stem}.cert"
    model = study.folder / f"{stem}.npz"
    network.save(model)
    count_regions(
        network, counts.domain, certificate=certificate, threads=study.workers
    )
    start = time.monotonic()
    files = [checker.__file__, str(certificate), str(model)]
    command = [sys.executable, "-S", "-I", *files]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    names = counts.definitions
    wanted = [f"proved: {name} = {getattr(counts, name)} " for name in names]
    if done.returncode or not all(line in done.stdout for line in wanted):
        raise InvalidArgumentError(f"{certificate}: {done.stdout[:200]}")
    return {
        "certificate_bytes": certificate.stat().st_size,
        "check_seconds": time.monotonic() - start,
    }


def _trained(
    hidden: Sequence[int], X: Floats, y: NDArray[np.int64], n_test: int, epochs: int
) -> tuple[Network, float]:
    """Train by torch in float32; the network, and its accuracy on the last images."""
    torch: Any = optional_import("torch", "torch")
    torch.manual_seed(SEED)
    widths = [X.shape[1], *hidden, N_CLASSES]
    layers: list[Any] = []
    for n, m in pairwise(widths):
        layers += [torch.nn.Linear(n, m), torch.nn.ReLU()]
    module = torch.nn.Sequential(*layers[:-1])
    inputs = torch.tensor(X, dtype=torch.float32)
    classes = torch.tensor(y)
    optimiser = torch.optim.Adam(module.parameters(), lr=LEARNING_RATE)
    n_train = len(X) - n_test
    for _ in range(epochs):
        for batch in torch.randperm(n_train).split(BATCH):
            optimiser.zero_grad()
            loss = torch.nn.functional.cross_entropy(
                module(inputs[batch]), classes[batch]
            )
            loss.backward()
            optimiser.step()
    with torch.no_grad():
        found = module(inputs[n_train:]).argmax(dim=1) == classes[n_train:]
    return Network.from_torch(module), float(found.double().mean())


def _cells(row: dict[str, Any]) -> list[str]:
    bound = "" if row["status"] == "complete" else ">= "
    size = row["certificate_bytes"]
    return [
        row["widths"],
        f"{100 * row['accuracy']:.1f}",
        f"{bound}{row['activation']}",
        f"{row['linear']}",
        f"{row['seconds']:.2f} s",
        f"{size / 1e6:.1f} MB" if size else "",
        f"{row['check_seconds']:.1f} s" if size else "",
    ]
