import numpy as np

from kerascfg.exporting.tflite.feeding import as_numbers, as_real


def test_real_values_become_whole_numbers_and_back():
    numbers = as_numbers(np.array([-1.0, 0.0, 0.5]), "int8", 0.01, 3)
    assert numbers.tolist() == [-97, 3, 53]
    assert np.allclose(as_real(numbers, 0.01, 3), [-1.0, 0.0, 0.5])


def test_what_is_out_of_range_is_its_end():
    assert as_numbers(np.array([-1e9, 1e9]), "int8", 0.01, 0).tolist() == [-128, 127]


def test_nan_is_taken_for_0():
    assert as_numbers(np.array([np.nan]), "int8", 0.01, 3).tolist() == [3]


def test_without_a_scale_values_stay():
    assert as_numbers(np.array([1.5]), "float32", 0.0, 0).dtype == "float32"
    assert as_real(np.array([7]), 0.0, 0).tolist() == [7]
