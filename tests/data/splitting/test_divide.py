import numpy as np
import pytest

from kerascfg.data import Table, measured_specs
from kerascfg.data.splitting import SplitSettings, divide_rows
from kerascfg.data.targets import encode_target
from kerascfg.errors import ConfigError

NAMES = ("train", "validation", "test")


def divide(said, seed=0, splits=None, **columns):
    columns = {"x": np.arange(40.0), **columns}
    table = Table(columns, measured_specs(columns), "", splits=splits)
    targets = {}
    if "y" in columns:
        targets = {"y": encode_target("y", columns["y"], "classification")}
    return divide_rows(table, targets, SplitSettings(**said), seed, "data.split")


def problem_of(said, **columns):
    with pytest.raises(ConfigError) as raised:
        divide(said, **columns)
    (problem,) = raised.value.problems
    return problem


def texts(*values):
    return np.array(values, dtype=object)


PARTS = texts(*["train"] * 20, *["validation"] * 12, *["test"] * 8)
BY_COLUMN = {"by": "column", "column": "part"}


def test_a_column_says_in_which_split_a_row_is():
    parts = divide(BY_COLUMN, part=PARTS)
    assert sorted(parts["train"]) == list(range(20))
    assert sorted(parts["validation"]) == list(range(20, 32))
    assert sorted(parts["test"]) == list(range(32, 40))


def test_a_split_that_the_column_does_not_name_is_drawn_from_its_training_rows():
    part = texts(*["train"] * 30, *["test"] * 10)
    parts = divide({**BY_COLUMN, "train": 0.6, "validation": 0.3}, part=part)
    assert sorted(parts["test"]) == list(range(30, 40))
    assert (len(parts["train"]), len(parts["validation"])) == (20, 10)


def test_another_word_than_a_split_s_is_named_with_its_row():
    problem = problem_of(BY_COLUMN, part=texts(*PARTS[:-1], "tset"))
    assert problem.path == "data.split.column"
    assert "`part` with 'tset' (the first is sample 40)" in problem.message
    assert problem.hint == "did you mean `test`?"


def test_a_column_without_training_rows_is_refused():
    problem = problem_of(BY_COLUMN, part=texts(*["validation"] * 30, *["test"] * 10))
    assert problem.path == "data.split.column"
    assert "Received: 0 train, 30 validation, 10 test" in problem.message


def test_the_source_s_own_division_holds_and_by_file_asks_for_one():
    parts = divide({"by": "file"}, splits=PARTS.astype(str))
    assert [len(parts[name]) for name in NAMES] == [20, 12, 8]
    problem = problem_of({"by": "file"})
    assert (problem.path, problem.fix) == ("data.split.by", "data.split.by=row")


def test_files_without_training_rows_are_refused():
    splits = np.array(["test"] * 40)
    assert "0 train, 0 validation, 40 test" in problem_of({"by": "file"}, splits=splits).message


def test_a_column_cannot_divide_what_comes_divided():
    assert "comes divided" in problem_of(BY_COLUMN, part=PARTS, splits=PARTS.astype(str)).message


@pytest.mark.parametrize("values", [texts(*"abcdefgh" * 5), np.arange(40) % 8])
def test_groups_may_be_texts_or_numbers(values: np.ndarray):
    parts = divide({"by": "group", "column": "city"}, city=values)
    seen = [set(values[parts[name]].tolist()) for name in NAMES]
    assert not (seen[0] & seen[1] or seen[0] & seen[2] or seen[1] & seen[2])


@pytest.mark.parametrize(
    "values", [texts("", *["a", "b", "c"] * 13), np.array([np.nan, *np.arange(39.0)])]
)
def test_a_row_without_a_group_is_refused(values: np.ndarray):
    problem = problem_of({"by": "group", "column": "city"}, city=values)
    assert problem.path == "data.split.column"
    assert "without one in 1 of 40 rows (the first is sample 1)" in problem.message


def test_rows_are_stratified_unless_another_way_decides():
    y = texts(*["no"] * 30, *["yes"] * 10)
    city = np.arange(40) // 2
    rows = divide({}, y=y)
    assert sorted(y[rows["test"]]) == ["no"] * 3 + ["yes"]
    divide({"by": "group", "column": "city"}, y=y, city=city)  # by groups, whatever the classes
    day = np.arange(40)
    assert sorted(divide({"by": "time", "column": "day"}, y=y, day=day)["test"]) == [36, 37, 38, 39]


def test_stratify_needs_classes():
    problem = problem_of({"stratify": True})
    assert problem.fix == "data.split.stratify=false"
