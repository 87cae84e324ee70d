"""From rows to batches: `tf.data` over arrays of row numbers (see `order`).

Columns are gathered or read a batch at a time; rows that are still to be loaded are then loaded,
and batches that are still to be prepared are prepared: batches in parallel, and in order. Rows
that differ in shape are loaded as samples by themselves, since they are batched by padding.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil
from typing import TYPE_CHECKING, Any

from kerascfg.data.order import evaluation_order, round_up, training_order
from kerascfg.data.part import Part, batch_loader, loader, preparer, reader, weigher
from kerascfg.data.prepare import Augment

if TYPE_CHECKING:
    import numpy as np
    import tensorflow as tf

_CHUNK = 256
_BUFFERS = 128 * 2**20
"""Bytes that batches ahead of the model may take; half of the free memory is TensorFlow's own."""


def training_dataset(
    part: Part,
    batch_size: int,
    seed: int,
    first_epoch: int,
    replicas: int,
    lengths: np.ndarray | None = None,
    augment: Augment | None = None,
    first_step: int = 0,
) -> tf.data.Dataset:
    """Return the batches `(x, y, weights)` of all epochs from `first_epoch` on, without end.

    Args:
        part: the training split.
        batch_size: new samples a step.
        seed: seed of the order.
        first_epoch: number of the first epoch.
        replicas: every batch can be shared evenly among so many.
        lengths: the length of each row, to put rows of like length together; None for any.
        augment: what is done to each batch in the end, or None.
        first_step: number of the first step within the first epoch; those before it are skipped
            as row numbers, so that nothing of them is read.
    """
    import tensorflow as tf

    order = epoch_orders(part, batch_size, seed, first_epoch, replicas, lengths)
    rows = order.flat_map(lambda *epoch: tf.data.Dataset.from_tensor_slices(epoch))
    batches = _gathered(part, rows.skip(first_step), round_up(batch_size, replicas))
    if augment is not None:
        batches = _mapped(
            batches.enumerate(first_epoch * ceil(part.rows / batch_size) + first_step),
            lambda step, batch: (*augment(step, batch[0], batch[1]), batch[2]),
        )
    endless = tf.data.experimental.assert_cardinality(tf.data.INFINITE_CARDINALITY)
    return _ready(batches).apply(endless)


def epoch_orders(
    part: Part,
    batch_size: int,
    seed: int,
    first_epoch: int,
    replicas: int = 1,
    lengths: np.ndarray | None = None,
) -> tf.data.Dataset:
    """Return the order of each epoch from `first_epoch` on: row numbers and weights.

    Args:
        part: the training split.
        batch_size: new samples a step.
        seed: seed of the order.
        first_epoch: number of the first epoch.
        replicas: every batch can be shared evenly among so many.
        lengths: the length of each row, to put rows of like length together; None for any.

    Returns:
        Elements `(rows, weights)`, both `(steps, batch)`, int32 and float32, without end.
    """
    import tensorflow as tf

    def order_of(epoch: int) -> tuple[np.ndarray, np.ndarray]:
        return training_order(seed, int(epoch), part.rows, batch_size, replicas, lengths)

    def order_in(epoch: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        indices, weights = tf.numpy_function(order_of, [epoch], (tf.int32, tf.float32))
        return tf.ensure_shape(indices, shape), tf.ensure_shape(weights, shape)

    shape = ceil(part.rows / batch_size), round_up(batch_size, replicas)
    return tf.data.Dataset.counter(start=first_epoch).map(order_in)


def evaluation_dataset(part: Part, batch_size: int, replicas: int) -> tuple[tf.data.Dataset, int]:
    """Return the batches `(x, y, weights)` that visit each row once, and how many they are."""
    import tensorflow as tf

    indices, weights = evaluation_order(part.rows, batch_size, replicas)
    order = tf.data.Dataset.from_tensor_slices((indices, weights))
    return _ready(_gathered(part, order, indices.shape[1])), len(indices)


def feature_dataset(part: Part, names: Sequence[str]) -> tf.data.Dataset:
    """Return batches of some features of each row once, without targets and without filling."""
    return sample_dataset(part).map(lambda x, y: {name: x[name] for name in names})


def sample_dataset(part: Part) -> tf.data.Dataset:
    """Return batches `(x, y)` of a part in its order, each row once, without filling.

    Samples that differ in shape come one by one, so that nothing of them is padding.
    """
    import tensorflow as tf

    size = 1 if part.varies else _CHUNK
    starts = tf.data.Dataset.range(0, part.rows, size)
    chunks = starts.map(lambda at: tf.range(at, tf.minimum(at + size, part.rows)))
    batches = _mapped(chunks, reader(part))
    if part.load is not None:
        batches = _mapped(batches, batch_loader(part))
    return batches if part.is_prepared else _mapped(batches, preparer(part))


def _gathered(part: Part, order: tf.data.Dataset, batch: int) -> tf.data.Dataset:
    read, prepare, weigh = reader(part), preparer(part), weigher(part)

    def gather(rows: tf.Tensor, weights: tf.Tensor) -> tuple[Any, Any, tf.Tensor]:
        return *read(rows), weigh(rows, weights)

    if part.load is None:
        batches = _mapped(order, gather)
    elif part.varies:
        load = loader(part)
        samples = _mapped(order, gather).unbatch()
        loaded = _mapped(samples, lambda x, y, weight: (*load(x, y), weight))
        batches = loaded.padded_batch(batch, drop_remainder=True)
    else:
        load_all = batch_loader(part)

        def gather_and_load(rows: tf.Tensor, weights: tf.Tensor) -> tuple[Any, Any, tf.Tensor]:
            x, y, weights = gather(rows, weights)
            return *load_all(x, y), weights

        batches = _mapped(order, gather_and_load)
    if not part.is_prepared:
        batches = _mapped(batches, lambda x, y, weights: (*prepare(x, y), weights))
    return batches


def _ready(batches: tf.data.Dataset) -> tf.data.Dataset:
    """Prefetch, and let each replica take its share of a batch instead of its own batches."""
    import tensorflow as tf

    options = tf.data.Options()
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.OFF
    options.autotune.ram_budget = _BUFFERS
    return batches.prefetch(tf.data.AUTOTUNE).with_options(options)


def _mapped(rows: tf.data.Dataset, function: Callable[..., Any]) -> tf.data.Dataset:
    """Map in parallel, in order."""
    import tensorflow as tf

    return rows.map(function, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
