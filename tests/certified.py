# SPDX-License-Identifier: MIT
"""What the tests of certificates and journals share: networks, domains, a check."""

import numpy as np
from pairs import dense_layers, random_layers

import polyregions as pr
from polyregions import checker

SUBSETS = (
    ("activation",),
    ("linear",),
    ("affine",),
    ("activation", "linear"),
    ("activation", "affine"),
    ("linear_closed",),
    ("activation", "linear", "affine"),
    ("activation", "linear", "linear_closed", "affine"),
)

PROVED = SUBSETS[-1]


def certified(folder, net, domain, **options):
    """Count with a certificate; (counts, its path)."""
    path = folder / "count.cert"
    return pr.count_regions(net, domain, certificate=path, **options), path


def proved(net, certificate, outputs=None):
    """Check a certificate against the network; what it proves."""
    model = certificate.with_suffix(".npz")
    net.save(model)
    header, found = checker.verify(certificate, model, 1)
    assert header["outputs"] == outputs
    return found


def stated(counts):
    """What the certificate of a complete count has to prove."""
    found = {name: getattr(counts, name) for name in counts.definitions}
    return found | {"per_layer": list(counts.per_layer)}


def answers(counts):
    """All that must be the same in any run, but not how much work it was."""
    return stated(counts) | {"status": counts.status}


def assert_proved(folder, net, domain, *, outputs=None, **options):
    """Count, check the certificate, compare; returns the certificate's bytes."""
    counts, path = certified(folder, net, domain, **options)
    assert counts.status == "complete"
    assert proved(net, path, outputs) == stated(counts)
    return path.read_bytes()


def activations():
    """Arguments of Network for two hidden layers of 4 and 3 units, by name."""
    mixed = [["relu", "abs", "hardtanh", "relu6"], ["leaky_relu", "identity", "relu"]]
    steps = pr.PiecewiseLinear([-1, 0.25, 1], [0.5, -1, 2, 0], anchor=-0.5)
    out = {name: {"activation": name} for name in ("relu", "abs", "hardtanh", "relu6")}
    for slope in (-1, 0.5, 2, 1):
        out[f"leaky_relu {slope}"] = {
            "activation": "leaky_relu",
            "negative_slope": slope,
        }
    out["mixed"] = {"activation": mixed, "negative_slope": 0.1}
    out["steps"] = {"activation": [steps, "relu"]}
    out["affine layer"] = {"activation": ["relu", None]}
    return out


def domains():
    """Domains of two inputs, by name."""
    box = pr.Domain.box(-1, 1, dim=2)
    square = np.vstack([np.eye(2), -np.eye(2)])
    redundant = np.vstack([square, 2 * square, np.zeros((1, 2)), [[1.0, 1.0]]])
    return {
        "all": pr.Domain.all(2),
        "box": box,
        "half-bounded box": pr.Domain.box([-np.inf, -1], [0.5, np.inf]),
        "flat box": pr.Domain.box([-1, 0.25], [1, 0.25]),
        "point": pr.Domain.box([0.5, 0.25], [0.5, 0.25]),
        "triangle": pr.Domain.polytope([[-1, 0], [0, -1], [1, 1]], [1, 1, 1]),
        "redundant rows": pr.Domain.polytope(redundant, [1] * 4 + [2] * 4 + [1, 2]),
        "flat polytope": pr.Domain.polytope([[1, 1], [-1, -1], [1, 0]], [0.5, -0.5, 2]),
        "segment": pr.Domain.segment([-1, -0.5], [1, 0.75]),
        "slice": pr.Domain.slice([0, 0.25], [[1, 0.5]]),
        "bounded slice": pr.Domain.slice([0, 0], [[1, 1], [0, 2]], box),
        "empty polytope": pr.Domain.polytope([[1, 0], [-1, 0]], [-1, -1]),
        "empty by a zero row": pr.Domain.polytope([[0, 0]], [-1]),
    }


def small(seed, **options):
    """A network 2-4-3-2, degenerate for even seeds."""
    draw = dense_layers if seed % 2 else random_layers
    return pr.Network(draw(seed, 2, 4, 3, 2), **options)


def left_to_exact_integers():
    """A line on which weights of such sizes leave subtrees to exact integers."""
    layers = [
        ([[0, 0], [0, 0], [-5e6, 0]], [1, 1, 1]),
        ([[-1e8, 1e8, 1e8], [-1e8, -5e7, -1e8], [-5e7, 1e8, 0]], [-0.5, 0.5, 0.5]),
        ([[-5e7, -1e8, -5e7], [0, -5e7, 0]], [1, -0.5]),
    ]
    units = [["relu", "abs", "leaky_relu"], ["hardtanh", "hardtanh", "leaky_relu"]]
    net = pr.Network(layers, units, negative_slope=0.5)
    return net, pr.Domain.box([-1, -0.25], [1, -0.25])
