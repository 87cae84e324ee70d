import numpy as np
import pytest

from kerascfg.exporting.calibration import (
    Calibration,
    CalibrationSettings,
    calibration_of,
    read_calibration,
)
from kerascfg.exporting.target import Refused


def calibration(classes) -> Calibration:
    classes = np.array(classes)
    return Calibration({"x": np.arange(len(classes))}, {"y": classes})


def chosen(classes, samples: int, choice) -> list[int]:
    return calibration(classes).chosen(CalibrationSettings(samples, choice)).rows["x"].tolist()


def test_the_first_are_in_the_order_of_the_split():
    assert chosen([0] * 10, 4, "first") == [0, 1, 2, 3]


def test_random_ones_are_the_same_each_time():
    once = chosen([0] * 100, 10, "random")
    assert once == chosen([0] * 100, 10, "random") == sorted(once)
    assert once != list(range(10))


def test_balanced_ones_are_as_many_of_each_class():
    classes = [0] * 90 + [1] * 8 + [2] * 2
    taken = calibration(classes).chosen(CalibrationSettings(6, "balanced"))
    assert np.bincount(taken.truth["y"]).tolist() == [2, 2, 2]


def test_a_rare_class_gives_what_it_has():
    taken = calibration([0] * 90 + [1]).chosen(CalibrationSettings(10, "balanced"))
    assert np.bincount(taken.truth["y"]).tolist() == [9, 1]


def test_classes_may_be_one_1_among_zeros():
    whole = Calibration({"x": np.arange(9)}, {"y": np.eye(3)[[0, 0, 0, 0, 0, 0, 0, 1, 2]]})
    taken = whole.chosen(CalibrationSettings(3, "balanced"))
    assert taken.truth["y"].sum(axis=0).tolist() == [1, 1, 1]


def test_without_classes_nothing_can_be_balanced():
    whole = Calibration({"x": np.arange(3)}, {"y": np.array([0.1, 0.2, 0.3])})
    with pytest.raises(Refused, match="say `random` or `first`"):
        whole.chosen(CalibrationSettings(2, "balanced"))


@pytest.mark.parametrize("gap", [np.nan, np.inf])
def test_ranges_are_not_taken_from_samples_with_gaps(gap):
    whole = Calibration({"age": np.array([[1.0], [gap]]), "town": np.array(["a", ""])}, {})
    assert whole.chosen(CalibrationSettings(1, "first")).rows["age"].tolist() == [[1.0]]
    with pytest.raises(Refused, match="`age` is NaN or infinite in some"):
        whole.chosen(CalibrationSettings(2))


def test_all_are_taken_where_more_are_asked_for():
    assert chosen([0, 1, 0], 100, "random") == [0, 1, 2]


def test_the_settings_are_checked():
    assert read_calibration(None, "c") == (CalibrationSettings(), [])
    assert read_calibration({"samples": 7}, "c") == (CalibrationSettings(7), [])
    for said, path in [({"samples": 0}, "c.samples"), ({"choice": "last"}, "c.choice")]:
        settings, problems = read_calibration(said, "c")
        assert settings is None
        assert [problem.path for problem in problems] == [path]


def test_a_run_of_an_older_version_says_what_to_do(tmp_path):
    with pytest.raises(Refused, match="train again, or choose"):
        calibration_of(tmp_path, model=None, before=None)  # type: ignore[arg-type]
