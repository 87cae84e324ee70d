import os
from pathlib import Path

import numpy as np
import pytest

from kerascfg.data.spool import Spool, open_spool
from kerascfg.errors import RunError

PARTS = [np.arange(n, dtype="float32") for n in (3, 0, 2, 5)]


def chunk(start, rows=2):
    numbers = np.arange(start, start + rows)
    return {
        "pixels": np.stack([np.full((2, 2), n, np.uint8) for n in numbers]),
        "city": np.array([None if n % 3 == 1 else "Köln" * n for n in numbers], object),
        "png": np.array([bytes([n]) * n for n in numbers], object),
        "steps": _objects([PARTS[n % 4] for n in numbers]),
    }


def _objects(values):
    column = np.empty(len(values), object)
    column[:] = values
    return column


def written(directory, chunks):
    with Spool(directory) as spool:
        for each in chunks:
            spool.append(each)
        return spool.finish()


def test_what_was_appended_is_read_back(tmp_path):
    written(tmp_path / "a", [chunk(0), chunk(2), chunk(4, 1)])
    columns = open_spool(tmp_path / "a")
    assert columns is not None
    whole = chunk(0, 5)
    assert {len(column) for column in columns.values()} == {5}
    assert columns["pixels"].shape == (5, 2, 2) and columns["pixels"].dtype == np.uint8
    rows = np.array([4, 0, 1, 4])
    assert np.array_equal(columns["pixels"][rows], whole["pixels"][rows])
    for name in ("city", "png"):
        assert columns[name].dtype == object
        assert columns[name][rows].tolist() == whole[name][rows].tolist()
    for read, value in zip(columns["steps"][:], whole["steps"], strict=True):
        assert read.dtype == np.float32 and np.array_equal(read, value)


def test_a_spool_that_was_not_finished_leaves_nothing(tmp_path):
    with pytest.raises(ZeroDivisionError), Spool(tmp_path / "a") as spool:
        spool.append(chunk(0))
        assert open_spool(tmp_path / "a") is None
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_writer_left_is_not_taken_for_whole_and_goes_in_time(tmp_path):
    killed = Spool(tmp_path / "a")
    killed.append(chunk(0))
    (left,) = tmp_path.iterdir()
    written(tmp_path / "a", [chunk(0)])
    assert left.exists()  # it may still be written
    os.utime(left, (0, 0))
    written(tmp_path / "a", [chunk(0)])
    assert [each.name for each in tmp_path.iterdir()] == ["a"]


def test_of_two_writers_the_second_uses_what_the_first_wrote(tmp_path):
    with Spool(tmp_path / "a") as second:
        second.append(chunk(0))
        written(tmp_path / "a", [chunk(0)])
        assert len(second.finish()["png"]) == 2
    assert [each.name for each in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"x": np.zeros(2, np.int64)},
        {"x": np.zeros((2, 1), np.float32)},
        {"x": np.array(["a", "b"], object)},
        {"y": np.zeros(2, np.float32)},
        {"x": np.zeros(2, np.float32), "y": np.zeros(2)},
    ],
)
def test_a_chunk_unlike_the_first_is_refused(tmp_path, wrong):
    with Spool(tmp_path / "a") as spool:
        spool.append({"x": np.zeros(2, np.float32)})
        with pytest.raises(ValueError, match="expected"):
            spool.append(wrong)


def test_mixed_texts_and_bytes_are_refused(tmp_path):
    with Spool(tmp_path / "a") as spool, pytest.raises(ValueError, match="expected text"):
        spool.append({"x": np.array(["a", b"b"], object)})


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is full")
def test_a_full_disk_is_said(tmp_path):
    with Spool(tmp_path / "a") as spool:
        spool._records.close()
        with Path("/dev/full").open("wb", buffering=0) as full:
            spool._records = full
            with pytest.raises(RunError, match=r"cannot be written\. No space left"):
                spool.append(chunk(0))
