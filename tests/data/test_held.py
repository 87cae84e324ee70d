from typing import Any

import numpy as np
import pytest

from kerascfg.data import TensorSpec
from kerascfg.data.held import Columns
from kerascfg.data.part import Part, reader

pytestmark = pytest.mark.slow

WINE = {
    "ash": np.array([2.3, 2.1, 2.7], "float32"),
    "hue": np.array([1.04, 1.05, 1.03], "float32"),
    "grower": np.array([1, 0, 2], "int32"),
    "year": np.array([81, 82, 83], "int32"),
    "organic": np.array([True, False, True]),
    "name": np.array(["a", "b", "c"], object),
    "curve": np.arange(6, dtype="float32").reshape(3, 2),
}


def test_numbers_of_one_dtype_are_one_tensor_of_which_the_columns_are_views():
    columns = Columns(WINE)
    tensors = columns.tensors()
    assert list(tensors) == [
        ("ash", "hue"),
        ("grower", "year"),
        ("organic",),
        ("name",),
        ("curve",),
    ]
    assert tensors["ash", "hue"].shape == (3, 2)
    views: Any = columns
    assert np.shares_memory(views["ash"], views["hue"].base)
    assert tensors is columns.tensors()
    for name, values in WINE.items():
        np.testing.assert_array_equal(columns[name], values)


def test_rows_of_columns_held_together_are_those_of_each_alone():
    specs = {n: TensorSpec(v.shape[1:], "float32") for n, v in WINE.items() if n != "name"}
    specs["name"] = TensorSpec((), "string")
    rows: Any = np.array([2, 0, 2])
    x, _ = reader(Part(Columns(WINE), np.arange(3), {}, specs))(rows)
    for name, values in WINE.items():
        expected = values[rows] if name != "name" else values[rows].astype(bytes)
        np.testing.assert_array_equal(x[name].numpy(), expected)
