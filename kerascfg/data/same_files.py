"""Which files of a folder have the same content: few of them are read to tell."""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Iterator, Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

_PIECE = 2**12


def content_words(paths: Sequence[bytes]) -> np.ndarray:
    """Return a word `(files,)` of uint64 for each file, equal where the contents are.

    Files of one size are compared by three pieces of them, and those alike as a whole. One that
    cannot be read counts by its name; whoever loads it says so.

    Args:
        paths: the files' names.
    """
    import numpy as np

    words = [_word(path) for path in paths]
    rows: list[int] = list(range(len(paths)))
    for told in (_size, _pieces):
        rows = [row for alike in _alike(rows, paths, told) for row in alike]
    for row in rows:
        words[row] = _read(_whole, paths[row]) or words[row]
    return np.array(words, dtype=np.uint64)


def _alike(
    rows: Sequence[int], paths: Sequence[bytes], told: Callable[[bytes], Hashable]
) -> Iterator[list[int]]:
    """Yield the rows of files of which the same is told, two or more."""
    found: dict[Hashable, list[int]] = {}
    for row in rows:
        said = _read(told, paths[row])
        if said is not None:
            found.setdefault(said, []).append(row)
    yield from (alike for alike in found.values() if len(alike) > 1)


def _read(told: Callable[[bytes], Any], path: bytes) -> Any:
    try:
        return told(path)
    except OSError:
        return None


def _size(path: bytes) -> int:
    return os.stat(path).st_size  # noqa: PTH116 (there is no `Path` of bytes)


def _pieces(path: bytes) -> tuple[int, int]:
    size = _size(path)
    with open(path, "rb", buffering=0) as stream:  # noqa: PTH123
        digest = blake2b(digest_size=8)
        for at in (0, size // 2, max(0, size - _PIECE)):
            stream.seek(at)
            digest.update(stream.read(_PIECE))
    return size, int.from_bytes(digest.digest(), "little")


def _whole(path: bytes) -> int:
    digest = blake2b(digest_size=8)
    with open(path, "rb") as stream:  # noqa: PTH123
        while piece := stream.read(2**20):
            digest.update(piece)
    return int.from_bytes(digest.digest(), "little")


def _word(name: bytes) -> int:
    return int.from_bytes(blake2b(b"name " + name, digest_size=8).digest(), "little")
