"""The ways to quantise a LiteRT file, converted and run here; one goes through a whole export."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pytest

from kerascfg.exporting import export_run
from kerascfg.exporting.calibration import calibration_of
from kerascfg.exporting.samples import read_samples
from kerascfg.exporting.servable import Servable, load_servable
from kerascfg.exporting.targets.litert import FILE, SIGNATURE, float_file, litert
from kerascfg.exporting.tflite.ranges import ranges_of
from tests.exporting.targets.zoo import answers_of, small

pytestmark = pytest.mark.slow
pytest.importorskip("ai_edge_quantizer", reason="the extra `quantize` is not installed")


@pytest.fixture(scope="module")
def digits(trained_digits: Path) -> Servable:
    model = load_servable(trained_digits)
    return Servable(model.model, partial(calibration_of, trained_digits, model, None))


def differences(model: Servable, content: bytes, rows: dict[str, np.ndarray]) -> float:
    right, answers = model.predict(rows), answers_of(content, rows)
    return max(float(np.abs(right[name] - answers[name]).max()) for name in right)


PARTS = {
    **{"float16": 0.6, "dynamic": 0.35, "weights_int8": 0.35, "weights_int4": 0.3},
    **{"int8": 0.4, "int8_io": 0.4},
}


@pytest.mark.parametrize("mode", PARTS)
def test_each_mode_is_smaller_and_within_its_tolerance(digits, trained_digits, tmp_path, mode):
    target = litert(quantize=mode)
    notes = target.convert(digits, tmp_path)
    content = (tmp_path / FILE).read_bytes()
    assert notes == []
    assert len(content) < PARTS[mode] * len(float_file(digits))
    images = read_samples(trained_digits).features["image"][:50]
    assert differences(digits, content, {"image": images}) <= target.tolerance
    (port,) = target.open(tmp_path).inputs
    assert port.dtype == ("int8" if mode == "int8_io" else "float32")


def test_a_mode_that_saves_nothing_says_so(tmp_path):
    import keras

    x = keras.Input((2,), name="x")
    model = keras.Model({"x": x}, keras.layers.Dense(1)(x))
    (note,) = litert(quantize="weights_int8").convert(small(model, {}), tmp_path) or ()
    assert note.startswith("quantize: weights_int8 saves nothing here:")


def test_a_loop_keeps_its_numbers_and_the_rest_is_int8(tmp_path):
    import keras

    steps = keras.Input((8, 4), name="steps")
    model = keras.Model({"steps": steps}, keras.layers.Dense(3)(keras.layers.LSTM(8)(steps)))
    rows = {"steps": np.random.default_rng(0).random((20, 8, 4)).astype("float32")}
    servable = small(model, rows)
    notes = litert(quantize="int8_io").convert(servable, tmp_path)
    assert "inside loops over time steps weights are int8, what is computed is float32" in notes
    assert differences(servable, (tmp_path / FILE).read_bytes(), rows) < 0.05


def test_a_table_with_texts_is_calibrated(tmp_path):
    import keras

    age = keras.Input((1,), name="age")
    city = keras.Input((1,), name="city", dtype="string")
    place = keras.layers.StringLookup(vocabulary=["rome", "oslo"])(city)
    embedded = keras.layers.Flatten()(keras.layers.Embedding(3, 4)(place))
    wage = keras.layers.Dense(1)(keras.layers.Concatenate()([age, embedded]))
    rows = {
        "age": np.linspace(0, 1, 12, dtype="float32").reshape(-1, 1),
        "city": np.array(["rome", "oslo", "bern"] * 4).reshape(-1, 1),
    }
    servable = small(keras.Model({"age": age, "city": city}, wage), rows)
    litert(quantize="int8").convert(servable, tmp_path)
    assert differences(servable, (tmp_path / FILE).read_bytes(), rows) < 0.05


def test_ranges_are_those_of_finite_numbers():
    import keras

    x = keras.Input((2,), name="x")
    model = small(keras.Model({"x": x}, {"y": keras.ops.log(x)}), {})
    rows = {"x": np.array([[0.0, 1.0], [np.nan, np.inf], [1.0, np.e]], "float32")}
    ranges = ranges_of(float_file(model), SIGNATURE, rows).values()
    found = sorted((float(each["min"].item()), float(each["max"].item())) for each in ranges)
    np.testing.assert_allclose(found, [(0.0, 1.0), (0.0, np.e)], atol=1e-6)
    assert all(each["min"].ndim == 2 for each in ranges)


def test_an_export_delivers_int8_with_its_metric_and_what_a_user_has_to_know(digits_run):
    export = {"small": {"type": "litert", "quantize": "int8", "max_drop": 0.03}}
    (delivery,) = export_run(digits_run, export)
    assert delivery.status == "delivered", delivery.reason
    assert delivery.quantize == "int8"
    assert delivery.metric_drop is not None
    assert delivery.metric_drop <= 0.03
    assert any("accuracy on 300 samples of the training split" in note for note in delivery.notes)
