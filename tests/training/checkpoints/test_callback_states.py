from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kerascfg.training.checkpoints.callback_states import (
    file_sizes,
    read_state,
    shorten_files,
    write_state,
)

pytestmark = pytest.mark.slow


def moved(callback: Any, other: Any) -> list[str]:
    """Give one callback the state of another; return what could not be stored."""
    arrays: dict[str, np.ndarray] = {}

    def keep(array: np.ndarray) -> str:
        arrays[str(len(arrays))] = array
        return str(len(arrays) - 1)

    state, lacking = read_state(callback, keep)
    write_state(other, state, arrays.__getitem__)
    return lacking


def own(**attributes: Any) -> Any:
    import keras

    class Own(keras.callbacks.Callback):
        pass

    callback = Own()
    vars(callback).update(attributes)
    return callback


def test_what_a_callback_of_keras_counts_comes_back_and_its_arguments_stay():
    import keras

    old = keras.callbacks.EarlyStopping(monitor="loss", patience=3, mode="min", min_delta=1)
    old.on_train_begin()
    old.set_model(keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)]))
    old.on_epoch_end(0, {"loss": 1.0})
    old.on_epoch_end(1, {"loss": 1.0})
    new = keras.callbacks.EarlyStopping(monitor="val_loss", patience=3, mode="min", min_delta=1)
    moved(old, new)
    assert (new.wait, new.best, new.best_epoch) == (1, 1.0, 0)
    assert (new.monitor, new.min_delta) == ("val_loss", 1)


def test_attributes_of_an_own_callback_come_back_and_others_are_named():
    new = own()
    lacking = moved(own(seen=3, phase="warm", client=object(), kept=[np.ones(2)]), new)
    assert (new.seen, new.phase, lacking) == (3, "warm", ["client"])
    np.testing.assert_array_equal(new.kept[0], np.ones(2))


def test_a_callback_may_say_itself_what_its_state_is():
    class Counter:
        seen = 0

        def get_state(self) -> dict[str, int]:
            return {"seen": self.seen}

        def set_state(self, state: dict[str, int]) -> None:
            self.seen = state["seen"]

    old, new = Counter(), Counter()
    old.seen, old.client = 7, object()  # type: ignore[attr-defined]
    assert moved(old, new) == []
    assert new.seen == 7


def test_no_state_can_make_a_callback_of_keras_write_elsewhere(tmp_path: Path):
    import keras

    callback = keras.callbacks.CSVLogger(str(tmp_path / "log.csv"))
    write_state(callback, {"filename": "/etc/passwd", "keys": ["loss"]}, {}.__getitem__)
    assert callback.filename == str(tmp_path / "log.csv")


def test_a_log_is_cut_to_what_it_was_and_goes_on_behind_it(tmp_path: Path):
    import keras

    def logger() -> keras.callbacks.CSVLogger:
        return keras.callbacks.CSVLogger(str(tmp_path / "log.csv"))

    old = logger()
    old.set_model(keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)]))
    old.on_train_begin()
    old.on_epoch_end(0, {"loss": 1.0, "val_loss": 4.0})
    sizes = file_sizes({"log": old})
    old.on_epoch_end(1, {"loss": 2.0, "val_loss": 5.0})
    new = logger()
    shorten_files({"log": new}, sizes)
    new.set_model(old.model)
    new.on_train_begin()
    moved(old, new)
    new.on_epoch_end(1, {"loss": 3.0, "val_loss": 6.0})
    new.on_train_end()
    rows = (tmp_path / "log.csv").read_text().split()
    assert rows == ["epoch,loss,val_loss", "0,1.0,4.0", "1,3.0,6.0"]


def test_a_log_that_is_gone_or_shorter_is_left_alone(tmp_path: Path):
    import keras

    callback = keras.callbacks.CSVLogger(str(tmp_path / "log.csv"))
    shorten_files({"log": callback}, {"log": 10})
    (tmp_path / "log.csv").write_text("epoch")
    shorten_files({"log": callback}, {"log": 10})
    assert (tmp_path / "log.csv").read_text() == "epoch"
