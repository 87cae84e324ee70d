"""From rows in memory to batches: `tf.data` over arrays of row numbers (see `order`).

Rows whose values are in memory are gathered a batch at a time; rows that are still to be loaded
are loaded one by one, in parallel and in order.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kerascfg.data.order import evaluation_order, training_order
from kerascfg.data.table import Load, TensorSpec, is_text
from kerascfg.errors import RunError

if TYPE_CHECKING:
    import numpy as np
    import tensorflow as tf

_CHUNK = 256


@dataclass(frozen=True, eq=False)
class Part:
    """The rows of one split.

    Attributes:
        columns: what the features come from.
        targets: the encoded targets.
        specs: the features' specs.
        load: loads one row's features, or None where `columns` are the features.
    """

    columns: Mapping[str, np.ndarray]
    targets: Mapping[str, np.ndarray]
    specs: Mapping[str, TensorSpec]
    load: Load | None = None

    @property
    def rows(self) -> int:
        """Return the number of rows."""
        return len(next(iter(self.targets.values())))

    def first(self, rows: int | None) -> Part:
        """Return the part that consists of the first rows only."""
        return Part(
            {name: values[:rows] for name, values in self.columns.items()},
            {name: values[:rows] for name, values in self.targets.items()},
            self.specs,
            self.load,
        )


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

    if part.load is None:
        columns = _tensors({name: part.columns[name] for name in names})
        starts = tf.data.Dataset.range(0, part.rows, _CHUNK)
        return starts.map(lambda at: {k: v[at : at + _CHUNK] for k, v in columns.items()})
    rows = tf.data.Dataset.from_tensor_slices(_tensors(part.columns)).map(_loader(part))
    return rows.map(lambda row: {name: row[name] for name in names}).batch(_CHUNK)


def _gathered(part: Part, order: tf.data.Dataset, batch: int) -> tf.data.Dataset:
    import tensorflow as tf

    with tf.device("CPU:0"):
        columns, targets = _tensors(part.columns), _tensors(part.targets)

    def gather(indices, weights):  # one row or a batch of rows
        x = {name: tf.gather(values, indices) for name, values in columns.items()}
        y = {name: tf.gather(values, indices) for name, values in targets.items()}
        return load(x), y, weights

    load = _loader(part) if part.load is not None else lambda x: x
    rows = order if part.load is None else order.unbatch()
    batches = rows.map(gather, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
    if part.load is not None:
        batches = batches.batch(batch, drop_remainder=True)
    options = tf.data.Options()
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.OFF
    return batches.prefetch(tf.data.AUTOTUNE).with_options(options)


def _tensors(arrays: Mapping[str, np.ndarray]) -> Any:
    import tensorflow as tf

    return {name: tf.convert_to_tensor(values) for name, values in arrays.items()}


def _loader(part: Part) -> Load:
    """Return `load` held to the specs: the chosen features only, in their dtype and shape."""
    import tensorflow as tf

    def load(row: dict[str, Any]) -> dict[str, Any]:
        tensors = part.load(row) if part.load else row
        return {
            name: tf.ensure_shape(tf.cast(tensors[name], spec.dtype), spec.shape)
            if spec.dtype != "string"
            else tensors[name]
            for name, spec in part.specs.items()
        }

    return load


def loaded(part: Part) -> Part:
    """Load the features of a part into memory.

    Raises:
        RunError: a row cannot be loaded; the message names it.
    """
    if part.load is None:
        return part
    import tensorflow as tf

    arrays = {name: _empty(part.rows, spec) for name, spec in part.specs.items()}
    rows = tf.data.Dataset.from_tensor_slices(_tensors(part.columns))
    rows = rows.map(_loader(part), num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
    done = 0
    try:
        for batch in rows.batch(_CHUNK).prefetch(1).as_numpy_iterator():
            size = len(next(iter(batch.values())))
            for name, values in batch.items():
                arrays[name][done : done + size] = values
            done += size
    except tf.errors.OpError as error:
        raise unloadable(part) or RunError(f"loading the data failed: {reason(error)}") from error
    return Part(arrays, part.targets, part.specs)


def _empty(rows: int, spec: TensorSpec) -> np.ndarray:
    import numpy as np

    shape = (rows, *(int(side or 0) for side in spec.shape))
    return np.empty(shape, object if spec.dtype == "string" else spec.dtype)


def unloadable(part: Part) -> RunError | None:
    """Find the first row that cannot be loaded, which TensorFlow's own error does not name."""
    if part.load is None:
        return None
    import tensorflow as tf

    for index in range(part.rows):
        row = {name: values[index] for name, values in part.columns.items()}
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
