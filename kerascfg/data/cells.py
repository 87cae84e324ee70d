"""Cells of text, as tables in text files have them, to columns of numbers or texts.

A column whose cells are all numbers is numeric, where cells may be empty (or say so: NA, NaN,
null) and are then NaN. Every other column is text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from kerascfg.data.table import Column, TensorSpec, is_text, measured_specs

if TYPE_CHECKING:
    import numpy as np

_MISSING = frozenset({"", "na", "n/a", "nan", "null"})
_STARTS = frozenset("+-.0123456789")


def column_of(cells: Sequence[str]) -> np.ndarray:
    """Return cells as int64, as float64 or, where they are no numbers, as texts (object)."""
    import numpy as np

    texts = _texts(cells)
    if _has_underscore(cells):
        return texts
    try:
        return texts.astype(np.int64)
    except (ValueError, OverflowError):
        pass  # not all of them whole, or too large
    try:
        numbers = as_numbers(texts)
    except ValueError:
        return texts
    return texts if np.isnan(numbers).all() else numbers


def as_numbers(texts: np.ndarray) -> np.ndarray:
    """Return texts as float64, NaN where one is missing.

    Raises:
        ValueError: one of them is no number; `first_text` tells which.
    """
    import numpy as np

    if _has_underscore(texts):
        raise ValueError("expected numbers. Received: a text with an underscore")
    try:
        return texts.astype(np.float64)
    except ValueError:  # a text, or one of the ways to say that there is none
        return np.array([_number(text) for text in texts], np.float64)


def first_text(texts: Sequence[str] | np.ndarray) -> int | None:
    """Return the index of the first cell that is no number and not missing."""
    return next((index for index, text in enumerate(texts) if not _is_number(text)), None)


def are_mostly_numbers(texts: np.ndarray) -> bool:
    """Tell whether more than half of the cells of a column of texts are numbers.

    Such a column was meant to be numeric more often than not.
    """
    begun = [text for text in texts if text[:1] in _STARTS]  # much cheaper than to read them all
    if 2 * len(begun) <= len(texts):
        return False
    return 2 * sum(map(_is_number, begun)) > len(texts)


def tabular_specs(columns: Mapping[str, Column]) -> dict[str, TensorSpec]:
    """Return the specs of a table's columns as features: one number is float32, whatever it was.

    So a column with gaps has the dtype of one without, and the same table has the same features
    whatever format it comes in. Columns of several numbers keep their dtypes (`measured_specs`).
    """
    numbers = {n: each for n, each in columns.items() if len(each.shape) == 1 and not is_text(each)}
    return {**measured_specs(columns), **dict.fromkeys(numbers, TensorSpec((), "float32"))}


def _texts(cells: Sequence[str]) -> np.ndarray:
    import numpy as np

    return np.array(cells, dtype=object)


def _has_underscore(cells: Sequence[str] | np.ndarray) -> bool:
    """Tell whether there is a `1_000`, which Python reads as a number and nobody else does."""
    return "_" in "".join(cells)


def _number(text: str) -> float:
    if text.strip().lower() in _MISSING:
        return float("nan")
    return float(text)


def number_of(text: str) -> float | None:
    """Return the number that a cell says, NaN where it says that there is none; None for a text."""
    try:
        number = _number(text)
    except ValueError:
        return None
    return None if "_" in text else number


def _is_number(text: str) -> bool:
    return number_of(text) is not None
