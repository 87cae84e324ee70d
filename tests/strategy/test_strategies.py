"""Strategies set up devices before TensorFlow starts, so each is tried in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from textwrap import dedent

import pytest

pytestmark = pytest.mark.slow


def python(code: str) -> str:
    """Run code in a fresh process and return what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", dedent(code)], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_cpu_takes_the_threads_it_was_given():
    out = python("""
        from kerascfg.strategy import cpu
        import tensorflow as tf
        print(cpu(threads=1).devices, tf.config.threading.get_intra_op_parallelism_threads())
    """)
    assert out == "('CPU:0',) 1"


def test_threads_that_come_too_late_are_an_error_and_not_ignored():
    out = python("""
        import tensorflow as tf
        tf.constant(1.0) + 1.0
        from kerascfg.errors import RunError
        from kerascfg.strategy import cpu
        try:
            cpu(threads=3)
        except RunError as error:
            print(error)
    """)
    assert "process of its own" in out


def test_without_a_gpu_gpu_and_mirrored_refuse_and_auto_says_what_it_took():
    out = python("""
        import os
        os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
        from kerascfg.errors import ConfigError
        from kerascfg.strategy import auto, gpu, mirrored
        for strategy in (gpu, mirrored):
            try:
                strategy()
            except ConfigError as error:
                print(error.problems[0].fix)
        print(auto().name, auto().reason)
    """)
    lines = out.splitlines()
    assert lines[:2] == ["strategy=cpu", "strategy=cpu"]
    assert lines[2].startswith("cpu the processor")
    assert "sees no GPU" in lines[2]


def test_two_mirrored_devices_train_the_same_model_as_one():
    """Jobs of different size in one process, as in a sweep; a last batch of one sample.

    With BatchNormalization, class weights, and, in the end, Dropout in float16.
    """
    out = python("""
        import keras, numpy as np
        from types import SimpleNamespace
        from pathlib import Path
        from tempfile import mkdtemp
        from rich.console import Console
        from kerascfg.data import open_data
        from kerascfg.runs import Run
        from kerascfg.strategy import mirrored
        from kerascfg.strategy.precision import computing_in
        from kerascfg.strategy.statistics import differences, whole_batch_statistics
        from kerascfg.training import (Position, Training, fit, open_keeper, plan_stages,
                                       read_checkpoint, read_train)

        Path("rows.npz")
        folder = Path(mkdtemp())
        rng = np.random.default_rng(0)
        x = rng.normal(size=(81, 6)).astype("float32")
        np.savez(folder / "rows.npz", x=x, y=(x.sum(1) > 0).astype("int64"))
        config = {
            "data": {"source": {"type": "npz", "path": str(folder / "rows.npz")}, "target": "y",
                     "batch_size": 16, "split": {"train": 1.0, "validation": 0, "test": 0}},
            "optimizer": {"type": "SGD", "learning_rate": 0.1},
            "loss": "SparseCategoricalCrossentropy",
            "metrics": {"accuracy": "SparseCategoricalAccuracy"},
            "train": {"class_weight": {0: 1.0, 1: 3.0}},
        }

        def train(strategy, rate=0.0, precision="float32"):
            keras.utils.set_random_seed(3)
            data = open_data(config["data"], task="classification", seed=3)
            with strategy.scope():
                inputs = keras.Input((6,), name="x")
                hidden = keras.layers.Dense(8, activation="relu")(inputs)
                hidden = keras.layers.BatchNormalization()(hidden)
                hidden = keras.layers.Dropout(rate, name="drop")(hidden)
                outputs = keras.layers.Dense(2, activation="softmax")(hidden)
                model = keras.Model(inputs, outputs)
            stages, _ = plan_stages({"epochs": 2}, config["optimizer"])
            notes.append(differences(model, strategy, ()))
            settings, begin = read_checkpoint(None)[0], Training(Position(), "", "", {})
            keeper = open_keeper(Run(folder), settings, read_train(None), begin, print)
            with (
                computing_in(model, precision),
                whole_batch_statistics(model, strategy.replicas > 1),
            ):
                hidden = model.layers[1].compute_dtype, model.layers[-1].compute_dtype
                console = Console(quiet=True)
                fit(model, data, config, stages, data.facts(), strategy, folder, console, keeper)
            kept = [layer.get_config().get("synchronized") for layer in model.layers]
            assert True not in kept and model.layers[1].compute_dtype == "float32"
            scaled = type(model.optimizer).__name__
            print(*hidden, scaled)
            return [np.asarray(w) for w in model.get_weights()]

        notes = []

        four, two, one = (train(mirrored(logical_devices=n)) for n in (4, 2, 1))
        train(mirrored(logical_devices=2), rate=0.5, precision="float16")
        print(notes)
        print(max(float(abs(a - b).max()) for a, b in zip(one, two)),
              max(float(abs(a - b).max()) for a, b in zip(one, four)))
    """)
    *_, half, notes, differences = out.splitlines()
    assert all(float(difference) < 1e-5 for difference in differences.split())
    assert half == "float16 float32 LossScaleOptimizer"
    assert notes.startswith("[[], [], [], ['drop: each of the 2 devices draws")
