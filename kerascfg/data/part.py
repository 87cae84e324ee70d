"""The rows of one split: what its samples are made of, and the functions that read them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from kerascfg.data.held import Columns, as_tensor, holds_arrays, is_gatherable
from kerascfg.data.mapped import read_rows
from kerascfg.data.padding import padded, vary
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
        target_specs: the specs of the targets; those that are not in `targets` (masks, say) are
            columns too, or made by `load`.
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
    target_specs: Mapping[str, TensorSpec] = field(default_factory=dict)
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
    def is_ready(self) -> bool:
        """Tell whether batches only need to be gathered from memory."""
        return self.load is None and self.is_held and self.is_prepared

    @property
    def feature_specs(self) -> Mapping[str, TensorSpec]:
        """Return the specs of what the model sees."""
        return self.prepare_features.specs if self.prepare_features else self.specs

    @property
    def varies(self) -> bool:
        """Tell whether samples differ in shape, before or after they are prepared."""
        prepared = self.prepare_targets.specs if self.prepare_targets else {}
        return any(vary(s) for s in (self.specs, self.target_specs, self.feature_specs, prepared))

    @property
    def read_later(self) -> dict[str, TensorSpec]:
        """Return the specs of the targets that come with the rows, rather than from memory."""
        return {n: spec for n, spec in self.target_specs.items() if n not in self.targets}

    @property
    def raw(self) -> Part:
        """Return the part with features and targets as they are before they are prepared."""
        return replace(self, prepare_features=None, prepare_targets=None)

    def first(self, rows: int | None) -> Part:
        """Return the part that consists of the first rows only."""
        return self.some(slice(rows))

    def some(self, rows: slice | np.ndarray) -> Part:
        """Return the part that consists of some rows only, in the order that they are named."""
        targets = {name: values[rows] for name, values in self.targets.items()}
        weights = None if self.weights is None else self.weights[rows]
        return replace(self, numbers=self.numbers[rows], targets=targets, weights=weights)

    def take(self, rows: slice | np.ndarray) -> dict[str, np.ndarray]:
        """Return the columns' values for some of the split's rows."""
        return {name: column[self.numbers[rows]] for name, column in self.columns.items()}


def reader(
    part: Part, place: Callable[[tf.Tensor], tf.Tensor] | None = None
) -> Callable[[tf.Tensor], tuple[Tensors, Tensors]]:
    """Return a function from some of a part's rows to the values of their columns and targets.

    Args:
        part: the part.
        place: where the tensors that are gathered from lie: returns each there; None leaves them
            in the processor's memory.
    """
    targets = Columns(part.targets)
    read_features = _column_reader(part.columns, part.specs, part.numbers, place)
    read_targets = _column_reader(targets, part.target_specs, None, place)

    def read(rows: tf.Tensor) -> tuple[Tensors, Tensors]:
        x, y = read_features(rows), read_targets(rows)
        if part.load is not None:
            return x, y
        return as_specified(x, part.specs), {**as_specified(x, part.read_later), **y}

    return read


def _column_reader(
    columns: Mapping[str, Column],
    specs: Mapping[str, TensorSpec],
    numbers: np.ndarray | None,
    place: Callable[[tf.Tensor], tf.Tensor] | None,
) -> Callable[[tf.Tensor], Tensors]:
    """Return a function that gathers what is in memory, and asks the other columns.

    Args:
        columns: the columns.
        specs: specs of those that are features.
        numbers: the rows of the columns to count from; None for all.
        place: returns a tensor where it is gathered from; None leaves it where it is.
    """
    import tensorflow as tf

    held = columns if isinstance(columns, Columns) else Columns(columns)
    gathered = held.tensors()
    dtypes_held = {names: values.dtype for names, values in gathered.items()}
    asked = [name for name in held if not is_gatherable(held[name])]
    to_pad = {n: specs[n] for n in asked if n in specs and holds_arrays(held[n])}
    dtypes = [_tensor_dtype(held[name], to_pad.get(name)) for name in asked]
    chosen = None if numbers is None else as_tensor(numbers)
    if place is not None:
        gathered = {names: place(values) for names, values in gathered.items()}
        chosen = None if chosen is None else place(chosen)

    def ask(rows: np.ndarray) -> list[np.ndarray]:
        values = read_rows({name: held[name] for name in asked}, rows)
        return [padded(v, to_pad[name]) if name in to_pad else v for name, v in values.items()]

    def read(rows: tf.Tensor) -> Tensors:
        at = rows if chosen is None else tf.gather(chosen, rows)
        tensors: Tensors = {}
        for names, values in gathered.items():
            found = tf.cast(tf.gather(values, at), dtypes_held[names])
            each = tf.unstack(found, axis=-1) if len(names) > 1 else [found]
            tensors |= zip(names, each, strict=True)
        if asked:
            values = tf.numpy_function(ask, [at], dtypes, stateful=False)
            for name, value in zip(asked, values, strict=True):
                row = to_pad[name].shape if name in to_pad else held[name].shape[1:]
                tensors[name] = tf.ensure_shape(value, (*rows.shape[:1], *row))
        return {name: tensors[name] for name in held}

    return read


def loader(part: Part) -> Callable[[Tensors, Tensors], tuple[Tensors, Tensors]]:
    """Return `load` held to the specs: chosen features and targets, in their dtype and shape."""
    missing = part.read_later

    def load(row: Tensors, targets: Tensors) -> tuple[Tensors, Tensors]:
        tensors = part.load(row) if part.load else row
        made = _shaped(as_specified(tensors, missing), missing)
        return _shaped(as_specified(tensors, part.specs), part.specs), {**targets, **made}

    return load


def batch_loader(part: Part) -> Callable[[Tensors, Tensors], tuple[Tensors, Tensors]]:
    """Return `loader` over a batch, row by row.

    One element of a data set a batch costs a seventh less than one a sample, whose passing from
    stage to stage takes as long as a small image's resizing.
    """
    import tensorflow as tf

    load = loader(part)
    made = tuple(
        {name: tf.TensorSpec(spec.shape, spec.dtype) for name, spec in specs.items()}
        for specs in (part.specs, part.read_later)
    )

    def load_batch(x: Tensors, y: Tensors) -> tuple[Tensors, Tensors]:
        features, answers = tf.map_fn(lambda row: load(row, {}), x, fn_output_signature=made)
        return features, {**y, **answers}

    return load_batch


def weigher(
    part: Part, place: Callable[[tf.Tensor], tf.Tensor] | None = None
) -> Callable[[tf.Tensor, tf.Tensor], tf.Tensor]:
    """Return the function from some of a part's rows and their weights in a batch to the product.

    The second factor is what the rows count by themselves.

    Args:
        part: the part.
        place: as in `reader`.
    """
    import tensorflow as tf

    if part.weights is None:
        return lambda rows, weights: weights
    with tf.device("CPU:0"):
        own = tf.constant(part.weights, tf.float32)
    if place is not None:
        own = place(own)
    return lambda rows, weights: weights * tf.gather(own, rows)


def preparer(part: Part) -> Callable[[Tensors, Tensors], tuple[Tensors, Tensors]]:
    """Return the function from a batch's features and targets to the prepared ones."""

    def prepare(x: Tensors, y: Tensors) -> tuple[Tensors, Tensors]:
        features = part.prepare_features(x) if part.prepare_features else x
        return features, part.prepare_targets({**x, **y}) if part.prepare_targets else y

    return prepare


def _tensor_dtype(column: Column, padded_to: TensorSpec | None) -> Any:
    import tensorflow as tf

    if padded_to is not None:
        return tf.as_dtype(padded_to.dtype)
    return tf.string if is_text(column) else tf.as_dtype(column.dtype)


def as_specified(tensors: Mapping[str, Any], specs: Mapping[str, TensorSpec]) -> Tensors:
    """Take the features among tensors, in their dtypes."""
    import tensorflow as tf

    return {
        name: tensors[name] if spec.dtype == "string" else tf.cast(tensors[name], spec.dtype)
        for name, spec in specs.items()
    }


def _shaped(tensors: Mapping[str, Any], specs: Mapping[str, TensorSpec]) -> Tensors:
    import tensorflow as tf

    return {name: tf.ensure_shape(tensors[name], spec.shape) for name, spec in specs.items()}
