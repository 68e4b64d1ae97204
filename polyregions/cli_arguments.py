# SPDX-License-Identifier: MIT
"""What the command line takes: commands, options and their values."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from typing import Any, NoReturn

from . import cli_estimate, laws, plotting
from .counts import DEFINITIONS
from .domain import Domain
from .enumeration import ENGINES
from .errors import InvalidArgumentError
from .network import Network
from .readers import load

Run = Callable[[argparse.Namespace], int]

# Options that take numbers, which may start with a minus sign: how many follow.
_NUMBERS = {"--box": 2, "--window": 2, "--negative-slope": 1}


_PICTURE = "file to write: .png, .svg, .pdf, or .html to explore it in a browser"


class _Parser(argparse.ArgumentParser):
    """An argument parser that fails with one line."""

    def error(self, message: str) -> NoReturn:
        raise InvalidArgumentError(f"{message}; see {self.prog} --help")


def parser(runs: Mapping[str, Run]) -> _Parser:
    """Return the parser of the program; ``runs``: the body of each command."""
    program = _Parser(
        prog="polyregions",
        description="Exact regions of piecewise-linear networks.",
        allow_abbrev=False,
    )
    program.add_argument(
        "--version", action="version", version=f"polyregions {version('polyregions')}"
    )
    commands = program.add_subparsers(metavar="COMMAND", required=True)
    for name, add, text in (
        ("count", _add_count, "count the regions of a network"),
        ("bounds", _add_bounds, "print the bounds beside the count"),
        ("estimate", _add_estimate, "estimate regions too many to count"),
        ("montecarlo", _add_montecarlo, "count the regions of random networks"),
        ("verify", _add_verify, "check the certificate of a count"),
        ("plot", _add_plot, "draw the regions on a two-dimensional domain"),
        ("reproduce", _add_reproduce, "run a published experiment again"),
        ("info", None, "print versions, engines and extras"),
    ):
        command = commands.add_parser(
            name, help=text, description=f"{text}.".capitalize(), allow_abbrev=False
        )
        command.set_defaults(run=runs[name])
        if add is not None:
            add(command)
    return program


def _add_common(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("model", metavar="MODEL", help=".npz, .pt or .safetensors")
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


def _add_definitions(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--definitions",
        type=_names,
        default=("activation", "linear"),
        metavar="LIST",
        help=f"all, or some of {','.join(DEFINITIONS)}; default activation,linear",
    )
    command.add_argument("--json", action="store_true", help="print one JSON object")


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
    _add_common(command)
    _add_definitions(command)
    add = command.add_argument
    add("--certificate", metavar="FILE", help="write a proof there, for verify")
    add("--resume", metavar="FILE", help="journal from which a stopped count goes on")
    _add_scheduler(command)


def _add_bounds(command: argparse.ArgumentParser) -> None:
    _add_common(command)
    command.add_argument("--json", action="store_true", help="print one JSON object")
    command.add_argument("--no-count", action="store_true", help="the bounds alone")


def _add_estimate(command: argparse.ArgumentParser) -> None:
    command.add_argument("model", metavar="MODEL", help=".npz, .pt or .safetensors")
    _add_domain(command)
    _add_activation(command)
    cli_estimate.add_arguments(command)
    _add_scheduler(command)


def _add_montecarlo(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add(
        "--widths",
        type=_whole,
        required=True,
        metavar="LIST",
        help="inputs, hidden widths, outputs: 7,8,2,1",
    )
    add("--samples", type=int, default=5000, metavar="N", help="networks at most")
    add("--seed", type=int, default=0, metavar="N", help="with the sample's number")
    add("--law", default="uniform", metavar="NAME", help=", ".join(laws.WEIGHTS))
    add("--bias", metavar="NAME", help=f"{', '.join(laws.BIASES)}; the law's own")
    add("--activation", type=_names, default="relu", metavar="NAME", help="one, or a,b")
    add("--negative-slope", type=float, metavar="X", help="of leaky_relu and prelu")
    _add_domain(command)
    _add_definitions(command)
    add("--relative-error", type=float, metavar="E", help="stop when all means have it")
    add("--max-seconds", type=float, metavar="S", help="stop then, exit status 3")
    add("--max-regions", type=int, metavar="N", help="of one network")
    add("--beam", type=int, metavar="N", help="estimate by beams of N nodes, not count")
    add("--workers", type=int, metavar="N", help="the table is the same for any N")
    add("--out", metavar="FILE", help="table of the samples: .csv or .parquet")
    add("--resume", action="store_true", help="go on with what was begun for --out")
    _add_scheduler(command)
    add("--quiet", action="store_true", help="no progress on stderr")


def _add_scheduler(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="of a dask cluster that counts, tcp://host:8786, or its scheduler file",
    )


def _add_verify(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("certificate", metavar="CERTIFICATE", help="what count --certificate wrote")
    add("model", metavar="MODEL", help=".npz, .pt or .safetensors")
    add("--processes", type=int, metavar="N", help="all usable cores by default")
    _add_activation(command)


def _add_plot(command: argparse.ArgumentParser) -> None:
    _add_common(command)
    command.add_argument("picture", metavar="OUT", help=_PICTURE)
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
    add = command.add_argument
    add("--layers", type=int, metavar="K", help="only the first K hidden layers cut")
    add("--boundary", action="store_true", help="the decision boundary, in white")


def _add_reproduce(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("name", metavar="NAME", nargs="?", help="the experiment")
    add("--list", action="store_true", help="print the names of all experiments")
    add("--quick", action="store_true", help="fewer networks, or epochs")
    add("--out", metavar="DIR", help="folder to write; ./NAME by default")
    add("--workers", type=int, metavar="N", help="threads; all cores by default")
    add("--data", metavar="FILE", help="images to learn, for wang-digits: mnist.npz")


def joined(argv: Sequence[str]) -> list[str]:
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
    return _integers(text, "are no outputs; pass indices from 0, like 0,2")


def _whole(text: str) -> list[int]:
    return _integers(text, "are no widths; pass integers, like 7,8,2,1")


def _integers(text: str, fault: str) -> list[int]:
    try:
        return [int(number) for number in text.split(",")]
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} {fault}") from None


def options(args: argparse.Namespace) -> dict[str, Any]:
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


def law_of(args: argparse.Namespace) -> dict[str, Any]:
    """Return what montecarlo and estimate_mean both take."""
    return {
        "law": args.law,
        "bias": args.bias,
        "activation": args.activation,
        "negative_slope": args.negative_slope,
        "domain": domain_of(args, args.widths[0]),
        "max_seconds": args.max_seconds,
        "progress": not args.quiet,
    }


def network_of(args: argparse.Namespace) -> Network:
    """Return the network of the model file."""
    return load(
        args.model, activation=args.activation, negative_slope=args.negative_slope
    )


def domain_of(args: argparse.Namespace, n_inputs: int) -> Domain | None:
    """Return the domain that --box or --domain describes."""
    if args.domain is not None:
        return Domain.from_json(args.domain)
    if args.box is not None:
        lo, hi = args.box
        return Domain.box(lo, hi, dim=n_inputs)
    return None
