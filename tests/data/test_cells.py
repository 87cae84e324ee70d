import numpy as np
import pytest

from kerascfg.data.cells import are_mostly_numbers, as_numbers, column_of, first_text, tabular_specs
from kerascfg.data.table import TensorSpec


@pytest.mark.parametrize(
    ("cells", "dtype"),
    [
        (["1", "-2", " 3 "], "int64"),
        (["1", "2.5", "1e3"], "float64"),
        (["1", "", "NA", "null", "n/a"], "float64"),
        (["1", "two"], "object"),
        (["1_000"], "object"),
        (["", ""], "object"),
        (["99999999999999999999"], "float64"),
        ([], "int64"),
    ],
)
def test_cells_are_numbers_where_all_of_them_are(cells, dtype):
    assert column_of(cells).dtype == dtype


def test_what_is_missing_is_nan_among_numbers():
    numbers = as_numbers(np.array(["1", "NA", "", "2.5"], dtype=object))
    assert np.array_equal(numbers, [1, np.nan, np.nan, 2.5], equal_nan=True)
    with pytest.raises(ValueError, match="two"):
        as_numbers(np.array(["1", "", "two"], dtype=object))


def test_the_first_cell_that_is_no_number_is_found():
    assert first_text(["1", "", "x", "y"]) == 2
    assert first_text(["1", "1_0"]) == 1
    assert first_text(["1", "NA"]) is None


@pytest.mark.parametrize(
    ("cells", "expected"),
    [(["1", "2", "x"], True), (["1", "x", "y"], False), (["1a", "2b", "3c"], False)],
)
def test_mostly_numbers_is_more_than_half(cells, expected):
    assert are_mostly_numbers(np.array(cells, dtype=object)) == expected


def test_one_number_is_a_feature_of_float32_and_several_keep_their_dtype():
    columns = {
        "age": np.arange(3),
        "is_new": np.array([True, False, True]),
        "tokens": np.zeros((3, 4), np.int64),
        "city": np.array(["a", "b", "c"], dtype=object),
    }
    assert tabular_specs(columns) == {
        "age": TensorSpec((), "float32"),
        "is_new": TensorSpec((), "float32"),
        "tokens": TensorSpec((4,), "int32"),
        "city": TensorSpec((), "string"),
    }
