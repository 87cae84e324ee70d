"""Columns that are cast: bytes are texts wherever texts are, and no number becomes another."""

import numpy as np
import pytest

from kerascfg.data import Table, measured_specs, open_data
from kerascfg.errors import ConfigError

NUMBERS = np.arange(20, dtype="float32")
PLACES = np.array([f"é{n % 2}".encode() for n in range(20)], object)


def opened(column, **config):
    columns = {"a": column, "y": NUMBERS}
    table = Table(columns, measured_specs(columns), "")
    group = {"source": table, "target": "y", "batch_size": 4, **config}
    return open_data(group, task="regression", seed=0)


@pytest.mark.parametrize("kind", [object, "S"])
def test_bytes_that_spell_numbers_can_be_cast(kind):
    digits = np.array([str(n).encode() for n in range(20)]).astype(kind)
    data = opened(digits, features={"a": {"dtype": "float32"}})
    x, y = data.arrays("train")
    assert x["a"].dtype == "float32"
    assert x["a"].tolist() == y["y"][:, 0].tolist()


@pytest.mark.parametrize("kind", [object, "S"])
def test_bytes_that_spell_no_number_are_named(kind):
    odd = np.array([b"7"] * 19 + [b"seven"]).astype(kind)
    with pytest.raises(ConfigError, match=r"column of float32\. Received: 'seven' in sample 20"):
        opened(odd, features={"a": {"dtype": "float32"}})


def test_what_fills_the_gaps_of_bytes_is_served_as_a_text():
    data = opened(PLACES, features={"a": {"missing": "most_frequent"}})
    assert data.fills["a"] in ("é0", "é1")


@pytest.mark.parametrize("kind", [object, "S"])
def test_rows_are_grouped_by_bytes(kind):
    split = {"by": "group", "column": "a", "train": 0.5, "validation": 0.5, "test": 0}
    data = opened(PLACES.astype(kind), split=split, features=["a"])
    assert data.sizes["train"] == data.sizes["validation"] == 10


@pytest.mark.parametrize(
    ("odd", "dtype", "message"),
    [
        (0.5, "uint8", "values that uint8 has.* 0.5 in sample 4, which would become 0"),
        (300, "uint8", "values that uint8 has.* 300 in sample 4, which would become 44"),
        (-1, "uint8", "values that uint8 has.* -1 in sample 4"),
        (2, "bool", "values that bool has.* 2 in sample 4, which would become 1"),
        (2**40, None, r"values that int32 has.* 1.09951e\+12 in sample 4"),
    ],
)
def test_a_cast_that_would_make_another_number_is_refused(odd, dtype, message):
    column = np.arange(20) % 2
    column = np.where(np.arange(20) == 3, odd, column)
    said = {"features": {"a": {"dtype": dtype}}} if dtype else {}
    with pytest.raises(ConfigError, match=message):
        opened(column, **said)


def test_a_time_is_no_feature():
    with pytest.raises(
        ConfigError, match=r"expected numbers or texts\. Received: `a` of datetime64"
    ):
        opened(np.arange(20).astype("datetime64[D]"))
