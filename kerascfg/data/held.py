"""Columns in memory, once: TensorFlow and NumPy look at the same bytes.

Three splits gather from one tensor a column; a copy beside it, or one a split, would double what
data in memory takes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from kerascfg.data.table import Column, TensorSpec, is_held, is_text

if TYPE_CHECKING:
    import numpy as np
    import tensorflow as tf

_ALIGNMENT = 64
"""What TensorFlow expects of an address, in bytes, to use an array as it is."""


class Columns(Mapping[str, Column]):
    """Columns by name, those in memory as tensors too."""

    def __init__(self, columns: Mapping[str, Column]):
        """Take the columns; arrays given up elsewhere are then in memory once."""
        self._columns = dict(columns)
        self._tensors: dict[tuple[str, ...], tf.Tensor] | None = None

    def __getitem__(self, name: str) -> Column:
        return self._columns[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)

    def tensors(self) -> Mapping[tuple[str, ...], tf.Tensor]:
        """Return the columns in memory as tensors, of which the arrays are views from then on.

        Those that hold one number a row, of one dtype, are together the columns of one tensor
        `(rows, columns)`: gathering rows of a table column by column takes several times longer.
        """
        if self._tensors is None:
            self._tensors = {names: self._tensor(names) for names in self._groups()}
        return self._tensors

    def _groups(self) -> list[tuple[str, ...]]:
        groups: dict[Any, list[str]] = {}
        for name, column in self._columns.items():
            if is_gatherable(column):
                alone = is_text(column) or len(column.shape) > 1
                groups.setdefault((name,) if alone else column.dtype, []).append(name)
        return [tuple(names) for names in groups.values()]

    def _tensor(self, names: tuple[str, ...]) -> tf.Tensor:
        import numpy as np

        first = np.asarray(self._columns[names[0]])
        if len(names) == 1:
            tensor = as_tensor(first)
            if not is_text(first):
                self._columns[names[0]] = np.asarray(memoryview(tensor))  # type: ignore[arg-type]
            return tensor
        together = empty_array((len(first), len(names)), first.dtype)
        for index, name in enumerate(names):
            together[:, index] = self._columns[name]
            self._columns[name] = together[:, index]
        return as_tensor(together)


def holds_arrays(column: Column) -> bool:
    """Tell whether each value of a column is an array, whose length differs from row to row."""
    import numpy as np

    return column.dtype.kind == "O" and len(column) > 0 and isinstance(column[:1][0], np.ndarray)


def arrays_of(
    batch: Mapping[str, np.ndarray], specs: Mapping[str, TensorSpec]
) -> dict[str, np.ndarray]:
    """Return a batch as columns: of arrays, where samples of a feature differ in shape."""
    import numpy as np

    made = dict(batch)
    for name, values in batch.items():
        if name in specs and None in specs[name].shape:
            made[name] = np.empty(len(values), object)
            made[name][:] = list(values)
    return made


def is_gatherable(column: Column) -> bool:
    """Tell whether a column is in memory and its values are of one shape."""
    return is_held(column) and not holds_arrays(column)


def empty_array(shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    """Return an array to be filled which TensorFlow can use without copying it."""
    import numpy as np

    dtype = np.dtype(dtype)
    if dtype.kind == "O":
        return np.empty(shape, dtype)
    size = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
    memory = np.empty(size + _ALIGNMENT, np.uint8)
    start = -memory.ctypes.data % _ALIGNMENT
    return memory[start : start + size].view(dtype).reshape(shape)


def as_tensor(array: np.ndarray) -> tf.Tensor:
    """Return a tensor on the CPU that shares an array's memory where it can."""
    import tensorflow as tf

    aligned = array.ctypes.data % _ALIGNMENT == 0 and array.flags.c_contiguous
    if aligned and array.flags.writeable and array.size and not is_text(array):
        return tf.experimental.dlpack.from_dlpack(array.__dlpack__())
    with tf.device("CPU:0"):
        return tf.convert_to_tensor(array)
