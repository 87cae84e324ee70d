"""What two splits should not share, and what they should: equal rows, and classes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from math import prod
from typing import TYPE_CHECKING

from kerascfg.data.gaps import rows_at_a_time
from kerascfg.data.hashing import row_hashes
from kerascfg.data.same_files import MOST_OPENED, content_words
from kerascfg.data.sizes import readable_size
from kerascfg.data.splitting.settings import SplitSettings
from kerascfg.data.table import Column, content_of, is_held
from kerascfg.data.targets import Target
from kerascfg.errors import ConfigError, Problem

if TYPE_CHECKING:
    import numpy as np

_MOST, _SOME = 2**30, 64
_PAIRS = (("validation", "train"), ("test", "train"), ("test", "validation"))


def shared_rows(
    features: Mapping[str, Column], rows: Mapping[str, np.ndarray], files: Collection[str] = ()
) -> tuple[str, ...]:
    """Say how many rows of one split are, in every feature, equal to a row of another.

    Args:
        features: the columns from which the features come.
        rows: the rows of each split.
        files: those among them that name files, whose contents count. All others are read once;
            where that is more than a gigabyte on disk, it is said that nothing was compared.
    """
    import numpy as np

    if not features or sum(len(numbers) > 0 for numbers in rows.values()) < 2:
        return ()
    columns = dict(features)
    for name in files:
        if name in features and (words := content_words(features[name][:].tolist())) is not None:
            columns[name] = words
        elif name in features:
            return (
                "rows that are equal in two splits were not looked for: more than "
                f"{MOST_OPENED:,} files are as large as another",
            )
    size = sum(_size_on_disk(column) for column in columns.values())
    if size > _MOST:
        return (
            "rows that are equal in two splits were not looked for: these are "
            f"{readable_size(size)} on disk",
        )
    hashes = _hashes(columns)
    notes = []
    for split, other in _PAIRS:
        count = int(np.isin(hashes[rows[split]], hashes[rows[other]]).sum())
        if count:
            what = "row of {} is" if count == 1 else "rows of {} are"
            notes.append(f"{count} {what.format(split)} also in {other}, equal in every feature")
    return tuple(notes)


def _hashes(columns: Mapping[str, Column]) -> np.ndarray:
    import numpy as np

    step, count = rows_at_a_time(columns), len(next(iter(columns.values())))
    return np.concatenate(
        [
            row_hashes([np.asarray(column[start : start + step]) for column in columns.values()])
            for start in range(0, count, step)
        ]
    )


def _size_on_disk(column: Column) -> int:
    """Return about how many bytes are to be read, those of texts as of the first of them."""
    if is_held(column):
        return 0
    if column.dtype.kind != "O":
        return prod(column.shape) * column.dtype.itemsize
    some = column[:_SOME]
    return sum(len(content_of(value)) for value in some) * len(column) // max(1, len(some))


def unlearned_labels(
    targets: Mapping[str, Target], rows: Mapping[str, np.ndarray]
) -> tuple[str, ...]:
    """Say which labels of several a row occur in validation or test only.

    They are not refused, as classes are: no split keeps the proportions of rare labels.

    Args:
        targets: the encoded targets.
        rows: the rows of each split.
    """
    import numpy as np

    notes = []
    for name, target in targets.items():
        if target.class_names is None or target.has_one_class:
            continue
        known = target.values[rows["train"]].any(axis=0)
        for part in ("validation", "test"):
            unknown = np.asarray(target.values[rows[part]].any(axis=0) & ~known)
            if unknown.any():
                labels = [n for n, new in zip(target.class_names, unknown, strict=True) if new]
                listed = ", ".join(labels[:5]) + (", ..." if len(labels) > 5 else "")
                notes.append(f"`{name}` has labels in {part} that no row of train has: {listed}")
    return tuple(notes)


def refuse_unknown_classes(
    targets: Mapping[str, Target], rows: Mapping[str, np.ndarray], split: SplitSettings, path: str
) -> None:
    """Refuse classes that occur in validation or test only: no model can know them.

    Args:
        targets: the encoded targets.
        rows: the rows of each split.
        split: how they were divided.
        path: where `split` stands in the config.

    Raises:
        ConfigError: names the classes and counts their rows.
    """
    import numpy as np

    problems = []
    for name, target in targets.items():
        if not target.has_one_class:
            continue
        labels = target.values.reshape(-1)
        known = np.unique(labels[rows["train"]])
        for part in ("validation", "test"):
            unknown = labels[rows[part]][~np.isin(labels[rows[part]], known)]
            if not len(unknown):
                continue
            counted = [
                f"{(target.class_names or ())[label]} ({count} row{'s' if count > 1 else ''})"
                for label, count in zip(*np.unique(unknown, return_counts=True), strict=True)
            ]
            listed = ", ".join(counted[:5]) + (", ..." if len(counted) > 5 else "")
            drawn = split.by == "row" and not split.stable and split.stratify is False
            problems.append(
                Problem(
                    path,
                    f"expected only classes in {part} that there are in train. "
                    f"Received: `{name}` with {listed}",
                    hint="a model cannot know a class that it has not seen: leave those rows out, "
                    "or divide the rows otherwise",
                    fix=f"{path}.stratify=null" if drawn and len(targets) == 1 else None,
                )
            )
    if problems:
        raise ConfigError(problems)
