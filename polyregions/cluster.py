# SPDX-License-Identifier: MIT
"""A dask.distributed cluster: the connection, tasks on its workers, what they are sent.

Here tasks are calls of module functions with bytes and numbers. Dask runs those of a
lost worker again elsewhere, so that a task may run twice, but its result comes once.
"""

from __future__ import annotations

import json
import logging
import os
import queue
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from .activations import PiecewiseLinear
from .domain import Domain
from .errors import ClusterError, InvalidArgumentError, PolyregionsError
from .extras import optional_import
from .frames import pack, unpack
from .network import Network
from .tolerances import DEFAULT

if TYPE_CHECKING:
    from distributed import Client

Scheduler = Any  # an address, the path of a scheduler file, or a distributed.Client

# --- the connection -------------------------------------------------------------------


@contextmanager
def connected(scheduler: Scheduler) -> Iterator[Pool]:
    """Use a cluster that is there.

    Parameters
    ----------
    scheduler : str or Client
        An address like tcp://host:8786, or the path of the file that ``dask scheduler
        --scheduler-file`` writes: connected for this call. A Client is left open.

    Raises
    ------
    MissingExtraError
        dask.distributed is not installed.
    InvalidArgumentError
        Neither an address nor a Client, or one that is closed or asynchronous.
    ClusterError
        No scheduler answers there within ten seconds, or it has no workers.
    """
    distributed = optional_import("distributed", "cluster")
    own = not isinstance(scheduler, distributed.Client)
    client = _new_client(distributed, scheduler) if own else _checked(scheduler)
    try:
        pool = Pool(client)
        try:
            yield pool
        finally:
            pool.close()
    finally:
        if own:
            # A scheduler that has gone answers no goodbye.
            with _quiet(), suppress(OSError, TimeoutError):
                client.close()


def _checked(client: Client) -> Client:
    if client.asynchronous:
        raise InvalidArgumentError(
            "the scheduler is an asynchronous Client; pass its address"
        )
    if client.status != "running":
        raise InvalidArgumentError(
            f"the scheduler is a Client that is {client.status}; pass one that is open"
        )
    return client


def _new_client(distributed: Any, scheduler: Scheduler) -> Client:
    address = _address(scheduler)
    try:
        # A Client that fails to connect complains once more when it is collected.
        with ThreadPoolExecutor(1) as pool:  # the caller may have an event loop
            pool.submit(_probe, distributed, address).result()
        return distributed.Client(
            address, timeout=DEFAULT.connect_seconds, set_as_default=False
        )
    except (OSError, TimeoutError) as error:
        raise ClusterError(
            f"scheduler {address!r}: does not answer ({_line(error)}); check the "
            "address, or start one with `dask scheduler`"
        ) from None
    except (ValueError, TypeError, ImportError, RuntimeError) as error:
        raise InvalidArgumentError(
            f"scheduler {address!r}: {_line(error)}; pass an address like "
            "tcp://host:8786, or a Client"
        ) from None


def _address(scheduler: Scheduler) -> str:
    if not isinstance(scheduler, (str, os.PathLike)) or not os.fspath(scheduler):
        raise InvalidArgumentError(
            f"scheduler={scheduler!r}; pass an address like tcp://host:8786, or a "
            "Client"
        )
    text = os.fsdecode(scheduler)
    if "\0" in text or not os.path.isfile(text):
        return text
    try:
        with open(text, encoding="utf-8") as file:
            return str(json.load(file)["address"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        raise InvalidArgumentError(
            f"scheduler {text!r}: no file that `dask scheduler --scheduler-file` "
            "writes; pass one, or an address"
        ) from None


def _probe(distributed: Any, address: str) -> None:
    """Shake hands with a scheduler, and leave."""
    import asyncio

    async def shake_hands() -> None:
        arguments = distributed.Security().get_connection_args("client")
        comm = await distributed.comm.connect(
            address, timeout=DEFAULT.connect_seconds, **arguments
        )
        await comm.close()

    asyncio.run(shake_hands())


def _line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__


@contextmanager
def _quiet() -> Iterator[None]:
    """Hush what distributed logs of connections that end."""
    names = ("distributed", "distributed.client", "distributed.core")
    before = {logger: logger.level for logger in map(logging.getLogger, names)}
    for logger in before:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in before.items():
            logger.setLevel(level)


# --- tasks ----------------------------------------------------------------------------


class Pool:
    """Tasks on the workers of a cluster.

    Attributes
    ----------
    open : dict of key -> what the caller noted of a task that is not done
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._futures: dict[str, Any] = {}
        self._ended: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._slots, self._looked = 0, -np.inf
        self.open: dict[str, Any] = {}
        deadline = time.monotonic() + DEFAULT.connect_seconds
        while not self._counted_slots():
            if time.monotonic() > deadline:
                raise ClusterError(
                    f"scheduler {self._scheduler()}: has no workers; start some with "
                    "`dask worker`"
                )
            time.sleep(0.1)

    @property
    def slots(self) -> int:
        """Threads of all workers, looked at once a second; 1 while there are none."""
        if time.monotonic() - self._looked > 1.0:
            self._slots = self._counted_slots()
            self._looked = time.monotonic()
        return max(self._slots, 1)

    def submit(self, note: Any, function: Callable[..., Any], *args: Any) -> None:
        """Have a worker call a function of this package."""
        with self._blaming():
            future = self._client.submit(function, *args, pure=False)
        self.open[future.key] = note
        self._futures[future.key] = future
        ended, key = self._ended, future.key
        future.add_done_callback(lambda _: ended.put(key))

    def next(self, seconds: float) -> tuple[str, Any] | None:
        """Return (key, result) of a task that is done; None after so many seconds.

        The caller takes the key out of ``open`` when the result is safe.

        Raises
        ------
        ClusterError
            A worker failed, or the scheduler has gone.
        PolyregionsError
            As the task raised it.
        """
        try:
            key = self._ended.get(timeout=seconds)
        except queue.Empty:
            if self._client.status != "running":
                raise self._lost() from None
            return None
        future = self._futures[key]
        try:
            result = future.result()
        except Exception as error:
            if future.status == "error":
                raise self._failed(error) from None
            raise self._lost() from None
        del self._futures[key]
        return key, result

    def close(self) -> None:
        """Cancel what is not done."""
        if self._futures and self._client.status == "running":
            with suppress(OSError, TimeoutError, CancelledError):
                self._client.cancel([*self._futures.values()])
        self._futures.clear()

    def _counted_slots(self) -> int:
        with self._blaming():
            return sum(self._client.nthreads().values())

    @contextmanager
    def _blaming(self) -> Iterator[None]:
        """Call what goes wrong between client and scheduler a loss."""
        try:
            yield
        except (CancelledError, OSError, TimeoutError, RuntimeError):
            raise self._lost() from None

    def _failed(self, error: BaseException) -> BaseException:
        """Return what is to be raised for an error on a worker."""
        if isinstance(error, (PolyregionsError, MemoryError)):
            return error
        return ClusterError(
            f"scheduler {self._scheduler()}: a worker failed "
            f"({type(error).__name__}: {_line(error)}); it needs this version of "
            "polyregions, and memory"
        )

    def _lost(self) -> ClusterError:
        return ClusterError(
            f"scheduler {self._scheduler()}: lost; what is in the journal is kept: "
            "start the cluster, then call again"
        )

    def _scheduler(self) -> str:
        scheduler = self._client.scheduler
        return repr(getattr(scheduler, "address", None) or "of the Client")


@contextmanager
def ctrl_c_noted() -> Iterator[Callable[[], bool]]:
    """Have Ctrl-C end no statement but the loop that asks for it; a second one does."""
    noted: list[int] = []

    def note(*_: object) -> None:
        if noted:
            raise KeyboardInterrupt
        noted.append(1)

    before = signal.getsignal(signal.SIGINT)
    own = (
        threading.current_thread() is threading.main_thread()
        and before is signal.default_int_handler
    )
    if own:
        signal.signal(signal.SIGINT, note)
    try:
        yield lambda: bool(noted)
    finally:
        if own:
            signal.signal(signal.SIGINT, before)


# --- what workers are sent ------------------------------------------------------------


def packed_problem(network: Network, domain: Domain, **more: Any) -> bytes:
    """Return a network, a domain and JSON values as bytes, for ``problem_of``."""
    from importlib.metadata import version  # slow to import, and seldom asked

    arrays: dict[str, Any] = {}
    for k, layer in enumerate(network.layers):
        arrays |= {f"W{k}": layer.weight, f"b{k}": layer.bias}
    scalars = {
        "version": version("polyregions"),
        "units": [
            None
            if layer.activation is None
            else [[a.breakpoints, a.slopes, a.anchor, a.name] for a in layer.activation]
            for layer in network.layers[:-1]
        ],
        "domain": domain.to_json(),
        "more": more,
    }
    return pack(scalars, arrays, {})


@lru_cache(maxsize=4)
def problem_of(packed: bytes) -> tuple[Network, Domain, Mapping[str, Any]]:
    """Return the network, the domain and the values; the last few are remembered.

    Raises
    ------
    ClusterError
        The client has another version of this package.
    """
    from importlib.metadata import version

    scalars, arrays, _ = unpack(packed)
    here, there = version("polyregions"), scalars["version"]
    if here != there:
        raise ClusterError(
            f"a worker has polyregions {here} and the client {there}; install the same "
            "everywhere"
        )
    units = [
        None if layer is None else [PiecewiseLinear(*unit) for unit in layer]
        for layer in scalars["units"]
    ]
    layers = [(arrays[f"W{k}"], arrays[f"b{k}"]) for k in range(len(units) + 1)]
    network = Network(layers, units)
    return network, Domain.from_json(scalars["domain"]), scalars["more"]
