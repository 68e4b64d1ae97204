# SPDX-License-Identifier: MIT
"""Corrupted files: every reader refuses them in one line, or reads what is still sound.

    python campaigns/corrupted_inputs.py [--files 100000] [--kinds npz,pt] [--seed 0]

Good files of each kind are spoiled (``mutations.py``) and read in workers of their own
(``guarded.py``).  A reader may raise the documented errors only, in one line; it may
not crash, take over 5 s or 1 GB, unpickle anything, or run code.

A new kind of file is a line of the table ``KINDS``: how good files are made, what may
spoil them, and how they are read.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import common
import framed
import guarded
import mutations
import numpy as np

import polyregions as pr
from polyregions.errors import (
    InternalError,
    InvalidArgumentError,
    InvalidDomainError,
    InvalidNetworkError,
    JournalError,
    ModelFileError,
)

DOCUMENTED = (
    InvalidArgumentError,
    InvalidDomainError,
    InvalidNetworkError,
    JournalError,
    ModelFileError,
)
# Where these stand in a message the file made the reader ask for too much memory.
NO_MEMORY = ("out of memory", "unable to allocate", "not enough memory")


@dataclass(frozen=True)
class Kind:
    """A kind of file.

    ``samples`` makes good files in an empty folder; ``mutations`` spoil their bytes;
    ``read`` reads one and uses what it read.
    """

    name: str
    suffix: str
    samples: Callable[[Path], list[bytes]]
    mutations: Sequence[mutations.Mutation]
    read: Callable[[Path], object]


class Evil:
    """Unpickling it would start a program."""

    def __reduce__(self):
        """Return what pickle would call."""
        return (os.system, ("exit 3",))


def _networks() -> list[pr.Network]:
    steps = pr.PiecewiseLinear((-1.0, 0.5, 2.0), (0.0, -1.5, 0.25, 1.0), anchor=0.75)
    return [
        pr.random_network([2, 3, 1], seed=0),
        pr.random_network([3, 4, 4, 2], seed=1, activation="hardtanh"),
        pr.random_network([2, 3, 2, 1], 2, activation="leaky_relu", negative_slope=0.1),
        pr.random_network([1, 2, 2, 1], seed=3, activation=[steps, None]),
        pr.random_network([2, 1], seed=4),
    ]


def npz_samples(folder: Path) -> list[bytes]:
    """Models as ``save`` writes them, compressed ones, and one with objects."""
    out = []
    for net in _networks():
        net.save(folder / "m.npz")
        out.append((folder / "m.npz").read_bytes())
    with np.load(folder / "m.npz") as file:
        arrays = {key: file[key] for key in file.files}
    np.savez_compressed(folder / "c.npz", **arrays)
    np.savez(folder / "o.npz", W0=np.array([Evil()], dtype=object), b0=np.zeros(1))
    halves = {key: value.astype(np.float16) for key, value in arrays.items()}
    np.savez(folder / "h.npz", **halves)
    return out + [(folder / f"{name}.npz").read_bytes() for name in "coh"]


def read_npz(path: Path) -> object:
    """Load a model and make the core's integers of it."""
    net = pr.load(path)
    with np.errstate(all="ignore"):
        value = net(np.zeros(net.n_inputs))
    return net.core, value, repr(net)


def read_weights(path: Path) -> object:
    """Load weights, with the activation that they need."""
    try:
        net = pr.load(path)
    except InvalidArgumentError:
        net = pr.load(path, activation="relu")
    return net.core, repr(net)


def safetensors_samples(folder: Path) -> list[bytes]:
    """Two and three layers, of several dtypes."""
    from test_weight_files import KINDS, linears, packed

    return [packed(linears([2, 3, 3, 1], dtype=dtype)[0]) for dtype in KINDS] + [
        packed({"weight": ("F32", np.ones((2, 3)))})
    ]


def pt_samples(folder: Path) -> list[bytes]:
    """State dicts, zipped and old, plain and nested, and pickles of objects."""
    import torch

    torch.manual_seed(0)
    nn = torch.nn
    module = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))
    state, out = module.state_dict(), []
    values = [state, {"state_dict": state, "epoch": 3}, nn.Linear(2, 2).state_dict()]
    values += [module, Evil(), {"a": Evil()}]
    for value in values:
        for zipped in (True, False):
            torch.save(value, folder / "m.pt", _use_new_zipfile_serialization=zipped)
            out.append((folder / "m.pt").read_bytes())
    return out


def domain_samples(folder: Path) -> list[bytes]:
    """Every kind of domain."""
    import json

    box = pr.Domain.box([-1, -np.inf], [2, 0.5])
    domains = [
        pr.Domain.all(3),
        box,
        pr.Domain.polytope([[1, 2], [-1, 0.5], [0, 1]], [1, np.inf, -0.25]),
        pr.Domain.segment([0.1, -3], [0.7, 3]),
        pr.Domain.slice([1, 0, 0.5], [[0.5, 2, 0], [0, 1, 1]], box),
    ]
    return [json.dumps(domain.to_json()).encode() for domain in domains] + [
        b'{"kind": "box", "lo": -1, "hi": 1, "dim": 3}'
    ]


def read_domain(path: Path) -> object:
    """Read a domain and write it again: the same one."""
    domain = pr.Domain.from_json(path)
    if pr.Domain.from_json(domain.to_json()) != domain:
        raise AssertionError("the domain changes when it is written and read")
    if domain.n_inputs <= 64:
        return domain.own_dim, domain.is_empty, repr(domain)
    return repr(domain)


def complex_samples(folder: Path) -> list[bytes]:
    """Complexes on several domains, a partial and an empty one."""
    nets, out = _networks(), []
    asked = [
        (nets[0], pr.Domain.all(2), {}),
        (nets[2], pr.Domain.box(-1, 1, dim=2), {}),
        (nets[3], pr.Domain.segment([-3], [3]), {}),
        (nets[1], pr.Domain.slice([1, 0, 0], [[0, 1, 1]]), {}),
        (nets[0], pr.Domain.all(2), {"max_regions": 3}),
        (nets[0], pr.Domain.polytope([[0, 0]], [-1]), {}),
    ]
    for net, domain, budget in asked:
        pr.enumerate_regions(net, domain, **budget).save(folder / "cx.npz")
        out.append((folder / "cx.npz").read_bytes())
    return out


def read_complex(path: Path) -> object:
    """Load a complex and look at its cells, of which some may be none."""
    cx = pr.load_complex(path)
    shown = repr(cx), cx.patterns, cx.on_breakpoint, cx.interior_points
    with suppress(InternalError):
        cx.locate(cx.interior_points[:2])
        return *shown, cx.adjacency, cx.linear_labels("closed"), [*cx]
    return shown


KINDS = {
    kind.name: kind
    for kind in (
        Kind("npz", ".npz", npz_samples, mutations.ARRAYS, read_npz),
        Kind(
            *("safetensors", ".safetensors", safetensors_samples),
            *(mutations.SAFETENSORS, read_weights),
        ),
        Kind("pt", ".pt", pt_samples, mutations.TORCH, read_weights),
        Kind("domain", ".json", domain_samples, mutations.JSON, read_domain),
        Kind("complex", ".npz", complex_samples, mutations.COMPLEX, read_complex),
        Kind(
            *("certificate", ".cert", framed.certificate_samples),
            *(framed.CERTIFICATE, framed.read_certificate),
        ),
        Kind(
            *("journal", ".journal", framed.journal_samples),
            *(framed.JOURNAL, framed.read_journal),
        ),
    )
}


@cache
def samples(name: str) -> list[bytes]:
    """Return the good files of a kind, each of which is read without complaint."""
    with tempfile.TemporaryDirectory() as folder:
        return KINDS[name].samples(Path(folder))


def spoilt(kind: Kind, seed: int, number: int) -> bytes:
    """Return the file of a number."""
    rng = common.generator(seed, number)
    data = samples(kind.name)[rng.integers(len(samples(kind.name)))]
    change = kind.mutations[rng.integers(len(kind.mutations))]
    data = change(rng, data)
    if data and rng.random() < 0.1:
        data = mutations.raw(rng, data)
    return data


def outcome(kind: Kind, path: Path) -> str | None:
    """Return None for a file that was read, "refused", or what is wrong."""
    try:
        kind.read(path)
    except DOCUMENTED as error:
        text = str(error)
        if any(words in text.lower() for words in NO_MEMORY):
            return f"asked for too much memory: {text}"
        if "\n" in text or not text:
            return f"the message is not one line: {text!r}"
        return "refused"
    return None


def cases(kind: Kind, seed: int, folder: str) -> guarded.Case:
    """Return what ``guarded`` runs."""

    def case(number: int) -> Callable[[], str | None]:
        path = Path(folder, f"{os.getpid()}{kind.suffix}")
        path.write_bytes(spoilt(kind, seed, number))
        return lambda: outcome(kind, path)

    return case


def run_kind(kind: Kind, numbers: Sequence[int], args, tally: common.Tally) -> None:
    """Read the files of some numbers."""
    samples(kind.name)  # once, before the workers are made
    totals = guarded.Totals()
    try:
        with tempfile.TemporaryDirectory() as folder:
            case = cases(kind, args.seed, folder)
            for failure in guarded.guarded(case, numbers, args.processes, totals):
                command = common.again("corrupted_inputs", args, failure.number)
                text = f"{kind.name} {failure.number}: {failure.what}"
                tally.fail(text, f"{command} --kinds {kind.name} --keep /tmp")
    finally:
        tally.add("files", totals.done)
        tally.add("read", totals.read)
        tally.most("s the slowest", totals.slowest)
        tally.most("MB at most", totals.bytes / 1e6)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the campaign; return its exit status."""
    parser = common.parser(__doc__, "files", 100_000)
    parser.add_argument("--kinds", default=",".join(KINDS), help="some of the kinds")
    parser.add_argument("--keep", help="folder for the file of --only, which is read")
    args = parser.parse_args(argv)
    kinds = [KINDS[name] for name in args.kinds.split(",")]
    if args.only is not None and args.keep:
        path = Path(args.keep, f"corrupted-{args.only}{kinds[0].suffix}")
        path.write_bytes(spoilt(kinds[0], args.seed, args.only))
        print(f"{path}: {outcome(kinds[0], path) or 'read'}")
        return 0
    tally = common.Tally("campaign-inputs")
    with tally:
        for kind in kinds:
            share = common.numbers(args, -(-args.files // len(kinds)))
            run_kind(kind, share, args, tally)
            tally.progress(tally.counts["files"], args.files)
    return tally.end()


if __name__ == "__main__":
    sys.exit(main())
