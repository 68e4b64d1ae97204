# SPDX-License-Identifier: MIT
"""All certificates forged by hand, at least one for each check of the checker."""

import forgeries_of_headers  # noqa: F401
import forgeries_of_unions  # noqa: F401
import forgeries_of_walks  # noqa: F401
from forging import FORGERIES, model

__all__ = ["FORGERIES", "model"]
