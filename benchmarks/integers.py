# SPDX-License-Identifier: MIT
"""Times the kernel of exact decisions in Boost.Multiprecision and in GMP.

    python benchmarks/integers.py [--out FILE.json] [--markdown]

One entry of a fraction-free pivot, (a p - b q) / D, by operand size. Needs a C++
compiler and the packages boost-headers and cmeel-gmp.
"""

import json
import os
import subprocess
import tempfile
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

from suite import (
    HERE,
    InputError,
    Row,
    check_out,
    exit_with,
    parser,
    read_record,
    record,
    selected,
    short,
    table,
    write_record,
)

LABELS = {"boost": "Boost", "boost_inline_256": "Boost, 256 bits inline", "gmp": "GMP"}


def libraries() -> tuple[Path, Path]:
    """Return Boost's headers and GMP's shared library."""
    try:
        import boost_headers

        found = [f.locate() for f in files("cmeel-gmp") or () if f.name == "libgmp.so"]
    except (ImportError, PackageNotFoundError) as error:
        raise InputError(f"{error}; pip install boost-headers cmeel-gmp") from None
    if not found:
        raise InputError("cmeel-gmp has no libgmp.so on this system")
    return Path(boost_headers.__file__).parent / "include", Path(str(found[0]))


def measured() -> list[Row]:
    """Compile integers.cpp, run it, and return a row for every operand size."""
    boost, gmp = libraries()
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "integers"
        command = [
            *(os.environ.get("CXX", "c++"), "-std=c++17", "-O3", "-isystem", boost),
            *("-I", gmp.parent.parent / "include", HERE / "integers.cpp", gmp),
            *(f"-Wl,-rpath,{gmp.parent}", "-o", program),
        ]
        try:
            subprocess.run(command, check=True)
            run = subprocess.run(
                [program], stdout=subprocess.PIPE, text=True, check=True
            )
        except (OSError, subprocess.CalledProcessError) as error:
            raise InputError(f"integers.cpp: {error}") from None
    return [
        {
            "name": f"{line['bits']} bits",
            "results": {
                label: {"status": "complete", "seconds": line[f"{label}_ns"] * 1e-9}
                for label in LABELS
            },
        }
        for line in json.loads(run.stdout)
    ]


def integer_table(content: dict, *, markdown: bool) -> str:
    """Return one line a size, one column a library."""
    lines = [
        [row["name"], *(short(row["results"][label]["seconds"]) for label in LABELS)]
        for row in content["rows"]
    ]
    return table(["operands", *LABELS.values()], lines, markdown=markdown)


def main() -> int:
    """Measure all, show what the command line asks for."""
    arguments = parser(__doc__).parse_args()
    if arguments.load is not None:
        content = read_record(arguments.load)
    else:
        check_out(arguments.out)
        content = record(selected(measured(), arguments.only, lambda row: row["name"]))
        if arguments.out is not None:
            write_record(arguments.out, content)
    print(integer_table(content, markdown=arguments.markdown))
    return 0


if __name__ == "__main__":
    exit_with(main)
