"""A learned vector in front of a sequence, which collects what the whole sequence says."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="kerascfg")
class ClassToken(keras.layers.Layer):
    """Put one learned vector in front of every sequence (Devlin et al., 2019; ViT, 2021).

    Its output after some attention layers, `{op: get_item, key: "[:, 0]"}`, stands for the whole.

    Args:
        token_initializer: initializer of the vector.

    Input shape: `(batch, length, width)`.
    Output shape: `(batch, 1 + length, width)`; a mask grows by one step that counts.
    """

    def __init__(self, token_initializer: Any = "zeros", **kwargs: Any):
        super().__init__(**kwargs)
        self.supports_masking = True
        self.token_initializer = keras.initializers.get(token_initializer)

    def build(self, input_shape: Any) -> None:
        """Make the vector, as wide as what comes in."""
        self.token = self.add_weight(
            shape=(1, 1, input_shape[-1]), initializer=self.token_initializer, name="token"
        )

    def call(self, inputs: Any) -> Any:
        """Put the vector in front."""
        shape: Any = ops.shape(inputs)
        tokens = ops.broadcast_to(self.token, (shape[0], 1, shape[2]))
        return ops.concatenate([ops.cast(tokens, inputs.dtype), inputs], axis=1)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """Return the mask with a step in front that is never left out."""
        if previous_mask is None:
            return None
        return ops.pad(previous_mask, [[0, 0], [1, 0]], constant_values=True)

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        """Return the shape with one more step."""
        batch, length, width = input_shape
        return (batch, None if length is None else length + 1, width)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            **super().get_config(),
            "token_initializer": keras.initializers.serialize(self.token_initializer),
        }
