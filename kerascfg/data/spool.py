"""Columns written to disk in bounded memory, record after record, and read back when asked.

A spool is a directory: `records` holds one record of fixed size a row, so that a row is read at
one place of the disk; `heap` holds what has no fixed size (texts, bytes, sequences), of which the
record has place and length; `spool.json` says what is where. The directory bears its name only
when it is whole.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from glob import escape
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from kerascfg.data.mapped import MappedColumn, MappedFile
from kerascfg.data.table import Column
from kerascfg.errors import RunError

if TYPE_CHECKING:
    import numpy as np

_ABANDONED = 24 * 3600
"""Seconds after which a half-written spool is taken for one that a killed process left."""
_MISSING = -1
"""The length of None in the heap."""


class Spool:
    """Writes columns chunk by chunk.

    Example:
        columns = open_spool(directory)
        if columns is None:
            with Spool(directory) as spool:
                for chunk in chunks:
                    spool.append(chunk)
                columns = spool.finish()
    """

    def __init__(self, directory: Path):
        """Begin a spool that will be `directory` once it is finished.

        Args:
            directory: its name should hold a fingerprint of what is written, since an existing
                one is used instead of written again.
        """
        self.directory = directory
        self._beside = directory.with_name(
            f".{directory.name}.{os.getpid()}-{secrets.token_hex(4)}"
        )
        self._fields: list[dict[str, Any]] = []
        self._rows = self._heap_size = 0
        remove_abandoned(directory.parent.glob(f".{escape(directory.name)}.*"))
        try:
            self._beside.mkdir(parents=True)
            self._records = (self._beside / "records").open("wb")
            self._heap = (self._beside / "heap").open("wb")
        except OSError as error:
            raise self._failed(error) from error

    def append(self, chunk: Mapping[str, np.ndarray]) -> None:
        """Write some rows.

        Args:
            chunk: name -> values, all of one length, in the dtypes and shapes of the first chunk.
                A column of dtype object holds texts, bytes, or arrays that differ only in length
                (`(time, ...)`); None stands for a missing one.

        Raises:
            RunError: the disk is full, or cannot be written to.
            ValueError: the chunk does not fit the first one.
        """
        import numpy as np

        if not self._fields:
            self._fields = [_field(name, np.asarray(values)) for name, values in chunk.items()]
        if [field["name"] for field in self._fields] != list(chunk):
            raise ValueError(f"expected the columns of the first chunk. Received: {list(chunk)}")
        lengths = {len(values) for values in chunk.values()}
        if len(lengths) != 1:
            raise ValueError(f"expected as many rows in every column. Received: {lengths}")
        records = np.empty(lengths.pop(), _dtype(self._fields))
        try:
            for field, values in zip(self._fields, chunk.values(), strict=True):
                records[field["name"]] = self._stored(field, np.asarray(values))
            self._records.write(records.data)
        except OSError as error:
            raise self._failed(error) from error
        self._rows += len(records)

    def finish(self) -> dict[str, Column]:
        """Give the directory its name, and return its columns.

        Raises:
            RunError: the disk is full, or cannot be written to.
            ValueError: nothing was appended.
        """
        if not self._fields:
            raise ValueError("expected at least one chunk. Received: none")
        content = {"rows": self._rows, "columns": self._fields}
        try:
            for stream in (self._records, self._heap):
                stream.flush()
                os.fsync(stream.fileno())
                stream.close()
            (self._beside / "spool.json").write_text(json.dumps(content), encoding="utf-8")
            self._beside.rename(self.directory)
        except OSError as error:
            # Somebody else may have written the same meanwhile.
            if not (self.directory / "spool.json").is_file():
                raise self._failed(error) from error
        columns = open_spool(self.directory)
        assert columns is not None
        return columns

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, *_: object) -> None:
        self._records.close()
        self._heap.close()
        shutil.rmtree(self._beside, ignore_errors=True)

    def _stored(self, field: Mapping[str, Any], values: np.ndarray) -> np.ndarray:
        """Return what goes into the records: the values, or where they lie in the heap."""
        import numpy as np

        if field["kind"] is None:
            if (now := _field(field["name"], values)) != field:
                raise ValueError(f"expected a column like {field}. Received: {now}")
            return values
        places = np.empty((len(values), 2), np.int64)
        for row, value in enumerate(values):
            content = None if value is None else _content(field, value)
            places[row] = self._heap_size, _MISSING if content is None else len(content)
            if content:
                self._heap.write(content)
                self._heap_size += len(content)
        return places

    def _failed(self, error: OSError) -> RunError:
        return RunError(f"{self.directory} cannot be written. {error.strerror or error}")


def open_spool(directory: Path) -> dict[str, Column] | None:
    """Return the columns of a finished spool, or None where there is none."""
    try:
        content = json.loads((directory / "spool.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    fields, rows = content["columns"], content["rows"]
    records = MappedFile(directory / "records", _dtype(fields), (rows,))
    heap = BytesFile(directory / "heap")
    columns: dict[str, Column] = {}
    for field in fields:
        column = MappedColumn(records, field["name"])
        columns[field["name"]] = HeapColumn(column, heap, field) if field["kind"] else column
    return columns


class BytesFile:
    """A file of which any stretch of bytes can be read, by several threads at a time."""

    def __init__(self, file: Path):
        """Open a file; it stays open."""
        self._stream = file.open("rb", buffering=0)
        self._lock = Lock()

    def read(self, at: int, size: int) -> bytes:
        """Return `size` bytes from the place `at` on; fewer where the file ends before."""
        if hasattr(os, "pread"):
            return os.pread(self._stream.fileno(), size, at)
        with self._lock:  # Windows has no pread
            self._stream.seek(at)
            return self._stream.read(size)


class HeapColumn:
    """A column of texts, bytes or sequences in the heap of a spool."""

    def __init__(self, places: MappedColumn, heap: BytesFile, field: Mapping[str, Any]):
        """Take the column of places and lengths, the heap, and what `spool.json` says of it."""
        import numpy as np

        self.shape: tuple[int, ...] = (len(places),)
        self.dtype: np.dtype = np.dtype(object)
        self._places, self._heap, self._field = places, heap, field

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: Any, /) -> np.ndarray:
        import numpy as np

        places = self._places[rows].tolist()
        values = np.empty(len(places), object)
        for row, (at, size) in enumerate(places):
            if size != _MISSING:
                values[row] = _value(self._field, self._heap.read(at, size))
        return values


def _field(name: str, values: np.ndarray) -> dict[str, Any]:
    """Describe a column: its dtype and shape, and for the heap what it holds there."""
    import numpy as np

    if values.dtype.kind not in "OSU":
        dtype, shape = values.dtype.newbyteorder("=").str, list(values.shape[1:])
        return {"name": name, "kind": None, "dtype": dtype, "shape": shape}
    first = next((value for value in values if value is not None), "")
    if isinstance(first, np.ndarray):
        dtype, shape = first.dtype.str, list(first.shape[1:])
        return {"name": name, "kind": "array", "dtype": dtype, "shape": shape}
    kind = "bytes" if isinstance(first, bytes) else "text"
    return {"name": name, "kind": kind, "dtype": "|O", "shape": []}


def _dtype(fields: list[dict[str, Any]]) -> np.dtype:
    import numpy as np

    plain = [
        ("<i8", (2,)) if field["kind"] else (field["dtype"], tuple(field["shape"]))
        for field in fields
    ]
    return np.dtype([(field["name"], *each) for field, each in zip(fields, plain, strict=True)])


def _content(field: Mapping[str, Any], value: Any) -> bytes:
    import numpy as np

    match field["kind"], value:
        case "text", str():
            return value.encode()
        case "bytes", bytes():
            return value
        case "array", np.ndarray():
            return np.ascontiguousarray(value, field["dtype"]).tobytes()
        case kind, _:
            raise ValueError(
                f"expected {kind} in column `{field['name']}`. Received: {type(value).__name__}"
            )


def _value(field: Mapping[str, Any], content: bytes) -> Any:
    import numpy as np

    match field["kind"]:
        case "text":
            return content.decode()
        case "bytes":
            return content
        case _:
            return np.frombuffer(content, field["dtype"]).reshape(-1, *field["shape"])


def remove_abandoned(directories: Iterable[Path]) -> None:
    """Delete what a killed process left: directories that nobody has touched for a day."""
    for directory in directories:
        with suppress(FileNotFoundError):  # its writer has just finished
            if time.time() - directory.stat().st_mtime > _ABANDONED:
                shutil.rmtree(directory, ignore_errors=True)  # it may be another user's
