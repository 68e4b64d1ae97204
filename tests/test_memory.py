# SPDX-License-Identifier: MIT
"""Memory of a count: activation and per_layer store nothing, whatever the number."""

import json
import subprocess
import sys

import corpus
import pytest

pytest.importorskip("resource")  # ru_maxrss; there is none on Windows

MEBIBYTE = 2**20
MOST = 50 * MEBIBYTE  # above an idle process with the network made
# (d, hidden): regions on R^d, of seed 0
MILLION = {
    "vertex": (4, (32, 32)),
    "dictionary": (7, (12, 12)),
}

COUNT = """
import json, resource, sys
import polyregions as pr

engine, threads, layers, d = json.load(sys.stdin)
net, domain = pr.Network(layers), pr.Domain.all(d)
net.core, domain.core
idle = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
found = pr.count_regions(
    net, domain, definitions="activation", engine=engine, threads=threads
)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps([idle, peak, found.activation, found.per_layer, found.status]))
"""


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("engine", MILLION)
def test_a_count_takes_no_more_memory_for_more_regions(engine, threads):
    d, hidden = MILLION[engine]
    layers = [
        (weight.tolist(), bias.tolist())
        for weight, bias in corpus.uniform(d, hidden, 0)
    ]
    run = subprocess.run(
        [sys.executable, "-c", COUNT],
        input=json.dumps([engine, threads, layers, d]),
        capture_output=True,
        check=True,
        text=True,
    )
    idle, peak, found, per_layer, status = json.loads(run.stdout)
    assert status == "complete"
    assert found == per_layer[-1] == corpus.UNIFORM[d, hidden][0]
    unit = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss
    assert (peak - idle) * unit < MOST
