import numpy as np
import pytest

from kerascfg.data.splitting import Facts, SplitSettings, split_rows
from kerascfg.errors import ConfigError

NAMES = ("train", "validation", "test")
GROUPED = SplitSettings(by="group", column="patient")


def grouped(groups, split=GROUPED, seed=0, labels=None, **more):
    facts = Facts(labels=labels, groups=np.asarray(groups), **more)
    return split_rows(len(groups), split, seed, facts)


def drawn_groups(seed, groups=60, rows=1000):
    rng = np.random.default_rng(seed)
    sizes = rng.pareto(1.5, groups) + 0.1
    return rng.choice(groups, rows, p=sizes / sizes.sum())


@pytest.mark.parametrize("seed", range(20))
def test_no_group_is_on_two_sides_and_every_row_is_somewhere(seed: int):
    groups = drawn_groups(seed)
    parts = grouped(groups, seed=seed)
    assert np.sort(np.concatenate(list(parts.values()))).tolist() == list(range(1000))
    seen = [set(groups[parts[name]]) for name in NAMES]
    assert not (seen[0] & seen[1] or seen[0] & seen[2] or seen[1] & seen[2])


@pytest.mark.parametrize("seed", range(20))
def test_sizes_are_within_the_largest_small_group_of_their_shares(seed: int):
    groups = np.random.default_rng(seed).integers(0, 100, 2000)
    largest = np.bincount(groups).max()
    parts = grouped(groups, seed=seed)
    for name, share in zip(NAMES, (0.8, 0.1, 0.1), strict=True):
        assert abs(len(parts[name]) - share * 2000) <= largest


def test_groups_of_one_size_are_dealt_out_exactly_and_by_the_seed():
    groups = np.repeat(np.arange(20), 5)
    first, again, other = (grouped(groups, seed=seed) for seed in (1, 1, 2))
    assert [len(first[name]) for name in NAMES] == [80, 10, 10]
    assert (first["test"] == again["test"]).all()
    assert set(groups[first["test"]]) != set(groups[other["test"]])


def test_three_large_groups_are_one_for_each_split():
    parts = grouped(np.repeat([0, 1, 2], [100, 90, 80]))
    assert [len(parts[name]) for name in NAMES] == [100, 90, 80]


def test_fewer_groups_than_splits_are_refused():
    with pytest.raises(ConfigError, match="20 rows in 2 groups of `patient`"):
        grouped(np.repeat([0, 1], 10))


@pytest.mark.parametrize("seed", range(10))
def test_stratified_groups_keep_the_proportions_of_their_majorities(seed: int):
    groups = np.repeat(np.arange(100), 6)
    labels = np.repeat(np.arange(100) % 4 == 0, 6).astype(int)
    split = SplitSettings(by="group", column="patient", stratify=True)
    parts = grouped(groups, split, seed, labels)
    for name in NAMES:
        assert abs(labels[parts[name]].mean() - 0.25) <= 6 / len(parts[name])


def test_a_class_that_leads_in_one_group_only_cannot_be_stratified():
    labels = np.repeat([0, 0, 0, 1], 5)
    split = SplitSettings(by="group", column="patient", stratify=True)
    with pytest.raises(ConfigError, match=r"two or more groups .* fewer for ill") as raised:
        grouped(np.repeat(np.arange(4), 5), split, 0, labels, class_names=("well", "ill"))
    assert raised.value.problems[0].fix == "data.split.stratify=false"


def test_a_group_on_both_sides_of_a_given_split_is_refused():
    given = np.array(["train"] * 30 + ["test"] * 10)
    groups = np.repeat(np.arange(8), 5)
    assert sorted(grouped(groups, given=given)["test"]) == list(range(30, 40))
    groups[35] = 0
    with pytest.raises(ConfigError, match="1 values of `patient` that are on both"):
        grouped(groups, given=given)


@pytest.mark.parametrize("seed", range(10))
def test_folds_keep_groups_whole_and_validate_each_row_once(seed: int):
    groups = drawn_groups(seed, groups=40, rows=400)
    seen = []
    for fold in range(4):
        split = SplitSettings(by="group", column="patient", fold=fold, folds=4)
        parts = grouped(groups, split, seed)
        assert not set(groups[parts["train"]]) & set(groups[parts["validation"]])
        assert not set(groups[parts["test"]]) & set(groups[parts["train"]])
        seen += parts["validation"].tolist()
    assert sorted(seen + parts["test"].tolist()) == list(range(400))
