"""From rows to batches: `tf.data` over arrays of row numbers (see `order`).

Columns are gathered or read a batch at a time; rows that are still to be loaded are then loaded
one by one, in parallel and in order.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from kerascfg.data.order import evaluation_order, training_order
from kerascfg.data.table import Column, Load, TensorSpec, is_held, is_text
from kerascfg.errors import RunError

if TYPE_CHECKING:
    import numpy as np
    import tensorflow as tf

_CHUNK = 256


@dataclass(frozen=True, eq=False)
class Part:
    """The rows of one split.

    Attributes:
        columns: what the features come from, all rows of the table.
        numbers: which of those rows are the split's.
        targets: the encoded targets of the split's rows.
        specs: the features' specs.
        load: loads one row's features, or None where `columns` are the features.
    """

    columns: Mapping[str, Column]
    numbers: np.ndarray
    targets: Mapping[str, np.ndarray]
    specs: Mapping[str, TensorSpec]
    load: Load | None = None

    @property
    def rows(self) -> int:
        """Return the number of rows."""
        return len(self.numbers)

    def first(self, rows: int | None) -> Part:
        """Return the part that consists of the first rows only."""
        targets = {name: values[:rows] for name, values in self.targets.items()}
        return replace(self, numbers=self.numbers[:rows], targets=targets)

    def take(self, rows: slice | np.ndarray) -> dict[str, np.ndarray]:
        """Return the columns' values for some of the split's rows."""
        return {name: column[self.numbers[rows]] for name, column in self.columns.items()}

    @property
    def is_held(self) -> bool:
        """Tell whether all columns are in memory, rather than read when asked."""
        return all(is_held(column) for column in self.columns.values())


def training_dataset(
    part: Part, batch_size: int, seed: int, first_epoch: int, replicas: int
) -> tf.data.Dataset:
    """Return the batches `(x, y, weights)` of all epochs from `first_epoch` on, without end."""
    import tensorflow as tf

    def batches_of(epoch: tf.Tensor) -> tf.data.Dataset:
        indices, weights = tf.numpy_function(
            lambda number: training_order(seed, int(number), part.rows, batch_size, replicas),
            [epoch],
            (tf.int32, tf.float32),
        )
        return tf.data.Dataset.from_tensor_slices(
            (tf.ensure_shape(indices, shape), tf.ensure_shape(weights, shape))
        )

    shape = training_order(seed, first_epoch, part.rows, batch_size, replicas)[0].shape
    epochs = tf.data.Dataset.counter(start=first_epoch)
    batches = _gathered(part, epochs.flat_map(batches_of), shape[1])
    return batches.apply(tf.data.experimental.assert_cardinality(tf.data.INFINITE_CARDINALITY))


def evaluation_dataset(part: Part, batch_size: int, replicas: int) -> tuple[tf.data.Dataset, int]:
    """Return the batches `(x, y, weights)` that visit each row once, and how many they are."""
    import tensorflow as tf

    indices, weights = evaluation_order(part.rows, batch_size, replicas)
    order = tf.data.Dataset.from_tensor_slices((indices, weights))
    return _gathered(part, order, indices.shape[1]), len(indices)


def feature_dataset(part: Part, names: Sequence[str]) -> tf.data.Dataset:
    """Return batches of some features of each row once, without targets and without filling."""
    import tensorflow as tf

    starts = tf.data.Dataset.range(0, part.rows, _CHUNK)
    chunks = starts.map(lambda at: tf.range(at, tf.minimum(at + _CHUNK, part.rows)))
    batches = _mapped(chunks, _reader(part))
    if part.load is not None:
        batches = _mapped(batches.unbatch(), _loader(part)).batch(_CHUNK)
    return batches.map(lambda batch: {name: batch[name] for name in names})


def _gathered(part: Part, order: tf.data.Dataset, batch: int) -> tf.data.Dataset:
    import tensorflow as tf

    with tf.device("CPU:0"):
        targets = _tensors(part.targets)
    read, load = _reader(part), _loader(part)

    def gather(indices, weights):
        y = {name: tf.gather(values, indices) for name, values in targets.items()}
        return read(indices), y, weights

    def load_row(x, y, weights):
        return load(x), y, weights

    batches = _mapped(order, gather)
    if part.load is not None:
        batches = _mapped(batches.unbatch(), load_row).batch(batch, drop_remainder=True)
    options = tf.data.Options()
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.OFF
    return batches.prefetch(tf.data.AUTOTUNE).with_options(options)


def _mapped(rows: tf.data.Dataset, function: Callable[..., Any]) -> tf.data.Dataset:
    """Map in parallel, in order."""
    import tensorflow as tf

    return rows.map(function, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)


def _reader(part: Part) -> Callable[[tf.Tensor], dict[str, tf.Tensor]]:
    """Return a function from some of a part's rows to the values of their columns."""
    import tensorflow as tf

    if part.is_held:
        with tf.device("CPU:0"):
            columns = _tensors(part.take(slice(None)))
        return lambda rows: {name: tf.gather(values, rows) for name, values in columns.items()}
    names = list(part.columns)
    dtypes = [_tensor_dtype(part.columns[name]) for name in names]

    def take(rows: np.ndarray) -> list[np.ndarray]:
        values = part.take(rows)
        return [values[name] for name in names]

    def read(rows: tf.Tensor) -> dict[str, tf.Tensor]:
        values = tf.numpy_function(take, [rows], dtypes, stateful=False)
        shaped = {
            name: tf.ensure_shape(value, (*rows.shape[:1], *part.columns[name].shape[1:]))
            for name, value in zip(names, values, strict=True)
        }
        return shaped if part.load is not None else _as_specified(shaped, part.specs)

    return read


def _tensor_dtype(column: Column) -> Any:
    import tensorflow as tf

    return tf.string if is_text(column) else tf.as_dtype(column.dtype)


def _tensors(arrays: Mapping[str, np.ndarray]) -> Any:
    import tensorflow as tf

    return {name: tf.convert_to_tensor(values) for name, values in arrays.items()}


def _loader(part: Part) -> Load:
    """Return `load` held to the specs: the chosen features only, in their dtype and shape."""
    import tensorflow as tf

    def load(row: dict[str, Any]) -> dict[str, Any]:
        tensors = _as_specified(part.load(row) if part.load else row, part.specs)
        return {
            name: tf.ensure_shape(tensors[name], spec.shape) for name, spec in part.specs.items()
        }

    return load


def _as_specified(tensors: Mapping[str, Any], specs: Mapping[str, TensorSpec]) -> dict[str, Any]:
    """Take the features among tensors, in their dtypes."""
    import tensorflow as tf

    return {
        name: tensors[name] if spec.dtype == "string" else tf.cast(tensors[name], spec.dtype)
        for name, spec in specs.items()
    }


def loaded(part: Part) -> Part:
    """Load the features of a part into memory.

    Raises:
        RunError: a row cannot be loaded; the message names it.
    """
    if part.load is None and part.is_held:
        return part
    import numpy as np
    import tensorflow as tf

    arrays = {name: _empty(part.rows, spec) for name, spec in part.specs.items()}
    done = 0
    try:
        for batch in _all_rows(part).as_numpy_iterator():
            size = len(next(iter(batch.values())))
            for name, values in batch.items():
                arrays[name][done : done + size] = values
            done += size
    except tf.errors.OpError as error:
        raise unloadable(part) or RunError(f"loading the data failed: {reason(error)}") from error
    return Part(arrays, np.arange(part.rows), part.targets, part.specs)


def _all_rows(part: Part) -> tf.data.Dataset:
    """Return batches of a part's features in its order, each row once."""
    import tensorflow as tf

    return feature_dataset(part, list(part.specs)).prefetch(tf.data.AUTOTUNE)


def _empty(rows: int, spec: TensorSpec) -> np.ndarray:
    import numpy as np

    shape = (rows, *(int(side or 0) for side in spec.shape))
    return np.empty(shape, object if spec.dtype == "string" else spec.dtype)


def unloadable(part: Part) -> RunError | None:
    """Find the first row that cannot be loaded, which TensorFlow's own error does not name."""
    if part.load is None:
        return None
    import numpy as np
    import tensorflow as tf

    for index in range(part.rows):
        row = {name: values[0] for name, values in part.take(np.array([index])).items()}
        try:
            part.load({name: tf.convert_to_tensor(value) for name, value in row.items()})
        except tf.errors.OpError as error:
            named = ", ".join(f"{name} {_readable(value)}" for name, value in row.items())
            return RunError(f"data: {named} cannot be loaded. {reason(error)}")
    return None


def reason(error: tf.errors.OpError) -> str:
    """Return TensorFlow's message without the names of its nodes."""
    text = re.sub(r"\{\{.*?\}\}|\[Op:.*?\]", "", error.message)
    return next((line.strip() for line in text.splitlines() if line.strip()), type(error).__name__)


def _readable(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def texts_as_unicode(arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return arrays that NumPy stores without pickling: texts of fixed width."""
    return {
        name: _unicode(values) if is_text(values) else values for name, values in arrays.items()
    }


def _unicode(values: np.ndarray) -> np.ndarray:
    import numpy as np

    texts = [v.decode("utf-8", "replace") if isinstance(v, bytes) else v for v in values.flat]
    return np.array(texts, dtype=str).reshape(values.shape)
