# SPDX-License-Identifier: MIT
"""What it costs to track regions: [32]^3 on two moons, with RegionTracker and without.

    python benchmarks/tracking.py [--rounds N] [--epochs E] [--out FILE.json]

Both train from the same weights by turns, in one process and with one thread of torch;
the tracker counts activation and per_layer at every epoch. CPU seconds of the process:
the best of all rounds, and the median of the ratios of a round. Exit status 1 where the
tracker adds 10 % or more, or where the count at epoch 0 is not the published one.
"""

import statistics
import time

from suite import (
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


def seconds(data, epochs: int, tracker) -> float:
    """Return CPU seconds of a training."""
    import polyregions as pr

    module = pr.study.classifier(WIDTHS)
    callbacks = [] if tracker is None else [tracker]
    start = time.process_time()
    pr.study.train(module, data, epochs, callbacks=callbacks)
    return time.process_time() - start


def measured(rounds: int, epochs: int) -> list[dict]:
    """Return a row for each set of measures: best seconds without and with it."""
    import torch

    import polyregions as pr

    torch.set_num_threads(1)
    data = pr.study.moons()
    spent: dict[str, list[float]] = {}
    regions = {}
    for _ in range(rounds):
        for name in ("untracked", *DEFINITIONS):
            tracker = None
            if name in DEFINITIONS:
                measures = pr.study.Measures(**DEFINITIONS[name])
                tracker = pr.study.RegionTracker(measures)
            spent.setdefault(name, []).append(seconds(data, epochs, tracker))
            if tracker is not None:
                regions[name] = [row["activation"] for row in tracker]
                first = next(iter(tracker))
                assert all(first[key] == count for key, count in FIRST.items()), first
    return [
        {
            "name": name,
            "results": {
                label: {"status": "complete", "seconds": min(spent[key])}
                for label, key in (("untracked", "untracked"), ("tracked", name))
            },
            "ratio": statistics.median(
                tracked / plain
                for tracked, plain in zip(spent[name], spent["untracked"], strict=True)
            ),
            "target": MOST if name == next(iter(DEFINITIONS)) else None,
            "regions": [min(regions[name]), max(regions[name])],
        }
        for name in DEFINITIONS
    ]


def tracking_table(content: dict, *, markdown: bool) -> str:
    """Return the table of ratios."""
    head = ["tracked at every epoch", "untracked", "tracked", "regions", "ratio", "<"]
    lines = []
    for row in content["rows"]:
        times = [
            f"{row['results'][label]['seconds']:.3f} s"
            for label in ("untracked", "tracked")
        ]
        low, high = row["regions"]
        target = "" if row["target"] is None else f"{row['target']:.2f}"
        lines.append(
            [row["name"], *times, f"{low} to {high}", f"{row['ratio']:.3f}", target]
        )
    return table(head, lines, markdown=markdown)


def main() -> int:
    """Measure, print and keep."""
    options = parser(__doc__)
    options.add_argument("--rounds", type=int, default=15, metavar="N")
    options.add_argument("--epochs", type=int, default=30, metavar="E")
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
