# SPDX-License-Identifier: MIT
"""What the scripts of this folder share: networks, measuring, JSON files, tables.

A record is {"script", "date", "machine", "python", "version", "rows"}; a row has a
"name" and "results", by engine or program, each with a "status" and "seconds".
"""

import argparse
import json
import os
import platform
import signal
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any, NoReturn

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

import corpus as recipes

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
Result = dict[str, Any]
Row = dict[str, Any]


class InputError(Exception):
    """Wrong input: one line for stderr, exit status 2."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A network on the box [-radius, radius]^d, or on R^d, with its known counts."""

    name: str
    draw: Callable[[], Sequence[tuple]]
    radius: float | None
    activation: int | None  # None: only the linear regions are known
    linear: int | None = None

    def layers(self) -> list[tuple]:
        """Return (W, b) by layer."""
        try:
            return list(self.draw())
        except ImportError as error:
            raise InputError(
                f"{self.name}: {error}; torchd networks need the torch extra"
            ) from None

    def problem(self) -> tuple:
        """Return the network and the domain as objects of the package."""
        import polyregions as pr

        net = pr.Network(self.layers())
        if self.radius is None:
            return net, pr.Domain.all(net.n_inputs)
        return net, pr.Domain.box(-self.radius, self.radius, dim=net.n_inputs)


# (d, hidden): counts of torchd networks that known_counts.md has no row for
_MORE_TORCHD = {(2, (256, 256)): 37357}


def _title(recipe: str, d: int, hidden: Sequence[int], seed: int) -> str:
    widths = ",".join(map(str, hidden))
    return f"{recipe} d{d} ({widths})" + (f" seed {seed}" if seed else "")


def uniform(d: int, hidden: tuple[int, ...], seed: int = 0) -> Case:
    """Weights and biases uniform on (-1, 1), on all of R^d."""
    linear = recipes.UNIFORM_LINEAR.get((d, hidden))
    return Case(
        name=_title("uniform", d, hidden, seed),
        draw=lambda: recipes.uniform(d, hidden, seed),
        radius=None,
        activation=recipes.UNIFORM[d, hidden][seed],
        linear=linear and linear[seed],
    )


def torchd(d: int, hidden: tuple[int, ...], seed: int = 0) -> Case:
    """PyTorch's default initialisation, on the box [-1, 1]^d."""
    known = {key[:2]: (key[2], counts) for key, counts in recipes.TORCHD.items()}
    known |= {key: (1, (count,)) for key, count in _MORE_TORCHD.items()}
    out, counts = known[d, hidden]
    return Case(
        name=_title("torchd", d, hidden, seed),
        draw=lambda: recipes.torchd(d, hidden, seed, out),
        radius=1.0,
        activation=counts[seed],
    )


def intw(d: int, hidden: tuple[int, ...], seed: int = 0) -> Case:
    """Weights and biases in {-1, 0, 1}, on the box [-2, 2]^d."""
    return Case(
        name=_title("intw", d, hidden, seed),
        draw=lambda: recipes.intw(d, hidden, seed),
        radius=2.0,
        activation=recipes.INTW[d, hidden][seed],
    )


def degenerate() -> list[Case]:
    """Return the degenerate networks of two inputs, each on the box and on R^2."""
    return [
        Case(
            name=f"{name} {where}",
            draw=lambda known=known: known.layers,
            radius=radius,
            activation=known.box if radius else known.plane,
            linear=known.linear if radius else None,
        )
        for name, known in recipes.DEGENERATE.items()
        for where, radius in (("box", 1.0), ("R^2", None))
    ]


def clock(body: Callable[[], Any], *, repeats: int) -> Result:
    """Time a call several times, the first second long."""
    runs: list[float] = []
    start = time.perf_counter()
    while not runs or (len(runs) < repeats and time.perf_counter() - start < 1):
        before = time.perf_counter()
        value = body()
        runs.append(time.perf_counter() - before)
    return {"value": value, **times(runs)}


def times(runs: Sequence[float]) -> Result:
    """Return best, median and all of some times."""
    return {
        "seconds": min(runs),
        "median": statistics.median(runs),
        "runs": list(runs),
    }


def measure(
    case: Case, problem: tuple, engine: str, *, seconds: float, repeats: int = 3
) -> Result | None:
    """Time and check one engine; None where it does not apply or is not installed.

    The status is "complete", "budget" (``seconds`` ran out: the count so far is checked
    as a lower bound) or "wrong".
    """
    import polyregions as pr

    definitions = ("activation",) if case.linear is None else ("activation", "linear")
    try:
        timed = clock(
            lambda: pr.count_regions(
                *problem,
                definitions=definitions,
                engine=engine,
                max_seconds=seconds,
                threads=1,
            ),
            repeats=repeats,
        )
    except (pr.errors.InvalidArgumentError, pr.errors.MissingExtraError):
        return None
    counts = timed.pop("value")
    return {
        "status": verdict(case, counts),
        **timed,
        "count": counts.activation,
        "linear": counts.linear,
        "regions_per_second": counts.activation / timed["seconds"],
        "decisions": dict(counts.decisions),
    }


def verdict(case: Case, counts: Any) -> str:
    """Return the status of a count held against what is known."""
    pairs = [(counts.activation, case.activation), (counts.linear, case.linear)]
    pairs = [(found, known) for found, known in pairs if known is not None]
    if counts.status != "complete":
        return "wrong" if any(found > known for found, known in pairs) else "budget"
    return "complete" if all(found == known for found, known in pairs) else "wrong"


# Records and tables


def cpu_info() -> dict[str, str]:
    """Return what Linux says of its first processor; nothing elsewhere."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return {}
    pairs = [line.partition(":") for line in text.split("\n\n")[0].splitlines()]
    return {key.strip(): value.strip() for key, _, value in pairs}


def machine_has(feature: str) -> bool:
    """Return True for a flag of the processor, by the compiler's name for it."""
    name = {"bmi": "bmi1", "lzcnt": "abm"}.get(feature, feature)
    return name in cpu_info().get("flags", "").split()


def machine() -> str:
    """Describe the processor without naming the computer."""
    model = cpu_info().get("model name", "unknown processor")
    vectors = [name for name in ("avx512f", "avx2") if machine_has(name)]
    cores = f"{os.cpu_count()}-core {platform.machine()}"
    return f"{cores} ({', '.join([model, *vectors[:1]])}), {platform.system()}"


def record(rows: Sequence[Row], **more: Any) -> dict[str, Any]:
    """Return the object that a script writes."""
    return {
        "script": Path(sys.argv[0]).name,
        "date": date.today().isoformat(),
        "machine": machine(),
        "python": platform.python_version(),
        "version": version("polyregions"),
        **more,
        "rows": list(rows),
    }


def write_record(path: Path, content: dict[str, Any]) -> None:
    """Write a record as JSON."""
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def read_record(path: Path) -> dict[str, Any]:
    """Read what ``write_record`` wrote; anything else is refused."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from None
    except ValueError:
        raise InputError(f"{path}: not JSON; pass a file written by --out") from None
    rows = content.get("rows") if isinstance(content, dict) else None
    if not isinstance(rows, list) or not all(
        isinstance(row, dict) and isinstance(row.get("results"), dict) for row in rows
    ):
        raise InputError(f"{path}: no rows of results; pass a file written by --out")
    return content


def table(
    header: Sequence[str], rows: Iterable[Sequence[str]], *, markdown: bool
) -> str:
    """Return text in columns, or a markdown table."""
    lines = [list(header), *map(list, rows)]
    if markdown:
        lines.insert(1, ["---"] * len(header))
        return "\n".join("| " + " | ".join(line) + " |" for line in lines)
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)


def short(seconds: float) -> str:
    """Return a time in a unit that suits it, in three digits."""
    for unit, factor in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= factor:
            return f"{three_digits(seconds / factor)} {unit}"
    return f"{three_digits(seconds / 1e-9)} ns"


def three_digits(value: float) -> str:
    """Return a number of at least 1 in three digits."""
    return f"{float(f'{value:.3g}'):,.{max(0, 3 - len(str(int(value))))}f}"


def rate(per_second: float) -> str:
    """Return regions per second in three digits."""
    return f"{float(f'{per_second:.3g}'):,.0f}/s" if per_second else "none"


# Command lines


class Parser(argparse.ArgumentParser):
    """A parser whose errors take one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: error: {message}\n")


def parser(doc: str | None, *, seconds: float | None = None) -> Parser:
    """Return a parser with the options that all measuring scripts have.

    ``seconds`` is the default of --seconds; without one there is no such option.
    """
    out = Parser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    if seconds is not None:
        out.add_argument(
            "--seconds",
            type=positive,
            default=seconds,
            metavar="S",
            help=f"time limit of one engine or program on one network ({seconds:g})",
        )
    out.add_argument(
        "--only",
        metavar="TEXT",
        help="measure only rows whose name contains the text",
    )
    out.add_argument("--out", type=Path, metavar="FILE.json", help="write JSON there")
    out.add_argument("--markdown", action="store_true", help="print a markdown table")
    out.add_argument(
        "--load",
        type=Path,
        metavar="FILE.json",
        help="measure nothing: print the table of an earlier --out",
    )
    return out


def positive(text: str) -> float:
    """Return a positive finite number."""
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text}: pass a positive number")
    return value


def selected(items: Sequence, text: str | None, name: Callable[[Any], str]) -> list:
    """Return the items whose name contains the text; none is refused."""
    chosen = [item for item in items if text is None or text in name(item)]
    if not chosen:
        raise InputError(f"--only {text!r}: no such row; one is {name(items[0])!r}")
    return chosen


def check_out(path: Path | None) -> None:
    """Refuse a file that cannot be written before hours are spent."""
    if path is not None and (path.is_dir() or not path.resolve().parent.is_dir()):
        raise InputError(f"--out {path}: no file in an existing folder")


def exit_with(main: Callable[[], int]) -> NoReturn:
    """Run a script; wrong input is one line on stderr and status 2."""
    name = Path(sys.argv[0]).name
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # end children too
    try:
        status = main()
        sys.stdout.flush()
        sys.exit(status)
    except BrokenPipeError:  # `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(1)
    except InputError as refusal:
        print(f"{name}: error: {refusal}", file=sys.stderr)
    except KeyboardInterrupt:
        print(f"{name}: interrupted", file=sys.stderr)
        sys.exit(130)
    sys.exit(2)
