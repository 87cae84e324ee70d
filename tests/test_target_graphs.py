"""Training on targets that a graph makes of the columns, and on several targets, end to end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from rich.console import Console

pytestmark = pytest.mark.slow

DIGITS = """
task: classification
data:
  source: digits
  batch_size: 64
  target: {head: {op: one_hot, inputs: digit, num_classes: $data.classes}}
model:
  layers:
    flat: Flatten
    hidden: {type: Dense, units: 64, activation: relu}
    head: {type: Dense, units: $data.classes, activation: softmax}
optimizer: {type: Adam, learning_rate: 0.01}
loss: CategoricalCrossentropy
metrics: {accuracy: CategoricalAccuracy}
train: {epochs: 4, class_weight: balanced}
strategy: cpu
"""

WINE = """
data:
  source: {type: csv, path: "???"}
  batch_size: 16
  features: [hue]
model:
  layers:
    tall: {op: expand_dims, inputs: hue, axis: -1}
    norm: Normalization
    hidden: {type: Dense, units: 32, activation: relu}
optimizer: {type: Adam, learning_rate: 0.02}
train: {epochs: 6}
strategy: cpu
"""


@pytest.fixture
def wine(tmp_path: Path) -> Path:
    """A table whose hue tells the grape, and nearly the taste; the most frequent is no first."""
    random = np.random.default_rng(0)
    grapes = np.array(["Aldo", "Bea", "Carla"])[random.choice(3, 240, p=[0.2, 0.3, 0.5])]
    hue = (grapes == "Bea") * 1.0 + (grapes == "Carla") * 2.0 + random.normal(0, 0.15, 240)
    tastes = np.where(hue > 1.5, "sweet", "dry")
    lines = [f"{h:.4f},{g},{t}" for h, g, t in zip(hue, grapes, tastes, strict=True)]
    file = tmp_path / "wine.csv"
    file.write_text("\n".join(["hue,grape,taste", *lines]) + "\n")
    return file


def trained_on(directory: Path, config: dict[str, Any]) -> Any:
    from kerascfg.interpreter import check, train
    from kerascfg.runs import create_run, ending

    config = {"name": "small", "seed": 1, **config}
    assert check(config) == []
    run = create_run(directory)
    with ending(run):
        return train(config, run, Console(quiet=True))


def wine_config(file: Path, target: Any, heads: str, **more: Any) -> dict[str, Any]:
    config = yaml.safe_load(WINE)
    config["data"] |= {"source": {"type": "csv", "path": str(file)}, "target": target}
    config["model"]["layers"] |= yaml.safe_load(heads)
    return {**config, **more}


def test_one_hot_targets_train_and_keep_the_names_of_the_classes(tmp_path: Path):
    from kerascfg.training import confusion_matrices

    trained = trained_on(tmp_path / "run", yaml.safe_load(DIGITS))
    assert trained.data.class_names == {"head": tuple("0123456789")}
    ((matrix, names),) = confusion_matrices(trained.model, trained.data, "test").values()
    assert names == tuple("0123456789")
    accuracy = trained.metrics["test"]["accuracy"]
    assert accuracy == pytest.approx(np.trace(matrix) / matrix.sum())
    assert accuracy > 0.9
    assert (tmp_path / "run" / "plots" / "confusion.png").exists()


def test_texts_are_one_hot_by_the_number_of_their_class(wine: Path, tmp_path: Path):
    config = wine_config(
        wine,
        {"head": {"op": "one_hot", "inputs": "grape", "num_classes": "$data.classes"}},
        "head: {type: Dense, units: $data.classes, activation: softmax}",
        task="classification",
        loss="CategoricalCrossentropy",
        metrics={"accuracy": "CategoricalAccuracy"},
    )
    trained = trained_on(tmp_path / "run", config)
    assert trained.data.class_names == {"head": ("Aldo", "Bea", "Carla")}
    assert trained.metrics["test"]["accuracy"] > 0.9


def test_texts_that_a_lookup_numbers_train_and_name_its_places(wine: Path, tmp_path: Path):
    from kerascfg.training import confusion_matrices

    config = wine_config(
        wine,
        {"head": {"type": "StringLookup", "inputs": "grape"}},
        "head: {type: Dense, units: $data.classes, activation: softmax}",
        task="classification",
        loss="SparseCategoricalCrossentropy",
        metrics={"accuracy": "SparseCategoricalAccuracy"},
    )
    trained = trained_on(tmp_path / "run", config)
    # By their number of rows, behind the place of the unknown.
    assert trained.data.class_names == {"head": ("0", "Carla", "Bea", "Aldo")}
    features, targets = trained.data.arrays("test")
    rows = [line.split(",") for line in wine.read_text().splitlines()[1:]]
    grapes = {round(float(hue), 4): grape for hue, grape, _ in rows}
    for hue, place in zip(features["hue"], targets["head"], strict=True):
        assert grapes[round(float(hue), 4)] == trained.data.class_names["head"][place]
    ((matrix, _),) = confusion_matrices(trained.model, trained.data, "test").values()
    assert trained.metrics["test"]["accuracy"] == pytest.approx(np.trace(matrix) / matrix.sum())
    assert trained.metrics["test"]["accuracy"] > 0.9


def test_each_of_several_targets_with_classes_has_its_confusion_matrix(wine: Path, tmp_path: Path):
    from kerascfg.training import confusion_matrices

    heads = """
    grape: {type: Dense, inputs: hidden, units: 3, activation: softmax}
    taste: {type: Dense, inputs: hidden, units: 2, activation: softmax}
    """
    config = wine_config(
        wine,
        ["grape", "taste"],
        heads,
        loss=dict.fromkeys(("grape", "taste"), "SparseCategoricalCrossentropy"),
        metrics={name: {"accuracy": "SparseCategoricalAccuracy"} for name in ("grape", "taste")},
    )
    config["model"]["outputs"] = ["grape", "taste"]
    trained = trained_on(tmp_path / "run", config)
    counted = confusion_matrices(trained.model, trained.data, "test")
    assert {name: names for name, (_, names) in counted.items()} == {
        "grape": ("Aldo", "Bea", "Carla"),
        "taste": ("dry", "sweet"),
    }
    for name, (matrix, _) in counted.items():
        reported = trained.metrics["test"][f"{name}_accuracy"]
        assert reported == pytest.approx(np.trace(matrix) / matrix.sum())
    plots = {file.name for file in (tmp_path / "run" / "plots").iterdir()}
    assert plots == {"history.png", "confusion_grape.png", "confusion_taste.png"}
