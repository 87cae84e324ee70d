"""Texts and bytes as NumPy arrays, in memory and in files that need no pickling.

A text is unicode of fixed width, as NumPy has it. Bytes that are no text (an encoded image) are
objects in memory, since NumPy drops the zeros at the end of fixed-width bytes; in a file they are
base64, of dtype `S`, which nothing else is stored as.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np


def as_texts(values: np.ndarray) -> np.ndarray:
    """Return texts as unicode; where one is no UTF-8, all as objects that are bytes.

    Args:
        values: texts or bytes, of dtype object, `S` or `U`.
    """
    import numpy as np

    if values.dtype.kind == "U":
        return values
    texts = [_text(value) for value in values.flat]
    if all(text is not None for text in texts):
        return np.array(texts, dtype=str).reshape(values.shape)
    return _objects([_bytes(value) for value in values.flat], values.shape)


def spelled(value: Any) -> str:
    """Return a text, or the text that bytes spell; what of them is no UTF-8 is marked."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def stored(values: np.ndarray) -> np.ndarray:
    """Return an array of `as_texts` as it is written to a file."""
    import numpy as np

    if values.dtype.kind != "O":
        return values
    return np.array([base64.b64encode(value) for value in values.flat]).reshape(values.shape)


def restored(values: np.ndarray) -> np.ndarray:
    """Return what `stored` was given; an array of numbers is returned as it is."""
    if values.dtype.kind != "S":
        return values
    return _objects([base64.b64decode(value) for value in values.flat], values.shape)


def _text(value: Any) -> str | None:
    """Return a text that NumPy keeps as it is, or None."""
    try:
        text = value.decode("utf-8") if isinstance(value, bytes) else str(value)
    except UnicodeDecodeError:
        return None
    return None if text.endswith("\0") else text


def _bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode("utf-8")


def _objects(values: list[bytes], shape: tuple[int, ...]) -> np.ndarray:
    import numpy as np

    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array.reshape(shape)
