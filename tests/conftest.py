# SPDX-License-Identifier: MIT
"""What all tests need."""

import signal

import pytest


@pytest.fixture(autouse=True, scope="session")
def _ctrl_c():
    # A shell's background jobs begin with Ctrl-C ignored, and so do their children.
    signal.signal(signal.SIGINT, signal.default_int_handler)
