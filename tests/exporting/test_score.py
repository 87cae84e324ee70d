import re

import numpy as np
import pytest

from kerascfg.exporting.score import Score, score

RIGHT = {"digit": np.array([0, 1, 1, 0])}
KERAS = {"head": np.array([[0.9, 0.1], [0.2, 0.8], [0.3, 0.7], [0.6, 0.4]])}


def test_accuracy_of_the_artefact_and_its_drop_from_keras():
    answers = {"head": np.array([[0.9, 0.1], [0.2, 0.8], [0.7, 0.3], [0.6, 0.4]])}
    found = score(RIGHT, KERAS, answers)
    assert isinstance(found, Score)
    assert (found.name, found.value, found.drop) == ("accuracy", 0.75, 0.25)


def test_accuracy_of_one_hot_truth():
    found = score({"digit": np.eye(2)[RIGHT["digit"]]}, KERAS, KERAS)
    assert found == Score("accuracy", 1.0, 0.0)


def test_accuracy_of_a_single_probability():
    keras = {"head": np.array([[0.1], [0.8], [0.6], [0.2]])}
    found = score({"tumour": np.array([[0], [1], [0], [0]])}, keras, keras, "accuracy")
    assert isinstance(found, Score)
    assert found.value == 0.75


def test_error_of_an_estimate_drops_when_it_grows():
    truth = {"price": np.array([[1.0], [2.0]], "float32")}
    keras = {"head": np.array([[1.0], [2.5]])}
    answers = {"head": np.array([[1.0], [3.0]])}
    found = score(truth, keras, answers)
    assert isinstance(found, Score)
    assert found.name == "mean_absolute_error"
    assert found.value == pytest.approx(0.5)
    assert found.drop == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("truth", "keras", "reason"),
    [
        ({}, KERAS, "no targets"),
        ({"a": np.zeros(4, int), "b": np.zeros(4, int)}, KERAS, "1 outputs with 2 targets"),
        ({"name": np.array(["x"] * 4)}, KERAS, r"no metric applies to `head` \[2\] float64 and "),
        (RIGHT, {}, "postprocess takes every output"),
    ],
)
def test_where_no_metric_applies_it_is_said_why(truth, keras, reason):
    assert re.search(reason, str(score(truth, keras, KERAS)))
