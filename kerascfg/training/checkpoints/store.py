"""The folder `checkpoints/`: the two newest states, written in the background, read whole or not.

A state is one file, written beside, flushed and renamed; its number grows. The oldest goes only
after the newest is there.
"""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from kerascfg.errors import RunError
from kerascfg.training.checkpoints.state import State, state_of
from kerascfg.training.checkpoints.tensors import DamagedError, read_tensors, write_tensors

KEPT = 2
_NAME = re.compile(r"state-(\d{6,})\.safetensors")


@dataclass
class Store:
    """States of one training in a folder.

    Attributes:
        directory: the folder; it is made when the first state is written.
        cost: processor time of the last write that training may have missed, in seconds.
    """

    directory: Path
    cost: float = 0.0
    _thread: threading.Thread | None = field(default=None, repr=False)
    _error: Exception | None = field(default=None, repr=False)

    @property
    def is_busy(self) -> bool:
        """Tell whether a state is being written."""
        return self._thread is not None and self._thread.is_alive()

    def write(self, state: State, is_good: Callable[[State], bool]) -> None:
        """Write a state in the background, after the one before is written.

        Args:
            state: what to write; nobody changes its arrays any more.
            is_good: tells whether it shall be kept; asked in the background, since it takes time.

        Raises:
            RunError: the one before could not be written.
        """
        self.wait()
        self._thread = threading.Thread(target=self._work, args=(state, is_good))
        self._thread.start()

    def wait(self) -> None:
        """Wait until nothing is being written.

        Raises:
            RunError: the state could not be written.
        """
        if self._thread is not None:
            self._thread.join()
        self.complain()

    def complain(self) -> None:
        """Raise what went wrong in the background.

        Raises:
            RunError: a state could not be written.
        """
        error, self._error = self._error, None
        if isinstance(error, RunError):
            raise error
        if error is not None:
            why = error.strerror if isinstance(error, OSError) else str(error)
            raise RunError(f"the checkpoint cannot be written to {self.directory}: {why}; "
                           "the last one is as it was") from error  # fmt: skip

    def newest(self, say: Callable[[str], None]) -> State | None:
        """Return the newest state that is whole, or None.

        Args:
            say: told of each file that is not, which is then skipped.
        """
        for file in reversed(self._files()):
            try:
                arrays, values = read_tensors(file)
                return state_of(arrays, values)
            except DamagedError as error:
                say(f"{file.name} is skipped: {error}")
            except (KeyError, TypeError, ValueError) as error:
                say(f"{file.name} is skipped: it is no state of this version ({error})")
        return None

    def clear(self) -> None:
        """Remove what a killed process left half-written."""
        for file in self.directory.glob(".*"):
            file.unlink(missing_ok=True)

    def _work(self, state: State, is_good: Callable[[State], bool]) -> None:
        begun = time.thread_time()
        try:
            if is_good(state):
                number = _number(files[-1]) + 1 if (files := self._files()) else 1
                file = self.directory / f"state-{number:06d}.safetensors"
                write_tensors(file, state.arrays, state.to_json())
                for old in self._files()[:-KEPT]:
                    old.unlink(missing_ok=True)
        except Exception as error:  # raised where training goes on
            self._error = error
        self.cost = (time.thread_time() - begun) / (os.cpu_count() or 1)

    def _files(self) -> list[Path]:
        """Return the files of states, the oldest first."""
        found = (file for file in self.directory.glob("state-*") if _NAME.fullmatch(file.name))
        return sorted(found, key=_number)


def _number(file: Path) -> int:
    match = _NAME.fullmatch(file.name)
    assert match is not None
    return int(match[1])
