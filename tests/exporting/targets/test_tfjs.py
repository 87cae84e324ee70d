import shutil

import numpy as np
import pytest

from kerascfg.exporting import export_run
from kerascfg.exporting.targets.tfjs import TOOL, reason_of_refusal
from kerascfg.exporting.tools import missing_tools
from tests.exporting.conftest import save_run
from tests.exporting.targets.zoo import with_a_fragile_layer


def lacking() -> str | None:
    """Say what these tests lack here, or None."""
    return missing_tools([TOOL]) if shutil.which("node") else "there is no Node.js on PATH"


slow = pytest.mark.slow
needs_tool = pytest.mark.skipif(bool(lacking()), reason=lacking() or "")


def test_the_reason_names_the_operations_that_tensorflow_js_lacks():
    message = "Unsupported Ops in the model before optimization\nErfc, Cholesky"
    assert (
        reason_of_refusal(message)
        == "TensorFlow.js has no operation for TensorFlow's Erfc, Cholesky"
    )


def test_an_error_of_another_kind_is_no_refusal():
    assert reason_of_refusal('Signature "a" does not exist in the saved model') is None


@slow
@needs_tool
def test_a_model_with_a_loop_of_open_length_and_gelu_is_delivered(make_run):
    import keras

    series = keras.Input((None, 3), name="series")
    state = keras.layers.LSTM(5, name="lstm")(keras.layers.Masking()(series))
    hidden = keras.layers.Dense(4, activation="gelu", name="hidden")(state)
    outputs = {
        "b": keras.layers.Dense(2, name="b")(hidden),
        "a": keras.layers.Dense(1, activation="sigmoid", name="a")(hidden),
    }
    model = keras.Model({"series": series}, outputs)
    samples = np.random.default_rng(0).normal(size=(9, 6, 3)).astype("float32")
    samples[2:, 4:] = 0
    nodes = {
        "plain": {"type": "tfjs"},
        "bytes": {"type": "tfjs", "quantize": "uint8"},
    }
    plain, small = export_run(make_run(model, {"series": samples}), nodes)
    assert [each.status for each in (plain, small)] == ["delivered"] * 2, plain.reason
    assert plain.inputs[0].shape == (None, None, 3)
    assert [port.name for port in plain.outputs] == ["a", "b"]
    assert {"one", "odd"} <= set(plain.cases)
    assert plain.max_abs_diff is not None
    assert plain.max_abs_diff <= 1e-5 < (small.max_abs_diff or 0)


@slow
@needs_tool
def test_a_model_that_tensorflow_js_cannot_hold_is_refused_with_the_true_reason(make_run):
    import keras

    matrix = keras.Input((3, 3), name="matrix")
    model = keras.Model({"matrix": matrix}, keras.ops.cholesky(matrix))
    samples = np.tile(np.eye(3, dtype="float32"), (4, 1, 1))
    (delivery,) = export_run(make_run(model, {"matrix": samples}), {"tfjs": "tfjs"})
    assert delivery.status == "refused", delivery.reason
    assert delivery.reason == "TensorFlow.js has no operation for TensorFlow's Cholesky"


@slow
@needs_tool
def test_the_weights_of_a_fragile_layer_stay_as_they_are_until_the_metric_holds(tmp_path):
    model = with_a_fragile_layer(fragile_too=False)
    samples = (dict(model.calibration.rows), dict(model.calibration.truth))
    run = save_run(tmp_path / "run", model.model, *samples, calibration=samples)
    node = {"type": "tfjs", "quantize": "uint8", "max_drop": 0.1}
    (delivery,) = export_run(run, {"small": node})
    assert delivery.status == "delivered", delivery.reason
    assert delivery.notes[0].startswith("kept in float32, the most fragile first: fragile (found")
