# SPDX-License-Identifier: MIT
"""Where the HiGHS library is: inside the installed highspy, which is not imported."""

from functools import cache
from importlib.util import find_spec
from pathlib import Path

from .errors import MissingExtraError

_NAMES = ("libhighs.so*", "libhighs*.dylib")


@cache
def highs_library() -> str | None:
    """Path of the HiGHS shared library, or None when highspy is not installed."""
    spec = find_spec("highspy")
    if spec is None or spec.origin is None:
        return None
    root = Path(spec.origin).parent
    folders = [root, root / "lib", root / "lib64", root.parent / "highspy.libs"]
    for folder in folders:
        for pattern in _NAMES:
            for path in sorted(folder.glob(pattern)):
                return str(path)
    return None


def required_highs_library() -> str:
    """Path of the HiGHS shared library.

    Raises
    ------
    MissingExtraError
        highspy is not installed.
    """
    path = highs_library()
    if path is None:
        raise MissingExtraError(
            "engine 'highs' needs the library of highspy; "
            "pip install 'polyregions[highs]', or pass engine='rational'"
        )
    return path
