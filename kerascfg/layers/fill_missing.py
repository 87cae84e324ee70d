"""Fill the gaps of a feature where a model is served, as they were filled for training."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


class FillMissing(keras.layers.Layer):
    """Put a value where there is none: where a number is NaN, or a text is empty.

    What `data.features.NAME.missing` says stands in front of a served model as this layer.

    Args:
        value: what takes the place of a gap: a number or text, or numbers of a sample's shape.

    Input shape: any; dtype float or string.
    Output shape: the same.
    """

    def __init__(self, value: Any, **kwargs: Any):
        super().__init__(autocast=False, **kwargs)
        self.value = value
        self._convert_input_args = False  # a text must not be cast to a float

    def call(self, inputs: Any) -> Any:
        """Fill the gaps of a batch."""
        if isinstance(self.value, str):
            import tensorflow as tf

            return tf.where(tf.equal(inputs, ""), self.value, inputs)
        # Not `isnan`, which the LiteRT runtime lacks; of all numbers, NaN alone is not within.
        is_there = ops.less_equal(ops.abs(inputs), float("inf"))
        return ops.where(is_there, inputs, ops.cast(self.value, inputs.dtype))

    def compute_output_spec(self, inputs: Any) -> keras.KerasTensor:
        """Return the shape and dtype, which stay."""
        return keras.KerasTensor(inputs.shape, dtype=inputs.dtype)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "value": self.value}
