"""What layers that decode the bytes of files have in common."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import keras


class Decoder(keras.layers.Layer):
    """Decode a batch of byte strings one by one, in parallel, into float32 of one shape."""

    def __init__(self, **kwargs: Any):
        super().__init__(**kwargs)
        self._convert_input_args = False  # bytes must not be cast to a float

    @abstractmethod
    def decode(self, content: Any) -> Any:
        """Decode one scalar string."""

    @property
    @abstractmethod
    def decoded_shape(self) -> tuple[int, ...]:
        """Return the shape of one that is decoded."""

    def build(self, input_shape: Any) -> None:
        """Refuse anything but one string a sample."""
        if len(input_shape) != 1:
            raise ValueError(
                "expected the bytes of one file a sample, as sources of files yield them with "
                f"`encoded: true`. Received: shape {tuple(input_shape)}"
            )
        super().build(input_shape)

    def call(self, inputs: Any) -> Any:
        """Decode a batch."""
        import tensorflow as tf

        spec = tf.TensorSpec(self.decoded_shape, tf.float32)
        return tf.map_fn(self.decode, inputs, fn_output_signature=spec)

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        """Return the shape of the decoded batch."""
        return (input_shape[0], *self.decoded_shape)

    def compute_output_spec(self, inputs: Any) -> keras.KerasTensor:
        """Return the decoded batch's shape and dtype."""
        return keras.KerasTensor(self.compute_output_shape(inputs.shape), dtype="float32")
