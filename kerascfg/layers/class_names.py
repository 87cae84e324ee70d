"""From probabilities to the names of classes, as the last step of what is served."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops


class ClassNames(keras.layers.Layer):
    """Name the most likely class, or the most likely ones with their probabilities.

    Args:
        names: names of the classes 0, 1, ...; `$data.class_names` are those of the target.
        k: so many classes a sample, the most likely first; None for the most likely one alone.

    Input shape: `(batch, classes)`, or `(batch, 1)` with the probability of the second of two.
    Output shape: `(batch,)` of strings; with `k`, `{"names": (batch, k), "probabilities":
    (batch, k)}`.
    """

    def __init__(self, names: Sequence[str], k: int | None = None, **kwargs: Any):
        super().__init__(**kwargs)
        self.names = [str(name) for name in names]
        self.k = k
        if len(self.names) < 2:
            raise ValueError(f"expected two names or more. Received: names={self.names}")
        if k is not None and not 1 <= k <= len(self.names):
            raise ValueError(f"expected k from 1 to {len(self.names)}. Received: k={k}")

    def call(self, inputs: Any) -> Any:
        """Name classes."""
        import tensorflow as tf

        names = tf.constant(self.names)
        probabilities: Any = inputs
        if self._is_binary(inputs.shape):
            probabilities = ops.concatenate([1 - inputs, inputs], axis=-1)
        if self.k is None:
            # Not `ops.argmax`, whose way with signed zeros the LiteRT runtime lacks.
            return tf.gather(names, tf.argmax(probabilities, axis=-1))
        found: Any = ops.top_k(probabilities, self.k)
        largest, indices = found
        return {"names": tf.gather(names, indices), "probabilities": largest}

    def compute_output_spec(self, inputs: Any) -> Any:
        """Return shapes and dtypes, having seen that there is a name for each class."""
        if not self._is_binary(inputs.shape) and tuple(inputs.shape[1:]) != (len(self.names),):
            raise ValueError(
                f"expected probabilities of {len(self.names)} classes for the names "
                f"{', '.join(self.names[:10])}. Received: shape {tuple(inputs.shape)}"
            )
        if self.k is None:
            return keras.KerasTensor(inputs.shape[:1], dtype="string")
        shape = (inputs.shape[0], self.k)
        return {
            "names": keras.KerasTensor(shape, dtype="string"),
            "probabilities": keras.KerasTensor(shape, dtype=inputs.dtype),
        }

    def _is_binary(self, shape: Any) -> bool:
        return tuple(shape[1:]) == (1,) and len(self.names) == 2

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "names": self.names, "k": self.k}
