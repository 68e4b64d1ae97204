# SPDX-License-Identifier: MIT
"""What it costs to track regions: [32]^3 on two moons, with RegionTracker and without.

    python benchmarks/tracking.py [--rounds N] [--epochs E] [--out FILE.json]

Both train from the same weights by turns, in one process and with one thread of torch;
the tracker counts activation and per_layer at every epoch. CPU seconds of the process:
the best of all rounds, and medians of a round's ratios: tracked to untracked, and what
was spent inside the tracker to the rest of the same training. Exit status 1 where the
tracker adds 10 % or more.
"""

import statistics
import time

from suite import (
    InputError,
    check_out,
    exit_with,
    parser,
    read_record,
    record,
    selected,
    table,
    write_record,
)

MOST = 1.10
WIDTHS = (2, 32, 32, 32, 2)
FIRST = {"activation": 1151, "per_layer_0": 217, "per_layer_1": 707}
DEFINITIONS = {
    "activation, per_layer": {"units": False},
    "and dead units": {"units": True},
    "and all definitions": {"units": True, "definitions": "all"},
}


class Timed:
    """A tracker, and the CPU seconds that it took."""

    def __init__(self, tracker) -> None:
        self.tracker, self.seconds = tracker, 0.0

    def __call__(self, module, epoch: int) -> None:
        start = time.process_time()
        self.tracker(module, epoch)
        self.seconds += time.process_time() - start


def train(data, epochs: int, callbacks: list) -> float:
    """Return CPU seconds of a training."""
    import polyregions as pr

    module = pr.study.classifier(WIDTHS)
    start = time.process_time()
    pr.study.train(module, data, epochs, callbacks=callbacks)
    return time.process_time() - start


def measured(rounds: int, epochs: int) -> list[dict]:
    """Return a row for each set of measures: by turns, without and with it."""
    import torch

    import polyregions as pr

    torch.set_num_threads(1)
    data = pr.study.moons()
    plain: list[float] = []
    rows: dict[str, dict] = {}
    for _ in range(rounds):
        plain.append(train(data, epochs, []))
        for name, options in DEFINITIONS.items():
            timed = Timed(pr.study.RegionTracker(pr.study.Measures(**options)))
            row = rows.setdefault(name, {"tracked": [], "inside": []})
            row["tracked"].append(train(data, epochs, [timed]))
            row["inside"].append(timed.seconds)
            row["table"] = list(timed.tracker)
            if not FIRST.items() <= row["table"][0].items():
                raise InputError(f"not the published counts: {row['table'][0]}")
    return [summary(name, row, plain) for name, row in rows.items()]


def summary(name: str, row: dict, plain: list[float]) -> dict:
    """Return the row as it is kept: best seconds, medians of the ratios of a round."""
    regions = [found["activation"] for found in row["table"]]
    rounds = list(zip(row["tracked"], row["inside"], plain, strict=True))
    return {
        "name": name,
        "results": {
            label: {"status": "complete", "seconds": min(spent)}
            for label, spent in (("untracked", plain), ("tracked", row["tracked"]))
        },
        "ratio": statistics.median(tracked / other for tracked, _, other in rounds),
        "inside": statistics.median(
            inside / (tracked - inside) for tracked, inside, _ in rounds
        ),
        "target": MOST if name == next(iter(DEFINITIONS)) else None,
        "regions": [min(regions), max(regions)],
    }


def tracking_table(content: dict, *, markdown: bool) -> str:
    """Return the table of ratios."""
    head = ["tracked at every epoch", "untracked", "tracked", "ratio", "at most"]
    lines = []
    for row in content["rows"]:
        times = [
            f"{row['results'][label]['seconds']:.3f} s"
            for label in ("untracked", "tracked")
        ]
        low, high = row["regions"]
        target = "" if row["target"] is None else f"{row['target']:.2f}"
        ratios = [f"{row['ratio']:.3f}", target, f"{100 * row['inside']:.1f} %"]
        lines.append([row["name"], *times, *ratios, f"{low} to {high}"])
    return table([*head, "inside", "regions"], lines, markdown=markdown)


def main() -> int:
    """Measure, print and keep."""
    options = parser(__doc__)
    options.add_argument("--rounds", type=int, default=7, metavar="N")
    options.add_argument("--epochs", type=int, default=100, metavar="E")
    arguments = options.parse_args()
    if arguments.load is not None:
        content = read_record(arguments.load)
    else:
        check_out(arguments.out)
        rows = measured(arguments.rounds, arguments.epochs)
        content = record(selected(rows, arguments.only, lambda row: row["name"]))
        if arguments.out is not None:
            write_record(arguments.out, content)
    print(tracking_table(content, markdown=arguments.markdown))
    targets = [row for row in content["rows"] if row["target"] is not None]
    return int(any(row["ratio"] >= row["target"] for row in targets))


if __name__ == "__main__":
    exit_with(main)
