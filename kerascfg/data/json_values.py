"""Values of JSON, one a row, to columns: numbers, true or false, texts, and lists of these."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Kind:
    """What the values of a key are: `a number`, `a text`, `true or false`; and their shape."""

    words: str
    shape: tuple[int, ...] = ()

    def __str__(self) -> str:
        return f"{self.words} of shape {list(self.shape)}" if self.shape else self.words


_KINDS = {
    int: Kind("a number"),
    float: Kind("a number"),
    bool: Kind("true or false"),
    str: Kind("a text"),
}


def odd_value(record: Mapping[str, Any], kinds: dict[str, Kind | None]) -> str | None:
    """Say which value is not of its key's kind, if one is not.

    Args:
        record: the values of one row by key.
        kinds: key -> what its values are, None while all are missing. Those of new keys are added,
            unless the record has an odd value.
    """
    found: dict[str, Kind | None] = {}
    for name, value in record.items():
        known = kinds.get(name)
        kind = None if value is None else _KINDS.get(type(value)) or _kind_of_list(value)
        if isinstance(kind, str):
            return f"`{name}`: {kind}"
        if kind is not None and known is not None and kind != known:
            return (
                f"expected {known} for `{name}`, as in the rows before. Received: {_short(value)}"
            )
        found[name] = known or kind
    kinds.update(found)
    return None


def column_of(values: list[Any], kind: Kind | None) -> np.ndarray:
    """Return the values of one key, those of a list in its shape.

    Args:
        values: the values, None where one is missing.
        kind: what they are, or None where all are missing.
    """
    import numpy as np

    if kind is not None and kind.words == _KINDS[str].words:
        return np.array(["" if value is None else value for value in values], dtype=object)
    if None in values:
        return np.array([np.nan if value is None else value for value in values], np.float64)
    array = np.array(values)
    return array if array.dtype.kind in "bif" else array.astype(np.float64)  # beyond int64


def _kind_of_list(value: Any) -> Kind | str:
    """Return the kind of a list, or say why it has none."""
    if not isinstance(value, list):
        return f"expected a number, a text, true, false or a list. Received: {_short(value)}"
    types = set(map(type, value))
    if types <= {int, float}:
        return Kind("a number", (len(value),))
    if types == {list}:
        kinds = {_kind_of_list(item) for item in value}
        inner = kinds.pop()
        if not kinds:
            return (
                inner if isinstance(inner, str) else Kind(inner.words, (len(value), *inner.shape))
            )
    elif len(types) == 1 and (single := types.pop()) in _KINDS:
        return Kind(_KINDS[single].words, (len(value),))
    return f"expected a list of values of one kind and shape. Received: {_short(value)}"


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 40 else f"{text[:40]}..."
