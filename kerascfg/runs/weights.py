"""Are the weights of two saved models the same, bit for bit? Neither Keras nor a backend is asked.

A `.keras` file is a zip archive: it has times in it, so that equal models are unequal files.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerascfg.damages import DAMAGES
from kerascfg.errors import RunError

if TYPE_CHECKING:
    import numpy as np

_CONFIG, _WEIGHTS, _TIMES = "config.json", "model.weights.h5", "metadata.json"


def differing_weights(first: Path, second: Path) -> list[str]:
    """Say in what two saved models differ, nothing where every bit of every weight is the same.

    Args:
        first: a `.keras` file.
        second: another.

    Raises:
        RunError: a file is missing or damaged.
    """
    one, two = _read(first), _read(second)
    found = []
    for name in dict.fromkeys([*one, *two]):
        if name not in one or name not in two:
            found.append(f"{name} is in only one of them")
        elif problem := _difference(one[name], two[name]):
            found.append(f"{name}: {problem}")
    return found


def _difference(first: Any, second: Any) -> str | None:
    if isinstance(first, bytes) or isinstance(second, bytes):
        return None if first == second else "another content"
    if first.shape != second.shape or first.dtype != second.dtype:
        return f"{first.dtype} {first.shape} and {second.dtype} {second.shape}"
    if first.tobytes() == second.tobytes():
        return None
    return f"differs by up to {_distance(first, second):.3g}"


def _distance(first: np.ndarray, second: np.ndarray) -> float:
    import numpy as np

    if first.dtype.kind not in "biuf":
        return float("nan")
    return float(np.abs(first.astype("float64") - second.astype("float64")).max())


def _read(file: Path) -> dict[str, Any]:
    """Read a saved model: its weights as arrays by name, everything else but times as bytes."""
    import h5py

    try:
        with zipfile.ZipFile(file) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        with h5py.File(io.BytesIO(parts.pop(_WEIGHTS)), "r") as stored:
            arrays = dict(_arrays(stored, ""))
    except FileNotFoundError:
        raise RunError(f"expected a saved model, there is no {file}") from None
    except DAMAGES as error:
        raise RunError(f"{file} cannot be read: {error}") from error
    kept = {name: part for name, part in parts.items() if name != _TIMES}
    if _CONFIG in kept:
        kept[_CONFIG] = _with_small_numbers(kept[_CONFIG])
    return arrays | kept


def _with_small_numbers(config: bytes) -> bytes:
    """Number shared objects by their order: Keras takes where they lie in memory."""
    numbers: dict[bytes, int] = {}

    def small(found: re.Match[bytes]) -> bytes:
        return b"%s%d" % (found[1], numbers.setdefault(found[2], len(numbers)))

    return re.sub(rb'("shared_object_id": )(\d+)', small, config)


def _arrays(group: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Yield the arrays in a group; links to other files are not followed."""
    import h5py

    for name in group:
        if isinstance(group.get(name, getlink=True), h5py.ExternalLink):
            raise ValueError(f"{path}{name} leads to another file")
        item = group[name]
        if isinstance(item, h5py.Dataset):
            if item.external:
                raise ValueError(f"{path}{name} lies in another file")
            yield f"{path}{name}", item[()]
        else:
            yield from _arrays(item, f"{path}{name}/")
