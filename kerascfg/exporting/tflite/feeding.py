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
    return {name: _given(entry, feeds[name]) for name, entry in details.items()}


def said(details: Details, answers: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return what the interpreter answered as real values, copied out of its memory."""
    import numpy as np

    real = {}
    for name, answer in answers.items():
        scale, zero_point = details[name]["quantization"]
        values = np.array(answer)
        real[name] = (
            ((values.astype(np.float32) - zero_point) * scale).astype(np.float32)
            if scale
            else values
        )
    return real


def _given(entry: Mapping[str, Any], values: np.ndarray) -> np.ndarray:
    import numpy as np

    if values.dtype.kind == "U":
        return np.char.encode(values, "utf-8")
    scale, zero_point = entry["quantization"]
    if not scale:
        return values.astype(entry["dtype"], copy=False)
    limits = np.iinfo(entry["dtype"])
    # No whole number stands for NaN: it is taken for 0, as by a cast on most processors.
    numbers = np.nan_to_num(np.round(values / scale), nan=0.0) + zero_point
    return np.clip(numbers, limits.min, limits.max).astype(entry["dtype"])
