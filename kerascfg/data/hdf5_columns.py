"""Datasets of an HDF5 file as columns."""

from __future__ import annotations

from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from kerascfg.data.mapped import MappedColumn, MappedFile
from kerascfg.data.table import Column, TensorSpec, dtype_name
from kerascfg.errors import RunError

if TYPE_CHECKING:
    import numpy as np

_LOCK = Lock()  # the HDF5 library is for one thread at a time, whatever the file
_ROWS = 1024


class DatasetColumn:
    """A column (see `table.Column`) that the HDF5 library reads."""

    def __init__(self, dataset: Any, file: Path):
        """Take a dataset with rows; texts and sequences of variable length become objects."""
        import h5py
        import numpy as np

        self._is_text = h5py.check_string_dtype(dataset.dtype) is not None
        self.dtype: np.dtype = (
            np.dtype(object) if self._is_text else dataset.dtype.newbyteorder("=")
        )
        self.shape: tuple[int, ...] = dataset.shape
        self._dataset, self._file = dataset, file

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: Any, /) -> np.ndarray:
        import numpy as np

        if isinstance(rows, slice):
            rows = np.arange(*rows.indices(len(self)))
        # The library wants row numbers in order, and each once.
        numbers, back = np.unique(rows, return_inverse=True)
        values = np.empty((len(numbers), *self.shape[1:]), self.dtype)
        for at in range(0, len(numbers), _ROWS):
            values[at : at + _ROWS] = self._read(numbers[at : at + _ROWS])
        return values[back]

    def _read(self, numbers: np.ndarray) -> np.ndarray:
        first, last = int(numbers[0]), int(numbers[-1])
        whole = last - first + 1 == len(numbers)
        where = slice(first, last + 1) if whole else numbers
        dataset = self._dataset.asstr() if self._is_text else self._dataset
        try:
            with _LOCK:
                return dataset[where]
        except UnicodeDecodeError as error:
            raise RunError(
                f"{self._file}, {self._dataset.name}: expected UTF-8 in the rows {first + 1} to "
                f"{last + 1}. Received: the byte 0x{error.object[error.start]:02x}"
            ) from error
        except OSError as error:
            raise RunError(
                f"{self._file}, {self._dataset.name}: the rows {first + 1} to {last + 1} cannot "
                f"be read. {error}"
            ) from error


def column_of(dataset: Any, file: Path) -> tuple[Column, TensorSpec] | None:
    """Return a dataset as a column, and its spec; None where it has no rows of plain values."""
    import h5py
    import numpy as np

    if not dataset.shape or dataset.dtype.kind not in "biufSO":
        return None
    items = h5py.check_vlen_dtype(dataset.dtype)
    if items is not None and not h5py.check_string_dtype(dataset.dtype):
        spec = TensorSpec((None, *dataset.shape[1:]), dtype_name(np.empty(0, items)))
        return DatasetColumn(dataset, file), spec
    column = _mapped(dataset, file) or DatasetColumn(dataset, file)
    return column, TensorSpec(column.shape[1:], dtype_name(column))


def _mapped(dataset: Any, file: Path) -> MappedColumn | None:
    """Return a dataset that lies in the file as a plain array, which needs no library to read."""
    at = dataset.id.get_offset()
    if at is None or dataset.external or dataset.dtype.kind not in "biuf":
        return None
    return MappedColumn(MappedFile(file, dataset.dtype, dataset.shape, at))
