"""OpenVINO's files hold a model's answers, in its runtime and by its own names."""

from pathlib import Path

import pytest

from kerascfg.exporting import Refused
from kerascfg.exporting.calibration import Calibration
from kerascfg.exporting.servable import Servable
from tests.exporting.targets.test_onnx import assert_answers
from tests.exporting.targets.zoo import ZOO, numbers

pytestmark = pytest.mark.slow
for package in ("openvino", "onnx", "tf2onnx", "nncf"):
    pytest.importorskip(package, reason="needs the extra `openvino`")


def converted(model: Servable, directory: Path, **arguments):
    from kerascfg.exporting.targets.openvino import openvino

    target = openvino(**arguments)
    target.convert(model, directory)
    return target.open(directory)


@pytest.mark.parametrize("kind", ZOO)
def test_any_number_of_samples_is_answered_as_by_keras(kind, tmp_path):
    model, feeds = ZOO[kind]()
    model = Servable(model)
    artefact = converted(model, tmp_path)
    assert_answers(artefact, model, feeds, 1e-5)
    assert {p.name: p.shape for p in artefact.inputs} == {p.name: p.shape for p in model.inputs}
    assert {p.name: p.dtype for p in artefact.inputs} == {p.name: p.dtype for p in model.inputs}
    assert {port.name for port in artefact.outputs} == {port.name for port in model.outputs}


@pytest.mark.parametrize("quantize", ["float16", "int8"])
def test_fewer_bits_stay_within_their_tolerance(quantize, tmp_path):
    from kerascfg.exporting.tolerances import ALLOWANCES

    model, feeds = ZOO["cnn"]()
    model = Servable(model, lambda: Calibration(feeds, {}))
    (tmp_path / "float32").mkdir()
    converted(model, tmp_path / "float32")
    artefact = converted(model, tmp_path, quantize=quantize)
    assert_answers(artefact, model, feeds, ALLOWANCES["openvino"][quantize].tolerance)
    of = {"float16": 'element_type="f16"', "int8": "FakeQuantize"}
    assert of[quantize] in (tmp_path / "model.xml").read_text()
    assert (tmp_path / "model.bin").stat().st_size < (
        tmp_path / "float32" / "model.bin"
    ).stat().st_size


def test_the_metadata_stands_in_the_file(tmp_path):
    import openvino as ov

    model = Servable(ZOO["lstm"]()[0])
    model.metadata = {"labels": '{"head":["a","ß"]}', "run": "r"}
    converted(model, tmp_path)
    read = ov.Core().read_model(tmp_path / "model.xml")
    assert read.get_rt_info(["kerascfg", "labels"]).astype(str) == '{"head":["a","ß"]}'


def test_an_operation_that_openvino_lacks_is_refused_by_name(tmp_path):
    import keras

    x = keras.Input((3, 3), name="x")
    model = keras.Model({"x": x}, {"y": keras.ops.det(x)})
    with pytest.raises(Refused, match=r"OpenVINO cannot read it: .*Det"):
        converted(Servable(model), tmp_path)


def test_a_model_trained_in_float16_keeps_its_names(tmp_path):
    import keras

    x = keras.Input((3,), name="x")
    hidden = keras.layers.Dense(4, dtype="mixed_float16")(x)
    head = keras.layers.Dense(2, dtype="float32", name="head")(hidden)
    model = Servable(keras.Model({"x": x}, head))
    artefact = converted(model, tmp_path)
    assert [port.name for port in (*artefact.inputs, *artefact.outputs)] == ["x", "head"]
    assert_answers(artefact, model, {"x": numbers(9, 3)}, 5e-3)


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("Check failed\nSummary:\n -- No conversion\n  for Det\n", "-- No conversion for Det"),
        (
            "While validating node\n  rank of the input is unknown\n\n",
            "rank of the input is unknown",
        ),
    ],
)
def test_the_reason_is_thesummary_of_or_else_the_last_line(message, told):
    from kerascfg.exporting.targets.openvino import summary_of

    assert summary_of(message) == told
