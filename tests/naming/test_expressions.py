from __future__ import annotations

import pytest

from kerascfg.naming import (
    CHANNELS,
    ExpressionError,
    Later,
    check_expressions,
    evaluate,
    is_expression,
    settle,
    substitute,
)

SCOPE = {"width": 8, "data": {"classes": 10, "targets": {"class": {"shape": [1]}}}, "name": "x"}


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("$width", 8),
        ("$data.classes", 10),
        ("$data.targets.class.shape", [1]),
        ("$(4 * width)", 32),
        ("$(width // 3 + 2 ** 3 - 1)", 9),
        ("$(-width / 16)", -0.5),
        ("$((1 + 1) * data.classes)", 20),
        ("$name", "x"),
    ],
)
def test_names_and_numbers_have_values(expression: str, value: object):
    assert evaluate(expression, SCOPE) == value


@pytest.mark.parametrize(
    "expression",
    [
        "$",
        "$5",
        "$width more",
        "$()",
        "$(width",
        "$(width if width else 1)",
        "$(width > 3)",
        "$(len(width))",
        "$(width.__class__())",
        "$('a' * 3)",
        "$([1, 2])",
        "$(True)",
        "$(lambda: 1)",
        "$(width := 3)",
        "$(" + "1 + " * 200 + "1)",
        "$(" + "(" * 190 + ")",
    ],
)
def test_everything_else_is_refused(expression: str):
    with pytest.raises(ExpressionError):
        evaluate(expression, SCOPE)


@pytest.mark.parametrize(
    "expression",
    ["$(1 / 0)", "$(10 ** 65)", "$(2 ** 0.5 ** -64 ** 3)", "$((-8) ** 0.5)", "$(1e300 * 1e300 + 1)",
     "$(name * 1000000000)", "$nothing", "$data.clases", "$width.x"],
)  # fmt: skip
def test_what_has_no_value_says_so(expression: str):
    with pytest.raises(ExpressionError):
        evaluate(expression, SCOPE)


def test_interpolations_of_hydra_are_no_expressions():
    assert is_expression("$x") and is_expression("$(x)")
    assert not is_expression("${x}") and not is_expression("x") and not is_expression(3)


def test_expressions_are_replaced_wherever_they_stand():
    value = {"units": "$width", "shape": ["$(2 * width)", 3], "name": "$name"}
    assert substitute(value, SCOPE) == {"units": 8, "shape": [16, 3], "name": "x"}


def test_a_misspelled_fact_is_named_with_the_right_spelling():
    (problem,) = check_expressions({"units": ["$(2 * data.clases)"]}, frozenset(), "node")
    assert problem.path == "node.units.0"
    assert problem.fix == "'node.units.0=\"$(2 * data.classes)\"'"


def test_arguments_and_facts_are_known():
    value = ["$width", "$(width + index)", "$data.features.age.shape", "$train.steps"]
    assert check_expressions(value, frozenset({"width", "index"}), "node") == []


def test_a_name_is_corrected_as_a_whole():
    names = frozenset({"channels", "chanels_2"})
    (problem,) = check_expressions("$(chanels + chanels_2)", names, "p")
    assert problem.fix == "'p=\"$(channels + chanels_2)\"'"


def test_the_root_of_a_negative_size_is_no_number_either():
    later = evaluate(
        "$((0 - channels(x)) ** 0.5)", {CHANNELS: lambda _: Later(lambda size: size(0))}
    )
    with pytest.raises(ExpressionError, match="root of a negative number"):
        settle(later, lambda _: 4)
