"""What two splits should not share, and what they should: equal rows, and classes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from kerascfg.data.hashing import row_hashes
from kerascfg.data.splitting.settings import SplitSettings
from kerascfg.data.table import Column, is_held
from kerascfg.data.targets import Target
from kerascfg.errors import ConfigError, Problem

if TYPE_CHECKING:
    import numpy as np

_PAIRS = (("validation", "train"), ("test", "train"), ("test", "validation"))


def shared_rows(features: Mapping[str, Column], rows: Mapping[str, np.ndarray]) -> tuple[str, ...]:
    """Say how many rows of one split are, in every feature, equal to a row of another.

    Nothing is said of features that are read only when asked for.

    Args:
        features: the columns that are the features.
        rows: the rows of each split.
    """
    import numpy as np

    held = [np.asarray(column) for column in features.values() if is_held(column)]
    if not held or len(held) < len(features):
        return ()
    hashes = row_hashes(held)
    notes = []
    for split, other in _PAIRS:
        count = int(np.isin(hashes[rows[split]], hashes[rows[other]]).sum())
        if count:
            what = "row of {} is" if count == 1 else "rows of {} are"
            notes.append(f"{count} {what.format(split)} also in {other}, equal in every feature")
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
