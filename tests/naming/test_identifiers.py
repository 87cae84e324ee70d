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
    ],
)
def test_what_keras_knows_is_no_problem(area: str, text: str):
    assert check_identifier(text, area, "p") is None


def test_a_misspelled_one_is_named_with_the_right_spelling():
    problem = check_identifier("glorot_unifrom", "initializer", "node.kernel_initializer")
    assert problem and problem.fix == "node.kernel_initializer=glorot_uniform"


def test_where_nothing_is_near_all_are_listed():
    problem = check_identifier("nothing_like_it", "regularizer", "p")
    assert problem and "l1" in (problem.hint or "")


def test_what_code_has_registered_under_its_package_is_left_to_keras():
    assert check_identifier("my_package>gated", "activation", "p") is None


def test_other_areas_have_no_identifiers():
    assert check_identifier("anything", "layer", "p") is None
