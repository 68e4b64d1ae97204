# SPDX-License-Identifier: MIT
"""Pictures of many regions: polygons, colours, png, svg and pdf, and the explorer.

    python benchmarks/pictures.py [--out FILE.json] [--markdown]

Networks are random_network(widths, seed=0) on [-1, 1]^2. Times are those of the
processor, which other work on the machine does not lengthen much. Where a Chromium is
found, it opens the explorer: by the clock, from the start of the page to its first
picture on the screen.
"""

import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from suite import (
    HERE,
    Row,
    check_out,
    exit_with,
    parser,
    read_record,
    record,
    selected,
    short,
    table,
    write_record,
)

CASES = [(2, 64, 64, 64, 1), (2, 128, 120, 110, 1), (2, 200, 200, 200, 150, 1)]
STAGES = ("polygons", "colours", "panel", "png", "svg", "pdf", "page")


def measured(widths: Sequence[int]) -> Row:
    """Return the times of one network, and what its page takes in a browser."""
    from matplotlib.figure import Figure

    import polyregions as pr
    from polyregions.explorer import write_explorer
    from polyregions.mosaic import mosaic
    from polyregions.plotting import plot_regions, save_picture

    domain = pr.Domain.box(-1, 1, dim=2)
    cx = pr.enumerate_regions(pr.random_network(widths, seed=0), domain)
    seconds = {}

    def timed(name, call):
        start = time.process_time()
        result = call()
        seconds[name] = time.process_time() - start
        return result

    shown = timed("polygons", lambda: mosaic(cx))
    assert len(shown.outlines) == len(cx)
    assert abs(shown.outlines.areas().sum() - 4) < 1e-9
    labels = shown.labels("activation")
    colours = timed("colours", lambda: shown.colours(labels))
    assert (colours[shown.facets.low] != colours[shown.facets.high]).all()
    axes = Figure(layout="constrained").subplots()
    figure = timed("panel", lambda: plot_regions(cx, regions="activation", ax=axes))
    with tempfile.TemporaryDirectory() as folder:
        for suffix in ("png", "svg", "pdf"):
            file = Path(folder) / f"picture.{suffix}"
            timed(suffix, lambda file=file: save_picture(figure, file))
        page = Path(folder) / "page.html"
        timed("page", lambda: write_explorer(page, cx))
        size = page.stat().st_size
        first = in_browser(page, len(cx))
    results = {"regions": len(cx), "seconds": seconds, "page": size, "first": first}
    return {"name": "-".join(map(str, widths)), "results": results}


def in_browser(page: Path, n_regions: int) -> float | None:
    """Return the seconds to the first picture; None without a browser."""
    sys.path.append(str(HERE.parent / "tests"))
    from browser import Browser, find_browser

    try:
        find_browser()
    except FileNotFoundError:
        return None
    with Browser() as browser:
        browser.open(page)
        browser.settle()
        assert browser.value("explorer.picture.drawn") == n_regions
        return browser.value("explorer.firstPicture") / 1000


def picture_table(content: dict, *, markdown: bool) -> str:
    """Return the stages of each network in columns."""
    head = ["network", "regions", *STAGES, "page size", "in Chromium"]
    lines = []
    for row in content["rows"]:
        found = row["results"]
        times = [short(found["seconds"][stage]) for stage in STAGES]
        first = "" if found["first"] is None else short(found["first"])
        size = f"{found['page'] / 1e6:.1f} MB"
        lines.append([row["name"], str(found["regions"]), *times, size, first])
    return table(head, lines, markdown=markdown)


def main() -> int:
    """Measure, print."""
    arguments = parser(__doc__).parse_args()
    if arguments.load is not None:
        content = read_record(arguments.load)
    else:
        check_out(arguments.out)
        cases = selected(CASES, arguments.only, lambda w: "-".join(map(str, w)))
        content = record([measured(widths) for widths in cases])
        if arguments.out is not None:
            write_record(arguments.out, content)
    print(picture_table(content, markdown=arguments.markdown))
    return 0


if __name__ == "__main__":
    exit_with(main)
