# SPDX-License-Identifier: MIT
"""``python -m polyregions`` is the command line program."""

import sys

from .cli import main

sys.exit(main())
