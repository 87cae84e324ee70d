"""Columns of bytes (from TFDS, NumPy's `S`, binary columns) are texts wherever texts are."""

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
