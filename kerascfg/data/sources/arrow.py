"""Arrow files (Feather, the IPC file and stream formats); columns as those of Parquet files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerascfg.data.arrow.tables import ArrowFile, Batches, gaps_by_reading, peek_tables, read_tables
from kerascfg.data.files import find_files
from kerascfg.data.peek import Peek
from kerascfg.data.table import Table

if TYPE_CHECKING:
    import pyarrow as pa

_WHAT = "an Arrow file (Feather, IPC)"
_MAGIC = b"ARROW1"
_OLD_MAGIC = b"FEA1"


def arrow(
    path: str | list[str] | dict[str, Any],
    columns: list[str] | None = None,
    in_memory: bool = True,
) -> Table:
    """Yield the columns of one or many files that have the same columns.

    Args:
        path: a file, a pattern (`*.arrow`), a list of these, or a mapping of splits to these.
        columns: the columns to read; null reads all.
        in_memory: keep the columns in memory; false writes them once into the cache
            (`$KERASCFG_CACHE`, ~/.cache/kerascfg) and reads rows from there when they are asked
            for, for tables larger than memory.

    Raises:
        RunError: a file cannot be read; the message names the file, and the row where there is one.
    """
    return read_tables(find_files(path, _WHAT), _open, _WHAT, columns, in_memory)


def peek(arguments: Mapping[str, Any], path: str) -> Peek:
    """Read the schemas only."""
    return peek_tables(arguments, path, _WHAT, (".arrow", ".feather"), _open)


def _open(file: Path) -> ArrowFile:
    with _reader(file) as reader:
        schema = reader.schema
    batches = partial(_batches, file, schema)
    return ArrowFile(schema, partial(_rows, batches), batches, partial(gaps_by_reading, batches))


@contextmanager
def _reader(file: Path, columns: list[int] | None = None) -> Iterator[Any]:
    """Open a file in either format; the file format has the stream format within.

    Args:
        file: the file.
        columns: the columns to read; None reads all, an empty list only how many rows there are.
    """
    import pyarrow as pa

    options = pa.ipc.IpcReadOptions(included_fields=columns)
    with pa.OSFile(str(file)) as stream:
        magic = stream.read(len(_MAGIC))
        stream.seek(0)
        if magic.startswith(_OLD_MAGIC):
            raise pa.ArrowInvalid("It is of the first version of Feather; write it again")
        open_reader = pa.ipc.open_file if magic == _MAGIC else pa.ipc.open_stream
        with open_reader(stream, options=options) as reader:
            yield reader


def _batches(file: Path, schema: pa.Schema, names: list[str]) -> Iterator[pa.RecordBatch]:
    with _reader(file, sorted(map(schema.get_field_index, names))) as reader:
        if hasattr(reader, "get_batch"):
            yield from map(reader.get_batch, range(reader.num_record_batches))
        else:
            yield from reader


def _rows(batches: Batches) -> int:
    return sum(map(len, batches([])))
