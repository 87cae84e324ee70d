from __future__ import annotations

import csv
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

pytestmark = pytest.mark.slow


class FakeModel:
    """Weights that can be told apart, without training."""

    def __init__(self):
        self.weights = [0]

    def get_weights(self):
        return [np.int64(weight) for weight in self.weights]

    def set_weights(self, weights):
        self.weights = list(weights)

    def save_weights(self, file: Path):
        Path(file).write_bytes(bytes(self.weights))


def run(callback, *logs: dict):
    model = FakeModel()
    callback.set_model(model)
    for epoch, values in enumerate(logs):
        model.weights = [epoch]
        callback.on_epoch_end(epoch, values)
    callback.on_train_end()
    callback.restore(model)
    return model.weights[0]


def best(**arguments):
    from kerascfg.training.callbacks import BestCheckpoint

    return BestCheckpoint(**arguments)


def test_the_weights_of_the_lowest_validation_loss_come_back():
    logs = [{"val_loss": value} for value in (0.5, 0.2, 0.4)]
    assert run(best(), *logs) == 1


def test_accuracy_is_better_when_it_is_higher_and_mode_overrules():
    logs = [{"val_accuracy": value} for value in (0.5, 0.9, 0.4)]
    assert run(best(monitor="val_accuracy"), *logs) == 1
    assert run(best(monitor="val_accuracy", mode="min"), *logs) == 2


def test_nan_is_never_the_best():
    assert run(best(), {"val_loss": 0.5}, {"val_loss": float("nan")}) == 0
    assert run(best(), {"val_loss": float("nan")}, {"val_loss": 0.5}) == 1


def test_an_epoch_whose_loss_is_no_number_is_not_the_best_by_any_metric():
    logs = [{"loss": 0.5, "val_accuracy": 0.1}, {"loss": float("nan"), "val_accuracy": 0.9}]
    assert run(best(monitor="val_accuracy"), *logs) == 0


def test_without_a_validation_split_the_training_value_decides():
    assert run(best(), {"loss": 0.1}, {"loss": 0.5}) == 0


def test_a_monitor_that_nobody_logs_is_an_error_that_lists_what_is_logged():
    with pytest.raises(ValueError, match="val_loss"):
        run(best(monitor="val_accurracy"), {"val_loss": 0.1})


def test_the_best_weights_are_on_disk_and_nothing_else(tmp_path: Path):
    run(best(directory=str(tmp_path)), {"val_loss": 0.5}, {"val_loss": 0.2}, {"val_loss": 0.4})
    assert [file.name for file in tmp_path.iterdir()] == ["best.weights.h5"]
    assert (tmp_path / "best.weights.h5").read_bytes() == bytes([1])


def test_the_csv_tracker_writes_a_whole_table_after_every_epoch(tmp_path: Path):
    from kerascfg.training.trackers import csv as csv_tracker

    tracker = csv_tracker(tmp_path)
    tracker.on_epoch_end(0, {"loss": 0.5})
    tracker.on_epoch_end(1, {"loss": 0.25, "val_loss": 1.0})
    with (tmp_path / "history.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert rows == [
        {"epoch": "1", "loss": "0.5", "val_loss": ""},
        {"epoch": "2", "loss": "0.25", "val_loss": "1.0"},
    ]


def test_progress_outside_a_terminal_is_one_line_an_epoch(capsys):
    from rich.console import Console

    from kerascfg.training.progress import TrainingProgress

    progress = TrainingProgress(Console(width=200), epochs=2, steps=1, batch_size=8)
    progress.set_model(SimpleNamespace())
    progress.on_train_begin()
    for epoch in range(2):
        progress.on_epoch_begin(epoch)
        progress.on_train_batch_end(0, {"loss": 1.0})
        progress.on_epoch_end(epoch, {"loss": 0.5, "learning_rate": 1e-3})
    progress.on_train_end()
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("  ")[0] for line in lines] == ["epoch 1/2", "epoch 2/2"]
    assert "loss 0.5000 learning_rate 0.001" in lines[0]


@pytest.mark.parametrize("name", ["val_mape", "val_hinge", "val_crossentropy", "val_msle"])
def test_errors_of_every_name_are_better_when_they_are_lower(name: str):
    assert run(best(monitor=name), {name: 0.5}, {name: 0.2}, {name: 0.4}) == 1
