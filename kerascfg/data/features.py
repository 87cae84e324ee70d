"""The features that the model sees, made of a table's columns: chosen, filled, joined and cast."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from kerascfg.data.cells import as_numbers, first_text
from kerascfg.data.held import holds_arrays
from kerascfg.data.joining import join, joined_columns
from kerascfg.data.missing import fill
from kerascfg.data.settings import DataSettings, FeatureSettings
from kerascfg.data.table import Column, Place, Table, TensorSpec, dtype_name, is_held, is_text
from kerascfg.errors import ConfigError, Problem

if TYPE_CHECKING:
    import numpy as np


def choose_features(table: Table, settings: DataSettings) -> dict[str, TensorSpec]:
    """Return the specs of the features that the model sees, in the config's or table's order."""
    aside = {*(settings.target_columns or (table.target,)), *settings.set_aside}
    chosen = settings.chosen_features()
    if chosen is None:
        chosen = {name: FeatureSettings() for name in table.specs if name not in aside}
    return {name: _spec(table, name, said, aside) for name, said in chosen.items()}


def _spec(table: Table, name: str, said: FeatureSettings, aside: set[str | None]) -> TensorSpec:
    if said.columns is None:
        spec = table.specs[name]
        return TensorSpec(spec.shape, said.dtype or spec.dtype)
    names = joined_columns(said.patterns, tuple(table.columns), aside)
    dtypes = {table.specs[each].dtype for each in names}
    shape = tuple(said.shape) if said.shape else (len(names),)
    return TensorSpec(shape, said.dtype or (dtypes.pop() if len(dtypes) == 1 else "float32"))


def feature_columns(
    table: Table,
    settings: DataSettings,
    features: Mapping[str, TensorSpec],
    training: np.ndarray,
    path: str,
) -> tuple[dict[str, Column], tuple[str, ...]]:
    """Return the columns from which the features come, and notes on the gaps that were filled.

    Those in memory are cast; what is read or loaded when asked is cast then.

    Args:
        table: the table.
        settings: the group `data`.
        features: the features' specs.
        training: the rows of the training split, on which gaps are measured.
        path: where the group stands in the config.

    Raises:
        ConfigError: a column cannot be cast, filled or joined as the config states.
    """
    chosen = settings.chosen_features() or {}
    aside = {*(settings.target_columns or (table.target,)), *settings.set_aside}
    notes: list[str] = []

    def filled(name: str, said: FeatureSettings, at: str) -> Column:
        column, note = fill(name, table.columns[name], said.missing, training, f"{at}.missing")
        notes.extend(note)
        return column

    if table.load is not None:
        targets = settings.target_columns or (table.target,)
        names = [name for name in table.columns if name in features or name not in targets]
        columns = {
            name: filled(name, chosen.get(name, FeatureSettings()), f"{path}.features.{name}")
            for name in names
        }
        return columns, tuple(notes)
    made = {}
    for name, spec in features.items():
        said, at = chosen.get(name, FeatureSettings()), f"{path}.features.{name}"
        names = [name]
        if said.columns is not None:
            names = joined_columns(said.patterns, tuple(table.columns), aside)
        parts = [
            _cast(table, each, filled(each, said, at), spec.dtype, f"{at}.dtype") for each in names
        ]
        made[name] = parts[0] if said.columns is None else join(parts, spec, f"{at}.columns")
    return made, tuple(notes)


def _cast(table: Table, name: str, column: Column, dtype: str, path: str) -> Column:
    import numpy as np

    if not is_held(column) or holds_arrays(column):  # cast when they are read, or padded
        return column
    values = np.asarray(column)
    if dtype == "string":
        return values if is_text(values) else values.astype(str).astype(object)
    if dtype_name(values) == dtype and values.dtype.name == dtype:
        return values
    try:
        numbers = as_numbers(values) if is_text(values) and values.ndim == 1 else values
    except (ValueError, OverflowError) as error:
        message = f"expected a column of {dtype}. Received: {_odd_cell(table, values) or error}"
        raise ConfigError(Problem(path, message)) from error
    if numbers.dtype.kind == "f" and np.dtype(dtype).kind in "iub":
        _refuse_gaps(name, numbers, dtype, path, table.name_row)
    try:
        return numbers.astype(dtype)
    except (ValueError, OverflowError) as error:
        raise ConfigError(Problem(path, f"expected a column of {dtype}. {error}")) from error


def _refuse_gaps(name: str, numbers: np.ndarray, dtype: str, path: str, place: Place) -> None:
    """Refuse to cast NaN to a whole number, which would be any number."""
    import numpy as np

    rows = np.isnan(numbers).reshape(len(numbers), -1).any(axis=1)
    if rows.any():
        raise ConfigError(
            Problem(
                path,
                f"expected a value in every row, for {dtype}. Received: `{name}` without one in "
                f"{int(rows.sum())} of {len(numbers)} rows (the first is "
                f"{place(int(rows.argmax()))})",
                hint="`missing` says what takes its place",
                fix=f"{path.removesuffix('.dtype')}.missing=most_frequent",
            )
        )


def _odd_cell(table: Table, values: np.ndarray) -> str | None:
    """Name the first text that is no number and the place where it stands."""
    row = first_text(values) if is_text(values) and values.ndim == 1 else None
    if row is None:
        return None
    return f"{values[row]!r} in {table.place(row) if table.place else f'row {row + 1}'}"
