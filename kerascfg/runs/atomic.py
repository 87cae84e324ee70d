"""Files that are there whole or not at all: written beside, flushed to the disk, renamed."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from kerascfg.errors import RunError, display

_RESERVE = 2**20
_DISK = {
    number: os.strerror(number)
    for number in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EFBIG)
}
"""What a disk says that takes no file, by its number."""
_FULL = (errno.ENOSPC, errno.EDQUOT)


class DiskError(RunError, OSError):
    """A file cannot be written, because the disk is full or does not let us; what was there is.

    Attributes:
        left: how many bytes are left, None where that is not the reason.
    """

    left: int | None = None

    def __str__(self) -> str:
        left = "" if self.left is None else f", {self.left / 2**20:.1f} MiB are left"
        what = f"{display(Path(self.filename))} cannot be written"
        return f"{what}: {str(self.strerror).lower()}{left}. What was saved before is whole"


@contextmanager
def replacing(file: Path) -> Iterator[Path]:
    """Give a path beside `file` to write to; `file` is replaced when the block ends well.

    If the block raises, or the machine dies inside it, `file` is what it was. The path ends
    like `file`, because writers such as Keras's choose the format by it.

    Example:
        with replacing(run.path("model.keras")) as path:
            model.save(path)

    Raises:
        DiskError: the disk is full, or does not let us write.
    """
    unique = f"{os.getpid()}-{secrets.token_hex(4)}"
    beside = file.with_name(f".{unique}.{file.name}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        yield beside
        _flush_to_disk(beside)
        beside.replace(file)
    except OSError as error:
        if (number := _number(error)) is None:
            raise
        told = DiskError(number, _DISK[number], str(file))
        told.left = _free(file.parent) if number in _FULL and file.parent.is_dir() else None
        raise told from error
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
    _flush_name_to_disk(file.parent)


def expect_space(directory: Path, size: int, what: str = "the model") -> None:
    """Make sure that a file of `size` bytes fits; HDF5 ends the process where the disk is full.

    The space is taken and given free again, since a user's share may be used up where the disk
    has room.

    Args:
        directory: where it shall be.
        size: in bytes.
        what: what is to be saved, for the message.

    Raises:
        RunError: it does not fit.
    """
    needed, free = size + size // 4 + _RESERVE, _free(directory)
    fits = needed <= free
    if fits and hasattr(os, "posix_fallocate"):
        try:
            with tempfile.TemporaryFile(dir=directory) as taken:
                os.posix_fallocate(taken.fileno(), 0, needed)
        except OSError as error:
            if (number := _number(error)) is None:
                raise
            fits = number not in _FULL
    if not fits:
        raise RunError(
            f"the disk is full: {display(directory)} has {free / 2**20:.1f} MiB left and "
            f"{needed / 2**20:.1f} MiB are needed to save {what}"
        )


def _free(directory: Path) -> int:
    return shutil.disk_usage(directory).free


def _number(error: OSError) -> int | None:
    """Return what the disk said, None where the error is none of a disk's."""
    if error.errno in _DISK:
        return error.errno
    texts = (number for number, text in _DISK.items() if text in str(error))  # as h5py says it
    return next(texts, None)


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
