import numpy as np
import pytest
from sklearn.datasets import load_digits

from kerascfg.data import open_data
from kerascfg.data.sources.npz import npz
from kerascfg.errors import RunError


@pytest.fixture
def digits_npz(tmp_path):
    bunch = load_digits()
    file = tmp_path / "digits.npz"
    np.savez(file, pixels=bunch.images.astype("uint8"), digit=bunch.target)
    return file


def test_arrays_are_columns_in_their_own_dtype(digits_npz):
    data = open_data(
        {"source": {"type": "npz", "path": str(digits_npz)}, "target": "digit"},
        task="classification",
        seed=0,
    )
    assert data.facts()["data"]["features"] == {"pixels": {"shape": [8, 8], "dtype": "uint8"}}
    assert data.facts()["data"]["classes"] == 10
    assert data.arrays("test", 3)[0]["pixels"].dtype == "uint8"


def test_a_feature_is_cast_on_demand(digits_npz):
    config = {
        "source": {"type": "npz", "path": str(digits_npz)},
        "target": "digit",
        "features": {"pixels": {"dtype": "float32"}},
    }
    data = open_data(config, task="classification", seed=0)
    assert data.arrays("test", 3)[0]["pixels"].dtype == "float32"


def test_what_is_no_plain_array_is_refused_by_name(tmp_path):
    np.savez(tmp_path / "a.npz", x=np.array([{"code": 1}], dtype=object))
    with pytest.raises(RunError, match=r"a\.npz: expected plain arrays.*`x`"):
        npz(str(tmp_path / "a.npz"))
    np.savez(tmp_path / "b.npz", x=np.zeros(3), rate=np.float32(0.1))
    with pytest.raises(RunError, match=r"one row a sample.*rate"):
        npz(str(tmp_path / "b.npz"))


def test_the_fingerprint_is_of_the_content(digits_npz):
    assert npz(str(digits_npz)).fingerprint == npz(str(digits_npz)).fingerprint
