# SPDX-License-Identifier: MIT
"""What the tests of networks and readers share."""

import re

import pytest


def refused(pattern, error, make, *args, **kwargs):
    """The call fails with one line that matches; returns the line."""
    with pytest.raises(error) as caught:
        make(*args, **kwargs)
    text = str(caught.value)
    assert "\n" not in text
    assert re.search(pattern, text), text
    return text


def same(one, other):
    """Whether two networks have the same bits, functions and names."""
    return repr(one) == repr(other) and all(
        a.weight.tobytes() == b.weight.tobytes()
        and a.bias.tobytes() == b.bias.tobytes()
        and a.activation == b.activation
        for a, b in zip(one.layers, other.layers, strict=True)
    )
