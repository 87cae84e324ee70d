from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kerascfg
from kerascfg.errors import RunError
from kerascfg.model import build_model, load_model

pytestmark = pytest.mark.slow

ROWS = 8


def assert_trains_and_comes_back(model: Any, config: dict, x: Any, y: Any, loss: Any, file: Path):
    model.compile("sgd", loss)
    before = [weight.copy() for weight in model.get_weights()]
    model.fit(x, y, verbose=0)
    assert any((a != b).any() for a, b in zip(before, model.get_weights(), strict=True))
    model.save(file)
    again = load_model(file, config)
    expected, found = model.predict(x, verbose=0), again.predict(x, verbose=0)
    if not isinstance(expected, dict):
        expected, found = {"": expected}, {"": found}
    assert expected.keys() == found.keys()
    for name in expected:
        np.testing.assert_array_equal(expected[name], found[name])


def test_a_siamese_model_trains_and_comes_back(tmp_path: Path):
    config = kerascfg.load(["model=siamese", "task=binary"])
    model = kerascfg.build_model(config["model"])
    random = np.random.default_rng(0)
    x = {side: random.random((ROWS, 8, 8, 1), "float32") for side in ("left", "right")}
    y = np.arange(ROWS)[:, None] % 2
    assert_trains_and_comes_back(model, config, x, y, "binary_crossentropy", tmp_path / "m.keras")


def test_the_towers_of_a_siamese_model_are_one():
    model = kerascfg.build_model(kerascfg.load(["model=siamese", "task=binary"])["model"])
    same = np.random.default_rng(0).random((2, 8, 8, 1), "float32")
    np.testing.assert_allclose(model({"left": same, "right": same}), 0.5, rtol=1e-6)
    assert [layer.name for layer in model.layers].count("left_code") == 1


def test_two_inputs_and_two_outputs_train_and_come_back(tmp_path: Path):
    loss = {"urgent": "binary_crossentropy", "team": "sparse_categorical_crossentropy"}
    config = kerascfg.load(
        ["model=two_inputs", "task=null", "loss={urgent: BinaryCrossentropy, team: Poisson}"]
    )
    model = kerascfg.build_model(config["model"])
    random = np.random.default_rng(0)
    x = {
        "facts": random.random((ROWS, 4), "float32"),
        "words": random.integers(0, 1000, (ROWS, 16)).astype("int32"),
    }
    y = {"urgent": np.arange(ROWS)[:, None] % 2, "team": np.arange(ROWS) % 5}
    assert_trains_and_comes_back(model, config, x, y, loss, tmp_path / "m.keras")


def test_layers_and_functions_of_ones_own_come_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "own_parts.py").write_text(
        "import keras\n"
        "class Twice(keras.layers.Layer):\n"
        "    def call(self, x):\n"
        "        return 2 * x\n"
        "def cube(x):\n"
        "    return x * x * x\n"
        "def less_one(x):\n"
        "    return x - 1\n",
        encoding="utf-8",
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KERASCFG_PLUGINS", "own_parts")
    config = {
        "model": {
            "inputs": {"x": {"shape": [1]}},
            "layers": {
                "twice": "own_parts.Twice",
                "cubed": {"type": "Activation", "activation": {"op": "own_parts.cube"}},
                "less": {"op": "own_parts.less_one"},
            },
        }
    }
    build_model(config["model"], {}).save(tmp_path / "m.keras")
    again = load_model(tmp_path / "m.keras", config)
    np.testing.assert_allclose(again(np.array([[1.0]])), [[7.0]])


def test_a_damaged_file_is_said_to_be_one(tmp_path: Path):
    (tmp_path / "m.keras").write_bytes(b"no model")
    with pytest.raises(RunError, match=r"m\.keras cannot be read"):
        load_model(tmp_path / "m.keras", {})
