# SPDX-License-Identifier: MIT
"""Times the kernel of exact decisions in Boost.Multiprecision and in GMP.

    python benchmarks/integers.py        needs boost-headers, cmeel-gmp, a C++ compiler

Prints JSON: nanoseconds for an entry of a fraction-free pivot by operand size.
"""

import os
import subprocess
import sys
import tempfile
from importlib.metadata import files
from pathlib import Path

import boost_headers


def main() -> int:
    boost = Path(boost_headers.__file__).parent / "include"
    library = next(f.locate() for f in files("cmeel-gmp") if f.name == "libgmp.so")
    prefix = Path(library).parent.parent
    source = Path(__file__).with_name("integers.cpp")
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "integers"
        subprocess.run(
            [
                *(os.environ.get("CXX", "c++"), "-std=c++17", "-O3"),
                *("-isystem", str(boost), "-I", str(prefix / "include")),
                *(str(source), str(library), f"-Wl,-rpath,{library.parent}"),
                *("-o", str(program)),
            ],
            check=True,
        )
        return subprocess.run([program], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
