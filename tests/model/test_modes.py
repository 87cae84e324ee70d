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


@pytest.fixture(params=["built", "loaded"])
def unstated(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    config = yaml.safe_load(
        """
        inputs: {x: {shape: [8, 8, 1]}}
        layers:
          shift: {type: RandomTranslation, height_factor: 0.4, width_factor: 0.4}
          drop: {type: Dropout, rate: 0.5}
          flat: Flatten
        """
    )
    model = build_model(config, {})
    if request.param == "built":
        return model
    model.save(tmp_path / "m.keras")
    return load_model(tmp_path / "m.keras", {"model": config})


def test_layers_without_a_stated_mode_follow_the_model(unstated: Any):
    """Keras records their own defaults in the graph, which nobody stated."""
    x = np.random.default_rng(0).normal(size=(4, 8, 8, 1)).astype("float32")
    np.testing.assert_array_equal(unstated(x, training=False), x.reshape(4, -1))
    for name in ("shift", "drop"):
        layer = unstated.get_layer(name)
        assert "training" in layer._call_context_args
    assert (np.asarray(unstated(x, training=True)) != x.reshape(4, -1)).any()
    assert (np.asarray(unstated(x, training=True)) == 0).mean() > 0.3  # dropped
