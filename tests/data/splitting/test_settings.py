import re

import pytest

from kerascfg.data.splitting import SplitSettings, check_spans, check_split

GOOD = [
    {"by": "group", "column": "city"},
    {"by": "group", "column": "city", "stratify": True, "fold": 0},
    {"by": "group", "column": "city", "stable": True, "fold": 4},
    {"by": "time", "column": "day", "stratify": False},
    {"by": "column", "column": "part"},
    {"by": "file"},
    {"stable": True, "stratify": False},
    {"stratify": True, "fold": 9, "folds": 10},
]


@pytest.mark.parametrize("said", GOOD, ids=str)
def test_what_goes_together_has_no_problem(said: dict):
    assert check_split(SplitSettings(**said), "data.split") == []


@pytest.mark.parametrize(
    ("said", "key", "message", "fix"),
    [
        ({"by": "group"}, ".column", "whose values are the groups", None),
        ({"by": "column"}, ".column", "that says train, validation or test", None),
        ({"column": "city"}, ".column", "since the split is by row", "data.split.by=group"),
        ({"by": "file", "column": "c"}, ".column", "since the split is by file", None),
        ({"stable": True, "stratify": True}, ".stratify", "beside stable=true",
         "data.split.stratify=null"),
        ({"by": "time", "column": "day", "stable": True}, ".stable", "beside by=time",
         "data.split.stable=false"),
        ({"by": "time", "column": "day", "stratify": True}, ".stratify", "beside by=time",
         "data.split.stratify=false"),
        ({"by": "time", "column": "day", "fold": 2}, ".fold", "beside by=time",
         "data.split.fold=null"),
        ({"fold": 5}, ".fold", "from 0 to 4, since there are 5 folds. Received: 5", None),
        ({"fold": -1}, ".fold", "from 0 to 4", None),
        ({"fold": 0, "folds": 1}, ".folds", "2 or more", None),
        ({"train": 0.5}, "", "shares that sum to 1", "data.split.validation=0.25"),
    ],
)  # fmt: skip
def test_what_excludes_each_other_is_said_with_the_way_out(said, key, message, fix):
    (problem,) = check_split(SplitSettings(**said), "data.split")
    assert problem.path == f"data.split{key}"
    assert message in problem.message
    assert (problem.fix or "").startswith(fix or "")


@pytest.mark.parametrize(
    ("said", "spans", "key", "message", "fix"),
    [
        ({"by": "time"}, False, ".column", "of times to sort by", None),
        ({}, True, ".by", "windows that overlap.*Received: row", "data.split.by=time"),
        ({"by": "group", "column": "city"}, True, ".by", "Received: group",
         "data.split.by=time data.split.column=null"),
        ({"by": "time", "column": "day"}, True, ".column", "windows know their times",
         "data.split.column=null"),
    ],
)  # fmt: skip
def test_a_split_by_time_needs_a_column_unless_samples_know_their_times(
    said, spans, key, message, fix
):
    (problem,) = check_spans(SplitSettings(**said), spans, "data.split")
    assert problem.path == f"data.split{key}"
    assert re.search(message, problem.message)
    assert problem.fix == fix


def test_a_split_by_time_fits_samples_with_and_without_times():
    assert check_spans(SplitSettings(by="time", column="day"), False, "data.split") == []
    assert check_spans(SplitSettings(by="time"), True, "data.split") == []
