"""Rows that cannot be loaded: which they are, why, and a table without them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from kerascfg.data.table import Column, Load, Table, is_held
from kerascfg.errors import RunError
from kerascfg.texts import spelled

if TYPE_CHECKING:
    import numpy as np
    import tensorflow as tf

_CHUNK = 256


@dataclass(frozen=True, eq=False)
class ChosenRows:
    """A column (see `table.Column`) of some rows of a column that is read when asked."""

    column: Column
    numbers: np.ndarray

    @property
    def shape(self) -> tuple[int, ...]:
        """Return the number of chosen rows, then the shape of a row."""
        return (len(self.numbers), *self.column.shape[1:])

    @property
    def dtype(self) -> np.dtype:
        """Return the dtype of the values."""
        return self.column.dtype

    def __len__(self) -> int:
        return len(self.numbers)

    def __getitem__(self, rows: Any, /) -> np.ndarray:
        return self.column[self.numbers[rows]]


def without_failing(table: Table, path: str) -> Table:
    """Read and load every row once; return the table without those that fail, each listed.

    Args:
        table: a table, whose columns are unchanged where they are in memory and nothing is loaded.
        path: where the source stands in the config.

    Raises:
        RunError: no row can be loaded.
    """
    if table.load is None and all(map(is_held, table.columns.values())):
        return table
    import numpy as np

    rows = np.arange(table.rows)
    failed = dict(failures(table.columns, rows, table.load, table.place))
    if not failed:
        return table
    if len(failed) == table.rows:
        raise RunError(f"{path}: expected rows that can be loaded. {next(iter(failed.values()))}")
    kept = np.delete(rows, list(failed))
    place = table.place
    return replace(
        table,
        columns={name: _choose(column, kept) for name, column in table.columns.items()},
        splits=None if table.splits is None else table.splits[kept],
        skipped=(*table.skipped, *failed.values()),
        place=None if place is None else lambda row: place(int(kept[row])),
        spans=None if table.spans is None else table.spans[kept],
    )


def _choose(column: Column, numbers: np.ndarray) -> Column:
    return column[numbers] if is_held(column) else ChosenRows(column, numbers)


def failures(
    columns: Mapping[str, Column],
    numbers: np.ndarray,
    load: Load | None,
    place: Callable[[int], str] | None,
) -> Iterator[tuple[int, str]]:
    """Yield each row that cannot be read or loaded, in order, with a message that names it.

    Args:
        columns: the columns of a table.
        numbers: the rows to try.
        load: the table's `load`.
        place: the table's `place`.
    """
    for start in range(0, len(numbers), _CHUNK):
        chunk = numbers[start : start + _CHUNK]
        unread: dict[int, str] = {}
        try:
            values = {name: column[chunk] for name, column in columns.items()}
        except RunError:
            unread = dict(_unreadable(columns, chunk))
            chunk = chunk[[number not in unread for number in chunk.tolist()]]
            values = {name: column[chunk] for name, column in columns.items()}
        if load is not None and len(chunk):
            unread |= _not_loadable(values, chunk, load, place)
        yield from sorted(unread.items())


def _unreadable(columns: Mapping[str, Column], numbers: np.ndarray) -> Iterator[tuple[int, str]]:
    """Yield the rows of which a column cannot be read; its error names file and row."""
    for at, number in enumerate(numbers.tolist()):
        try:
            for column in columns.values():
                column[numbers[at : at + 1]]
        except RunError as error:
            yield number, str(error)


def _not_loadable(
    read: Mapping[str, np.ndarray],
    numbers: np.ndarray,
    load: Load,
    place: Callable[[int], str] | None,
) -> dict[int, str]:
    """Return the rows that are read but cannot be loaded, and why.

    Args:
        read: the values of the columns.
        numbers: the numbers of these rows.
        load: the table's `load`.
        place: the table's `place`.
    """
    import tensorflow as tf

    values = {name: _plain(column) for name, column in read.items()}
    fine = {int(row) for row, _ in _loadable(values, load).as_numpy_iterator()}
    failed = {}
    for row in sorted(set(range(len(numbers))) - fine):
        one = {name: column[row] for name, column in values.items()}
        try:
            load({name: tf.convert_to_tensor(value) for name, value in one.items()})
        except tf.errors.OpError as error:
            number = int(numbers[row])
            named = place(number) if place else _named(one)
            failed[number] = f"{named} cannot be loaded. {reason(error)}"
    return failed


def _loadable(values: dict[str, Any], load: Load) -> tf.data.Dataset:
    """Return the positions of the rows that load, each with a trace of what was loaded.

    Without it TensorFlow would see that nobody needs what `load` returns, and leave it out.
    """
    import tensorflow as tf

    def traced(position: Any, row: dict[str, Any]) -> tuple[Any, tuple[Any, ...]]:
        made = tf.nest.flatten(load(row), expand_composites=True)
        return position, tuple(tf.reshape(tensor, [-1])[:1] for tensor in made)

    rows: Any = tf.data.Dataset.from_tensor_slices(values).enumerate()  # type: ignore[arg-type]
    tried = rows.map(traced, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
    return tried.ignore_errors()


def _plain(values: np.ndarray) -> Any:
    """Let TensorFlow take texts: an object array of one length becomes a tensor of strings."""
    import tensorflow as tf

    return tf.convert_to_tensor(values) if values.dtype.kind == "O" else values


def first_failure(
    columns: Mapping[str, Column],
    numbers: np.ndarray,
    load: Load | None,
    place: Callable[[int], str] | None,
) -> RunError | None:
    """Find the first row that cannot be loaded, which TensorFlow's own error does not name."""
    if load is None:
        return None
    found = next(failures(columns, numbers, load, place), None)
    return None if found is None else RunError(found[1])


def raised_while_reading(error: tf.errors.OpError) -> RunError | None:
    """Return the `RunError` that a column raised inside the pipeline, if that is what happened."""
    found = re.search(r"\bRunError: (.+?)(?:\n\s*Traceback|\n\n|\Z)", error.message, re.DOTALL)
    return RunError(found[1].strip()) if found else None


def reason(error: tf.errors.OpError) -> str:
    """Return TensorFlow's message without the names of its nodes, or what an assertion says."""
    text = re.sub(r"\{\{.*?\}\}|\[Op:.*?\]| name:", "", error.message)
    if asserted := re.search(r"Summarized data: (.*)", text, re.DOTALL):
        return " ".join(re.sub(r"^b(['\"])(.*)\1$", r"\2", asserted[1].strip(), flags=re.M).split())
    return next((line.strip() for line in text.splitlines() if line.strip()), type(error).__name__)


def _named(row: Mapping[str, Any]) -> str:
    return "data: " + ", ".join(f"{name} {_readable(value)}" for name, value in row.items())


def _readable(value: Any) -> str:
    plain = value.numpy() if hasattr(value, "numpy") else value
    return spelled(plain)
