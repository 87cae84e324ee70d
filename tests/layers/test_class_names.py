from __future__ import annotations

import numpy as np
import pytest

pytestmark = pytest.mark.slow


def named(probabilities: list[list[float]], names: list[str], k: int | None = None):
    from kerascfg.layers import ClassNames

    return ClassNames(names, k)(np.array(probabilities, "float32"))


def test_the_most_likely_class_is_named():
    answers = named([[0.1, 0.7, 0.2], [0.5, 0.2, 0.3]], ["ash", "birch", "Föhre"])
    assert answers.numpy().tolist() == [b"birch", b"ash"]


def test_one_probability_is_that_of_the_second_class():
    assert named([[0.4], [0.6]], ["no", "yes"]).numpy().tolist() == [b"no", b"yes"]


def test_the_most_likely_ones_come_with_their_probabilities():
    answers = named([[0.1, 0.7, 0.2]], ["a", "b", "c"], k=2)
    assert answers["names"].numpy().tolist() == [[b"b", b"c"]]
    assert answers["probabilities"].numpy().tolist() == [[pytest.approx(0.7), pytest.approx(0.2)]]


@pytest.mark.parametrize(("names", "k"), [(["a"], None), (["a", "b"], 3), (["a", "b"], 0)])
def test_what_cannot_be_named_is_refused(names: list[str], k: int | None):
    with pytest.raises(ValueError, match="Received"):
        named([[0.5, 0.5]], names, k)
