"""A learned factor for each channel of a residual branch, small at first."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="kerascfg")
class LayerScale(keras.layers.Layer):
    """Multiply each channel by a learned factor (Touvron et al., 2021; ConvNeXt, 2022).

    It stands at the end of a branch, in front of the `Add`; deep networks begin near the identity.

    Args:
        init_values: what the factors begin with.

    Input shape: `(batch, ..., channels)`.
    Output shape: the same; a mask passes through.
    """

    def __init__(self, init_values: float = 1e-6, **kwargs: Any):
        super().__init__(**kwargs)
        self.supports_masking = True
        self.init_values = init_values

    def build(self, input_shape: Any) -> None:
        """Make the factors, one a channel."""
        self.gamma = self.add_weight(
            shape=(input_shape[-1],),
            initializer=keras.initializers.Constant(self.init_values),
            name="gamma",
        )

    def call(self, inputs: Any) -> Any:
        """Scale the channels."""
        return inputs * ops.cast(self.gamma, inputs.dtype)

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        """Return the shape, which stays."""
        return tuple(input_shape)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "init_values": self.init_values}
