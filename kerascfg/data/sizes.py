"""Sizes of memory as people write them: `2GB`, of 1024 MB each."""

from __future__ import annotations

import re

_UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}
_SIZE = re.compile(r"(\d+(?:\.\d+)?) *([KMGT]?)B?", re.IGNORECASE)


def size_in_bytes(said: str) -> int | None:
    """Return how many bytes `2GB` or `500 MB` are, or None if it is no size."""
    found = _SIZE.fullmatch(said.strip())
    return int(float(found[1]) * _UNITS[found[2].upper()]) if found else None


def readable_size(size: float) -> str:
    """Return a number of bytes as people write it."""
    for unit in ("bytes", "KB", "MB", "GB"):
        if size < 1024:
            return f"{size:.3g} {unit}"
        size /= 1024
    return f"{size:.3g} TB"
