"""What a constructor's code refuses is read from it."""

from __future__ import annotations

import ast
from typing import Any

import pytest

from kerascfg.naming.guards import guarded, takes_lists
from kerascfg.naming.names import Found, find


def message(code: str, value: object, **given: Any) -> str | None:
    """Return what is said of `x=value` by a function with that body."""
    tree = ast.parse("def f(self, x, rank=1):\n    " + code.replace("\n", "\n    ")).body[0]
    assert isinstance(tree, ast.FunctionDef)
    kind = guarded(tree, given).get("x")
    problem = kind.check(value, "x") if kind else None
    return problem.message if problem else None


@pytest.mark.parametrize(
    ("code", "right", "wrong"),
    [
        ("if x <= 0: raise ValueError()", 0.1, 0),
        ("if x < 0: raise ValueError()", 0, -1),
        ("if 5 < x: raise ValueError()", 5, 6),
        ("if x >= 1: raise ValueError()", 0.9, 1),
        ("if not 0 <= x <= 1: raise ValueError()", 1, 1.1),
        ("if not (0 < x < 1): raise ValueError()", 0.5, 0),
        ("if not isinstance(x, int) or x <= 0: raise ValueError()", 1, 2.5),
        ("if x is not None and x <= 0: raise ValueError()", None, -2),
        ("if x not in ('a', 'b'): raise ValueError()", "a", "c"),
        ("if x not in {'a', 'b', None}: raise ValueError()", None, "c"),
        ("if x not in ['a', 'b']: warnings.warn('x')", "b", "c"),
        ("if rank:\n    if x > 1 or x < 0: raise ValueError()", 0.5, 3),
        ("if x:\n    if not x >= 2: raise ValueError()", 0, 1),
        ("if x and (not isinstance(x, int) or x < 1): raise ValueError()", 0, -1),
        ("self.x = standardize_tuple(x, 2, 'x')", [1, 2], [1, 2, 3]),
        ("self.x = tools.standardize_tuple(x, 2, 'x')", 3, 0),
        ("self.x = standardize_tuple(x, 2, 'x', allow_zero=True)", 0, -1),
    ],
)
def test_a_plain_condition_settles_what_is_taken(code: str, right: object, wrong: object):
    assert message(code, right) is None
    assert message(code, wrong)


@pytest.mark.parametrize(
    "code",
    [
        "if x <= self.limit: raise ValueError()",
        "if x <= 0 and self.strict: raise ValueError()",
        "if x <= 0: x = 1",
        "if 0 < x < 5: raise ValueError()",
        "if x not in OPTIONS: raise ValueError()",
        "if self.ready:\n    if x <= 0: raise ValueError()",
        "self.x = standardize_tuple(x, rank, 'x')",
    ],
)
def test_what_is_not_plain_settles_nothing(code: str):
    assert message(code, -1) is None


def test_a_number_that_a_subclass_fills_in_is_known():
    code = "self.x = standardize_tuple(x, rank, 'x')"
    assert message(code, [1, 2], rank=2) is None
    assert message(code, [1], rank=2) == "expected 1 or 2 whole numbers above 0. Received: [1]"


def test_texts_that_the_class_states_are_the_only_ones():
    code = "if x not in self._MODES: raise ValueError()"
    assert message(code, "a", **{"self._MODES": ("a", "b")}) is None
    assert message(code, "c", **{"self._MODES": ("a", "b")})


@pytest.mark.parametrize(
    ("code", "lists"),
    [
        ("if isinstance(x, (list, tuple)): pass", True),
        ("self.x = self._both(x, 'x')", True),
        ("if isinstance(x, int): pass", False),
    ],
)
def test_what_the_code_asks_for_lists_may_be_one(code: str, lists: bool):
    tree = ast.parse(f"def f(self, x):\n    {code}").body[0]
    assert isinstance(tree, ast.FunctionDef)
    assert ("x" in takes_lists(tree)) is lists


CASES = [
    ("layer", "Dense", "units", -3, "a whole number above 0"),
    ("layer", "Conv1D", "kernel_size", [3, 3], "a whole number above 0"),
    ("layer", "Conv2D", "filters", None, "a whole number above 0"),
    ("layer", "Conv2D", "kernel_size", [3, 3, 3], "1 or 2 whole numbers above 0"),
    ("layer", "Conv3D", "strides", [1, 2], "1 or 3 whole numbers above 0"),
    ("layer", "MaxPooling2D", "pool_size", [2], "1 or 2 whole numbers above 0"),
    ("layer", "UpSampling2D", "size", [2, 2, 2], "1 or 2 whole numbers above 0"),
    ("layer", "Dropout", "rate", 15, "a number from 0 to 1"),
    ("optimizer", "SGD", "momentum", 3, "a number from 0 to 1"),
    ("optimizer", "Adam", "gradient_accumulation_steps", 1, "a whole number from 2 up, or 0"),
    ("layer", "Flatten", "name", 5, "a text or null"),
    ("loss", "CategoricalCrossentropy", "label_smoothing", 2.0, "a number from 0 to 1"),
]


@pytest.mark.parametrize(("area", "name", "argument", "value", "words"), CASES)
def test_keras_s_own_limits_are_told(
    area: str, name: str, argument: str, value: object, words: str
):
    found = find(name, area, "x")
    assert isinstance(found, Found)
    problem = found.signature.kinds[argument].check(value, "x")
    assert problem is not None
    assert problem.message.startswith(f"expected {words}. Received: ")


@pytest.mark.slow
@pytest.mark.parametrize(("area", "name", "argument", "value", "words"), CASES)
def test_keras_refuses_them_too(area: str, name: str, argument: str, value: Any, words: str):
    import keras

    if argument == "label_smoothing":
        return  # Keras documents the limits, and computes a loss that means nothing

    others = {
        "Conv2D": {"filters": 1, "kernel_size": 1}, "Conv1D": {"filters": 1},
        "Conv3D": {"filters": 1, "kernel_size": 1},
    }.get(name, {})  # fmt: skip
    if (name, value) == ("Conv2D", None):
        layer = keras.layers.Conv2D(None, 3)  # refused when it is built
        with pytest.raises(Exception, match="None"):
            layer(keras.Input((8, 8, 1)))
        return
    with pytest.raises(ValueError):
        getattr(getattr(keras, f"{area}{'es' if area == 'loss' else 's'}"), name)(
            **{**others, argument: value}
        )
