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


@pytest.mark.parametrize("dtype", ["int32", "uint8", "float32", "bool"])
@pytest.mark.parametrize("shape", [(4,), (4, 1)])
def test_zeros_and_ones_beside_one_probability_are_yes_or_no(dtype, shape):
    truth = {"tumour": np.array([0, 1, 0, 0], dtype).reshape(shape)}
    keras = {"head": np.array([[0.1], [0.8], [0.6], [0.2]], "float32")}
    answers = {"head": np.array([[0.6], [0.8], [0.6], [0.2]], "float32")}
    assert score(truth, keras, answers) == Score("accuracy", 0.5, 0.25)


def test_where_keras_answers_beyond_0_and_1_they_are_logits():
    truth = {"tumour": np.array([[0], [1], [1], [0]])}
    keras = {"head": np.array([[-3.0], [4.0], [0.3], [-0.1]])}
    answers = {"head": np.array([[0.1], [0.9], [0.3], [0.4]])}  # by themselves like probabilities
    assert score(truth, keras, answers) == Score("accuracy", 0.5, 0.5)


def test_several_yes_or_no_are_not_classes_of_one_another():
    truth = {"labels": np.array([[1, 1, 0], [0, 0, 0]])}
    keras = {"head": np.array([[0.9, 0.8, 0.1], [0.3, 0.6, 0.1]])}
    found = score(truth, keras, keras)
    assert isinstance(found, Score)
    assert (found.name, found.value) == ("accuracy", pytest.approx(5 / 6))


def test_other_whole_numbers_beside_one_output_are_estimated():
    truth, keras = {"rings": np.array([7, 9])}, {"head": np.array([[7.5], [9.0]])}
    assert score(truth, keras, keras) == Score("mean_absolute_error", 0.25, 0.0)


def test_error_of_an_estimate_drops_when_it_grows():
    truth = {"price": np.array([[1.0], [2.0]], "float32")}
    keras = {"head": np.array([[1.0], [2.5]])}
    answers = {"head": np.array([[1.0], [3.0]])}
    found = score(truth, keras, answers)
    assert isinstance(found, Score)
    assert found.name == "mean_absolute_error"
    assert found.value == pytest.approx(0.5)
    assert found.drop == pytest.approx(0.25)


def test_of_outputs_with_targets_of_their_names_the_one_that_lost_most_tells_the_drop():
    truth = {"a": np.array([0, 1, 1, 0]), "b": np.array([1, 1, 0, 0])}
    keras = {"a": KERAS["head"], "b": KERAS["head"]}
    answers = {"a": KERAS["head"], "b": KERAS["head"][::-1]}
    found = score(truth, keras, answers)
    assert found == Score("accuracy", (1.0 + 0.5) / 2, 0.0)
    answers["a"] = answers["a"][:, ::-1]
    assert score(truth, keras, answers) == Score("accuracy", (0.0 + 0.5) / 2, 1.0)


@pytest.mark.parametrize(
    ("truth", "keras", "reason"),
    [
        ({}, KERAS, "no targets"),
        ({"a": np.zeros(4, int), "b": np.zeros(4, int)}, KERAS, "outputs head; targets a, b"),
        ({"name": np.array(["x"] * 4)}, KERAS, r"no metric applies to `head` \[2\] float64 and "),
        (RIGHT, {}, "postprocess takes every output"),
        (
            {"a": np.array([0, 1, 1, 0]), "b": np.array([0.5, 2.0, 3.0, 4.0])},
            {"a": KERAS["head"], "b": np.ones((4, 1))},
            "no metric in common: accuracy, mean_absolute_error",
        ),
    ],
)
def test_where_no_metric_applies_it_is_said_why(truth, keras, reason):
    assert re.search(reason, str(score(truth, keras, keras)))
