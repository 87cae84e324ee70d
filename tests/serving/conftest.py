"""Runs with deliveries of tiny models, and servers of them: each a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent.parent


def deliver(run: Path, model: Any, *targets: str) -> Path:
    """Write a model's artefacts and their manifest, as an export does once it has compared them."""
    from kerascfg.exporting.delivery import Delivery, describe_files, write_manifest
    from kerascfg.exporting.servable import Servable
    from kerascfg.exporting.targets.litert import convert

    exports = run / "exports"
    for target in targets:
        folder = exports / target
        folder.mkdir(parents=True)
        if target == "litert":
            convert(Servable(model), folder)
        else:
            Servable(model).write_saved_model(folder / "1", "serving_default", batch=None)
        write_manifest(run, [Delivery(target, "delivered", files=describe_files(exports, folder))])
    (run / "status.json").write_text('{"state": "finished"}')
    return run


@pytest.fixture(scope="session")
def half_plus_three(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Deliver the model of TensorFlow Serving's documentation, y = x / 2 + 3."""
    import keras

    x = keras.Input((), name="x")
    y = keras.layers.Rescaling(0.5, 3.0, name="y")(x)
    model = keras.Model({"x": x}, y)
    return deliver(tmp_path_factory.mktemp("half_plus_three"), model, "saved_model", "litert")


@pytest.fixture(scope="session")
def words(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Deliver a model of a text and two numbers, which returns a text and three numbers."""
    import keras

    pair = keras.Input((2,), name="pair")
    word = keras.Input((), dtype="string", name="word")
    known = ["one", "two"]
    index = keras.layers.StringLookup(vocabulary=known, num_oov_indices=1)(word)
    again = keras.layers.StringLookup(vocabulary=known, num_oov_indices=1, invert=True)(index)
    number = keras.ops.cast(keras.ops.expand_dims(index, -1), "float32")
    three = keras.layers.Concatenate()([pair, number])
    model = keras.Model({"pair": pair, "word": word}, {"three": three, "text_bytes": again})
    return deliver(tmp_path_factory.mktemp("words"), model, "saved_model")


@dataclass(frozen=True)
class Server:
    """A server that listens.

    Attributes:
        process: its process.
        rest: address of the model.
        grpc: address of the gRPC server.
        root: address of the REST server.
    """

    process: subprocess.Popen[str]
    rest: str
    grpc: str
    root: str


@contextmanager
def started(run: Path, *arguments: str) -> Iterator[Server]:
    """Start a server on free ports of loopback, and end it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "kerascfg", "serve", f"run={run}", "port=0", "grpc_port=0",
         "--json", *arguments],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout and process.stderr
        line = process.stdout.readline()
        assert line, process.stderr.read()
        told = json.loads(line)
        yield Server(process, told["rest"], told["grpc"], told["rest"].partition("/v1/")[0])
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
def start() -> Callable[..., Any]:
    """Return what starts a server of a run, for a block."""
    return started


@pytest.fixture(scope="session")
def documented(half_plus_three: Path) -> Iterator[Server]:
    """Serve the SavedModel of the documentation's model."""
    with started(half_plus_three, "name=half_plus_three") as server:
        yield server


@pytest.fixture(scope="session")
def reading(words: Path) -> Iterator[Server]:
    """Serve the model of texts."""
    with started(words, "name=words") as server:
        yield server
