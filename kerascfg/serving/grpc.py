"""TensorFlow Serving's gRPC services, on the stubs of tensorflow-serving-api."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import grpc
from tensorflow_serving.apis import model_service_pb2_grpc, prediction_service_pb2_grpc
from tensorflow_serving.apis.classification_pb2 import ClassificationRequest, ClassificationResponse
from tensorflow_serving.apis.predict_pb2 import PredictResponse
from tensorflow_serving.apis.regression_pb2 import RegressionRequest, RegressionResponse

from kerascfg.serving.model import DEFAULT
from kerascfg.serving.service import Service, Wanted
from kerascfg.serving.statuses import StatusError, invalid
from kerascfg.serving.tensors import array_of, proto_of

if TYPE_CHECKING:
    from tensorflow_serving.apis.get_model_metadata_pb2 import (
        GetModelMetadataRequest,
        GetModelMetadataResponse,
    )
    from tensorflow_serving.apis.get_model_status_pb2 import (
        GetModelStatusRequest,
        GetModelStatusResponse,
    )
    from tensorflow_serving.apis.predict_pb2 import PredictRequest

T = TypeVar("T")
_LONGEST_MESSAGE = 1024


def grpc_server(service: Service, max_body_bytes: int) -> grpc.aio.Server:
    """Make a server that is not started and listens nowhere yet; larger requests are refused."""
    options = [
        ("grpc.max_receive_message_length", max_body_bytes),
        ("grpc.max_send_message_length", -1),  # as TensorFlow Serving's
        ("grpc.so_reuseport", 0),  # a second server on the port is an error, not a partner
    ]
    server = grpc.aio.server(options=options)
    prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(Prediction(service), server)
    model_service_pb2_grpc.add_ModelServiceServicer_to_server(ModelStatus(service), server)
    return server


class Prediction(prediction_service_pb2_grpc.PredictionServiceServicer):
    """`PredictionService`, without `MultiInference`, which needs signatures of examples."""

    def __init__(self, service: Service):
        """Answer for a service."""
        self._service = service

    async def Predict(self, request: PredictRequest, context: Any) -> PredictResponse:  # noqa: N802
        """Answer with the outputs of a signature."""
        return await _told(self._predict(request), context)

    async def GetModelMetadata(  # noqa: N802
        self, request: GetModelMetadataRequest, context: Any
    ) -> GetModelMetadataResponse:
        """Tell a model's signatures."""
        return await _told(self._metadata(request), context)

    async def Classify(  # noqa: N802
        self, request: ClassificationRequest, context: Any
    ) -> ClassificationResponse:
        """Say why examples cannot be classified."""
        return await _told(self._refuse("classify", request), context)

    async def Regress(self, request: RegressionRequest, context: Any) -> RegressionResponse:  # noqa: N802
        """Say why examples cannot be regressed."""
        return await _told(self._refuse("regress", request), context)

    async def _predict(self, request: PredictRequest) -> PredictResponse:
        spec, service = request.model_spec, self._service
        with service.counted("Predict", "GRPC", spec.name):
            service.expect(_wanted(spec))
            service.batcher.expect_room()
            feeds = {name: array_of(name, proto) for name, proto in request.inputs.items()}
            outputs = await service.predict(spec.signature_name, feeds, list(request.output_filter))
            response = PredictResponse()
            response.model_spec.name = service.name
            response.model_spec.version.value = service.version
            response.model_spec.signature_name = spec.signature_name or DEFAULT
            for name, array in outputs.items():
                response.outputs[name].CopyFrom(proto_of(array))
            return response

    async def _metadata(self, request: GetModelMetadataRequest) -> GetModelMetadataResponse:
        if not request.HasField("model_spec"):
            raise invalid("Missing ModelSpec")
        if not request.metadata_field:
            raise invalid("GetModelMetadataRequest must specify at least one metadata_field")
        for name in request.metadata_field:
            if name != "signature_def":
                raise invalid(f"Metadata field {name} is not supported")
        return self._service.metadata(_wanted(request.model_spec))

    async def _refuse(self, method: Literal["classify", "regress"], request: Any) -> Any:
        spec, service = request.model_spec, self._service
        with service.counted(method.capitalize(), "GRPC", spec.name):
            service.expect(_wanted(spec))
            raise service.refuse_examples(method, spec.signature_name)


class ModelStatus(model_service_pb2_grpc.ModelServiceServicer):
    """`ModelService`, without `HandleReloadConfigRequest`: there is one model."""

    def __init__(self, service: Service):
        """Answer for a service."""
        self._service = service

    async def GetModelStatus(  # noqa: N802
        self, request: GetModelStatusRequest, context: Any
    ) -> GetModelStatusResponse:
        """Tell whether a model can be asked."""
        return await _told(self._status(request), context)

    async def _status(self, request: GetModelStatusRequest) -> GetModelStatusResponse:
        if not request.HasField("model_spec"):
            raise invalid("Missing ModelSpec")
        return self._service.version_status(_wanted(request.model_spec))


async def _told(answer: Awaitable[T], context: Any) -> T:
    """Return an answer, or tell gRPC of the error that came instead."""
    try:
        return await answer
    except StatusError as error:
        message = error.message
        if len(message) > _LONGEST_MESSAGE:
            message = f"{message[:_LONGEST_MESSAGE]}...TRUNCATED"
        return await context.abort(grpc.StatusCode[error.code], message)


def _wanted(spec: Any) -> Wanted:
    """Read which model a `ModelSpec` names."""
    return Wanted(
        spec.name,
        spec.version.value if spec.HasField("version") else None,
        spec.version_label if spec.HasField("version_label") else None,
    )
