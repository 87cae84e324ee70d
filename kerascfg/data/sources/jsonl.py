"""JSON lines: an object a line, whose keys are the columns.

Values are numbers, true or false, texts, or lists of these, nested or not, which are tensors of
one shape. A key that is missing, or null, is a missing value: NaN for a number (and whole numbers
are then float64), "" for a text. One number is a float32 feature, as in every table. The
fingerprint is over the bytes of the files.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from kerascfg.data.cells import tabular_specs
from kerascfg.data.files import check_files, find_files, fingerprint_of_files, place_in
from kerascfg.data.json_values import Kind, column_of, odd_value
from kerascfg.data.peek import Peek, failed
from kerascfg.data.table import Table
from kerascfg.errors import Problem, RunError

_WHAT = "a file of JSON lines"
_DIGITS = 308
"""What a whole number may have to be a float64."""
_LONG = re.compile(rf"[0-9]{{{_DIGITS + 1}}}")
_PEEKED = 2**20
"""Bytes of a file of which a check reads all lines; of a larger one only the first."""


def jsonl(
    path: str | list[str] | dict[str, Any], on_error: Literal["stop", "skip"] = "stop"
) -> Table:
    """Yield the values of one or many files by key.

    Args:
        path: a file in UTF-8, a pattern (`*.jsonl`), a list of these, or a mapping of splits to
            these.
        on_error: `skip` leaves out lines that are no JSON objects, and those with a value of
            another kind or shape than the key's first, and lists them.

    Raises:
        RunError: a file cannot be read; the message names file and row.
    """
    files = find_files(path, _WHAT)
    skipped: list[str] = []

    def refuse(message: str) -> None:
        if on_error == "stop":
            raise RunError(message)
        skipped.append(message)

    kinds: dict[str, Kind | None] = {}
    rows: list[_Row] = []
    digests = []
    for index, file in enumerate(files.paths):
        content = file.read_bytes()
        digests.append(hashlib.sha256(content).hexdigest())
        for number, record in _objects(content.splitlines(), file, refuse):
            if reason := odd_value(record, kinds):
                refuse(f"{file}, row {number}: {reason}")
            else:
                rows.append(_Row(index, number, record))
    rows = list(_with_tensors(rows, kinds, files.paths, refuse))
    if not rows:
        first = skipped[0] if skipped else f"{files.paths[0]} has none"
        raise RunError(f"expected a JSON object a line. Received: {first}")
    columns = {n: column_of([row.record.get(n) for row in rows], kind) for n, kind in kinds.items()}
    numbers: list[list[int]] = [[] for _ in files.paths]
    for row in rows:
        numbers[row.file].append(row.number)
    return Table(
        columns,
        tabular_specs(columns),
        fingerprint_of_files(digests),
        splits=files.splits_of_rows(list(map(len, numbers))),
        skipped=tuple(skipped),
        place=place_in(files.paths, numbers),
    )


def peek(arguments: Mapping[str, Any], path: str) -> Peek:
    """Read the lines of small files; of larger ones the first, which may lack a key.

    Whether a line that cannot be read stops the run is for the source to know.
    """
    files, problems = check_files(arguments, path, _WHAT, (".jsonl", ".ndjson", ".json"))
    if problems:
        return Peek(problems=tuple(problems))
    names: dict[str, None] = {}
    refused: list[str] = []
    all_read = True
    for file in files.paths:
        try:
            with file.open("rb") as stream:
                is_small = file.stat().st_size <= _PEEKED
                lines = stream.readlines() if is_small else [stream.readline()]
        except OSError as error:
            return failed(Problem(f"{path}.path", f"expected {_WHAT}. {error}"))
        for _, record in _objects(lines, file, refused.append):
            names.update(dict.fromkeys(record))
        all_read = all_read and is_small
    if not all_read:
        return Peek()
    if not names:
        received = refused[0] if refused else f"{files.paths[0]} has none"
        return failed(
            Problem(f"{path}.path", f"expected a JSON object a line. Received: {received}")
        )
    return Peek(tuple(names))


@dataclass(frozen=True)
class _Row:
    """An object, the number of its file among the files, and its row in it."""

    file: int
    number: int
    record: dict[str, Any]


def _objects(
    lines: Iterable[bytes], file: Path, refuse: Callable[[str], None]
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the object of each line that is not blank, with the number of the line."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        where = f"{file}, row {number}: expected"
        try:
            record = _value_of(line)
        except UnicodeDecodeError as error:
            refuse(f"{where} UTF-8. Received: the byte 0x{line[error.start]:02x}")
            continue
        except UnicodeEncodeError as error:
            refuse(f"{where} Unicode. Received: half a character, {error.object[error.start]!r}")
            continue
        except (ValueError, RecursionError) as error:
            refuse(f"{where} JSON. {error}")
            continue
        if isinstance(record, dict):
            yield number, record
        else:
            refuse(f"{where} an object, {{...}}. Received: {line.decode()[:40].strip()}")


def _value_of(line: bytes) -> Any:
    """Return what a line says.

    Raises:
        ValueError: it is no JSON, has a number that no column can hold, or an escape
            that makes no text (half of a surrogate pair).
    """
    text = line.decode("utf-8-sig")
    value = json.loads(text, parse_int=_whole if _LONG.search(text) else None)
    if "\\u" in text:
        json.dumps(value, ensure_ascii=False).encode()
    return value


def _whole(digits: str) -> int:
    if len(digits) > _DIGITS:
        raise ValueError(f"Received: a number of {len(digits)} digits")
    return int(digits)


def _with_tensors(
    rows: Iterable[_Row],
    kinds: Mapping[str, Kind | None],
    files: Sequence[Path],
    refuse: Callable[[str], None],
) -> Iterator[_Row]:
    """Yield the rows that lack no list: there is no value that says that a tensor is missing."""
    tensors = [name for name, kind in kinds.items() if kind is not None and kind.shape]
    for row in rows:
        missing = next((name for name in tensors if row.record.get(name) is None), None)
        if missing is None:
            yield row
        else:
            where = f"{files[row.file]}, row {row.number}"
            refuse(f"{where}: expected {kinds[missing]} for `{missing}`. Received: nothing")
