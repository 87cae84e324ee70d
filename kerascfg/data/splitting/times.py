"""Divide rows by time: the earliest for training, the latest for the test, ties kept together."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from kerascfg.data.table import Place, is_text, name_sample
from kerascfg.errors import ConfigError, Problem
from kerascfg.texts import spelled

if TYPE_CHECKING:
    import numpy as np


def deal_times(
    rows: np.ndarray, times: np.ndarray, shares: Mapping[str, float]
) -> dict[str, np.ndarray]:
    """Return the rows of each part, which follow one another in time.

    Each border lies between two different times, at the one nearest to its share.

    Args:
        rows: the rows to divide.
        times: the time of every row of the table, as numbers.
        shares: part -> its share, in the order of time.
    """
    import numpy as np

    order = rows[np.argsort(times[rows], kind="stable")]
    sorted_times = times[order]
    borders = np.concatenate(
        [[0], np.flatnonzero(sorted_times[1:] != sorted_times[:-1]) + 1, [len(order)]]
    )
    wanted = np.cumsum(list(shares.values()))[:-1] / sum(shares.values()) * len(order)
    cuts = [int(borders[np.abs(borders - at).argmin()]) for at in wanted]
    return dict(zip(shares, np.split(order, cuts), strict=True))


def deal_spans(
    rows: np.ndarray, spans: np.ndarray, shares: Mapping[str, float]
) -> dict[str, np.ndarray]:
    """Return the rows of each part, of which none reaches to a time that a later part has.

    They are divided by their first time; those that lie across a border then are in no part.

    Args:
        rows: the rows to divide.
        spans: the first and the last time `(rows, 2)` of every row of the table.
        shares: part -> its share, in the order of time.
    """
    import numpy as np

    first, last = spans.T
    parts = deal_times(rows, first, shares)
    border = np.inf
    for name, part in reversed(parts.items()):
        parts[name] = part[last[part] < border]
        border = first[part].min() if len(part) else border
    return parts


def read_times(name: str, values: np.ndarray, path: str, place: Place = name_sample) -> np.ndarray:
    """Return a column of times as numbers that can be compared.

    Args:
        name: the column's name.
        values: numbers, NumPy dates, or texts in ISO 8601 (`2026-01-31`, `2026-01-31T12:00`).
        path: where `column` stands in the config.
        place: names a row, for messages.

    Raises:
        ConfigError: a row has no time, or a text is none.
    """
    import numpy as np

    if values.ndim != 1 or not (is_text(values) or values.dtype.kind in "iufM"):
        kind = f"dtype {values.dtype.name} and shape {values.shape[1:]}"
        raise ConfigError(
            Problem(path, f"expected a column of one time a row. Received: `{name}` of {kind}")
        )
    if is_text(values):
        return _from_texts(name, values, path, place)
    missing = np.isnat(values) if values.dtype.kind == "M" else np.isnan(values)
    if missing.any():
        raise ConfigError(_without(name, missing, path, place))
    return values.astype("int64") if values.dtype.kind == "M" else values


def _from_texts(name: str, values: np.ndarray, path: str, place: Place) -> np.ndarray:
    import numpy as np

    texts = [spelled(value) for value in values]
    missing = np.array([text.strip().lower() in ("", "nan", "nat", "none") for text in texts])
    if missing.any():
        raise ConfigError(_without(name, missing, path, place))
    moments = []
    for index, text in enumerate(texts):
        try:
            moments.append(datetime.fromisoformat(text.strip()))
        except ValueError as error:
            raise ConfigError(
                Problem(
                    path,
                    "expected numbers or times as 2026-01-31 or 2026-01-31T12:00 (ISO 8601). "
                    f"Received: {text!r} in `{name}`, {place(index)}",
                )
            ) from error
    zoned = [moment.tzinfo is not None for moment in moments]
    if any(zoned) and not all(zoned):
        other = zoned.index(not zoned[0])
        raise ConfigError(
            Problem(
                path,
                "expected times that all have a zone, or none of them. Received: "
                f"{texts[0]!r} and {texts[other]!r} in `{name}`, {place(0)} and {place(other)}",
            )
        )
    begin = datetime(1970, 1, 1, tzinfo=UTC if all(zoned) else None)
    microsecond = timedelta(microseconds=1)
    return np.array([(moment - begin) // microsecond for moment in moments], dtype=np.int64)


def _without(name: str, missing: np.ndarray, path: str, place: Place) -> Problem:
    return Problem(
        path,
        f"expected a time in every row. Received: `{name}` without one in {int(missing.sum())} of "
        f"{len(missing)} rows (the first is {place(int(missing.argmax()))})",
        hint="remove those rows from the data",
    )
