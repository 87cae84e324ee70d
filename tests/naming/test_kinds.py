from __future__ import annotations

import ast

import pytest

from kerascfg.naming.documented import kinds_of


def problem(code: str, value: object, documentation: str = ""):
    """Check the value of the only parameter of `def f(...)`."""
    tree = ast.parse(code).body[0]
    assert isinstance(tree, ast.FunctionDef)
    parameter = tree.args.args[0]
    defaults = (
        {parameter.arg: ast.literal_eval(tree.args.defaults[0])} if tree.args.defaults else {}
    )
    kind = kinds_of([parameter], defaults, documentation).get(parameter.arg)
    return kind.check(value, "node.x") if kind else None


@pytest.mark.parametrize(
    ("annotation", "good", "bad"),
    [
        ("int", [1, 0], ["1", 1.5, True, None, [1]]),
        ("float", [1, 1.5], ["1", True, None]),
        ("float | None", [1.5, None], ["x", False]),
        ("Optional[str]", ["x", None], [3]),
        ("bool", [True, False], [1, "true"]),
        ("list[int] | tuple[int, ...]", [[1]], [3, "(3, 3)"]),
        ("dict[str, int]", [{"a": 1}], [[1], "a"]),
        ("Literal['rgb', 'rgba']", ["rgb", "RGBA"], ["rgbb", 3, None]),
        ("SomethingElse | int", ["x", 3, None, []], []),
    ],
)
def test_an_annotation_settles_what_is_taken(annotation: str, good: list, bad: list):
    code = f"def f(x: {annotation}): pass"
    assert [value for value in good if problem(code, value)] == []
    assert [value for value in bad if not problem(code, value)] == []


def test_a_number_or_flag_as_default_rules_out_texts():
    assert "a number" in problem("def f(rate=0.5): pass", "abc").message
    assert "true or false" in problem("def f(flag=False): pass", "yes please").message
    assert problem("def f(rate=0.5): pass", 1) is None
    assert problem("def f(count=1): pass", [1, 2]) is None


def test_the_documentation_rules_out_texts_for_numbers():
    documentation = "It.\n\nArgs:\n    x: Positive integer, the size\n        of the output."
    assert "a whole number" in problem("def f(x): pass", "abc", documentation).message
    assert problem("def f(x): pass", 3, documentation) is None


def test_documentation_that_mentions_texts_rules_out_none():
    documentation = 'Args:\n    x: Integer, or the string `"auto"`.'
    assert problem("def f(x): pass", "auto", documentation) is None


def test_documented_choices_are_suggested():
    documentation = 'Args:\n    x: string, either `"valid"` or `"same"` (case-insensitive).'
    found = problem("def f(x='valid'): pass", "smae", documentation)
    assert found.fix == "node.x=same"
    assert problem("def f(x='valid'): pass", "SAME", documentation) is None


def test_a_tuple_that_yaml_took_for_a_text_is_spelled_as_a_list():
    assert problem("def f(x: int): pass", "(3, 3)").fix == "'node.x=[3,3]'"


def test_a_dollar_that_the_shell_took_is_given_back():
    assert "$data.classes" in problem("def f(x: int): pass", ".classes").hint


def test_a_number_in_quotes_is_given_back_as_a_number():
    assert problem("def f(rate=0.5): pass", "1e-4").fix == "node.x=0.0001"
    assert problem("def f(count: int): pass", "3").fix == "node.x=3"


def test_python_s_none_is_null_where_that_may_be():
    assert problem("def f(x: float | None): pass", "None").fix == "node.x=null"
    assert problem("def f(x: float): pass", "None").fix is None


def test_what_is_not_a_number_is_beyond_every_limit():
    documentation = "Args:\n    x: Float between 0 and 1, the share."
    assert "finite" in problem("def f(x): pass", float("nan"), documentation).message


def test_a_negative_rate_climbs():
    documentation = "Args:\n    learning_rate: A float, or a schedule."
    assert problem("def f(learning_rate=0.1): pass", -0.1, documentation)
    assert problem("def f(learning_rate=0.1): pass", 0.0, documentation) is None


def test_verbose_is_whatever_it_is():
    documentation = "Args:\n    verbose: int. 0: quiet, 1: update messages."
    assert problem("def f(verbose=0): pass", True, documentation) is None


def test_a_positive_number_may_be_switched_off_but_a_size_may_not():
    assert problem("def f(x): pass", 0, "Args:\n    x: Positive float.") is None
    assert problem("def f(x): pass", -1, "Args:\n    x: Positive float.")
    assert problem("def f(x): pass", 0, "Args:\n    x: Positive integer.")


@pytest.mark.parametrize("value", [10**20, -(10**20), 10**400])
def test_no_whole_number_has_more_than_64_bits(value: int):
    assert "that 64 bits hold" in problem("def f(x: int): pass", value).message
    assert problem("def f(x: int): pass", 2**63 - 1) is None


def test_a_number_that_is_no_size_may_be_great():
    assert problem("def f(x: float): pass", 10**400) is None


def test_or_none_says_nothing_of_other_types():
    documentation = "Args:\n    x: Int or `None`. If an int, a schedule is read so often."
    assert problem("def f(x=None): pass", 2.5, documentation)
    assert problem("def f(x=None): pass", [2], documentation)
