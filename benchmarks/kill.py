"""Kill -9 at random instants: what is resumed must equal the run that nobody killed, bit for bit.

python benchmarks/kill.py --json FILE                      100 kills
python benchmarks/kill.py --kills 20 --strategy mirrored   on two replicas
python benchmarks/kill.py --kills 10 --export none         as CI does it

One reference run goes through to its end. Then runs of the same command are killed at instants
drawn evenly over the reference's time, resumed by the same command, and killed again, until one
life reaches the end. Each such run is compared with the reference: the weights of `model.keras`,
`history.csv`, `metrics.json`, the chosen checkpoint `best.weights.h5`, and the last exact state
(all variables, seed generators, optimizer, callbacks). A kill counts when its run equals.

The training holds what makes exact resuming hard: a shuffled data set whose size no file states,
augmentation, Dropout, BatchNormalization, two stages, Adam with a schedule, ReduceLROnPlateau,
EarlyStopping that restores weights, BestCheckpoint, an average of the weights, a last batch that
is not full, and a state saved every third step.

Lives are forked from a process that has imported TensorFlow, and not used it: the start, which no
kill can hurt, then costs nothing. A kill takes the whole process group, as the end of a machine
does.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

EXPERIMENT = """
# @package _global_
defaults:
  - override /data: tfrecord
  - override /model: null
  - override /task: null
  - override /train: null
  - override /export: []
data:
  source:
    path: digits.tfrecord
    features: {image: {shape: [8, 8, 1], decode: null}, label: {dtype: int64}}
  target: label
  batch_size: 64
  split: {train: 0.6, validation: 0.2, test: 0.2}
  augment:
    move: {type: RandomTranslation, height_factor: 0.1, width_factor: 0.1}
    noise: {type: GaussianNoise, stddev: 0.5}
model:
  layers:
    scale: {type: Rescaling, scale: 0.0625}
    conv: {type: Conv2D, filters: 6, kernel_size: 3, use_bias: false}
    norm: BatchNormalization
    relu: ReLU
    flat: Flatten
    drop: {type: Dropout, rate: 0.3}
    head: {type: Dense, units: 10, activation: softmax}
loss: SparseCategoricalCrossentropy
metrics: {accuracy: SparseCategoricalAccuracy}
train:
  stages:
    first:
      epochs: 3
      optimizer:
        type: Adam
        learning_rate:
          {type: CosineDecay, initial_learning_rate: 0.01, decay_steps: $train.steps}
    second: {epochs: 12, optimizer: {type: Adam, learning_rate: 0.05, use_ema: true}}
callbacks:
  reduce: {type: ReduceLROnPlateau, patience: 1, factor: 0.5, cooldown: 1}
  stop: {type: EarlyStopping, patience: 3, restore_best_weights: true}
checkpoint: {every: 3}
deterministic: true
"""


def main() -> int:
    """Run the campaign; return 0 where every kill was survived exactly."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--strategy", choices=["cpu", "mirrored"], default="cpu")
    parser.add_argument("--export", choices=["none", "saved_model"], default="saved_model")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import keras  # noqa: F401 # so that every life has it already; nothing is computed here
    import tensorflow  # noqa: F401

    folder = Path(tempfile.mkdtemp(prefix="kill-"))
    try:
        result = campaign(folder, args)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps(result, indent=2))
    return 0 if result["equal"] == result["kills"] == args.kills else 1


def campaign(folder: Path, args: argparse.Namespace) -> dict[str, Any]:
    """Kill and resume runs in a folder; return what became of them.

    Returns:
        `kills`, how many of them belong to runs that equal the reference (`equal`), where they hit
        (`where`), the `runs` they belong to, what `differs` in those that do not equal, and the
        `seconds` of the whole.
    """
    begun, rng = time.monotonic(), random.Random(args.seed)
    (folder / "conf/experiment").mkdir(parents=True)
    (folder / "conf/experiment/kill.yaml").write_text(EXPERIMENT.lstrip())
    os.chdir(folder)
    assert wait(fork(write_digits)) == 0
    command = ["experiment=kill", f"export=[{'' if args.export == 'none' else args.export}]"]
    mirrored = ["strategy=mirrored", "strategy.logical_devices=2"]
    command += mirrored if args.strategy == "mirrored" else ["strategy=cpu"]
    reference, started = folder / "reference", time.monotonic()
    status = wait(life(command, reference))
    span = time.monotonic() - started
    assert status == 0, (folder / "reference.log").read_text()
    expected = outcome(reference)
    killed, equal, runs, where, differs = 0, 0, 0, Counter(), []
    result: dict[str, Any] = {"kills": 0, "equal": 0}
    while killed < args.kills:
        directory, hits = folder / f"run-{runs}", 0
        while True:
            delay = rng.uniform(0, span) if killed + hits < args.kills else None
            status = wait(life(command, directory), delay)
            if status != -signal.SIGKILL:
                break
            hits += 1
            where[place_of(directory)] += 1
        assert status == 0, Path(f"{directory}.log").read_text()
        found = outcome(directory)
        different = sorted(
            name for name in expected | found if expected.get(name) != found.get(name)
        )
        differs += [f"run {runs}: {name}" for name in different]
        killed, equal, runs = killed + hits, equal + (0 if different else hits), runs + 1
        shutil.rmtree(directory)
        result = {
            "strategy": args.strategy,
            "kills": killed,
            "equal": equal,
            "runs": runs,
            "where": dict(where.most_common()),
            "differs": differs,
            "seconds": round(time.monotonic() - begun, 1),
        }
        if args.json:  # also what a campaign has shown that is ended early
            args.json.write_text(json.dumps(result, indent=2) + "\n")
        print(f"{killed} kills, {equal} of them equal", file=sys.stderr, flush=True)
    return result


def life(command: list[str], directory: Path) -> int:
    """Start the command in a process of its own; return its id."""

    def run() -> int:
        with Path(f"{directory}.log").open("ab") as log:
            os.dup2(log.fileno(), 1)
            os.dup2(log.fileno(), 2)
        from kerascfg.cli.train import main

        return main([*command, f"hydra.run.dir={directory}"])

    return fork(run)


def fork(work: Any) -> int:
    """Do some work in a process group of its own; return the id of the process."""
    if child := os.fork():
        return child
    os.setpgid(0, 0)
    status = 1
    try:
        status = work()
    finally:
        sys.stdout.flush()
        os._exit(status)


def wait(child: int, delay: float | None = None) -> int:
    """Wait for a process, and kill its group after some seconds; return how it ended."""
    end = None if delay is None else time.monotonic() + delay
    while end is not None and time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.001)
    if end is not None:
        os.killpg(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def place_of(directory: Path) -> str:
    """Say what a killed run was at, by what it has left."""
    if (directory / "metrics.json").exists():
        return "export"
    if list(directory.glob("model.keras")):
        return "evaluation"
    if list((directory / "checkpoints").glob(".state*")):
        return "a save"
    states = sorted((directory / "checkpoints").glob("state-*"))
    if not states:
        return "the start"
    position = last_state(directory)[1]["training"]["position"]
    return f"stage {position['stage'] + 1}" + (", its end" if position["over"] else "")


def outcome(directory: Path) -> dict[str, bytes]:
    """Return what must be equal: name -> bytes."""
    found = {name: (directory / name).read_bytes() for name in ("history.csv", "metrics.json")}
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(directory / "model.keras") as archive:
            archive.extract("model.weights.h5", folder)
        found |= weights_of("model", Path(folder, "model.weights.h5"))
    found |= weights_of("best", directory / "checkpoints/best.weights.h5")
    arrays, values = last_state(directory)
    values["training"].pop("seconds")
    found["state"] = json.dumps(values, sort_keys=True).encode()
    return found | {f"state {name}": array.tobytes() for name, array in arrays.items()}


def weights_of(name: str, file: Path) -> dict[str, bytes]:
    """Return the arrays of a weights file."""
    import h5py

    found = {}
    with h5py.File(file) as opened:
        opened.visititems(
            lambda path, item: (
                found.update({f"{name} {path}": item[()].tobytes()})
                if isinstance(item, h5py.Dataset)
                else None
            )
        )
    return found


def last_state(directory: Path) -> Any:
    """Return arrays and values of the newest state, spelled as plain values."""
    from kerascfg.training.checkpoints.plain import from_plain
    from kerascfg.training.checkpoints.tensors import read_tensors

    arrays, values = read_tensors(max((directory / "checkpoints").glob("state-*.safetensors")))
    plain = from_plain(values["training"], arrays.__getitem__)
    return arrays, {**values, "training": plain}


def write_digits() -> int:
    """Write scikit-learn's digits as records."""
    import tensorflow as tf
    from sklearn.datasets import load_digits

    digits = load_digits()
    with tf.io.TFRecordWriter("digits.tfrecord") as writer:
        for image, label in zip(digits.images[:1100], digits.target, strict=False):
            feature = {
                "image": tf.train.Feature(float_list=tf.train.FloatList(value=image.reshape(-1))),
                "label": tf.train.Feature(int64_list=tf.train.Int64List(value=[label])),
            }
            example = tf.train.Example(features=tf.train.Features(feature=feature))
            writer.write(example.SerializeToString())
    return 0


if __name__ == "__main__":
    sys.exit(main())
