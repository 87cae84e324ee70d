"""One feature of a table as numbers a network can take, whatever the feature is."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops


class FeatureEncoder(keras.layers.Layer):
    """Encode a feature by its dtype, with a state learnt from the training data.

    A numeric feature is standardised by its mean and variance, and a missing value (NaN, infinite)
    becomes the mean. A text is one-hot encoded over the most frequent texts; all others and the
    empty text share the first place. What is learnt travels with the model: what is served is what
    was trained.

    Args:
        max_categories: the largest number of texts that get a place of their own.
        mean: means of the feature, if they are known; else `adapt` measures them.
        variance: variances of the feature, likewise.
        vocabulary: texts that get a place of their own, likewise.

    Input shape: `(batch,)` or `(batch, values)`; dtype float, integer or string (`(batch,)` only).
    Output shape: `(batch, values)`, or `(batch, 1 + categories)` for a text.
    """

    def __init__(
        self,
        max_categories: int = 64,
        mean: Any = None,
        variance: Any = None,
        vocabulary: Any = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.max_categories = max_categories
        self.mean = mean
        self.variance = variance
        self.vocabulary = vocabulary
        self._lookup = None
        self._convert_input_args = False  # a text must not be cast to a float

    def adapt(self, batches: Any) -> None:
        """Learn the state from batches (a `tf.data.Dataset` of one tensor)."""
        values = np.concatenate([np.asarray(batch) for batch in batches])
        if values.dtype.kind in "OSU":
            texts, counts = np.unique(values.astype("S"), return_counts=True)
            order = [index for index in np.lexsort((texts, -counts)) if texts[index]]
            self.vocabulary = [texts[index].decode() for index in order[: self.max_categories]]
        else:
            values = values.reshape(len(values), -1).astype("float64")
            values[~np.isfinite(values)] = np.nan
            counted = np.maximum(np.sum(~np.isnan(values), axis=0), 1)
            mean = np.nansum(values, axis=0) / counted
            variance = np.nansum(np.square(values - mean), axis=0) / counted
            self.mean, self.variance = mean.tolist(), variance.tolist()

    def build(self, input_shape: Any) -> None:
        """Make the lookup, where the feature is a text."""
        if self.vocabulary is not None and len(input_shape) > 1:
            raise ValueError(f"expected one text a sample. Received: shape {tuple(input_shape)}")
        if self.vocabulary is not None:
            self._lookup = keras.layers.StringLookup(
                vocabulary=self.vocabulary or ["?"], output_mode="one_hot", name="lookup"
            )
        super().build(input_shape)

    def call(self, inputs: Any) -> Any:
        """Encode a batch."""
        if self._lookup is not None:
            return ops.cast(self._lookup(inputs), self.compute_dtype)
        if self.mean is None:
            raise ValueError("FeatureEncoder must be adapted, or given mean and variance")
        # In float32 whatever the policy: large values would not survive float16.
        values: Any = ops.reshape(ops.cast(inputs, "float32"), (-1, len(self.mean)))
        mean = np.asarray(self.mean, "float32")
        deviation = np.sqrt(np.asarray(self.variance, "float32"))
        varies = deviation > 1e-6 * np.abs(mean)
        scale = np.divide(1, deviation, out=np.zeros_like(deviation), where=varies)
        # Not `isfinite`, which the LiteRT runtime lacks; of NaN and infinity, only this holds.
        is_there = ops.less(ops.abs(values), float("inf"))
        centred = ops.where(is_there, values - mean, ops.zeros_like(values))
        return ops.cast(centred * scale, self.compute_dtype)

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, int]:
        """Return the shape of the encoded batch."""
        if self.vocabulary is not None:
            return (input_shape[0], 1 + max(len(self.vocabulary), 1))
        return (input_shape[0], len(self.mean or [0]))

    def compute_output_spec(self, inputs: Any) -> keras.KerasTensor:
        """Return the encoded batch's shape and dtype."""
        if not self.built:
            self.build(inputs.shape)
        return keras.KerasTensor(self.compute_output_shape(inputs.shape), dtype=self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments, with the state that was learnt."""
        return {
            **super().get_config(),
            "max_categories": self.max_categories,
            "mean": self.mean,
            "variance": self.variance,
            "vocabulary": self.vocabulary,
        }
