# SPDX-License-Identifier: MIT
"""What the tests in a browser read off the explorer's page, and do there."""

import re

import numpy as np

from polyregions.plotting import cell_polygons


def text(browser, name):
    return browser.value(f"document.getElementById('{name}').innerText")


def counted(browser):
    """The number at the head of the summary."""
    return int(re.match(r"\d+", text(browser, "summary"))[0])


def spot(browser, x, y):
    """Where a point is on the screen."""
    return browser.value(
        "(() => { const p = explorer.picture, b = p.base.getBoundingClientRect();"
        f"const [x, y] = p.toPixel({float(x)}, {float(y)});"
        "return [b.left + x / p.ratio, b.top + y / p.ratio]; })()"
    )


def pixels(browser, canvas, points):
    """RGBA of a canvas at points of the picture, (n, 4)."""
    # From a copy: reading the page's own canvas makes Chromium complain.
    found = browser.value(
        "(() => { const p = explorer.picture, c = document.createElement('canvas');"
        f"c.width = p.{canvas}.width; c.height = p.{canvas}.height;"
        "const context = c.getContext('2d', {willReadFrequently: true});"
        f"context.drawImage(p.{canvas}, 0, 0);"
        f"return {np.asarray(points).tolist()}.map(([x, y]) => {{"
        "const [px, py] = p.toPixel(x, y).map(Math.floor);"
        "return [...context.getImageData(px, py, 1, 1).data]; }); })()"
    )
    return np.array(found)


def rgb(colours):
    return [[int(c[k : k + 2], 16) for k in (1, 3, 5)] for c in colours]


def inner(cx, n, seed=0):
    """(cells, points): some of the cells, each with a point well inside."""
    cells, points = [], []
    for cell, polygon in enumerate(cell_polygons(cx)):
        middle = polygon.mean(axis=0)
        A, b = cx[cell].halfspaces
        if ((b - A @ middle) / np.linalg.norm(A, axis=1)).min() > 0.012:
            cells.append(cell)
            points.append(middle)
    assert len(cells) >= n
    chosen = np.random.default_rng(seed).permutation(len(cells))[:n]
    return np.array(cells)[chosen], np.array(points)[chosen]


def press(browser, selector):
    """Click in the middle of a control."""
    browser.click(
        *browser.value(
            f"(() => {{ const b = document.querySelector('{selector}')"
            ".getBoundingClientRect();"
            "return [b.left + b.width / 2, b.top + b.height / 2]; })()"
        )
    )


def slide(browser, name, key, code):
    browser.value(f"document.getElementById('{name}').focus()")
    browser.key(key, code=code)
