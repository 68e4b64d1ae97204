# SPDX-License-Identifier: MIT
"""Schedulers that are none, and what a cluster cannot do: one line each."""

import pytest
from refusals import refused

import polyregions as pr
from polyregions import cluster, extras
from polyregions.errors import ClusterError, InvalidArgumentError, MissingExtraError

pytest.importorskip("distributed")

NOBODY = "tcp://127.0.0.1:9"
SHAPE = (4, 8, 8, 1)


@pytest.mark.parametrize(
    "value", [7, "", True, b"x", [], "host", "tcp://127.0.0.1:port", "no://x:1", "a\0b"]
)
def test_what_is_no_scheduler_is_refused(value):
    net, space = pr.random_network(SHAPE, 0), pr.Domain.all(4)
    refused("scheduler", InvalidArgumentError, pr.montecarlo, SHAPE, 3, scheduler=value)
    args = InvalidArgumentError, pr.count_regions, net, space
    refused("scheduler", *args, scheduler=value)
    refused(
        "scheduler",
        InvalidArgumentError,
        pr.enumerate_regions,
        net,
        space,
        scheduler=value,
    )


def test_a_file_that_is_no_schedulers_is_refused(tmp_path):
    for text in ("notes", "{}", "[1]"):
        (tmp_path / "file").write_text(text)
        args = InvalidArgumentError, pr.montecarlo, SHAPE, 3
        refused("no file that", *args, scheduler=str(tmp_path / "file"))


def test_a_cluster_needs_its_extra(monkeypatch):
    def missing(name):
        raise ImportError(name)

    monkeypatch.setattr(extras.importlib, "import_module", missing)
    args = MissingExtraError, pr.montecarlo, SHAPE, 3
    refused(r"polyregions\[cluster\]", *args, scheduler=NOBODY)


@pytest.mark.parametrize("engine", ["highs", "rational"])
def test_engines_of_one_machine_are_refused(engine):
    net, space = pr.random_network(SHAPE, 0), pr.Domain.all(4)
    args = InvalidArgumentError, pr.count_regions, net, space
    refused("one machine", *args, engine=engine, scheduler=NOBODY)


def test_workers_of_another_version_are_refused():
    packed = cluster.packed_problem(pr.random_network(SHAPE, 0), pr.Domain.all(4))
    other = packed.replace(pr.__version__.encode(), b"9" * len(pr.__version__))
    refused("install the same", ClusterError, cluster.problem_of, other)
