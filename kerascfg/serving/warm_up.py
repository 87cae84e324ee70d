"""The requests that a delivery brings to warm a model up, answered before the first client's.

https://www.tensorflow.org/tfx/serving/saved_model_warmup
"""

from __future__ import annotations

from kerascfg.serving.artefact import Artefact
from kerascfg.serving.model import DEFAULT, Model
from kerascfg.serving.tensors import array_of

FILE = "assets.extra/tf_serving_warmup_requests"


def warm_up(model: Model, artefact: Artefact) -> int:
    """Answer what the delivery brings, and return how many requests that were."""
    file = artefact.path / FILE
    if artefact.kind != "saved_model" or not file.is_file():
        return 0
    import tensorflow as tf
    from tensorflow_serving.apis.prediction_log_pb2 import PredictionLog

    count = 0
    for record in tf.data.TFRecordDataset(str(file)).as_numpy_iterator():
        request = PredictionLog.FromString(record).predict_log.request
        feeds = {name: array_of(name, proto) for name, proto in request.inputs.items()}
        model(request.model_spec.signature_name or DEFAULT, feeds)
        count += 1
    return count
