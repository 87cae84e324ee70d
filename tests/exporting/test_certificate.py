import numpy as np
import pytest

from kerascfg.exporting.certificate import certify, compare, reported_cases

SLICES = {"samples": (0, 2), "zeros": (2, 3)}
REFERENCE = {"head": np.array([[0.1, 0.9], [0.7, 0.3], [0.5, 0.5]])}


def answers(samples, zeros=((0.5, 0.5),), output="head"):
    return {"samples": {output: np.array(samples)}, "zeros": {output: np.array(zeros)}}


def test_equal_answers_pass():
    found = certify(REFERENCE, answers([[0.1, 0.9], [0.7, 0.3]]), SLICES, 0.0)
    assert found.problem is None
    assert (found.max_abs_diff, found.max_rel_diff, found.top1_agreement) == (0, 0, 1)
    assert found.cosine == pytest.approx(1)


def test_a_difference_beyond_the_tolerance_says_where_and_by_how_much():
    found = certify(REFERENCE, answers([[0.1, 0.9], [0.4, 0.6]]), SLICES, 1e-5)
    assert found.problem is not None
    assert "output 'head', case 'samples'" in found.problem
    assert "0.3" in found.problem
    assert "1e-05" in found.problem
    assert found.top1_agreement == 0.5


def test_an_edge_case_counts():
    found = certify(REFERENCE, answers([[0.1, 0.9], [0.7, 0.3]], [[0.5, 0.6]]), SLICES, 1e-5)
    assert found.problem is not None
    assert "case 'zeros'" in found.problem


def test_the_tolerance_is_relative_where_answers_are_large():
    reference = {"price": np.array([[150.0], [1e-3], [0.0]])}
    near = certify(reference, answers([[150.001], [1e-3]], [[0.0]], "price"), SLICES, 1e-5)
    far = certify(reference, answers([[150.0], [1.2e-3]], [[0.0]], "price"), SLICES, 1e-5)
    assert near.problem is None
    assert near.max_abs_diff == pytest.approx(1e-3)
    assert near.max_scaled_diff == pytest.approx(1e-3 / 150)  # what the tolerance was held to
    assert far.problem is not None  # a large answer elsewhere excuses nothing here


def test_nan_where_keras_has_a_number_fails():
    found = certify(REFERENCE, answers([[0.1, float("nan")], [0.7, 0.3]]), SLICES, 1e9)
    assert found.problem is not None
    assert "1 of 4 numbers" in found.problem
    assert found.max_abs_diff is None


def test_nan_and_infinity_where_keras_has_them_pass():
    strange = np.array([[np.nan, np.inf, -np.inf, 1.0]])
    assert not isinstance(compare(strange, strange.copy()), str)
    assert isinstance(compare(strange, -strange), str)


def test_another_shape_fails():
    found = certify(REFERENCE, answers([[0.1], [0.7]], [[0.5]]), SLICES, 1.0)
    assert found.problem is not None
    assert "expected the shape (2, 2). Received: (2, 1)" in found.problem


def test_a_missing_output_fails():
    found = certify(REFERENCE, answers([[0.1, 0.9], [0.7, 0.3]], output="tail"), SLICES, 1.0)
    assert found.problem is not None
    assert "not answered" in found.problem


def test_an_output_that_keras_has_not_fails():
    received = answers([[0.1, 0.9], [0.7, 0.3]])
    received["samples"]["tail"] = np.zeros((2, 1))
    assert certify(REFERENCE, received, SLICES, 1.0).problem == (
        "output 'tail', case 'samples': Keras answers no such output"
    )


def test_an_edge_case_that_was_not_answered_fails_only_where_it_is_held():
    received = {"samples": {"head": REFERENCE["head"][:2]}}
    raised = {"zeros": "IndexError: no place"}
    held = certify(REFERENCE, received, SLICES, 1e-5, {}, raised)
    beside = certify(REFERENCE, received, SLICES, 1e-5, {"zeros": "why"}, raised)
    told = "it was not answered (IndexError: no place)"
    assert held.problem == f"output 'head', case 'zeros': {told}"
    assert beside.problem is None
    assert beside.differences["zeros"] is None
    assert beside.notes == (f"beyond the tolerance, and not held to it: zeros ({told}); why",)


def test_texts_must_be_equal():
    names = np.array(["cat", "dog"])
    assert not isinstance(compare(names, names.copy()), str)
    assert compare(names, np.array(["cat", "cow"])) == "1 of 2 texts are not Keras's"


def test_without_classes_there_is_no_first_choice():
    reference = {"price": np.array([[1.0], [2.0], [0.0]])}
    found = certify(reference, answers([[1.0], [2.0]], [[0.0]], "price"), SLICES, 1e-5)
    assert found.top1_agreement is None


def test_several_outputs_report_the_worst():
    reference = {"a": np.array([[1.0, 0.0]] * 3), "b": np.array([[0.0, 1.0]] * 3)}
    received = {
        case: {"a": reference["a"][start:stop], "b": reference["b"][start:stop] + 0.1}
        for case, (start, stop) in SLICES.items()
    }
    found = certify(reference, received, SLICES, 1e-5)
    assert found.max_abs_diff == pytest.approx(0.1)
    assert found.problem is not None
    assert "output 'b'" in found.problem


def test_every_case_is_reported_with_its_difference():
    found = certify(REFERENCE, answers([[0.1, 0.9], [0.7, 0.4]], [[0.5, 0.6]]), SLICES, 1.0)
    assert found.differences == pytest.approx({"samples": 0.1, "zeros": 0.1})


def test_an_edge_case_that_is_not_held_to_the_tolerance_is_told():
    received = answers([[0.1, 0.9], [0.7, 0.3]], [[0.5, 0.7]])
    found = certify(REFERENCE, received, SLICES, 1e-5, {"zeros": "int8 is fitted to real samples"})
    assert found.problem is None
    assert found.max_abs_diff == 0.0
    assert found.differences["zeros"] == pytest.approx(0.2)
    assert found.notes == (
        "beyond the tolerance, and not held to it: zeros (0.2); int8 is fitted to real samples",
    )


def test_what_lies_within_the_tolerance_needs_no_note():
    received = answers([[0.1, 0.9], [0.7, 0.3]])
    assert certify(REFERENCE, received, SLICES, 1e-5, {"zeros": "why"}).notes == ()


def test_a_quantised_artefact_is_held_to_samples_alone():
    moves = {"zeros": 0.0, "large": 0.5}
    assert set(reported_cases(moves, 1e-2, "int8")) == {"zeros", "large"}


def test_where_keras_itself_moves_by_rounding_nothing_can_be_held_to_it():
    moves = {"zeros": 0.0, "smallest": 1e-6, "large": 0.5, "large_negative": None}
    reported = reported_cases(moves, 1e-5, None)
    assert set(reported) == {"large", "large_negative"}
    assert "moves by 0.5 when the input moves by rounding" in reported["large"]


@pytest.mark.parametrize(
    ("keras", "artefact", "nan"),
    [
        (np.nan, np.nan, "same"),
        (np.nan, 0.25, "differs"),
        (0.25, np.nan, "differs"),
        (0.25, 0.75, "differs"),
        (0.25, None, "not answered"),
    ],
)
def test_how_nan_is_answered_is_told_and_never_hidden(keras, artefact, nan):
    reference = {"price": np.array([[1.0], [keras]])}
    received = {"samples": {"price": np.array([[1.0]])}, "nan": {}}
    if artefact is not None:
        received["nan"] = {"price": np.array([[artefact]])}
    found = certify(reference, received, {"samples": (0, 1), "nan": (1, 2)}, 1e-5)
    assert found.problem is None
    assert found.nan == nan
    assert bool(found.notes) == (nan != "same")
