# SPDX-License-Identifier: MIT
"""Runs one program on one network when told to; started by peers.py.

    python -I peer_worker.py PROGRAM WEIGHTS.npz [JSON of options]

A line on stdin asks for one run; the answer is a line of JSON with its seconds and
count, measured in this process. What is timed is the call that finds the regions:
imports, reading weights and building the program's own layers are not. Counting what
was found is timed only where the program has to do it anyway. Needs numpy and the
program alone, so that it runs in any environment.
"""

import itertools
import json
import os
import sys
import time
from importlib.metadata import version

import numpy as np


def polyregions(layers, radius, *, engine="auto", max_seconds=None):
    """This package; ``engine`` and ``max_seconds`` as in count_regions."""
    import polyregions as pr

    net, d = pr.Network(layers), layers[0][0].shape[1]
    domain = pr.Domain.all(d) if radius is None else pr.Domain.box(-radius, radius, d)

    def run():
        return pr.count_regions(
            net,
            domain,
            definitions="activation",
            engine=engine,
            max_seconds=max_seconds,
            threads=1,
        )

    return run, lambda c: (c.activation, c.status == "complete"), pr.__version__


def regioncam(layers, radius):
    """Half-edge subdivision of a square in float32."""
    import regioncam as peer

    hidden = [(w.T.astype(np.float32), b.astype(np.float32)) for w, b in layers[:-1]]

    def run():
        complex_ = peer.Regioncam(size=radius)
        for weight, bias in hidden:
            complex_.linear(weight, bias)
            complex_.relu()
        return complex_

    return run, lambda c: (c.num_faces, True), version("regioncam")


def affinitree(layers, radius):
    """Decision tree whose leaves are the cells."""
    import affinitree as peer
    from affinitree import builder

    d = layers[0][0].shape[1]
    network = peer.Architecture(d)
    for weight, bias in layers[:-1]:
        network.linear(peer.AffFunc.from_mats(weight, bias))
        network.relu()

    def run():
        if radius is None:
            return builder.from_layers(network)
        box = peer.Polytope.hyperrectangle(d, [(-radius, radius)] * d)
        inside = peer.AffTree.from_poly(box, peer.AffFunc.identity(d), None)
        return builder.from_layers(network, inside)

    return run, lambda tree: (tree.num_terminals(), True), version("affinitree")


def relucent(layers, radius):
    """Local search over facets with Gurobi, on all of R^d, one worker."""
    import relucent as peer
    from relucent.model.model import LinearLayer, ReLULayer, ReLUNetwork

    parts = []
    for weight, bias in layers:
        parts += [LinearLayer(weight=weight, bias=bias[None]), ReLULayer()]
    d = layers[0][0].shape[1]
    network = ReLUNetwork(parts[:-1], input_shape=(d,))
    # Its own choice, the origin, lies on hyperplanes of degenerate networks.
    start = np.random.default_rng(0).uniform(-0.1, 0.1, (1, d))

    def run():
        complex_ = peer.Complex(network)
        complex_.bfs(start, nworkers=1, verbose=0)
        return complex_

    return run, lambda c: (len(c), True), version("relucent")


def relu_edge_subdivision(layers, radius, *, path):
    """Vertices and edges by subdivision, in float64; the cells are counted unasked."""
    import torch

    sys.path.insert(0, path)
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    torch.Tensor.float = torch.Tensor.double  # its one cast to float32
    from edge_subdivision import skeletal_subdivision
    from NN import Net

    # The layer after the hidden ones would cut too, so it is left out.
    net = Net([layers[0][0].shape[1], *(len(bias) for _, bias in layers[:-1])])
    for module, (weight, bias) in zip(net.fcs, layers, strict=False):
        module.weight.data = torch.tensor(weight)
        module.bias.data = torch.tensor(bias)

    def run():
        with torch.no_grad():
            return skeletal_subdivision(
                net, bbox=(-radius, radius), device=torch.device("cpu"), verbose=False
            )

    def count(found):
        return cells_at_vertices(found[2].numpy(), net.ks[0]), True

    return run, count, "float64"


def cells_at_vertices(signs, d):
    """Return how many sign vectors occur around vertices given by theirs.

    The first 2 d signs are those of the box. Every cell of a generic arrangement in a
    box has a vertex, where at most d units vanish and take either sign around it.
    """
    hidden = signs[:, 2 * d :]
    row, column = np.nonzero(hidden == 0)
    place = (np.cumsum(hidden == 0, axis=1) - 1)[row, column]
    if place.max(initial=-1) >= d:
        raise ValueError("more units vanish at a vertex than there are inputs")
    cells = set()
    for choice in itertools.product((False, True), repeat=d):
        positive = hidden > 0
        positive[row, column] = np.array(choice)[place]
        packed = np.unique(np.packbits(positive, axis=1), axis=0)
        cells.update(map(bytes, packed))
    return len(cells)


PROGRAMS = {
    program.__name__: program
    for program in (polyregions, regioncam, affinitree, relucent, relu_edge_subdivision)
}


def read_network(path):
    """Return ([(W, b)], radius of the box or None)."""
    with np.load(path, allow_pickle=False) as arrays:
        n = sum(name.startswith("W") for name in arrays)
        layers = [(arrays[f"W{i}"], arrays[f"b{i}"]) for i in range(n)]
        return layers, float(arrays["radius"]) if "radius" in arrays else None


def answers(program, path, options):
    """Yield the version, then one answer a line of stdin."""
    run, count, its_version = PROGRAMS[program](*read_network(path), **options)
    yield {"version": its_version}
    counted = None
    for _ in sys.stdin:
        start = time.perf_counter()
        found = run()
        seconds = time.perf_counter() - start
        if counted is None or program == "polyregions":
            counted = count(found)
        yield {"seconds": seconds, "count": counted[0], "complete": counted[1]}


def main():
    """Answer on the old stdout; whatever a program prints goes to stderr."""
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    program, path, *rest = sys.argv[1:]
    try:
        for answer in answers(program, path, json.loads(rest[0]) if rest else {}):
            print(json.dumps(answer), file=replies, flush=True)
    except Exception as error:
        text = " ".join(str(error).split()) or "no message"
        reply = {"error": f"{type(error).__name__}: {text}"[:300]}
        print(json.dumps(reply), file=replies, flush=True)


if __name__ == "__main__":
    main()
