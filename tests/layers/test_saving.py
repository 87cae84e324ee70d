"""The layers of the package travel in saved models and exports."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from kerascfg.model import build_model, load_model

pytestmark = pytest.mark.slow

MODEL = yaml.safe_load("""
inputs: {tokens: {shape: [3, 4]}}
layers:
  first: ClassToken
  placed: PositionEmbedding
  branch: {type: Dense, units: 4}
  scaled: {type: LayerScale, init_values: 0.1}
  dropped: {type: StochasticDepth, rate: 0.1}
  sum: {type: Add, inputs: [dropped, placed]}
""")
VALUES = np.random.default_rng(0).random((2, 3, 4), "float32")


def test_a_saved_model_answers_the_same(tmp_path: Path):
    model = build_model(MODEL, {})
    model.save(tmp_path / "model.keras")
    loaded: Any = load_model(tmp_path / "model.keras", {"model": MODEL})
    np.testing.assert_array_equal(loaded(VALUES), model(VALUES))


def test_a_litert_file_answers_the_same(tmp_path: Path):
    from ai_edge_litert.interpreter import Interpreter

    model = build_model(MODEL, {})
    model.export(tmp_path / "model.tflite", format="litert", verbose=False)
    runner: Any = Interpreter(str(tmp_path / "model.tflite")).get_signature_runner()
    (name,) = runner.get_input_details()
    (made,) = runner(**{name: VALUES[:1]}).values()
    np.testing.assert_allclose(made, model(VALUES[:1]), atol=1e-6)
