"""Four rows of a table, as the graphs before and behind a model see them."""

from __future__ import annotations

from typing import Any

import numpy as np

FEATURES = {
    "city": {"shape": [], "dtype": "string"},
    "age": {"shape": [], "dtype": "float32"},
    "wage": {"shape": [], "dtype": "float32"},
}
FACTS = {"data": {"features": FEATURES, "classes": 2, "class_names": ["no", "yes"]}}
ROWS: dict[str, Any] = {
    "city": np.array(["Ulm", "Bonn", "Ulm", ""], dtype=object),
    "age": np.array([20, 40, 60, 80], "float32"),
    "wage": np.array([1, 2, 3, 4], "float32"),
}


def batches(names: tuple[str, ...]) -> Any:
    """Return the rows in batches, as a training split gives them."""
    import tensorflow as tf

    return tf.data.Dataset.from_tensor_slices({name: ROWS[name] for name in names}).batch(3)
