import numpy as np
import pytest

from kerascfg.data import TensorSpec, check_data, open_data
from kerascfg.data.sources.sequences import sequences
from kerascfg.errors import RunError

ROWS = [np.arange(n * 2.0).reshape(n, 2) for n in (3, 0, 1, 4)]


def saved(tmp_path, **arrays):
    np.savez(tmp_path / "a.npz", **arrays)
    return str(tmp_path / "a.npz")


def config(path):
    return {"source": {"type": "sequences", "path": path}, "target": "label"}


def test_an_array_with_lengths_is_cut_into_rows(tmp_path):
    lengths = [len(row) for row in ROWS]
    path = saved(tmp_path, steps=np.concatenate(ROWS), steps_lengths=lengths, label=np.arange(4))
    table = sequences(path)
    assert table.specs == {
        "steps": TensorSpec((None, 2), "float32"),
        "label": TensorSpec((), "int32"),
    }
    assert all(map(np.array_equal, table.columns["steps"][:], ROWS))
    assert check_data(config(path), "classification") == []


@pytest.mark.parametrize(("split", "shared"), [({}, True), ({"stable": True}, False)])
def test_equal_sequences_are_noted_where_they_are_on_both_sides(tmp_path, split, shared):
    rows = [np.full((n % 4 + 1, 2), n % 10) for n in range(40)]
    arrays = {"steps": np.concatenate(rows), "steps_lengths": [len(row) for row in rows]}
    path = saved(tmp_path, **arrays, label=np.arange(40) % 2)
    data = open_data({**config(path), "split": split}, task="classification", seed=0)
    assert any("also in train, equal in every feature" in note for note in data.notes) == shared


@pytest.mark.parametrize(
    ("lengths", "message"),
    [
        ([3, 0, 1, 3], "sum to the 8 steps. Received: a sum of 7"),
        ([9, -1, 0, 0], "from 0 up.*the smallest -1"),
        ([3.0, 0.0, 1.0, 4.0], "whole numbers.*float64"),
        ([[3, 0, 1, 4]], r"one a row.*\(1, 4\)"),
    ],
)
def test_lengths_that_cannot_be_right_are_refused(tmp_path, lengths, message):
    path = saved(tmp_path, steps=np.concatenate(ROWS), steps_lengths=lengths)
    with pytest.raises(RunError, match=rf"a\.npz, `steps_lengths`: expected .*{message}"):
        sequences(path)


def test_an_archive_without_lengths_is_refused_by_check_and_run(tmp_path):
    path = saved(tmp_path, steps=np.zeros(3), label=np.zeros(3))
    (problem,) = check_data(config(path), "classification")
    assert "steps, label" in problem.message
    with pytest.raises(RunError, match="expected an array NAME_lengths"):
        sequences(path)
