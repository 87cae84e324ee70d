"""However many steps an execution takes, the weights are the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from rich.console import Console

from kerascfg.training import check_one_device

CONFIG = """
data:
  source: {type: npz, path: "???"}
  target: y
  batch_size: 8
  split: {train: 0.9, validation: 0.1, test: 0}
model:
  layers:
    hidden: {type: Dense, units: 8, activation: relu}
    norm: BatchNormalization
    drop: {type: Dropout, rate: 0.5}
    head: {type: Dense, units: 3, activation: softmax}
optimizer: {type: Adam, learning_rate: 0.01}
task: classification
loss: SparseCategoricalCrossentropy
metrics: {accuracy: SparseCategoricalAccuracy}
train: {epochs: 3, class_weight: {0: 2.0}}
strategy: cpu
"""


def trained(directory: Path, changes: dict[str, Any], choices: dict[str, Any] | None = None) -> Any:
    """Train on 100 rows, of which 90 are learnt from: 12 steps an epoch, the last one filled."""
    from kerascfg.interpreter import check, train
    from kerascfg.runs import create_run, ending

    random = np.random.default_rng(0)
    directory.mkdir(exist_ok=True)
    np.savez(
        directory / "data.npz",
        x=random.random((100, 4), "float32"),
        y=random.integers(0, 3, 100),
    )
    config = yaml.safe_load(CONFIG)
    config["data"]["source"]["path"] = str(directory / "data.npz")
    config["data"] |= changes.get("data", {})
    config["train"] |= changes.get("train", {})
    config["model"]["layers"] = changes.get("layers", config["model"]["layers"])
    config["optimizer"] = changes.get("optimizer", config["optimizer"])
    config |= changes.get("top", {})
    assert check(config) == []
    run = create_run(directory / "run")
    if choices:
        run.write_json("choices.json", choices)
    with ending(run):
        return train(config, run, Console(quiet=True))


def weights_of(done: Any) -> list[Any]:
    return [np.asarray(v) for v in done.model.get_weights()]


def assert_same(one: Any, other: Any) -> None:
    for a, b in zip(weights_of(one), weights_of(other), strict=True):
        np.testing.assert_array_equal(a, b)
    assert one.metrics == other.metrics


@pytest.mark.parametrize(
    ("group", "settings", "fix"),
    [
        ("train", {"steps_per_execution": 8}, "train.steps_per_execution=auto"),
        ("train", {"remat": True}, "train.remat=false"),
        ("data", {"batch_size": "auto"}, "data.batch_size=64"),
    ],
)
def test_what_several_devices_cannot_do_is_refused(group: str, settings: dict[str, Any], fix: str):
    (problem,) = check_one_device({group: settings, "strategy": {"type": "mirrored"}})
    assert problem.fix == fix
    assert check_one_device({group: settings, "strategy": "cpu"}) == []


def test_what_several_devices_do_by_themselves_may_be_stated():
    stated = {"steps_per_execution": 1, "remat": False}
    assert check_one_device({"train": stated, "strategy": "mirrored"}) == []


@pytest.mark.slow
def test_the_steps_of_an_execution_do_not_change_the_weights(tmp_path: Path):
    one = trained(tmp_path / "one", {"train": {"steps_per_execution": 1}})
    for steps in (5, 64, "auto"):  # 5 leaves two for the last execution of an epoch
        other = trained(tmp_path / str(steps), {"train": {"steps_per_execution": steps}})
        assert_same(one, other)
    assert one.model.optimizer.iterations == 36


@pytest.mark.slow
def test_batches_of_the_pipeline_train_as_those_gathered_in_the_step(tmp_path: Path):
    gathered = trained(tmp_path / "gathered", {"train": {"steps_per_execution": 5}})
    augment = {"data": {"augment": {"same": {"type": "Activation", "activation": "linear"}}}}
    batches = trained(tmp_path / "batches", augment)
    assert_same(gathered, batches)


@pytest.mark.slow
def test_what_was_chosen_is_written_and_repeated(tmp_path: Path):
    chosen = {"stages": {"train": {"steps_per_execution": 7, "jit": False}}}
    done = trained(tmp_path, {}, chosen)
    assert json.loads((done.run.directory / "choices.json").read_text()) == chosen
    measured = trained(tmp_path / "measured", {})
    written = json.loads((measured.run.directory / "choices.json").read_text())
    assert 1 <= written["stages"]["train"]["steps_per_execution"] <= 12


@pytest.mark.slow
def test_xla_trains_the_same_to_rounding(tmp_path: Path):
    """But for Dropout, of which XLA draws other masks from the same seed."""
    chosen = {"stages": {"train": {"steps_per_execution": 7, "jit": True}}}
    layers = {"layers": {"head": {"type": "Dense", "units": 3, "activation": "softmax"}}}
    compiled = trained(tmp_path / "jit", layers, chosen)
    plain = trained(tmp_path / "plain", layers)
    for a, b in zip(weights_of(compiled), weights_of(plain), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-4)


@pytest.mark.slow
def test_a_batch_size_that_was_found_trains_as_if_it_were_stated(tmp_path: Path):
    found = trained(tmp_path / "found", {"data": {"batch_size": "auto"}})
    written = json.loads((found.run.directory / "choices.json").read_text())
    assert written["batch_size"] == 64  # of 90 samples
    stated = trained(tmp_path / "stated", {"data": {"batch_size": 64}})
    assert_same(found, stated)


@pytest.mark.slow
def test_gradients_accumulated_over_two_batches_are_those_of_one_twice_as_large(tmp_path: Path):
    """The last batch of the epoch is filled up in both; nothing of the filling counts."""
    layers = {"layers": {"head": {"type": "Dense", "units": 3, "activation": "softmax"}}}
    rate = {"type": "SGD", "learning_rate": 0.1}
    large = trained(tmp_path / "large", {**layers, "optimizer": rate, "data": {"batch_size": 32}})
    small = trained(
        tmp_path / "small",
        {
            **layers,
            "optimizer": {**rate, "gradient_accumulation_steps": 2},
            "data": {"batch_size": 16},
        },
    )
    for a, b in zip(weights_of(large), weights_of(small), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)


@pytest.mark.slow
def test_full_batches_train_without_weights_as_with_them(tmp_path: Path):
    even = {"data": {"batch_size": 9}, "train": {"class_weight": None}}
    plain = trained(tmp_path / "plain", even)
    ones = {"class_weight": {0: 1.0}}
    weighted = trained(tmp_path / "weighted", {**even, "train": ones})
    assert_same(plain, weighted)


EVERY_STEP = """
import keras

class Counter(keras.callbacks.Callback):
    steps = []

    def on_train_batch_end(self, batch, logs=None):
        self.steps.append(batch)
"""


@pytest.mark.slow
def test_a_callback_of_the_user_s_own_is_told_of_every_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "my_counting.py").write_text(EVERY_STEP)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("KERASCFG_PLUGINS", "my_counting")
    counting = {"callbacks": {"count": "my_counting.Counter"}}
    trained(tmp_path / "run", {"top": counting, "train": {"epochs": 1}})
    import my_counting  # type: ignore[import]

    assert my_counting.Counter.steps == list(range(12))
