"""Connections between the front hall and its workers, and how batches cross them.

Both ends prove that they know a key of this run before anything is read (`multiprocessing`'s
handshake). A batch is its structure, pickled, and then the bytes of each array as they lie in
memory.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerascfg.training import Stage

if TYPE_CHECKING:
    import numpy as np

    from kerascfg.strategy.devices import Strategy


@dataclass(frozen=True)
class Hello:
    """What a worker says first on a connection: who it is, and what the connection is for.

    Attributes:
        rank: the worker's number.
        purpose: `control`, `training` or `validation`.
        first_epoch: of `training`: the epoch to begin with.
    """

    rank: int
    purpose: str
    first_epoch: int = 0


@dataclass(frozen=True)
class Job:
    """What a worker is told.

    Attributes:
        config: the config of the run.
        stages: what to train.
        facts: what expressions may use.
        strategy: where and in which numbers to train.
        model: the file of what learns.
        seeds: state of each of its random generators, in the model's order.
        layout: Keras's path of a variable -> the mesh axes that divide it.
        kept: argument (`dtype`, `synchronized`) -> names of layers whose nodes state it.
        steps: training steps of one epoch.
        batch_size: new samples that a step takes.
        validation_steps: batches of the validation split; 0 where there is none.
        directory: the run directory.
        learnt: the file to write the learnt variables to.
        console: arguments of the `rich` console that shows what the first worker prints.
    """

    config: Mapping[str, Any]
    stages: tuple[Stage, ...]
    facts: Mapping[str, Any]
    strategy: Strategy
    model: Path
    seeds: list[np.ndarray]
    layout: Mapping[str, tuple[str | None, ...]]
    kept: Mapping[str, frozenset[str]]
    steps: int
    batch_size: int
    validation_steps: int
    directory: Path
    learnt: Path
    console: Mapping[str, Any]


@dataclass(frozen=True)
class Text:
    """Something to show."""

    text: str


@dataclass(frozen=True)
class Done:
    """A worker has trained, and, the first one, written what was learnt.

    Attributes:
        history: logged name -> a value for each epoch.
        seconds: how long training took.
        best_epoch: the epoch (from 1) whose weights were kept, or None for the last.
    """

    history: dict[str, list[float]]
    seconds: float
    best_epoch: int | None


@dataclass(frozen=True)
class Failed:
    """A worker has ended with an error.

    Attributes:
        error: what to raise: of kerascfg's own kinds as it is, else the error's name and message.
        trace: where it happened.
    """

    error: Exception
    trace: str


def send_batch(connection: Connection, batch: Any, rows: slice) -> None:
    """Send some rows of a batch of arrays: a tuple of arrays and of mappings of arrays."""
    import numpy as np

    arrays: list[np.ndarray] = []

    def described(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {name: described(item) for name, item in value.items()}
        if isinstance(value, tuple):
            return tuple(map(described, value))
        arrays.append(np.ascontiguousarray(value[rows]))
        return _Place(arrays[-1].dtype.str, arrays[-1].shape)

    connection.send(described(batch))
    for array in arrays:
        connection.send_bytes(array.reshape(-1).view("uint8").data if array.size else b"")


def receive_batch(connection: Connection) -> Any:
    """Receive what `send_batch` sent.

    Raises:
        EOFError: the other end has closed the connection.
    """
    import numpy as np

    def filled(value: Any) -> Any:
        match value:
            case Mapping():
                return {name: filled(item) for name, item in value.items()}
            case tuple():
                return tuple(map(filled, value))
            case _:
                flat = np.frombuffer(connection.recv_bytes(), value.dtype)
                return flat.reshape(value.shape)

    return filled(connection.recv())


@dataclass(frozen=True)
class _Place:
    """Where an array stands in a batch."""

    dtype: str
    shape: tuple[int, ...]
