"""A server as a process: many clients, its end, and what it refuses to start with."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("tensorflow_serving", reason="pip install 'kerascfg[serve]'")
pytestmark = pytest.mark.slow
ROOT = Path(__file__).parent.parent.parent
on_posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")


def predict(server: Any, *values: float) -> list[float]:
    body = json.dumps({"instances": values}).encode()
    with urllib.request.urlopen(f"{server.rest}:predict", body, timeout=60) as response:
        return json.load(response)["predictions"]


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "kerascfg", "serve", *arguments],
        cwd=ROOT, capture_output=True, text=True, timeout=120,
    )  # fmt: skip


@pytest.mark.parametrize("protocol", ["rest", "grpc"])
def test_no_answer_to_64_clients_is_lost_or_wrong(documented, protocol: str):
    from benchmarks.serving import grpc_client, load, rest_client

    samples = np.arange(100, dtype="float32")
    expected = list(samples / 2 + 3)
    places = {"model": "half_plus_three", "rest": documented.rest, "grpc": documented.grpc}
    opened = {"rest": rest_client, "grpc": grpc_client}[protocol]
    seen = load(lambda: opened(places, samples), expected, clients=64, seconds=2)
    assert (seen["lost"], seen["wrong"]) == (0, 0)
    assert seen["answers"] >= 64


@on_posix
@pytest.mark.parametrize(("target", "name"), [("saved_model", "SIGTERM"), ("litert", "SIGINT")])
def test_a_signal_ends_it_once_what_is_under_way_is_answered(
    half_plus_three: Path, start, target: str, name: str
):
    number = getattr(signal, name)
    waiting = ("max_batch_size=3", "batch_timeout_micros=3000000")
    with start(half_plus_three, f"target={target}", *waiting) as server:
        assert server.rest.endswith("/v1/models/model")
        assert predict(server, 1, 2, 5) == [3.5, 4.0, 5.5]
        answers: list[Any] = []
        # its batch is not full, so that it waits for others when the signal comes
        asking = threading.Thread(target=lambda: answers.append(predict(server, 1)))
        asking.start()
        time.sleep(1)
        server.process.send_signal(number)
        asking.join(30)
        assert answers == [[3.5]]
        assert server.process.wait(30) == 128 + number
        with pytest.raises(urllib.error.URLError):
            predict(server, 1)
        assert "Traceback" not in server.process.communicate()[1]


@on_posix
def test_a_full_queue_is_503_and_requests_beyond_its_grace_are_cut_off_and_said(
    half_plus_three: Path, start
):
    limits = ("max_batch_size=2", "max_enqueued_batches=1", "batch_timeout_micros=60000000")
    with start(half_plus_three, *limits, "grace_seconds=1") as server:
        assert predict(server, 1, 2) == [3.5, 4.0]
        failures: list[Exception] = []

        def ask() -> None:
            try:
                predict(server, 1)
            except Exception as error:
                failures.append(error)

        asking = threading.Thread(target=ask)
        asking.start()
        time.sleep(1)
        with pytest.raises(urllib.error.HTTPError) as caught:
            predict(server, 1, 2)
        assert caught.value.code == 503
        message = json.load(caught.value)["error"]
        assert message.startswith("The batch scheduling queue to which this task was submitted is")
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(30) == 1
        asking.join(30)
        (failure,) = failures
        assert isinstance(failure, urllib.error.HTTPError)
        assert json.load(failure) == {"error": "The server is stopping"}
        told = server.process.communicate()[1]
        assert "the server ended before 1 request could be answered" in told
        assert "Traceback" not in told


@on_posix
def test_a_second_signal_ends_it_while_clients_still_send_and_they_are_counted(
    half_plus_three: Path, start
):
    with start(half_plus_three) as server:
        address = urllib.parse.urlsplit(server.rest)
        assert address.port
        head = f"POST {address.path}:predict HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n"
        clients = [socket.create_connection(("127.0.0.1", address.port)) for _ in range(2)]
        for client in clients:
            client.sendall(head.encode() + b'{"instances"')
        time.sleep(0.5)
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(10) == 1
        for client in clients:
            assert client.recv(9999).startswith(b"HTTP/1.1 503")
            client.close()
        told = server.process.communicate()[1]
        assert "the server ended before 2 requests could be answered" in told
        assert "Traceback" not in told


def test_a_larger_request_than_is_taken_is_refused_before_it_is_read(half_plus_three: Path, start):
    import grpc
    import tensorflow as tf
    from tensorflow_serving.apis.predict_pb2 import PredictRequest
    from tensorflow_serving.apis.prediction_service_pb2_grpc import PredictionServiceStub

    with start(half_plus_three, "max_body_bytes=1000") as server:
        with pytest.raises(urllib.error.HTTPError) as caught:
            predict(server, *range(1000))
        assert caught.value.code == 413
        assert json.load(caught.value) == {"error": "The body is larger than max_body_bytes=1000"}
        chunks = urllib.request.Request(f"{server.rest}:predict", iter([b"x" * 600] * 2))
        with pytest.raises(urllib.error.HTTPError, match="413"):
            urllib.request.urlopen(chunks, timeout=20)
        request = PredictRequest()
        request.model_spec.name = "model"
        request.inputs["x"].CopyFrom(tf.make_tensor_proto(np.ones(1000, "float32")))
        with pytest.raises(grpc.RpcError) as refused, grpc.insecure_channel(server.grpc) as channel:
            PredictionServiceStub(channel).Predict(request, timeout=20)
        error: Any = refused.value
        assert error.code().name == "RESOURCE_EXHAUSTED"
        assert predict(server, 1) == [3.5]


def test_a_server_that_cannot_listen_is_not_announced(half_plus_three: Path):
    from kerascfg.serving import Settings, find_artefact, server
    from kerascfg.serving.model import load

    artefact = find_artefact(half_plus_three, "litert")
    settings = Settings(str(half_plus_three), port=0, grpc_port=0)
    announced: list[Any] = []
    with socket.socket(type=socket.SOCK_DGRAM) as deaf:
        deaf.bind(("127.0.0.1", 0))
        serving = server._serve(settings, artefact, load(artefact), deaf, announced.append)
        with pytest.raises(ValueError, match="Stream"):
            asyncio.run(serving)
    assert announced == []


def test_a_damaged_file_is_refused_and_nothing_is_started(half_plus_three: Path, tmp_path: Path):
    run = Path(shutil.copytree(half_plus_three, tmp_path / "run"))
    weights = run / "exports" / "saved_model" / "1" / "saved_model.pb"
    content = bytearray(weights.read_bytes())
    content[len(content) // 2] ^= 1
    weights.write_bytes(content)
    done = command(f"run={run}", "port=0", "grpc_port=0")
    assert done.returncode == 2
    assert done.stdout == ""
    assert "nothing was started" in done.stderr
    assert "another content (SHA-256)" in done.stderr


@pytest.mark.parametrize("key", ["port", "grpc_port"])
def test_a_taken_port_is_named(half_plus_three: Path, key: str):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        number = taken.getsockname()[1]
        other = "grpc_port" if key == "port" else "port"
        done = command(f"run={half_plus_three}", f"{other}=0", f"{key}={number}")
    assert done.returncode == 2
    assert f"a port that is free. Received: {key}={number}" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_person_is_told_where_it_listens_and_what_production_needs(half_plus_three: Path):
    from kerascfg.serving import find_artefact, greeting
    from kerascfg.serving.production import addresses

    artefact = find_artefact(half_plus_three, None)
    text = greeting(artefact, "m", addresses("::1", 1, 2, "m"), half_plus_three)
    assert "http://[::1]:1/v1/models/m:predict" in text
    for server in ("tensorflow/serving", "openvino/model_server", "tritonserver"):
        assert server in text
