"""Ask TensorFlow Serving over gRPC: pip install numpy grpcio tensorflow tensorflow-serving-api.

    from client_grpc import Model

    answers = Model("localhost:8500").predict({@example@})

Takes arrays by name, the first axis counts records:
@takes@

Returns, likewise; texts are bytes:
@returns@
"""

from __future__ import annotations

from collections.abc import Mapping

import grpc
import numpy as np
import tensorflow as tf
from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc

ADDRESS = "localhost:8500"
DTYPES = {"@input_dtypes@"}
# gRPC's own limit is 4 MB for what is received, TensorFlow Serving has none.
UNLIMITED = [("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1)]


class Model:
    """The model behind a server; the channel is opened once and reconnects by itself."""

    def __init__(self, address: str = ADDRESS, timeout: float = 30.0):
        """Open a channel; `timeout` is in seconds."""
        self._stub = prediction_service_pb2_grpc.PredictionServiceStub(
            grpc.insecure_channel(address, options=UNLIMITED)
        )
        self._timeout = timeout

    def predict(self, records: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Answer any number of records.

        Raises:
            grpc.RpcError: the server refuses; its `details()` say why.
        """
        request = predict_pb2.PredictRequest()
        request.model_spec.name = "@served_name@"
        request.model_spec.signature_name = "serving_default"
        for name, dtype in DTYPES.items():
            request.inputs[name].CopyFrom(tf.make_tensor_proto(records[name], dtype))
        response = self._stub.Predict(request, timeout=self._timeout)
        return {name: tf.make_ndarray(proto) for name, proto in response.outputs.items()}
