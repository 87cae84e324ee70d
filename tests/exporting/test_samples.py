import numpy as np
import pytest

from kerascfg.errors import RunError
from kerascfg.exporting import Port
from kerascfg.exporting.samples import fed, read_samples, with_batches


def test_features_and_truth_are_read(tmp_path):
    np.savez(tmp_path / "samples.npz", **{"x/age": np.arange(3), "y/wage": np.ones(3)})
    samples = read_samples(tmp_path)
    assert samples.count == 3
    assert list(samples.features) == ["age"]
    assert list(samples.truth) == ["wage"]


def test_a_run_without_samples_says_so(tmp_path):
    with pytest.raises(RunError, match=r"expected samples\.npz in the run directory"):
        read_samples(tmp_path)


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04 torn"])
def test_damaged_samples_say_so(tmp_path, content):
    (tmp_path / "samples.npz").write_bytes(content)
    with pytest.raises(RunError, match="cannot be read"):
        read_samples(tmp_path)


def test_an_empty_file_of_samples_says_so(tmp_path):
    np.savez(tmp_path / "samples.npz", **{"x/age": np.zeros((0, 2))})
    with pytest.raises(RunError, match="no samples"):
        read_samples(tmp_path)


def test_inputs_are_fed_by_the_model_s_names():
    ports = [
        Port("fixed_acidity", (None,), "float32", "fixed acidity"),
        Port("city", (None,), "string"),
    ]
    features = {"fixed acidity": np.array([1, 2]), "city": np.array(["a", "b"]), "more": np.ones(2)}
    rows = fed(ports, features)
    assert rows["fixed_acidity"].dtype == "float32"
    assert rows["fixed_acidity"].tolist() == [1, 2]
    assert rows["city"].tolist() == ["a", "b"]


def test_one_input_takes_the_one_feature():
    rows = fed([Port("keras_tensor", (None, 2), "float32")], {"image": np.ones((1, 2))})
    assert rows["keras_tensor"].shape == (1, 2)


def test_an_input_without_a_feature_says_so():
    with pytest.raises(RunError, match=r"the input 'b'. Received: a, c"):
        fed([Port("b", (None,), "float32")], {"a": np.ones(1), "c": np.ones(1)})


def test_text_for_a_number_says_so():
    with pytest.raises(RunError, match="dtype float32"):
        fed([Port("a", (None,), "float32")], {"a": np.array(["x"])})


@pytest.mark.parametrize(("count", "odd"), [(2, 1), (3, 3), (6, 5), (100, 7)])
def test_one_and_an_odd_number_of_samples_are_cases_of_an_artefact_that_takes_any(count, odd):
    found = with_batches({"samples": [0, count], "zeros": [count, count + 1]}, any_batch=True)
    assert found["samples"] == (0, count)
    assert found["zeros"] == (count, count + 1)
    assert found["one"] == (0, 1)
    assert found["odd"] == (0, odd)


def test_an_artefact_of_one_sample_a_call_has_no_cases_of_batches():
    assert set(with_batches({"samples": [0, 5]}, any_batch=False)) == {"samples"}
