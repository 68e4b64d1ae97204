# SPDX-License-Identifier: MIT
"""Times the small kernels of csrc/ on their own, checked against plain versions.

    python benchmarks/kernels.py [--out FILE.json] [--markdown]

Compiles kernels.cpp, and lanes.cpp for every instruction set, with the flags of
setup.py into build/benchmarks. Seconds a call, best of five batches. Exit status 1
where a kernel's result is wrong.
"""

import ast
import json
import os
import re
import subprocess
from pathlib import Path

from suite import (
    HERE,
    ROOT,
    InputError,
    Row,
    check_out,
    exit_with,
    machine_has,
    parser,
    read_record,
    record,
    selected,
    short,
    table,
    write_record,
)

BUILT = ROOT / "build" / "benchmarks"
CSRC = ROOT / "csrc"
# What the two programs are linked with.
CORE = ("integer", "residues", "network", "float_network")
TARGET = re.compile(r'#pragma GCC target\("([^"]+)"\)')


def instruction_sets() -> dict[str, list[str]]:
    """Return the compiler flags of every instruction set that this machine has."""
    out = {}
    for source in sorted(CSRC.glob("fast_engines_*.cpp")):
        found = TARGET.search(source.read_text(encoding="utf-8"))
        names = found[1].split(",") if found else []
        if all(machine_has(name) for name in names):
            label = source.stem.removeprefix("fast_engines_")
            text = source.read_text(encoding="utf-8")
            lanes = re.search(r"#define POLYREGIONS_LANES (\d+)", text)
            assert lanes is not None
            flags = [
                f"-DPOLYREGIONS_ISA={label}",
                f"-DPOLYREGIONS_LANES={lanes[1]}",
                *(f"-m{name}" for name in names),
            ]
            out[label] = flags
    return dict(sorted(out.items(), key=lambda item: len(item[1])))


def compiler_flags() -> list[str]:
    """Return the constant FLAGS of setup.py, which cannot be imported."""
    tree = ast.parse((ROOT / "setup.py").read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "FLAGS":
            assert isinstance(node.value, ast.List)
            return [e.value for e in node.value.elts if isinstance(e, ast.Constant)]
    raise InputError("setup.py: no list FLAGS")


def compiled(source: Path, label: str = "", flags: list[str] | None = None) -> Path:
    """Return the object file of a source, made again where anything is newer."""
    target = BUILT / f"{source.stem}{label and '-'}{label}.o"
    headers = (*CSRC.glob("*.hpp"), *HERE.glob("*.hpp"))
    newest = max(path.stat().st_mtime for path in (source, *headers))
    if target.is_file() and target.stat().st_mtime > newest:
        return target
    try:
        import boost_headers
    except ImportError:
        raise InputError("boost-headers is not installed; run make develop") from None
    boost = Path(boost_headers.__file__).parent / "include"
    call_compiler(
        *(*compiler_flags(), *(flags or []), "-isystem", boost, "-I", CSRC, "-I", HERE),
        *("-c", source, "-o", target),
    )
    return target


def call_compiler(*arguments: str | Path) -> None:
    """Run the C++ compiler, which says itself what it does not like."""
    try:
        subprocess.run([os.environ.get("CXX", "c++"), *arguments], check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise InputError(f"{arguments[-1]} cannot be compiled ({error})") from None


def programs() -> dict[str, list[Path]]:
    """Return what to run by label: the exact kernels count as baseline."""
    BUILT.mkdir(parents=True, exist_ok=True)
    core = [compiled(CSRC / f"{name}.cpp") for name in CORE]
    out: dict[str, list[Path]] = {}
    for label, flags in instruction_sets().items():
        out[label] = [BUILT / f"lanes-{label}"]
        call_compiler(
            *(compiled(HERE / "lanes.cpp", label, flags), *core, "-o", out[label][0])
        )
    exact = BUILT / "kernels"
    call_compiler(compiled(HERE / "kernels.cpp"), *core, "-o", exact)
    out["baseline"].append(exact)
    return out


def measured() -> list[Row]:
    """Run all kernels; a wrong result ends this program with status 1."""
    rows: dict[str, Row] = {}
    for label, files in programs().items():
        for program in files:
            run = subprocess.run([program], stdout=subprocess.PIPE, text=True)
            if run.returncode != 0:
                raise SystemExit(1)
            for kernel in map(json.loads, run.stdout.splitlines()):
                row = rows.setdefault(
                    kernel["name"], {"name": kernel["name"], "results": {}}
                )
                result = {"status": "complete", "seconds": kernel["seconds"]}
                row["results"][label] = result
    return list(rows.values())


def kernel_table(content: dict, *, markdown: bool) -> str:
    """Return one line a kernel, one column an instruction set."""
    rows = content["rows"]
    labels = list(dict.fromkeys(label for row in rows for label in row["results"]))
    lines = []
    for row in rows:
        found = [row["results"].get(label) for label in labels]
        times = [short(result["seconds"]) if result else "" for result in found]
        lines.append([row["name"], *times])
    return table(["kernel", *labels], lines, markdown=markdown)


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
    print(kernel_table(content, markdown=arguments.markdown))
    return 0


if __name__ == "__main__":
    exit_with(main)
