# SPDX-License-Identifier: MIT
"""RegionTracker: what happens to the regions of a torch network while it trains."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InvalidArgumentError, MissingExtraError
from ..extras import optional_import
from ..network import Network
from .measures import Measure, Measures
from .table import Row, Table

if TYPE_CHECKING:
    import pandas as pd
    import torch


class RegionTracker:
    """Records a row of ``Measures`` at chosen epochs of any torch training loop.

    Call it with the module and the number of epochs done: before the first epoch with
    0, after each one. It reads the weights, and changes neither the module nor any
    generator of random numbers.

    Parameters
    ----------
    measures : what is recorded; ``Measures()`` by default, or any ``Measure``
    epochs : those that are recorded; all by default
    weights : whether the weights are kept with each row, see ``network``
    resume : path of a journal that holds the rows; None keeps them in memory
        Rows that it holds are not measured again, so that a training that is begun
        again, or goes on from an older checkpoint, ends with the same table. Measures
        and ``name`` must be the same; the epochs may differ.
    name : of the training, as a journal says it (network, seed, settings)

    Raises
    ------
    InvalidArgumentError
        Epochs that are no integers >= 0, or a journal of something else.
    JournalError
        The journal cannot be read or written.

    Examples
    --------
    >>> import polyregions as pr                            # doctest: +SKIP
    >>> tracker = pr.study.RegionTracker(epochs=range(0, 101, 10))
    >>> tracker(module, 0)
    >>> for epoch in range(1, 101):
    ...     train_one_epoch(module)
    ...     tracker(module, epoch)
    >>> tracker.columns()["activation"]
    """

    def __init__(
        self,
        measures: Measure | None = None,
        *,
        epochs: Iterable[int] | None = None,
        weights: bool = False,
        resume: str | os.PathLike[str] | None = None,
        name: str = "",
    ) -> None:
        self.measures: Measure = Measures() if measures is None else measures
        self._epochs = None if epochs is None else frozenset(map(_checked, epochs))
        self._weights = weights
        about = {"measures": self.measures.to_json(), "name": name, "weights": weights}
        self.table = Table(("epoch",), resume, about)
        self._replayed = False

    def __call__(self, module: torch.nn.Module, epoch: int) -> Row | None:
        """Record a row if this epoch is wanted and has none yet.

        Parameters
        ----------
        module : as ``Network.from_torch`` reads it
            It is set to eval mode for that time.
        epoch : epochs done

        Returns
        -------
        dict or None
            The row; None where the epoch is not wanted.

        Raises
        ------
        InvalidNetworkError
            The module cannot be read exactly. At the first row it is run on random
            points and compared with what was read.
        """
        epoch = _checked(epoch)
        if self._epochs is not None and epoch not in self._epochs:
            return None
        if (epoch,) not in self.table:
            with _evaluated(module):
                network = Network.from_torch(module, replay=not self._replayed)
            self._replayed = True
            row = self.measures(network)
            self.table.add((epoch,), row, network if self._weights else None)
        return self.table[(epoch,)]

    def __len__(self) -> int:
        return len(self.table)

    def __iter__(self) -> Iterator[Row]:
        """Yield the rows by epoch."""
        return iter(self.table)

    def network(self, epoch: int, like: torch.nn.Module) -> Network:
        """Return the network of an epoch whose weights were kept.

        Parameters
        ----------
        like : a module with the same activations, whose weights are of no account
        """
        activations = [x.activation for x in Network.from_torch(like).layers[:-1]]
        return Network(self.table.weights((_checked(epoch),)), activation=activations)

    def columns(self) -> dict[str, NDArray[Any]]:
        """Return the table by column, rows by epoch."""
        return self.table.columns()

    def to_pandas(self) -> pd.DataFrame:
        """Return the table; needs pandas."""
        return self.table.to_pandas()

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the table as CSV."""
        self.table.save(path)

    def close(self) -> None:
        """Close the journal, if there is one; the rows stay."""
        self.table.close()

    def lightning_callback(
        self, module_of: Callable[[Any], torch.nn.Module] = lambda model: model
    ) -> Any:
        """Return a Lightning callback that records before and after each epoch.

        Parameters
        ----------
        module_of : gives the module to read of the LightningModule, for example
            ``lambda model: model.net``

        Raises
        ------
        MissingExtraError
            Neither lightning nor pytorch_lightning is installed.
        """
        tracker = self

        class TrackRegions(_lightning_callback()):  # type: ignore[misc]
            """Calls the tracker."""

            def on_train_start(self, trainer: Any, model: Any) -> None:
                tracker(module_of(model), int(trainer.current_epoch))

            def on_train_epoch_end(self, trainer: Any, model: Any) -> None:
                tracker(module_of(model), int(trainer.current_epoch) + 1)

        return TrackRegions()


@contextmanager
def _evaluated(module: torch.nn.Module) -> Iterator[None]:
    """Set a module to eval mode, and each part back to what it was."""
    parts = module.modules() if hasattr(module, "modules") else ()  # refused below
    modes = [(part, part.training) for part in parts]
    for part, _ in modes:
        part.training = False
    try:
        yield
    finally:
        for part, mode in modes:
            part.training = mode


def _lightning_callback() -> Any:
    for package in ("lightning.pytorch", "pytorch_lightning"):
        try:
            return optional_import(package, "torch").Callback
        except MissingExtraError:
            continue
    raise MissingExtraError("this needs lightning; pip install lightning")


def _checked(epoch: int) -> int:
    whole = isinstance(epoch, (int, np.integer)) and not isinstance(epoch, bool)
    if not whole or epoch < 0:
        raise InvalidArgumentError(f"epoch {epoch!r}; pass an integer >= 0")
    return int(epoch)
