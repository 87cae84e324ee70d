"""What exact checkpoints cost: the share of the time they take, and how fast a run goes on.

python benchmarks/checkpoints.py --json FILE
python benchmarks/checkpoints.py --seconds 60      longer, so that the share is surer

Overhead: what keeping the state adds to a step where nothing is saved, how long training waits
where a state is copied, and the processor time of the thread that writes it, as if training lost
all of it. Together, at the default interval, they are the share of the time. A state is saved every
20 steps here, so that there are many to measure.

Resuming: from the start of the process to the first new step, of a plain start and of a run that
goes on in the middle of an epoch, in turns, each in a fresh process.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

MODELS = {"mlp, 0.1 M": (256, 1), "mlp, 4 M": (1024, 4), "mlp, 21 M": (2048, 5)}
"""Name -> units and hidden layers over 512 inputs."""
INTERVAL = 60.0


def main() -> int:
    """Measure, print and write; return 0 where both bounds are kept."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=15.0, help="of each measurement")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    with tempfile.TemporaryDirectory() as folder:
        result = {
            "overhead": {name: overhead(name, Path(folder), args.seconds) for name in MODELS},
            "resume": resuming(Path(folder), args.turns),
        }
    print(json.dumps(result, indent=2))
    if args.json:
        args.json.write_text(json.dumps(result, indent=2) + "\n")
    kept = all(each["share"] <= 0.02 for each in result["overhead"].values())
    return 0 if kept and result["resume"]["ratio"] <= 1.3 else 1


def overhead(name: str, folder: Path, seconds: float) -> dict[str, float]:
    """Return what checkpoints cost a training of one model, as a share of its time too."""
    import keras
    import numpy as np

    from kerascfg.runs import Stop
    from kerascfg.training.checkpoints import CheckpointSettings, Keeper, Position, Training
    from kerascfg.training.checkpoints.store import Store
    from kerascfg.training.settings import TrainSettings

    units, layers = MODELS[name]
    keras.utils.set_random_seed(1)
    hidden = [keras.layers.Dense(units, "relu") for _ in range(layers)]
    model = keras.Sequential([keras.Input((512,)), *hidden, keras.layers.Dense(10)])
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    x = np.random.default_rng(0).normal(size=(64, 512)).astype("float32")
    y = np.zeros(64, "int64")
    model.train_on_batch(x, y)
    store = Store(folder / str(units))
    training = Training(Position(), "data", "config", {})
    keeper = Keeper(store, CheckpointSettings(1), TrainSettings(), Stop(), print, training)
    keeper.begin(model, {})
    steps, passing, copying, writing = [], [], [], []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(copying) < 3:
        is_save = len(steps) % 20 == 19
        keeper.settings = CheckpointSettings(1 if is_save else None)
        begun = time.perf_counter()
        model.train_on_batch(x, y)
        between = time.perf_counter()
        keeper.after_step(model, {}, Position(0, 0, len(steps)), 1)
        waited = time.perf_counter() - between
        steps.append(between - begun)
        (copying if is_save else passing).append(waited)
        if is_save:
            store.wait()
            writing.append(store.cost * (os.cpu_count() or 1))
    step, pass_, copy, write = map(statistics.median, (steps, passing, copying, writing))
    file = max((folder / str(units)).glob("state-*"))
    return {
        "step_ms": round(step * 1e3, 3),
        "keeping_us": round(pass_ * 1e6, 1),
        "state_mb": round(file.stat().st_size / 1e6, 1),
        "copying_ms": round(copy * 1e3, 1),
        "writing_ms": round(write * 1e3, 1),
        "share": round(pass_ / step + (copy + write) / INTERVAL, 5),
    }


_PROJECT = """
import keras, os, sys, time
class First(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        if not getattr(self, "told", False):
            print("first step", time.time(), flush=True)
            self.told = True
        if os.environ.get("STOP") and batch == 5 and self.model.optimizer.iterations > 25:
            os.kill(os.getpid(), 15)
    def get_state(self):
        return None
    def set_state(self, state):
        pass
"""


def resuming(folder: Path, turns: int) -> dict[str, float]:
    """Return seconds to the first new step: of a plain start, and of a run that goes on."""
    (folder / "first_step.py").write_text(_PROJECT)

    def first_step(directory: str, stop: bool) -> float:
        environment = {
            **os.environ,
            "KERASCFG_PLUGINS": "first_step",
            "PYTHONPATH": os.pathsep.join([str(folder), str(Path(__file__).parent.parent)]),
            **({"STOP": "1"} if stop else {}),
        }
        begun = time.time()
        command = [
            "train",
            "export=[]",
            "train.epochs=2",
            "callbacks.first={type: first_step.First}",
        ]
        done = subprocess.run(
            [sys.executable, "-m", "kerascfg", *command, f"hydra.run.dir={directory}"],
            cwd=folder, env=environment, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == (143 if stop else 0), done.stdout + done.stderr
        told = next(line for line in done.stdout.splitlines() if line.startswith("first step"))
        return float(told.split()[-1]) - begun

    plain, resumed = [], []
    for turn in range(turns):
        plain.append(first_step(f"run-{turn}", stop=True))
        resumed.append(first_step(f"run-{turn}", stop=False))
    start, again = statistics.median(plain), statistics.median(resumed)
    return {
        "plain_s": round(start, 2),
        "resumed_s": round(again, 2),
        "ratio": round(again / start, 3),
    }


if __name__ == "__main__":
    sys.exit(main())
