"""Columns of files that may be larger than memory: mapped, and unmapped again before they fill it.

Pages of a mapped file count as the process's memory until they are let go, and the system lets
them go only when memory is short. So a file is mapped anew after each 64 MiB that were touched,
and scattered rows are read one by one, where the system can, without mapping what lies around.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from kerascfg.data.table import Column
from kerascfg.errors import RunError

if TYPE_CHECKING:
    import numpy as np

RESIDENT = 64 * 2**20
"""How many bytes of a file are in memory at most, roughly; a smaller file stays in."""
_AROUND = 2**21
"""What a page fault may map besides the page that was asked for (Linux 6.18: 2 MiB)."""
_ROWS = 2**17


class MappedFile:
    """Rows of one dtype and shape in a file, of which some are read when asked.

    Attributes:
        dtype: dtype of the values as they are in the file; structured where rows are records.
        shape: number of rows, then the shape of a row.
    """

    def __init__(self, file: Path, dtype: np.dtype, shape: tuple[int, ...], offset: int = 0):
        """Open a file.

        Args:
            file: the file; it stays open, so that one that replaces it does no harm.
            dtype: dtype of its values; none that holds Python objects.
            shape: number of rows, then the shape of a row, in C order.
            offset: bytes before the first row.

        Raises:
            RunError: the file is shorter than that.
        """
        self.dtype, self.shape = dtype, shape
        self._file, self._offset = file, offset
        self._stream = file.open("rb")
        self._row = dtype.itemsize
        for side in shape[1:]:
            self._row *= side
        self._touched = 0
        self._lock = Lock()
        size, needed = os.fstat(self._stream.fileno()).st_size, offset + shape[0] * self._row
        if size < needed:
            self._stream.close()
            raise RunError(f"{file}: expected {needed} bytes or more. Received: {size}")
        self._stays = size <= RESIDENT
        self._values = self._mapped()

    def read(self, rows: slice | np.ndarray, field: str | None = None) -> np.ndarray:
        """Return a copy of some rows, or of one field of them; safe in several threads.

        Args:
            rows: a slice, or row numbers in any order.
            field: the field, where rows are records.
        """
        import numpy as np

        numbers = range(self.shape[0])[rows] if isinstance(rows, slice) else np.asarray(rows)
        if not (isinstance(numbers, range) or self._stays) and hasattr(os, "pread"):
            return self._scattered(numbers, field)
        step = min(_ROWS, max(1, RESIDENT // (self._row + _AROUND)))
        if isinstance(numbers, range):
            step = min(_ROWS, max(1, RESIDENT // max(1, self._row)))
        if len(numbers) <= step:
            return self._piece(np.asarray(numbers, np.int64), field)
        dtype = self.dtype[field] if field else self.dtype
        shape = (*self.shape[1:], *dtype.shape)
        values = np.empty((len(numbers), *shape), dtype.base.newbyteorder("="))
        for at in range(0, len(numbers), step):
            piece = np.asarray(numbers[at : at + step], np.int64)
            values[at : at + step] = self._piece(piece, field)
        return values

    def _scattered(self, rows: np.ndarray, field: str | None) -> np.ndarray:
        """Read rows one by one: a page fault would map up to 2 MiB around each (Linux 6.18)."""
        import numpy as np

        dtype, at = self.dtype.fields[field][:2] if field and self.dtype.fields else (self.dtype, 0)  # type: ignore[index] # any text
        size, start = dtype.itemsize if field else self._row, self._offset + at
        stream = self._stream.fileno()
        read = [os.pread(stream, size, start + row * self._row) for row in rows.tolist()]
        if any(len(each) != size for each in read):
            raise RunError(f"{self._file} has become shorter since it was opened")
        values = np.frombuffer(bytearray().join(read), dtype.base)
        values = values.astype(dtype.base.newbyteorder("="), copy=False)
        return values.reshape(len(rows), *self.shape[1:], *dtype.shape)

    def _piece(self, rows: np.ndarray, field: str | None) -> np.ndarray:
        with self._lock:
            values = self._values
            self._touched += self._bytes_around(rows)
            if self._touched > RESIDENT and not self._stays:
                # Readers keep the old mapping until they are done; it goes with the last of them.
                self._values, self._touched = self._mapped(), 0
        read = (values[field] if field else values)[rows]
        return read.astype(read.dtype.newbyteorder("="), copy=False)

    def _bytes_around(self, rows: np.ndarray) -> int:
        if not len(rows):
            return 0
        span = (int(rows.max()) - int(rows.min()) + 1) * self._row
        return min(span, len(rows) * (self._row + _AROUND))

    def _mapped(self) -> np.ndarray:
        import numpy as np

        if not self.shape[0] * self._row:
            return np.empty(self.shape, self.dtype)
        content = mmap.mmap(self._stream.fileno(), 0, access=mmap.ACCESS_READ)
        return np.ndarray(self.shape, self.dtype, content, self._offset)


class MappedColumn:
    """A column (see `table.Column`) of a mapped file: its rows, or one field of its records.

    Attributes:
        file: the file.
        field: the field, where its rows are records; None for the rows themselves.
    """

    def __init__(self, file: MappedFile, field: str | None = None):
        """Take a field of a file whose rows are records, or else the rows themselves."""
        dtype = file.dtype[field] if field else file.dtype
        self.shape: tuple[int, ...] = (*file.shape, *dtype.shape)
        self.dtype: np.dtype = dtype.base.newbyteorder("=")
        self.file, self.field = file, field

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: Any, /) -> np.ndarray:
        return self.file.read(rows, self.field)


def read_rows(columns: Mapping[str, Column], rows: np.ndarray) -> dict[str, np.ndarray]:
    """Return some rows of several columns, read where they lie together as records at once.

    Scattered rows cost a call of the system each: one a record, not one a value.

    Args:
        columns: name -> column, of which some may be fields of one file's records.
        rows: row numbers in any order.
    """
    records: dict[MappedFile, dict[str, str]] = {}
    for name, column in columns.items():
        if isinstance(column, MappedColumn) and column.field is not None:
            records.setdefault(column.file, {})[name] = column.field
    values: dict[str, np.ndarray] = {}
    for file, fields in records.items():
        asked = sum(file.dtype[field].itemsize for field in fields.values())
        if 2 * asked >= file.dtype.itemsize:  # else most of each record would be read for nothing
            read = file.read(rows)
            values |= {name: read[field] for name, field in fields.items()}
    return {name: values[name] if name in values else columns[name][rows] for name in columns}


def open_npy(file: Path) -> MappedFile:
    """Map a `.npy` file (`numpy.save`); its header is read, its values are not.

    Raises:
        RunError: it is no such file, or is cut off, holds Python objects, no rows, or an array
            whose rows are not one after the other (Fortran order).
    """
    import numpy as np

    with file.open("rb") as stream:
        try:
            version = np.lib.format.read_magic(stream)
            read = (
                np.lib.format.read_array_header_1_0
                if version == (1, 0)
                else np.lib.format.read_array_header_2_0
            )
            shape, fortran, dtype = read(stream)
        except (ValueError, EOFError) as error:
            raise RunError(f"{file}: expected a NumPy file (numpy.save). {error}") from error
        offset = stream.tell()
    if dtype.hasobject:
        raise RunError(f"{file}: expected plain values. Received: pickled Python objects")
    if not shape:
        raise RunError(f"{file}: expected one row a sample. Received: a single value")
    if fortran and len(shape) > 1:
        raise RunError(
            f"{file}: expected rows one after the other. Received: an array in Fortran order\n"
            "  hint: save it again: numpy.save(FILE, numpy.ascontiguousarray(numpy.load(FILE)))"
        )
    return MappedFile(file, dtype, shape, offset)
