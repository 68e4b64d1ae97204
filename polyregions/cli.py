# SPDX-License-Identifier: MIT
"""The command line: ``polyregions`` count, estimate, verify, plot and info.

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
from typing import Any, NoReturn

from . import checker, cli_estimate, plotting
from .certificate import states_activations
from .counts import DEFINITIONS, RegionCounts
from .domain import Domain
from .enumeration import ENGINES, count_regions, enumerate_regions, usable_cores
from .errors import (
    InternalError,
    InvalidArgumentError,
    InvalidDomainError,
    PolyregionsError,
)
from .highs_library import highs_library
from .network import Network
from .readers import load

DONE, REJECTED, WRONG_INPUT, STOPPED = 0, 1, 2, 3
BUG, INTERRUPTED, BROKEN_PIPE = 70, 130, 141

# Options that take numbers, which may start with a minus sign: how many follow.
_NUMBERS = {"--box": 2, "--window": 2, "--negative-slope": 1}

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
    "torch": ("torch",),
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
    args = _parser().parse_args(_joined(argv))
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


# --- arguments ------------------------------------------------------------------------


class _Parser(argparse.ArgumentParser):
    """An argument parser that fails with one line."""

    def error(self, message: str) -> NoReturn:
        raise InvalidArgumentError(f"{message}; see {self.prog} --help")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="polyregions",
        description="Exact regions of piecewise-linear networks.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--version", action="version", version=f"polyregions {version('polyregions')}"
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for name, run, add, text in (
        ("count", _count, _add_count, "count the regions of a network"),
        ("estimate", _estimate, _add_estimate, "estimate regions too many to count"),
        ("verify", _verify, _add_verify, "check the certificate of a count"),
        ("plot", _plot, _add_plot, "draw the regions on a two-dimensional domain"),
        ("info", _info, None, "print versions, engines and extras"),
    ):
        command = commands.add_parser(
            name, help=text, description=f"{text}.".capitalize(), allow_abbrev=False
        )
        command.set_defaults(run=run)
        if add is not None:
            add(command)
    return parser


def _add_common(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    _add_domain(command)
    add("--engine", default="auto", metavar="NAME", help=", ".join(ENGINES))
    add("--threads", type=int, metavar="N", help="the answer is the same for any N")
    add("--max-seconds", type=float, metavar="S", help="stop then, exit status 3")
    add("--max-regions", type=int, metavar="N", help="stop then, exit status 3")
    add("--max-bytes", type=int, metavar="N", help="stop then, exit status 3")
    _add_activation(command)
    add("--output", type=_indices, metavar="I,J", help="only these outputs, from 0")
    add("--quiet", action="store_true", help="no progress on stderr")


def _add_domain(command: argparse.ArgumentParser) -> None:
    where = command.add_mutually_exclusive_group()
    where.add_argument(
        "--box",
        type=_ends,
        metavar="LO HI",
        help="domain lo <= x <= hi: two numbers, or two lists like -1,-2 1,2",
    )
    where.add_argument("--domain", metavar="FILE", help="domain as JSON")


def _add_activation(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add(
        "--activation",
        type=_names,
        metavar="NAME",
        help="for files that hold weights only; one, or one a hidden layer: a,b,c",
    )
    add("--negative-slope", type=float, metavar="X", help="of leaky_relu and prelu")


def _add_count(command: argparse.ArgumentParser) -> None:
    command.add_argument("model", metavar="MODEL", help=".npz, .pt or .safetensors")
    _add_common(command)
    add = command.add_argument
    add(
        "--definitions",
        type=_names,
        default=("activation", "linear"),
        metavar="LIST",
        help=f"all, or some of {','.join(DEFINITIONS)}; default activation,linear",
    )
    add("--json", action="store_true", help="print one JSON object")
    add("--certificate", metavar="FILE", help="write a proof there, for verify")
    add("--resume", metavar="FILE", help="journal from which a stopped count goes on")


def _add_estimate(command: argparse.ArgumentParser) -> None:
    command.add_argument("model", metavar="MODEL", help=".npz, .pt or .safetensors")
    _add_domain(command)
    _add_activation(command)
    cli_estimate.add_arguments(command)


def _add_verify(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("certificate", metavar="CERTIFICATE", help="what count --certificate wrote")
    add("model", metavar="MODEL", help=".npz, .pt or .safetensors")
    add("--processes", type=int, metavar="N", help="all usable cores by default")
    _add_activation(command)


def _add_plot(command: argparse.ArgumentParser) -> None:
    command.add_argument("model", metavar="MODEL", help=".npz, .pt or .safetensors")
    command.add_argument("picture", metavar="OUT", help="file to write: .png or .svg")
    _add_common(command)
    command.add_argument(
        "--window",
        type=_ends,
        metavar="LO HI",
        help="part of the domain to draw, like --box; all of it by default",
    )
    command.add_argument(
        "--regions",
        default="both",
        metavar="NAME",
        help=f"{', '.join(plotting.REGIONS)} (default)",
    )


def _joined(argv: Sequence[str]) -> list[str]:
    """Put each option of _NUMBERS and its values into one argument.

    argparse takes a value like -1,2 or -inf for an option.
    """
    out: list[str] = []
    rest = list(argv)
    while rest:
        argument = rest.pop(0)
        if argument == "--":
            return [*out, argument, *rest]
        option, equals, value = argument.partition("=")
        wanted = _NUMBERS.get(option, 0)
        if wanted:
            values = [value] if equals else []
            missing = wanted - len(values)
            values += rest[:missing]
            del rest[:missing]
            argument = f"{option}={' '.join(values)}"
        out.append(argument)
    return out


def _ends(text: str) -> tuple[Any, Any]:
    """Return (lo, hi) of "LO HI", each a number or a list of numbers."""
    try:
        lo, hi = ([float(number) for number in end.split(",")] for end in text.split())
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not LO HI; pass two numbers, or two lists like -1,-2 1,2"
        ) from None
    return lo[0] if len(lo) == 1 else lo, hi[0] if len(hi) == 1 else hi


def _names(text: str) -> Any:
    return text.split(",") if "," in text else text


def _indices(text: str) -> list[int]:
    try:
        return [int(index) for index in text.split(",")]
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} are no outputs; pass indices from 0, like 0,2"
        ) from None


def _options(args: argparse.Namespace) -> dict[str, Any]:
    """Return what count_regions and enumerate_regions both take."""
    return {
        "engine": args.engine,
        "threads": args.threads,
        "max_seconds": args.max_seconds,
        "max_regions": args.max_regions,
        "max_bytes": args.max_bytes,
        "output": args.output,
        "progress": not args.quiet,
    }


def _network(args: argparse.Namespace) -> Network:
    return load(
        args.model, activation=args.activation, negative_slope=args.negative_slope
    )


def _domain(args: argparse.Namespace, network: Network) -> Domain | None:
    """Return the domain that --box or --domain describes."""
    if args.domain is not None:
        return Domain.from_json(args.domain)
    if args.box is not None:
        lo, hi = args.box
        return Domain.box(lo, hi, dim=network.n_inputs)
    return None


# --- count ----------------------------------------------------------------------------


def _count(args: argparse.Namespace) -> int:
    network = _network(args)
    domain = _domain(args, network) or Domain.all(network.n_inputs)
    counts = count_regions(
        network,
        domain,
        definitions=args.definitions,
        certificate=args.certificate,
        resume=args.resume,
        **_options(args),
    )
    if args.json:
        print(json.dumps(counts.to_json(), allow_nan=False))
    else:
        print(counts_table(network, counts))
    if counts.status == "complete":
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


# --- estimate -------------------------------------------------------------------------


def _estimate(args: argparse.Namespace) -> int:
    network = _network(args)
    domain = _domain(args, network) or Domain.all(network.n_inputs)
    status, message = cli_estimate.run(args, network, domain)
    if message:
        _say(message)
    return status


# --- verify ---------------------------------------------------------------------------


def _verify(args: argparse.Namespace) -> int:
    """Run the checker on the model as an npz; 1 where the certificate is rejected."""
    certificate = os.fspath(args.certificate)
    if not os.path.isfile(certificate):
        raise InvalidArgumentError(f"{certificate}: no such file; check the path")
    if args.processes is not None and args.processes < 1:
        raise InvalidArgumentError(f"--processes {args.processes}; pass 1 or more")
    network = _network(args)
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
    path = plotting.checked_picture_path(args.picture)
    network = _network(args)
    domain = _domain(args, network) or _drawn_by_default(args, network)
    plotting.check_panels(args.regions)
    plotting.checked_outline(domain, args.window)  # its errors before the long work
    cx = enumerate_regions(network, domain, **_options(args))
    if args.box is args.domain is args.window is None:
        _say("no --box and no --domain: drawing the box [-1, 1] x [-1, 1]")
    plotting.plot_regions(cx, regions=args.regions, window=args.window, path=path)
    found = f"{len(cx)} activation region{'' if len(cx) == 1 else 's'}"
    if cx.status == "complete":
        print(f"{path}: {found} on {domain!r}")
        return DONE
    print(f"{path}: at least {found} on {domain!r} ({cx.status})")
    _say(f"stopped ({cx.status}): the picture lacks cells")
    return STOPPED


def _drawn_by_default(args: argparse.Namespace, network: Network) -> Domain:
    if network.n_inputs != 2:
        raise InvalidDomainError(
            f"the network takes {network.n_inputs} inputs and a picture shows two; "
            "pass --domain FILE with a slice of two directions"
        )
    return Domain.box(-1, 1, dim=2) if args.window is None else Domain.all(2)


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
