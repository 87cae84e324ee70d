"""Which columns are features and which are targets: the same rules for a check and for a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from kerascfg.data.cells import as_numbers, first_text
from kerascfg.data.settings import DataSettings, FeatureSettings
from kerascfg.data.table import Column, Table, TensorSpec, dtype_name, is_held, is_text
from kerascfg.errors import ConfigError, Problem, did_you_mean, override

if TYPE_CHECKING:
    import numpy as np


def check_columns(
    settings: DataSettings,
    columns: Sequence[str],
    target: str | None,
    task: str | None,
    path: str,
) -> list[Problem]:
    """Check the names of features and targets against the columns that there are.

    Args:
        settings: the group `data`.
        columns: the source's columns.
        target: the source's own target, or None.
        task: the task; without one a target may be a feature too (an autoencoder's).
        path: where the group stands in the config.
    """
    targets = settings.targets or ((target,) if target else ())
    chosen = settings.chosen_features()
    problems = [
        _unknown(name, given, columns, f"{path}.{key}")
        for key, given, names in (
            ("target", settings.target, settings.targets),
            ("features", settings.features, chosen or ()),
            ("weight", settings.weight, (settings.weight,)),
            ("split.column", settings.split.column, (settings.split.column,)),
        )
        for name in names
        if name is not None and name not in columns
    ]
    if not targets and settings.target is None:
        problems.append(
            Problem(
                f"{path}.target",
                f"expected the column to learn, one of {_list(columns)}. Received: null",
                fix=override(f"{path}.target", columns[-1]) if columns else None,
            )
        )
    leaked = [name for name in chosen or () if name in targets and task is not None]
    if leaked:
        problems.append(
            Problem(
                f"{path}.features",
                f"expected columns that are no target. Received: {', '.join(leaked)}",
                hint="a model that sees its target learns nothing else",
            )
        )
    if chosen is None and targets and not set(columns) - {*targets, *settings.set_aside}:
        problems.append(
            Problem(
                f"{path}.target",
                f"expected columns besides the target, for features. Received: {_list(columns)}",
            )
        )
    return problems


def choose_features(table: Table, settings: DataSettings) -> dict[str, TensorSpec]:
    """Return the specs of the features that the model sees, in the config's or table's order."""
    chosen = settings.chosen_features()
    if chosen is None:
        aside = {*(settings.targets or (table.target,)), *settings.set_aside}
        chosen = {name: FeatureSettings() for name in table.specs if name not in aside}
    return {
        name: TensorSpec(table.specs[name].shape, said.dtype or table.specs[name].dtype)
        for name, said in chosen.items()
    }


def feature_columns(
    table: Table, features: Mapping[str, TensorSpec], targets: Sequence[str], path: str
) -> dict[str, Column]:
    """Return the columns from which the features come.

    Those in memory are cast; what is read or loaded when asked is cast then.

    Raises:
        ConfigError: a column cannot be cast to the dtype that the config states.
    """
    if table.load is not None:
        names = [name for name in table.columns if name in features or name not in targets]
        return {name: table.columns[name] for name in names}
    return {
        name: table.columns[name]
        if None in spec.shape  # arrays, cast when they are padded
        else _cast(table, name, spec.dtype, f"{path}.features.{name}.dtype")
        for name, spec in features.items()
    }


def _cast(table: Table, name: str, dtype: str, path: str) -> Column:
    import numpy as np

    column = table.columns[name]
    if not is_held(column):
        return column
    values = np.asarray(column)
    if dtype == "string":
        return values if is_text(values) else values.astype(str).astype(object)
    if dtype_name(values) == dtype and values.dtype.name == dtype:
        return values
    try:
        numbers = as_numbers(values) if is_text(values) and values.ndim == 1 else values
        return numbers.astype(dtype)
    except (ValueError, OverflowError) as error:
        message = f"expected a column of {dtype}. Received: {_odd_cell(table, values) or error}"
        raise ConfigError(Problem(path, message)) from error


def _odd_cell(table: Table, values: np.ndarray) -> str | None:
    """Name the first text that is no number and the place where it stands."""
    row = first_text(values) if is_text(values) and values.ndim == 1 else None
    if row is None:
        return None
    return f"{values[row]!r} in {table.place(row) if table.place else f'row {row + 1}'}"


def _unknown(name: str, given: object, columns: Sequence[str], path: str) -> Problem:
    """Return the problem of a name that is no column, with the whole value put right if possible.

    Args:
        name: the name that is no column.
        given: the value of `target` or `features` in which it stands.
        columns: the source's columns.
        path: the key's path.
    """
    meant = did_you_mean(name, columns)
    message = f"expected a column of the source ({_list(columns)}). Received: {name}"
    if meant is None:
        return Problem(path, message)
    match given:
        case Mapping():
            fix = None  # an override can add the right key, but not take away the wrong one
        case list():
            fix = override(path, [meant if each == name else each for each in given])
        case _:
            fix = override(path, meant)
    return Problem(path, message, hint=f"did you mean `{meant}`?", fix=fix)


def _list(columns: Sequence[str]) -> str:
    return ", ".join(columns[:20]) + (", ..." if len(columns) > 20 else "")
