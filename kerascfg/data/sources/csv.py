"""Tables in text (CSV, TSV): a header of column names, then one sample a row.

A column whose cells are all numbers is numeric, where cells may be empty (or say so: NA, NaN,
null) and are then NaN; every other column is text. Whole numbers without gaps stay whole as
targets; as features all numbers are float32. The fingerprint is over the bytes of the files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import TYPE_CHECKING, Any, Literal

from kerascfg.data.cells import are_mostly_numbers, column_of, first_text, tabular_specs
from kerascfg.data.delimited import DelimitedFile, check_headers, read_file, read_header
from kerascfg.data.files import check_files, find_files, fingerprint_of_files, place_in
from kerascfg.data.peek import Peek, failed
from kerascfg.data.table import Table, is_text
from kerascfg.errors import Problem, RunError, override

if TYPE_CHECKING:
    import numpy as np

_SEPARATORS = (";", "\t", "|", ",")
_WHAT = "a CSV file"


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
    read = [read_file(file, separator, on_error == "skip") for file in files.paths]
    check_headers(files.paths, read)
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
    headers: list[DelimitedFile] = []
    for file in files.paths:
        try:
            with file.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as stream:
                headers.append(DelimitedFile(read_header(stream, separator, file)))
            check_headers(files.paths, headers)
        except (RunError, OSError) as error:
            return failed(Problem(f"{path}.path", f"expected {_WHAT}. {error}"))
    header = headers[0].header
    other = next((sign for sign in _SEPARATORS if sign in header[0] and len(header) == 1), None)
    if other is not None:
        at = f"{path}.separator"
        said = f"expected the character that parts the cells of `{header[0]}`. "
        return failed(Problem(at, f"{said}Received: {separator!r}", fix=override(at, other)))
    return Peek(tuple(header))


def _changing(columns: Mapping[str, np.ndarray], place: Callable[[int], str]) -> Iterator[str]:
    """Say which columns are texts for a few cells only: most often they were meant as numbers."""
    for name, values in columns.items():
        if is_text(values) and are_mostly_numbers(values):
            row = first_text(values) or 0
            yield (
                f"`{name}` is a text although most of its cells are numbers: {place(row)}, has "
                f"{values[row]!r}"
            )
