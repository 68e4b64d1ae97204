# SPDX-License-Identifier: MIT
"""How many examples of a law hypothesis draws; ``make campaign-laws`` draws more."""

import os

TIMES = int(os.environ.get("POLYREGIONS_EXAMPLES", "1"))
# The same ones in every normal run; in a campaign those of a seed.
DERANDOMIZED = TIMES == 1


def examples(n: int) -> int:
    """Return n, times what the environment asks for."""
    return n * TIMES
