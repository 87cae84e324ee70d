"""What a server says at its start: where it listens, and which servers are for production."""

from __future__ import annotations

import shlex
from pathlib import Path

from kerascfg.serving.artefact import Artefact


def addresses(host: str, port: int, grpc_port: int, name: str) -> dict[str, str]:
    """Return where clients find the model."""
    shown = f"[{host}]" if ":" in host else host
    return {
        "rest": f"http://{shown}:{port}/v1/models/{name}",
        "grpc": f"{shown}:{grpc_port}",
        "metrics": f"http://{shown}:{port}/monitoring/prometheus/metrics",
        "health": f"http://{shown}:{port}/healthz",
    }


def greeting(artefact: Artefact, name: str, places: dict[str, str], run: Path) -> str:
    """Say what is served and where, and what is for production."""
    lines = [
        f"{artefact.target} of {run}, as {name!r} version {artefact.version}",
        f"  REST     {places['rest']}:predict",
        f"  gRPC     {places['grpc']}   (PredictionService, ModelService)",
        f"  health   {places['health']}",
        f"  metrics  {places['metrics']}",
        *(f"  note     {note}" for note in artefact.notes),
        "",
        "This server is for development and tests: one process, no encryption, no authentication.",
        "For production serve the same delivery with one of these:",
        *(f"  {line}" for line in production_commands(run.resolve(), name)),
    ]
    return "\n".join(lines)


def production_commands(run: Path, name: str) -> list[str]:
    """Return the command of each server that is for production, below what it is called.

    TensorFlow Serving and OpenVINO Model Server read the SavedModel's versioned folder; Triton
    reads ONNX from a folder of its own layout.
    """
    exports = run / "exports"
    mount = shlex.quote(f"{exports / 'saved_model'}:/models/{name}:ro")
    model = shlex.quote(str(exports / "onnx" / "model.onnx"))
    return [
        "TensorFlow Serving (export=[saved_model])",
        f"  docker run -p 8500:8500 -p 8501:8501 -v {mount} -e MODEL_NAME={name} "
        "tensorflow/serving",
        "OpenVINO Model Server (export=[saved_model])",
        f"  docker run -p 8500:8500 -p 8501:8501 -v {mount} openvino/model_server "
        f"--model_name {name} --model_path /models/{name} --port 8500 --rest_port 8501",
        "Triton (export=[onnx]; YY.MM is its release)",
        f"  mkdir -p triton/{name}/1 && cp {model} triton/{name}/1/model.onnx",
        "  docker run -p 8000:8000 -p 8001:8001 -v $PWD/triton:/models "
        "nvcr.io/nvidia/tritonserver:YY.MM-py3 tritonserver --model-repository=/models",
    ]
