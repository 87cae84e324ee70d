"""Leave out a residual branch at random while training."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="kerascfg")
class StochasticDepth(keras.layers.Layer):
    """Zero the whole branch of a sample with a probability (Huang et al., 2016), as "DropPath".

    It stands at the end of a branch, in front of the `Add`. What is kept is divided by the
    probability to be kept, so that the expected value stays; outside of training nothing happens.

    Args:
        rate: the probability that a sample's branch is left out, from 0 to below 1.
        seed: seed of the draws.

    Input shape: `(batch, ...)`.
    Output shape: the same; a mask passes through.
    """

    def __init__(self, rate: float, seed: int | None = None, **kwargs: Any):
        super().__init__(**kwargs)
        if not 0 <= rate < 1:
            raise ValueError(f"expected a rate from 0 to below 1. Received: rate={rate}")
        self.supports_masking = True
        self.rate = rate
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.built = True

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Draw for each sample whether its branch is kept."""
        if not training or self.rate == 0:
            return inputs
        shape: Any = ops.shape(inputs)
        one_a_sample = (shape[0],) + (1,) * (len(inputs.shape) - 1)
        drawn = keras.random.uniform(one_a_sample, seed=self.seed_generator)
        kept = ops.cast(drawn >= self.rate, inputs.dtype)
        return inputs * kept / (1 - self.rate)

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        """Return the shape, which stays."""
        return tuple(input_shape)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "rate": self.rate, "seed": self.seed}
