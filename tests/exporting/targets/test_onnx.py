"""ONNX files hold a model's answers, in ONNX Runtime and by its own names."""

from pathlib import Path

import numpy as np
import pytest

from kerascfg.exporting import Refused, export_run
from kerascfg.exporting.calibration import Calibration
from kerascfg.exporting.servable import Servable
from tests.exporting.targets.zoo import ZOO, numbers, table

pytestmark = pytest.mark.slow
for package in ("onnx", "onnxruntime", "tf2onnx"):
    pytest.importorskip(package, reason="needs the extra `onnx`")


def converted(model: Servable, directory: Path, **arguments):
    """Convert, and open what was made; return its file too."""
    from kerascfg.exporting.targets.onnx import FILE, onnx

    target = onnx(**arguments)
    target.convert(model, directory)
    return target.open(directory), directory / FILE


def assert_answers(artefact, model: Servable, feeds, tolerance):
    expected = model.predict(feeds)
    for count in (9, 1, 4):
        answers = artefact({name: rows[:count] for name, rows in feeds.items()})
        assert answers.keys() == expected.keys()
        for name, answer in answers.items():
            np.testing.assert_allclose(answer, expected[name][:count], atol=tolerance, rtol=0)


@pytest.mark.parametrize("kind", ZOO)
def test_any_number_of_samples_is_answered_as_by_keras(kind, tmp_path):
    import onnx

    model, feeds = ZOO[kind]()
    model = Servable(model)
    artefact, file = converted(model, tmp_path)
    assert_answers(artefact, model, feeds, 1e-5)
    for made, known in ((artefact.inputs, model.inputs), (artefact.outputs, model.outputs)):
        assert {(p.name, p.shape, p.dtype) for p in made} == {
            (p.name, p.shape, p.dtype) for p in known
        }
    onnx.checker.check_model(str(file), full_check=True)


@pytest.mark.parametrize("quantize", ["float16", "dynamic_int8", "int8"])
@pytest.mark.parametrize("kind", ["cnn", "masked gru"])
def test_fewer_bits_stay_within_their_tolerance(kind, quantize, tmp_path):
    import onnx

    from kerascfg.exporting.onnx.graph import operation_types
    from kerascfg.exporting.tolerances import ALLOWANCES

    model, feeds = ZOO[kind]()
    model = Servable(model, lambda: Calibration(feeds, {}))
    artefact, file = converted(model, tmp_path, quantize=quantize)
    assert_answers(artefact, model, feeds, ALLOWANCES["onnx"][quantize].tolerance)
    if quantize == "float16":  # the others add operations of ONNX Runtime's own
        onnx.checker.check_model(str(file))
    types = {name for _, name in operation_types(onnx.load(file).graph)}
    made_by = {
        "float16": {"Cast"},
        "dynamic_int8": {"MatMulInteger"},
        "int8": {"QuantizeLinear", "DequantizeLinear"},
    }
    assert made_by[quantize] <= types


def test_the_weights_of_a_loop_are_constants_that_are_quantised(tmp_path):
    import keras
    import onnx

    past = keras.Input((None, 8), name="past")
    model = Servable(keras.Model({"past": past}, keras.layers.GRU(96, name="gru")(past)))
    for mode in (None, "dynamic_int8"):
        (tmp_path / str(mode)).mkdir()
    _, whole = converted(model, tmp_path / "None")
    artefact, file = converted(model, tmp_path / "dynamic_int8", quantize="dynamic_int8")
    assert_answers(artefact, model, {"past": numbers(9, 6, 8)}, 0.1)
    loop = next(node for node in onnx.load(whole).graph.node if node.op_type == "Loop")
    assert len(loop.input) <= 5  # steps at most, condition, place, state: no weights
    assert file.stat().st_size < 0.5 * whole.stat().st_size


def test_a_model_without_weights_has_nothing_to_quantise(tmp_path):
    import keras

    x = keras.Input((3,), name="x")
    model = Servable(keras.Model({"x": x}, {"y": keras.ops.tanh(x)}))
    with pytest.raises(Refused, match="nothing in this model can be quantised"):
        converted(model, tmp_path, quantize="dynamic_int8")


def test_int8_without_samples_of_the_training_split_is_refused(tmp_path):
    model = Servable(ZOO["cnn"]()[0])
    with pytest.raises(Refused, match="no samples of the training split"):
        converted(model, tmp_path, quantize="int8")


def test_the_opset_and_the_metadata_stand_in_the_file(tmp_path):
    import onnx

    model = Servable(ZOO["several"]()[0])
    model.metadata = {"labels": '{"right side":["a","b","ß"]}'}
    _, file = converted(model, tmp_path, opset=13)
    made = onnx.load(file)
    assert {entry.domain: entry.version for entry in made.opset_import}[""] == 13
    assert {entry.key: entry.value for entry in made.metadata_props} == model.metadata


def test_a_number_past_a_boundary_is_counted_as_tensorflow_does(tmp_path):
    import keras

    x = keras.Input((2,), name="x")
    ranges = keras.layers.Discretization(bin_boundaries=[0.0, 1.0])(x)
    model = Servable(keras.Model({"x": x}, {"ranges": ranges}))
    artefact, _ = converted(model, tmp_path)
    rows = np.array([[0, 1], [-1, 0.5], [np.nan, np.inf]], "float32")
    assert artefact({"x": rows})["ranges"].tolist() == [[1, 2], [0, 1], [2, 2]]


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (lambda ops, x: {"y": ops.cholesky(x)}, "no operation for TensorFlow's Cholesky"),
        (lambda ops, x: {"x": ops.tanh(x)}, "x is an input and an output"),
    ],
)
def test_what_onnx_cannot_hold_is_refused_with_the_true_reason(made, reason, tmp_path):
    import keras

    x = keras.Input((3, 3), name="x")
    with pytest.raises(Refused, match=reason):
        converted(Servable(keras.Model({"x": x}, made(keras.ops, x))), tmp_path)


def test_a_model_in_bfloat16_is_refused(tmp_path):
    import keras

    x = keras.Input((3,), name="x")
    model = keras.Model({"x": x}, {"y": keras.layers.Dense(2, dtype="mixed_bfloat16")(x)})
    with pytest.raises(Refused, match="bfloat16"):
        converted(Servable(model), tmp_path)


def test_gelu_in_a_layer_of_the_user_is_converted(tmp_path):
    import keras

    class Own(keras.layers.Layer):
        def call(self, x):
            return keras.activations.gelu(2 * x)

    x = keras.Input((3,), name="x")
    model = Servable(keras.Model({"x": x}, {"y": Own()(x)}))
    artefact, _ = converted(model, tmp_path)
    assert_answers(artefact, model, {"x": numbers(9, 3)}, 1e-5)


def test_texts_are_looked_up_by_a_module_beside_the_file(make_run):
    pytest.importorskip("openvino", reason="needs the extra `openvino`")
    model, features = table()
    run = make_run(model, features, {"head": np.zeros((5, 2), "float32")})
    for delivery in export_run(run, {"onnx": "onnx", "openvino": "openvino"}):
        assert delivery.status == "delivered", delivery.reason
        assert [port.name for port in delivery.inputs] == ["size", "town_code"]
        assert "starts behind `town_code` (StringLookup)" in delivery.notes[0]
        assert (run / "exports" / delivery.target / "preprocess.py").exists()
