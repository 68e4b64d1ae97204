# SPDX-License-Identifier: MIT
"""What the package as a whole promises: files, imports, names, error numbers."""

import re
import subprocess
import sys
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import pytest

import polyregions
from polyregions import errors

HEAVY = {
    "dask",
    "distributed",
    "highspy",
    "matplotlib",
    "networkx",
    "pandas",
    "pyarrow",
    "scipy",
    "torch",
}
STATUS_HEADER = Path(__file__).parents[1] / "csrc" / "status.hpp"


def status_numbers() -> dict[str, int]:
    """Names and numbers of the enumeration in csrc/status.hpp."""
    [body] = re.findall(
        r"enum class Status : int \{(.*?)\}", STATUS_HEADER.read_text(), re.S
    )
    return {name: int(number) for name, number in re.findall(r"(\w+) = (\d+)", body)}


def class_name(status: str) -> str:
    """The Python name of a status: invalid_network -> InvalidNetworkError."""
    return "".join(word.capitalize() for word in status.split("_")) + "Error"


def test_the_version_is_that_of_the_installed_package():
    assert polyregions.__version__ == version("polyregions")


@pytest.mark.parametrize("name", ["py.typed", "_core.pyi"])
def test_types_are_shipped(name):
    assert files("polyregions").joinpath(name).is_file()


@pytest.mark.parametrize(
    "name", ["page.html", "style.css", "data.js", "picture.js", "page.js"]
)
def test_the_explorer_is_shipped(name):
    assert files("polyregions").joinpath("viewer", name).is_file()


def test_import_loads_nothing_heavy():
    code = (
        "import sys, polyregions; print(*{name.split('.')[0] for name in sys.modules})"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert HEAVY.isdisjoint(run.stdout.decode().split())


def test_every_public_name_has_a_docstring():
    undocumented = [
        name for name in polyregions.__all__ if not getattr(polyregions, name).__doc__
    ]
    assert undocumented == []


def test_every_status_of_the_core_has_its_error_class():
    numbers = status_numbers()
    # The core's own failures, not ours: the builtin, and a bug.
    assert errors.error_for_status(numbers.pop("out_of_memory")) is MemoryError
    assert errors.error_for_status(numbers.pop("unforeseen")) is errors.InternalError
    assert set(numbers.values()) == set(errors._BY_STATUS)
    for name, number in numbers.items():
        assert errors.error_for_status(number).__name__ == class_name(name)


def test_an_unknown_status_is_an_internal_error():
    unused = max(status_numbers().values()) + 1
    assert errors.error_for_status(unused) is errors.InternalError


def test_every_error_is_one_of_ours_and_one_that_python_knows():
    classes = [
        value
        for value in vars(errors).values()
        if isinstance(value, type) and value is not errors.PolyregionsError
    ]
    for error in classes:
        assert issubclass(error, errors.PolyregionsError)
        assert issubclass(error, ValueError | OSError | RuntimeError | ImportError)
