import numpy as np
import pytest

from kerascfg.exporting.web.tensors import from_json, to_json


@pytest.mark.parametrize("dtype", ["float32", "int32", "uint8", "bool"])
def test_what_javascript_holds_comes_back_as_it_was(dtype):
    array = np.array([[0, 1, 2], [3, 4, 5]]).astype(dtype)
    (back,) = from_json(to_json({"a": array})).values()
    assert back.dtype == array.dtype
    assert back.tolist() == array.tolist()


def test_nan_and_infinity_are_kept():
    (back,) = from_json(to_json({"a": np.array([np.nan, np.inf], "float32")})).values()
    assert np.isnan(back[0])
    assert back[1] == np.inf


def test_other_numbers_become_those_that_javascript_has():
    encoded = to_json({"ids": np.array([7], "int64"), "half": np.array([0.5], "float16")})
    assert [entry["dtype"] for entry in encoded.values()] == ["int32", "float32"]
    assert [array.tolist() for array in from_json(encoded).values()] == [[7], [0.5]]
