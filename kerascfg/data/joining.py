"""Join columns of a table into one feature: pixels that stand in a column each, say."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from fnmatch import fnmatchcase
from math import prod
from typing import TYPE_CHECKING, Any

from kerascfg.data.table import Column, TensorSpec, is_held, is_text
from kerascfg.errors import ConfigError, Problem

if TYPE_CHECKING:
    import numpy as np


def is_pattern(name: str) -> bool:
    """Tell whether a name stands for all columns that match it."""
    return any(sign in name for sign in "*?[")


def joined_columns(
    patterns: Sequence[str], columns: Sequence[str], aside: Collection[str | None]
) -> list[str]:
    """Return the columns that names and patterns stand for, each once.

    Args:
        patterns: names, or patterns with `*`, `?` and `[...]`, in the order of the feature.
        columns: the source's columns; those of one pattern keep their order.
        aside: columns that no pattern stands for: targets, weights, the column of the split.
    """
    found: dict[str, None] = {}
    for pattern in patterns:
        if pattern in columns:
            found[pattern] = None
        elif is_pattern(pattern):
            matching = (name for name in columns if fnmatchcase(name, pattern))
            found.update(dict.fromkeys(name for name in matching if name not in aside))
    return list(found)


def check_joined(
    patterns: Sequence[str],
    shape: Sequence[int] | None,
    columns: Sequence[str],
    aside: Collection[str | None],
    path: str,
) -> list[Problem]:
    """Return the patterns that stand for no column, and a shape that does not hold the columns.

    Args:
        patterns: as in `joined_columns`; names that are no column are reported elsewhere.
        shape: the shape of the feature, or None for all columns in a row.
        columns: the source's columns.
        aside: columns that no pattern stands for.
        path: where the feature stands in the config.
    """
    problems = [
        Problem(
            f"{path}.columns",
            f"expected a pattern of columns ({', '.join(columns[:20])}"
            f"{', ...' if len(columns) > 20 else ''}). Received: {pattern}, which matches none",
        )
        for pattern in patterns
        if is_pattern(pattern) and not joined_columns([pattern], columns, aside)
    ]
    count = len(joined_columns(patterns, columns, aside))
    if not problems and shape and min(shape) > 0 and prod(shape) != count:
        problems.append(
            Problem(
                f"{path}.shape",
                f"expected a shape of {count} values, as there are columns. "
                f"Received: {list(shape)}, which holds {prod(shape)}",
            )
        )
    return problems


def join(columns: Sequence[Column], spec: TensorSpec, path: str) -> Column:
    """Return columns of one value a row as one column of the spec's shape.

    Raises:
        ConfigError: a column has more than one value a row, or texts stand beside numbers.
    """
    odd = [column for column in columns if len(column.shape) != 1]
    if odd:
        shape = tuple(odd[0].shape[1:])
        message = f"expected columns of one value a row. Received: one of shape {shape}"
        raise ConfigError(Problem(path, message))
    if len({is_text(column) for column in columns}) > 1:
        message = "expected columns of numbers, or of texts. Received: both"
        raise ConfigError(Problem(path, message))
    shape = tuple(int(side or 0) for side in spec.shape)
    joined = Joined(columns, shape)
    return joined[:] if all(map(is_held, columns)) else joined


class Joined:
    """Several columns as one, read when asked."""

    def __init__(self, columns: Sequence[Column], shape: tuple[int, ...]):
        import numpy as np

        self._columns, self._shape = columns, shape
        self.shape = (len(columns[0]), *shape)
        self.dtype = np.result_type(*(column.dtype for column in columns))

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: Any, /) -> np.ndarray:
        import numpy as np

        values = np.stack([column[rows] for column in self._columns], axis=-1)
        return values.reshape(len(values), *self._shape).astype(self.dtype, copy=False)
