import numpy as np

from kerascfg.data import TensorSpec
from kerascfg.look.measuring import _measured


def test_samples_without_a_value_are_counted_and_not_their_steps():
    samples = np.empty(3, object)
    samples[:] = [np.full((4, 2), np.nan), np.ones((2, 2)), np.array([[1, np.nan]])]
    found = _measured("steps", "feature", TensorSpec((None, 2), "float32"), samples)
    assert (found.missing, found.measured, found.mean) == (2, 3, 1)
    whole = _measured("x", "feature", TensorSpec((2,), "float32"), np.array([[1, np.nan], [2, 3]]))
    assert (whole.missing, whole.least, whole.greatest) == (1, 1, 3)
