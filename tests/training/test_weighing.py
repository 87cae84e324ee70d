import numpy as np
import pytest
from sklearn.utils.class_weight import compute_class_weight

from kerascfg.training.weighing import balanced_weights


@pytest.mark.parametrize("seed", range(5))
def test_balanced_weights_are_scikit_learns(seed: int):
    labels = np.random.default_rng(seed).choice(4, 200, p=[0.6, 0.25, 0.1, 0.05])
    expected = compute_class_weight("balanced", classes=np.arange(4), y=labels)
    assert balanced_weights(labels, 4) == pytest.approx(expected.tolist())


def test_the_balanced_weights_of_all_samples_sum_to_their_number():
    labels = np.array([0] * 70 + [1] * 20 + [3] * 10)
    weights = np.array(balanced_weights(labels, 4))
    assert weights[labels].sum() == pytest.approx(100)
    assert weights[labels[labels == 3]].sum() == pytest.approx(100 / 3)
