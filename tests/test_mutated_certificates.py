# SPDX-License-Identifier: MIT
"""A share of the campaign that mutates certificates."""

import importlib
import signal
from pathlib import Path

CAMPAIGNS = Path(__file__).parent.parent / "campaigns"


def test_mutated_certificates_are_rejected_or_prove_what_is_true(monkeypatch):
    monkeypatch.syspath_prepend(CAMPAIGNS)
    module = importlib.import_module("mutate_certificates")
    before = signal.getsignal(signal.SIGALRM)
    try:
        assert module.campaign(mutations=400, seed=1) == 0
    finally:
        signal.signal(signal.SIGALRM, before)
