import re

import numpy as np
import pytest

from kerascfg.data import check_data, open_data
from kerascfg.data.sources.time_series import peek, time_series
from kerascfg.errors import ConfigError, RunError

STEPS = 400


def write(file, header, rows):
    lines = [header, *(",".join(map(str, row)) for row in rows)]
    file.write_text("\n".join(lines), encoding="utf-8")
    return str(file)


@pytest.fixture
def weather(tmp_path):
    """400 hours in a shuffled order: `x` is the number of the hour, `y` its tenfold."""
    hours = np.random.default_rng(0).permutation(STEPS)
    rows = [(np.datetime64("2026-01-01T00") + hour, hour, 10 * hour) for hour in hours]
    return write(tmp_path / "weather.csv", "hour,x,y", rows)


def test_a_window_is_followed_by_its_target(weather):
    table = time_series(weather, "y", time="hour", window=3, horizon=2)
    assert table.rows == STEPS - 4
    assert table.columns["window"][np.array([7])].tolist() == [[[7, 70], [8, 80], [9, 90]]]
    assert table.columns["y"][np.array([7, 0])].tolist() == [[100, 110], [30, 40]]
    assert table.spans[7].tolist() == [
        np.datetime64(f"2026-01-01T{hour}", "us").astype(int) for hour in ("07", "11")
    ]


def test_a_window_is_held_once_in_memory(weather):
    windows = time_series(weather, "y", time="hour", window=100).columns["window"]
    assert windows.shape == (STEPS - 100, 100, 2)
    assert windows.series.shape == (STEPS, 2)
    assert windows.series.dtype == "float32"


def test_stride_offset_and_columns_say_how_windows_are_cut(weather):
    table = time_series(weather, "y", ["x"], "hour", window=2, offset=5, stride=10)
    windows, targets = (table.columns[name][:] for name in ("window", "y"))
    assert windows[:2].tolist() == [[[0], [1]], [[10], [11]]]
    assert targets[:2].tolist() == [[60], [160]]


def test_a_target_without_offset_is_of_the_last_step_and_no_feature(weather):
    table = time_series(weather, "y", time="hour", window=3, offset=0)
    assert table.columns["window"][:1].tolist() == [[[0], [1], [2]]]
    assert table.columns["y"][:1].tolist() == [[20]]


def test_several_targets_stand_side_by_side(weather):
    table = time_series(weather, ["y", "x"], time="hour", window=3, horizon=2)
    assert table.target == "targets"
    assert table.columns["targets"][:1].tolist() == [[[30, 3], [40, 4]]]


def test_rows_are_in_their_order_where_no_time_is_named(tmp_path):
    path = write(tmp_path / "a.csv", "x", [(value,) for value in (5, 3, 9, 1)])
    table = time_series(path, "x", window=2)
    assert table.columns["window"][:].reshape(2, 2).tolist() == [[5, 3], [3, 9]]
    assert table.columns["x"][:].tolist() == [[9], [1]]


def test_no_window_lies_across_two_groups(tmp_path):
    rows = [(step, shop, 100 * shop + step) for step in range(6) for shop in (1, 2, 3)]
    path = write(tmp_path / "shops.csv", "day,shop,sales", [*rows, (0, 4, 400)])
    table = time_series(path, "sales", time="day", window=3, group="shop")
    windows = table.columns["window"][:]
    assert windows.shape == (9, 3, 1)
    assert (np.diff(windows, axis=1) == 1).all()
    assert table.notes == ("1 of 4 series are left out, having fewer than 4 steps",)


def test_files_by_split_are_series_of_their_own(tmp_path):
    old = write(tmp_path / "old.csv", "day,x", [(day, day) for day in range(10)])
    new = write(tmp_path / "new.csv", "day,x", [(day, day) for day in range(10, 20)])
    table = time_series({"train": old, "test": new}, "x", time="day", window=3)
    assert np.unique(table.splits, return_counts=True)[1].tolist() == [7, 7]
    assert not (table.splits[table.spans[:, 1] >= 10] == "train").any()


@pytest.mark.parametrize("group", [None, "shop"])
@pytest.mark.parametrize(("window", "horizon", "offset", "stride"),
                         [(8, 1, 1, 1), (8, 4, 3, 1), (5, 2, 0, 3)])  # fmt: skip
def test_no_step_is_in_windows_of_two_splits(tmp_path, group, window, horizon, offset, stride):
    rows = [(day, shop, day, 1000 * shop + day) for day in range(300) for shop in (0, 1, 2)]
    rows = [row for row in rows if group or row[1] == 0]
    path = write(tmp_path / "shops.csv", "day,shop,x,y", rows)
    source = {"type": "time_series", "path": path, "target": "y", "time": "day", "group": group,
              "columns": ["x"], "window": window, "horizon": horizon, "offset": offset,
              "stride": stride}  # fmt: skip
    data = open_data({"source": source, "split": {"by": "time"}}, task="regression", seed=0)
    days = {}
    for split, part in data.parts.items():
        seen = part.take(slice(None))["window"], part.targets["y"] % 1000
        days[split] = set(np.concatenate([each.reshape(-1) for each in seen]).astype(int))
    assert not days["train"] & days["validation"] | days["validation"] & days["test"]
    assert max(days["train"]) < min(days["validation"]) < min(days["test"])
    assert data.sizes["train"] > 0.7 * sum(data.sizes.values())
    assert any("windows are in no split" in note for note in data.notes)


def problems_of(source, **keys):
    return check_data({"source": {"type": "time_series", **source}, **keys}, "regression")


def test_a_random_split_is_refused_with_the_way_out(weather):
    (problem,) = problems_of({"path": weather, "target": "y"})
    assert problem.path == "data.split.by"
    assert problem.fix == "data.split.by=time"
    assert problems_of({"path": weather, "target": "y"}, split={"by": "time"}) == []


@pytest.mark.parametrize(
    ("said", "key", "message", "fix"),
    [
        ({"time": "hours"}, "time", "a column of the files", "data.source.time=hour"),
        ({"columns": ["x", "z"]}, "columns", r"\(hour, x, y\). Received: z", None),
        ({"target": []}, "target", "a column's name", None),
        ({"window": 0}, "window", "1 or more. Received: 0", "data.source.window=1"),
        ({"offset": -1}, "offset", "0 or more", "data.source.offset=0"),
        ({"offset": 0, "columns": ["y"]}, "columns", "the target", "data.source.offset=1"),
        ({"path": "weather.xls"}, "path", "a CSV or Parquet file", None),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_at_its_key(weather, said, key, message, fix):
    problems = peek({"path": weather, "target": "y", **said}, "data.source").problems
    assert [problem.path for problem in problems] == [f"data.source.{key}"]
    assert re.search(message, problems[0].message)
    assert problems[0].fix == fix


@pytest.mark.parametrize(
    ("rows", "said", "message"),
    [
        ([(1, 1), (2, 2)], {}, r"a series of 4 steps or more.*Received: 2"),
        ([(1, 1), (2, 2), (2, 3)], {}, r"a\.csv, row 3, and .*a\.csv, row 4\n  hint: `group`"),
        ([(1, "a"), (2, "b")] * 4, {"time": None}, r"of numbers. Received: `x`, such as 'a'"),
        ([(1, 1), (2, "inf"), (3, 1), (4, 1)], {}, r"finite values of `x`.*a\.csv, row 3"),
    ],
)  # fmt: skip
def test_what_only_the_rows_show_is_said_with_its_place(tmp_path, rows, said, message):
    path = write(tmp_path / "a.csv", "day,x", rows)
    with pytest.raises(RunError, match=message):
        time_series(path, "x", **{"columns": ["x"], "time": "day", "window": 3, **said})


def test_a_row_without_a_time_is_named(tmp_path):
    path = write(tmp_path / "a.csv", "day,x", [("2026-01-01", 1), ("", 2), ("2026-01-03", 2)])
    with pytest.raises(ConfigError, match="`day` without one in 1 of 3 rows"):
        time_series(path, "x", time="day", window=1)


def test_gaps_in_time_and_values_are_told(tmp_path):
    rows = [(day, day if day != 7 else "") for day in range(30) if day not in (10, 11, 20)]
    table = time_series(write(tmp_path / "a.csv", "day,x", rows), "x", time="day", window=3)
    assert table.notes == (
        "`x` has no value (NaN) in 1 of 27 steps",
        "2 of 26 steps in time are longer than 1.5 times the usual one; "
        "windows take each for one step",
    )


@pytest.mark.slow
def test_windows_are_those_that_keras_cuts(weather):
    import keras

    table = time_series(weather, "y", time="hour", window=6, stride=2)
    values = np.arange(STEPS, dtype="float32")
    theirs = keras.utils.timeseries_dataset_from_array(
        np.stack([values, 10 * values], axis=1)[:-1],
        10 * values[6:],
        sequence_length=6,
        sequence_stride=2,
        batch_size=None,
    )
    windows, targets = zip(*theirs.as_numpy_iterator(), strict=True)
    np.testing.assert_array_equal(table.columns["window"][:], np.stack(windows))
    np.testing.assert_array_equal(table.columns["y"][:][:, 0], np.stack(targets))
