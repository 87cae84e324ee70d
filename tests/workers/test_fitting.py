"""Workers train as one device does, and end as one process would; each is a process of JAX."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from rich.console import Console

from kerascfg.errors import ConfigError, RunError

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not __import__("importlib").util.find_spec("jax"), reason="needs JAX"),
]

# 97 training samples in batches of 16: the last batch has one. Fourteen steps in all.
CONFIG = """
name: small
seed: 3
task: classification
data:
  source: {type: npz, path: FOLDER/rows.npz}
  target: y
  batch_size: 16
  split: {train: 0.6, validation: 0.2, test: 0.2}
model:
  layers:
    hidden: {type: Dense, units: 8, activation: relu}
    bn: BatchNormalization
    drop: {type: Dropout, rate: 0.3}
    head: {type: Dense, units: 2, activation: softmax}
optimizer: {type: SGD, learning_rate: 0.1, momentum: 0.9, clipnorm: 1.0}
loss: SparseCategoricalCrossentropy
metrics: {accuracy: SparseCategoricalAccuracy}
train: {epochs: 2, class_weight: {0: 1.0, 1: 3.0}}
callbacks: {best: BestCheckpoint}
"""
ONE = {"type": "data_parallel", "logical_devices": 1}
FOUR = {"type": "data_parallel", "logical_devices": 4}
MESH = {
    "type": "model_parallel",
    "logical_devices": 4,
    "mesh": {"batch": 2, "model": 2},
    "layout": {"hid*/kernel": [None, "model"], "hidden/bias": ["model"]},
}
TWO_PROCESSES = {"type": "multi_worker", "workers": 2, "logical_devices": 1}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("workers")
    x = np.random.default_rng(0).normal(size=(161, 6)).astype("float32")
    np.savez(folder / "rows.npz", x=x, y=(x.sum(1) > 0).astype("int64"))
    return folder


@pytest.fixture(scope="module")
def train(folder: Path):
    def train(name: str, strategy: Any, **changes: Any) -> Any:
        from kerascfg.checking import check
        from kerascfg.interpreter import train
        from kerascfg.runs import create_run, ending

        config = yaml.safe_load(CONFIG.replace("FOLDER", folder.as_posix()))
        config = {**config, "strategy": strategy, **changes}
        assert check(config) == []
        with (folder / f"{name}.txt").open("w") as shown:
            run = create_run(folder / name)
            with ending(run):
                return train(config, run, Console(file=shown, width=100))

    return train


@pytest.fixture(scope="module")
def one(train: Any) -> Any:
    return train("one", ONE)


@pytest.mark.parametrize(
    "strategy", [FOUR, MESH, TWO_PROCESSES], ids=["four devices", "a mesh", "two processes"]
)
def test_many_devices_train_the_model_of_one(strategy: Any, one: Any, train: Any, folder: Path):
    many = train(strategy["type"], strategy)
    for ours, theirs in zip(many.model.get_weights(), one.model.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)
    assert many.metrics["test"] == pytest.approx(one.metrics["test"], abs=1e-5)
    assert (many.run.path("history.csv")).read_text().count("\n") == 3
    assert "epoch 2/2" in (folder / f"{strategy['type']}.txt").read_text()


def test_what_is_kept_of_a_run_is_there(one: Any):
    import keras

    kept = {"model.keras", "metrics.json", "history.csv", "samples.npz", "checkpoints"}
    assert kept <= {file.name for file in one.run.directory.iterdir()}
    model: Any = keras.saving.load_model(one.run.path("model.keras"), compile=False)
    np.testing.assert_array_equal(model.get_weights()[0], one.model.get_weights()[0])


def test_an_error_in_a_worker_is_an_error_of_the_run(train: Any):
    callbacks = {"wrong": {"type": "EarlyStopping", "monitor": "val_loss", "mode": "min"}}
    with pytest.raises(RunError, match="the loss became nan"):
        train("nan", ONE, optimizer={"type": "SGD", "learning_rate": 1e30}, callbacks=callbacks)


def test_a_layout_that_matches_nothing_is_refused_with_the_paths(train: Any):
    layout = {"hidden/weight": [None, "model"], "hidden/kernel": ["model", None, None]}
    with pytest.raises(ConfigError) as refused:
        train("layout", {**MESH, "layout": layout})
    nothing, rank = refused.value.problems
    assert "hidden/kernel, hidden/bias" in nothing.message
    assert "an axis or null for each dimension" in rank.message


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="Windows has no signals")
def test_a_killed_worker_ends_all_within_ten_seconds(train: Any, folder: Path):
    killed: list[float] = []

    def kill() -> None:
        mine = _workers()
        while not (folder / "killed" / "history.csv").exists():
            time.sleep(0.1)
            mine = _workers()
        os.kill(mine[-1], signal.SIGKILL)
        killed.append(time.monotonic())

    threading.Thread(target=kill, daemon=True).start()
    with pytest.raises(RunError, match=r"worker \d of 2 .*(SIGKILL|ended)"):
        train("killed", TWO_PROCESSES, train={"epochs": 100_000})
    assert time.monotonic() - killed[0] < 10
    assert _workers() == []


def _workers() -> list[int]:
    """Return the processes of this test's workers."""
    found = []
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            command = (status.parent / "cmdline").read_text()
            parent = status.read_text().split("PPid:")[1].split()[0]
        except OSError:
            continue
        if "kerascfg.workers.worker" in command and int(parent) == os.getpid():
            found.append(int(status.parent.name))
    return sorted(found)
