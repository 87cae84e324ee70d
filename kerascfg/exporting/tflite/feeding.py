"""Named arrays in and out of a LiteRT interpreter.

A file with whole numbers at its ends (`int8_io`) is fed and answers by scale and zero point, which
it states itself: real = scale x (number - zero point).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

Details = Mapping[str, Mapping[str, Any]]
"""What the interpreter says of its inputs or outputs: name -> `dtype`, `quantization`, ..."""


def given(details: Details, feeds: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return real values as the interpreter takes them."""
    import numpy as np

    return {
        name: np.char.encode(feeds[name], "utf-8")
        if feeds[name].dtype.kind == "U"
        else as_numbers(feeds[name], entry["dtype"], *entry["quantization"])
        for name, entry in details.items()
    }


def said(details: Details, answers: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return what the interpreter answered as real values, copied out of its memory."""
    return {name: as_real(array, *details[name]["quantization"]) for name, array in answers.items()}


def as_numbers(values: np.ndarray, dtype: Any, scale: float, zero_point: int) -> np.ndarray:
    """Return real values as the whole numbers that stand for them; a scale of 0: as they are."""
    import numpy as np

    if not scale:
        return values.astype(dtype, copy=False)
    limits = np.iinfo(dtype)
    # No whole number stands for NaN: it is taken for 0, as by a cast on most processors.
    numbers = np.nan_to_num(np.round(values / scale), nan=0.0) + zero_point
    return np.clip(numbers, limits.min, limits.max).astype(dtype)


def as_real(numbers: np.ndarray, scale: float, zero_point: int) -> np.ndarray:
    """Return the real values that whole numbers stand for; a scale of 0: a copy."""
    import numpy as np

    if not scale:
        return np.array(numbers)
    return ((numbers.astype(np.float32) - zero_point) * scale).astype(np.float32)
