"""One owner for a directory: a file that only one process can create.

The file names its owner (process id and host). A lock whose owner died on this host is taken
over; one of another host is not ours to judge, so the message says which file to remove.
"""

from __future__ import annotations

import json
import os
import platform
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from kerascfg.errors import RunError

NAME = ".lock"
_held_here: set[Path] = set()


@dataclass(frozen=True)
class Owner:
    """The process that made a lock."""

    pid: int
    host: str

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}"


@dataclass(frozen=True)
class Lock:
    """A lock that this process holds."""

    file: Path

    def release(self) -> None:
        """Give the directory free; harmless when that was done before."""
        if self.file in _held_here:
            _held_here.discard(self.file)
            self.file.unlink(missing_ok=True)


def lock_directory(directory: Path) -> Lock:
    """Lock an existing directory for this process.

    Raises:
        RunError: another process holds it; the message names its owner.
    """
    file = directory.resolve() / NAME
    is_mine = _create(file) or (_is_gone(read_owner(directory), file) and _take_over(file))
    if not is_mine:
        who = read_owner(directory) or "a process that did not say its name"
        raise RunError(
            f"{directory} is in use by {who}. "
            f"If that process is no longer there, remove {directory / NAME}"
        )
    _held_here.add(file)
    return Lock(file)


def read_owner(directory: Path) -> Owner | None:
    """Return who holds the directory, or None: nobody, or an owner that is not yet written."""
    try:
        read = json.loads((directory / NAME).read_text(encoding="utf-8"))
        return Owner(int(read["pid"]), str(read["host"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _create(file: Path) -> bool:
    """Create a lock file that names this process; False when there is one already."""
    try:
        descriptor = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
    except FileExistsError:
        return False
    with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
        json.dump({"pid": os.getpid(), "host": platform.node()}, opened)
    return True


def _take_over(file: Path) -> bool:
    """Replace the lock of an owner that is gone; False when another process was faster.

    Whoever replaces it holds a second lock meanwhile and looks again: without that, a slow
    process could throw out the fresh lock of a faster one.
    """
    recovery = file.with_name(f"{file.name}.recovery")
    if not _create(recovery):
        return False
    if not _is_gone(read_owner(file.parent), file):
        recovery.unlink()
        return False
    recovery.replace(file)
    return True


def _is_gone(owner: Owner | None, file: Path) -> bool:
    if owner is None or owner.host != platform.node():
        return False
    if owner.pid == os.getpid():  # a number used again, as in every container's first process
        return file not in _held_here
    return not _is_alive(owner.pid)


def _is_alive(pid: int) -> bool:
    if pid <= 0:
        return False
    if sys.platform == "win32":  # os.kill(pid, 0) would send it Ctrl+C there
        import ctypes

        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel.OpenProcess.restype = ctypes.c_void_p
        handle = kernel.OpenProcess(0x1000, False, pid)  # PROCESS_QUERY_LIMITED_INFORMATION
        if not handle:
            return ctypes.get_last_error() == 5  # access denied: there, and someone else's
        code = ctypes.c_ulong()
        kernel.GetExitCodeProcess(ctypes.c_void_p(handle), ctypes.byref(code))
        kernel.CloseHandle(ctypes.c_void_p(handle))
        return code.value == 259  # STILL_ACTIVE
    with suppress(PermissionError):  # there, and someone else's
        try:
            os.kill(pid, 0)
        except (ProcessLookupError, OverflowError):
            return False
    return True
