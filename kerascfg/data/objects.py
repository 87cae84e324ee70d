"""Data that is in memory already: arrays by name, a pandas DataFrame, or a pair (x, y)."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Number
from typing import TYPE_CHECKING, Any

from kerascfg.data.cells import tabular_specs
from kerascfg.data.table import Table, dtype_name, fingerprint_of, measured_specs
from kerascfg.errors import ConfigError, Problem

if TYPE_CHECKING:
    import numpy as np

EXPECTED = "a kerascfg.data.Table, a dict of arrays, a pandas DataFrame or a pair (x, y)"
_PLAIN = "biufSU"


def is_data(value: Any) -> bool:
    """Tell whether a value is data itself, rather than a node that names a source."""
    if isinstance(value, Mapping):
        return any(hasattr(each, "__array__") for each in value.values())
    return isinstance(value, Table) or _is_frame(value) or _is_pair(value)


def as_table(value: Any, path: str) -> Table:
    """Return data in memory as a table; arrays are not copied.

    Args:
        value: a `Table`, which is returned; a mapping of names to arrays, whose first axis is the
            samples; a DataFrame, whose columns are read as those of a CSV file are; or a pair
            (x, y), of which x is one of these or an array (`features`), and y the target.
        path: where the value stands in the config, for messages.

    Raises:
        ConfigError: the value is none of these, or a column holds neither numbers nor texts.
    """
    if isinstance(value, Table):
        return value
    if not is_data(value):
        message = f"expected {EXPECTED}. Received: {type(value).__name__}"
        raise ConfigError(Problem(path, message))
    if not _is_pair(value):
        columns = _columns(value, path)
        return _table(columns, _is_frame(value), None)
    x, y = value
    columns = _columns(x, path) if _is_named(x) else {"features": _column("features", x, path)}
    name = str(getattr(y, "name", None) or "target")
    if name in columns:
        message = f"expected a target that x does not have. Received: `{name}` in x and as y"
        raise ConfigError(Problem(path, message))
    return _table({**columns, name: _column(name, y, path)}, _is_frame(x), name)


def with_table(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return a config with the data that it may have as its source made a table.

    Raises:
        ConfigError: a column holds neither numbers nor texts.
    """
    data = config.get("data")
    if not isinstance(data, Mapping) or not is_data(data.get("source")):
        return dict(config)
    return {**config, "data": {**data, "source": as_table(data["source"], "data.source")}}


def without_table(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return a config as it can be written down: a table as source becomes its description."""
    data = config.get("data")
    if not isinstance(data, Mapping) or not isinstance(data.get("source"), Table):
        return dict(config)
    table = data["source"]
    columns = {
        name: f"{dtype_name(column)} {list(column.shape)}" for name, column in table.columns.items()
    }
    node = {"type": "memory", "columns": columns, "fingerprint": table.fingerprint}
    return {**config, "data": {**data, "source": node}}


def _is_frame(value: Any) -> bool:
    return hasattr(value, "isna") and hasattr(value, "columns")


def _is_named(value: Any) -> bool:
    return isinstance(value, Mapping) or _is_frame(value)


def _is_pair(value: Any) -> bool:
    if not isinstance(value, tuple) or len(value) != 2:
        return False
    x, y = value
    return (_is_named(x) or hasattr(x, "__array__")) and hasattr(y, "__array__")


def _table(columns: dict[str, np.ndarray], frame: bool, target: str | None) -> Table:
    specs = tabular_specs(columns) if frame else measured_specs(columns)
    return Table(columns, specs, fingerprint_of(columns), target)


def _columns(value: Any, path: str) -> dict[str, np.ndarray]:
    names = [str(name) for name in value]
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        message = f"expected each column's name once. Received twice: {', '.join(repeated)}"
        raise ConfigError(Problem(path, message))
    return {str(name): _column(str(name), value[name], path) for name in value}


def _column(name: str, values: Any, path: str) -> np.ndarray:
    """Return one column of numbers, where a missing one is NaN, or of texts, where it is empty."""
    import numpy as np

    array = np.asarray(values)
    if array.ndim == 0:
        raise ConfigError(Problem(path, f"expected rows in `{name}`. Received: {values!r}"))
    if array.dtype.kind == "M":  # as those of Parquet files are: seconds since 1970
        seconds = array.astype("datetime64[us]").astype(np.int64) / 1e6
        return np.where(np.isnat(array), np.nan, seconds)
    if array.dtype.kind in _PLAIN:
        return array
    is_none = np.frompyfunc(lambda cell: cell is None, 1, 1)
    missing = np.asarray(values.isna() if hasattr(values, "isna") else is_none(array), bool)
    present = array[~missing].tolist() if array.dtype.kind == "O" else None
    if present is not None and all(isinstance(cell, Number) for cell in present):
        numbers = np.full(array.shape, np.nan)
        numbers[~missing] = present
        return numbers
    if present is not None and all(isinstance(cell, str | bytes) for cell in present):
        texts = array.copy()
        texts[missing] = ""
        return texts
    odd = next((c for c in present or () if not isinstance(c, str | bytes)), array.dtype.name)
    message = f"expected numbers or texts in `{name}`. Received: {odd!r} ({type(odd).__name__})"
    raise ConfigError(Problem(path, message))
