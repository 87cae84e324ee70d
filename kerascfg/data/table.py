"""What a source yields: a table whose rows are samples and whose columns have a known spec.

Any row can be had at any time, so that split and order are arrays of row numbers. A column is an
array in memory, or reads the rows that it is asked for (a mapped file, say); its values are those
of the feature, or what `load` needs to make one row's tensors of (the name of a file, say).
Everything after the source (targets, split, pipeline) knows only this.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from kerascfg.errors import RunError
from kerascfg.texts import as_texts

if TYPE_CHECKING:
    import numpy as np

Place = Callable[[int], str]
"""Names a row, for messages."""

Load = Callable[[dict[str, Any]], dict[str, Any]]
"""One row's columns -> its tensors, in TensorFlow operations."""


class Column(Protocol):
    """Values, one a row: a NumPy array, or an object that reads the rows when asked."""

    @property
    def shape(self) -> tuple[int, ...]:
        """The number of rows, then the shape of a row."""
        ...

    @property
    def dtype(self) -> np.dtype:
        """The dtype of the values; texts and bytes are of dtype object."""
        ...

    def __len__(self) -> int:
        """Return the number of rows."""
        ...

    def __getitem__(self, rows: Any, /) -> np.ndarray:
        """Return the values of some rows, `rows` being a slice or an array of row numbers.

        The numbers may come in any order and more than once, and from several threads at a time.
        """
        ...


@dataclass(frozen=True)
class TensorSpec:
    """Shape (without the batch) and dtype of one sample's tensor; texts have dtype `string`."""

    shape: tuple[int | None, ...]
    dtype: str


@dataclass(frozen=True, eq=False)
class Table:
    """Samples, one a row.

    Attributes:
        columns: name -> column: values, or what `load` needs to load them.
        specs: name -> spec of a sample as a feature, after loading. A column whose own dtype
            differs is cast (whole numbers of a CSV file are targets as they are, features as
            float32). An axis of size None differs from sample to sample: the column is then one
            of arrays (dtype object), and a batch is padded to its longest with zeros.
        fingerprint: sha256 over the content.
        target: the column that is the target unless the config says otherwise, or None.
        load: loads one row, or None where the columns are the values.
        class_names: target -> names of its classes 0, 1, ..., where the source knows them.
        splits: the split that each row belongs to (`train`, `validation`, `test`), where the
            source comes divided.
        notes: what the user should be told about the source (files that were no images, say).
        skipped: what was left out because it could not be read and `on_error: skip` was asked for,
            each with its file and row.
        place: names where a row came from (`wages.csv, row 7`), for messages; None where the
            number of the sample says it.
        files: the columns of file names, whose contents `load` reads: where these are equal, the
            rows are.
        spans: the first and the last time `(rows, 2)` that each row reaches over, as numbers, where
            rows overlap in time (windows of a series): such are divided by time, and a row that
            lies across a border is in no split. None where rows are samples by themselves.
    """

    columns: Mapping[str, Column]
    specs: Mapping[str, TensorSpec]
    fingerprint: str
    target: str | None = None
    load: Load | None = None
    class_names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    splits: np.ndarray | None = None
    notes: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    place: Place | None = None
    spans: np.ndarray | None = None
    files: tuple[str, ...] = ()

    @property
    def name_row(self) -> Place:
        """Return what names a row: by where it came from, else by the number of the sample."""
        return self.place or name_sample

    @property
    def rows(self) -> int:
        """Return the number of samples."""
        return len(next(iter(self.columns.values()), ()))


def name_sample(row: int) -> str:
    """Name a row of which nothing else is known."""
    return f"sample {row + 1}"


def measured_specs(columns: Mapping[str, Column]) -> dict[str, TensorSpec]:
    """Return the specs that columns have; float64 and int64 are halved, as Keras does."""
    return {
        name: TensorSpec(tuple(values.shape[1:]), dtype_name(values))
        for name, values in columns.items()
    }


def dtype_name(values: Column) -> str:
    """Name the dtype that an array has as a tensor."""
    if is_text(values):
        return "string"
    return {"float64": "float32", "int64": "int32", "uint64": "int64", "uint32": "int64"}.get(
        values.dtype.name, values.dtype.name
    )


def is_text(values: Column) -> bool:
    """Tell whether a column holds texts."""
    return values.dtype.kind in "OSU"


def is_held(column: Column) -> bool:
    """Tell whether a column is an array in memory, rather than read from a file when asked."""
    import numpy as np

    return isinstance(column, np.ndarray) and not isinstance(column, np.memmap)


def texts_as_unicode(arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return arrays with texts of fixed width; bytes that are no texts stay objects."""
    return {
        name: as_texts(values) if is_text(values) else values for name, values in arrays.items()
    }


def fingerprint_of(columns: Mapping[str, np.ndarray]) -> str:
    """Return the sha256 over names, dtypes, shapes and content of arrays."""
    import numpy as np

    digest = hashlib.sha256()
    for name, values in columns.items():
        digest.update(f"{name} {values.dtype.str} {values.shape}\n".encode())
        if values.dtype.kind != "O":
            digest.update(np.ascontiguousarray(values).reshape(-1).view(np.uint8).data)
            continue
        for cell in values.flat:
            content = content_of(cell)
            digest.update(len(content).to_bytes(8, "little") + content)
    return digest.hexdigest()


def content_of(cell: Any) -> bytes:
    """Return what tells a cell of a column of objects from others: a text, bytes, or an array."""
    import numpy as np

    if isinstance(cell, np.ndarray):
        said = f"{cell.dtype.str} {cell.shape} ".encode()
        plain = cell.dtype.kind != "O"
        return said + (cell.tobytes() if plain else b"\0".join(map(content_of, cell.flat)))
    return cell if isinstance(cell, bytes) else str(cell).encode("utf-8", "surrogatepass")


def check_table(table: Table, source: str) -> None:
    """Refuse a table that no run can use.

    Args:
        table: what the source yielded.
        source: the source's name, for the message.

    Raises:
        RunError: it has no rows, its columns differ in length, one is of a dtype that no tensor
            has, or its specs do not fit them.
    """
    lengths = {name: len(values) for name, values in table.columns.items()}
    if len(set(lengths.values())) > 1:
        listed = ", ".join(f"{name}: {length}" for name, length in lengths.items())
        raise RunError(f"{source}: expected as many rows in every column. Received: {listed}")
    if table.rows == 0:
        raise RunError(f"{source}: expected samples. Received: a table without rows")
    for name, column in table.columns.items():
        if column.dtype.kind not in "biufMOSU":
            raise RunError(
                f"{source}: expected numbers, texts or times. "
                f"Received: `{name}` of dtype {column.dtype.name}"
            )
        if 0 in column.shape[1:]:
            raise RunError(
                f"{source}: expected values in every row. "
                f"Received: `{name}`, whose rows are of shape {tuple(column.shape[1:])}"
            )
    for name in table.specs:
        if table.load is None and name not in table.columns:
            raise RunError(f"{source}: expected a column for every spec. Received: none for {name}")
    if table.target is not None and table.target not in table.columns:
        raise RunError(f"{source}: expected a column for its target. Received: {table.target}")
