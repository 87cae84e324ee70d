"""Named arrays in a file, as processes hand them to each other; nothing is pickled."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerascfg.texts import as_texts, restored, stored

if TYPE_CHECKING:
    import numpy as np

_PREFIX = "array/"  # a name such as "file" would be taken for numpy.savez's own argument


def write_arrays(file: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write named arrays; text may be given as bytes or objects, as runtimes return it."""
    import numpy as np

    named: dict[str, Any] = {_PREFIX + k: stored(plain(array)) for k, array in arrays.items()}
    np.savez(file, **named)


def read_arrays(file: Path) -> dict[str, np.ndarray]:
    """Read what `write_arrays` wrote."""
    import numpy as np

    with np.load(file, allow_pickle=False) as archive:
        return {name.removeprefix(_PREFIX): restored(archive[name]) for name in archive.files}


def plain(array: np.ndarray) -> np.ndarray:
    """Return text as unicode, types that NumPy lacks (bfloat16) as float32, the rest as it is.

    Bytes that are no text stay objects.
    """
    import numpy as np

    array = np.asarray(array)
    if array.dtype.kind == "V":
        return array.astype(np.float32)
    return as_texts(array) if array.dtype.kind in "OS" else array
