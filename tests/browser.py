# SPDX-License-Identifier: MIT
"""A headless Chromium, driven over the DevTools protocol through two pipes.

No port and no library: with --remote-debugging-pipe Chromium reads commands from
descriptor 3 and writes answers to descriptor 4, as JSON with a zero byte behind each.
"""

import base64
import json
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time

NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
)
PATIENCE = 60  # seconds for an answer, on a machine that does other things


def find_browser():
    """The path of a Chromium or Chrome; POLYREGIONS_BROWSER names another one."""
    wanted = os.environ.get("POLYREGIONS_BROWSER")
    found = wanted or next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        raise FileNotFoundError(
            f"none of {', '.join(NAMES)} on the PATH; install one (apt-get install "
            "chromium), or name it in POLYREGIONS_BROWSER"
        )
    return found


class Browser:
    """One page of a headless browser; a context manager."""

    def __init__(self, *, width=1200, height=800):
        program = find_browser()
        self._folder = tempfile.TemporaryDirectory()
        # As root Chromium runs only without its sandbox; the pages are our own.
        command = [
            program,
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--hide-scrollbars",
            f"--user-data-dir={self._folder.name}",
            f"--window-size={width},{height}",
            "--remote-debugging-pipe",
            "about:blank",
        ]
        inward, self._out = os.pipe()
        self._in, outward = os.pipe()
        # A shell puts the pipes where Chromium looks for them.
        line = f'exec "$@" 3<&{inward} 4>&{outward}'
        self._process = subprocess.Popen(
            ["bash", "-c", line, "bash", *command],
            pass_fds=(inward, outward),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        os.close(inward)
        os.close(outward)
        self._rest = b""
        self._number = 0
        self._session = None
        self.events = []
        self._attach(width, height)

    def _attach(self, width, height):
        targets = self.call("Target.getTargets")["targetInfos"]
        page = next(t["targetId"] for t in targets if t["type"] == "page")
        found = self.call("Target.attachToTarget", targetId=page, flatten=True)
        self._session = found["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        self.resize(width, height)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self._out)
        os.close(self._in)
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for _ in range(50):  # its children may still write into the folder
            try:
                self._folder.cleanup()
                break
            except OSError:
                time.sleep(0.1)

    # --- protocol ----------------------------------------------------------------

    def call(self, method, **parameters):
        """Send a command and return its result."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._out, data) :]
        while True:
            answer = self._message()
            if answer.get("id") != self._number:
                self.events.append(answer)
            elif "error" in answer:
                raise RuntimeError(f"{method}: {answer['error']}")
            else:
                return answer["result"]

    def _message(self):
        limit = time.monotonic() + PATIENCE
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._in], [], [], limit - time.monotonic())
            data = os.read(self._in, 2**20) if ready else b""
            if not data:
                raise TimeoutError("the browser does not answer, or has ended")
            self._rest += data
        message, self._rest = self._rest.split(b"\0", 1)
        return json.loads(message)

    # --- what a person does ------------------------------------------------------

    def open(self, path):
        """Open a file and wait until it is loaded."""
        self.call("Page.navigate", url=path.resolve().as_uri())
        while not any(e.get("method") == "Page.loadEventFired" for e in self.events):
            self.events.append(self._message())

    def resize(self, width, height, *, touch=False):
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=touch,
        )
        self.call("Emulation.setTouchEmulationEnabled", enabled=touch)

    def value(self, expression):
        """The value of a JavaScript expression; promises are awaited."""
        found = self.call(
            "Runtime.evaluate",
            expression=expression,
            returnByValue=True,
            awaitPromise=True,
        )
        if "exceptionDetails" in found:
            raise RuntimeError(f"{expression}: {found['exceptionDetails']}")
        return found["result"].get("value")

    def settle(self):
        """Wait until what was asked for is on the screen."""
        frame = "new Promise(done => requestAnimationFrame(() => done(1)))"
        for _ in range(2):
            self.value(frame)

    def mouse(self, kind, x, y, **more):
        self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, **more)

    def move(self, x, y):
        self.mouse("mouseMoved", x, y)
        self.settle()

    def click(self, x, y):
        for kind in ("mousePressed", "mouseReleased"):
            self.mouse(kind, x, y, button="left", clickCount=1)
        self.settle()

    def drag(self, start, end):
        self.mouse("mousePressed", *start, button="left", clickCount=1)
        for share in (0.5, 1.0):
            x, y = (a + share * (b - a) for a, b in zip(start, end, strict=True))
            self.mouse("mouseMoved", x, y, button="left", buttons=1)
        self.mouse("mouseReleased", *end, button="left", clickCount=1)
        self.settle()

    def wheel(self, x, y, delta):
        self.mouse("mouseWheel", x, y, deltaX=0, deltaY=delta)
        self.settle()

    def key(self, key, *, code=0):
        """Press a key: its name, and its old number where the page itself reacts."""
        for kind in ("rawKeyDown", "keyUp"):
            self.call(
                "Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=code
            )
        self.settle()

    def touch(self, kind, *points):
        spots = [{"x": x, "y": y, "id": k} for k, (x, y) in enumerate(points)]
        self.call("Input.dispatchTouchEvent", type=kind, touchPoints=spots)

    def screenshot(self, path):
        data = self.call("Page.captureScreenshot", format="png")["data"]
        path.write_bytes(base64.b64decode(data))

    # --- what went wrong ---------------------------------------------------------

    def complaints(self):
        """Errors and warnings of the console, and exceptions."""
        self.value("1")  # what was said before has come
        found = []
        for event in self.events:
            method, said = event.get("method"), event.get("params", {})
            if method == "Runtime.exceptionThrown" or (
                method == "Runtime.consoleAPICalled" and said["type"] != "log"
            ):
                found.append(said)
            elif method == "Log.entryAdded":
                found.append(said["entry"])
        return found

    def requests(self):
        """Addresses that the page asked for, but for data inside it."""
        urls = [
            event["params"]["request"]["url"]
            for event in self.events
            if event.get("method") == "Network.requestWillBeSent"
        ]
        return [url for url in urls if not url.startswith(("data:", "blob:"))]
