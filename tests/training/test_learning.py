"""What Keras offers for training, told in YAML and trained for a step or two."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from rich.console import Console

from kerascfg.errors import ConfigError

pytestmark = pytest.mark.slow

CODE = """
import keras

@keras.saving.register_keras_serializable(package="my_losses")
class Costly(keras.layers.Layer):
    def __init__(self, cost, **kwargs):
        super().__init__(**kwargs)
        self.cost = cost

    def call(self, inputs):
        self.add_loss(keras.ops.convert_to_tensor(self.cost))
        return inputs

    def get_config(self):
        return {**super().get_config(), "cost": self.cost}
"""
ONE = """
data: {source: {type: csv, path: "???"}, target: kind, batch_size: 16}
model:
  layers:
    both: {op: stack, inputs: [[a, b]], axis: -1}
    hidden: {type: Dense, units: 4}
    head: {type: Dense, units: 3, activation: softmax}
optimizer: SGD
loss: SparseCategoricalCrossentropy
train: {epochs: 1}
strategy: cpu
"""
TWO = """
data: {source: {type: csv, path: "???"}, target: [price, rooms], batch_size: 8}
model:
  layers:
    both: {op: stack, inputs: [[a, b]], axis: -1}
    price: {type: Dense, inputs: both, units: 1}
    rooms: {type: Dense, inputs: both, units: 1}
  outputs: [price, rooms]
optimizer: SGD
loss: {price: MeanSquaredError, rooms: MeanAbsoluteError}
train: {epochs: 1}
strategy: cpu
"""


def trained(directory: Path, given: dict[str, Any]):
    from kerascfg.interpreter import check, train
    from kerascfg.runs import create_run, ending

    assert check(given) == []
    run = create_run(directory / "run")
    with ending(run):
        return train(given, run, Console(quiet=True))


def one(directory: Path, **changes: Any) -> dict[str, Any]:
    kinds = ("setosa", "versicolor", "virginica")
    return over(
        directory, ONE, [f"{i / 60},{i % 7},{kinds[i % 3]}" for i in range(60)], "kind", changes
    )


def two(directory: Path, **changes: Any) -> dict[str, Any]:
    rows = [f"{i / 40},{1 - i / 40},{i / 20},{i % 5 / 2}" for i in range(40)]
    return over(directory, TWO, rows, "price,rooms", changes)


def over(
    directory: Path, text: str, rows: list[str], targets: str, changes: dict[str, Any]
) -> dict[str, Any]:
    file = directory / "data.csv"
    file.write_text("\n".join([f"a,b,{targets}", *rows]))
    config = {**yaml.safe_load(text), **changes}
    config["data"]["source"]["path"] = str(file)
    return config


@pytest.mark.parametrize(
    "optimizer",
    [
        "{type: SGD, learning_rate: 0.1, use_ema: true, ema_momentum: 0.9, clipnorm: 1.0}",
        "{type: Adam, gradient_accumulation_steps: 2}",
        "{type: LossScaleOptimizer, inner_optimizer: {type: SGD, learning_rate: 0.1}}",
        "{type: SGD, learning_rate: {type: PiecewiseConstantDecay, boundaries: [1], "
        "values: [0.1, 0.01]}}",
        "{type: MultiOptimizer, optimizer_map: {type: OptimizerMap, default_optimizer: SGD, "
        'optimizer_map: {"head/.*": {type: Adam, learning_rate: 0.01}}}}',
    ],
    ids=["ema_and_clipping", "accumulation", "loss_scale", "schedule", "several"],
)
def test_an_optimizer_of_each_kind_trains(tmp_path: Path, optimizer: str):
    done = trained(tmp_path, one(tmp_path, optimizer=yaml.safe_load(optimizer)))
    assert np.isfinite(done.metrics["train"]["loss"])


def test_an_output_s_loss_counts_by_its_weight(tmp_path: Path):
    config = two(tmp_path, loss_weights={"price": 0.5, "rooms": 0.0})
    values = trained(tmp_path, config).metrics["train"]
    assert values["loss"] == pytest.approx(0.5 * values["price_loss"], rel=1e-4)


def test_an_output_without_a_loss_is_only_measured(tmp_path: Path):
    config = two(
        tmp_path,
        loss={"price": "MeanSquaredError"},
        metrics={"rooms": {"mae": "MeanAbsoluteError"}},
    )
    values = trained(tmp_path, config).metrics["train"]
    assert "rooms_mae" in values


def test_an_intermediate_node_that_leaves_the_model_needs_no_target(tmp_path: Path):
    losses = {"price": "MeanSquaredError", "rooms": "MeanSquaredError", "both": None}
    config = two(tmp_path, loss=losses)
    config["model"]["outputs"] = ["price", "rooms", "both"]
    values = trained(tmp_path, config).metrics["train"]
    assert np.isfinite(values["loss"])


def test_a_class_of_weight_zero_teaches_nothing(tmp_path: Path):
    weights = {"setosa": 0.0, "versicolor": 0.0, 2: 0.0}
    config = one(tmp_path, train={"epochs": 1, "class_weight": weights}, seed=3)
    model = trained(tmp_path, config).model
    from kerascfg.assembly import build_core

    untrained = build_core(config).model
    for one_value, other in zip(model.get_weights(), untrained.get_weights(), strict=True):
        np.testing.assert_array_equal(one_value, other)


def test_a_class_that_the_data_lacks_is_named(tmp_path: Path):
    config = one(tmp_path, train={"epochs": 1, "class_weight": {"setossa": 2.0}})
    with pytest.raises(ConfigError) as caught:
        trained(tmp_path, config)
    assert "did you mean `setosa`?" in str(caught.value)


def test_a_layer_that_adds_a_loss_is_trained_by_it(tmp_path: Path):
    config = one(tmp_path)
    kept = {"type": "ActivityRegularization", "l2": 10.0, "after": "both"}
    config["model"]["layers"]["kept"] = kept
    done = trained(tmp_path, config)
    assert done.metrics["train"]["loss"] > 5.0


def test_a_layer_of_a_package_adds_a_loss(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "my_losses.py").write_text(CODE)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("KERASCFG_PLUGINS", "my_losses")
    config = one(tmp_path)
    costly = {"type": "my_losses.Costly", "cost": 100.0, "after": "both"}
    config["model"]["layers"]["costly"] = costly
    assert trained(tmp_path, config).metrics["train"]["loss"] > 100.0
    sys.modules.pop("my_losses")
