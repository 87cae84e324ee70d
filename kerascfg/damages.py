"""Files that are not as they were saved, or are a stranger's: what reading them may raise."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from kerascfg.errors import RunError

DAMAGES: tuple[type[Exception], ...] = (
    *(OSError, ValueError, KeyError, TypeError, AttributeError, IndexError, RuntimeError),
    *(RecursionError, NotImplementedError, EOFError, OverflowError, MemoryError),
    *(zipfile.BadZipFile, zlib.error, yaml.YAMLError),
)
"""What Python's, NumPy's, HDF5's and Keras's readers raise of damaged files, made of experience."""

_LARGEST = 1_000_000


def config_in(content: bytes, file: Path) -> dict[str, Any]:
    """Return the mapping in a YAML file; it names no objects, and is no riddle of aliases.

    Args:
        content: of the file.
        file: its name, for the message.

    Raises:
        RunError: it is damaged.
    """
    try:
        config = yaml.safe_load(content.decode("utf-8"))
        if _size(config, 0) > _LARGEST:
            raise ValueError("it is made of itself, or of parts many times over")
    except DAMAGES as error:
        raise RunError(f"{file} cannot be read: {error}") from error
    if not isinstance(config, dict):
        received = type(config).__name__
        raise RunError(f"{file} cannot be read: expected a mapping. Received: {received}")
    return config


def _size(value: Any, so_far: int) -> int:
    """Count the values in a tree; counting ends where there are too many."""
    items = value.values() if isinstance(value, Mapping) else value
    for item in items if isinstance(value, Mapping | list) else ():
        so_far = _size(item, so_far + 1)
        if so_far > _LARGEST:
            break
    return so_far
