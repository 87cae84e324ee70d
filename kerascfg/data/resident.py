"""Rows that the training step itself gathers from memory: batches are then only row numbers.

Small models wait for their data longer than they compute. A step that gathers its batch from
tensors that lie where it computes waits for nothing (measured in `docs/speed.md`). That is for
samples in memory with nothing left to load, prepare or augment; all others come as batches.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from kerascfg.data.held import is_gatherable
from kerascfg.data.part import Part, reader, weigher

if TYPE_CHECKING:
    import tensorflow as tf

Gather = Callable[["tf.Tensor", "tf.Tensor"], tuple[Any, Any, "tf.Tensor"]]
"""Row numbers and weights, both `(batch,)` -> `(x, y, weights)`, as in a batch of `tf.data`."""
_MOST_ON_GPU = 2 * 2**30
"""Bytes of columns that are copied to a GPU, which needs its memory for the model."""


def gatherer(part: Part, device: str) -> Gather | None:
    """Return what gathers a batch of a part inside the step, or None where a step cannot.

    Args:
        part: a split, as it is kept.
        device: the device that computes, as in `CPU:0`. On a GPU the columns are copied there once,
            so that nothing but row numbers is sent to it at each step.
    """
    columns = (*part.columns.values(), *part.targets.values())
    if not (part.is_ready and all(map(is_gatherable, columns))):
        return None
    on_gpu = device.startswith("GPU")
    if on_gpu and sum(column.size * column.dtype.itemsize for column in columns) > _MOST_ON_GPU:
        return None
    place = _copier(device) if on_gpu else None
    read, weigh = reader(part, place), weigher(part, place)
    return lambda rows, weights: (*read(rows), weigh(rows, weights))


def _copier(device: str) -> Callable[[tf.Tensor], tf.Tensor]:
    """Return a function that copies a tensor to a GPU, where TensorFlow then leaves it."""
    import tensorflow as tf

    def copy(tensor: tf.Tensor) -> tf.Tensor:
        if tensor.dtype == tf.string:
            return tensor
        with tf.device(device):
            # TensorFlow keeps int32 in the processor's memory, and would send it at each step.
            return tf.cast(tensor, tf.int64) if tensor.dtype == tf.int32 else tf.identity(tensor)

    return copy
