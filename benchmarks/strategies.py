"""Does every strategy train the same model? The largest difference of weights to one device.

    python benchmarks/strategies.py [--json FILE] [--devices gpu] [--precision bfloat16]

A model with BatchNormalization and class weights takes fourteen steps over 97 samples, whose last
batch of 16 has one. `dropout` repeats it with Dropout, against one device of the same backend. By
default the devices are parts of the processor; with `--devices gpu` they are this machine's GPUs.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import yaml

CONFIG = """
name: same
seed: 3
task: classification
data: {target: y, batch_size: 16, split: {train: 0.6, validation: 0.2, test: 0.2}}
model:
  layers:
    hidden: {type: Dense, units: 8, activation: relu}
    bn: BatchNormalization
    drop: {type: Dropout, rate: 0}
    head: {type: Dense, units: 2, activation: softmax}
optimizer: {type: SGD, learning_rate: 0.1, momentum: 0.9}
loss: SparseCategoricalCrossentropy
metrics: {accuracy: SparseCategoricalAccuracy}
train: {epochs: 2, class_weight: {0: 1.0, 1: 3.0}}
"""
LAYOUT = {"hidden/kernel": [None, "model"], "hidden/bias": ["model"]}


def strategies(on_gpu: bool, count: int) -> dict[str, Any]:
    """Return what is compared, each with its name; the first is one device of TensorFlow."""

    def of(number: int) -> dict[str, int]:
        return {"devices": number} if on_gpu else {"logical_devices": number}

    found: dict[str, Any] = {"one device": {"type": "gpu"} if on_gpu else {"type": "cpu"}}
    found["data_parallel 1"] = {"type": "data_parallel", **of(1)}
    for number in (2, 4):
        if number <= count:
            found[f"mirrored {number}"] = {"type": "mirrored", **of(number)}
            found[f"data_parallel {number}"] = {"type": "data_parallel", **of(number)}
    if count >= 4:
        mesh = {"type": "model_parallel", "mesh": {"batch": 2, "model": 2}, "layout": LAYOUT}
        found["model_parallel 2x2"] = mesh if on_gpu else {**mesh, "logical_devices": 4}
    if count >= 2:
        workers = {"type": "multi_worker", "workers": 2}
        found["multi_worker 2"] = workers if on_gpu else {**workers, "logical_devices": 1}
    return found


def trained(strategy: Any, folder: Path, rate: float, precision: str) -> tuple[Any, Any, float]:
    """Train in a process of its own; return the weights, the metrics and the seconds."""
    config = yaml.safe_load(CONFIG)
    config["data"]["source"] = {"type": "npz", "path": str(folder / "rows.npz")}
    config["model"]["layers"]["drop"]["rate"] = rate
    config["strategy"] = {**strategy, "precision": precision}
    run = Path(tempfile.mkdtemp(dir=folder)) / "run"
    file = folder / "config.yaml"
    file.write_text(yaml.safe_dump(config), encoding="utf-8")
    code = "import sys, kerascfg, pathlib; kerascfg.train(sys.argv[1], pathlib.Path(sys.argv[2]))"
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", code, str(file), str(run)], capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(f"{strategy}: {done.stderr[-2000:]}")
    import keras

    model: Any = keras.saving.load_model(run / "model.keras", compile=False)
    metrics = json.loads((run / "metrics.json").read_text(encoding="utf-8"))
    return model.get_weights(), metrics["test"], time.monotonic() - begun


def compared(given: argparse.Namespace, folder: Path) -> dict[str, dict[str, float]]:
    """Train with each strategy; return name -> what came of it."""
    on_gpu = given.devices == "gpu"
    table: dict[str, dict[str, float]] = {}
    for rate in (0.0, 0.3):
        reference: Any = None
        for name, strategy in strategies(on_gpu, given.count).items():
            if rate and strategy["type"] not in ("data_parallel", "model_parallel", "multi_worker"):
                continue
            weights, metrics, seconds = trained(strategy, folder, rate, given.precision)
            reference = reference or weights
            worst = max(float(np.abs(a - b).max()) for a, b in zip(weights, reference, strict=True))
            row = f"{name}, dropout" if rate else name
            table[row] = {"difference": worst, "seconds": round(seconds, 1), **metrics}
            print(f"{row:<28} {worst:.1e}  {seconds:5.1f} s  {metrics}", flush=True)
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--devices", choices=("processor", "gpu"), default="processor")
    parser.add_argument("--count", type=int, default=4, help="how many devices there are")
    parser.add_argument(
        "--precision", choices=("float32", "bfloat16", "float16"), default="float32"
    )
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        x = np.random.default_rng(0).normal(size=(161, 6)).astype("float32")
        np.savez(folder / "rows.npz", x=x, y=(x.sum(1) > 0).astype("int64"))
        table = compared(given, folder)
    if given.json:
        given.json.write_text(json.dumps(table, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
