"""Which features lack values, and which have infinite ones: looked for in every row, once.

Columns that are read when asked, and those whose rows differ in length, hide a NaN as well as any
other: it would turn a model's weights into NaN without a word. They are read in chunks, all
columns of a chunk together, so that memory is that of a chunk and a table is read once.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import TYPE_CHECKING

from kerascfg.data.held import holds_arrays
from kerascfg.data.table import Column, Place
from kerascfg.data.windows import Windows
from kerascfg.errors import RunError

if TYPE_CHECKING:
    import numpy as np

_BYTES, _FEWEST, _MOST = 2**24, 2**6, 2**16
"""Bytes that are looked through at a time, roughly, and the rows that these are at least and at
most."""


def gap_notes(columns: Mapping[str, Column], place: Place) -> tuple[str, ...]:
    """Say which features have gaps: a model that does not handle NaN learns nothing from them.

    Args:
        columns: the columns that are the features.
        place: names a row.

    Raises:
        RunError: a feature has an infinite value, which no layer can handle.
    """
    import numpy as np

    # A series was looked through before it was cut into windows, which overlap.
    whole = {name: column for name, column in columns.items() if not isinstance(column, Windows)}
    numbers = {n: c for n, c in whole.items() if c.dtype.kind == "f" or holds_arrays(c)}
    rows = max(map(len, numbers.values()), default=0)
    step = rows_at_a_time(numbers)
    gaps, infinite, first = dict.fromkeys(numbers, 0), dict.fromkeys(numbers, 0), {}
    for start in range(0, rows, step):
        for name, column in numbers.items():
            values = column[start : start + step]
            without = _rows_where(np.isnan, values)
            endless = _rows_where(np.isinf, values)
            gaps[name] += int(without.sum())
            infinite[name] += int(endless.sum())
            if endless.any():
                first.setdefault(name, start + int(endless.argmax()))
    for name, row in first.items():
        raise RunError(
            f"expected finite values of `{name}`. Received: an infinite one in "
            f"{infinite[name]} of {rows} rows (the first is {place(row)})"
        )
    return tuple(
        f"`{name}` has no value (NaN) in {count} of {rows} rows; the model has to replace it, as "
        "FeatureEncoder (model=tabular) and op: nan_to_num do"
        for name, count in gaps.items()
        if count
    )


def rows_at_a_time(columns: Mapping[str, Column]) -> int:
    """Return how many rows of some columns are about as large as what is looked through at once."""
    size = sum(prod(column.shape[1:]) * column.dtype.itemsize for column in columns.values())
    return min(_MOST, max(_FEWEST, _BYTES // max(1, size)))


def _rows_where(is_odd: np.ufunc, values: np.ndarray) -> np.ndarray:
    """Return in which rows there is an odd value; in those of texts or whole numbers, none."""
    import numpy as np

    if values.dtype.kind == "O":
        kinds = (getattr(row, "dtype", values.dtype).kind for row in values)
        found = [k == "f" and bool(is_odd(row).any()) for k, row in zip(kinds, values, strict=True)]
        return np.array(found, bool)
    return is_odd(values).reshape(len(values), -1).any(axis=1)
