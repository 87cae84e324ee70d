"""Answers per second of `kerascfg serve` under many clients, beside a bare `tf.function` loop.

    python benchmarks/serving.py [--json FILE] [--run DIR] [--clients 64] [--seconds 60]

Each client is a connection of its own that asks for one real sample after the other, and compares
every answer with that of the artefact asked alone. `lost` are requests without an answer, `wrong`
those with another answer. The bare loop calls the same SavedModel's signature in one thread, one
sample at a time, with no server around it; `bare_batches` calls it with 32 samples. Clients and
server share the machine, so that on few cores the clients' own work is in the figures.

Without --run the default experiment is trained for one epoch.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

ROOT = Path(__file__).parent.parent
TOLERANCE = 1e-5
BATCH = 32
BARE_SECONDS = 10.0
TARGETS = ("saved_model", "litert")

Ask = Callable[[int], Any]
"""Asks for one sample by its number and returns the answer as an array."""


def main() -> None:
    """Print the table, and write it as JSON where asked."""
    parser = argparse.ArgumentParser(description="Measure the server.")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--run", type=Path)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=60.0)
    said = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        run = said.run or trained(Path(folder) / "run")
        results = {name: measure(run, name, said.clients, said.seconds) for name in TARGETS}
        results["saved_model"] |= bare(run, min(said.seconds, BARE_SECONDS))
    print_table(results)
    if said.json:
        said.json.write_text(json.dumps(results, indent=2) + "\n")


def measure(run: Path, target: str, clients: int, seconds: float) -> dict[str, dict[str, float]]:
    """Return what many clients see of each protocol: contender -> figures."""
    samples = read_samples(run)
    with served(run, f"target={target}") as places:
        expected = answers_alone(places, samples)
        openers = {"rest": rest_client, "grpc": grpc_client}
        return {
            name: load(lambda: opened(places, samples), expected, clients, seconds)  # noqa: B023
            for name, opened in openers.items()
        }


def read_samples(run: Path) -> Any:
    """Return the samples of a run with one input, as 32-bit floats."""
    import numpy as np

    with np.load(run / "samples.npz") as stored:
        (name,) = (name for name in stored.files if name.startswith("x/"))
        return stored[name].astype("float32")


@contextlib.contextmanager
def served(run: Path, *arguments: str) -> Iterator[dict[str, str]]:
    """Serve a run on free ports, and give the addresses."""
    command = [sys.executable, "-m", "kerascfg", "serve", f"run={run}", "--json"]
    process = subprocess.Popen(
        [*command, "port=0", "grpc_port=0", *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout
        line = process.stdout.readline()
        if not line:
            raise SystemExit(f"the server ended with status {process.wait()}")
        yield json.loads(line)
    finally:
        process.terminate()
        process.wait()


def rest_client(places: dict[str, str], samples: Any) -> Ask:
    """Open a connection to REST."""
    import numpy as np

    address, _, path = places["rest"].removeprefix("http://").partition("/")
    connection = http.client.HTTPConnection(address, timeout=60)

    def ask(index: int) -> Any:
        body = json.dumps({"instances": samples[index : index + 1].tolist()})
        connection.request("POST", f"/{path}:predict", body)
        response = connection.getresponse()
        text = response.read()
        if response.status != 200:
            raise OSError(f"{response.status}: {text[:200]!r}")
        return np.array(json.loads(text)["predictions"][0], "float32")

    return ask


def grpc_client(places: dict[str, str], samples: Any) -> Ask:
    """Open a connection to gRPC."""
    import grpc
    import numpy as np
    import tensorflow as tf
    from tensorflow_serving.apis.predict_pb2 import PredictRequest
    from tensorflow_serving.apis.prediction_service_pb2_grpc import PredictionServiceStub

    own = [("grpc.use_local_subchannel_pool", 1)]  # else all channels share one connection
    stub = PredictionServiceStub(grpc.insecure_channel(places["grpc"], own))
    name = input_name(places)

    def ask(index: int) -> Any:
        request = PredictRequest()
        request.model_spec.name = places["model"]
        request.inputs[name].CopyFrom(tf.make_tensor_proto(samples[index : index + 1]))
        (answer,) = stub.Predict(request, timeout=60).outputs.values()
        shape = [dim.size for dim in answer.tensor_shape.dim]
        return np.array(answer.float_val, "float32").reshape(shape)[0]

    return ask


def input_name(places: dict[str, str]) -> str:
    """Return the name of the model's one input, which the server tells."""
    import urllib.request

    with urllib.request.urlopen(f"{places['rest']}/metadata") as response:
        metadata = json.load(response)["metadata"]["signature_def"]["signature_def"]
    (name,) = metadata["serving_default"]["inputs"]
    return name


def answers_alone(places: dict[str, str], samples: Any) -> list[Any]:
    """Return the answer for each sample, asked one after the other by one client."""
    ask = rest_client(places, samples)
    return [ask(index) for index in range(len(samples))]


@dataclass
class Seen:
    """What one client saw."""

    seconds: list[float] = field(default_factory=list)
    lost: int = 0
    wrong: int = 0


def load(
    open_client: Callable[[], Ask], expected: list[Any], clients: int, seconds: float
) -> dict[str, float]:
    """Let clients ask at once for some seconds, each the next when it has an answer."""
    import numpy as np

    seen = [Seen() for _ in range(clients)]
    asks = [open_client() for _ in range(clients)]
    start = threading.Barrier(clients + 1)

    def work(number: int) -> None:
        rng = np.random.default_rng(number)
        asks[number](0)  # connected before the clock starts
        start.wait()
        until = time.perf_counter() + seconds
        while (began := time.perf_counter()) < until:
            index = int(rng.integers(len(expected)))
            try:
                answer = asks[number](index)
            except Exception as error:
                seen[number].lost += 1
                print(f"lost: {type(error).__name__}: {error}", file=sys.stderr)
                continue
            seen[number].seconds.append(time.perf_counter() - began)
            same = answer.shape == expected[index].shape
            if not same or np.abs(answer - expected[index]).max() > TOLERANCE:
                seen[number].wrong += 1

    threads = [threading.Thread(target=work, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    start.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - began
    times = [each for one in seen for each in one.seconds]
    return {
        "clients": clients,
        **figures(times, took),
        "lost": sum(one.lost for one in seen),
        "wrong": sum(one.wrong for one in seen),
    }


def bare(run: Path, seconds: float) -> dict[str, dict[str, float]]:
    """Call the SavedModel's signature in a loop, without a server."""
    import tensorflow as tf

    samples = read_samples(run)
    loaded: Any = tf.saved_model.load(str(run / "exports" / "saved_model" / "1"))
    signature = loaded.signatures["serving_default"]
    (name,) = signature.structured_input_signature[1]

    def loop(size: int) -> dict[str, float]:
        parts = [tf.constant(samples[i : i + size]) for i in range(0, len(samples) - size, size)]
        times = []
        began = time.perf_counter()
        while (now := time.perf_counter()) - began < seconds:
            for tensor in signature(**{name: parts[len(times) % len(parts)]}).values():
                tensor.numpy()
            times.append(time.perf_counter() - now)
        return figures(times, time.perf_counter() - began, size)

    loop(1)
    return {"bare_loop": loop(1), "bare_batches": loop(BATCH)}


def figures(times: list[float], took: float, samples: int = 1) -> dict[str, float]:
    """Return answers a second and how long they took; `samples` are answered by each call."""
    import numpy as np

    p50, p99 = np.percentile(times, [50, 99]) * 1000 if times else (float("nan"),) * 2
    return {
        "answers": len(times) * samples,
        "answers_per_second": round(len(times) * samples / took, 1),
        "p50_ms": round(float(p50), 3),
        "p99_ms": round(float(p99), 3),
    }


def trained(directory: Path) -> Path:
    """Train the default experiment for one epoch and deliver it."""
    command = [
        sys.executable,
        str(ROOT / "train.py"),
        "train.epochs=1",
        f"hydra.run.dir={directory}",
    ]
    subprocess.run(command, cwd=directory.parent, check=True, stdout=subprocess.DEVNULL)
    return directory


def print_table(results: dict[str, dict[str, dict[str, float]]]) -> None:
    """Print what each contender reached."""
    head = ("target", "contender", "answers", "per second", "p50 ms", "p99 ms", "lost", "wrong")
    print("{:12} {:13} {:>9} {:>11} {:>9} {:>9} {:>5} {:>6}".format(*head))
    for target, contenders in results.items():
        for name, seen in contenders.items():
            print(
                f"{target:12} {name:13} {seen['answers']:>9,} {seen['answers_per_second']:>11,.1f} "
                f"{seen['p50_ms']:>9.2f} {seen['p99_ms']:>9.2f} "
                f"{seen.get('lost', ''):>5} {seen.get('wrong', ''):>6}"
            )


if __name__ == "__main__":
    main()
