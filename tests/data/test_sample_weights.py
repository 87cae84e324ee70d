import numpy as np
import pytest

from kerascfg.data.sample_weights import sample_weights
from kerascfg.errors import ConfigError

ROWS = {"train": np.array([0, 2, 4]), "validation": np.array([1, 3]), "test": np.array([], int)}


def weights(*values):
    return sample_weights("w", np.array(values), ROWS, "data.weight")


def test_weights_count_one_on_average_in_each_split():
    found = weights(1, 10, 2, 30, 3)
    assert found["train"].tolist() == [0.5, 1.0, 1.5]
    assert found["validation"].tolist() == [0.5, 1.5]
    assert found["test"].tolist() == []
    assert found["train"].dtype == "float32"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ((1, 1, -0.5, 1, 1), r"in 1 of 5 rows (the first is sample 3: -0.5)"),
        ((1, np.nan, 1, 1, np.inf), r"in 2 of 5 rows (the first is sample 2: nan)"),
        ((1, 0, 1, 0, 1), "which is 0 in all 2 rows of validation"),
        (("a", "b", "c", "d", "e"), "a column of one number a row"),
        (([1, 2],) * 5, "shape (2,)"),
    ],
)
def test_what_is_no_weight_is_refused(values, message):
    with pytest.raises(ConfigError) as raised:
        weights(*values)
    (problem,) = raised.value.problems
    assert problem.path == "data.weight"
    assert message in problem.message
