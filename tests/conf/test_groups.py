"""What the groups of conf/ do together: swapping a choice leaves nothing of the one before."""

from __future__ import annotations

from typing import Any

import pytest

from kerascfg import load
from tests.conf.files import of_group


@pytest.mark.parametrize("first", of_group("task"), ids=str)
@pytest.mark.parametrize("then", of_group("task"), ids=str)
def test_swapping_the_task_leaves_nothing_stale(first: Any, then: Any):
    assert load([f"task={first.name}", f"task={then.name}"]) == load([f"task={then.name}"])


def test_a_task_sets_head_loss_and_metrics():
    config = load(["task=binary"])
    assert config["model"]["layers"]["head"] == {
        "type": "Dense",
        "units": 1,
        "activation": "sigmoid",
    }
    assert config["loss"] == "BinaryCrossentropy"
    assert config["metrics"] == {"accuracy": "BinaryAccuracy"}


@pytest.mark.parametrize("file", of_group("optimizer"), ids=str)
def test_an_optimizer_replaces_the_default_whole(file: Any):
    optimizer = load([f"optimizer={file.name}"])["optimizer"]
    assert optimizer.keys() - {"momentum", "weight_decay"} == {"type", "learning_rate"}


@pytest.mark.parametrize("file", of_group("optimizer/schedule"), ids=str)
def test_a_schedule_takes_the_optimizers_rate_and_a_number_after_it(file: Any):
    def peak(*overrides: str) -> float:
        rate = load([f"optimizer/schedule={file.name}", *overrides])["optimizer"]["learning_rate"]
        return rate.get("warmup_target") or rate["initial_learning_rate"]

    assert peak("optimizer=sgd") == 0.01
    assert peak("optimizer.learning_rate=0.2") == 0.2


def test_a_loss_replaces_the_tasks_and_metrics_add_to_it():
    config = load(["task=regression", "loss=huber", "metrics=[r2,mae]"])
    assert config["loss"] == {"type": "Huber", "delta": 1.0}
    assert config["metrics"].keys() == {"mae", "rmse", "r2"}


def test_an_argument_that_no_file_states_can_be_set():
    layers = load(["model.layers.conv1.dilation_rate=1", "model.layers.pool.strides=1"])["model"][
        "layers"
    ]
    assert layers["conv1"]["dilation_rate"] == 1
    assert layers["pool"] == {"type": "MaxPooling2D", "strides": 1}


def test_smoke_delivers_nothing():
    config = load(["debug=smoke"])
    assert not config.get("export")
    assert config["train"]["epochs"] == 1
