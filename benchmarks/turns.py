"""Contenders that take turns, an epoch each, so that all meet the same noise of the machine.

Each runs in a thread of its own from its start to its last epoch, as it would alone; between two
epochs it waits until the others have had theirs. Nothing ever runs beside anything else (Python
3.11 cannot even parse in two threads at once, which building a model comes down to).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import Any

import keras


class Turns:
    """Whose turn it is, and how long each turn took.

    Args:
        names: the contenders, in their order.
    """

    def __init__(self, names: Sequence[str]):
        self.seconds: dict[str, list[float]] = {name: [] for name in names}
        self._gates = {name: threading.Semaphore(0) for name in names}
        self._next = dict(zip(names, [*names[1:], names[0]], strict=True))
        self._begun = 0.0
        self.failed: BaseException | None = None
        self._gates[names[0]].release()

    def begin(self, name: str) -> None:
        """Wait for the turn of a contender, and start its clock."""
        self._gates[name].acquire()
        if self.failed:
            raise SystemExit(f"{name} stops since another contender failed")
        self._begun = time.perf_counter()

    def end(self, name: str) -> None:
        """Stop the clock and let the next one begin."""
        self.seconds[name].append(time.perf_counter() - self._begun)
        self._gates[self._next[name]].release()

    def stop(self, error: BaseException) -> None:
        """Let everybody end, since one failed."""
        self.failed = error
        for gate in self._gates.values():
            gate.release()


CURRENT: list[Turns] = []
"""The turns that are being taken, last; a config can name a class, but not hold an object."""


class Turn(keras.callbacks.Callback):
    """Take turns in a `fit`: from the start of an epoch to the start of the next.

    The first turn has begun with the contender's start.

    Args:
        name: the contender.
    """

    def __init__(self, name: str):
        super().__init__()
        self.name, self.turns = name, CURRENT[-1]

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """End the turn of the epoch before, whose callbacks have all run, and await the next."""
        if epoch:
            self.turns.end(self.name)
            self.turns.begin(self.name)

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """End the last turn."""
        self.turns.end(self.name)
