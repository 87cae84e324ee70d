"""Named arrays in a file, as processes hand them to each other; text is unicode, never pickled."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

_PREFIX = "array/"  # a name such as "file" would be taken for numpy.savez's own argument


def write_arrays(file: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write named arrays; text may be given as bytes or objects, as runtimes return it."""
    import numpy as np

    named: dict[str, Any] = {_PREFIX + name: plain(array) for name, array in arrays.items()}
    np.savez(file, **named)


def read_arrays(file: Path) -> dict[str, np.ndarray]:
    """Read what `write_arrays` wrote."""
    import numpy as np

    with np.load(file, allow_pickle=False) as stored:
        return {name.removeprefix(_PREFIX): stored[name] for name in stored.files}


def plain(array: np.ndarray) -> np.ndarray:
    """Return text as unicode, types that NumPy lacks (bfloat16) as float32, the rest as it is."""
    import numpy as np

    array = np.asarray(array)
    if array.dtype.kind == "V":
        return array.astype(np.float32)
    if array.dtype.kind not in "OS":
        return array
    return np.char.decode(array.astype(np.bytes_), "utf-8", "replace")
