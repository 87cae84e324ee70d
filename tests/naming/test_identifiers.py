from __future__ import annotations

import pytest

from kerascfg.naming.identifiers import check_identifier


@pytest.mark.parametrize(
    ("area", "text"),
    [
        ("activation", "relu"),
        ("activation", "swish"),
        ("initializer", "glorot_uniform"),
        ("initializer", "zeros"),
        ("regularizer", "l2"),
        ("constraint", "MaxNorm"),
        ("dtype policy", "float16"),
        ("dtype policy", "int"),
        ("dtype policy", "mixed_bfloat16"),
        ("dtype policy", "int4/128_from_mixed_float16"),
    ],
)
def test_what_keras_knows_is_no_problem(area: str, text: str):
    assert check_identifier(text, area, "p") is None


def test_a_misspelled_one_is_named_with_the_right_spelling():
    problem = check_identifier("glorot_unifrom", "initializer", "node.kernel_initializer")
    assert problem and problem.fix == "node.kernel_initializer=glorot_uniform"


@pytest.mark.parametrize("text", ["float99", "mixed_float32", "int8_from_float99", "_from_float32"])
def test_a_dtype_that_keras_does_not_have_is_named(text: str):
    problem = check_identifier(text, "dtype policy", "p")
    assert problem and problem.message.startswith("expected the name of a dtype. Received: ")


@pytest.mark.parametrize("value", [["relu", "tanh"], 5, True, 0.5])
def test_what_is_no_text_is_no_identifier(value: object):
    problem = check_identifier(value, "activation", "p")
    assert problem and "expected the name of an activation, a node or null" in problem.message


def test_a_list_of_one_identifier_is_taken_out_of_it():
    problem = check_identifier(["relu"], "activation", "p")
    assert problem and problem.fix == "p=relu"


@pytest.mark.parametrize("value", [None, {"class_name": "ReLU", "config": {}}])
def test_null_and_what_keras_itself_writes_are_left_to_it(value: object):
    assert check_identifier(value, "activation", "p") is None


def test_where_nothing_is_near_all_are_listed():
    problem = check_identifier("nothing_like_it", "regularizer", "p")
    assert problem and "l1" in (problem.hint or "")


def test_what_code_has_registered_under_its_package_is_left_to_keras():
    assert check_identifier("my_package>gated", "activation", "p") is None


def test_other_areas_have_no_identifiers():
    assert check_identifier("anything", "layer", "p") is None
