"""Files that are there whole or not at all: written beside, flushed to the disk, renamed."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kerascfg.errors import RunError

_RESERVE = 2**20


@contextmanager
def replacing(file: Path) -> Iterator[Path]:
    """Give a path beside `file` to write to; `file` is replaced when the block ends well.

    If the block raises, or the machine dies inside it, `file` is what it was. The path has the
    suffix of `file`, because writers such as Keras's choose the format by it.

    Example:
        with replacing(run.path("model.keras")) as path:
            model.save(path)
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    unique = f"{os.getpid()}-{secrets.token_hex(4)}"
    beside = file.with_name(f".{file.stem}.{unique}{file.suffix}")
    try:
        yield beside
        _flush_to_disk(beside)
        beside.replace(file)
    finally:
        beside.unlink(missing_ok=True)
    _flush_name_to_disk(file.parent)


def expect_space(directory: Path, size: int) -> None:
    """Make sure that a file of `size` bytes fits; HDF5 ends the process where the disk is full.

    Raises:
        RunError: it does not.
    """
    needed = size + size // 4 + _RESERVE
    free = shutil.disk_usage(directory).free
    if free < needed:
        raise RunError(
            f"the disk is full: {directory} has {free / 2**20:.1f} MiB left and "
            f"{needed / 2**20:.1f} MiB are needed to save the model"
        )


def write_text(file: Path, text: str) -> Path:
    """Write UTF-8 text with Unix line ends, whole or not at all; returns `file`."""
    with replacing(file) as path:
        path.write_text(text, encoding="utf-8", newline="\n")
    return file


def _flush_to_disk(file: Path) -> None:
    with file.open("r+b") as opened:  # Windows flushes only what is open for writing
        os.fsync(opened.fileno())


def _flush_name_to_disk(directory: Path) -> None:
    """Make a rename last through a power cut; Windows cannot open directories and needs not."""
    if os.name == "nt":
        return
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
