import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from kerascfg.data import mapped
from kerascfg.data.mapped import MappedColumn, MappedFile, open_npy, read_rows
from kerascfg.errors import RunError


def saved(folder, values):
    np.save(folder / "x.npy", values)
    return folder / "x.npy"


def test_rows_are_read_in_any_order_and_more_than_once(tmp_path):
    values = np.random.default_rng(0).random((100, 3))
    column = MappedColumn(open_npy(saved(tmp_path, values)))
    assert (column.shape, column.dtype, len(column)) == ((100, 3), np.dtype("float64"), 100)
    for rows in (slice(None), slice(90, 10, -7), np.array([5, 99, 5, 0]), np.array([], np.int64)):
        assert np.array_equal(column[rows], values[rows])
    assert isinstance(column[:], np.ndarray) and column[:].flags.owndata


def test_a_field_of_records_is_a_column(tmp_path):
    records = np.zeros(10, [("x", ">f4", (2,)), ("y", "i8")])
    records["x"], records["y"] = np.arange(20).reshape(10, 2), np.arange(10)
    file = open_npy(saved(tmp_path, records))
    x, y = MappedColumn(file, "x"), MappedColumn(file, "y")
    assert (x.shape, x.dtype) == ((10, 2), np.dtype("float32"))
    assert x[np.array([3, 1])].tolist() == [[6, 7], [2, 3]]
    assert y[2:4].tolist() == [2, 3]


@pytest.mark.skipif(not hasattr(os, "pread"), reason="scattered rows are mapped")
def test_a_row_of_records_is_read_once_for_all_of_its_fields(tmp_path, monkeypatch):
    records = np.zeros(300, [("x", ">f4", (2,)), ("y", "i8"), ("z", "u1")])
    records["x"], records["y"] = np.arange(600).reshape(300, 2), np.arange(300)
    monkeypatch.setattr(mapped, "RESIDENT", 1024)
    file = open_npy(saved(tmp_path, records))
    alone = np.arange(300) * 10
    columns = {"x": MappedColumn(file, "x"), "alone": alone, "y": MappedColumn(file, "y")}
    calls, pread = [], os.pread
    monkeypatch.setattr(os, "pread", lambda *a: (calls.append(a), pread(*a))[1])
    rows = np.array([200, 7, 200])
    values = read_rows(columns, rows)
    assert list(values) == ["x", "alone", "y"] and len(calls) == 3
    assert values["x"].tolist() == [[400, 401], [14, 15], [400, 401]]
    assert values["x"].dtype == np.float32
    assert values["y"].tolist() == rows.tolist() and values["alone"].tolist() == [2000, 70, 2000]
    assert read_rows({"z": MappedColumn(file, "z")}, rows)["z"].tolist() == [0, 0, 0]
    assert [size for _, size, _ in calls[3:]] == [1, 1, 1]  # most of a record would be for nothing


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads Linux's /proc")
def test_memory_stays_bounded_while_all_of_a_large_file_is_read_in_threads(tmp_path):
    rows, row = 3000, 2**17  # 375 MiB, of which the disk holds nothing
    file = tmp_path / "records"
    with file.open("wb") as stream:
        stream.truncate(rows * row)
    column = MappedColumn(MappedFile(file, np.dtype("u1"), (rows, row)))
    before = _mapped_bytes()
    order = np.random.default_rng(0).permutation(rows).reshape(-1, 20)
    with ThreadPoolExecutor(4) as pool:
        most = max(pool.map(lambda numbers: (column[numbers], _mapped_bytes())[1], order))
    assert most - before < 3 * mapped.RESIDENT


def _mapped_bytes():
    status = Path("/proc/self/status").read_text().splitlines()
    (line,) = (line for line in status if line.startswith("RssFile"))
    return int(line.split()[1]) * 1024


def test_pieces_of_a_large_read_come_together(tmp_path, monkeypatch):
    monkeypatch.setattr(mapped, "RESIDENT", 2**18)
    values = np.arange(200_000, dtype="int32").reshape(-1, 4)
    column = MappedColumn(open_npy(saved(tmp_path, values)))
    assert np.array_equal(column[:], values)
    order = np.random.default_rng(0).permutation(len(values))
    assert np.array_equal(column[order], values[order])


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.array([{}], object), "pickled Python objects"),
        (np.float64(1), "a single value"),
        (np.asfortranarray(np.ones((3, 4))), "Fortran order"),
    ],
)
def test_what_cannot_be_mapped_is_refused(tmp_path, values, message):
    with pytest.raises(RunError, match=rf"x\.npy: expected .*{message}"):
        open_npy(saved(tmp_path, values))


def test_a_file_that_is_cut_off_or_none_of_numpys_is_refused(tmp_path):
    file = saved(tmp_path, np.ones(100))
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(RunError, match=r"x\.npy: expected 928 bytes or more\. Received: 927"):
        open_npy(file)
    file.write_bytes(b"x,y\n1,2\n")
    with pytest.raises(RunError, match=r"x\.npy: expected a NumPy file"):
        open_npy(file)


@pytest.mark.skipif(not hasattr(os, "pread"), reason="rows are read one by one where pread is")
def test_a_file_that_has_become_shorter_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(mapped, "RESIDENT", 100)
    file = saved(tmp_path, np.arange(1000.0))
    column = MappedColumn(open_npy(file))
    os.truncate(file, 500)
    with pytest.raises(RunError, match=r"x\.npy has become shorter since it was opened"):
        column[np.array([5, 900])]
