import re

import numpy as np
import pytest

from kerascfg.data import check_data, open_data
from kerascfg.data.mapped import MappedColumn
from kerascfg.data.sources.npy import npy
from kerascfg.errors import RunError


@pytest.fixture
def arrays(tmp_path):
    from sklearn.datasets import load_digits

    bunch = load_digits()
    folder = tmp_path / "arrays"
    folder.mkdir()
    np.save(folder / "pixels.npy", bunch.images.astype("uint8"))
    np.save(folder / "digit.npy", bunch.target)
    return folder


def test_files_of_a_folder_are_columns_that_are_read_when_asked(arrays):
    table = npy(str(arrays))
    assert list(table.columns) == ["digit", "pixels"]
    assert isinstance(table.columns["pixels"], MappedColumn)
    config = {"source": {"type": "npy", "path": str(arrays)}, "target": "digit"}
    data = open_data(config, task="classification", seed=0)
    assert data.facts()["data"]["features"] == {"pixels": {"shape": [8, 8], "dtype": "uint8"}}


def test_a_mapping_names_the_columns(arrays):
    table = npy({"x": str(arrays / "pixels.npy"), "y": str(arrays / "digit.npy")})
    assert list(table.columns) == ["x", "y"]
    assert npy(str(arrays)).fingerprint == npy(str(arrays)).fingerprint != table.fingerprint


def test_records_and_files_of_different_lengths_are_refused(arrays, tmp_path):
    np.save(arrays / "more.npy", np.zeros(3))
    config = {"source": {"type": "npy", "path": str(arrays)}, "target": "digit"}
    with pytest.raises(RunError, match=r"as many rows.*more: 3"):
        open_data(config, task="classification", seed=0)
    np.save(arrays / "more.npy", np.zeros(3, [("x", "f4")]))
    with pytest.raises(RunError, match=r"more\.npy: expected one array"):
        npy(str(arrays))


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("arrays/digt", r"path: expected the path of a folder.*no folder|does not exist"),
        ({"x": "arrays/pixel.npy"}, r"path\.x: .*does not exist"),
        ({}, "expected the path of a folder"),
        ("empty", "has none"),
    ],
)
def test_a_check_looks_for_the_files(arrays, tmp_path, monkeypatch, path, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    config = {"source": {"type": "npy", "path": path}, "target": "digit"}
    (problem,) = check_data(config, "classification")
    assert re.search(message, str(problem), re.DOTALL), str(problem)
