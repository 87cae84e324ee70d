from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from kerascfg.model import build_model, load_model

pytestmark = pytest.mark.slow

MODEL = yaml.safe_load(
    """
    inputs: {x: {shape: [4]}}
    layers:
      norm: {type: BatchNormalization, call: {training: false}}
      drop: {type: Dropout, rate: 0.5, call: {training: true}}
      free: BatchNormalization
      head: {type: Dense, units: 1}
    """
)
X = np.random.default_rng(0).normal(5, 1, (64, 4)).astype("float32")


@pytest.fixture(params=["built", "loaded"])
def model(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    model = build_model(MODEL, {})
    if request.param == "built":
        return model
    model.save(tmp_path / "m.keras")
    return load_model(tmp_path / "m.keras", {"model": MODEL})


def test_a_layer_called_in_inference_mode_keeps_its_statistics_while_others_learn(model: Any):
    model.compile("sgd", "mse")
    model.fit(X, X[:, :1], verbose=0)
    np.testing.assert_array_equal(model.get_layer("norm").moving_mean, 0)
    assert (np.abs(model.get_layer("free").moving_mean) > 0).all()


def test_a_layer_called_in_training_mode_stays_in_it(model: Any):
    one, other = (model(X, training=False).numpy() for _ in range(2))
    assert (one != other).any()


def test_a_backbone_called_in_inference_mode_is_so_to_its_depth():
    model = build_model(
        yaml.safe_load(
            """
            inputs: {image: {shape: [32, 32, 3]}}
            layers:
              backbone: {type: keras.applications.MobileNetV2, include_top: false, weights: null,
                alpha: 0.35, call: {training: false}}
              gap: GlobalAveragePooling2D
              head: {type: Dense, units: 1}
            """
        ),
        {},
    )
    model.compile("sgd", "mse")
    model.fit(np.ones((2, 32, 32, 3)), np.ones((2, 1)), verbose=0)
    inner = model.get_layer("backbone").get_layer("bn_Conv1")
    np.testing.assert_array_equal(inner.moving_mean, 0)
