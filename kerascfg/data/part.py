"""The rows of one split: what its samples are made of, and the functions that read them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from kerascfg.data.prepare import Prepare
from kerascfg.data.table import Column, Load, TensorSpec, is_held, is_text

if TYPE_CHECKING:
    import numpy as np
    import tensorflow as tf

Tensors = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Part:
    """The rows of one split.

    Attributes:
        columns: what the samples come from, all rows of the table.
        numbers: which of those rows are the split's.
        targets: the encoded targets of the split's rows.
        specs: the features' specs, before they are prepared.
        load: loads one row's features, or None where `columns` are the features.
        loaded_targets: the specs of targets that `load` makes too (masks, say).
        prepare_features: makes of a batch of features what the model sees; None for them as they
            are.
        prepare_targets: makes of a batch of features and targets what the model learns; None for
            the targets as they are.
        place: names where a row of the table came from, for messages.
        weights: what each of the split's rows counts, 1 on average; None where all count 1.
    """

    columns: Mapping[str, Column]
    numbers: np.ndarray
    targets: Mapping[str, np.ndarray]
    specs: Mapping[str, TensorSpec]
    load: Load | None = None
    loaded_targets: Mapping[str, TensorSpec] = field(default_factory=dict)
    prepare_features: Prepare | None = None
    prepare_targets: Prepare | None = None
    place: Callable[[int], str] | None = None
    weights: np.ndarray | None = None

    @property
    def rows(self) -> int:
        """Return the number of rows."""
        return len(self.numbers)

    @property
    def is_prepared(self) -> bool:
        """Tell whether nothing is left to prepare."""
        return self.prepare_features is None and self.prepare_targets is None

    @property
    def is_held(self) -> bool:
        """Tell whether all columns are in memory, rather than read when asked."""
        return all(is_held(column) for column in self.columns.values())

    @property
    def feature_specs(self) -> Mapping[str, TensorSpec]:
        """Return the specs of what the model sees."""
        return self.prepare_features.specs if self.prepare_features else self.specs

    @property
    def raw(self) -> Part:
        """Return the part with features and targets as they are before they are prepared."""
        return replace(self, prepare_features=None, prepare_targets=None)

    def first(self, rows: int | None) -> Part:
        """Return the part that consists of the first rows only."""
        targets = {name: values[:rows] for name, values in self.targets.items()}
        weights = None if self.weights is None else self.weights[:rows]
        return replace(self, numbers=self.numbers[:rows], targets=targets, weights=weights)

    def take(self, rows: slice | np.ndarray) -> dict[str, np.ndarray]:
        """Return the columns' values for some of the split's rows."""
        return {name: column[self.numbers[rows]] for name, column in self.columns.items()}


def reader(part: Part) -> Callable[[tf.Tensor], tuple[Tensors, Tensors]]:
    """Return a function from some of a part's rows to the values of their columns and targets."""
    import tensorflow as tf

    with tf.device("CPU:0"):
        targets = _tensors(part.targets)
    read = _held_reader(part) if part.is_held else _asking_reader(part)

    def read_both(rows: tf.Tensor) -> tuple[Tensors, Tensors]:
        return read(rows), {name: tf.gather(values, rows) for name, values in targets.items()}

    return read_both


def _held_reader(part: Part) -> Callable[[tf.Tensor], Tensors]:
    import tensorflow as tf

    with tf.device("CPU:0"):
        columns = _tensors(part.take(slice(None)))
    return lambda rows: {name: tf.gather(values, rows) for name, values in columns.items()}


def _asking_reader(part: Part) -> Callable[[tf.Tensor], Tensors]:
    import tensorflow as tf

    names = list(part.columns)
    dtypes = [_tensor_dtype(part.columns[name]) for name in names]

    def take(rows: np.ndarray) -> list[np.ndarray]:
        values = part.take(rows)
        return [values[name] for name in names]

    def read(rows: tf.Tensor) -> Tensors:
        values = tf.numpy_function(take, [rows], dtypes, stateful=False)
        shaped = {
            name: tf.ensure_shape(value, (*rows.shape[:1], *part.columns[name].shape[1:]))
            for name, value in zip(names, values, strict=True)
        }
        return shaped if part.load is not None else _as_specified(shaped, part.specs)

    return read


def loader(part: Part) -> Callable[[Tensors, Tensors], tuple[Tensors, Tensors]]:
    """Return `load` held to the specs: chosen features and targets, in their dtype and shape."""

    def load(row: Tensors, targets: Tensors) -> tuple[Tensors, Tensors]:
        tensors = part.load(row) if part.load else row
        made = _shaped(_as_specified(tensors, part.loaded_targets), part.loaded_targets)
        return _shaped(_as_specified(tensors, part.specs), part.specs), {**targets, **made}

    return load


def weigher(part: Part) -> Callable[[tf.Tensor, tf.Tensor], tf.Tensor]:
    """Return the function from some of a part's rows and their weights in a batch to the product.

    The second factor is what the rows count by themselves.
    """
    import tensorflow as tf

    if part.weights is None:
        return lambda rows, weights: weights
    with tf.device("CPU:0"):
        own = tf.constant(part.weights, tf.float32)
    return lambda rows, weights: weights * tf.gather(own, rows)


def preparer(part: Part) -> Callable[[Tensors, Tensors], tuple[Tensors, Tensors]]:
    """Return the function from a batch's features and targets to the prepared ones."""

    def prepare(x: Tensors, y: Tensors) -> tuple[Tensors, Tensors]:
        features = part.prepare_features(x) if part.prepare_features else x
        return features, part.prepare_targets({**x, **y}) if part.prepare_targets else y

    return prepare


def _tensor_dtype(column: Column) -> Any:
    import tensorflow as tf

    return tf.string if is_text(column) else tf.as_dtype(column.dtype)


def _tensors(arrays: Mapping[str, np.ndarray]) -> Tensors:
    import tensorflow as tf

    return {name: tf.convert_to_tensor(values) for name, values in arrays.items()}


def _as_specified(tensors: Mapping[str, Any], specs: Mapping[str, TensorSpec]) -> Tensors:
    """Take the features among tensors, in their dtypes."""
    import tensorflow as tf

    return {
        name: tensors[name] if spec.dtype == "string" else tf.cast(tensors[name], spec.dtype)
        for name, spec in specs.items()
    }


def _shaped(tensors: Mapping[str, Any], specs: Mapping[str, TensorSpec]) -> Tensors:
    import tensorflow as tf

    return {name: tf.ensure_shape(tensors[name], spec.shape) for name, spec in specs.items()}
