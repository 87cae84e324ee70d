import numpy as np
import pytest

from kerascfg.data.joining import Joined, check_joined, join, joined_columns
from kerascfg.data.table import TensorSpec
from kerascfg.errors import ConfigError

COLUMNS = ("p0", "p1", "p2", "p10", "digit", "pen")


def test_patterns_stand_for_the_columns_that_match_in_the_order_of_the_table():
    assert joined_columns(["p[0-9]*"], COLUMNS, ()) == ["p0", "p1", "p2", "p10"]
    assert joined_columns(["p10", "p?"], COLUMNS, ()) == ["p10", "p0", "p1", "p2"]


def test_no_pattern_stands_for_a_target_or_weight():
    assert joined_columns(["*"], COLUMNS, {"digit", "pen", None}) == ["p0", "p1", "p2", "p10"]


def test_a_pattern_that_matches_nothing_and_a_shape_that_does_not_fit_are_said():
    (problem,) = check_joined(["q*"], None, COLUMNS, (), "data.features.image")
    assert problem.path == "data.features.image.columns"
    assert "Received: q*, which matches none" in problem.message
    (problem,) = check_joined(["p?"], [2, 2], COLUMNS, (), "data.features.image")
    assert problem.path == "data.features.image.shape"
    assert "a shape of 3 values" in problem.message
    assert "[2, 2], which holds 4" in problem.message


def test_columns_become_one_of_the_shape():
    columns = [np.arange(3) + 10 * place for place in range(4)]
    joined = join(columns, TensorSpec((2, 2, 1), "int32"), "p")
    assert joined.shape == (3, 2, 2, 1)
    assert joined[1].reshape(-1).tolist() == [1, 11, 21, 31]


def test_columns_that_are_read_when_asked_are_joined_then(tmp_path):
    np.save(tmp_path / "a.npy", np.arange(5.0))
    mapped = np.load(tmp_path / "a.npy", mmap_mode="r")
    joined = join([mapped, np.ones(5, np.float32)], TensorSpec((2,), "float32"), "p")
    assert isinstance(joined, Joined)
    assert joined[np.array([4, 0])].tolist() == [[4, 1], [0, 1]]


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (np.ones((3, 2)), r"one value a row. Received: one of shape \(2,\)"),
        (np.array(["a", "b", "c"], object), "numbers, or of texts. Received: both"),
    ],
)
def test_columns_that_cannot_be_joined_are_refused(other: np.ndarray, message: str):
    with pytest.raises(ConfigError, match=message):
        join([np.ones(3), other], TensorSpec((2,), "float32"), "p")
