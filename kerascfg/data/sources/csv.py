"""A CSV file: a header of column names, then one sample a row.

A column whose cells are all numbers is numeric, where cells may be empty (or say so: NA, NaN,
null) and are then NaN; every other column is text. Whole numbers without gaps stay whole as
targets; as features all numbers are float32.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator, Mapping, Sequence
from csv import Error, reader
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerascfg.data.peek import Peek, check_place, failed
from kerascfg.data.table import Table, TensorSpec, is_text
from kerascfg.errors import Problem, RunError, override

if TYPE_CHECKING:
    import numpy as np

_MISSING = frozenset({"", "na", "n/a", "nan", "null"})


def csv(path: str, separator: str = ",") -> Table:
    """Yield the file's columns, each feature of shape `()`.

    Args:
        path: the file, in UTF-8.
        separator: what stands between cells.

    Raises:
        RunError: the file cannot be read; the message names file and row.
    """
    file = Path(path).expanduser()
    content = file.read_bytes()
    rows = _rows(io.StringIO(_decode(content, file), newline=""), separator, file)
    header = _header(next(rows, (0, []))[1], file)
    columns = dict(zip(header, map(_column, _cells(rows, header, file)), strict=True))
    specs = {
        name: TensorSpec((), "string" if is_text(values) else "float32")
        for name, values in columns.items()
    }
    return Table(columns, specs, hashlib.sha256(content).hexdigest())


def peek(arguments: Mapping[str, Any], path: str) -> Peek:
    """Read the header only."""
    separator = arguments.get("separator", ",")
    if not isinstance(separator, str) or len(separator) != 1:
        return failed(
            Problem(
                f"{path}.separator",
                f"expected one character. Received: {separator!r}",
                fix=override(f"{path}.separator", ";"),
            )
        )
    problem = check_place(arguments, path, "a CSV file")
    if problem:
        return failed(problem)
    file = Path(arguments["path"]).expanduser()
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            header = _header(next(_rows(stream, separator, file), (0, []))[1], file)
    except UnicodeDecodeError:
        return failed(Problem(f"{path}.path", f"expected UTF-8. Received: {file}", hint=_REENCODE))
    except (RunError, OSError) as error:
        return failed(Problem(f"{path}.path", f"expected a CSV file. {error}"))
    return Peek(tuple(header))


_REENCODE = "save it as UTF-8, or convert it: iconv -f latin1 -t utf-8 OLD.csv > NEW.csv"


def _decode(content: bytes, file: Path) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = content[: error.start].count(b"\n") + 1
        raise RunError(
            f"{file}, row {row}: expected UTF-8. Received: the byte "
            f"0x{content[error.start]:02x}\n  hint: {_REENCODE}"
        ) from error


def _rows(stream: Any, separator: str, file: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield each row that is not blank with its number in the file."""
    lines = reader(stream, delimiter=separator, strict=True)
    try:
        for cells in lines:
            if cells:
                yield lines.line_num, cells
    except Error as error:
        raise RunError(f"{file}, row {lines.line_num}: expected CSV. {error}") from error


def _header(cells: Sequence[str], file: Path) -> list[str]:
    header = [cell.strip() for cell in cells]
    if not any(header):
        raise RunError(f"{file}: expected a header of column names. Received: an empty file")
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


def _cells(
    rows: Iterator[tuple[int, list[str]]], header: Sequence[str], file: Path
) -> Sequence[Sequence[str]]:
    """Return the cells by column."""
    kept = []
    for number, cells in rows:
        if len(cells) != len(header):
            raise RunError(
                f"{file}, row {number}: expected {len(header)} cells, as the header has. "
                f"Received: {len(cells)}"
            )
        kept.append(cells)
    return list(zip(*kept, strict=True)) if kept else [()] * len(header)


def _column(cells: Sequence[str]) -> np.ndarray:
    import numpy as np

    try:
        return np.array([int(_number(cell)) for cell in cells], dtype=np.int64)
    except (ValueError, OverflowError):
        pass  # not all of them whole, or too large
    try:
        missing = [cell.strip().lower() in _MISSING for cell in cells]
        if not all(missing):
            return np.array(
                [
                    np.nan if absent else float(_number(cell))
                    for cell, absent in zip(cells, missing, strict=True)
                ]
            )
    except ValueError:
        pass  # not all of them numbers
    return np.array(cells, dtype=object)


def _number(cell: str) -> str:
    """Refuse `1_000`, which Python reads as a number and nobody else does."""
    if "_" in cell:
        raise ValueError(cell)
    return cell
