"""Gather from a table what its split goes by, and divide its rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from kerascfg.data.hashing import row_hashes
from kerascfg.data.missing import gaps_of
from kerascfg.data.splitting.draw import Facts, split_rows
from kerascfg.data.splitting.settings import SPLITS, SplitSettings, check_spans
from kerascfg.data.splitting.stable import content_hashes
from kerascfg.data.splitting.times import read_times
from kerascfg.data.table import Place, Table, is_text
from kerascfg.data.targets import Target
from kerascfg.errors import ConfigError, Problem, did_you_mean
from kerascfg.texts import as_texts, spelled

if TYPE_CHECKING:
    import numpy as np


def divide_rows(
    table: Table, targets: Mapping[str, Target], split: SplitSettings, seed: int, path: str
) -> dict[str, np.ndarray]:
    """Return the rows of each split, in a seeded order.

    Args:
        table: the table.
        targets: its encoded targets; the proportions kept are those of the first with classes.
        split: the settings, without problems.
        seed: the run's seed.
        path: where `split` stands in the config.

    Raises:
        ConfigError: the settings do not fit the table.
    """
    if problems := check_spans(split, table.spans is not None, path):
        raise ConfigError(problems)
    labels, class_names = _classes(targets, split, path)
    values = table.columns[split.column][:] if split.column else None
    groups = times = None
    if values is not None and split.by == "group":
        groups = _groups(split, values, path, table.name_row)
    if values is not None and split.by == "time":
        times = read_times(split.column or "", values, f"{path}.column", table.name_row)
    hashes = None
    if split.stable and values is not None and groups is not None:
        hashes = row_hashes([values], seed, spelled=True)
    elif split.stable:
        hashes = content_hashes(table, seed)
    given = _given(table, split, values, path)
    facts = Facts(labels, class_names, given, groups, times, table.spans, hashes)
    return split_rows(table.rows, split, seed, facts, path)


def across_borders(table: Table, rows: Mapping[str, np.ndarray]) -> tuple[str, ...]:
    """Say how many rows are in no split, since they lie across a border in time."""
    count = table.rows - sum(map(len, rows.values()))
    if not count:
        return ()
    return (f"{count} of {table.rows} windows are in no split, since they lie across a border",)


def _classes(
    targets: Mapping[str, Target], split: SplitSettings, path: str
) -> tuple[np.ndarray | None, tuple[str, ...]]:
    """Return the class of each row, where the proportions are to be kept, and their names."""
    target = next((each for each in targets.values() if each.has_one_class), None)
    if split.stratify and target is None:
        raise ConfigError(
            Problem(
                f"{path}.stratify",
                "expected a target with classes to keep the proportions of. "
                f"Received: {', '.join(targets)}",
                fix=f"{path}.stratify=false",
            )
        )
    unsaid = split.by not in ("group", "time") and not split.stable
    keep = unsaid if split.stratify is None else split.stratify
    if target is None or not keep:
        return None, ()
    return target.values.reshape(-1), target.class_names or ()


def _groups(split: SplitSettings, values: np.ndarray, path: str, place: Place) -> np.ndarray:
    """Return the number of each row's group."""
    import numpy as np

    at = f"{path}.column"
    if values.ndim != 1:
        message = f"expected one group a row. Received: `{split.column}` of {values.shape[1:]}"
        raise ConfigError(Problem(at, message))
    missing = gaps_of(values)
    if missing.any():
        raise ConfigError(
            Problem(
                at,
                f"expected a group in every row. Received: `{split.column}` without one in "
                f"{int(missing.sum())} of {len(values)} rows (the first is "
                f"{place(int(missing.argmax()))})",
                hint="remove those rows, or give each a group of its own",
            )
        )
    known = as_texts(values) if is_text(values) else values
    return np.unique(known, return_inverse=True)[1].reshape(-1)


def _given(
    table: Table, split: SplitSettings, values: np.ndarray | None, path: str
) -> np.ndarray | None:
    """Return the split that each row is in already, or None where none is."""
    if split.by == "file" and table.splits is None:
        raise ConfigError(
            Problem(
                f"{path}.by",
                "expected a source that comes divided, for by=file. Received: one whole",
                hint="such is path: {train: ..., validation: ..., test: ...} of a source of files",
                fix=f"{path}.by=row",
            )
        )
    if split.by != "column" or values is None:
        return table.splits
    if table.splits is not None:
        raise ConfigError(
            Problem(
                f"{path}.by",
                "expected file, since the source comes divided. Received: column",
                fix=f"{path}.by=file {path}.column=null",
            )
        )
    return _named_splits(split, values, path, table.name_row)


def _named_splits(split: SplitSettings, values: np.ndarray, path: str, place: Place) -> np.ndarray:
    import numpy as np

    texts = [spelled(value) for value in values]
    unknown = sorted({text for text in texts if text not in SPLITS})
    if unknown:
        first = unknown[0]
        meant = did_you_mean(first, SPLITS)
        listed = ", ".join(repr(text) for text in unknown[:5])
        raise ConfigError(
            Problem(
                f"{path}.column",
                f"expected train, validation or test in every row. Received: `{split.column}` "
                f"with {listed}{', ...' if len(unknown) > 5 else ''} (the first is "
                f"{place(texts.index(first))})",
                hint=f"did you mean `{meant}`?" if meant else None,
            )
        )
    return np.array(texts)
