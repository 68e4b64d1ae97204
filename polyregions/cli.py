# SPDX-License-Identifier: MIT
"""The command line: ``polyregions count``, ``bounds``, ``montecarlo``, ``verify``, ...

Exit status: 0 done; 1 a certificate was rejected; 2 wrong input, one line on stderr; 3
stopped by a budget or an interrupt, the partial result is printed, or an estimate that
cannot be trusted; 70 a bug of this program; 130 interrupted where nothing had been
counted; 141 whoever read the output has gone.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from . import checker, cli_estimate, explorer, plotting
from .budgets import usable_cores
from .certificate import states_activations
from .cli_arguments import domain_of, joined, law_of, network_of, options, parser
from .counts import RegionCounts
from .domain import Domain
from .enumeration import ENGINES, count_regions, enumerate_regions
from .errors import (
    InternalError,
    InvalidArgumentError,
    InvalidDomainError,
    PolyregionsError,
)
from .highs_library import highs_library
from .montecarlo import montecarlo
from .mosaic import checked_layers
from .network import Network
from .outline import checked_outline
from .region_complex import RegionComplex
from .samples import checked_table_path
from .theory.report import bounds_on, bounds_report

DONE, REJECTED, WRONG_INPUT, STOPPED = 0, 1, 2, 3
BUG, INTERRUPTED, BROKEN_PIPE = 70, 130, 141

_MEANINGS = {
    "activation": "cells of equal activation pattern (R2)",
    "linear": "cells of equal affine map, joined across facets (R4)",
    "linear_closed": "cells of equal affine map, joined on any contact (R5)",
    "affine": "distinct affine maps (R6)",
}

_EXTRAS = {
    "highs": ("highspy",),
    "graph": ("networkx",),
    "tables": ("pandas", "pyarrow"),
    "plot": ("matplotlib",),
    "study": ("scikit-learn",),
    "torch": ("torch",),
    "cluster": ("distributed",),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program; return its exit status.

    Parameters
    ----------
    argv : arguments without the program's name; None for those of the process

    Notes
    -----
    No exception leaves it, unless POLYREGIONS_DEBUG is set in the environment.
    """
    try:
        status = _run(sys.argv[1:] if argv is None else list(argv))
        sys.stdout.flush()
        return status
    except SystemExit as stop:  # argparse, after --help and --version
        return int(stop.code or 0)
    except (Exception, KeyboardInterrupt) as error:
        if os.environ.get("POLYREGIONS_DEBUG"):
            raise
        return _failed(error)


def _run(argv: list[str]) -> int:
    args = parser(_COMMANDS).parse_args(joined(argv))
    command: Callable[[argparse.Namespace], int] = args.run
    return command(args)


def _failed(error: BaseException) -> int:
    """Say what went wrong in one line; return the exit status."""
    if isinstance(error, BrokenPipeError):
        _drop_stdout()
        return BROKEN_PIPE
    if isinstance(error, KeyboardInterrupt):
        _say("interrupted before anything was counted")
        return INTERRUPTED
    if isinstance(error, MemoryError):
        _say("error: out of memory; pass --max-bytes, or a smaller domain")
        return WRONG_INPUT
    if isinstance(error, PolyregionsError) and not isinstance(error, InternalError):
        _say(f"error: {error}")
        return WRONG_INPUT
    if isinstance(error, OSError) and error.filename is None:
        _say(f"error: cannot write the output: {error.strerror or error}")
        return WRONG_INPUT
    _say(
        f"error: a bug in polyregions ({type(error).__name__}: {error}); please report "
        "it with what POLYREGIONS_DEBUG=1 prints"
    )
    return BUG


def _say(message: str) -> None:
    """Print one line, whatever the message holds, on stderr."""
    print("polyregions:", " ".join(message.split()), file=sys.stderr)


def _drop_stdout() -> None:
    """Send what is still unwritten nowhere, so that the exit does not try again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


# --- count ----------------------------------------------------------------------------


def _count(args: argparse.Namespace) -> int:
    network = network_of(args)
    domain = domain_of(args, network.n_inputs) or Domain.all(network.n_inputs)
    counts = count_regions(
        network,
        domain,
        definitions=args.definitions,
        certificate=args.certificate,
        resume=args.resume,
        scheduler=args.scheduler,
        **options(args),
    )
    if args.json:
        print(json.dumps(counts.to_json(), allow_nan=False))
    else:
        print(counts_table(network, counts))
    return _counted(counts)


def _counted(counts: RegionCounts | None) -> int:
    """Return the exit status of a count, if any; say that a partial one is."""
    if counts is None or counts.status == "complete":
        return DONE
    _say(f"stopped ({counts.status}): the numbers are lower bounds of the counts")
    return STOPPED


def counts_table(network: Network, counts: RegionCounts) -> str:
    """Return the counts as a table: by definition, then by layer."""
    partial = counts.status != "complete"
    rows = [
        (name, getattr(counts, name), _meaning(name, partial))
        for name in counts.definitions
    ]
    for k, number in enumerate(counts.per_layer):
        layers = "hidden layer 1" if k == 0 else f"hidden layers 1-{k + 1}"
        rows.append((layers, number, "activation regions when only these cut"))
    bound = ">= " if partial else ""
    width = max([len(f"{bound}{number}") for _, number, _ in rows], default=0)
    lines = [f"{network!r} on {counts.domain!r}"]
    lines += [
        f"  {name:<17} {f'{bound}{number}':>{width}}  {meaning}"
        for name, number, meaning in rows
    ]
    lines.append(f"  {counts.status}, engine {counts.engine}, {counts.seconds:.3g} s")
    return "\n".join(lines)


def _meaning(name: str, partial: bool) -> str:
    if partial and name in ("linear", "linear_closed"):
        return "so far certainly different: a lower bound"
    return _MEANINGS[name] + (", seen so far" if partial else "")


# --- bounds ---------------------------------------------------------------------------


def _bounds(args: argparse.Namespace) -> int:
    network = network_of(args)
    domain = domain_of(args, network.n_inputs) or Domain.all(network.n_inputs)
    found = bounds_on(network, domain)  # its errors before the long work
    counts = None if args.no_count else count_regions(network, domain, **options(args))
    print(bounds_report(network, domain, found, counts, as_json=args.json))
    return _counted(counts)


# --- estimate -------------------------------------------------------------------------


def _estimate(args: argparse.Namespace) -> int:
    network = network_of(args)
    domain = domain_of(args, network.n_inputs) or Domain.all(network.n_inputs)
    return _told(cli_estimate.run(args, network, domain))


def _told(outcome: tuple[int, str]) -> int:
    """Return the exit status, having said on stderr what there is to say."""
    status, message = outcome
    if message:
        _say(message)
    return status


# --- montecarlo -----------------------------------------------------------------------


def _montecarlo(args: argparse.Namespace) -> int:
    if args.beam is not None:
        return _told(cli_estimate.run_mean(args, law_of(args)))
    journal = _checked_journal(args)
    found = montecarlo(
        args.widths,
        args.samples,
        args.seed,
        definitions=args.definitions,
        relative_error=args.relative_error,
        max_regions=args.max_regions,
        workers=args.workers,
        resume=journal,
        scheduler=args.scheduler,
        **law_of(args),
    )
    if journal is not None:
        found.table.save(args.out)
    print(json.dumps(found.to_json(), allow_nan=False) if args.json else found.text())
    if found.status == "complete":
        if journal is not None:
            os.remove(journal)
        return DONE
    _say(f"stopped ({found.status}) after {found.samples} samples")
    return STOPPED


def _checked_journal(args: argparse.Namespace) -> str | None:
    """Return the path of the journal beside --out."""
    if args.out is None:
        if args.resume:
            raise InvalidArgumentError("--resume goes on with a table; pass --out FILE")
        return None
    journal = f"{checked_table_path(args.out)}.journal"
    if os.path.exists(journal) and not args.resume:
        raise InvalidArgumentError(
            f"{journal} holds the samples of a run that did not end; pass --resume to "
            "go on with it, or remove it"
        )
    return journal


# --- verify ---------------------------------------------------------------------------


def _verify(args: argparse.Namespace) -> int:
    """Run the checker on the model as an npz; 1 where the certificate is rejected."""
    certificate = os.fspath(args.certificate)
    if not os.path.isfile(certificate):
        raise InvalidArgumentError(f"{certificate}: no such file; check the path")
    if args.processes is not None and args.processes < 1:
        raise InvalidArgumentError(f"--processes {args.processes}; pass 1 or more")
    network = network_of(args)
    if not states_activations(certificate, network):
        print("rejected: the certificate is about other activations than the model's")
        return REJECTED
    with tempfile.TemporaryDirectory() as folder:
        model = os.path.join(folder, "model.npz")
        network.save(model)
        processes = str(args.processes or usable_cores())
        status: int = checker.main([certificate, model, processes])  # type: ignore[no-untyped-call]
    return status


# --- plot -----------------------------------------------------------------------------


def _plot(args: argparse.Namespace) -> int:
    suffixes = (*plotting.SUFFIXES, *explorer.SUFFIXES)
    path = plotting.checked_picture_path(args.picture, suffixes)
    network = network_of(args)
    domain = domain_of(args, network.n_inputs) or _drawn_by_default(args, network)
    plotting.checked_regions(args.regions)
    checked_layers(network, args.layers)
    write = _explored if path.suffix.lower() in explorer.SUFFIXES else _drawn
    if write is _drawn:
        plotting.check_panels(args.regions)
    elif args.layers is not None:
        raise InvalidArgumentError(
            "--layers: an html page has a slider for them; leave --layers out"
        )
    checked_outline(domain, args.window)  # its errors before the long work
    cx = enumerate_regions(network, domain, **options(args))
    if args.box is args.domain is args.window is None:
        _say("no --box and no --domain: drawing the box [-1, 1] x [-1, 1]")
    write(args, cx, path)
    found = f"{len(cx)} activation region{'' if len(cx) == 1 else 's'}"
    if cx.status == "complete":
        print(f"{path}: {found} on {domain!r}")
        return DONE
    print(f"{path}: at least {found} on {domain!r} ({cx.status})")
    _say(f"stopped ({cx.status}): the picture lacks cells")
    return STOPPED


def _drawn(args: argparse.Namespace, cx: RegionComplex, path: Path) -> None:
    plotting.plot_regions(
        cx,
        regions=args.regions,
        layers=args.layers,
        window=args.window,
        boundary=args.boundary,
        path=path,
    )


def _explored(args: argparse.Namespace, cx: RegionComplex, path: Path) -> None:
    regions = "activation" if args.regions == "both" else args.regions
    explorer.write_explorer(
        path, cx, title=f"{cx.network!r}", regions=regions, window=args.window
    )


def _drawn_by_default(args: argparse.Namespace, network: Network) -> Domain:
    if network.n_inputs != 2:
        raise InvalidDomainError(
            f"the network takes {network.n_inputs} inputs and a picture shows two; "
            "pass --domain FILE with a slice of two directions"
        )
    return Domain.box(-1, 1, dim=2) if args.window is None else Domain.all(2)


# --- reproduce ------------------------------------------------------------------------


def _reproduce(args: argparse.Namespace) -> int:
    from .reproduce.run import main as reproduce  # with charts; nothing else needs it

    return reproduce(args)


# --- info -----------------------------------------------------------------------------


def _info(args: argparse.Namespace) -> int:
    print(f"polyregions {version('polyregions')}")
    print(f"python {platform.python_version()}, numpy {version('numpy')}")
    print("engines")
    print("  auto      takes the fastest that applies")
    for engine in ENGINES[1:]:
        usable = engine != "highs" or highs_library() is not None
        hint = "needs highspy: pip install 'polyregions[highs]'"
        print(f"  {engine:<9} {'available' if usable else hint}")
    print("extras")
    for extra, packages in _EXTRAS.items():
        found = ", ".join(map(_installed, packages))
        hint = f": pip install 'polyregions[{extra}]'" if "missing" in found else ""
        print(f"  {extra:<9} {found}{hint}")
    return DONE


def _installed(package: str) -> str:
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return f"{package} missing"


_COMMANDS = {
    "count": _count,
    "bounds": _bounds,
    "estimate": _estimate,
    "montecarlo": _montecarlo,
    "verify": _verify,
    "plot": _plot,
    "reproduce": _reproduce,
    "info": _info,
}
