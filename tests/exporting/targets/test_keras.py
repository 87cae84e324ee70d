import json
import shutil
import subprocess
import sys
from zipfile import ZipFile

import keras
import numpy as np
import pytest

from kerascfg.exporting import export_run
from kerascfg.exporting.foreign import Foreign, foreign_objects
from kerascfg.exporting.servable import Servable
from kerascfg.exporting.target import Refused
from kerascfg.exporting.targets.keras import KerasFile, convert
from kerascfg.layers import LayerScale

pytestmark = pytest.mark.slow


def scaled_model():
    x = keras.Input((8,), name="x")
    hidden = LayerScale(0.5, name="scale")(keras.layers.Dense(64, name="hidden")(x))
    return keras.Model({"x": x}, keras.layers.Dense(2, name="head")(hidden))


SAMPLES = {"x": np.random.default_rng(0).normal(size=(9, 8)).astype("float32")}


def test_the_file_answers_in_a_fresh_process_and_says_what_it_needs(make_run):
    run = make_run(scaled_model(), SAMPLES)
    (run / "config.yaml").write_text("model: {layers: {scale: LayerScale}}\n", encoding="utf-8")
    small = {"type": "keras", "quantize": "int8"}
    delivery, quantised = export_run(run, {"keras": "keras", "small": small})
    assert delivery.status == "delivered", delivery.reason
    assert delivery.max_abs_diff is not None and delivery.max_abs_diff <= 1e-6
    assert delivery.notes == (
        "holds LayerScale, which Keras lacks: import kerascfg.layers.layer_scale before it is "
        "loaded",
    )
    file = run / "exports" / "keras" / "model.keras"
    assert foreign_objects(file) == {
        Foreign("kerascfg.layers.layer_scale", "LayerScale", "kerascfg>LayerScale")
    }
    with ZipFile(file) as parts:
        assert json.loads(parts.read("kerascfg.json"))["kerascfg_version"]
    kit = file.parent / "kit"
    command = [sys.executable, "selftest.py"]
    ran = subprocess.run(command, cwd=kit, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert quantised.status == "delivered", quantised.reason
    assert quantised.quantize == "int8" and quantised.tolerance == 5e-2
    assert quantised.max_abs_diff is not None and 1e-5 < quantised.max_abs_diff <= 5e-2
    assert quantised.size_bytes < delivery.size_bytes


def test_a_lookup_beside_dense_layers_stays_as_it_is(tmp_path):
    town = keras.Input((), dtype="string", name="town")
    code = keras.layers.StringLookup(vocabulary=["Bonn", "Oslo"], output_mode="one_hot")(town)
    model = Servable(keras.Model({"town": town}, keras.layers.Dense(64, name="head")(code)))
    convert(model, tmp_path, quantize="int8", max_drop=None)
    towns = {"town": np.array(["Oslo", "?", "Bonn"])}
    answers, right = KerasFile(tmp_path)(towns)["head"], model.predict(towns)["head"]
    np.testing.assert_allclose(answers, right, atol=5e-2)


def test_attention_is_left_as_keras_can_read_it_back(tmp_path):
    steps = keras.Input((4, 8), name="steps")
    seen = keras.layers.MultiHeadAttention(2, 4, name="attend")(steps, steps)
    inner = keras.Sequential([keras.Input((4, 8)), keras.layers.Dense(64, name="inside")])
    model = Servable(keras.Model({"steps": steps}, keras.layers.Dense(2, name="head")(inner(seen))))
    convert(model, tmp_path, quantize="int8", max_drop=None)
    read = KerasFile(tmp_path)
    modes = {
        layer.name: getattr(layer.dtype_policy, "quantization_mode", None)
        for layer in read._model.model._flatten_layers()
    }
    assert modes["head"] == modes["inside"] == "int8"
    rows = {"steps": np.random.default_rng(0).normal(size=(5, 4, 8)).astype("float32")}
    np.testing.assert_allclose(read(rows)["head"], model.predict(rows)["head"], atol=0.1)


def test_a_model_without_dense_layers_has_nothing_to_quantise(tmp_path):
    x = keras.Input((4, 4, 1), name="x")
    model = Servable(keras.Model({"x": x}, keras.layers.Conv2D(2, 3, name="head")(x)))
    with pytest.raises(Refused, match="the model has none, so that int8 reduces nothing"):
        convert(model, tmp_path, quantize="int8", max_drop=None)


def test_the_model_is_not_quantised_itself_which_others_are_compared_with(tmp_path):
    model = scaled_model()
    before = model.predict(SAMPLES, verbose=0)
    convert(Servable(model), tmp_path, quantize="int4", max_drop=None)
    np.testing.assert_array_equal(model.predict(SAMPLES, verbose=0), before)
    assert np.abs(KerasFile(tmp_path)(SAMPLES)["head"] - before).max() > 1e-3


def test_a_file_with_another_weight_answers_otherwise(make_run, tmp_path):
    model = scaled_model()
    made = tmp_path / "made"
    made.mkdir()
    model.save(made / "model.keras")
    same = KerasFile(made)(SAMPLES)["head"]
    np.testing.assert_allclose(same, model.predict(SAMPLES, verbose=0), atol=1e-6)
    model.get_layer("head").bias.assign([1.0, 0.0])
    shutil.rmtree(made)
    made.mkdir()
    model.save(made / "model.keras")
    assert np.abs(KerasFile(made)(SAMPLES)["head"] - same).max() > 0.5
