"""Run `model.keras` in Python: pip install numpy keras tensorflow (or jax, or torch).

    from client import Model

    answers = Model().predict({@example@})

Takes arrays by name, the first axis counts records:
@takes@

Returns, likewise:
@returns@

What the model holds that Keras lacks has to be importable: see FOREIGN.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np

FILE = Path(__file__).parent.parent / "model.keras"
INPUTS = ["@input_names@"]
OUTPUTS = ["@output_names@"]
FOREIGN = "@foreign@"
"""Classes and functions that Keras lacks: MODULE:NAME, with spaces between."""


class Model:
    """The model, loaded once."""

    def __init__(self, file: str | Path = FILE):
        """Load a file."""
        self._model = keras.saving.load_model(str(file), custom_objects=foreign(), compile=False)

    def predict(self, records: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Answer any number of records."""
        given = [keras.ops.convert_to_tensor(records[name]) for name in INPUTS]
        asked = keras.tree.pack_sequence_as(self._model.input, given)
        answered = keras.tree.flatten(self._model(asked, training=False))
        arrays = [keras.ops.convert_to_numpy(tensor) for tensor in answered]
        return dict(zip(OUTPUTS, arrays, strict=True))


def foreign() -> dict[str, Any]:
    """Import what Keras lacks; return it by name."""
    places = [place.partition(":") for place in FOREIGN.split()]
    return {name: getattr(importlib.import_module(module), name) for module, _, name in places}
