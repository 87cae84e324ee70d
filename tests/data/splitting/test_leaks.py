import numpy as np
import pytest

from kerascfg.data.splitting import SplitSettings, refuse_unknown_classes, shared_rows
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
