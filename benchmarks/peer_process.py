# SPDX-License-Identifier: MIT
"""The peers' environment, and programs that run in processes of their own."""

import json
import os
import select
import signal
import subprocess
import sys
import venv
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from suite import HERE, InputError

WORKER = HERE / "peer_worker.py"
REQUIREMENTS = HERE / "peers.txt"
ONE_THREAD = {
    f"{library}_NUM_THREADS": "1" for library in ("OMP", "MKL", "OPENBLAS", "RAYON")
}


class Environment:
    """A folder with a Python environment for the peers of the package index."""

    def __init__(self, folder: Path, *, clone: Path | None) -> None:
        self.folder = folder
        self.clone = clone

    def install(self) -> None:
        """Install peers.txt, unless that has been done."""
        done = self.folder / REQUIREMENTS.name
        wanted = REQUIREMENTS.read_text(encoding="utf-8")
        if done.is_file() and done.read_text(encoding="utf-8") == wanted:
            return
        print(f"installing {REQUIREMENTS.name} into {self.folder}", file=sys.stderr)
        venv.create(self.folder, with_pip=True, clear=True)
        # The constraints of this package's own builds are not the peers'.
        clean = {k: v for k, v in os.environ.items() if not k.endswith("CONSTRAINT")}
        pip = subprocess.run(
            [
                *(self._python(), "-m", "pip", "install", "--quiet"),
                *("--only-binary", ":all:", "--requirement", REQUIREMENTS),
            ],
            env=clean,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        if pip.returncode != 0:
            reason = (pip.stderr.strip() or "no message").splitlines()[-1]
            raise InputError(f"{REQUIREMENTS.name}: pip failed: {reason}")
        done.write_text(wanted, encoding="utf-8")

    def python(self, peer: str) -> str:
        """Return the interpreter for a peer: ours where it needs torch, or is ours."""
        own = ("regioncam", "affinitree", "relucent")
        return self._python() if peer in own else sys.executable

    def options(self, peer: str, seconds: float) -> dict[str, Any]:
        """Return what the worker passes on to a program."""
        if peer == "highs":
            return {"engine": "highs", "max_seconds": seconds}
        if peer == "relu_edge_subdivision":
            return {"path": str(self.clone)}
        return {}

    def _python(self) -> str:
        return str(self.folder / "bin" / "python")


class Program:
    """One program on one network, waiting in its own process for its turns.

    ``runs`` are the worker's answers. ``failure`` is None, "timeout", or a message;
    after one the process is gone and further turns do nothing.
    """

    def __init__(
        self, name: str, weights: Path, python: str, options: dict | None = None
    ) -> None:
        self.runs: list[dict[str, Any]] = []
        self.failure: str | None = None
        self._ended = False
        self._log = weights.with_suffix(f".{name}.log")
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [python, "-I", WORKER, name, weights, json.dumps(options or {})],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env={**os.environ, **ONE_THREAD},
                start_new_session=True,  # a peer may start processes of its own
            )
        answer = self._answer(300.0)  # imports, on a cold disk
        self.version = answer["version"] if answer else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def turn(self, limit: float) -> None:
        """Run once; up to five times where that takes less than 0.2 s in all."""
        spent = 0.0
        for _ in range(5):
            if self.failure:
                return
            with suppress(BrokenPipeError):  # the answer tells why
                self._process.stdin.write(b"\n")
                self._process.stdin.flush()
            answer = self._answer(limit)
            if answer is None:
                return
            self.runs.append(answer)
            spent += answer["seconds"]
            if spent > 0.2:
                return

    def _answer(self, limit: float) -> dict[str, Any] | None:
        """Return the worker's next line, or None and keep the failure."""
        stdout = self._process.stdout
        if not select.select([stdout], [], [], limit)[0]:
            self.failure = "timeout"
        else:
            text = stdout.readline()
            answer = json.loads(text) if text else {"error": self._last_words()}
            if "error" not in answer:
                return answer
            self.failure = answer["error"]
        self._end()
        return None

    def _last_words(self) -> str:
        code = self._process.wait()
        lines = self._log.read_text(errors="replace").splitlines()
        said = next((text.strip() for text in reversed(lines) if text.strip()), "")
        return f"exit status {code}: {said}"

    def _end(self) -> None:
        if self._ended:
            return
        self._ended = True
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.stdout.close()
