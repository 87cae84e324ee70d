"""Deal groups out by shares: whole, the largest first, each to the part that lacks most rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


def deal_groups(
    classes: Sequence[np.ndarray],
    groups: np.ndarray,
    shares: Mapping[str, float],
    rng: np.random.Generator,
) -> dict[str, np.ndarray]:
    """Return the rows of each part, no group in two of them.

    Sizes come as near to the shares as this greedy order allows. Where there are groups enough,
    no part with a share is left without one.

    Args:
        classes: the rows of each class of groups (see `majority_classes`), or all rows as one.
        groups: group number of every row of the table.
        shares: part -> its share of the rows.
        rng: decides between groups of one size.
    """
    import numpy as np

    fractions = np.array(list(shares.values())) / sum(shares.values())
    parts: list[list[np.ndarray]] = [[] for _ in shares]
    short = np.zeros(len(shares))
    for rows in classes:
        members = _members(rows, groups, rng)
        lacking = short + fractions * len(rows)
        empty = fractions > 0
        for index, member in enumerate(members):
            due = empty if empty.sum() >= len(members) - index else fractions > 0
            part = int(np.argmax(np.where(due, lacking, -np.inf)))
            parts[part].append(member)
            lacking[part] -= len(member)
            empty = empty & (np.arange(len(shares)) != part)
        short = lacking
    nothing = np.empty(0, np.int64)
    return {
        name: np.concatenate(part) if part else nothing
        for name, part in zip(shares, parts, strict=True)
    }


def _members(rows: np.ndarray, groups: np.ndarray, rng: np.random.Generator) -> list[np.ndarray]:
    """Return the rows of each group, the largest first, those of one size as drawn."""
    import numpy as np

    if not len(rows):
        return []
    order = rows[np.argsort(groups[rows], kind="stable")]
    members = np.split(order, np.flatnonzero(np.diff(groups[order])) + 1)
    drawn = [members[index] for index in rng.permutation(len(members))]
    return sorted(drawn, key=len, reverse=True)


def majority_classes(rows: np.ndarray, groups: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the class that most rows of each row's group have; of equals, the first.

    Args:
        rows: the rows that count.
        groups: group number of every row of the table.
        labels: class of every row of the table.

    Returns:
        One class for each of `rows`.
    """
    import numpy as np

    counts = np.zeros((int(groups.max()) + 1, int(labels.max()) + 1), np.int64)
    np.add.at(counts, (groups[rows], labels[rows]), 1)
    return counts.argmax(axis=1)[groups[rows]]
