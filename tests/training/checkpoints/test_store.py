from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kerascfg.errors import RunError
from kerascfg.training.checkpoints.state import Position, State, Training
from kerascfg.training.checkpoints.store import Store

VALUES = {"callbacks": {}, "files": {}, "random": {}}


def state(epoch: int, weight: float = 1.0) -> State:
    training = Training(Position(0, epoch), "data", "config", {"loss": [0.5] * epoch})
    return State(training, {"model/0": np.array(weight, "float32")}, VALUES)


def filled(folder: Path, epochs: int) -> Store:
    store = Store(folder)
    for epoch in range(1, epochs + 1):
        store.write(state(epoch), lambda _: True)
    store.wait()
    return store


def test_the_two_newest_states_are_kept(tmp_path: Path):
    store = filled(tmp_path, 4)
    assert len(list(tmp_path.iterdir())) == 2
    newest = store.newest(pytest.fail)
    assert newest is not None
    assert newest.training == state(4).training


def test_a_torn_state_is_skipped_with_a_message(tmp_path: Path):
    store = filled(tmp_path, 2)
    file = max(tmp_path.iterdir())
    file.write_bytes(file.read_bytes()[:-3])
    said: list[str] = []
    older = store.newest(said.append)
    assert older is not None
    assert older.training.position.epoch == 1
    assert said == [f"{file.name} is skipped: its checksum is another"]


def test_without_a_whole_state_there_is_none(tmp_path: Path):
    (tmp_path / "state-000001.safetensors").write_bytes(b"")
    said: list[str] = []
    assert Store(tmp_path).newest(said.append) is None
    assert len(said) == 1


def test_a_state_that_is_not_good_is_not_written(tmp_path: Path):
    store = filled(tmp_path, 1)
    store.write(state(2, float("nan")), lambda s: bool(np.isfinite(s.arrays["model/0"])))
    store.wait()
    newest = store.newest(pytest.fail)
    assert newest is not None
    assert newest.training.position.epoch == 1


def test_what_went_wrong_in_the_background_is_raised_and_the_last_state_stays(tmp_path: Path):
    store = filled(tmp_path, 1)

    def broken(_: State) -> bool:
        raise OSError(28, "No space left on device")

    store.write(state(2), broken)
    with pytest.raises(RunError, match="No space left on device; the last one is as it was"):
        store.wait()
    assert store.newest(pytest.fail) is not None


def test_what_a_killed_process_left_half_written_is_removed(tmp_path: Path):
    store = filled(tmp_path, 1)
    (tmp_path / ".state-000002.12-ab.safetensors").write_bytes(b"half")
    store.clear()
    assert [file.name for file in tmp_path.iterdir()] == ["state-000001.safetensors"]
