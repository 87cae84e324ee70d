"""Samples per second of training, beside what Keras users write and what is possible.

    python benchmarks/training.py [--json FILE] [--rounds 7] [--cases mlp,cnn] [--first-step 3]

user_fit: the script a Keras user writes, `model.fit(x, y)`.
tuned: the best plain Keras script: a cached, batched `tf.data` and `steps_per_execution`.
bare_loop: the limit: a `tf.function` over tensors in memory that does a whole epoch in one call,
    with the same loss, optimizer and metrics, and an order drawn anew for each epoch.
kerascfg: our defaults: the real config path, metrics, progress line, history and best weights on.

The contenders take turns in one process, an epoch each (see `turns`), and the median over the
rounds counts; the first epoch, which compiles, is left out. All train on the same samples, on the
same layers, from the same seed, without a validation split.

With --first-step the time is measured too from the command to the end of the first step, of
`python train.py` and of a user's script, each in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

CONTENDERS = ("user_fit", "tuned", "bare_loop", "kerascfg")
RATE = 1e-4
FIRST_STEP_SAMPLES = 16_384
EXECUTION = 32
"""Steps in one execution of the tuned script, what a careful user sets."""


@dataclass(frozen=True)
class Case:
    """One model and its data.

    Attributes:
        samples: training samples.
        batch: samples a step.
        shape: shape of a sample.
        classes: number of classes.
        layers: the model's layers, as in a config.
        words: values are whole numbers below it instead of floats, where given.
    """

    samples: int
    batch: int
    shape: tuple[int, ...]
    classes: int
    layers: dict[str, Any]
    words: int | None = None


def _dense(units: int, **more: Any) -> dict[str, Any]:
    return {"type": "Dense", "units": units, "activation": "relu", **more}


def _conv(filters: int) -> dict[str, Any]:
    return {"type": "Conv2D", "filters": filters, "kernel_size": 3, "activation": "relu"}


def _head(classes: int) -> dict[str, Any]:
    return {"type": "Dense", "units": classes, "activation": "softmax"}


CASES = {
    "mlp": Case(131_072, 64, (64,), 10, {"hidden": _dense(128), "head": _head(10)}),
    "cnn": Case(
        4096, 64, (28, 28, 1), 10,
        {
            "conv1": _conv(16),
            "pool1": "MaxPooling2D",
            "conv2": _conv(32),
            "pool2": "MaxPooling2D",
            "flat": "Flatten",
            "head": _head(10),
        },
    ),
    "transformer": Case(
        4096, 32, (32,), 4,
        {
            "embed": {"type": "Embedding", "input_dim": 1000, "output_dim": 32},
            "attend": {
                "type": "MultiHeadAttention", "num_heads": 2, "key_dim": 16,
                "inputs": {"query": "embed", "value": "embed"},
            },
            "add1": {"type": "Add", "inputs": ["embed", "attend"]},
            "norm1": "LayerNormalization",
            "wide": _dense(64),
            "narrow": {"type": "Dense", "units": 32},
            "add2": {"type": "Add", "inputs": ["norm1", "narrow"]},
            "norm2": "LayerNormalization",
            "pool": "GlobalAveragePooling1D",
            "head": _head(4),
        },
        words=1000,
    ),
    "mobilenet": Case(
        128, 16, (96, 96, 3), 10,
        {
            "backbone": {
                "type": "keras.applications.MobileNetV2", "include_top": False, "weights": None,
                "input_shape": [96, 96, 3],
            },
            "pool": "GlobalAveragePooling2D",
            "head": _head(10),
        },
    ),
}  # fmt: skip
STRATEGY = "auto"


def main() -> None:
    """Print the table, and write it as JSON where asked."""
    parser = argparse.ArgumentParser(description="Measure training.")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--cases", default=",".join(CASES))
    parser.add_argument("--first-step", type=int, default=0, metavar="ROUNDS")
    said = parser.parse_args()
    results: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        if said.first_step:
            results["first_step_seconds"] = first_steps(Path(folder), said.first_step)
        for name in filter(None, said.cases.split(",")):
            results[name] = measure(CASES[name], Path(folder) / name, said.rounds)
            print_case(name, results[name])
    if "first_step_seconds" in results:
        print("seconds from the command to the first step:", results["first_step_seconds"])
    if said.json:
        said.json.write_text(json.dumps(results, indent=2) + "\n")


def measure(case: Case, folder: Path, rounds: int) -> dict[str, float]:
    """Return contender -> samples a second, the median over the rounds."""
    from turns import CURRENT, Turns

    folder.mkdir()
    x, y = write_samples(case, folder / "data.npz")
    turns = Turns(CONTENDERS)
    CURRENT.append(turns)
    epochs = rounds + 1
    runs: dict[str, Callable[[], None]] = {
        "user_fit": lambda: user_fit(case, x, y, epochs),
        "tuned": lambda: tuned(case, x, y, epochs),
        "bare_loop": lambda: bare_loop(case, x, y, epochs),
    }
    threads = [threading.Thread(target=_guarded, args=(turns, *run)) for run in runs.items()]
    for thread in threads:
        thread.start()
    # Last, so that it ends last: what it does after training disturbs nobody.
    _guarded(turns, "kerascfg", lambda: kerascfg_run(case, folder, epochs))
    for thread in threads:
        thread.join()
    CURRENT.remove(turns)
    if turns.failed:
        raise turns.failed
    return {
        name: round(case.samples / statistics.median(seconds[1:]), 1)
        for name, seconds in turns.seconds.items()
    }


def _guarded(turns: Any, name: str, run: Callable[[], None]) -> None:
    try:
        turns.begin(name)
        run()
    except BaseException as error:
        turns.stop(turns.failed or error)


def write_samples(case: Case, file: Path) -> tuple[Any, Any]:
    """Write samples of noise, and return them."""
    import numpy as np

    random = np.random.default_rng(0)
    shape = (case.samples, *case.shape)
    x = random.random(shape, "float32")
    if case.words:
        x = random.integers(0, case.words, shape).astype("int32")
    y = random.integers(0, case.classes, case.samples).astype("int32")
    np.savez(file, x=x, y=y)
    return x, y


def model_of(case: Case) -> Any:
    """Build the model, plain Keras like all that we build."""
    import kerascfg

    entry = {"x": {"shape": list(case.shape), "dtype": "int32" if case.words else "float32"}}
    return kerascfg.build_model({"inputs": entry, "layers": case.layers})


def compiled(case: Case, **more: Any) -> Any:
    """Return the model, compiled as a user does."""
    import keras

    model = model_of(case)
    model.compile(
        optimizer=keras.optimizers.Adam(RATE),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
        **more,
    )
    return model


def user_fit(case: Case, x: Any, y: Any, epochs: int) -> None:
    """Train as a user's script does."""
    from turns import Turn

    turn = Turn("user_fit")
    compiled(case).fit(
        x, y, batch_size=case.batch, epochs=epochs, verbose=0, callbacks=[turn]
    )  # fmt: skip


def tuned(case: Case, x: Any, y: Any, epochs: int) -> None:
    """Train as a careful script does."""
    import tensorflow as tf
    from turns import Turn

    steps = case.samples // case.batch
    turn = Turn("tuned")
    batches = tf.data.Dataset.from_tensor_slices((x, y)).cache().shuffle(case.samples)
    batches = batches.batch(case.batch, drop_remainder=True).prefetch(tf.data.AUTOTUNE)
    model = compiled(case, steps_per_execution=min(EXECUTION, steps))
    model.fit(batches, epochs=epochs, verbose=0, callbacks=[turn])


def bare_loop(case: Case, x: Any, y: Any, epochs: int) -> None:
    """Train in one compiled call an epoch."""
    import keras
    import tensorflow as tf
    from turns import CURRENT

    turns: Any = CURRENT[-1]
    model, steps = model_of(case), case.samples // case.batch
    optimizer = keras.optimizers.Adam(RATE)
    optimizer.build(model.trainable_variables)
    loss_of = keras.losses.SparseCategoricalCrossentropy()
    mean, accuracy = keras.metrics.Mean(), keras.metrics.SparseCategoricalAccuracy()
    accuracy.update_state(y[:1], model(x[:1]))
    features, answers = tf.constant(x), tf.constant(y)

    def step(rows: Any) -> None:
        batch, target = tf.gather(features, rows), tf.gather(answers, rows)
        with tf.GradientTape() as tape:
            output = model(batch, training=True)
            loss: Any = loss_of(target, output)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        mean.update_state(loss)
        accuracy.update_state(target, output)

    @tf.function
    def epoch(order: Any) -> None:
        for at in tf.range(steps):
            step(order[at])

    for number in range(epochs):
        if number:
            turns.begin("bare_loop")
        mean.reset_state()
        accuracy.reset_state()
        order = tf.random.shuffle(tf.range(case.samples))[: steps * case.batch]
        epoch(tf.reshape(order, (steps, case.batch)))
        float(mean.result()), float(accuracy.result())
        turns.end("bare_loop")


def config_of(case: Case, folder: Path, epochs: int) -> dict[str, Any]:
    """Return the config of a case: our defaults but for data, model and the rate."""
    import kerascfg

    config = kerascfg.load(
        [
            *("data=npz", f"data.source.path={folder / 'data.npz'}", "data.target=y"),
            *("data.split.train=1", "data.split.validation=0", "data.split.test=0"),
            *(f"data.batch_size={case.batch}", f"optimizer.learning_rate={RATE}"),
            *(f"train.epochs={epochs}", f"strategy={STRATEGY}", "export=[]"),
        ]
    )
    return {**config, "model": {"layers": case.layers}}


def kerascfg_run(case: Case, folder: Path, epochs: int) -> None:
    """Train as `python train.py` does, the progress line on."""
    os.environ["KERASCFG_PLUGINS"] = "turns"
    from rich.console import Console

    from kerascfg import check
    from kerascfg.errors import ConfigError
    from kerascfg.interpreter import train
    from kerascfg.runs import create_run, ending

    config = config_of(case, folder, epochs)
    config["callbacks"]["turn"] = {"type": "turns.Turn", "name": "kerascfg"}
    if problems := check(config):
        raise ConfigError(problems)
    run = create_run(folder / "run")
    with (folder / "screen.txt").open("w") as screen, ending(run):
        train(config, run, Console(file=screen, force_terminal=True, width=120))


SCRIPT = """
import numpy as np, keras, sys, time

class First(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        open(sys.argv[2], "w").write(repr(time.time()))
        sys.exit()

data = np.load(sys.argv[1])
model = keras.Sequential(
    [keras.Input((64,)), keras.layers.Dense(128, "relu"), keras.layers.Dense(10, "softmax")]
)
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(data["x"], data["y"], batch_size=64, callbacks=[First()], verbose=0)
"""
FIRST = """
import sys, time, keras

class First(keras.callbacks.Callback):
    def __init__(self, file):
        super().__init__()
        self.file = file

    def on_train_batch_end(self, batch, logs=None):
        open(self.file, "w").write(repr(time.time()))
        raise KeyboardInterrupt
"""


def first_steps(folder: Path, rounds: int) -> dict[str, float]:
    """Return contender -> seconds from the command to the end of the first step, the median.

    A first run of each, which compiles Python's bytecode, is not counted.
    """
    case = replace(CASES["mlp"], samples=FIRST_STEP_SAMPLES)
    write_samples(case, folder / "data.npz")
    (folder / "script.py").write_text(SCRIPT)
    (folder / "first.py").write_text(FIRST)
    stamp = folder / "stamp"
    layers = json.dumps({"layers": case.layers})
    (folder / "conf" / "model").mkdir(parents=True)
    (folder / "conf" / "model" / "bench.yaml").write_text(layers)
    ours = [
        *(str(ROOT / "train.py"), "data=npz", "data.source.path=data.npz", "data.target=y"),
        *("data.batch_size=64", "model=bench", f"strategy={STRATEGY}", "export=[]"),
        f"callbacks.first={{type: first.First, file: '{stamp}'}}",
    ]
    commands = {"user_fit": ["script.py", "data.npz", str(stamp)], "kerascfg": ours}
    path = os.pathsep.join((str(ROOT), str(folder)))
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    environment |= {"KERASCFG_PLUGINS": "first", "PYTHONPATH": path}
    environment["PYTHONPYCACHEPREFIX"] = str(folder / "bytecode")
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(rounds + 1):
        for name, command in commands.items():
            stamp.unlink(missing_ok=True)
            begun = time.time()
            done = subprocess.run(
                [sys.executable, *command], cwd=folder, env=environment, capture_output=True
            )
            if not stamp.exists():
                raise SystemExit(f"{name} took no step:\n{(done.stdout + done.stderr).decode()}")
            seconds[name].append(float(stamp.read_text()) - begun)
    return {name: round(statistics.median(taken[1:]), 2) for name, taken in seconds.items()}


def print_case(name: str, speeds: dict[str, float]) -> None:
    """Print one case's speeds, and each as a share of the limit."""
    limit = speeds["bare_loop"]
    shares = (f"{who} {speed:,.0f}/s ({speed / limit:.2f})" for who, speed in speeds.items())
    print(f"{name:12}", "  ".join(shares), flush=True)


if __name__ == "__main__":
    main()
