import numpy as np
import pytest

from kerascfg.data import SplitSettings
from kerascfg.data.splitting import Facts, split_rows
from kerascfg.errors import ConfigError

NAMES = ("train", "validation", "test")


def all_rows(parts):
    return np.sort(np.concatenate([parts[name] for name in NAMES]))


def test_every_row_is_in_exactly_one_split():
    parts = split_rows(101, SplitSettings(), seed=3)
    assert all_rows(parts).tolist() == list(range(101))
    assert {name: len(rows) for name, rows in parts.items()} == {
        "train": 81,
        "validation": 10,
        "test": 10,
    }


def test_the_same_seed_gives_the_same_split_and_another_seed_another():
    first, again, other = (split_rows(60, SplitSettings(), seed=s) for s in (5, 5, 6))
    assert all((first[name] == again[name]).all() for name in NAMES)
    assert any(first[name].tolist() != other[name].tolist() for name in NAMES)


@pytest.mark.parametrize("sizes", [(59, 71, 48), (10, 20, 300), (3, 5, 7, 11, 13), (2, 2, 96)])
@pytest.mark.parametrize("shares", [(0.8, 0.1, 0.1), (0.7, 0.2, 0.1), (0.5, 0.25, 0.25)])
def test_every_class_is_within_one_row_of_its_share_in_every_split(sizes, shares):
    labels = np.repeat(np.arange(len(sizes)), sizes)
    parts = split_rows(len(labels), SplitSettings(*shares), seed=0, facts=Facts(labels))
    assert all_rows(parts).tolist() == list(range(len(labels)))
    for name, share in zip(NAMES, shares, strict=True):
        counts = np.bincount(labels[parts[name]], minlength=len(sizes))
        assert (abs(counts - np.array(sizes) * share) < 1 + 1e-9).all()


def test_many_small_classes_share_out_what_is_left_over():
    labels = np.repeat(np.arange(100), 5)
    parts = split_rows(500, SplitSettings(), seed=0, facts=Facts(labels))
    assert {name: len(rows) for name, rows in parts.items()} == {
        "train": 400,
        "validation": 50,
        "test": 50,
    }


def test_every_class_is_trained_on_however_small_the_share():
    labels = np.repeat(np.arange(4), 2)
    parts = split_rows(8, SplitSettings(0.2, 0.4, 0.4), seed=0, facts=Facts(labels))
    assert set(labels[parts["train"]]) == {0, 1, 2, 3}


def test_a_class_of_one_row_cannot_be_divided():
    labels = np.array([0] * 20 + [1])
    with pytest.raises(ConfigError) as raised:
        split_rows(21, SplitSettings(), 0, Facts(labels, ("cat", "lynx")))
    (problem,) = raised.value.problems
    assert problem.path == "data.split.stratify"
    assert "lynx" in problem.message
    assert problem.fix == "data.split.stratify=false"


def test_a_split_that_would_be_empty_is_refused():
    with pytest.raises(ConfigError, match=r"data\.split\.test: expected enough rows"):
        split_rows(4, SplitSettings(), seed=0)


def test_a_share_of_nothing_is_an_empty_split():
    parts = split_rows(4, SplitSettings(0.75, 0.25, 0.0), seed=0)
    assert [len(parts[name]) for name in NAMES] == [3, 1, 0]


def test_given_test_rows_stay_and_validation_is_drawn_from_the_others():
    given = np.array(["train"] * 90 + ["test"] * 30)
    labels = np.tile([0, 1, 2], 40)
    parts = split_rows(120, SplitSettings(), seed=0, facts=Facts(labels, given=given))
    assert sorted(parts["test"]) == list(range(90, 120))
    assert (len(parts["train"]), len(parts["validation"])) == (80, 10)
    assert all_rows(parts).tolist() == list(range(120))


def test_rows_that_lie_sorted_by_class_come_out_mixed():
    labels = np.repeat([0, 1], 50)
    test = split_rows(100, SplitSettings(), seed=0, facts=Facts(labels))["test"]
    assert labels[test].tolist() != sorted(labels[test])
