from pathlib import Path

import pytest

from kerascfg.data.files import Files, check_files, find_files
from kerascfg.errors import RunError


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("b.csv", "a.csv", "notes.txt", "more/c.csv", "x[1].csv"):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text("x\n1\n")
    return tmp_path


def names(path) -> list[str]:
    return [file.as_posix() for file in find_files(path, "a CSV file").paths]


def problems(path):
    return check_files({"path": path}, "data.source", "a CSV file", (".csv",))[1]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("b.csv", ["b.csv"]),
        ("[ab].csv", ["a.csv", "b.csv"]),
        ("**/*.csv", ["a.csv", "b.csv", "more/c.csv", "x[1].csv"]),
        ("x[1].csv", ["x[1].csv"]),
        (["more/*", "b.csv", "a.csv"], ["a.csv", "b.csv", "more/c.csv"]),
        (["a.csv", "?.csv", "more/../a.csv"], ["a.csv", "b.csv"]),
        ({"test": "a.csv", "train": ["more/c.csv", "b.csv"]}, ["b.csv", "more/c.csv", "a.csv"]),
    ],
)
def test_a_path_is_a_file_a_pattern_a_list_or_these_by_split(folder, path, expected):
    assert problems(path) == []
    for found, wanted in zip(names(path), expected, strict=True):
        assert Path(found).resolve() == Path(wanted).resolve()


def test_an_absolute_pattern_does_not_depend_on_where_one_stands(folder):
    assert names(f"{folder}/*.csv")[0] == (folder / "a.csv").as_posix()


def test_rows_belong_to_the_split_of_their_file(folder):
    files = find_files({"train": "[ab].csv", "validation": "more/c.csv"}, "a CSV file")
    assert files.splits == ("train", "train", "validation")
    assert files.splits_of_rows([2, 0, 1]).tolist() == ["train", "train", "validation"]
    assert Files((folder / "a.csv",)).splits_of_rows([2]) is None


@pytest.mark.parametrize(
    ("path", "at", "message", "fix"),
    [
        ("aa.csv", "path", "does not exist", "data.source.path=a.csv"),
        (["b.csv", "notez.txt"], "path", "does not exist", "'data.source.path=[b.csv, notes.txt]'"),
        ({"train": "bb.csv"}, "path.train", "does not exist", "data.source.path.train=b.csv"),
        ("*.parquet", "path", "a pattern that matches no file (looking from", None),
        ("more", "path", "which is a folder", "'data.source.path=more/*.csv'"),
        ({"train": "a.csv", "tset": "b.csv"}, "path.tset", "split", "data.source.path.test=b.csv"),
        ({"test": "a.csv"}, "path.train", "required", None),
        ({"train": "?.csv", "test": "a.csv"}, "path.test", "which train has too", None),
        ([], "path", "Received: []", None),
        ({"train": []}, "path.train", "Received: []", None),
        ([7], "path", "Received: 7", None),
        (None, "path", "Received: None", None),
    ],
)  # fmt: skip
def test_what_a_path_lacks_is_said_with_the_way_out(folder, path, at, message, fix):
    (problem,) = problems(path)
    assert problem.path == f"data.source.{at}"
    assert message in problem.message
    assert problem.fix == fix


def test_all_that_is_missing_is_said_at_once(folder):
    assert len(problems(["nothing.csv", "a.csv", "no/*.csv"])) == 2


def test_a_file_that_disappears_after_the_check_is_named(folder):
    (folder / "a.csv").unlink()
    with pytest.raises(RunError, match=r"a CSV file\. Received: a\.csv, which does not exist"):
        find_files(["a.csv", "b.csv"], "a CSV file")
