"""Fill the gaps of a feature: with a statistic of the training rows, or with a stated value.

A gap is NaN in a column of numbers and the empty text in one of texts. What fills it stands in
front of the served model too (`model.serving`), which sees the gaps of what it is asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kerascfg.data.table import Column, is_held, is_text
from kerascfg.errors import ConfigError, Problem, did_you_mean

if TYPE_CHECKING:
    import numpy as np

_OF_NUMBERS = ("keep", "mean", "median", "most_frequent", "zero")


@dataclass(frozen=True, eq=False)
class Filling:
    """A column without gaps.

    Attributes:
        column: its values.
        value: what fills a gap, None where gaps are kept.
        notes: what was filled, if anything was.
    """

    column: Column
    value: Any = None
    notes: tuple[str, ...] = ()


def fill(
    name: str, column: Column, missing: str | float, training: np.ndarray, path: str
) -> Filling:
    """Fill a column's gaps.

    Args:
        name: the column's name.
        column: its values.
        missing: `keep`, `mean`, `median`, `most_frequent`, `zero`, or the value itself.
        training: the rows on which a statistic is measured.
        path: where `missing` stands in the config.

    Raises:
        ConfigError: the column cannot be filled so, or has no value in the training rows.
    """
    import numpy as np

    if missing == "keep":
        return Filling(column)
    _check_kind(name, column, missing, path)
    value = _value(name, column, missing, training, path)
    said = "" if np.ndim(value) else f" {value:g}" if not is_text(column) else f" {value!r}"
    measured = missing in _OF_NUMBERS and missing != "zero"
    what = f"{said} ({missing} of the training rows)" if measured else said
    if not is_text(column) and column.dtype.kind != "f":  # whole numbers have no gaps
        return Filling(column, value)
    if not is_held(column):
        return Filling(Filled(column, value), value, (f"gaps of `{name}` are filled with{what}",))
    values = np.asarray(column)
    gaps = gaps_of(values)
    if not gaps.any():
        return Filling(column, value)
    rows = int(gaps.reshape(len(gaps), -1).any(axis=1).sum())
    note = f"`{name}` had no value in {rows} of {len(values)} rows; filled with{what}"
    return Filling(np.where(gaps, value, values).astype(values.dtype), value, (note,))


def gaps_of(values: np.ndarray) -> np.ndarray:
    """Return where values are missing, of the shape of the values."""
    import numpy as np

    match values.dtype.kind:
        case "O":
            return (values == "") | (values == b"")
        case "U" | "S":
            return np.char.str_len(values) == 0
        case _:
            return np.isnan(values)


class Filled:
    """A column that is read when asked, its gaps filled then."""

    def __init__(self, column: Column, value: Any):
        self._column, self._value = column, value
        self.shape, self.dtype = column.shape, column.dtype

    def __len__(self) -> int:
        return len(self._column)

    def __getitem__(self, rows: Any, /) -> np.ndarray:
        import numpy as np

        values = self._column[rows]
        return np.where(gaps_of(values), self._value, values).astype(values.dtype)


def _check_kind(name: str, column: Column, missing: str | float, path: str) -> None:
    if is_text(column) and (missing in ("mean", "median", "zero") or not isinstance(missing, str)):
        message = f"expected keep, most_frequent or a text, since `{name}` holds texts. "
        fix = f"{path}=most_frequent"
        raise ConfigError(Problem(path, f"{message}Received: {missing}", fix=fix))
    if not is_text(column) and (problems := check_for_numbers(name, missing, path)):
        raise ConfigError(problems)


def check_for_numbers(name: str, missing: str | float, path: str) -> list[Problem]:
    """Return what is wrong with what shall fill the gaps of numbers.

    Args:
        name: the feature's or column's name.
        missing: as in `fill`.
        path: where `missing` stands in the config.
    """
    if not isinstance(missing, str) or missing in _OF_NUMBERS:
        return []
    meant = did_you_mean(missing, _OF_NUMBERS)
    return [
        Problem(
            path,
            f"expected {', '.join(_OF_NUMBERS)} or a number, since `{name}` holds numbers. "
            f"Received: {missing}",
            hint=f"did you mean `{meant}`?" if meant else None,
            fix=f"{path}={meant}" if meant else None,
        )
    ]


def _value(name: str, column: Column, missing: str | float, training: np.ndarray, path: str) -> Any:
    import numpy as np

    if missing == "zero":
        return 0.0
    if missing not in _OF_NUMBERS:
        return missing
    values = column[np.sort(training)]
    if values.dtype.kind == "f":  # an infinite value is refused where it stands, not spread
        values = np.where(np.isinf(values), np.nan, values)
    present = ~gaps_of(values)
    if not present.any(axis=0).all():
        message = f"expected a value in one of the training rows. Received: `{name}` without any"
        raise ConfigError(Problem(path, message, hint="state the value itself"))
    match missing:
        case "mean":
            return np.nanmean(values, axis=0, dtype=np.float64)
        case "median":
            return np.nanmedian(values, axis=0)
        case _ if values.ndim == 1:
            return _most_frequent(values[present])
        case _:
            flat, there = (each.reshape(len(values), -1).T for each in (values, present))
            modes = [_most_frequent(v[p]) for v, p in zip(flat, there, strict=True)]
            return np.array(modes, values.dtype).reshape(values.shape[1:])


def _most_frequent(values: np.ndarray) -> Any:
    """Return the most frequent value; of equals the smallest."""
    import numpy as np

    found, counts = np.unique(values, return_counts=True)
    return found[counts.argmax()]
