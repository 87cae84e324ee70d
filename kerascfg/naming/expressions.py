"""`$x` and `$(4 * x)`: arguments of blocks and models, and facts of the data.

Names, numbers and `+ - * / // **`, nothing else; logic beyond that belongs into a Python function.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from kerascfg.errors import Problem, did_you_mean, override

FACTS = (
    "data.classes",
    "data.samples",
    "data.features",
    "data.targets",
    "train.steps",
    "train.epochs",
)
"""Known when the data set has been read, before the model is built."""

_NAME = re.compile(r"^\$([A-Za-z_]\w*(?:\.\w+)*)$")
_CALL = re.compile(r"^\$\((.*)\)$", re.DOTALL)
_OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Pow: operator.pow,
}
_LARGEST_POWER = 64


class ExpressionError(ValueError):
    """An expression that cannot be read, or a name in it that nobody gave a value."""


def is_expression(value: object) -> bool:
    """Tell whether a value is written as an expression."""
    return isinstance(value, str) and value.startswith("$") and not value.startswith("${")


def names_in(expression: str) -> list[str]:
    """List the dotted names of an expression.

    Raises:
        ExpressionError: it is not in the language.
    """
    return list(_names(_parse(expression)))


def evaluate(expression: str, scope: Mapping[str, Any]) -> Any:
    """Return the value of an expression.

    Args:
        expression: `$name`, `$a.b` or `$( ... )`.
        scope: name -> value; a dotted name descends into mappings.

    Raises:
        ExpressionError: it is not in the language, or a name has no value.
    """
    try:
        return _value(_parse(expression), scope)
    except (ZeroDivisionError, OverflowError, TypeError) as error:
        raise ExpressionError(f"`{expression}` has no value: {error}") from error


def substitute(value: Any, scope: Mapping[str, Any]) -> Any:
    """Replace every expression inside a plain value (mappings and lists included)."""
    match value:
        case str() if is_expression(value):
            return evaluate(value, scope)
        case Mapping():
            return {key: substitute(item, scope) for key, item in value.items()}
        case list():
            return [substitute(item, scope) for item in value]
        case _:
            return value


def check_expressions(value: Any, names: frozenset[str], path: str) -> list[Problem]:
    """Check every expression inside a value: readable, and all its names known.

    Args:
        value: a plain value.
        names: the names that have a value here besides the facts (a block's arguments).
        path: path of the value in the config.
    """
    match value:
        case Mapping():
            items: Iterator[tuple[Any, Any]] = iter(value.items())
        case list():
            items = iter(enumerate(value))
        case str() if is_expression(value):
            return _check_expression(value, names, path)
        case _:
            return []
    return [p for key, item in items for p in check_expressions(item, names, f"{path}.{key}")]


def _check_expression(value: str, names: frozenset[str], path: str) -> list[Problem]:
    try:
        used = names_in(value)
    except ExpressionError as error:
        return [Problem(path, str(error))]
    problems = []
    for name in used:
        if name.split(".")[0] in names or any(
            name == fact or name.startswith(fact + ".") for fact in FACTS
        ):
            continue
        known = sorted({*names, *FACTS})
        meant = did_you_mean(name, known)
        problems.append(
            Problem(
                path,
                f"expected an argument or a fact ({', '.join(known)}). Received: ${name}",
                hint=f"did you mean `${meant}`?" if meant else None,
                fix=override(path, value.replace(name, meant)) if meant else None,
            )
        )
    return problems


def _parse(expression: str) -> ast.expr:
    if match := _NAME.match(expression):
        text = match[1]
    elif match := _CALL.match(expression):
        text = match[1].strip()
    else:
        raise ExpressionError(
            f"expected `$name` or `$(2 * name)`. Received: {expression} (on a command line, quote "
            "it with single quotes, so that the shell leaves the $ alone)"
        )
    try:
        return ast.parse(text, mode="eval").body
    except (SyntaxError, RecursionError, MemoryError, ValueError) as error:
        raise ExpressionError(
            f"expected names, numbers and + - * / // **. Received: {expression}"
        ) from error


def _dotted(node: ast.expr) -> str | None:
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=owner, attr=name) if prefix := _dotted(owner):
            return f"{prefix}.{name}"
        case _:
            return None


def _names(node: ast.expr) -> Iterator[str]:
    match node:
        case ast.Name() | ast.Attribute() if name := _dotted(node):
            yield name
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            yield from _names(left)
            yield from _names(right)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            yield from _names(operand)
        case ast.Constant(value=int() | float()):
            return
        case _:
            raise ExpressionError(
                f"expected names, numbers and + - * / // **. Received: {ast.unparse(node)}"
            )


def _value(node: ast.expr, scope: Mapping[str, Any]) -> Any:
    match node:
        case ast.Name() | ast.Attribute() if name := _dotted(node):
            return _look_up(name, scope)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            first, second = _value(left, scope), _value(right, scope)
            if isinstance(op, ast.Pow) and abs(second) > _LARGEST_POWER:
                raise ExpressionError(f"expected a power of at most {_LARGEST_POWER}: {second}")
            return _OPERATORS[type(op)](first, second)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand, scope)
        case ast.Constant(value=int() | float() as number):
            return number
        case _:
            raise ExpressionError(
                f"expected names, numbers and + - * / // **. Received: {ast.unparse(node)}"
            )


def _look_up(name: str, scope: Mapping[str, Any]) -> Any:
    value: Any = scope
    for part in name.split("."):
        if not isinstance(value, Mapping) or part not in value:
            raise ExpressionError(f"`${name}` has no value here")
        value = value[part]
    return value
