# SPDX-License-Identifier: MIT
"""Proves the counts of the tables: a certificate each, checked by the checker alone.

    python benchmarks/proofs.py [--at-most 1000000] [--quick] [--samples 5]
                                [--out FILE.json]

Networks are those of corpus.py, and the others of at most 10^6 regions in the tables of
the README and of this folder; --quick takes those of at most 20 000. Of larger ones
--samples proves the counts in so many boxes each, around random points, that have 1000
to 20 000 regions; there the number comes from another engine. Columns: bytes of the
certificate a region, as it is, by zlib and by xz; the time of a count of both
definitions with one thread, of one that writes the certificate (each the best of
several within a second), and their ratio; that of `python -S -I checker.py` with
--processes (1), and the same a region. Exit status 1 where a proof is rejected, or
proves another number than is known.
"""

import lzma
import re
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter

import numpy as np
from cases import all_cases
from large import BILLION, CASES
from suite import (
    ROOT,
    Case,
    Result,
    Row,
    check_out,
    clock,
    exit_with,
    parser,
    read_record,
    recipes,
    record,
    selected,
    short,
    table,
    torchd,
    verdict,
    write_record,
)

CHECKER = ROOT / "polyregions" / "checker.py"
SUMMED = ("bytes", "zlib", "xz", "seconds")
QUICK, ALL = 20_000, 1_000_000
IN_A_BOX = (1_000, 20_000)  # regions
TRIES = 60  # of sizes of a box
PROVED = re.compile(r"^proved: (\w+) = (\S.*?) \(", re.MULTILINE)


def cases() -> list[Case]:
    """Return all networks of the tables, whatever their size."""
    wide = Case(
        name="uniform d784 (10,10)",
        draw=lambda: recipes.uniform(784, (10, 10), 0),
        radius=None,
        activation=223074,
        linear=222915,
    )
    moons = Case(
        name="two moons", draw=two_moons, radius=1.0, activation=130, linear=107
    )
    return [*all_cases(), torchd(2, (256, 256)), wide, moons]


@dataclass(frozen=True)
class Boxed(Case):
    """A network of large.py on a box."""

    widths: tuple[int, ...] = ()
    centre: tuple[float, ...] = ()

    def problem(self) -> tuple:
        """Return the network and the box."""
        import polyregions as pr

        x, net = np.array(self.centre), pr.random_network(self.widths, seed=0)
        return net, pr.Domain.box(x - self.radius, x + self.radius)


def boxes(n: int) -> Iterator[Case]:
    """Return boxes of a fitting number of regions, of each network above 10^6."""
    large = [
        widths for widths in [*CASES, BILLION] if widths[0] < 5 and widths[1] >= 36
    ]
    for widths in large:
        for seed in range(n):
            name = f"{'-'.join(map(str, widths))}, box {seed}"
            yield box(name, widths, np.random.default_rng(seed))


def box(name: str, widths: tuple[int, ...], rng: np.random.Generator) -> Boxed:
    """Return a box around a random point, with its number of regions."""
    import polyregions as pr

    case = Boxed(
        name=name,
        draw=list,
        radius=0.25,
        activation=None,
        widths=widths,
        centre=tuple(rng.standard_normal(widths[0])),
    )
    low, high = IN_A_BOX
    for _ in range(TRIES):
        asked = {"definitions": "activation", "engine": "dictionary"}
        found = pr.count_regions(*case.problem(), max_regions=high + 1, **asked)
        if low <= found.activation <= high:
            return replace(case, activation=found.activation)
        factor = 0.75 if found.activation > high else 1.2
        case = replace(case, radius=factor * case.radius)
    raise RuntimeError(f"no box of {widths} has {low} to {high} regions")


def two_moons() -> list[tuple]:
    """Return the network of the demo."""
    sys.path.insert(0, str(ROOT / "examples"))
    import two_moons as demo

    import polyregions as pr

    net = pr.Network.from_torch(demo.train(*demo.two_moons(200, noise=0.1, seed=0)))
    return [(layer.weight, layer.bias) for layer in net.layers]


def size(case: Case) -> int:
    """Return the known number of regions."""
    return (case.linear if case.activation is None else case.activation) or 0


def measured(case: Case, processes: int) -> Row:
    """Count, write and check one network, and print its line."""
    with tempfile.TemporaryDirectory() as folder:
        result = proof(case, Path(folder), processes)
    row = {"name": case.name, "count": result["count"], "results": {"proof": result}}
    print("  ".join(cells(row)), file=sys.stderr, flush=True)
    return row


def proof(case: Case, folder: Path, processes: int) -> Result:
    """Return what a certificate costs; its status is "complete" or "wrong"."""
    import polyregions as pr

    net, domain = case.problem()
    certificate, model = folder / "count.cert", folder / "model.npz"
    net.save(model)
    asked = {"threads": 1, "definitions": ("activation", "linear")}
    plain = clock(lambda: pr.count_regions(net, domain, **asked), repeats=5)
    asked["certificate"] = certificate
    written = clock(lambda: pr.count_regions(net, domain, **asked), repeats=5)
    counts, traced = plain["value"], written["value"]
    data = certificate.read_bytes()
    start = perf_counter()
    arguments = [CHECKER, certificate, model, processes]
    checked = subprocess.run(
        [sys.executable, "-S", "-I", *map(str, arguments)],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    seconds = perf_counter() - start
    known = {verdict(case, counts), verdict(case, traced)} == {"complete"}
    return {
        "status": "complete" if known and proves(checked, counts) else "wrong",
        "said": "" if proves(checked, counts) else checked.stdout[:300],
        "seconds": seconds,
        "write": written["seconds"],
        "count_seconds": plain["seconds"],
        "count": counts.activation,
        "bytes": len(data),
        "zlib": len(zlib.compress(data)),
        "xz": len(lzma.compress(data)),
    }


def proves(checked: subprocess.CompletedProcess, counts) -> bool:
    """Whether the checker accepted the file, and proved these very numbers."""
    found = dict(PROVED.findall(checked.stdout))
    wanted = {"activation": counts.activation, "linear": counts.linear}
    wanted |= {"per_layer": list(counts.per_layer)}
    return checked.returncode == 0 and found == {k: f"{n}" for k, n in wanted.items()}


def cells(row: Row) -> list[str]:
    """Return the row as text."""
    found, n = row["results"]["proof"], row["count"]
    if found["status"] == "wrong":
        return [row["name"], str(n), *["–"] * 8, f"WRONG {found['said']}".strip()]
    return [
        row["name"],
        str(n),
        f"{found['bytes'] / n:.1f}",
        f"{found['zlib'] / n:.1f}",
        f"{found['xz'] / n:.1f}" if "xz" in found else "–",
        short(found["count_seconds"]),
        short(found["write"]),
        f"{found['write'] / found['count_seconds']:.1f}",
        short(found["seconds"]),
        short(found["seconds"] / n),
        "proved",
    ]


def proof_table(content: dict, *, markdown: bool) -> str:
    """Return one line a network."""
    head = ["network", "regions", "bytes a region", "zlib", "xz"]
    head += ["count", "write", "ratio", "check", "a region", ""]
    return table(head, map(cells, content["rows"]), markdown=markdown)


def page_table(content: dict, *, markdown: bool) -> str:
    """Return the lines of at least a thousand regions."""
    rows = [row for row in content["rows"] if row["count"] >= 1000]
    return proof_table({"rows": rows}, markdown=markdown)


def summary(content: dict) -> str:
    """Return sums over all networks, and the median ratio from 1000 regions on."""
    found = [row["results"]["proof"] for row in content["rows"]]
    right = [result for result in found if result["status"] == "complete"]
    n = sum(result["count"] for result in right) or 1
    mean = {key: sum(r[key] for r in right) / n for key in SUMMED}
    ratios = [r["write"] / r["count_seconds"] for r in right if r["count"] >= 1000]
    return (
        f"{len(found)} networks: {len(right)} counts proved, "
        f"{len(found) - len(right)} wrong; {n} regions, {mean['bytes']:.1f} bytes "
        f"({mean['zlib']:.1f} by zlib, {mean['xz']:.1f} by xz) and "
        f"{1e6 * mean['seconds']:.0f} µs each"
        + (f"; writing: {np.median(ratios):.2f} times the count" if ratios else "")
    )


def main() -> int:
    """Measure what the command line asks for."""
    options = parser(__doc__)
    options.add_argument("--at-most", type=int, default=ALL, metavar="N")
    options.add_argument("--quick", action="store_true", help=f"at most {QUICK}")
    options.add_argument("--processes", type=int, default=1, metavar="N")
    options.add_argument("--samples", type=int, default=0, metavar="N")
    arguments = options.parse_args()
    if arguments.load is not None:
        content = read_record(arguments.load)
    else:
        check_out(arguments.out)
        limit = min(arguments.at_most, QUICK if arguments.quick else ALL)
        known = [case for case in cases() if size(case) <= limit]
        known += boxes(arguments.samples)
        chosen = selected(known, arguments.only, lambda case: case.name)
        rows = [measured(case, arguments.processes) for case in chosen]
        content = record(rows, processes=arguments.processes)
        if arguments.out is not None:
            write_record(arguments.out, content)
    print(proof_table(content, markdown=arguments.markdown))
    print(f"\n{summary(content)}")
    return int(any(r["results"]["proof"]["status"] == "wrong" for r in content["rows"]))


if __name__ == "__main__":
    exit_with(main)
