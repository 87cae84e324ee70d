"""Fingerprints of files: of all their bytes, or of some where they may be too large for that."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

_WHOLE = 2**30
_STRETCHES = 1024
_STRETCH = 2**18


def digest_of_file(file: Path) -> str:
    """Return the sha256 over a file's content, as `sha256sum` prints it."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def digest_of(files: Iterable[Path]) -> str:
    """Return a sha256 over the files' contents, in their order.

    Of files that are larger than 1 GiB together, about a thousand stretches of 256 KiB are read,
    spread evenly, and each file's size and the time of its last change count besides.
    """
    files = list(files)
    sizes = [file.stat().st_size for file in files]
    digest = hashlib.sha256()
    for file, size in zip(files, sizes, strict=True):
        with file.open("rb") as stream:
            if sum(sizes) <= _WHOLE:
                digest.update(hashlib.file_digest(stream, "sha256").digest())
                continue
            digest.update(f"{size} {file.stat().st_mtime_ns}\n".encode())
            for at in range(0, size, max(_STRETCH, sum(sizes) // _STRETCHES)):
                stream.seek(at)
                digest.update(stream.read(_STRETCH))
    return digest.hexdigest()
