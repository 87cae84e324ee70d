import numpy as np
import pytest

from kerascfg.data import open_data
from kerascfg.data.mapped import MappedColumn, open_npy
from kerascfg.data.splitting import (
    SplitSettings,
    refuse_unknown_classes,
    shared_rows,
    unlearned_labels,
)
from kerascfg.data.targets import encode_target
from kerascfg.errors import ConfigError

ROWS = {"train": np.arange(6), "validation": np.array([6, 7]), "test": np.array([8, 9])}


def texts(*values):
    return np.array(values, dtype=object)


def test_rows_that_are_equal_in_every_feature_are_counted():
    city = texts("a", "b", "c", "a", "b", "c", "x", "a", "x", "c")
    age = np.array([1.0, 2, 3, 4, 5, 6, 7, 1, 7, np.nan])
    assert shared_rows({"city": city, "age": age}, ROWS) == (
        "1 row of validation is also in train, equal in every feature",
        "1 row of test is also in validation, equal in every feature",
    )


def test_equal_images_are_counted_and_different_ones_are_not():
    images = np.random.default_rng(0).integers(0, 255, (10, 3, 3)).astype(np.uint8)
    assert shared_rows({"image": images}, ROWS) == ()
    images[8] = images[9] = images[0]
    assert shared_rows({"image": images}, ROWS) == (
        "2 rows of test are also in train, equal in every feature",
    )


def test_a_class_that_training_lacks_is_named_and_counted():
    values = texts(*"aabbab", "c", "c", "b", "d")
    targets = {"y": encode_target("y", values, "classification")}
    with pytest.raises(ConfigError) as raised:
        refuse_unknown_classes(targets, ROWS, SplitSettings(stratify=False), "data.split")
    validation, test = raised.value.problems
    assert "classes in validation that there are in train" in validation.message
    assert "`y` with c (2 rows)" in validation.message
    assert "`y` with d (1 row)" in test.message
    assert test.fix == "data.split.stratify=null"


def test_a_class_that_only_training_has_is_no_problem():
    targets = {"y": encode_target("y", texts(*"aabbcc", *"abab"), "classification")}
    refuse_unknown_classes(targets, ROWS, SplitSettings(), "data.split")


def test_rows_that_are_read_when_asked_are_compared_too(tmp_path, monkeypatch):
    values = np.arange(30.0).reshape(10, 3)
    values[8] = values[2]
    np.save(tmp_path / "x.npy", values)
    features = {"x": MappedColumn(open_npy(tmp_path / "x.npy"))}
    found = "1 row of test is also in train, equal in every feature"
    assert shared_rows(features, ROWS) == (found,)
    monkeypatch.setattr("kerascfg.data.splitting.leaks._MOST", 239)
    (note,) = shared_rows(features, ROWS)
    assert (
        note == "rows that are equal in two splits were not looked for: these are 240 bytes on disk"
    )


def test_files_of_equal_content_are_counted_whatever_their_names(tmp_path, monkeypatch):
    files = [tmp_path / f"{number}.png" for number in range(10)]
    for number, file in enumerate(files):
        file.write_bytes(b"0" * 6000 + bytes([number]) + b"1" * 9000)
    files[8].write_bytes(files[0].read_bytes())
    files[7].unlink()  # who loads it says so
    names = np.array([str(file).encode() for file in files], object)
    found = "1 row of test is also in train, equal in every feature"
    assert shared_rows({"image": names}, ROWS, files=["image"]) == (found,)
    monkeypatch.setattr("kerascfg.data.same_files.MOST_OPENED", 8)
    (note,) = shared_rows({"image": names}, ROWS, files=["image"])
    assert note.startswith("rows that are equal in two splits were not looked for: more than")


def test_an_image_with_a_copy_in_another_split_is_told(tmp_path):
    for split, content in (("train", b"abc"), ("test", b"ayz")):
        for label in ("one", "two"):
            folder = tmp_path / split / label
            folder.mkdir(parents=True)
            for letter in content.decode():
                (folder / f"{split}_{letter}.png").write_bytes(f"{label} {letter}".encode())
    source = {"type": "image_folder", "path": str(tmp_path), "image_size": [8, 8]}
    config = {"source": source, "split": {"train": 1.0, "validation": 0.0, "test": 0.0}}
    data = open_data(config, task="classification", seed=1)
    assert "2 rows of test are also in train, equal in every feature" in data.notes


def test_a_label_that_training_lacks_is_told():
    values = np.zeros((10, 3), int)
    values[0, 0] = values[6, 1] = values[9, 2] = values[9, 0] = 1
    targets = {"y": encode_target("y", values, "multilabel", known=("a", "b", "c"))}
    assert unlearned_labels(targets, ROWS) == (
        "`y` has labels in validation that no row of train has: b",
        "`y` has labels in test that no row of train has: c",
    )
