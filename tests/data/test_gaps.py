"""A NaN or an infinite value is found wherever it stands: in memory, in a file, in a sequence."""

import numpy as np
import pytest

from kerascfg.data import open_data
from kerascfg.data.gaps import gap_notes
from kerascfg.data.table import name_sample
from kerascfg.errors import RunError


def spoiled(value: float) -> np.ndarray:
    rows = np.ones((40, 3), "float32")
    rows[5, 1] = value
    return rows


def npy(folder, rows):
    np.save(folder / "x.npy", rows)
    np.save(folder / "y.npy", np.arange(len(rows)) % 2)
    return {"type": "npy", "path": str(folder)}


def hdf5(folder, rows):
    import h5py

    with h5py.File(folder / "t.h5", "w") as file:
        file["x"], file["y"] = rows, np.arange(len(rows)) % 2
    return {"type": "hdf5", "path": str(folder / "t.h5")}


def spooled_parquet(folder, rows):
    pa = pytest.importorskip("pyarrow", reason="the extra `parquet` is not installed")
    from pyarrow.parquet import write_table

    write_table(pa.table({"x": rows[:, 1], "y": np.arange(len(rows)) % 2}), folder / "t.parquet")
    return {"type": "parquet", "path": str(folder / "t.parquet"), "in_memory": False}


def sequences(folder, rows):
    labels = np.arange(len(rows)) % 2
    np.savez(folder / "t.npz", x=rows, x_lengths=np.ones(len(rows), int), y=labels)
    return {"type": "sequences", "path": str(folder / "t.npz")}


SOURCES = [npy, hdf5, spooled_parquet, sequences]


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("KERASCFG_CACHE", str(tmp_path / "cache"))


@pytest.mark.parametrize("source", SOURCES)
def test_a_gap_in_what_is_read_when_asked_is_noted(source, tmp_path):
    config = {"source": source(tmp_path, spoiled(np.nan)), "target": "y"}
    data = open_data(config, task="classification", seed=1)
    assert any("`x` has no value (NaN) in 1 of 40 rows" in note for note in data.notes)


@pytest.mark.parametrize("source", SOURCES)
def test_an_infinite_value_in_what_is_read_when_asked_is_refused(source, tmp_path):
    config = {"source": source(tmp_path, spoiled(-np.inf)), "target": "y"}
    with pytest.raises(RunError, match=r"finite values of `x`.* 1 of 40 rows .*6"):
        open_data(config, task="classification", seed=1)


def test_rows_are_counted_over_all_chunks(monkeypatch):
    monkeypatch.setattr("kerascfg.data.gaps._MOST", 7)
    column = np.zeros(100)
    column[[3, 50, 99]] = np.nan
    (note,) = gap_notes({"a": column, "b": np.array(["nan"] * 100, object)}, name_sample)
    assert note.startswith("`a` has no value (NaN) in 3 of 100 rows")
    column[[40, 60]] = np.inf
    with pytest.raises(RunError, match=r"2 of 100 rows \(the first is sample 41\)"):
        gap_notes({"a": column}, name_sample)
