"""Models in the few operations that TensorFlow Lite Micro has, with the same answers.

What it lacks, and Keras's layers are written in: GELU, whether any number is true, a choice between
whole numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from kerascfg.exporting.variants import made_anew, rebuilt_with, with_gelu

if TYPE_CHECKING:
    import keras

_ERF_P, _ERF_A = 0.3275911, (0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429)
"""Of Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26."""


def plain(model: keras.Model) -> keras.Model:
    """Return the model in arithmetic, comparisons and exp, as far as its layers are known here.

    GELU differs by 5e-7 at most, all else not at all.

    Args:
        model: functional or sequential, built; it is not changed.
    """
    import keras
    from keras.src.ops.numpy import Any as AnyTrue

    calls: dict[type, Callable[[Any], None]] = {
        keras.layers.Masking: _mask_plainly,
        keras.layers.Embedding: _look_up_plainly,
    }

    def is_known(part: Any) -> bool:
        return isinstance(part, AnyTrue) or type(part) in calls

    def replaced(operation: Any) -> Any:
        if isinstance(operation, AnyTrue):  # a mask is a part of the graph
            asked = partial(any_true, axis=operation.axis, keepdims=operation.keepdims)
            return keras.layers.Lambda(asked, name=operation.name)
        return made_anew(operation)

    def change(layer: Any) -> None:
        if type(layer) in calls:
            calls[type(layer)](layer)

    changed = with_gelu(model, plain_gelu, sigmoid_gelu)
    return rebuilt_with(changed, is_known, replaced, change)


def any_true(x: Any, axis: Any, *, keepdims: bool = False) -> Any:
    """Tell whether any number is true, by asking for the largest."""
    from keras import ops

    return ops.greater(ops.max(ops.cast(x, "float32"), axis=axis, keepdims=keepdims), 0.0)


def _mask_plainly(layer: Any) -> None:
    from keras import ops

    def present(inputs: Any) -> Any:
        return any_true(ops.not_equal(inputs, layer.mask_value), -1)

    layer.compute_mask = lambda inputs, mask=None: present(inputs)
    layer.call = lambda inputs: ops.where(ops.expand_dims(present(inputs), axis=-1), inputs, 0.0)


def _look_up_plainly(layer: Any) -> None:
    """Let an embedding count back from its end, as Keras does, by adding its length."""
    import tensorflow as tf
    from keras import ops

    def call(inputs: Any) -> Any:
        places: Any = ops.cast(inputs, "int32")
        places = places + layer.input_dim * ops.cast(ops.less(places, 0), "int32")
        return ops.cast(
            tf.gather(ops.convert_to_tensor(layer.embeddings), places), layer.compute_dtype
        )

    layer.call = call


def plain_gelu(x: Any) -> Any:
    """Return the exact GELU as max(x, 0) - |x| (1 - erf(|x| / sqrt 2)) / 2, elementwise.

    erf is that of Abramowitz and Stegun, 7.1.26, which is off by 1.5e-7 at most.
    """
    from keras import ops

    size: Any = ops.abs(ops.convert_to_tensor(x))
    t = 1.0 / (1.0 + _ERF_P * math.sqrt(0.5) * size)
    series: Any = 0.0
    for factor in reversed(_ERF_A):
        series = t * (factor + series)
    return ops.relu(x) - 0.5 * size * series * ops.exp(-0.5 * size * size)


def sigmoid_gelu(x: Any) -> Any:
    """Return the tanh form of GELU, with 1 + tanh u = 2 sigmoid(2 u), elementwise."""
    from keras import ops

    x = ops.convert_to_tensor(x)
    inner: Any = x + 0.044715 * x * x * x
    return x * ops.sigmoid(2.0 * math.sqrt(2.0 / math.pi) * inner)
