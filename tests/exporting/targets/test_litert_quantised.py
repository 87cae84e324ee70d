"""The ways to quantise a LiteRT file, converted and run here; one goes through a whole export."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kerascfg.exporting import export_run
from kerascfg.exporting.calibration import Calibration, calibration_of
from kerascfg.exporting.samples import read_samples
from kerascfg.exporting.servable import Servable, load_servable
from kerascfg.exporting.target import Refused
from kerascfg.exporting.targets.litert import FILE, SIGNATURE, answers_of, float_file, litert
from kerascfg.exporting.tflite.ranges import ranges_of

pytestmark = pytest.mark.slow
pytest.importorskip("ai_edge_quantizer", reason="the extra `quantize` is not installed")


@pytest.fixture(scope="module")
def digits(trained_digits: Path) -> Servable:
    model = load_servable(trained_digits)
    return Servable(model.model, partial(calibration_of, trained_digits, model, None))


def small(model: Any, rows: dict[str, np.ndarray], truth: Any = None) -> Servable:
    truth = {} if truth is None else {"truth": truth}
    return Servable(model, lambda: Calibration(rows, truth))


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


def with_a_fragile_layer(fragile_too: bool) -> Servable:
    """Return a classifier of which int8 destroys a layer: one weight of each channel is huge.

    What that weight takes is always 0, so that the float model does not suffer.
    """
    import keras

    random = np.random.default_rng(0)
    x = keras.Input((9,), name="x")
    hidden = keras.layers.Dense(16, activation="relu", use_bias=False, name="fragile")(x)
    model = keras.Model({"x": x}, keras.layers.Dense(4, use_bias=False, name="head")(hidden))
    kernel = random.normal(size=(9, 16)).astype("float32")
    kernel[8] = 1e4
    head = random.normal(size=(16, 4)).astype("float32")
    if fragile_too:
        kernel[:, 0], head[0] = 0, 1e4
    model.set_weights([kernel, head])
    rows = random.normal(size=(200, 9)).astype("float32")
    rows[:, 8] = 0
    truth = model.predict(rows, verbose=0).argmax(axis=1).astype("int32")
    return small(model, {"x": rows}, truth)


def test_the_fragile_layer_stays_in_float_until_the_metric_holds(tmp_path):
    model = with_a_fragile_layer(fragile_too=False)
    kept, measured = litert(quantize="weights_int8", max_drop=0.1).convert(model, tmp_path)[:2]
    assert kept.startswith("kept in float32, the most fragile first: fragile (found by")
    assert measured.startswith("accuracy on 200 samples of the training split: worse by")
    answers = answers_of((tmp_path / FILE).read_bytes(), dict(model.calibration.rows))["head"]
    right = model.calibration.truth["truth"]
    assert np.mean(answers.argmax(axis=1) == right) >= 0.95


def test_where_every_layer_is_fragile_it_is_refused(tmp_path):
    target = litert(quantize="weights_int8", max_drop=0.01)
    with pytest.raises(Refused, match="Nothing is left to quantise"):
        target.convert(with_a_fragile_layer(fragile_too=True), tmp_path)


def test_without_truth_no_loss_can_be_held(tmp_path):
    model = with_a_fragile_layer(fragile_too=False)
    servable = small(model.model, dict(model.calibration.rows))
    with pytest.raises(Refused, match="max_drop takes a metric"):
        litert(quantize="int8", max_drop=0.01).convert(servable, tmp_path)


def test_an_export_delivers_int8_with_its_metric_and_what_a_user_has_to_know(digits_run):
    export = {"small": {"type": "litert", "quantize": "int8", "max_drop": 0.03}}
    (delivery,) = export_run(digits_run, export)
    assert delivery.status == "delivered", delivery.reason
    assert delivery.quantize == "int8"
    assert delivery.metric_drop is not None
    assert delivery.metric_drop <= 0.03
    assert any("accuracy on 300 samples of the training split" in note for note in delivery.notes)
