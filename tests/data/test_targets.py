import numpy as np
import pytest

from kerascfg.data.targets import encode_target
from kerascfg.errors import ConfigError


def problem_of(values, task, **more):
    with pytest.raises(ConfigError) as raised:
        encode_target("y", np.array(values), task, **more)
    (problem,) = raised.value.problems
    return problem


def texts(*values):
    return np.array(values, dtype=object)


def test_texts_become_indices_in_sorted_order():
    target = encode_target("y", texts("dog", "cat", "dog", "ape"), "classification")
    assert target.values.tolist() == [2, 1, 2, 0]
    assert target.values.dtype == "int32"
    assert target.class_names == ("ape", "cat", "dog")
    assert target.spec.shape == ()


def test_whole_numbers_become_indices_when_the_task_has_classes():
    target = encode_target("y", np.array([7, 3, 7, 9]), "classification")
    assert (target.values.tolist(), target.class_names) == ([1, 0, 1, 2], ("3", "7", "9"))
    floats = encode_target("y", np.array([7.0, 3.0, 7.0, 9.0]), "classification")
    assert floats.values.tolist() == [1, 0, 1, 2]


def test_names_that_the_source_knows_are_kept_even_if_a_class_does_not_occur():
    target = encode_target("y", np.array([0, 2, 2]), "classification", known=("a", "b", "c"))
    assert (target.values.tolist(), target.class_names) == ([0, 2, 2], ("a", "b", "c"))


def test_binary_targets_have_the_shape_of_a_single_unit():
    target = encode_target("y", texts("no", "yes", "no"), "binary")
    assert target.values.tolist() == [[0], [1], [0]]
    assert target.class_names == ("no", "yes")
    assert encode_target("y", np.array([False, True]), "binary").class_names == ("false", "true")


def test_quantities_become_float32_of_the_shape_of_a_single_unit():
    target = encode_target("y", np.array([1, 2, 4]), "regression")
    assert target.values.tolist() == [[1.0], [2.0], [4.0]]
    assert (target.spec.shape, target.spec.dtype, target.class_names) == ((1,), "float32", None)


def test_without_a_task_numbers_stay_and_texts_become_indices():
    assert encode_target("y", np.array([3, 9]), None).values.tolist() == [3, 9]
    assert encode_target("y", np.array([3, 9]), None).class_names is None
    assert encode_target("y", np.array([0.5, 9]), None).spec.dtype == "float32"
    assert encode_target("y", texts("b", "a"), None).class_names == ("a", "b")
    assert encode_target("y", np.array([0, 1]), None, known=("a", "b")).class_names == ("a", "b")


def test_multilabel_targets_are_float32_rows():
    target = encode_target("y", np.array([[0, 1, 1], [1, 0, 0]]), "multilabel")
    assert (target.spec.shape, target.spec.dtype) == ((3,), "float32")


def test_a_column_of_shape_one_is_a_plain_column():
    assert encode_target("y", np.array([[0], [1]]), "classification").values.tolist() == [0, 1]


def test_stated_classes_hold():
    values = np.array([0, 1, 3])
    target = encode_target("y", values, "classification", stated=5)
    assert (target.values.tolist(), target.class_names) == ([0, 1, 3], ("0", "1", "2", "3", "4"))
    problem = problem_of([0, 1, 3], "classification", stated=2)
    assert problem.path == "data.classes"
    assert problem.fix == "data.classes=3"
    assert problem_of([0.5, 1], "regression", stated=2).fix == "data.classes=null"


@pytest.mark.parametrize(
    ("values", "task", "message"),
    [
        (["a", "b"], "regression", "expected a column of numbers"),
        ([0.5, 1.5], "classification", "numbers such as 0.5"),
        (["a", "", "b", ""], "classification", r"in 2 of 4 rows (the first is sample 2)"),
        ([1.0, np.nan], "regression", "in 1 of 2 rows (the first is sample 2)"),
        ([np.nan, 1.0], "classification", "in 1 of 2 rows (the first is sample 1)"),
        ([1.0, np.inf], "regression", "in 1 of 2 rows"),
        ([1.0, np.nan], None, "in 1 of 2 rows (the first is sample 2)"),
        ([2.0, 2.0], "regression", "the same in every row"),
        (["a", "a"], "classification", "a in every row"),
        ([0, 1, 2], "binary", "expected two classes for task=binary"),
        ([[0, 1], [1, 0]], "classification", "one class for each row"),
    ],
)
def test_a_target_that_cannot_be_learned_is_refused(values, task, message):
    problem = problem_of(values, task)
    assert problem.path == "data.target"
    assert message in problem.message


def test_a_graph_may_fill_the_gaps_of_a_target():
    values = np.array([1.0, np.nan])
    assert len(encode_target("y", values, None, in_graph=True).values) == 2


def test_the_labels_of_a_multilabel_target_are_its_classes():
    target = encode_target("y", np.array([[0, 1, 1], [1, 0, 0]]), "multilabel", stated=3)
    assert target.class_names == ("0", "1", "2")
    assert not target.has_one_class
    with pytest.raises(ConfigError, match=r"fix:  data\.classes=3"):
        encode_target("y", np.array([[0, 1, 1], [1, 0, 0]]), "multilabel", stated=4)


@pytest.mark.parametrize("values", [[0, 1, 2], [[0, 2], [1, 0]], [["a", "b"]]])
def test_a_multilabel_target_is_rows_of_0_and_1(values: list):
    with pytest.raises(ConfigError, match="expected a row of 0 and 1 for each sample"):
        encode_target("y", np.array(values), "multilabel")


def test_labels_in_a_text_are_parted_and_sorted_and_a_row_may_have_none():
    values = texts("drama|comedy", "comedy", "", " drama | war ")
    target = encode_target("y", values, "multilabel", separator="|")
    assert target.class_names == ("comedy", "drama", "war")
    assert target.values.tolist() == [[1, 1, 0], [1, 0, 0], [0, 0, 0], [0, 1, 1]]
    assert (target.spec.shape, target.spec.dtype) == ((3,), "float32")
    assert problem_of(["a|b", "b"], "multilabel", separator="|", stated=3).fix == "data.classes=2"


def test_bytes_are_classes_named_by_the_text_that_they_spell():
    target = encode_target("y", texts("Köln".encode(), b"Ulm", b"Ulm"), "classification")
    assert (target.values.tolist(), target.class_names) == ([0, 1, 1], ("Köln", "Ulm"))
    fixed = encode_target("y", np.array([b"no", b"yes", b"no"]), "classification")
    assert fixed.class_names == ("no", "yes")
    labels = encode_target("y", texts("é|a".encode(), b"a"), "multilabel", separator="|")
    assert labels.class_names == ("a", "é")


def test_empty_bytes_are_a_missing_class():
    for values in (texts(b"a", b"", b"b"), np.array([b"a", b"", b"b"])):
        assert "1 of 3 rows" in problem_of(values, "classification").message
