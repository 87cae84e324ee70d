"""Hashes of rows that depend on their content alone: for stable splits, and to find equal rows.

A row's hash is 64 bits: the words of its values, mixed one after the other (splitmix64, Steele and
others 2014). It is the same in every process, on every platform, and whatever rows stand around.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from kerascfg.data.cells import number_of
from kerascfg.data.held import holds_arrays
from kerascfg.data.table import content_of, is_text

if TYPE_CHECKING:
    import numpy as np


def row_hashes(columns: Iterable[np.ndarray], seed: int = 0, spelled: bool = False) -> np.ndarray:
    """Return a hash `(rows,)` of uint64 for each row.

    Equal rows have equal hashes: a column of numbers counts by their values, so that one that
    becomes fractional with later rows keeps the hashes of the earlier ones.

    Args:
        columns: the values, columns of equal length; their order counts.
        seed: another seed gives other hashes.
        spelled: a text that spells a number counts as that number, so that a column of a text file
            that a later row makes one of texts keeps the hashes of the earlier rows.
    """
    import numpy as np

    hashes = None
    for values in columns:
        for word in _words(values, spelled):
            if hashes is None:
                hashes = np.full(len(word), np.uint64(seed % 2**64))
            hashes = _mixed(_mixed(hashes) ^ word)
    if hashes is None:
        raise ValueError("expected at least one column. Received: none")
    return _mixed(hashes)


def positions(hashes: np.ndarray, draw: int = 0) -> np.ndarray:
    """Return hashes as even positions in [0, 1); each draw gives others."""
    import numpy as np

    for _ in range(draw):
        hashes = _mixed(hashes)
    return (hashes >> np.uint64(11)).astype(np.float64) / 2**53


def _mixed(state: np.ndarray) -> np.ndarray:
    import numpy as np

    state = state + np.uint64(0x9E3779B97F4A7C15)
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state ^ (state >> np.uint64(31))


def _words(values: np.ndarray, spelled: bool) -> Iterable[np.ndarray]:
    """Yield the words of 64 bits that the rows of a column consist of."""
    import numpy as np

    if holds_arrays(values):
        yield np.array([_word(content_of(value)) for value in values], dtype=np.uint64)
    elif is_text(values):
        for cells in values.reshape(len(values), -1).T:
            known = {cell: _cell_word(cell, spelled) for cell in set(cells.tolist())}
            yield np.array([known[cell] for cell in cells.tolist()], dtype=np.uint64)
    elif values.ndim == 1 and values.dtype.kind in "iufb":
        yield _number_words(values)
    else:
        flat = np.ascontiguousarray(values).reshape(len(values), -1).view(np.uint8)
        padded = np.pad(flat, ((0, 0), (0, -flat.shape[1] % 8)))
        yield from np.ascontiguousarray(padded.view("<u8").T)


def _number_words(values: np.ndarray) -> np.ndarray:
    import numpy as np

    numbers = values.astype(np.float64) + 0.0  # -0.0 becomes 0.0
    numbers[np.isnan(numbers)] = np.nan  # one of the many
    return numbers.view(np.uint64)


def _cell_word(cell: Any, spelled: bool) -> int:
    import numpy as np

    number = number_of(cell) if spelled and isinstance(cell, str) else None
    return _word(content_of(cell)) if number is None else int(_number_words(np.array([number]))[0])


def _word(content: bytes) -> int:
    return int.from_bytes(blake2b(content, digest_size=8).digest(), "little")
