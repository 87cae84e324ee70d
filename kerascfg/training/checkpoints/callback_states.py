"""What callbacks know: best values, patience, counts, kept weights; stored and given back.

A callback that has `get_state()` and `set_state(state)` says itself what to store. Of any other its
attributes are stored, as far as they are numbers, texts, arrays or made of such.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerascfg.training.checkpoints.plain import Keep, NotPlainError, from_plain, to_plain

if TYPE_CHECKING:
    import numpy as np

_NOT_STATE = frozenset({"_model", "params", "validation_data"})
"""What Keras sets of every callback when `fit` begins."""
_DERIVED = frozenset({"min_delta", "append_header"})
"""What Keras's callbacks derive again, of `monitor_op` and of the file that is there."""


def read_state(callback: Any, keep: Keep) -> tuple[Any, list[str]]:
    """Return a callback's state as JSON holds it, and the names of attributes that it lacks.

    Args:
        callback: the callback.
        keep: takes the state's arrays.

    Raises:
        NotPlainError: what `get_state` returned cannot be stored.
    """
    if _speaks_for_itself(callback):
        return to_plain(callback.get_state(), keep), []
    state, lacking = {}, []
    for name, value in vars(callback).items():
        is_hook = callable(value) and hasattr(type(callback), name)  # a method that was wrapped
        if name in _NOT_STATE or is_hook or _is_set_anew(callback, name, value):
            continue
        try:
            state[name] = to_plain(value, keep)
        except NotPlainError:
            lacking.append(name)
    return state, lacking


def write_state(callback: Any, state: Any, array_of: Callable[[str], np.ndarray]) -> None:
    """Give a callback the state that `read_state` returned."""
    if _speaks_for_itself(callback):
        callback.set_state(from_plain(state, array_of))
        return
    for name, stored in state.items():
        value = from_plain(stored, array_of)
        if not _is_set_anew(callback, name, value):
            setattr(callback, name, value)


def file_sizes(callbacks: Mapping[str, Any]) -> dict[str, int]:
    """Return how long the files are that Keras's `CSVLogger`s have written so far."""
    return {
        name: callback.csv_file.tell()
        for name, callback in callbacks.items()
        if _is_csv_logger(callback) and getattr(callback, "csv_file", None)
    }


def shorten_files(callbacks: Mapping[str, Any], sizes: Mapping[str, int]) -> None:
    """Take back what `CSVLogger`s wrote after a checkpoint, and let them go on behind it."""
    for name, callback in callbacks.items():
        if name not in sizes or not _is_csv_logger(callback):
            continue
        file = Path(callback.filename)
        if file.is_file() and file.stat().st_size >= sizes[name]:
            os.truncate(file, sizes[name])
            callback.append = True  # until its state is given back


def begin_files(callbacks: Mapping[str, Any]) -> None:
    """Let `CSVLogger`s head the files that they begin anew: a file that went on needed no head."""
    for callback in callbacks.values():
        if _is_csv_logger(callback) and not callback.append:
            callback.append_header = True


def is_known(callback: Any) -> bool:
    """Tell whether a callback is Keras's or kerascfg's own, whose attributes are known."""
    return type(callback).__module__.partition(".")[0] in ("keras", "kerascfg")


def _is_set_anew(callback: Any, name: str, value: Any) -> bool:
    """Tell whether an attribute of a known callback follows from how it was made.

    Texts do: names, modes and paths, which a state from elsewhere must not turn to other places.
    """
    return is_known(callback) and (name in _DERIVED or isinstance(value, str))


def _is_csv_logger(callback: Any) -> bool:
    return is_known(callback) and type(callback).__name__ == "CSVLogger"


def _speaks_for_itself(callback: Any) -> bool:
    return callable(getattr(callback, "get_state", None)) and callable(
        getattr(callback, "set_state", None)
    )
