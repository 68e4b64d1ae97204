# SPDX-License-Identifier: MIT
"""A share of the campaign that mutates certificates."""

import importlib.util
import signal
from pathlib import Path

FILE = Path(__file__).parent.parent / "campaigns" / "mutate_certificates.py"


def test_mutated_certificates_are_rejected_or_prove_what_is_true():
    spec = importlib.util.spec_from_file_location("mutate_certificates", FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    before = signal.getsignal(signal.SIGALRM)
    try:
        assert module.campaign(mutations=400, seed=1) == 0
    finally:
        signal.signal(signal.SIGALRM, before)
