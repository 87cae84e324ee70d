"""Text files whose rows are lines and whose cells a character parts: CSV as RFC 4180 has it."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from csv import Error, field_size_limit, reader
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from kerascfg.errors import RunError

_ROWS_AT_A_TIME = 10_000
_LONGEST_CELL = 2**31 - 1
_REENCODE = "save it as UTF-8, or convert it: iconv -f latin1 -t utf-8 OLD.csv > NEW.csv"


@dataclass
class DelimitedFile:
    """What one file holds.

    Attributes:
        header: the names of the columns.
        columns: the cells of each column.
        numbers: the row in the file of each cell of a column.
        skipped: the rows that were left out, and why.
        digest: sha256 over the bytes.
    """

    header: list[str]
    columns: Sequence[Sequence[str]] = ()
    numbers: Sequence[int] = ()
    skipped: list[str] = field(default_factory=list)
    digest: str = ""


def read_file(file: Path, separator: str, skip: bool) -> DelimitedFile:
    """Read a file.

    Args:
        file: the file, in UTF-8.
        separator: what stands between cells.
        skip: leave out and list rows that cannot be read, rather than stop.

    Raises:
        RunError: a row cannot be read, or the header cannot; the message names file and row.
    """
    with _long_cells():
        return _read_file(file, separator, skip)


@contextmanager
def _long_cells() -> Iterator[None]:
    """Lift the limit of 128 KiB for a cell, which is less than some documents have."""
    limit = field_size_limit(_LONGEST_CELL)
    try:
        yield
    finally:
        field_size_limit(limit)


def _read_file(file: Path, separator: str, skip: bool) -> DelimitedFile:
    content = file.read_bytes()
    text, all_decoded = _decode(content, file, skip)
    lines = list(io.StringIO(text, newline=""))
    skipped: list[str] = []

    def refuse(number: int, reason: str) -> None:
        message = f"{file}, row {number}: {reason}"
        if not skip:
            raise RunError(message)
        skipped.append(message)

    header = read_header(lines, separator, file)
    columns: list[list[str]] = [[] for _ in header]
    numbers: list[int] = []
    kept: list[list[str]] = []
    rows = islice(_rows(lines, separator, refuse), 1, None)
    for number, cells in rows:
        if len(cells) != len(header):
            what = f"expected {len(header)} cells, as the header has. Received: {len(cells)}"
            refuse(number, what)
        elif not (all_decoded or _is_utf8(cells)):
            refuse(number, "expected UTF-8. Received: other bytes")
        else:
            kept.append(cells)
            numbers.append(number)
        if len(kept) == _ROWS_AT_A_TIME:
            _move(kept, columns)
    _move(kept, columns)
    return DelimitedFile(header, columns, numbers, skipped, hashlib.sha256(content).hexdigest())


def _move(rows: list[list[str]], columns: Sequence[list[str]]) -> None:
    """Move cells from rows into columns: a few rows at a time, which is faster than all at once."""
    for column, cells in zip(columns, zip(*rows, strict=True), strict=False):
        column.extend(cells)
    rows.clear()


def _decode(content: bytes, file: Path, skip: bool) -> tuple[str, bool]:
    """Return the text, and whether all of it is UTF-8; if bad rows may not go, it has to be."""
    try:
        return content.decode("utf-8-sig"), True
    except UnicodeDecodeError as error:
        if skip:
            return content.decode("utf-8-sig", "surrogateescape"), False
        row = content[: error.start].count(b"\n") + 1
        raise RunError(
            f"{file}, row {row}: expected UTF-8. Received: the byte "
            f"0x{content[error.start]:02x}\n  hint: {_REENCODE}"
        ) from error


def _is_utf8(cells: Sequence[str]) -> bool:
    try:
        "".join(cells).encode()
    except UnicodeEncodeError:
        return False
    return True


def _rows(
    lines: Sequence[str], separator: str, refuse: Callable[[int, str], None]
) -> Iterator[tuple[int, list[str]]]:
    """Yield each row that is not blank with the number of its last line.

    After a line that is no CSV (a quote that is not closed takes in all that follows) it goes on
    with the next line, unless `refuse` raises.
    """
    start = 0
    while start < len(lines):
        rows = reader(_lines_from(lines, start), delimiter=separator, strict=True)
        read = start
        try:
            for cells in rows:
                read = start + rows.line_num
                if cells:
                    yield read, cells
            return
        except Error as error:
            refuse(read + 1, f"expected CSV. {error}")
            start = read + 1


def _lines_from(lines: Sequence[str], start: int) -> Iterator[str]:
    return (lines[index] for index in range(start, len(lines)))


def read_header(lines: Iterable[str], separator: str, file: Path) -> list[str]:
    """Return the names of the columns.

    Raises:
        RunError: there is no header, or a column has no name or another's.
    """
    rows = reader(lines, delimiter=separator, strict=True)
    try:
        header = [cell.strip() for cell in next(filter(None, rows), [])]
    except Error as error:
        raise RunError(f"{file}, row {rows.line_num}: expected CSV. {error}") from error
    if not any(header):
        raise RunError(f"{file}: expected a header of column names. Received: an empty file")
    if not _is_utf8(header):
        raise RunError(f"{file}, row 1: expected UTF-8. Received: other bytes\n  hint: {_REENCODE}")
    for index, name in enumerate(header):
        if not name:
            raise RunError(
                f"{file}, row 1: expected a name for every column. "
                f"Received: none for column {index + 1} of {len(header)}"
            )
        if name in header[:index]:
            raise RunError(
                f"{file}, row 1: expected each name once. Received: `{name}` for the columns "
                f"{header.index(name) + 1} and {index + 1}"
            )
    return header


def check_headers(files: Sequence[Path], read: Sequence[DelimitedFile]) -> None:
    """Refuse a file whose header is not that of the first.

    Raises:
        RunError: there is one.
    """
    first = read[0].header
    for file, each in zip(files, read, strict=False):
        if each.header != first:
            raise RunError(
                f"{file}, row 1: expected the header of {files[0]} ({', '.join(first)}). "
                f"Received: {', '.join(each.header)}"
            )
