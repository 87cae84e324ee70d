"""What the official gRPC client gets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

pytest.importorskip("tensorflow_serving", reason="pip install 'kerascfg[serve]'")
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def clients() -> Callable[[Any], Any]:
    """Return what makes the stubs of both services for a server."""
    import grpc
    from tensorflow_serving.apis.model_service_pb2_grpc import ModelServiceStub
    from tensorflow_serving.apis.prediction_service_pb2_grpc import PredictionServiceStub

    def make(server: Any) -> Any:
        channel = grpc.insecure_channel(server.grpc)
        return PredictionServiceStub(channel), ModelServiceStub(channel)

    return make


def request_of(name: str, **inputs: Any) -> Any:
    import tensorflow as tf
    from tensorflow_serving.apis.predict_pb2 import PredictRequest

    request = PredictRequest()
    request.model_spec.name = name
    for key, value in inputs.items():
        request.inputs[key].CopyFrom(tf.make_tensor_proto(value))
    return request


def refused(call: Callable[[], Any]) -> tuple[str, str]:
    import grpc

    with pytest.raises(grpc.RpcError) as caught:
        call()
    error: Any = caught.value
    return error.code().name, error.details()


def x(*values: float) -> np.ndarray:
    return np.array(values, "float32")


def test_a_prediction_stands_in_the_field_of_its_type(documented, clients):
    prediction, _ = clients(documented)
    response = prediction.Predict(request_of("half_plus_three", x=x(1, 2, 5)), timeout=20)
    assert list(response.outputs) == ["y"]
    assert list(response.outputs["y"].float_val) == [3.5, 4.0, 5.5]
    assert [dim.size for dim in response.outputs["y"].tensor_shape.dim] == [3]
    spec = response.model_spec
    assert (spec.name, spec.version.value) == ("half_plus_three", 1)
    assert spec.signature_name == "serving_default"


def test_texts_and_an_output_of_choice(reading, clients):
    prediction, _ = clients(reading)
    request = request_of("words", pair=np.ones((2, 2), "float32"), word=[b"two", b"none"])
    request.output_filter.append("text_bytes")
    response = prediction.Predict(request, timeout=20)
    assert list(response.outputs) == ["text_bytes"]
    assert list(response.outputs["text_bytes"].string_val) == [b"two", b"[UNK]"]


def broken(request: Any) -> Any:
    request.inputs["x"].tensor_content = b"123"
    return request


def specified(**spec: Any) -> Any:
    request = request_of("half_plus_three", x=x(1))
    if "version" in spec:
        request.model_spec.version.value = spec.pop("version")
    for key, value in spec.items():
        setattr(request.model_spec, key, value)
    return request


ERRORS: dict[str, tuple[Callable[[], Any], str, str]] = {
    "another model": (lambda: request_of("half", x=x(1)), "NOT_FOUND",
                      "Servable not found for request: Latest(half)"),
    "another version": (lambda: specified(version=7), "NOT_FOUND",
                        "Servable not found for request: Specific(half_plus_three, 7)"),
    "a label": (lambda: specified(version_label="stable"), "INVALID_ARGUMENT",
                "Unrecognized servable version label: stable"),
    "no name": (lambda: specified(name=""), "INVALID_ARGUMENT",
                "ModelSpec has no name specified."),
    "another signature": (lambda: specified(signature_name="s"), "FAILED_PRECONDITION",
                          'Serving signature key "s" not found.'),
    "another type": (lambda: request_of("half_plus_three", x=np.ones(1)), "INVALID_ARGUMENT",
                     "Expects arg[0] to be float but double is provided"),
    "no input": (lambda: request_of("half_plus_three"), "INVALID_ARGUMENT",
                 "input size does not match signature: 0!=1 len({}) != len({x}). "
                 "Sent extra: {}. Missing but required: {x}."),
    "another input": (lambda: request_of("half_plus_three", z=x(1)), "INVALID_ARGUMENT",
                      "Signature input alias: x(feed name: serving_default_x:0) not found in "
                      "request and no default value provided. Inputs expected to be in the "
                      "request {z}, or default input alias set: "),
    "no tensor": (lambda: broken(request_of("half_plus_three", x=x(1, 2))), "INVALID_ARGUMENT",
                  "tensor parsing error: x"),
}  # fmt: skip


@pytest.mark.parametrize("case", ERRORS)
def test_an_error_has_the_code_and_the_words_of_tensorflow_serving(documented, clients, case: str):
    prediction, _ = clients(documented)
    make, code, details = ERRORS[case]
    assert refused(lambda: prediction.Predict(make(), timeout=20)) == (code, details)


def test_an_output_that_there_is_not_is_refused(documented, clients):
    prediction, _ = clients(documented)
    request = request_of("half_plus_three", x=x(1))
    request.output_filter.append("z")
    assert refused(lambda: prediction.Predict(request, timeout=20)) == (
        "INVALID_ARGUMENT",
        "output tensor alias not found in signature: z Outputs expected to be in the set {y}.",
    )


def test_the_status_of_a_model(documented, clients):
    from tensorflow_serving.apis.get_model_status_pb2 import GetModelStatusRequest

    _, models = clients(documented)
    request = GetModelStatusRequest()
    assert refused(lambda: models.GetModelStatus(request, timeout=20)) == (
        "INVALID_ARGUMENT",
        "Missing ModelSpec",
    )
    request.model_spec.name = "half_plus_three"
    (status,) = models.GetModelStatus(request, timeout=20).model_version_status
    assert (status.version, status.state, status.status.error_code) == (1, 30, 0)
    request.model_spec.version.value = 7
    assert refused(lambda: models.GetModelStatus(request, timeout=20)) == (
        "NOT_FOUND",
        "Could not find version 7 of model half_plus_three",
    )


def test_the_metadata_of_a_model(documented, clients):
    from tensorflow_serving.apis.get_model_metadata_pb2 import (
        GetModelMetadataRequest,
        SignatureDefMap,
    )

    prediction, _ = clients(documented)
    request = GetModelMetadataRequest()
    request.model_spec.name = "half_plus_three"
    assert refused(lambda: prediction.GetModelMetadata(request, timeout=20)) == (
        "INVALID_ARGUMENT",
        "GetModelMetadataRequest must specify at least one metadata_field",
    )
    request.metadata_field.append("signature_def")
    response = prediction.GetModelMetadata(request, timeout=20)
    signatures = SignatureDefMap()
    assert response.metadata["signature_def"].Unpack(signatures)
    assert "x" in signatures.signature_def["serving_default"].inputs


def test_examples_are_refused_where_the_signature_is_for_predictions(documented, clients):
    from tensorflow_serving.apis.classification_pb2 import ClassificationRequest
    from tensorflow_serving.apis.inference_pb2 import MultiInferenceRequest

    prediction, _ = clients(documented)
    request = ClassificationRequest()
    request.model_spec.name = "half_plus_three"
    code, details = refused(lambda: prediction.Classify(request, timeout=20))
    assert code == "INVALID_ARGUMENT"
    assert details.endswith("Was: tensorflow/serving/predict")
    several = MultiInferenceRequest()
    assert refused(lambda: prediction.MultiInference(several, timeout=20))[0] == "UNIMPLEMENTED"
