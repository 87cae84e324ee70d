"""Artefacts in their own runtimes, without a server around them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kerascfg.serving import find_artefact
from kerascfg.serving.statuses import StatusError
from kerascfg.serving.tensors import Spec, array_of, proto_of

pytest.importorskip("tensorflow_serving", reason="pip install 'kerascfg[serve]'")
pytestmark = pytest.mark.slow


def test_both_formats_take_any_number_of_samples_by_the_same_names(half_plus_three: Path):
    from kerascfg.serving.model import load

    for target in ("saved_model", "litert"):
        model = load(find_artefact(half_plus_three, target))
        signature = model.signatures["serving_default"]
        assert signature.inputs == {"x": Spec("float32", (None,))}
        assert signature.outputs == {"y": Spec("float32", (None,))}
        assert signature.shares
        assert model("serving_default", {"x": np.array([1, 2], "float32")})["y"].tolist() == [
            3.5,
            4.0,
        ]


def test_whole_numbers_at_the_ends_of_a_file_are_its_own_matter(tmp_path: Path):
    pytest.importorskip("ai_edge_quantizer", reason="the extra `quantize` is not installed")
    import keras

    from kerascfg.exporting.calibration import Calibration
    from kerascfg.exporting.servable import Servable
    from kerascfg.exporting.targets.litert import litert
    from kerascfg.serving.model import LiteRT

    x = keras.Input((4,), name="x")
    model = keras.Model({"x": x}, keras.layers.Dense(2, name="y")(x))
    rows = np.random.default_rng(0).random((20, 4)).astype("float32")
    servable = Servable(model, lambda: Calibration({"x": rows}, {}))
    litert(quantize="int8_io").convert(servable, tmp_path)
    served = LiteRT(tmp_path / "model.tflite")
    signature = served.signatures["serving_default"]
    assert signature.inputs == {"x": Spec("float32", (None, 4))}
    assert signature.outputs == {"y": Spec("float32", (None, 2))}
    answer = served("serving_default", {"x": rows})["y"]
    assert answer.dtype == np.float32
    assert np.abs(answer - servable.predict({"x": rows})["y"]).max() < 0.05


def test_an_error_of_tensorflow_keeps_its_code_and_its_words(words: Path):
    from kerascfg.serving.model import load

    model = load(find_artefact(words, None))
    feeds = {"pair": np.ones((2, 2), "float32"), "word": np.array([b"one"], object)}
    with pytest.raises(StatusError, match="Dimension") as caught:
        model("serving_default", feeds)
    assert caught.value.code == "INVALID_ARGUMENT"
    assert "[Op:" not in caught.value.message
    assert "Graph execution error" not in caught.value.message


def test_warm_up_requests_that_were_delivered_are_answered_first(words: Path, tmp_path: Path):
    import tensorflow as tf
    from tensorflow_serving.apis.prediction_log_pb2 import PredictionLog

    from kerascfg.serving.model import load
    from kerascfg.serving.warm_up import FILE, warm_up

    artefact = find_artefact(words, None)
    model = load(artefact)
    assert warm_up(model, artefact) == 0
    log = PredictionLog()
    inputs = log.predict_log.request.inputs
    inputs["pair"].CopyFrom(proto_of(np.ones((1, 2), "float32")))
    inputs["word"].CopyFrom(proto_of(np.array([b"one"], object)))
    file = tmp_path / FILE
    file.parent.mkdir()
    with tf.io.TFRecordWriter(str(file)) as writer:
        for _ in range(2):
            writer.write(log.SerializeToString())
    assert warm_up(model, replace(artefact, path=tmp_path)) == 2


@pytest.mark.parametrize(
    "dtype",
    ["float16", "float32", "float64", "int8", "uint8", "int16", "int32", "int64", "uint32",
     "uint64", "bool", "string"],
)  # fmt: skip
def test_a_tensor_of_any_type_stands_in_its_field_and_is_read_back(dtype: str):
    array = np.array([[0, 1], [1, 0]])
    array = array.astype("S").astype(object) if dtype == "string" else array.astype(dtype)
    proto = proto_of(array)
    assert not proto.tensor_content
    assert array_of("x", proto).tolist() == array.tolist()
