"""A wish to stop, as a signal brings it: at once, or at the next point where nothing is lost.

SIGTERM (Slurm, Kubernetes), SIGINT (Ctrl-C) and SIGUSR1 (Slurm's `--signal`) are taken alike. Where
the work says so (`deferring`), a signal is only noted, and the work looks at `asked`; elsewhere it
is raised. A second Ctrl-C ends the process at once, by the system's own doing, also while code that
is not Python's runs; files are whole all the same, since they are only ever renamed into place.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

_NAMES = ("SIGTERM", "SIGINT", "SIGUSR1")


class StoppedError(KeyboardInterrupt):
    """A signal ended the work.

    Attributes:
        number: the signal's.
        where: what is saved, in words; "" for nothing.
    """

    def __init__(self, number: int, where: str = ""):
        super().__init__(number)
        self.number = number
        self.where = where


@dataclass
class Stop:
    """Whether a signal asked to stop.

    Attributes:
        asked: the number of the first signal, or None.
    """

    asked: int | None = None
    _deferring: bool = False

    @contextmanager
    def deferring(self) -> Iterator[None]:
        """Note signals, instead of raising them: the work in the block looks at `asked`.

        Raises:
            StoppedError: the block ended without having looked.
        """
        self._deferring = True
        try:
            yield
        finally:
            self._deferring = False
        if self.asked is not None:
            raise StoppedError(self.asked)

    def on_signal(self, number: int, frame: Any) -> None:
        """Note a signal, and raise it where nobody would look."""
        is_first, self.asked = self.asked is None, self.asked or number
        if number == signal.SIGINT:
            signal.signal(signal.SIGINT, signal.SIG_DFL)
        if is_first and not self._deferring:
            raise StoppedError(number)


@contextmanager
def listening(stop: Stop) -> Iterator[None]:
    """Take signals while the block runs; those that the process ignores stay ignored."""
    before = {}
    try:
        for number in (getattr(signal, name) for name in _NAMES if hasattr(signal, name)):
            if signal.getsignal(number) is not signal.SIG_IGN:
                before[number] = signal.signal(number, stop.on_signal)
    except ValueError:  # not the main thread, where Python delivers no signals
        pass
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
