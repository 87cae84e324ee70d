"""Divide rows by a hash of each: rows that are added later move no old one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from kerascfg.data.hashing import positions, row_hashes
from kerascfg.data.table import Table, is_text

if TYPE_CHECKING:
    import numpy as np

_CHUNK = 65536


def deal_hashed(
    rows: np.ndarray, hashes: np.ndarray, shares: Mapping[str, float], draw: int = 0
) -> dict[str, np.ndarray]:
    """Return the rows of each part, which are near its share and depend on their hash alone.

    Args:
        rows: the rows to divide.
        hashes: a hash of every row of the table.
        shares: part -> its share.
        draw: dividing a part once more takes another draw.
    """
    import numpy as np

    borders = np.cumsum(list(shares.values()))[:-1] / sum(shares.values())
    parts = np.searchsorted(borders, positions(hashes[rows], draw), side="right")
    return {name: rows[parts == number] for number, name in enumerate(shares)}


def content_hashes(table: Table, seed: int) -> np.ndarray:
    """Return a hash of every row's content, all columns of the source in the order of their names.

    A file counts by its name and its folder's, so that the data may move to another place.
    """
    import numpy as np

    names = sorted(table.columns)
    chunks = []
    for start in range(0, table.rows, _CHUNK):
        part = {name: table.columns[name][start : start + _CHUNK] for name in names}
        if table.load is not None:
            part = {name: _short_paths(values) for name, values in part.items()}
        chunks.append(row_hashes(part.values(), seed, spelled=True))
    return np.concatenate(chunks)


def _short_paths(values: np.ndarray) -> np.ndarray:
    import numpy as np

    if not is_text(values) or values.ndim != 1:
        return values
    short = [
        b"/".join(cell.replace(b"\\", b"/").split(b"/")[-2:]) if isinstance(cell, bytes) else cell
        for cell in values.tolist()
    ]
    return np.array(short, dtype=object)
