"""What TensorFlow Serving wants beside a SavedModel: warm-up requests, configuration, containers.

The warm-up requests lie where the server looks for them, in `assets.extra/` of the version; it
answers them before it takes traffic, so that no client waits for what is set up at first use.
https://www.tensorflow.org/tfx/serving/saved_model_warmup
"""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    from kerascfg.exporting.delivery import Port

NAMES = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
"""What a server can call a model: in an address, in its configuration and in a shell."""
EXTRA = "assets.extra"
"""Files in a SavedModel that TensorFlow keeps and does not read."""
WARM_UP = "tf_serving_warmup_requests"
METADATA = "kerascfg.json"
IMAGE = "tensorflow/serving:2.21.0"
_BATCHES = (1, 1, 1, 8)
"""Samples of each warm-up request: a single one is what most clients send."""

_MODELS = """\
model_config_list {{
  config {{
    name: "{name}"
    base_path: "/models/{name}"
    model_platform: "tensorflow"
    model_version_policy {{ latest {{ num_versions: 1 }} }}
  }}
}}
"""

_DOCKERFILE = """\
# docker build -f serving/Dockerfile -t {label}:{version} .      (in the folder above this one)
FROM {image}
COPY serving/models.config /models/models.config
COPY {version} /models/{name}/{version}
# 8500 speaks gRPC, 8501 REST.
CMD ["--model_config_file=/models/models.config"]
"""

_COMPOSE = """\
# docker compose -f serving/compose.yaml up      (no image is built: the folder is mounted)
services:
  {label}:
    image: {image}
    command: ["--model_config_file=/models/{name}/serving/models.config"]
    ports: ["8500:8500", "8501:8501"]
    volumes: ["..:/models/{name}:ro"]
"""

_KUBERNETES = """\
# kubectl apply -f serving/kubernetes.yaml      (after the image has been pushed; see Dockerfile)
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {label}
  labels: {{app: {label}}}
spec:
  replicas: 2
  selector: {{matchLabels: {{app: {label}}}}}
  template:
    metadata:
      labels: {{app: {label}}}
    spec:
      containers:
        - name: serving
          image: {label}:{version}
          ports:
            - {{name: grpc, containerPort: 8500}}
            - {{name: rest, containerPort: 8501}}
          # The server listens once the model is loaded and warm.
          startupProbe:
            httpGet: {{path: {status}, port: rest}}
            periodSeconds: 2
            failureThreshold: 60
          readinessProbe:
            httpGet: {{path: {status}, port: rest}}
            periodSeconds: 5
          livenessProbe:
            tcpSocket: {{port: grpc}}
            periodSeconds: 10
          resources:
            requests: {{cpu: "1", memory: {memory}Mi}}
            limits: {{memory: {limit}Mi}}
---
apiVersion: v1
kind: Service
metadata:
  name: {label}
spec:
  selector: {{app: {label}}}
  ports:
    - {{name: grpc, port: 8500, targetPort: grpc}}
    - {{name: rest, port: 8501, targetPort: rest}}
"""

_README = """\
# {name} on TensorFlow Serving

Version {version}, signature `{signature}`. It takes raw records: what prepares them and what makes
answers of the outputs is in the model.

| takes | type | shape |
|---|---|---|
{takes}

| returns | type | shape |
|---|---|---|
{returns}

In the folder above this one:

    docker compose -f serving/compose.yaml up
    curl http://localhost:8501/v1/models/{name}
    curl http://localhost:8501/v1/models/{name}/metadata
    curl -d '{{"signature_name": "{signature}", "inputs": {{{example}}}}}' \\
         http://localhost:8501/v1/models/{name}:predict

Each `[...]` is a batch: one entry for each sample. Texts are JSON strings; the bytes of a file are
`{{"b64": "..."}}`. gRPC listens on port 8500.

| file | is |
|---|---|
| `models.config` | what is served; for `--model_config_file` |
| `Dockerfile`, `compose.yaml` | an image with the model inside; the same with the folder mounted |
| `kubernetes.yaml` | a deployment with probes, and its service |
| `../{version}/{extra}/` | {kept} |
"""


def write_warm_up(
    directory: Path, name: str, signature: str, samples: Mapping[str, np.ndarray]
) -> str | None:
    """Write warm-up requests of real samples into a SavedModel.

    Args:
        directory: the SavedModel's version.
        name: what the server calls the model.
        signature: the signature to ask.
        samples: real samples by the names of its inputs.

    Returns:
        Why there are none, or None where they were written.
    """
    if not samples:
        return "no warm-up requests: there is no sample to make them of"
    if not importlib.util.find_spec("tensorflow_serving"):
        return (
            "no warm-up requests for TensorFlow Serving: tensorflow-serving-api writes them "
            "(pip install kerascfg[serve])"
        )
    import tensorflow as tf
    from tensorflow_serving.apis import model_pb2, predict_pb2, prediction_log_pb2

    count = len(next(iter(samples.values())))
    file = directory / EXTRA / WARM_UP
    file.parent.mkdir(exist_ok=True)
    with tf.io.TFRecordWriter(str(file)) as writer:
        for index, batch in enumerate(_BATCHES):
            start = index % count
            request = predict_pb2.PredictRequest(
                model_spec=model_pb2.ModelSpec(name=name, signature_name=signature),
                inputs={
                    input_name: tf.make_tensor_proto(array[start : start + batch])
                    for input_name, array in samples.items()
                },
            )
            log = prediction_log_pb2.PredictionLog(
                predict_log=prediction_log_pb2.PredictLog(request=request)
            )
            writer.write(log.SerializeToString())
    return None


def write_metadata(directory: Path, metadata: Mapping[str, str]) -> None:
    """Write what is known about the model into a SavedModel; nothing where nothing is."""
    if metadata:
        (directory / EXTRA).mkdir(exist_ok=True)
        text = json.dumps(dict(metadata), indent=2, ensure_ascii=False)
        (directory / EXTRA / METADATA).write_text(text + "\n", encoding="utf-8")


def write_serving_files(
    directory: Path,
    name: str,
    signature: str,
    inputs: Sequence[Port],
    outputs: Sequence[Port],
) -> None:
    """Write `serving/` beside the only version in `directory`.

    Args:
        directory: holds the version's folder.
        name: what the server calls the model.
        signature: the signature that is served.
        inputs: what it takes.
        outputs: what it returns.
    """
    (version,) = (folder for folder in directory.iterdir() if folder.name.isdecimal())
    megabytes = sum(file.stat().st_size for file in version.rglob("*") if file.is_file()) >> 20
    extra = sorted(file.name for file in (version / EXTRA).glob("*"))
    known = {
        "name": name,
        "label": re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-"),
        "version": version.name,
        "image": IMAGE,
        "signature": signature,
        "status": f"/v1/models/{name}",
        "memory": 512 + 3 * megabytes,
        "limit": 1024 + 6 * megabytes,
        "takes": _table(inputs),
        "returns": _table(outputs),
        "example": ", ".join(f'"{port.name}": [...]' for port in inputs),
        "extra": EXTRA,
        "kept": ", ".join(f"`{file}`" for file in extra) or "nothing",
    }
    files = {
        "models.config": _MODELS,
        "Dockerfile": _DOCKERFILE,
        "compose.yaml": _COMPOSE,
        "kubernetes.yaml": _KUBERNETES,
        "README.md": _README,
    }
    (directory / "serving").mkdir()
    for file, template in files.items():
        text = template.format(**known)
        (directory / "serving" / file).write_text(text, encoding="utf-8")


def _table(ports: Sequence[Port]) -> str:
    return "\n".join(
        f"| `{port.name}` | {port.dtype} | "
        f"({', '.join('any' if size is None else str(size) for size in port.shape)}) |"
        for port in ports
    )
