# SPDX-License-Identifier: MIT
"""Random networks by recipe, with their counts (``known_counts.md``)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

Layers = list[tuple]


def uniform(d: int, hidden: Sequence[int], seed: int) -> Layers:
    """Return weights and biases uniform in (-1, 1); counted on all of R^d."""
    rng, s = np.random.default_rng(seed), [d, *hidden, 1]
    return [
        (rng.uniform(-1, 1, (s[i + 1], s[i])), rng.uniform(-1, 1, s[i + 1]))
        for i in range(len(s) - 1)
    ]


def intw(d: int, hidden: Sequence[int], seed: int) -> Layers:
    """Return weights and biases in {-1, 0, 1}; counted on the box [-2, 2]^d."""
    rng, s = np.random.default_rng(seed), [d, *hidden, 1]
    return [
        (
            rng.integers(-1, 2, (s[i + 1], s[i])).astype(float),
            rng.integers(-1, 2, s[i + 1]).astype(float),
        )
        for i in range(len(s) - 1)
    ]


def torchd(d: int, hidden: Sequence[int], seed: int, out: int = 1) -> Layers:
    """Return PyTorch's default initialisation; counted on the box [-1, 1]^d."""
    import torch

    torch.manual_seed(seed)
    s = [d, *hidden, out]
    linear = [torch.nn.Linear(s[i], s[i + 1]) for i in range(len(s) - 1)]
    return [
        (m.weight.detach().double().numpy(), m.bias.detach().double().numpy())
        for m in linear
    ]


# (d, hidden): activation regions of seeds 0, 1, 2 on R^d
UNIFORM = {
    (1, (64, 64, 64)): (187, 185, 195),
    (2, (64, 64, 64)): (17838, 18334, 17383),
    (3, (64, 64)): (309158, 380838, 372009),
    (3, (32, 32, 32)): (127130, 124264, 140349),
    (4, (32, 32)): (632215, 510697, 662487),
    (5, (20, 20)): (838169, 686352, 748715),
    (5, (10, 10, 10, 10)): (118193, 348265, 705266),
    (6, (14, 14)): (424040, 583000, 548940),
    (7, (8, 2)): (894, 890, 954),
    (7, (5, 5)): (247, 349, 223),
    (7, (7, 3)): (765, 676, 436),
    (7, (5, 3, 2)): (200, 392, 117),
    (7, (4, 3, 3)): (90, 87, 80),
    (7, (3, 3, 2, 2)): (40, 32, 75),
    (7, (2, 2, 2, 2, 2)): (13, 10, 25),
    (7, (12, 12)): (554839, 540707, 377302),
    (10, (10, 10)): (191055, 134936, 234983),
}

# the same networks: linear regions
UNIFORM_LINEAR = {
    (7, (4, 3, 3)): (46, 87, 73),
    (7, (3, 3, 2, 2)): (17, 13, 29),
    (7, (2, 2, 2, 2, 2)): (10, 8, 21),
}

# (d, hidden, out): activation regions of seeds 0, 1, 2 in [-1, 1]^d
TORCHD = {
    (2, (16, 16, 16), 2): (178, 130, 269),
    (2, (32, 32, 32), 2): (1180, 924, 915),
    (2, (64, 64, 64), 2): (6668, 4479, 4630),
    (2, (128, 128, 128), 2): (20714,),
    (2, (256, 256, 256), 1): (79783, 89012, 96074),
    (3, (16, 16), 1): (1276, 807, 951),
    (3, (32, 32), 1): (11512, 7539, 6785),
    (3, (64, 64, 64), 1): (214595, 197821, 222053),
    (5, (10, 10), 1): (1935, 1905, 1971),
    (10, (10, 10), 1): (24954, 15917, 40316),
}

# (d, hidden): activation regions of seeds 0..9 in [-2, 2]^d
INTW = {
    (2, (6, 6)): (25, 8, 16, 30, 14, 28, 9, 25, 21, 31),
    (3, (6, 6)): (52, 50, 78, 57, 73, 103, 20, 65, 54, 65),
    (2, (8, 8, 8)): (45, 84, 73, 51, 102, 63, 27, 63, 52, 71),
    (4, (5, 5)): (112, 88, 40, 118, 45, 173, 59, 72, 73, 76),
    (3, (8, 8)): (122, 195, 202, 206, 185, 176, 78, 257, 98, 271),
}

# width k: regions after layers 1, 2, 3 of torchd(2, (k, k, k), 5) in [-1, 1]^2, and
# the regions of the same weights with LeakyReLU of slope 1/100 (Qi and Wei, epoch 0)
QI = {16: (38, 131, 206), 32: (217, 707, 1151), 64: (715, 2504, 4113)}
QI_LEAKY = {16: 209, 32: 1157, 64: 4077}

# one layer of 16 units in general position on R^d
ZASLAVSKY_16 = {4: 2517, 5: 6885}
