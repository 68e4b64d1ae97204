# SPDX-License-Identifier: MIT
"""Each check of the certificate checker rejects something, and is needed for that."""

import re
import types
from pathlib import Path

import pytest
from forgeries import FORGERIES, model

from polyregions import checker

SOURCE = Path(checker.__file__).read_text(encoding="utf-8")

# Checks that no edit above takes away, and what would follow without them.
OTHER_CHECKS = {
    "name CERTIFICATE": "an exception",
    "is no array of floats": "an exception",
    "the size of": "an exception",
    "the outputs": "rows of other lengths: an exception, or other outputs, as printed",
    "the units": "an exception, or much memory",
    "a large model": "much memory",
    "shapes of layer": "an exception",
    "numbers too long": "much time or memory",
    '"the domain"': "an exception, or much memory",
    "too many rows": "much memory",
    "are dependent": "an exception",
    "an event behind the last layer": "an exception",
    "too many supports at once": "much memory",
    "one that is not open": "an exception",
    "is not shown by": "it is still open",
    "there is no last support": "an exception",
    "is decided already": "it is proved twice, but still one is open",
    "need(shown,": "what it needs is taken away above it",
    "need(apart,": "what it needs is taken away above it",
    "need(touch,": "what it needs is taken away above it",
}


def load(source: str) -> types.ModuleType:
    """The checker with this source."""
    module = types.ModuleType("weakened_checker")
    exec(compile(source, "weakened_checker", "exec"), module.__dict__)
    return module


def files(forgery, folder: Path) -> tuple[Path, Path]:
    certificate, network = folder / "forged.cert", folder / "model.npz"
    certificate.write_bytes(forgery.build())
    own = forgery.layers
    network.write_bytes(own if isinstance(own, bytes) else model(own))
    return certificate, network


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_certificate_is_rejected(name, tmp_path):
    forgery = FORGERIES[name]
    with pytest.raises(Exception) as info:  # noqa: PT011  any of them is a rejection
        checker.verify(*files(forgery, tmp_path), 1)
    assert forgery.says in str(info.value)


@pytest.mark.parametrize("name", [n for n, f in FORGERIES.items() if f.old is not None])
def test_without_one_check_a_forged_certificate_is_accepted(name, tmp_path):
    forgery = FORGERIES[name]
    assert SOURCE.count(forgery.old) == 1
    new = forgery.new or ("pass" if forgery.old.startswith("need(") else "")
    weakened = load(SOURCE.replace(forgery.old, new))
    weakened.verify(*files(forgery, tmp_path), 1)


def test_every_check_is_taken_away_by_a_test_or_needs_none():
    edited = [f.old for f in FORGERIES.values() if f.old is not None]
    checks = re.findall(r"^ *need\((?:.*?)\)$", SOURCE, re.MULTILINE | re.DOTALL)
    assert len(checks) == SOURCE.count("need(") - 1  # less its definition
    for check in checks:
        named = any(fragment in check for fragment in OTHER_CHECKS)
        taken = any(old in check or check.strip() in old for old in edited)
        assert named or taken, check
