"""Values of Python as JSON and arrays, and back again unchanged; nothing else can be stored.

JSON holds lists, texts, numbers and mappings of texts. What it cannot tell apart (tuples, keys
that are numbers, NaN) is spelled as a mapping with one key that begins with `$`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from kerascfg.training.checkpoints.tensors import DTYPES

if TYPE_CHECKING:
    import numpy as np

Keep = Callable[["np.ndarray"], str]
"""Takes an array that belongs to a value, and returns the name under which it can be had again."""


class NotPlainError(Exception):
    """A value is neither a number, a text, an array, nor made of such."""


def to_plain(value: Any, keep: Keep) -> Any:
    """Return a value as JSON holds it; its arrays are given to `keep`.

    Raises:
        NotPlainError: it cannot be stored.
    """
    import numpy as np

    match value:
        case None | bool() | str():
            return value
        case np.ndarray() if value.dtype.name in DTYPES:
            return {"$array": keep(value)}
        case np.generic():
            return {"$number": to_plain(np.asarray(value), keep)}
        case int():
            return value
        case float():
            return value if math.isfinite(value) else {"$float": repr(value)}
        case list() if type(value) is list:
            return [to_plain(item, keep) for item in value]
        case tuple() if type(value) is tuple:
            return {"$tuple": [to_plain(item, keep) for item in value]}
        case dict() if type(value) is dict:
            return {"$items": [[to_plain(k, keep), to_plain(v, keep)] for k, v in value.items()]}
    raise NotPlainError(type(value).__name__)


def from_plain(stored: Any, array_of: Callable[[str], np.ndarray]) -> Any:
    """Return the value that was stored.

    Args:
        stored: from `to_plain`.
        array_of: returns the array of a name.
    """
    match stored:
        case list():
            return [from_plain(item, array_of) for item in stored]
        case {"$array": name}:
            return array_of(name).copy()
        case {"$number": array}:
            return from_plain(array, array_of)[()]
        case {"$float": text}:
            return float(text)
        case {"$tuple": items}:
            return tuple(from_plain(item, array_of) for item in items)
        case {"$items": pairs}:
            return {from_plain(k, array_of): from_plain(v, array_of) for k, v in pairs}
    return stored
