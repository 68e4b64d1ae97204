# SPDX-License-Identifier: MIT
"""Proves the counts that a published experiment takes, one by one.

    python benchmarks/study_proofs.py [NAME ...] [--quick] [--most N]
            [--at-most 1000000] [--processes 2] [--workers 1] [--out FILE.json]

runs `polyregions reproduce NAME` (all of them without a name) and takes every count
again: with a certificate, of a network with at most so many regions, which the checker
must accept with the same numbers, in processes that know nothing but checker.py. Counts
of the experiment's own, and networks of its Monte Carlo runs. Pages go to a folder that
is thrown away. Exit status 1 where a proof is rejected, or proves another number.
"""

import importlib.util
import multiprocessing
import os
import pkgutil
import sys
import tempfile
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import wraps
from importlib import import_module
from pathlib import Path
from threading import Lock
from time import perf_counter
from typing import Any

from proofs import ALL, CHECKER
from suite import (
    Row,
    check_out,
    exit_with,
    parser,
    read_record,
    record,
    short,
    table,
    write_record,
)

AHEAD = 64  # files that wait for a checker
DEFINITIONS = ("activation", "linear")


def check(certificate: str, model: str) -> dict[str, Any]:
    """Return what the checker proves, or what it says; in a process of its own."""
    if "checker" not in sys.modules:
        spec = importlib.util.spec_from_file_location("checker", CHECKER)
        assert spec is not None
        assert spec.loader is not None
        sys.modules["checker"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules["checker"])
    try:
        _, proved = sys.modules["checker"].verify(certificate, model, 1)
    except Exception as error:
        proved = {"rejected": repr(error)[:300]}
    os.remove(certificate)
    os.remove(model)
    return dict(proved)


@dataclass
class Prover:
    """Certificates on their way to the checker, and what has become of the others."""

    folder: Path
    at_most: int
    pool: ProcessPoolExecutor
    proved: int = 0
    regions: int = 0
    size: int = 0  # bytes
    larger: int = 0
    wrong: list[str] = field(default_factory=list)
    _waiting: deque[tuple[dict[str, Any], Future]] = field(default_factory=deque)
    _number: int = 0
    _lock: Lock = field(default_factory=Lock)

    def prove(self, network: Any, domain: Any, found: dict[str, Any]) -> None:
        """Count again, with a certificate; ``found`` are numbers known already."""
        from polyregions.enumeration import count_regions  # is not watched there

        with self._lock:
            if found["activation"] > self.at_most:
                self.larger += 1
                return
            self._number += 1
            stem = self.folder / str(self._number)
        certificate, model = stem.with_suffix(".cert"), stem.with_suffix(".npz")
        counts = count_regions(
            network,
            domain,
            definitions=DEFINITIONS,
            threads=1,
            certificate=certificate,
        )
        known = {k: v for k, v in found.items() if v is not None}
        again = {k: getattr(counts, k) for k in known}
        if again != known:
            self.wrong.append(f"{network!r}: {known}, and again {again}")
            return
        network.save(model)
        wanted = {k: getattr(counts, k) for k in DEFINITIONS}
        wanted["per_layer"] = list(counts.per_layer)
        with self._lock:
            self.size += certificate.stat().st_size
            job = self.pool.submit(check, str(certificate), str(model))
            self._waiting.append((wanted, job))
        self.take(AHEAD)

    def take(self, ahead: int = 0) -> None:
        """Take results until so many are left."""
        while True:
            with self._lock:
                if len(self._waiting) <= ahead:
                    return
                wanted, job = self._waiting.popleft()
            proved = job.result()
            with self._lock:
                if proved == wanted:
                    self.proved += 1
                    self.regions += wanted["activation"]
                else:
                    self.wrong.append(f"wanted {wanted}, proved {proved}")


@contextmanager
def watched(prover: Prover) -> Iterator[None]:
    """Tell a prover of every count of the package."""
    import polyregions
    from polyregions import enumeration, sampling
    from polyregions.merge import n_labels

    count, enumerate_, sample = (
        enumeration.count_regions,
        enumeration.enumerate_regions,
        sampling.Question.count,
    )

    @wraps(count)
    def counting(network: Any, domain: Any, **options: Any) -> Any:
        counts = count(network, domain, **options)
        if counts.status == "complete":
            found = {k: getattr(counts, k) for k in (*DEFINITIONS, "per_layer")}
            if found["activation"] is None:  # was not asked for
                found["activation"] = counts.per_layer[-1] if counts.per_layer else 1
            outputs = network.checked_outputs(options.get("output"))
            prover.prove(network.with_outputs(outputs), domain, found)
        return counts

    @wraps(enumerate_)
    def enumerating(network: Any, domain: Any, **options: Any) -> Any:
        cx = enumerate_(network, domain, **options)
        if cx.status == "complete":
            found = {"activation": len(cx)}
            if len(cx) <= prover.at_most:
                found["linear"] = n_labels(cx.linear_labels("open"))
            prover.prove(network, domain, found)
        return cx

    def sampling_count(question: Any, parameters: Any, monitor: Any) -> Any:
        counts, outcomes = sample(question, parameters, monitor)
        columns = question.table(sampling.Rows(counts, outcomes)).counts
        for i, outcome in enumerate(outcomes):
            if outcome == 0 and "activation" in columns:
                found = {k: int(v[i]) for k, v in columns.items() if k in DEFINITIONS}
                prover.prove(
                    network_of(question, parameters[i]), question.domain, found
                )
        return counts, outcomes

    replaced = [(sampling.Question, "count", sample)]
    sampling.Question.count = sampling_count
    for info in pkgutil.walk_packages(polyregions.__path__, "polyregions."):
        if info.name.startswith(("polyregions.reproduce", "polyregions.study")):
            import_module(info.name)
    for name, module in list(sys.modules.items()):
        if not name.startswith("polyregions") or module is enumeration:
            continue
        for own, new in ((count, counting), (enumerate_, enumerating)):
            if getattr(module, own.__name__, None) is own:
                replaced.append((module, own.__name__, own))
                setattr(module, own.__name__, new)
    try:
        yield
    finally:
        for place, name, own in replaced:
            setattr(place, name, own)


def network_of(question: Any, parameters: Any) -> Any:
    """Return a network of a Monte Carlo run: W and b of each layer in turn."""
    import polyregions as pr

    layers, at = [], 0
    for n_in, n_out in zip(question.widths, question.widths[1:], strict=False):
        weight = parameters[at : at + n_in * n_out].reshape(n_out, n_in)
        at += n_in * n_out
        layers.append((weight, parameters[at : at + n_out]))
        at += n_out
    activations = [layer.activation for layer in question.network.layers[:-1]]
    return pr.Network(layers, activation=activations)


def experiment(name: str, options: Any) -> dict[str, Any]:
    """Run an experiment; what was proved of its counts."""
    from polyregions.reproduce import reproduce

    context = multiprocessing.get_context("spawn")
    with (
        tempfile.TemporaryDirectory() as folder,
        ProcessPoolExecutor(options.processes, mp_context=context) as pool,
    ):
        prover = Prover(Path(folder), options.at_most, pool)
        start = perf_counter()
        with watched(prover):
            reproduce(
                name,
                Path(folder) / "page",
                quick=options.quick,
                workers=options.workers,
                most=options.most,
            )
        prover.take()
    for line in prover.wrong[:20]:
        print(f"WRONG {name}: {line}", file=sys.stderr)
    result = {
        "status": "wrong" if prover.wrong else "complete",
        "regions": prover.regions,
        "bytes": prover.size,
        "larger": prover.larger,
        "wrong": len(prover.wrong),
        "seconds": perf_counter() - start,
    }
    row = {"name": name, "count": prover.proved, "results": {"proofs": result}}
    print("  ".join(cells(row)), file=sys.stderr, flush=True)
    return row


def cells(row: Row) -> list[str]:
    """Return the row as text."""
    found = row["results"]["proofs"]
    mean = found["bytes"] / found["regions"] if found["regions"] else 0.0
    return [
        row["name"],
        f"{row['count']}",
        f"{found['regions']}",
        f"{mean:.1f}",
        f"{found['larger']}",
        f"{found['wrong']}",
        short(found["seconds"]),
    ]


def experiment_table(content: dict, *, markdown: bool) -> str:
    """Return one line an experiment."""
    head = ["experiment", "counts proved", "regions", "bytes a region"]
    head += ["larger", "wrong", "time"]
    return table(head, map(cells, content["rows"]), markdown=markdown)


def main() -> int:
    """Prove what the command line asks for."""
    options = parser(__doc__)
    options.add_argument("names", nargs="*", metavar="NAME")
    options.add_argument("--quick", action="store_true", help="as of reproduce")
    options.add_argument("--most", type=int, metavar="N", help="networks of a shape")
    options.add_argument("--at-most", type=int, default=ALL, metavar="N")
    options.add_argument("--processes", type=int, default=2, metavar="N")
    options.add_argument("--workers", type=int, default=1, metavar="N")
    arguments = options.parse_args()
    if arguments.load is not None:
        content = read_record(arguments.load)
    else:
        from polyregions.reproduce import EXPERIMENTS

        check_out(arguments.out)
        names = arguments.names or [*EXPERIMENTS]
        rows = [experiment(name, arguments) for name in names]
        content = record(rows, quick=arguments.quick, most=arguments.most)
        if arguments.out is not None:
            write_record(arguments.out, content)
    print(experiment_table(content, markdown=arguments.markdown))
    return int(any(r["results"]["proofs"]["wrong"] for r in content["rows"]))


if __name__ == "__main__":
    exit_with(main)
