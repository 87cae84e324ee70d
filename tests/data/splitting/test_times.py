from datetime import UTC, datetime

import numpy as np
import pytest

from kerascfg.data.splitting import Facts, SplitSettings, split_rows
from kerascfg.data.splitting.times import read_times
from kerascfg.errors import ConfigError

NAMES = ("train", "validation", "test")
TIMED = SplitSettings(by="time", column="day")


def texts(*values):
    return np.array(values, dtype=object)


def split_times(times, split=TIMED, seed=0):
    return split_rows(len(times), split, seed, Facts(times=np.asarray(times)))


@pytest.mark.parametrize("seed", range(20))
def test_training_rows_come_before_validation_and_those_before_the_test(seed: int):
    times = np.random.default_rng(seed).integers(0, 200, 1000)
    parts = split_times(times, seed=seed)
    assert np.sort(np.concatenate(list(parts.values()))).tolist() == list(range(1000))
    train, validation, test = (times[parts[name]] for name in NAMES)
    assert train.max() < validation.min()  # below, not equal: no tie is divided
    assert validation.max() < test.min()
    assert abs(len(train) - 800) < 20


def test_times_without_ties_are_divided_exactly():
    times = np.random.default_rng(0).permutation(100) / 7
    assert [len(split_times(times)[name]) for name in NAMES] == [80, 10, 10]


def test_too_few_different_times_are_refused():
    with pytest.raises(ConfigError, match="20 rows at 2 times of `day`"):
        split_times([1.0] * 10 + [2.0] * 10)


def test_texts_are_times_in_iso_8601():
    times = read_times("day", texts("2026-02-01", "2025-12-31T23:59:59.5", "2026-01-01"), "p")
    assert np.argsort(times).tolist() == [1, 2, 0]


def test_zones_are_taken_into_account():
    times = read_times("day", texts("2026-01-01T12:00+02:00", "2026-01-01T11:00Z"), "p")
    assert times[0] < times[1]
    assert times[1] == datetime(2026, 1, 1, 11, tzinfo=UTC).timestamp() * 1e6


def test_numbers_and_numpy_dates_are_times():
    assert read_times("day", np.array([2.5, 1]), "p").tolist() == [2.5, 1]
    dates = np.array(["2026-02-01", "2026-01-01"], dtype="datetime64[D]")
    assert np.diff(read_times("day", dates, "p")).tolist() == [-31]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.array([1.0, np.nan, 3.0]), r"without one in 1 of 3 rows (the first is sample 2)"),
        (texts("2026-01-01", "", ""), r"without one in 2 of 3 rows (the first is sample 2)"),
        (np.array(["NaT", "2026-01-01"], dtype="datetime64[D]"), "in 1 of 2 rows"),
        (texts("2026-01-01", "31.12.2026"), "Received: '31.12.2026' in `day`, sample 2"),
        (texts("2026-01-01T12:00", "2026-01-01T12:00Z"), "all have a zone, or none of them"),
        (np.zeros((3, 2)), "one time a row"),
        (np.array([True, False]), "one time a row"),
    ],
)
def test_a_column_that_is_no_time_is_refused(values: np.ndarray, message: str):
    with pytest.raises(ConfigError) as raised:
        read_times("day", values, "data.split.column")
    (problem,) = raised.value.problems
    assert problem.path == "data.split.column"
    assert message in problem.message


def split_spans(spans, split):
    return split_rows(len(spans), split, 0, Facts(spans=np.asarray(spans)))


def test_rows_that_lie_across_a_border_in_time_are_in_no_split():
    spans = np.stack([np.arange(100), np.arange(100) + 4], axis=1)
    parts = split_spans(spans, SplitSettings(by="time"))
    assert [len(parts[name]) for name in NAMES] == [76, 6, 10]
    train, validation, test = (spans[parts[name]] for name in NAMES)
    assert train[:, 1].max() < validation[:, 0].min()
    assert validation[:, 1].max() < test[:, 0].min()


def test_a_share_shorter_than_a_window_is_refused():
    spans = np.stack([np.arange(100), np.arange(100) + 20], axis=1)
    with pytest.raises(ConfigError, match=r"validation.*longer than a window. Received: 0\.1"):
        split_spans(spans, SplitSettings(by="time"))
