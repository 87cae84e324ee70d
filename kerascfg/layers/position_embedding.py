"""A learned vector for each position of a sequence, added to what stands there."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="kerascfg")
class PositionEmbedding(keras.layers.Layer):
    """Add a learned vector to each position (Gehring et al., 2017; BERT, 2019; ViT, 2021).

    KerasHub's layer of that name returns the vectors; this one returns the sum, and so stands in
    a row of nodes.

    Args:
        length: how many positions get a vector; the length of the input by default. Sequences may
            be shorter than this.
        embeddings_initializer: initializer of the vectors.

    Input shape: `(batch, length, width)`.
    Output shape: the same; a mask passes through.
    """

    def __init__(
        self, length: int | None = None, embeddings_initializer: Any = "uniform", **kwargs: Any
    ):
        super().__init__(**kwargs)
        self.supports_masking = True
        self.length = length
        self.embeddings_initializer = keras.initializers.get(embeddings_initializer)

    def build(self, input_shape: Any) -> None:
        """Make the vectors, one a position."""
        _, steps, width = input_shape
        length = self.length or steps
        if length is None:
            raise ValueError(f"expected `length` for sequences of any. Received: {input_shape}")
        if steps is not None and steps > length:
            raise ValueError(f"expected at most length={length} positions. Received: {input_shape}")
        self.embeddings = self.add_weight(
            shape=(length, width), initializer=self.embeddings_initializer, name="embeddings"
        )

    def call(self, inputs: Any) -> Any:
        """Add the vectors of the positions that are there."""
        vectors: Any = ops.cast(self.embeddings, inputs.dtype)
        shape: Any = ops.shape(inputs)
        return inputs + vectors[: shape[1]]

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        """Return the shape, which stays."""
        return tuple(input_shape)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            **super().get_config(),
            "length": self.length,
            "embeddings_initializer": keras.initializers.serialize(self.embeddings_initializer),
        }
