"""Parquet files: their columns of numbers, texts, dates, or lists of one length.

Numbers are float32 features, and a missing one is NaN; lists of one length are tensors of their
own dtype; texts and bytes are strings, and a missing one is empty. Dates and times are seconds
since 1970 in UTC: exact as a column to split by, within two minutes as a float32 feature. The
fingerprint is over the bytes of the files.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerascfg.data.arrow.tables import ArrowFile, Batches, gaps_by_reading, peek_tables, read_tables
from kerascfg.data.files import find_files
from kerascfg.data.peek import Peek
from kerascfg.data.table import Table

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow.parquet import FileMetaData

_WHAT = "a Parquet file"
_ROWS = 2**14
_BYTES = 2**25


def parquet(
    path: str | list[str] | dict[str, Any],
    columns: list[str] | None = None,
    in_memory: bool = True,
) -> Table:
    """Yield the columns of one or many files that have the same columns.

    Args:
        path: a file, a pattern (`*.parquet`), a list of these, or a mapping of splits to these.
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
    return peek_tables(arguments, path, _WHAT, (".parquet", ".pq"), _open)


def _open(file: Path) -> ArrowFile:
    from pyarrow.parquet import read_metadata

    metadata = read_metadata(file)
    batches = partial(_batches, file, _rows_at_a_time(metadata))
    return ArrowFile(
        metadata.schema.to_arrow_schema(),
        lambda: metadata.num_rows,
        batches,
        partial(_gaps, metadata, batches),
    )


def _rows_at_a_time(metadata: FileMetaData) -> int:
    """Return how many rows of a file are about as large as what should be in memory at a time."""
    size = sum(metadata.row_group(i).total_byte_size for i in range(metadata.num_row_groups))
    return max(1, min(_ROWS, metadata.num_rows * _BYTES // max(size, 1)))


def _batches(file: Path, rows: int, names: list[str]) -> Iterator[pa.RecordBatch]:
    from pyarrow.parquet import ParquetFile

    with ParquetFile(file, pre_buffer=False) as opened:  # a whole row group may be large
        yield from opened.iter_batches(rows, columns=names)


def _gaps(metadata: FileMetaData, batches: Batches, names: list[str]) -> set[str]:
    """Look the columns up in the file's statistics, and read those that these do not tell of."""
    counts: dict[str, list[int | None]] = {name: [] for name in names}
    for group in range(metadata.num_row_groups):
        for index in range(metadata.num_columns):
            column = metadata.row_group(group).column(index)
            if column.path_in_schema in counts:
                said = column.statistics
                counts[column.path_in_schema].append(
                    said.null_count if said is not None and said.has_null_count else None
                )
    groups = metadata.num_row_groups
    told = {n: each for n, each in counts.items() if len(each) == groups and None not in each}
    unknown = [name for name in names if name not in told]
    return {n for n, each in told.items() if any(each)} | gaps_by_reading(batches, unknown)
