"""Files that appear whole or not at all: the workshop of an export, and how a delivery leaves it.

The workshop lies in `.exporting/` of the run directory, on the same file system as `exports/`, so
that one rename delivers. It belongs to one export at a time and is removed when that ends; what a
killed export left there is swept up by the next.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from kerascfg.errors import RunError
from kerascfg.runs import write_text

_REPLACED = "replaced"


@contextlib.contextmanager
def open_workshop(run_directory: Path) -> Iterator[Path]:
    """Give an empty folder for one export, removed in the end.

    Raises:
        RunError: another export is at work in this run directory, or it cannot be written.
    """
    file = run_directory / ".exporting.lock"
    try:
        opened = file.open("a+b")
    except OSError as error:
        raise RunError(f"{file} cannot be written: {error.strerror}") from error
    with opened as lock:
        if not locked(lock):
            raise RunError(f"another export is at work in {run_directory}; wait until it is done")
        place = run_directory / ".exporting"
        _sweep(place, run_directory / "exports")
        workshop = place / str(os.getpid())  # a process that outlived its export has another
        workshop.mkdir(parents=True)
        try:
            yield workshop
        finally:
            shutil.rmtree(place, ignore_errors=True)


def install(made: Path, place: Path) -> None:
    """Move the folder `made` to `place` once it is on the disk, as `swap` does."""
    for file in made.rglob("*"):
        if file.is_file():
            _flush(file)
    swap(made, place)


def swap(made: Path, place: Path) -> None:
    """Move the folder `made` to `place` by renames; what was there lies beside `made` then."""
    replaced = made.parent / _REPLACED
    place.parent.mkdir(exist_ok=True)
    if not place.exists():
        made.rename(place)
        return
    place.rename(replaced)
    try:
        made.rename(place)
    except OSError:
        replaced.rename(place)
        raise


def write_json(file: Path, content: Any) -> None:
    """Write JSON beside `file`, then rename; NaN and infinity become null, which JSON lacks."""
    text = json.dumps(_without_nan(content), indent=2, ensure_ascii=False)
    write_text(file, text + "\n")


def _sweep(place: Path, exports: Path) -> None:
    """Remove what a killed export left; a delivery it was just replacing goes back."""
    for replaced in place.glob(f"*/*/{_REPLACED}"):
        delivery = exports / replaced.parent.name
        if not delivery.exists():
            replaced.rename(delivery)
    shutil.rmtree(place, ignore_errors=True)
    for left in place.glob(str(os.getpid())):
        left.rename(place / f"{left.name}-{time.time_ns()}")


def _flush(file: Path) -> None:
    with file.open("r+b") as stream:
        os.fsync(stream.fileno())


def _without_nan(value: Any) -> Any:
    match value:
        case float():
            return value if abs(value) < float("inf") else None
        case dict():
            return {key: _without_nan(item) for key, item in value.items()}
        case list() | tuple():
            return [_without_nan(item) for item in value]
        case _:
            return value


def locked(stream: IO[bytes]) -> bool:
    """Lock an open file for this process; the system lets go of it when the process ends.

    Returns:
        False where another process has it.
    """
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
