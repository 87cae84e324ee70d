"""Tables in files of Arrow's family: one or many of one schema, in memory or spooled to disk."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerascfg._version import __version__
from kerascfg.cache_folder import cache_folder
from kerascfg.data.arrow.columns import ArrowColumn, OddValueError, lacks, may_lack
from kerascfg.data.arrow.schemas import check_schema, common_schema
from kerascfg.data.cells import tabular_specs
from kerascfg.data.digest import digest_of_file
from kerascfg.data.files import Files, check_files, fingerprint_of_files, place_in
from kerascfg.data.peek import Peek, failed
from kerascfg.data.spool import Spool, open_spool
from kerascfg.data.table import Column, Table
from kerascfg.errors import Problem, RunError

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

_CONVERTED = 2**25
"""Bytes of a file that are converted at a time, roughly."""

Batches = Callable[[list[str]], "Iterator[pa.RecordBatch]"]
"""Reads some columns, part by part."""


@dataclass(frozen=True, eq=False)
class ArrowFile:
    """An open file.

    Attributes:
        schema: its columns' names and types.
        rows: counts its rows.
        batches: reads some columns, part by part.
        gaps: tells which of some columns have missing values.
    """

    schema: pa.Schema
    rows: Callable[[], int]
    batches: Batches
    gaps: Callable[[list[str]], set[str]]


Open = Callable[[Path], ArrowFile]
"""Opens a file; raises pyarrow's errors where it is none."""


def read_tables(
    files: Files, open_file: Open, what: str, chosen: Sequence[str] | None, in_memory: bool
) -> Table:
    """Read files of one schema as one table.

    Args:
        files: the files.
        open_file: opens one of them.
        what: what a file should be, as in "a Parquet file".
        chosen: the columns to be read; None reads all.
        in_memory: keep the columns in memory. Otherwise they are written once to a folder of the
            cache (see `spool`) and read from there when asked, in bounded memory.

    Raises:
        RunError: a file cannot be read, or differs from the first; the message says which, and the
            row where there is one.
    """
    opened = [(file, _open(open_file, file, what)) for file in files.paths]
    schema = common_schema([(file, each.schema) for file, each in opened], chosen)
    fingerprint = fingerprint_of_files([digest_of_file(file) for file in files.paths])
    if in_memory:
        columns: Mapping[str, Column] = _collected(_converted(opened, schema, what))
    else:
        content = f"{__version__} {fingerprint} {schema.to_string()}"
        folder = cache_folder() / "tables" / hashlib.sha256(content.encode()).hexdigest()[:32]
        columns = open_spool(folder) or _spooled(folder, _converted(opened, schema, what))
    rows = [each.rows() for _, each in opened]
    return Table(
        columns,
        tabular_specs(columns),
        fingerprint,
        splits=files.splits_of_rows(rows),
        place=place_in(files.paths, [range(1, count + 1) for count in rows]),
    )


def peek_tables(
    arguments: Mapping[str, Any],
    path: str,
    what: str,
    suffixes: Sequence[str],
    open_file: Open,
) -> Peek:
    """Read the schemas only.

    Args:
        arguments: the source's arguments.
        path: where the source stands in the config.
        what: what a file should be, as in "a Parquet file".
        suffixes: how such files' names usually end.
        open_file: opens a file.
    """
    if find_spec("pyarrow") is None:
        return failed(
            Problem(
                f"{path}.type",
                f"expected the package pyarrow, which reads {what}. Received: it is not installed",
                hint="pip install 'kerascfg[parquet]'",
            )
        )
    files, problems = check_files(arguments, path, what, suffixes)
    if problems:
        return Peek(problems=tuple(problems))
    try:
        schemas = [(file, _open(open_file, file, what).schema) for file in files.paths]
        chosen = arguments.get("columns")
        problems = check_schema(schemas[0][1], chosen, f"{path}.columns")
        if problems:
            return Peek(problems=tuple(problems))
        return Peek(tuple(common_schema(schemas, chosen).names))
    except RunError as error:
        return failed(Problem(f"{path}.path", str(error)))


def gaps_by_reading(batches: Batches, names: list[str]) -> set[str]:
    """Return which of some columns have missing values."""
    found: set[str] = set()
    for batch in batches(names) if names else ():
        found |= {name for name in names if lacks(batch.column(name))}
    return found


def _open(open_file: Open, file: Path, what: str) -> ArrowFile:
    with _named(file, what):
        return open_file(file)


def _converted(
    opened: Sequence[tuple[Path, ArrowFile]], schema: pa.Schema, what: str
) -> Iterator[dict[str, np.ndarray]]:
    """Yield the columns of some rows at a time; those of no rows where there are none."""
    names = [field.name for field in schema if may_lack(field.type)]
    gaps: set[str] = set()
    for file, each in opened:
        with _named(file, what):
            gaps |= each.gaps(names)
    columns = [ArrowColumn(name, name in gaps) for name in schema.names]
    first: dict[str, np.ndarray] = {}
    for file, each in opened:
        row = 0
        for batch in _batches(file, each, schema, what):
            try:
                values = {c.name: c.values(batch.column(c.name)) for c in columns}
            except OddValueError as error:
                raise RunError(f"{file}, row {row + error.row + 1}: {error.reason}") from error
            first = first or values
            for name, rows in values.items():
                if rows.shape[1:] != first[name].shape[1:]:
                    raise RunError(
                        f"{file}, row {row + 1}: expected lists of one length in column `{name}`, "
                        f"{first[name].shape[1:]} as before. Received: {rows.shape[1:]}"
                    )
            yield values
            row += len(batch)
    if not first:
        yield {c.name: c.values(schema.empty_table().column(c.name)) for c in columns}


def _batches(
    file: Path, opened: ArrowFile, schema: pa.Schema, what: str
) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a file, in the common types, none of the parts empty or large."""
    import pyarrow as pa

    with _named(file, what):
        for batch in opened.batches(schema.names):
            step = max(1, len(batch) * _CONVERTED // max(batch.nbytes, _CONVERTED))
            for start in range(0, len(batch), step):
                part = batch.slice(start, step)
                arrays = [part.column(field.name).cast(field.type) for field in schema]
                yield pa.RecordBatch.from_arrays(arrays, schema=schema)


@contextmanager
def _named(file: Path, what: str) -> Iterator[None]:
    """Say of pyarrow's errors which file they are about."""
    import pyarrow as pa

    try:
        yield
    except (pa.ArrowException, OSError) as error:
        raise RunError(f"{file}: expected {what}. {error}") from error


def _collected(chunks: Iterable[dict[str, np.ndarray]]) -> dict[str, Column]:
    import numpy as np

    parts = list(chunks)
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _spooled(folder: Path, chunks: Iterable[dict[str, np.ndarray]]) -> dict[str, Column]:
    with Spool(folder) as spool:
        for chunk in chunks:
            spool.append(chunk)
        return spool.finish()
