"""Divide rows into train, validation and test: seeded, disjoint, complete.

Shares rarely come out whole. Each class gets the whole part of its share everywhere, and what is
left over goes to the splits that lack most, counting what earlier classes left them short of. So
every class is within one row of its exact share in every split, and the splits as a whole too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from kerascfg.data.settings import SPLITS, SplitSettings
from kerascfg.errors import ConfigError, Problem

if TYPE_CHECKING:
    import numpy as np


def split_rows(
    rows: int,
    split: SplitSettings,
    seed: int,
    *,
    labels: np.ndarray | None = None,
    class_names: Sequence[str] = (),
    given: np.ndarray | None = None,
    path: str = "data.split",
) -> dict[str, np.ndarray]:
    """Return the rows of each split, in a seeded order.

    Args:
        rows: number of rows.
        split: the shares.
        seed: the run's seed; the same seed gives the same split.
        labels: class index of each row, to keep the proportions; None draws from all rows alike.
        class_names: names of the classes, for messages.
        given: name of the split that each row belongs to, where the source comes divided; a split
            that it does not name is drawn from its train rows.
        path: where the settings stand in the config.

    Raises:
        ConfigError: a split would be empty, or a class has too few rows to be divided.
    """
    import numpy as np

    rng = np.random.default_rng([seed, 0, 1])
    fixed = {name: np.flatnonzero(given == name) for name in SPLITS} if given is not None else {}
    fixed = {name: found for name, found in fixed.items() if len(found) and name != "train"}
    pool = np.arange(rows) if given is None else np.flatnonzero(given == "train")
    shares = {name: getattr(split, name) for name in SPLITS if name not in fixed}
    groups = [pool]
    if labels is not None:
        groups = [pool[labels[pool] == label] for label in range(int(labels.max()) + 1)]
        groups = [group for group in groups if len(group)]
        _check_class_sizes(groups, labels, class_names, shares, path)
    drawn = _draw(groups, shares, rng)
    result = {name: rng.permutation({**drawn, **fixed}[name]) for name in SPLITS}
    for name, share in shares.items():
        if share and not len(result[name]):
            raise ConfigError(
                Problem(
                    f"{path}.{name}",
                    f"expected enough rows for every split. Received: {len(pool)} rows, of which "
                    f"a share of {share:g} is none",
                    hint=f"give it a larger share, or none at all ({path}.{name}=0)",
                )
            )
    return result


def _draw(
    groups: list[np.ndarray], shares: Mapping[str, float], rng: np.random.Generator
) -> dict[str, np.ndarray]:
    import numpy as np

    fractions = np.array(list(shares.values())) / sum(shares.values())
    parts: list[list[np.ndarray]] = [[] for _ in shares]
    short = np.zeros(len(shares))
    for group in groups:
        exact = np.round(len(group) * fractions, 9)
        counts = np.floor(exact).astype(int)
        wanted = np.where(exact > counts, exact - counts + short, -np.inf)
        if counts[0] == 0:  # a class that is not trained on cannot be learned
            wanted[0] = np.inf
        left_over = len(group) - counts.sum()
        counts[np.argsort(-wanted, kind="stable")[:left_over]] += 1
        short += exact - counts
        shuffled = rng.permutation(group)
        for part, piece in zip(parts, np.split(shuffled, np.cumsum(counts)[:-1]), strict=True):
            part.append(piece)
    return {name: np.concatenate(part) for name, part in zip(shares, parts, strict=True)}


def _check_class_sizes(
    groups: list[np.ndarray],
    labels: np.ndarray,
    class_names: Sequence[str],
    shares: Mapping[str, float],
    path: str,
) -> None:
    if sum(share > 0 for share in shares.values()) < 2:
        return
    lonely = [int(labels[group[0]]) for group in groups if len(group) == 1]
    if lonely:
        named = [str(class_names[label]) if class_names else str(label) for label in lonely]
        listed = ", ".join(named[:5]) + (", ..." if len(named) > 5 else "")
        raise ConfigError(
            Problem(
                f"{path}.stratify",
                "expected two or more rows of each class, to train on and to test on. "
                f"Received: one row of {listed}",
                hint="remove or merge such classes, or draw without regard to classes; if the "
                "target is a quantity, it is a task=regression",
                fix=f"{path}.stratify=false",
            )
        )
