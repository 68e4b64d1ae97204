# SPDX-License-Identifier: MIT
"""What is inside a file that the explorer writes."""

import base64
import json
from html.parser import HTMLParser

import numpy as np

KINDS = {"u1": np.uint8, "u4": np.uint32, "f4": np.float32, "f8": np.float64}


class Page(HTMLParser):
    """The elements of a page, and what they hold."""

    def __init__(self, path):
        super().__init__()
        self.text = path.read_text(encoding="utf-8")
        self.elements, self.data, self._open = [], {}, None
        self.feed(self.text)
        self.about = json.loads(self.data["about"])

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self._open = dict(attrs).get("id", tag)

    def handle_endtag(self, tag):
        self._open = None

    def handle_data(self, data):
        self.data[self._open] = self.data.get(self._open, "") + data

    def array(self, frame, name):
        """An array of a frame, read as the page's script reads it."""
        kind, start, length = self.about["frames"][frame]["arrays"][name]
        block = base64.b64decode(self.data[f"block-{frame}"])
        assert start % 8 == 0
        return np.frombuffer(block, KINDS[kind], length, start)

    def polygons(self, frame, level):
        corners = self.array(frame, "vertices").reshape(-1, 2)
        corners = corners[self.array(frame, f"corners{level}")]
        return np.split(corners, self.array(frame, f"starts{level}")[1:-1])
