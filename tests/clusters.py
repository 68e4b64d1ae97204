# SPDX-License-Identifier: MIT
"""A scheduler and workers of dask.distributed, as processes on this machine."""

import subprocess
import sys
import time


class Processes:
    """A scheduler, and the workers that it was given; ended with ``end``."""

    def __init__(self, folder):
        self.folder = folder
        self.file = str(folder / "scheduler.json")
        self.workers = []
        self.scheduler = self._started(
            *("scheduler", "--host", "127.0.0.1", "--port", "0")
        )

    def add_worker(self):
        """Start a worker of one thread; it looks for the scheduler itself."""
        options = ("--no-nanny", "--nthreads", "1", "--host", "127.0.0.1")
        where = ("--local-directory", str(self.folder))
        self.workers.append(self._started("worker", *options, *where))

    def kill_worker(self):
        """Kill the oldest worker that lives."""
        worker = next(w for w in self.workers if w.poll() is None)
        worker.kill()
        worker.wait()

    def alive(self):
        """The workers that live."""
        return [worker for worker in self.workers if worker.poll() is None]

    def end(self):
        """Kill them all."""
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()

    def _started(self, kind, *options):
        log = open(self.folder / "log", "a")  # noqa: SIM115
        with log:
            return subprocess.Popen(
                [
                    *(sys.executable, "-m", f"distributed.cli.dask_{kind}"),
                    *("--no-dashboard", "--scheduler-file", self.file),
                    *options,
                ],
                stdout=log,
                stderr=log,
                cwd=self.folder,
            )


def until(holds, seconds=20.0):
    """Wait for a condition."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)
