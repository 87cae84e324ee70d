"""Divide rows into train, validation and test: seeded, disjoint, complete."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kerascfg.data.splitting.groups import deal_groups, majority_classes
from kerascfg.data.splitting.settings import SPLITS, SplitSettings
from kerascfg.data.splitting.shares import deal_rows
from kerascfg.data.splitting.stable import deal_hashed
from kerascfg.data.splitting.times import deal_spans, deal_times
from kerascfg.errors import ConfigError, Problem

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True, eq=False)
class Facts:
    """What a split goes by besides chance, a value for each row; None for what it ignores.

    Attributes:
        labels: class numbers, to keep the proportions.
        class_names: names of the classes, for messages.
        given: name of the split that each row belongs to; a split that it does not name is drawn
            from its train rows.
        groups: group numbers, to keep groups whole.
        times: numbers to sort by.
        spans: the first and the last time of each row, `(rows, 2)`, to sort by without overlap.
        hashes: hashes of the rows or of their groups, to draw by.
    """

    labels: np.ndarray | None = None
    class_names: Sequence[str] = ()
    given: np.ndarray | None = None
    groups: np.ndarray | None = None
    times: np.ndarray | None = None
    spans: np.ndarray | None = None
    hashes: np.ndarray | None = None


def split_rows(
    rows: int,
    split: SplitSettings,
    seed: int,
    facts: Facts = Facts(),
    path: str = "data.split",
) -> dict[str, np.ndarray]:
    """Return the rows of each split, in a seeded order; all rows but those across a border in time.

    Args:
        rows: number of rows.
        split: the settings, without problems.
        seed: the run's seed; the same seed gives the same split.
        facts: what the settings ask to go by.
        path: where the settings stand in the config.

    Raises:
        ConfigError: a split would be empty, or a class has too few rows or groups to be divided.
    """
    import numpy as np

    rng = np.random.default_rng([seed, 0, 1])
    pool, fixed = _given(rows, split, facts, path)
    shares = {name: getattr(split, name) for name in SPLITS if name not in fixed}
    classes = [pool]
    if facts.labels is not None:
        divided = split.fold is not None or sum(share > 0 for share in shares.values()) > 1
        classes = _classes(pool, facts, divided, path)
    if split.fold is None:
        drawn = _deal(pool, classes, shares, facts, rng)
    else:
        drawn = _fold(pool, classes, shares, split, facts, rng)
    result = {name: rng.permutation({**drawn, **fixed}[name]) for name in SPLITS}
    for name in SPLITS:
        needed = shares.get(name) or (split.fold is not None and name == "validation")
        if needed and not len(result[name]):
            raise ConfigError(_empty(name, len(pool), split, facts, path))
    return result


def _given(
    rows: int, split: SplitSettings, facts: Facts, path: str
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Return the rows to draw from, and those whose split is given."""
    import numpy as np

    if facts.given is None:
        return np.arange(rows), {}
    found = {name: np.flatnonzero(facts.given == name) for name in SPLITS}
    counts = ", ".join(f"{len(numbers)} {name}" for name, numbers in found.items())
    pool = found.pop("train")
    if not len(pool):
        at = f"{path}.column" if split.by == "column" else f"{path}.by"
        raise ConfigError(Problem(at, f"expected rows to train on. Received: {counts}"))
    fixed = {name: numbers for name, numbers in found.items() if len(numbers)}
    if split.fold is not None and "validation" in fixed:
        raise ConfigError(
            Problem(
                f"{path}.fold",
                f"expected null, since the validation rows are given. Received: {split.fold}",
                fix=f"{path}.fold=null",
            )
        )
    if facts.groups is not None:
        outside = np.concatenate([*fixed.values(), np.empty(0, np.int64)])
        both = np.intersect1d(facts.groups[pool], facts.groups[outside])
        if len(both):
            raise ConfigError(
                Problem(
                    f"{path}.column",
                    f"expected no group on both sides of the split that is given ({counts}). "
                    f"Received: {len(both)} values of `{split.column}` that are on both",
                )
            )
    return pool, fixed


def _deal(
    pool: np.ndarray,
    classes: Sequence[np.ndarray],
    shares: Mapping[str, float],
    facts: Facts,
    rng: np.random.Generator,
) -> dict[str, np.ndarray]:
    if facts.hashes is not None:
        return deal_hashed(pool, facts.hashes, shares)
    if facts.times is not None:
        return deal_times(pool, facts.times, shares)
    if facts.spans is not None:
        return deal_spans(pool, facts.spans, shares)
    if facts.groups is not None:
        return deal_groups(classes, facts.groups, shares, rng)
    return deal_rows(classes, shares, rng)


def _fold(
    pool: np.ndarray,
    classes: Sequence[np.ndarray],
    shares: Mapping[str, float],
    split: SplitSettings,
    facts: Facts,
    rng: np.random.Generator,
) -> dict[str, np.ndarray]:
    """Hold the test rows back, then divide the rest alike for every fold; one validates."""
    import numpy as np

    test = shares.get("test", 0.0)
    held = _deal(pool, classes, {"rest": 1 - test, "test": test}, facts, rng)
    rest = [each[np.isin(each, held["rest"])] for each in classes]
    even = {str(fold): 1 / split.folds for fold in range(split.folds)}
    if facts.hashes is not None:
        folds = deal_hashed(held["rest"], facts.hashes, even, draw=1)
    elif facts.groups is not None:
        folds = deal_groups(rest, facts.groups, even, rng)
    else:
        folds = deal_rows(rest, even, rng, first_needed=False)
    validation = folds.pop(str(split.fold))
    parts = {"train": np.concatenate(list(folds.values())), "validation": validation}
    return {**parts, "test": held["test"]}


def _classes(pool: np.ndarray, facts: Facts, divided: bool, path: str) -> list[np.ndarray]:
    """Return the rows of each class, or those of the groups in which it is the majority.

    Raises:
        ConfigError: a class has only one row, or too few groups.
    """
    import numpy as np

    labels = facts.labels
    assert labels is not None
    present = np.unique(labels[pool])
    own = labels[pool]
    if facts.groups is not None:
        own = majority_classes(pool, facts.groups, labels)
    classes = {int(label): pool[own == label] for label in present}
    units = {
        label: len(rows) if facts.groups is None else len(np.unique(facts.groups[rows]))
        for label, rows in classes.items()
    }
    few = [label for label, count in units.items() if count < 2]
    if divided and few:
        raise ConfigError(_too_few(few, facts, path))
    return [rows for rows in classes.values() if len(rows)]


def _too_few(few: list[int], facts: Facts, path: str) -> Problem:
    names = facts.class_names
    named = [str(names[label]) if names else str(label) for label in few]
    listed = ", ".join(named[:5]) + (", ..." if len(named) > 5 else "")
    at, fix = f"{path}.stratify", f"{path}.stratify=false"
    if facts.groups is not None:
        return Problem(
            at,
            "expected two or more groups in which each class is the most frequent one, to train "
            f"on and to test on. Received: fewer for {listed}",
            fix=fix,
        )
    return Problem(
        at,
        "expected two or more rows of each class, to train on and to test on. "
        f"Received: one row of {listed}",
        hint="remove or merge such classes, or draw without regard to classes; if the "
        "target is a quantity, it is a task=regression",
        fix=fix,
    )


def _empty(name: str, rows: int, split: SplitSettings, facts: Facts, path: str) -> Problem:
    import numpy as np

    units = f"{rows} rows"
    if facts.groups is not None:
        units += f" in {len(np.unique(facts.groups))} groups of `{split.column}`"
    if facts.times is not None:
        units += f" at {len(np.unique(facts.times))} times of `{split.column}`"
    if facts.spans is not None:
        return Problem(
            f"{path}.{name}",
            f"expected a share that is longer than a window. Received: {getattr(split, name):g}, "
            f"in which none of the {rows} windows lies as a whole",
            hint="give it a larger share, none at all (0), or take a shorter window or horizon",
        )
    if split.fold is not None and name != "test":
        return Problem(
            f"{path}.folds",
            f"expected enough rows for every fold. Received: {units} for {split.folds} folds",
        )
    return Problem(
        f"{path}.{name}",
        f"expected enough rows for every split. Received: {units}, of which "
        f"a share of {getattr(split, name):g} is none",
        hint=f"give it a larger share, or none at all ({path}.{name}=0)",
    )
