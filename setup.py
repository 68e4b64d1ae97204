# SPDX-License-Identifier: MIT
"""Builds ``polyregions._core``; everything else is declared in pyproject.toml."""

import os
import shlex
import sys
import sysconfig
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import boost_headers
from Cython.Build import cythonize
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

BOOST = str(Path(boost_headers.__file__).parent / "include")
SOURCES = sorted(map(str, Path("csrc").glob("*.cpp")))
HEADERS = sorted(map(str, Path("csrc").glob("*.hpp")))
LINK = ["-ldl", "-pthread"] if sys.platform.startswith("linux") else []
FLAGS = [
    "-std=c++17",
    "-O3",
    "-Wall",
    "-Wextra",
    # No contraction and never -ffast-math: a sign must not depend on the compiler.
    "-ffp-contract=off",
    # Python's own flags ask for debug information, 9/10 of the file.
    "-g0",
    # It adds to the flags above: the sanitizer build uses it.
    *shlex.split(os.environ.get("POLYREGIONS_FLAGS", "")),
]


class ParallelBuild(build_ext):
    """Compiles the C++ files side by side, and of them only those that changed."""

    def finalize_options(self):
        """Keep the objects of each Python and each set of flags in a folder."""
        super().finalize_options()
        self.force = True  # link always; what to compile is decided below
        flags = zlib.crc32(shlex.join(FLAGS).encode())
        soabi = sysconfig.get_config_var("SOABI")
        self.build_temp = str(Path("build", f"objects-{soabi}-{flags:08x}"))

    def build_extensions(self):
        """Build with a compiler that takes its sources in parallel."""
        compile_serially = self.compiler.compile

        def compile_one(source, options):
            # setuptools itself compiles every file again when one has changed.
            output_dir = options["output_dir"]
            [target] = self.compiler.object_filenames([source], output_dir=output_dir)
            if is_newer(target, [source, *options["depends"]]):
                return target
            return compile_serially([source], **options)[0]

        def compile_all(sources, **options):
            with ThreadPoolExecutor(os.cpu_count()) as pool:
                jobs = [pool.submit(compile_one, source, options) for source in sources]
            return [job.result() for job in jobs]

        self.compiler.compile = compile_all
        super().build_extensions()


def is_newer(target, sources):
    """Return True when the file exists and is younger than all the sources."""
    if not os.path.exists(target):
        return False
    return os.path.getmtime(target) > max(map(os.path.getmtime, sources))


core = Extension(
    "polyregions._core",
    sources=["polyregions/_core.pyx", *SOURCES],
    include_dirs=["csrc"],
    depends=HEADERS,
    language="c++",
    extra_compile_args=[*FLAGS, "-isystem", BOOST],
    extra_link_args=[*LINK, *FLAGS],
)

setup(
    ext_modules=cythonize(
        [core],
        build_dir="build",
        compiler_directives={"language_level": 3, "autotestdict": False},
    ),
    cmdclass={"build_ext": ParallelBuild},
)
