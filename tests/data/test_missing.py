import numpy as np
import pytest

from kerascfg.data import open_data
from kerascfg.data.missing import Filled, fill
from kerascfg.errors import ConfigError, RunError

AGE = np.array([1.0, np.nan, 2.0, 2.0, 7.0, np.nan, 100.0])
CITY = np.array(["Rom", "", "Ulm", "Rom", "Ulm", "Ulm", "Ulm"], object)
TRAINING = np.array([3, 0, 2, 4, 1])


class Asked:
    """A column that is read when asked."""

    def __init__(self, values):
        self.values, self.shape, self.dtype = values, values.shape, values.dtype

    def __len__(self):
        return len(self.values)

    def __getitem__(self, rows):
        return self.values[rows]


@pytest.mark.parametrize(
    ("missing", "value"),
    [("mean", 3.0), ("median", 2.0), ("most_frequent", 2.0), ("zero", 0.0), (-1.5, -1.5)],
)
def test_gaps_are_filled_by_what_the_training_rows_alone_say(missing, value):
    filling = fill("age", AGE, missing, TRAINING, "p")
    (note,) = filling.notes
    assert filling.value == value
    assert filling.column[:].tolist() == [1, value, 2, 2, 7, value, 100]
    assert "`age` had no value in 2 of 7 rows" in note
    assert f" {value:g}" in note


def test_texts_are_filled_too():
    assert fill("city", CITY, "most_frequent", TRAINING, "p").column[1] == "Rom"
    assert fill("city", CITY, "nowhere", TRAINING, "p").column[1] == "nowhere"


def test_what_is_kept_or_has_no_gap_stays_as_it_is():
    whole = np.arange(7)
    kept = fill("age", AGE, "keep", TRAINING, "p")
    assert (kept.column is AGE, kept.value, kept.notes) == (True, None, ())
    # What is served may have gaps all the same.
    numbers, halves = (fill("x", each, "mean", TRAINING, "p") for each in (whole, whole * 0.5))
    assert (numbers.column is whole, numbers.value, numbers.notes) == (True, 2.0, ())
    assert (halves.value, halves.notes) == (1.0, ())


def test_a_column_that_is_read_when_asked_is_filled_then():
    filling = fill("age", Asked(AGE), "median", TRAINING, "p")
    column, (note,) = filling.column, filling.notes
    assert isinstance(column, Filled)
    assert column[np.array([5, 6, 1])].tolist() == [2.0, 100.0, 2.0]
    assert (len(column), column.shape, column.dtype) == (7, (7,), AGE.dtype)
    assert note.startswith("gaps of `age` are filled with 2 (median of the training rows)")


def test_each_place_of_an_array_has_its_own_statistic():
    values = np.array([[1.0, np.nan], [3.0, 5.0], [np.nan, 5.0]])
    for missing in ("mean", "most_frequent"):
        filled = fill("v", values, missing, np.array([0, 1]), "p").column
        assert filled[:].tolist() == [[1, 5], [3, 5], [2 if missing == "mean" else 1, 5]]


@pytest.mark.parametrize(
    ("column", "missing", "message", "fix"),
    [
        (AGE, "medain", "holds numbers. Received: medain", "p=median"),
        (AGE, "none", "holds numbers. Received: none", None),
        (CITY, "mean", "expected keep, most_frequent or a text", "p=most_frequent"),
        (CITY, 0.0, "since `x` holds texts. Received: 0.0", "p=most_frequent"),
        (np.array([np.nan] * 5 + [1.0]), "mean", "a value in one of the training rows", None),
        (np.array([""] * 5 + ["a"], object), "most_frequent", "`x` without any", None),
    ],
)
def test_what_cannot_be_filled_is_refused(column, missing, message, fix):
    with pytest.raises(ConfigError) as raised:
        fill("x", column, missing, np.arange(5), "p")
    (problem,) = raised.value.problems
    assert message in problem.message
    assert problem.fix == fix


def test_a_cell_that_is_no_number_is_named_before_gaps_are_filled(tmp_path):
    (tmp_path / "ages.csv").write_text("age,label\n" + "1,a\n2,b\n" * 20 + "forty,a\n,b\n")
    with pytest.raises(ConfigError, match=r"'forty' in .*ages.csv, row 42"):
        open_data(
            {
                "source": {"type": "csv", "path": str(tmp_path / "ages.csv")},
                "features": {"age": {"dtype": "float32", "missing": "mean"}},
                "target": "label",
            },
            task="classification",
            seed=1,
        )


def test_an_infinite_cell_is_named_where_it_stands_though_gaps_are_filled(tmp_path):
    (tmp_path / "ages.csv").write_text("age,label\n,a\n,b\n" + "1,a\n2,b\n" * 20 + "inf,a\n")
    with pytest.raises(RunError, match=r"in 1 of 43 rows \(the first is .*ages.csv, row 44\)"):
        open_data(
            {
                "source": {"type": "csv", "path": str(tmp_path / "ages.csv")},
                "features": {"age": {"missing": "mean"}},
                "target": "label",
            },
            task="classification",
            seed=1,
        )
