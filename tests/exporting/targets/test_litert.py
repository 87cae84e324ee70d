import numpy as np
import pytest

from kerascfg.exporting import export_run
from kerascfg.exporting.targets.litert import reason_of_refusal


def test_the_reason_names_the_operations_without_a_built_in():
    message = (
        "Could not translate MLIR to FlatBuffer. 'tf.StringLower' op is neither a custom op nor a "
        "flex op ... 'tf.RaggedGather' op is neither a custom op nor a flex op"
    )
    assert reason_of_refusal(message) == (
        "LiteRT has no built-in operation for TensorFlow's RaggedGather, StringLower"
    )


def test_an_error_of_another_kind_is_no_refusal():
    assert reason_of_refusal("No space left on device") is None


@pytest.mark.slow
def test_a_model_that_litert_cannot_hold_is_refused_with_the_true_reason(make_run):
    import keras

    matrix = keras.Input((3, 3), name="matrix")
    model = keras.Model({"matrix": matrix}, keras.ops.cholesky(matrix))
    samples = np.tile(np.eye(3, dtype="float32"), (4, 1, 1))
    run = make_run(model, {"matrix": samples})
    (delivery,) = export_run(run, {"litert": "litert"})
    assert delivery.status == "refused", delivery.reason
    assert delivery.reason == "LiteRT has no built-in operation for TensorFlow's Cholesky"
    assert not (run / "exports" / "litert").exists()


@pytest.mark.slow
@pytest.mark.parametrize("length", [6, None], ids=["fixed length", "open length"])
def test_an_lstm_is_delivered_with_one_sample_a_call(make_run, length):
    import keras

    series = keras.Input((length, 3), name="series")
    state = keras.layers.LSTM(5, name="lstm")(series)
    model = keras.Model({"series": series}, keras.layers.Dense(2, name="head")(state))
    samples = np.random.default_rng(0).normal(size=(9, 6, 3)).astype("float32")
    (delivery,) = export_run(make_run(model, {"series": samples}), {"litert": "litert"})
    assert delivery.status == "delivered", delivery.reason
    assert delivery.inputs[0].shape == (1, length, 3)
    assert delivery.max_abs_diff is not None
    assert delivery.max_abs_diff <= 1e-5
