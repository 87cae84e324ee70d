import numpy as np
import pytest

from kerascfg.data.splitting import Facts, SplitSettings, split_rows
from kerascfg.errors import ConfigError


def fold_of(rows, fold, folds=5, seed=0, test=0.1, **facts):
    split = SplitSettings(0.9 - test, 0.1, test, fold=fold, folds=folds)
    return split_rows(rows, split, seed, Facts(**facts))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("rows", "folds"), [(100, 5), (101, 5), (57, 2), (33, 10)])
def test_every_row_that_is_no_test_row_validates_in_exactly_one_fold(rows, folds, seed):
    parts = [fold_of(rows, fold, folds, seed) for fold in range(folds)]
    validated = np.concatenate([part["validation"] for part in parts])
    assert sorted([*validated, *parts[0]["test"]]) == list(range(rows))
    for part in parts:
        assert sorted(part["test"]) == sorted(parts[0]["test"])
        assert sorted(np.concatenate(list(part.values()))) == list(range(rows))
    sizes = [len(part["validation"]) for part in parts]
    assert max(sizes) - min(sizes) <= 1


def test_folds_keep_the_proportions_of_the_classes():
    labels = np.repeat([0, 1, 2], [100, 50, 25])
    for fold in range(5):
        validation = fold_of(175, fold, test=0.2, labels=labels)["validation"]
        assert np.bincount(labels[validation]).tolist() == [16, 8, 4]


def test_without_a_test_share_all_rows_are_in_folds():
    parts = [fold_of(50, fold, test=0.0) for fold in range(5)]
    assert [len(part["test"]) for part in parts] == [0] * 5
    assert sorted(np.concatenate([part["validation"] for part in parts])) == list(range(50))


def test_given_test_rows_stay_out_of_the_folds():
    given = np.array(["train"] * 40 + ["test"] * 10)
    for fold in range(5):
        parts = fold_of(50, fold, given=given)
        assert sorted(parts["test"]) == list(range(40, 50))
        assert (len(parts["train"]), len(parts["validation"])) == (32, 8)


def test_given_validation_rows_leave_nothing_to_fold():
    given = np.array(["train"] * 40 + ["validation"] * 10)
    with pytest.raises(ConfigError, match="the validation rows are given") as raised:
        fold_of(50, 1, given=given)
    assert raised.value.problems[0].fix == "data.split.fold=null"


def test_more_folds_than_rows_are_refused():
    with pytest.raises(ConfigError, match=r"data\.split\.folds: expected enough rows for every"):
        fold_of(8, 9, folds=10)
