"""Run the SavedModel in Python, without Keras: pip install numpy tensorflow.

    from client import Model

    answers = Model().predict({@example@})

Takes arrays by name, the first axis counts records:
@takes@

Returns, likewise; texts are bytes:
@returns@
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import tensorflow as tf

FOLDER = Path(__file__).parent.parent / "1"


class Model:
    """The model, loaded once; several threads may ask it."""

    def __init__(self, folder: str | Path = FOLDER):
        """Load a version's folder."""
        self._loaded = tf.saved_model.load(str(folder))
        self._signature = self._loaded.signatures["serving_default"]
        self._inputs = self._signature.structured_input_signature[1]

    def predict(self, records: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Answer any number of records."""
        tensors = {
            name: tf.constant(records[name], spec.dtype) for name, spec in self._inputs.items()
        }
        return {name: tensor.numpy() for name, tensor in self._signature(**tensors).items()}
