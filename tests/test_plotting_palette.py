# SPDX-License-Identifier: MIT
"""The colours of regions: enough of them, and told apart by everyone."""

import numpy as np
import pytest

from polyregions.mosaic import PALETTE

# Machado, Oliveira and Fernandes 2009: what colour-blind people see, on linear RGB.
BLIND = {
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


@pytest.mark.parametrize("blindness", BLIND)
def test_colour_blind_people_tell_the_palette_apart(blindness):
    rgb = np.array([[int(c[k : k + 2], 16) / 255 for k in (1, 3, 5)] for c in PALETTE])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(linear @ np.transpose(BLIND[blindness]), 0, 1)
    to_xyz = [
        [0.4124, 0.3576, 0.1805],
        [0.2126, 0.7152, 0.0722],
        [0.0193, 0.1192, 0.9505],
    ]
    # CIELAB, where a distance of 2.3 is just noticed.
    x, y, z = np.cbrt(seen @ np.transpose(to_xyz) / [0.9505, 1, 1.089]).T
    lab = np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=1)
    apart = np.linalg.norm(lab[:, None] - lab[None], axis=2)
    assert apart[np.triu_indices(len(lab), 1)].min() > 3 * 2.3


def test_the_palette_has_colours_to_spare():
    assert len(set(PALETTE)) == len(PALETTE) == 8
