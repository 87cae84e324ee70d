"""The targets of a table: which are encoded when data is opened, which are read with their rows."""

from __future__ import annotations

from collections.abc import Mapping

from kerascfg.data.settings import DataSettings
from kerascfg.data.table import Table, TensorSpec, dtype_name, is_held
from kerascfg.data.targets import Target, encode_target


def read_later(
    table: Table, settings: DataSettings, features: Mapping[str, TensorSpec], task: str | None
) -> dict[str, TensorSpec]:
    """Return the specs of targets that are read with their rows rather than now.

    Those are tensors (masks, say) that are not in memory and have nothing to encode, unless a
    feature bears their name.

    Args:
        table: what the source yielded.
        settings: the group `data`.
        features: the features' specs.
        task: as `open_data` takes it.
    """
    if task is not None or settings.classes is not None:
        return {}
    as_encoded = {"f": "float32", "i": "int32", "u": "int32", "b": "int32"}
    specs = {}
    for name in _target_names(table, settings):
        column = table.columns[name]
        known = name in features or name in table.class_names
        if known or is_held(column) or column.dtype.kind not in as_encoded:
            continue
        if column.shape[1:] not in ((), (1,)):
            raw = isinstance(settings.target, dict)
            dtype = dtype_name(column) if raw else as_encoded[column.dtype.kind]
            specs[name] = TensorSpec(tuple(column.shape[1:]), dtype)
    return specs


def encode_targets(
    table: Table,
    settings: DataSettings,
    later: Mapping[str, TensorSpec],
    task: str | None,
    path: str,
) -> dict[str, Target]:
    """Read and encode the targets of all rows.

    Args:
        table: what the source yielded.
        settings: the group `data`.
        later: the targets that are read with their rows, and left out.
        task: as `open_data` takes it.
        path: where the group `data` stands in the config.

    Raises:
        ConfigError: a column does not fit the task.
    """
    return {
        name: encode_target(
            name,
            table.columns[name][:],
            task,
            known=table.class_names.get(name),
            stated=settings.classes,
            separator=settings.label_separator,
            path=path,
            place=table.name_row,
            in_graph=isinstance(settings.target, dict),
        )
        for name in _target_names(table, settings)
        if name not in later
    }


def _target_names(table: Table, settings: DataSettings) -> tuple[str, ...]:
    return settings.target_columns or ((table.target,) if table.target else ())
