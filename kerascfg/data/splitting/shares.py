"""Deal rows out by shares, class by class.

Shares rarely come out whole. Each class gets the whole part of its share everywhere, and what is
left over goes to the parts that lack most, counting what earlier classes left them short of. So
every class is within one row of its exact share in every part, and the parts as a whole too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


def deal_rows(
    classes: Sequence[np.ndarray],
    shares: Mapping[str, float],
    rng: np.random.Generator,
    first_needed: bool = True,
) -> dict[str, np.ndarray]:
    """Return the rows of each part.

    Args:
        classes: the rows of each class.
        shares: part -> its share of them.
        rng: draws the rows.
        first_needed: every class has a row in the first part: one that is not trained on cannot
            be learned.
    """
    import numpy as np

    fractions = np.array(list(shares.values())) / sum(shares.values())
    parts: list[list[np.ndarray]] = [[] for _ in shares]
    short = np.zeros(len(shares))
    for rows in classes:
        exact = np.round(len(rows) * fractions, 9)
        counts = np.floor(exact).astype(int)
        wanted = np.where(exact > counts, exact - counts + short, -np.inf)
        if first_needed and counts[0] == 0:
            wanted[0] = np.inf
        left_over = len(rows) - counts.sum()
        counts[np.argsort(-wanted, kind="stable")[:left_over]] += 1
        short += exact - counts
        shuffled = rng.permutation(rows)
        for part, piece in zip(parts, np.split(shuffled, np.cumsum(counts)[:-1]), strict=True):
            part.append(piece)
    return {name: np.concatenate(part) for name, part in zip(shares, parts, strict=True)}
