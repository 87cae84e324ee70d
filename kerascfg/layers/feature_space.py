"""Several columns of a table as one tensor, encoded and crossed by Keras's `FeatureSpace`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras


class FeatureSpace(keras.layers.Layer):
    """Encode columns each in its way, cross some of them, and put all side by side.

    It takes the columns as a list, in the order of `features`. What it learns from the training
    data travels with the model.

    Args:
        features: column -> how it is encoded, as `keras.utils.FeatureSpace` names it:
            `float_normalized`, `float_discretized`, `integer_categorical`, `string_categorical`,
            `string_hashed`, ...
        crosses: lists of columns whose combinations are hashed together.
        crossing_dim: places for each cross.
        hashing_dim: places for each hashed column.
        num_discretization_bins: bins of each discretized column.
        encoder: what `adapt` made, in the form that Keras saves.

    Input shape: a list of `(batch,)` or `(batch, 1)`.
    Output shape: `(batch, places)`.
    """

    def __init__(
        self,
        features: Mapping[str, str],
        crosses: Sequence[Sequence[str]] | None = None,
        crossing_dim: int = 32,
        hashing_dim: int = 32,
        num_discretization_bins: int = 32,
        encoder: Any = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.settings = {
            "features": dict(features),
            "crosses": [list(cross) for cross in crosses or ()],
            "crossing_dim": crossing_dim,
            "hashing_dim": hashing_dim,
            "num_discretization_bins": num_discretization_bins,
        }
        self.encoder: Any = keras.saving.deserialize_keras_object(encoder) if encoder else None
        self._convert_input_args = False  # a text must not be cast to a float

    def adapt(self, batches: Any) -> None:
        """Learn the encodings from batches (a `tf.data.Dataset` of tuples, a tensor a column)."""
        names = tuple(self.settings["features"])
        space: Any = keras.utils.FeatureSpace(**self.settings)
        space.adapt(batches.map(lambda *columns: dict(zip(names, columns, strict=True))))
        self.encoder = keras.Model(space.get_inputs(), space.get_encoded_features())

    def call(self, inputs: Any) -> Any:
        """Encode a batch."""
        if self.encoder is None:
            raise ValueError("FeatureSpace must be adapted to data first")
        columns = [keras.ops.reshape(column, (-1, 1)) for column in inputs]
        return self.encoder(dict(zip(self.settings["features"], columns, strict=True)))

    def compute_output_spec(self, inputs: Any) -> keras.KerasTensor:
        """Return the encoded batch's shape and dtype."""
        if self.encoder is None or len(inputs) != len(self.settings["features"]):
            listed = ", ".join(self.settings["features"])
            raise ValueError(f"expected a list of the columns {listed}, and to be adapted to them")
        made = self.encoder.output
        return keras.KerasTensor((inputs[0].shape[0], made.shape[-1]), dtype=made.dtype)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments, with the encodings that were learnt."""
        encoder = keras.saving.serialize_keras_object(self.encoder) if self.encoder else None
        return {**super().get_config(), **self.settings, "encoder": encoder}
