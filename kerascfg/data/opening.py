"""Open the data of a run: source, targets, split, features."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from kerascfg.data.check import read_and_check
from kerascfg.data.columns import check_columns
from kerascfg.data.dataset import Data
from kerascfg.data.features import choose_features, feature_columns
from kerascfg.data.gaps import gap_notes
from kerascfg.data.held import Columns
from kerascfg.data.part import Part
from kerascfg.data.sample_weights import sample_weights
from kerascfg.data.settings import DataSettings
from kerascfg.data.source import open_source
from kerascfg.data.splitting import (
    across_borders,
    divide_rows,
    refuse_unknown_classes,
    shared_rows,
    unlearned_labels,
)
from kerascfg.data.table import Column, Table, TensorSpec, is_text, measured_specs
from kerascfg.data.target_columns import encode_targets, read_later
from kerascfg.data.target_graph import numbered_columns
from kerascfg.data.targets import Target, raw_target
from kerascfg.errors import ConfigError

if TYPE_CHECKING:
    import numpy as np

_UNTIL_FOUND = 32
"""Samples in a batch of which a config says `auto`, until a run has found out how many fit."""


def open_data(
    config: Mapping[str, Any], *, task: str | None, seed: int, path: str = "data"
) -> Data:
    """Read the data that a config describes.

    Args:
        config: the group `data`.
        task: `classification`, `binary`, `regression`, `multilabel`, or None: how targets are
            encoded.
        seed: seed of the split and of the order of each epoch.
        path: where the group stands in the config.

    Raises:
        ConfigError: the config is wrong (all problems), or does not fit the data.
        RunError: the data cannot be read.
    """
    settings, problems = read_and_check(config, task, path)
    if settings is None or problems:
        raise ConfigError(problems)
    table = open_source(settings.source, f"{path}.source", settings.on_error)
    problems = check_columns(settings, tuple(table.columns), table.target, task, path)
    if problems:
        raise ConfigError(problems)
    features = choose_features(table, settings, path)
    later = read_later(table, settings, features, task)
    targets = encode_targets(table, settings, later, task, path)
    rows = divide_rows(table, targets, settings.split, seed, f"{path}.split")
    refuse_unknown_classes(targets, rows, settings.split, f"{path}.split")
    made = feature_columns(table, settings, features, rows["train"], path)
    columns = Columns({**{name: table.columns[name] for name in later}, **made.columns})
    values = {name: target.values for name, target in targets.items()}
    specs = {name: target.spec for name, target in targets.items()}
    class_rows = {}
    if isinstance(settings.target, dict):  # its graph takes the columns as they are, if it can
        numbered = numbered_columns(settings.target)
        for name, target in targets.items():
            column = table.columns[name]
            by_class = name in numbered and is_text(column) and target.has_one_class
            values[name] = target.values.reshape(-1) if by_class else raw_target(column[:])
        specs = measured_specs(values)
        class_rows = _class_rows(targets, values)
    specs |= later
    weights = _weights(table, settings, rows, path)
    stated = _UNTIL_FOUND if settings.batch_size == "auto" else settings.batch_size
    batch_size = min(stated, len(rows["train"]))
    return Data(
        features=features,
        targets=specs,
        class_names={n: t.class_names for n, t in targets.items() if t.class_names is not None},
        parts={
            split: Part(
                columns,
                numbers,
                {name: encoded[numbers] for name, encoded in values.items()},
                features,
                table.load,
                specs,
                place=table.place,
                weights=weights.get(split),
            )
            for split, numbers in rows.items()
        },
        batch_size=batch_size,
        seed=seed,
        fingerprint=table.fingerprint,
        bucket=settings.bucket,
        cache=settings.cache,
        cache_limit=settings.cache_limit,
        notes=(
            *table.notes,
            *_skipped(table),
            *made.notes,
            *across_borders(table, rows),
            *unlearned_labels(targets, rows),
            *gap_notes(columns, table.name_row),
            *_rows_in_two_splits(table, made.columns, features, rows),
            *_smaller_batches(stated, batch_size),
        ),
        skipped=table.skipped,
        class_rows=class_rows,
        fills=made.fills,
    )


def _skipped(table: Table) -> tuple[str, ...]:
    """Say how many rows were left out, and the first of them."""
    if not table.skipped:
        return ()
    count, first = len(table.skipped), table.skipped[0]
    return (f"{count} of {table.rows + count} rows were skipped, listed in skipped.txt: {first}",)


def _class_rows(
    targets: Mapping[str, Target], values: Mapping[str, np.ndarray]
) -> dict[str, tuple[tuple[str, ...], np.ndarray]]:
    """Return, of each target with one class a row, the classes' names and a value of each."""
    import numpy as np

    found = {}
    for name, target in targets.items():
        if target.has_one_class and target.class_names is not None:
            labels, rows = np.unique(target.values.reshape(-1), return_index=True)
            found[name] = tuple(target.class_names[label] for label in labels), values[name][rows]
    return found


def _rows_in_two_splits(
    table: Table,
    columns: Mapping[str, Column],
    features: Mapping[str, TensorSpec],
    rows: Mapping[str, np.ndarray],
) -> tuple[str, ...]:
    """Say how many rows two splits share; windows overlap, and are divided so that none is shared.

    What is loaded is compared by what it is loaded from.
    """
    if table.spans is not None:
        return ()
    known = all(name in columns for name in features)
    return shared_rows({n: columns[n] for n in features} if known else columns, rows, table.files)


def _weights(
    table: Table, settings: DataSettings, rows: dict[str, np.ndarray], path: str
) -> dict[str, np.ndarray]:
    name = settings.weight
    if not name:
        return {}
    return sample_weights(name, table.columns[name], rows, f"{path}.weight", table.name_row)


def _smaller_batches(stated: int, batch_size: int) -> tuple[str, ...]:
    """Say where a batch is the whole training split; filled up, it would teach too little."""
    if stated == batch_size:
        return ()
    return (
        f"batches of {batch_size}, all training samples, since {stated} are more than there are",
    )
