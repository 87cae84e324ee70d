"""Series in a table that has a row for each step in time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kerascfg.data.splitting.times import read_times
from kerascfg.data.table import Table, is_text
from kerascfg.errors import RunError
from kerascfg.texts import as_texts

if TYPE_CHECKING:
    import numpy as np

_GAP = 1.5  # times the usual step; months differ by less


def sort_series(
    table: Table, time: str | None, group: str | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the rows by series and time, the first step of each series, and each step's time.

    Without a column of times, the time is the number of the step in its series.

    Raises:
        RunError: a series has a time twice.
    """
    import numpy as np

    series = np.zeros(table.rows, np.int64)
    for values in (table.splits, table.columns[group][:] if group else None):
        if values is not None:
            known = as_texts(values) if is_text(values) else values
            numbers = np.unique(known, return_inverse=True)[1].reshape(-1)
            series = np.unique(np.stack([series, numbers]), axis=1, return_inverse=True)[1]
    series = series.reshape(-1)
    times = np.arange(table.rows)
    if time:
        times = read_times(time, table.columns[time][:], "data.source.time", table.name_row)
    order = np.lexsort([times, series])
    series, times = series[order], times[order]
    begins = np.flatnonzero(np.diff(series, prepend=-1))
    if not time:
        lengths = np.diff(begins, append=table.rows)
        return order, begins, np.arange(table.rows) - np.repeat(begins, lengths)
    same = np.flatnonzero((np.diff(times) == 0) & (np.diff(series) == 0))
    if len(same):
        places = [table.name_row(int(row)) for row in order[same[0] : same[0] + 2]]
        raise RunError(
            f"expected each time of `{time}` once in a series. Received: one twice: "
            f"{places[0]}, and {places[1]}"
            + ("" if group else "\n  hint: `group` of the source names the column that tells apart")
        )
    return order, begins, times


def numeric_columns(table: Table, aside: set[str | None]) -> list[str]:
    """Name the columns of one number a row that are not set aside."""
    return [
        name
        for name, values in table.columns.items()
        if name not in aside and not is_text(values) and len(values.shape) == 1
    ]


def stack_columns(table: Table, names: list[str], order: np.ndarray) -> np.ndarray:
    """Return columns of numbers side by side as float32, in the order of time."""
    import numpy as np

    result = np.empty((len(order), len(names)), np.float32)
    for index, name in enumerate(names):
        values = table.columns[name][:]
        if is_text(values) or values.ndim > 1:
            raise RunError(
                f"time_series: expected a column of numbers. Received: `{name}`, such as "
                f"{values[0]!r} ({table.name_row(0)})"
            )
        infinite = np.isinf(values)
        if infinite.any():
            raise RunError(
                f"expected finite values of `{name}`. Received: an infinite one in "
                f"{table.name_row(int(infinite.argmax()))}"
            )
        result[:, index] = values[order]
    return result


def series_notes(
    table: Table,
    shown: list[str],
    reach: int,
    times: np.ndarray,
    firsts: np.ndarray,
) -> Iterator[str]:
    """Say which series are too short, where values are missing, and where time makes a leap."""
    import numpy as np

    lengths = np.diff(firsts, append=len(times))
    short = int((lengths < reach).sum())
    if short:
        yield f"{short} of {len(lengths)} series are left out, having fewer than {reach} steps"
    for name in shown:
        missing = int(np.isnan(table.columns[name][:]).sum())
        if missing:
            yield f"`{name}` has no value (NaN) in {missing} of {table.rows} steps"
    steps = np.delete(np.diff(times), firsts[1:] - 1)
    leaps = int((steps > _GAP * np.median(steps)).sum()) if len(steps) else 0
    if leaps:
        yield (
            f"{leaps} of {len(steps)} steps in time are longer than {_GAP:g} times the usual one; "
            "windows take each for one step"
        )
