"""A training that is stopped at any place goes on as if nothing had happened, bit for bit."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from rich.console import Console

from kerascfg.errors import RunError
from kerascfg.training.checkpoints.tensors import read_tensors

pytestmark = pytest.mark.slow

STOPPER = """
import os, signal
import keras

class Stopper(keras.callbacks.Callback):
    '''Sends the process a signal at the place that an environment variable names.'''

    def __init__(self):
        super().__init__()
        self.seen = {"step": 0, "validation": 0, "epoch": 0}

    def _see(self, place):
        self.seen[place] += 1
        if os.environ.get("STOP_AT") == f"{place} {self.seen[place]}":
            os.kill(os.getpid(), signal.SIGTERM)

    def on_train_batch_end(self, batch, logs=None):
        self._see("step")

    def on_test_batch_end(self, batch, logs=None):
        self._see("validation")

    def on_epoch_end(self, epoch, logs=None):
        self._see("epoch")
"""
CONFIG = """
data:
  source: {type: csv, path: "???"}
  target: kind
  batch_size: 16
  split: {train: 0.7, validation: 0.3, test: 0}
  augment: {noise: {type: GaussianNoise, stddev: 0.1}}
model:
  preprocess:
    both: {op: stack, inputs: [[a, b]], axis: -1}
  layers:
    hidden: {type: Dense, inputs: both, units: 6, activation: relu}
    norm: BatchNormalization
    drop: {type: Dropout, rate: 0.3}
    head: {type: Dense, units: 3, activation: softmax}
optimizer: Adam
loss: SparseCategoricalCrossentropy
metrics: {accuracy: SparseCategoricalAccuracy}
train:
  stages:
    first:
      epochs: 2
      optimizer:
        type: Adam
        learning_rate: {type: CosineDecay, initial_learning_rate: 0.01, decay_steps: $train.steps}
    second: {epochs: 9, optimizer: {type: Adam, learning_rate: 0.05, use_ema: true}}
callbacks:
  best: BestCheckpoint
  reduce: {type: ReduceLROnPlateau, patience: 1, factor: 0.5, cooldown: 1}
  stop: {type: EarlyStopping, patience: 3, restore_best_weights: true}
  log: {type: CSVLogger, filename: log.csv}
  stopper: my_stopper.Stopper
checkpoint: {every: 3}
strategy: cpu
deterministic: true
"""


def config_in(folder: Path) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    rows = [f"{a},{b},{int(a + b > 1) + int(a > 0.7)}" for a, b in rng.uniform(size=(100, 2))]
    file = folder / "data.csv"
    file.write_text("\n".join(["a,b,kind", *rows]))
    config = yaml.safe_load(CONFIG)
    config["data"]["source"]["path"] = str(file)
    return config


def one_stage(folder: Path, epochs: int = 1, **changes: Any) -> dict[str, Any]:
    config = {**config_in(folder), "train": {"epochs": epochs}, **changes}
    kept = ("best", "log", "stopper")
    return {**config, "callbacks": {name: config["callbacks"][name] for name in kept}}


@pytest.fixture(autouse=True)
def stopper_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "my_stopper.py").write_text(STOPPER)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("KERASCFG_PLUGINS", "my_stopper")
    yield
    sys.modules.pop("my_stopper", None)


def begun(directory: Path, config: dict[str, Any]):
    """Train in a directory; return the model, or None where a signal stopped the run."""
    from kerascfg.interpreter import check, train
    from kerascfg.runs import StoppedError, begin_run, ending

    assert check(config) == []
    run = begin_run(directory, config)
    assert run is not None
    try:
        with ending(run):
            return train(config, run, Console(quiet=True)).model
    except StoppedError:
        assert run.status_json()["exit_status"] == 128 + signal.SIGTERM
        return None


def outcome(directory: Path, model: Any) -> dict[str, Any]:
    files = ("history.csv", "log.csv", "metrics.json")
    return {name: (directory / name).read_bytes() for name in files} | {
        f"weights/{number}": value.tobytes() for number, value in enumerate(model.get_weights())
    }


def test_a_run_stopped_everywhere_equals_one_that_was_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    config, parts = config_in(tmp_path), tmp_path / "parts"
    expected = outcome(tmp_path / "whole", begun(tmp_path / "whole", config))
    for place in ("step 2", "step 8", "validation 6", "step 17", "epoch 5"):
        monkeypatch.setenv("STOP_AT", place)
        assert begun(parts, config) is None
    monkeypatch.delenv("STOP_AT")
    assert outcome(parts, begun(parts, config)) == expected


def test_a_run_stopped_in_a_validation_goes_on_where_executions_do_not_divide_an_epoch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    config = one_stage(tmp_path, epochs=3)
    config["train"]["steps_per_execution"] = 3  # of 5 steps
    expected = outcome(tmp_path / "whole", begun(tmp_path / "whole", config))
    monkeypatch.setenv("STOP_AT", "validation 3")
    assert begun(tmp_path / "parts", config) is None
    monkeypatch.delenv("STOP_AT")
    assert outcome(tmp_path / "parts", begun(tmp_path / "parts", config)) == expected


def test_a_run_stopped_in_its_first_stage_writes_the_same_files_in_its_second(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    config = config_in(tmp_path)
    config["train"]["stages"]["second"]["epochs"] = 1
    expected = outcome(tmp_path / "whole", begun(tmp_path / "whole", config))
    monkeypatch.setenv("STOP_AT", "step 8")
    assert begun(tmp_path / "parts", config) is None
    monkeypatch.delenv("STOP_AT")
    assert outcome(tmp_path / "parts", begun(tmp_path / "parts", config)) == expected


def test_a_run_that_has_finished_goes_on_with_more_epochs(tmp_path: Path):
    config = one_stage(tmp_path, epochs=2)
    begun(tmp_path / "run", config)
    model = begun(tmp_path / "run", {**config, "train": {"epochs": 3}})
    whole = begun(tmp_path / "whole", {**config, "train": {"epochs": 3}})
    assert outcome(tmp_path / "run", model) == outcome(tmp_path / "whole", whole)


def test_a_loss_that_is_no_number_stops_the_run_and_reaches_no_checkpoint(tmp_path: Path):
    config = one_stage(tmp_path, epochs=2, optimizer={"type": "SGD", "learning_rate": 1e30})
    with pytest.raises(RunError, match=r"epoch 1, step \d: a smaller optimizer.learning_rate"):
        begun(tmp_path / "run", config)
    for file in (tmp_path / "run/checkpoints").glob("state-*"):
        arrays, _ = read_tensors(file)
        assert all(np.isfinite(a).all() for name, a in arrays.items() if name.startswith("model"))


@pytest.mark.parametrize("scheduled", [False, True])
def test_a_loss_that_is_no_number_is_rolled_back_with_a_smaller_rate(
    tmp_path: Path, scheduled: bool
):
    schedule = {"type": "ExponentialDecay", "initial_learning_rate": 1e30, "decay_steps": 1e9,
                "decay_rate": 0.9}  # fmt: skip
    config = one_stage(
        tmp_path,
        epochs=2,
        optimizer={"type": "SGD", "learning_rate": schedule if scheduled else 1e30},
        train={"epochs": 2, "on_nan": "rollback", "rollback_factor": 1e-32},
    )
    begun(tmp_path / "run", config)
    rows = (tmp_path / "run/history.csv").read_text().splitlines()
    at = rows[0].split(",").index("learning_rate")
    assert [float(row.split(",")[at]) for row in rows[1:]] == pytest.approx([1e-2] * 2, rel=1e-3)


def test_rollbacks_are_bounded(tmp_path: Path):
    config = one_stage(
        tmp_path,
        optimizer={"type": "SGD", "learning_rate": 1e30},
        train={"epochs": 2, "on_nan": "rollback", "rollbacks": 2},
    )
    with pytest.raises(RunError, match="after 2 rollbacks"):
        begun(tmp_path / "run", config)


def test_other_data_than_the_run_began_with_is_refused(tmp_path: Path):
    config = one_stage(tmp_path, epochs=1)
    begun(tmp_path / "run", config)
    file = Path(config["data"]["source"]["path"])
    file.write_text(file.read_text().replace("0.9", "0.8"))
    with pytest.raises(RunError, match="expected the data that"):
        begun(tmp_path / "run", {**config, "train": {"epochs": 2}})


def test_states_of_another_config_are_refused_also_where_its_file_is_lost(tmp_path: Path):
    begun(tmp_path / "run", one_stage(tmp_path))
    (tmp_path / "run/config.yaml").unlink()
    with pytest.raises(RunError, match="expected the config that the checkpoints"):
        begun(tmp_path / "run", one_stage(tmp_path, seed=5))
