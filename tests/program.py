# SPDX-License-Identifier: MIT
"""The command line program, called in this process or started as another."""

import subprocess
import sys

import numpy as np

import polyregions as pr
from polyregions import cli

# Two units that cancel: 4 activation regions, 2 linear regions.
CANCEL = {
    "W0": np.array([[1.0, 0], [-1, 0], [0, 1]]),
    "b0": np.array([0, 0, 0.1]),
    "W1": np.array([[1.0, -1, 1]]),
    "b1": np.array([0.0]),
}


def write_models():
    """Write cancel.npz, two inputs, and three.npz, three, into the current folder."""
    np.savez("cancel.npz", **CANCEL)
    pr.random_network([3, 10, 10, 1], seed=5).save("three.npz")


def called(capsys, *argv):
    """Call the program; (status, stdout, stderr)."""
    status = cli.main([str(argument) for argument in argv])
    return (status, *capsys.readouterr())


def process(*argv, **options):
    """Start the program as a process of its own."""
    return started([sys.executable, "-m", "polyregions", *argv], **options)


# The interval between the frames of a journal is a second, for tests too long.
OFTEN = """
import dataclasses, sys
from polyregions import cli, record
record.DEFAULT = dataclasses.replace(record.DEFAULT, journal_seconds=0.02)
sys.exit(cli.main())
"""


def often(*argv, **options):
    """Start the program, writing fifty frames a second to a journal."""
    return started([sys.executable, "-c", OFTEN, *argv], **options)


def started(command, **options):
    """Start a command with its output in pipes."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
    return subprocess.Popen(command, text=True, **pipes)
