# SPDX-License-Identifier: MIT
"""Packages that only some calls need."""

from __future__ import annotations

import importlib
from typing import Any

from .errors import MissingExtraError


def optional_import(module: str, extra: str) -> Any:
    """Import an optional package, or say how to install it.

    Raises
    ------
    MissingExtraError
        It is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError:
        raise MissingExtraError(
            f"this needs {module}; pip install 'polyregions[{extra}]'"
        ) from None
