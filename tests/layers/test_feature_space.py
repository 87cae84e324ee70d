from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

pytestmark = pytest.mark.slow

MODEL = yaml.safe_load("""
preprocess:
  encoded:
    type: FeatureSpace
    inputs: [age, city]
    features: {age: float_discretized, city: string_categorical}
    crosses: [[age, city]]
    crossing_dim: 4
layers:
  head: {type: Dense, units: 1}
""")
SPECS = {"age": {"shape": [], "dtype": "float32"}, "city": {"shape": [], "dtype": "string"}}
ROWS: dict[str, Any] = {
    "age": np.array([20, 40, 60, 80], "float32"),
    "city": np.array(["Ulm", "Bonn", "Ulm", ""], dtype=object),
}


def test_columns_are_encoded_side_by_side_and_saved_with_the_model(tmp_path: Path):
    import tensorflow as tf

    from kerascfg.model import build_parts, load_model

    def batches(names: tuple[str, ...]) -> Any:
        rows: Any = {name: ROWS[name] for name in names}
        return tf.data.Dataset.from_tensor_slices(rows).batch(3)

    parts = build_parts(MODEL, {"data": {"features": SPECS}}, batches)
    fed = {name: tf.constant(values) for name, values in ROWS.items()}
    encoded = np.asarray(parts.prepare(fed)["encoded"])
    assert encoded.shape == (4, *parts.entering["encoded"].shape[1:])
    assert not np.array_equal(encoded[0], encoded[1])
    parts.served.save(tmp_path / "model.keras")
    loaded = load_model(tmp_path / "model.keras", {"model": MODEL})
    np.testing.assert_array_equal(loaded(fed)["head"], parts.served(fed)["head"])
