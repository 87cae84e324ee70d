"""Tables in text (CSV, TSV): a header of column names, then one sample a row.

A column whose cells are all numbers is numeric, where cells may be empty (or say so: NA, NaN,
null) and are then NaN; every other column is text. Whole numbers without gaps stay whole as
targets; as features all numbers are float32. The fingerprint is over the bytes of the files.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from csv import Error, field_size_limit, reader
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from kerascfg.data.cells import are_mostly_numbers, column_of, first_text, tabular_specs
from kerascfg.data.files import check_files, find_files, fingerprint_of_files, place_in
from kerascfg.data.peek import Peek, failed
from kerascfg.data.table import Table, is_text
from kerascfg.errors import Problem, RunError, override

if TYPE_CHECKING:
    import numpy as np

_WHAT = "a CSV file"
_ROWS_AT_A_TIME = 10_000
_LONGEST_CELL = 2**31 - 1  # Python's own limit of 128 KiB is less than some documents have
_REENCODE = "save it as UTF-8, or convert it: iconv -f latin1 -t utf-8 OLD.csv > NEW.csv"


def csv(
    path: str | list[str] | dict[str, Any],
    separator: str = ",",
    on_error: Literal["stop", "skip"] = "stop",
) -> Table:
    """Yield the columns of one or many files that have the same header.

    Args:
        path: a file in UTF-8, a pattern (`*.csv`), a list of these, or a mapping of splits to
            these.
        separator: what stands between cells; a tab for TSV.
        on_error: `skip` leaves out rows that cannot be read (too many or too few cells, bytes
            that are not UTF-8, a quote that is not closed) and lists them.

    Raises:
        RunError: a file cannot be read; the message names file and row.
    """
    files = find_files(path, _WHAT)
    limit = field_size_limit(_LONGEST_CELL)
    try:
        read = [_read(file, separator, on_error == "skip") for file in files.paths]
    finally:
        field_size_limit(limit)
    _check_headers(files.paths, read)
    columns = {
        name: column_of(list(chain.from_iterable(each.columns[index] for each in read)))
        for index, name in enumerate(read[0].header)
    }
    place = place_in(files.paths, [each.numbers for each in read])
    return Table(
        columns,
        tabular_specs(columns),
        fingerprint_of_files([each.digest for each in read]),
        splits=files.splits_of_rows([len(each.numbers) for each in read]),
        notes=tuple(_changing(columns, place)),
        skipped=tuple(reason for each in read for reason in each.skipped),
        place=place,
    )


def peek(arguments: Mapping[str, Any], path: str) -> Peek:
    """Read the headers only."""
    separator = arguments.get("separator", ",")
    if not isinstance(separator, str) or len(separator) != 1 or separator in '"\r\n':
        return failed(
            Problem(
                f"{path}.separator",
                f"expected one character. Received: {separator!r}",
                hint=r'in YAML a tab is "\t", in double quotes' if separator == r"\t" else None,
                fix=override(f"{path}.separator", ";") if separator != r"\t" else None,
            )
        )
    files, problems = check_files(arguments, path, _WHAT, (".csv", ".tsv"))
    if problems:
        return Peek(problems=tuple(problems))
    headers: list[_Read] = []
    for file in files.paths:
        try:
            with file.open(encoding="utf-8-sig", newline="") as stream:
                headers.append(_Read(_header(stream, separator, file)))
            _check_headers(files.paths, headers)
        except UnicodeDecodeError:
            message = f"expected UTF-8. Received: {file}"
            return failed(Problem(f"{path}.path", message, hint=_REENCODE))
        except (RunError, OSError) as error:
            return failed(Problem(f"{path}.path", f"expected {_WHAT}. {error}"))
    return Peek(tuple(headers[0].header))


@dataclass
class _Read:
    """What one file holds: its cells by column, and the row in the file of each sample."""

    header: list[str]
    columns: Sequence[Sequence[str]] = ()
    numbers: Sequence[int] = ()
    skipped: list[str] = field(default_factory=list)
    digest: str = ""


def _read(file: Path, separator: str, skip: bool) -> _Read:
    content = file.read_bytes()
    text, all_decoded = _decode(content, file, skip)
    lines = list(io.StringIO(text, newline=""))
    skipped: list[str] = []

    def refuse(number: int, reason: str) -> None:
        message = f"{file}, row {number}: {reason}"
        if not skip:
            raise RunError(message)
        skipped.append(message)

    header = _header(lines, separator, file)
    columns: list[list[str]] = [[] for _ in header]
    numbers: list[int] = []
    kept: list[list[str]] = []
    rows = _rows(lines, separator, refuse)
    next(rows)
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
    return _Read(header, columns, numbers, skipped, hashlib.sha256(content).hexdigest())


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


def _header(lines: Iterable[str], separator: str, file: Path) -> list[str]:
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


def _check_headers(files: Sequence[Path], read: Sequence[_Read]) -> None:
    """Refuse files whose header is not that of the first."""
    first = read[0].header
    for file, each in zip(files, read, strict=False):
        if each.header != first:
            raise RunError(
                f"{file}, row 1: expected the header of {files[0]} ({', '.join(first)}). "
                f"Received: {', '.join(each.header)}"
            )


def _changing(columns: Mapping[str, np.ndarray], place: Callable[[int], str]) -> Iterator[str]:
    """Say which columns are texts for a few cells only: most often they were meant as numbers."""
    for name, values in columns.items():
        if is_text(values) and are_mostly_numbers(values):
            row = first_text(values) or 0
            yield (
                f"`{name}` is a text although most of its cells are numbers: {place(row)}, has "
                f"{values[row]!r}"
            )
