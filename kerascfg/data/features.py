"""The features that the model sees, made of a table's columns: chosen, filled, joined and cast."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kerascfg.data.cells import as_numbers, first_text
from kerascfg.data.held import holds_arrays
from kerascfg.data.joining import join, joined_columns
from kerascfg.data.missing import Filling, fill
from kerascfg.data.settings import DataSettings, FeatureSettings
from kerascfg.data.table import Column, Place, Table, TensorSpec, dtype_name, is_held, is_text
from kerascfg.errors import ConfigError, Problem
from kerascfg.texts import spelled

if TYPE_CHECKING:
    import numpy as np


def choose_features(
    table: Table, settings: DataSettings, path: str = "data"
) -> dict[str, TensorSpec]:
    """Return the specs of the features that the model sees, in the config's or table's order.

    Raises:
        ConfigError: one of them is a time, which no tensor holds.
    """
    aside = {*(settings.target_columns or (table.target,)), *settings.set_aside}
    chosen = settings.chosen_features()
    if chosen is None:
        chosen = {name: FeatureSettings() for name in table.specs if name not in aside}
    specs = {name: _spec(table, name, said, aside) for name, said in chosen.items()}
    if times := [name for name, spec in specs.items() if spec.dtype.startswith("datetime")]:
        message = f"expected numbers or texts. Received: `{times[0]}` of {specs[times[0]].dtype}"
        hint = "store it as numbers: array.astype('datetime64[s]').astype('int64')"
        raise ConfigError(Problem(f"{path}.features", message, hint=hint))
    return specs


def _spec(table: Table, name: str, said: FeatureSettings, aside: set[str | None]) -> TensorSpec:
    if said.columns is None:
        spec = table.specs[name]
        return TensorSpec(spec.shape, said.dtype or spec.dtype)
    names = joined_columns(said.patterns, tuple(table.columns), aside)
    dtypes = {table.specs[each].dtype for each in names}
    shape = tuple(said.shape) if said.shape else (len(names),)
    return TensorSpec(shape, said.dtype or (dtypes.pop() if len(dtypes) == 1 else "float32"))


@dataclass(frozen=True, eq=False)
class FeatureColumns:
    """The columns from which the features come.

    Attributes:
        columns: name -> column.
        fills: feature whose gaps are filled -> what fills them, in its dtype and of the shape of a
            sample, or one value. Only where a gap can reach a model that is served: as NaN, or as
            an empty text.
        notes: what was filled.
    """

    columns: Mapping[str, Column]
    fills: Mapping[str, Any]
    notes: tuple[str, ...]


def feature_columns(
    table: Table,
    settings: DataSettings,
    features: Mapping[str, TensorSpec],
    training: np.ndarray,
    path: str,
) -> FeatureColumns:
    """Return the columns from which the features come, without the gaps that shall be filled.

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

    def where(filling: Filling) -> str:
        # What is read from a text (the name of a file) is no text to be filled where it is served.
        stays = table.load is not None and is_text(filling.column)
        return ", in the data set only" if stays else ""

    def filled(name: str, said: FeatureSettings, at: str, dtype: str = "string") -> Filling:
        column = _numbers(table, table.columns[name], dtype, f"{at}.dtype")
        filling = fill(name, column, said.missing, training, f"{at}.missing")
        notes.extend(f"{note}{where(filling)}" for note in filling.notes)
        return filling

    if table.load is not None:
        targets = settings.target_columns or (table.target,)
        fillings = {
            name: filled(name, chosen.get(name, FeatureSettings()), f"{path}.features.{name}")
            for name in table.columns
            if name in features or name not in targets
        }
        loaded = {name: filling.column for name, filling in fillings.items()}
        numbers = {n: f for n, f in fillings.items() if n in features and not is_text(f.column)}
        fills = {
            n: _travelling([f], features[n], f"{path}.features.{n}") for n, f in numbers.items()
        }
        return FeatureColumns(loaded, _there(fills), tuple(notes))
    made, fills = {}, {}
    for name, spec in features.items():
        said, at = chosen.get(name, FeatureSettings()), f"{path}.features.{name}"
        names = [name]
        if said.columns is not None:
            names = joined_columns(said.patterns, tuple(table.columns), aside)
        fillings = [filled(each, said, at, spec.dtype) for each in names]
        parts = [
            _cast(table, each, filling.column, spec.dtype, f"{at}.dtype")
            for each, filling in zip(names, fillings, strict=True)
        ]
        made[name] = parts[0] if said.columns is None else join(parts, spec, f"{at}.columns")
        fills[name] = _travelling(fillings, spec, at)
    return FeatureColumns(made, _there(fills), tuple(notes))


def _there(fills: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fills.items() if value is not None}


def _travelling(fillings: Sequence[Filling], spec: TensorSpec, path: str) -> Any:
    """Return what fills the gaps of a feature where it is served, None where it has none there.

    Raises:
        ConfigError: a text is to fill the gaps of numbers.
    """
    import numpy as np

    values = [spelled(f.value) if isinstance(f.value, bytes) else f.value for f in fillings]
    is_float = spec.dtype.startswith("float")
    if any(value is None for value in values) or not (is_float or spec.dtype == "string"):
        return None
    try:
        cast = [np.asarray(value).astype(float if is_float else str) for value in values]
    except ValueError as error:
        message = f"expected a number, since the feature is {spec.dtype}. Received: {values[0]!r}"
        raise ConfigError(Problem(f"{path}.missing", message)) from error
    joined = (
        cast[0] if len(cast) == 1 else np.stack(cast).reshape([side or 0 for side in spec.shape])
    )
    return joined.tolist()


def _cast(table: Table, name: str, column: Column, dtype: str, path: str) -> Column:
    import numpy as np

    if not is_held(column) or holds_arrays(column):  # cast when they are read, or padded
        return column
    values = np.asarray(column)
    if dtype == "string":
        return values if is_text(values) else values.astype(str).astype(object)
    if dtype_name(values) == dtype and values.dtype.name == dtype:
        return values
    numbers = np.asarray(_numbers(table, column, dtype, path))
    if numbers.dtype.kind == "f" and np.dtype(dtype).kind in "iub":
        _refuse_gaps(name, numbers, dtype, path, table.name_row)
    try:
        with np.errstate(over="ignore", invalid="ignore"):  # what does not fit is refused below
            cast = numbers.astype(dtype)
    except (ValueError, OverflowError) as error:
        raise ConfigError(Problem(path, f"expected a column of {dtype}. {error}")) from error
    if cast.dtype.kind in "iub":
        _refuse_changed(name, numbers, cast, path, table.name_row)
    return cast


def _numbers(table: Table, column: Column, dtype: str, path: str) -> Column:
    """Return a column of texts in memory as numbers, where numbers are wanted of it."""
    import numpy as np

    if dtype == "string" or not is_held(column) or not is_text(column) or holds_arrays(column):
        return column
    values = np.asarray(column)
    if values.ndim != 1:
        return column
    try:
        return as_numbers(_spelled(values))
    except (ValueError, OverflowError) as error:
        message = f"expected a column of {dtype}. Received: {_odd_cell(table, values) or error}"
        raise ConfigError(Problem(path, message)) from error


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


def _refuse_changed(
    name: str, numbers: np.ndarray, cast: np.ndarray, path: str, place: Place
) -> None:
    """Refuse to cast what becomes another number: 1.5, or 300 as uint8."""
    rows = (cast != numbers).reshape(len(numbers), -1)
    if rows.any():
        first = int(rows.any(axis=1).argmax())
        odd = numbers.reshape(len(numbers), -1)[first, rows[first].argmax()]
        became = cast.reshape(len(cast), -1)[first, rows[first].argmax()]
        raise ConfigError(
            Problem(
                path,
                f"expected values that {cast.dtype.name} has. Received: `{name}` with {odd:g} in "
                f"{place(first)}, which would become {became:g}",
                fix=f"{path}=float32",
            )
        )


def _odd_cell(table: Table, values: np.ndarray) -> str | None:
    """Name the first text that is no number and the place where it stands."""
    texts = _spelled(values) if is_text(values) and values.ndim == 1 else ()
    row = first_text(texts)
    return None if row is None else f"{texts[row]!r} in {table.name_row(row)}"


def _spelled(values: np.ndarray) -> np.ndarray:
    import numpy as np

    return np.array([spelled(value) for value in values.tolist()], dtype=object)
