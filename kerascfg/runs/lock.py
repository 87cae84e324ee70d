"""One owner for a directory: a file that the owner holds locked, and that says who it is.

The operating system lets go of the lock when its process ends, however that ends, so a lock is
stale where the file is there and nobody holds it. Process ids are only for the message: a dead
process's number is given to another, and means nothing in a neighbouring container.

Some shared file systems keep locks within one machine. The owner therefore touches the file every
few seconds, and what another machine left is taken over once it has been silent for a minute. By
the file system's own clock, since those of two machines differ.
"""

from __future__ import annotations

import json
import os
import platform
import secrets
import sys
import threading
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from kerascfg.errors import RunError

NAME = ".lock"
BEAT_SECONDS = 10.0
SILENT_SECONDS = 60.0
_LOCKED_BYTE = 2**30  # behind the text: Windows lets nobody read a byte that is locked


@dataclass(frozen=True)
class Owner:
    """Who holds a directory.

    Attributes:
        pid: the process.
        host: the name of its machine.
        since: when it got the lock.
        machine: what tells its machine, as it was started, from every other.
    """

    pid: int
    host: str
    since: str = ""
    machine: str = ""

    def __str__(self) -> str:
        since = f" since {self.since}" if self.since else ""
        return f"process {self.pid} on {self.host}{since}"


class Lock:
    """A lock that this process holds until `release`, or until it ends."""

    def __init__(self, file: Path, descriptor: int):
        """Begin to show that the owner is there.

        Args:
            file: the lock file.
            descriptor: the same, open and locked.
        """
        self.file = file
        self._descriptor = descriptor
        self._released = threading.Event()
        threading.Thread(target=self._beat, name="kerascfg-lock", daemon=True).start()

    def release(self) -> None:
        """Give the directory free; harmless when that was done before."""
        if not self._released.is_set():
            self._released.set()
            _give_up(self.file, self._descriptor)

    def _beat(self) -> None:
        while not self._released.wait(BEAT_SECONDS):
            with suppress(OSError):  # a file system that is away for a while ends no training
                os.utime(self.file)


def lock_directory(directory: Path) -> Lock:
    """Lock an existing directory for this process.

    Raises:
        RunError: another process holds it; the message names its owner.
        OSError: nothing can be written there.
    """
    file = directory.resolve() / NAME
    while True:
        there = file.exists()
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o644)
        try:
            if not _locked(descriptor, there):
                raise RunError(_in_use(directory, _new_owner(directory)))
            owner = read_owner(directory)
            if owner is not None and owner.machine != _machine() and not _is_silent(file):
                raise RunError(_in_use(directory, owner))
            if _is_same(file, descriptor):  # else its owner removed it after it was opened here
                _write_owner(descriptor)
                return Lock(file, descriptor)
        except RunError:
            os.close(descriptor)
            raise
        except OSError:
            _give_up(file, descriptor)
            raise
        os.close(descriptor)


def read_owner(directory: Path) -> Owner | None:
    """Return who holds the directory, or None: nobody, or an owner that is not yet written."""
    try:
        read = json.loads((directory / NAME).read_text(encoding="utf-8"))
        since, machine = str(read.get("since", "")), str(read.get("machine", ""))
        return Owner(int(read["pid"]), str(read["host"]), since, machine)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _in_use(directory: Path, owner: Owner | None) -> str:
    who = owner or "a process that did not say its name"
    return (
        f"{directory} is in use by {who}. "
        f"If that process is no longer there, remove {directory / NAME}"
    )


def _locked(descriptor: int, there: bool) -> bool:
    """Take the system's lock of an open file; False where another process has it.

    Where the file system has no locks, a file that was there before counts as locked: nobody can
    say that its owner is gone, and the message tells how to go on.
    """
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:
        return not there
    return True


def _write_owner(descriptor: int) -> None:
    since = datetime.now().astimezone().isoformat(timespec="seconds")
    text = json.dumps(asdict(Owner(os.getpid(), platform.node(), since, _machine())))
    os.ftruncate(descriptor, 0)
    os.lseek(descriptor, 0, os.SEEK_SET)
    os.write(descriptor, text.encode())


def _give_up(file: Path, descriptor: int) -> None:
    """Remove a lock file that this process holds, and let go of it."""
    if sys.platform == "win32":  # which removes no file that is open
        os.close(descriptor)
        with suppress(OSError):  # another process was faster, and has it open
            file.unlink()
        return
    with suppress(OSError):
        if _is_same(file, descriptor):
            file.unlink()
    os.close(descriptor)


def _is_same(file: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(file.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _is_silent(file: Path) -> bool:
    """Wait until the owner on another machine gives a sign of life, or has given none for long."""
    try:
        last = file.stat().st_mtime_ns
        while (_clock_of(file.parent) - last) / 1e9 < SILENT_SECONDS:
            time.sleep(min(1.0, BEAT_SECONDS / 4))
            if file.stat().st_mtime_ns != last:
                return False
    except FileNotFoundError:
        return True  # given up while we waited
    return True


def _clock_of(directory: Path) -> int:
    """Return what time it is for a directory's file system, in nanoseconds."""
    probe = directory / f"{NAME}.{os.getpid()}-{secrets.token_hex(4)}"
    try:
        probe.touch()
        return probe.stat().st_mtime_ns
    finally:
        probe.unlink(missing_ok=True)


def _machine() -> str:
    """Return what tells this machine from others, and from itself before it was started anew."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:  # not Linux
        return platform.node()


def _new_owner(directory: Path) -> Owner | None:
    """Read who holds the directory; who has just got it says so a moment later."""
    for _ in range(10):
        time.sleep(0.02)
        if (owner := read_owner(directory)) is not None:
            return owner
    return None
