"""Every YAML file of conf/ is trained for one step, unless it needs what is not here."""

from __future__ import annotations

import importlib.util
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

import kerascfg
from kerascfg import assembly, interpreter
from kerascfg.runs import create_run
from tests.conf.files import FILES, ConfFile, of_group, smaller

pytestmark = pytest.mark.slow

TRAINED_BACKBONES = ("vgg16", "mobilenet_v3_small")
"""Beside MobileNetV2, which train/finetune trains: a backbone for each kind of preprocessing."""
_EXTRAS = {
    "tracker/tensorboard": "tensorboard",
    "strategy/multi_worker": "jax",
    "data/parquet": "pyarrow",
    "data/arrow": "pyarrow",
    "data/huggingface": "datasets",
    "export/coreml": "coremltools",
    "export/onnx": "tf2onnx",
    "export/openvino": "openvino",
    "export/tflm": "tflite_micro",
    "export/tflm_int8": "tflite_micro",
    **{
        f"export/litert_{mode}": "ai_edge_quantizer"
        for mode in ("dynamic", "float16", "int8", "int8_io", "weights_int4", "weights_int8")
    },
}
_SAMPLES = 12


def missing(file: ConfFile) -> str | None:
    """Say why a file is not trained here, or None where it is."""
    match file.needs:
        case None:
            return None
        case "extra" if importlib.util.find_spec(_EXTRAS[str(file)]):
            return None
        case "network" if file.group == "backbone":
            return "needs: network for its weights; test_backbones builds it without them"
        case "network" if str(file) == "model/transfer":
            return "needs: network for its weights; test_backbones trains it without them"
        case "gpu" if file.name != "gpu":
            return "needs: gpu; tests/workers trains it on parts of the processor"
        case need:
            return f"needs: {need}"


@pytest.fixture
def one_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave a dozen samples of each split."""
    whole = assembly.open_data

    def open_few(*args: Any, **kwargs: Any) -> Any:
        opened = whole(*args, **kwargs)
        parts = {split: part.first(_SAMPLES) for split, part in opened.parts.items()}
        return replace(opened, parts=parts, batch_size=_SAMPLES)

    monkeypatch.setattr(assembly, "open_data", open_few)


_TRAINED: dict[str, dict[str, Any]] = {}


def train(overrides: list[str], directory: Path) -> dict[str, Any]:
    """Train one epoch, which is one step, through the front hall; return the metrics.

    What several files say in the same way is trained once.
    """
    config = kerascfg.load([*overrides, "export=[]"])
    for stage in config["train"].get("stages", {}).values() or [config["train"]]:
        stage["epochs"] = 1
    assert kerascfg.check(config) == []
    key = json.dumps(config, sort_keys=True)
    if key not in _TRAINED:
        console = Console(file=io.StringIO(), width=100)
        with step_by_step(deep=bool({"model=transfer", "model=resnet18"} & set(overrides))):
            trained = interpreter.train(config, create_run(directory), console)
        _TRAINED[key] = trained.metrics
    return _TRAINED[key]


@contextmanager
def step_by_step(deep: bool) -> Iterator[None]:
    """Run a deep network without a graph, which takes longer to make than its only step.

    experiment/transfer_digits still makes one.
    """
    import tensorflow as tf

    tf.config.run_functions_eagerly(deep)
    try:
        yield
    finally:
        tf.config.run_functions_eagerly(False)


@pytest.mark.parametrize("file", FILES, ids=str)
def test_the_commands_of_a_file_train(
    file: ConfFile, in_project: Path, one_step: None, tmp_path: Path
):
    if why := missing(file):
        pytest.skip(f"{file} {why}")
    for index, overrides in enumerate(file.commands):
        metrics = train(smaller(overrides, file), tmp_path / str(index))
        if str(file) == "debug/data":  # which trains nothing
            assert (tmp_path / str(index) / "data.json").exists()
        else:
            assert metrics["test"]["loss"] >= 0


@pytest.mark.parametrize("name", TRAINED_BACKBONES)
def test_a_backbone_trains_without_weights(
    name: str, in_project: Path, one_step: None, tmp_path: Path
):
    (file,) = [file for file in of_group("backbone") if file.name == name]
    metrics = train(smaller(file.commands[0], file), tmp_path / "run")
    assert metrics["test"]["loss"] >= 0


def test_what_is_not_trained_is_known_with_its_reason():
    skipped = {str(file): file.needs for file in FILES if file.needs and file.group != "backbone"}
    assert skipped == dict.fromkeys(_EXTRAS, "extra") | {
        "data/keras_dataset": "network",
        "data/tfds": "network",
        "model/transfer": "network",
        "strategy/gpu": "gpu",
        "strategy/mirrored": "gpu",
        "strategy/data_parallel": "gpu",
        "strategy/model_parallel": "gpu",
        "strategy/tpu": "tpu",
    }
