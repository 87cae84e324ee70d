"""`$x` and `$(4 * x)`: arguments of blocks and models, facts of the data, sizes of nodes.

Names, numbers, `+ - * / // **` and `channels(node)`, nothing else; logic beyond that belongs into
a Python function.
"""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kerascfg.errors import Problem, did_you_mean, override

FACTS = (
    "data.classes",
    "data.samples",
    "data.features",
    "data.targets",
    "data.class_names",
    "train.steps",
    "train.epochs",
    "preprocess",
)
"""Known when the data set has been read and `preprocess` built, before the model is."""

CHANNELS = "channels()"
"""The name in a scope under which `channels(node)` is found: a function from a node's name."""

_NAME = re.compile(r"\$([A-Za-z_]\w*(?:\.\w+)*)")
_CALL = re.compile(r"\$\((.*)\)", re.DOTALL)
_CHANNELS = re.compile(r"\bchannels\(\s*([A-Za-z_][\w.]*)\s*\)")
_OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Pow: operator.pow,
}
_LARGEST_POWER = 64
_LARGEST_BITS = 1024
_LONGEST = 200


class ExpressionError(ValueError):
    """An expression that cannot be read, or a name in it that nobody gave a value."""


@dataclass(frozen=True)
class Later:
    """A number that depends on sizes of tensors, which are known once a model is being built.

    Attributes:
        compute: returns the number, given a function from what `channels()` names to its size.
    """

    compute: Callable[[Callable[[Any], int]], Any]


def is_expression(value: object) -> bool:
    """Tell whether a value is written as an expression."""
    return isinstance(value, str) and value.startswith("$") and not value.startswith("${")


def names_in(expression: str) -> list[str]:
    """List the dotted names of an expression.

    Raises:
        ExpressionError: it is not in the language.
    """
    if name := _NAME.fullmatch(expression):
        return [name[1]]
    return list(_names(_parse(expression)))


def names_asked(expression: str) -> list[str]:
    """List the dotted names of an expression, none of what is reported where it stands."""
    try:
        return names_in(expression)
    except ExpressionError:
        return []


def names_within(value: Any) -> Iterator[str]:
    """Yield the names, up to their first dot, in the expressions inside a plain value."""
    match value:
        case str() if is_expression(value):
            yield from (name.split(".")[0] for name in names_asked(value))
        case Mapping():
            for item in value.values():
                yield from names_within(item)
        case list():
            for item in value:
                yield from names_within(item)


def nodes_in(value: Any) -> Iterator[str]:
    """Yield the nodes whose size the expressions inside a plain value ask for."""
    match value:
        case str() if "channels(" in value and is_expression(value):
            yield from _CHANNELS.findall(value)
        case Mapping():
            for item in value.values():
                yield from nodes_in(item)
        case list():
            for item in value:
                yield from nodes_in(item)


def expressions_in(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """Yield every expression inside a plain value, each behind its path.

    Args:
        value: a config, or a part of it.
        path: where it stands; "" for the whole.
    """
    match value:
        case str() if is_expression(value):
            yield path, value
        case Mapping() | list():
            items = value.items() if isinstance(value, Mapping) else enumerate(value)
            for key, item in items:
                yield from expressions_in(item, f"{path}.{key}" if path else str(key))


def evaluate(expression: str, scope: Mapping[str, Any]) -> Any:
    """Return the value of an expression.

    Args:
        expression: `$name`, `$a.b` or `$( ... )`.
        scope: name -> value; a dotted name descends into mappings.

    Returns:
        The value; a `Later` where it depends on `channels(node)`.

    Raises:
        ExpressionError: it is not in the language, or a name has no value.
    """
    if name := _NAME.fullmatch(expression):
        return _look_up(name[1], scope)
    try:
        return _value(_parse(expression), scope)
    except (ZeroDivisionError, OverflowError) as error:
        raise ExpressionError(f"`{expression}` has no value: {error}") from error


def settle(value: Any, channels: Callable[[Any], int]) -> Any:
    """Replace every `Later` inside a plain value by its number.

    Args:
        value: a plain value that may hold `Later`s.
        channels: returns the size of a node's last axis.

    Raises:
        ExpressionError: it has no value.
    """
    match value:
        case Later():
            try:
                return value.compute(channels)
            except (ZeroDivisionError, OverflowError) as error:
                raise ExpressionError(f"the expression has no value: {error}") from error
        case Mapping():
            return {key: settle(item, channels) for key, item in value.items()}
        case list():
            return [settle(item, channels) for item in value]
        case _:
            return value


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
    if not used and not next(nodes_in(value), None):
        try:
            evaluate(value, {})
        except ExpressionError as error:
            return [Problem(path, str(error))]
    known = sorted({*map(str, names), *FACTS} - {CHANNELS})
    problems = []
    if CHANNELS not in names and next(nodes_in(value), None):
        message = "expected no channels() here: only the nodes of a graph know each other's sizes"
        problems.append(Problem(path, f"{message}. Received: {value}"))
    for name in dict.fromkeys(used):
        if name.split(".")[0] in names or f"{name}.".startswith(tuple(f"{f}." for f in FACTS)):
            continue
        meant = did_you_mean(name, known)
        problems.append(
            Problem(
                path,
                f"expected an argument or a fact ({', '.join(known)}). Received: ${name}",
                hint=f"did you mean `${meant}`?" if meant else None,
                fix=override(path, _renamed(value, name, meant)) if meant else None,
            )
        )
    return problems


def _renamed(expression: str, name: str, meant: str) -> str:
    return re.sub(rf"(?<![\w.]){re.escape(name)}(?![\w.])", meant, expression)


def _parse(expression: str) -> ast.expr:
    match = _CALL.fullmatch(expression)
    if match is None:
        raise ExpressionError(
            f"expected `$name` or `$(2 * name)`. Received: {expression} (on a command line, quote "
            "it with single quotes, so that the shell leaves the $ alone)"
        )
    if len(expression) > _LONGEST:
        raise ExpressionError(f"expected at most {_LONGEST} characters: {expression[:40]}...")
    try:  # `encoder.1` is a node's output, but no Python: the node's name becomes a text
        return ast.parse(_CHANNELS.sub(r'channels("\1")', match[1].strip()), mode="eval").body
    except (SyntaxError, RecursionError, MemoryError, ValueError) as error:
        raise _not_in_language(expression) from error


def _not_in_language(received: str) -> ExpressionError:
    return ExpressionError(
        f"expected names, numbers, + - * / // ** and channels(node). Received: {received}"
    )


def _dotted(node: ast.expr) -> str | None:
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=owner, attr=name) if prefix := _dotted(owner):
            return f"{prefix}.{name}"
        case _:
            return None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _names(node: ast.expr) -> Iterator[str]:
    match node:
        case ast.Name() | ast.Attribute() if name := _dotted(node):
            yield name
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            yield from _names(left)
            yield from _names(right)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            yield from _names(operand)
        case ast.Constant(value=number) if _is_number(number):
            return
        case _ if _sized(node):
            return
        case _:
            raise _not_in_language(ast.unparse(node))


def _sized(node: ast.expr) -> str | None:
    """Return the node's name in `channels(node)`."""
    match node:
        case ast.Call(
            func=ast.Name(id="channels"), args=[ast.Constant(value=str(name))], keywords=[]
        ):
            return name
        case _:
            return None


def _value(node: ast.expr, scope: Mapping[str, Any]) -> Any:
    match node:
        case ast.Name() | ast.Attribute() if name := _dotted(node):
            return _look_up(name, scope)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            return _calculated(op, _number(left, scope), _number(right, scope))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return _calculated(ast.Sub(), 0, _number(operand, scope))
        case ast.Call() if name := _sized(node):
            if CHANNELS not in scope:
                raise ExpressionError(f"`channels({name})` has no value here")
            return scope[CHANNELS](name)
        case ast.Constant(value=number) if _is_number(number):
            return number
        case _:
            raise _not_in_language(ast.unparse(node))


def _calculated(op: ast.operator, first: Any, second: Any) -> Any:
    if isinstance(first, Later) or isinstance(second, Later):
        return Later(lambda channels: _calculated(op, *settle([first, second], channels)))
    if isinstance(op, ast.Pow) and abs(second) > _LARGEST_POWER:
        raise ExpressionError(f"expected a power of at most {_LARGEST_POWER}: {second}")
    whole = isinstance(first, int) and isinstance(second, int)
    if isinstance(op, ast.Pow) and whole and first.bit_length() * second > _LARGEST_BITS:
        raise ExpressionError(f"expected a smaller number. Received: {first} ** {second}")
    value = _OPERATORS[type(op)](first, second)
    if isinstance(value, complex):
        raise ExpressionError(f"{first} ** {second} has no value: the root of a negative number")
    return value


def _number(node: ast.expr, scope: Mapping[str, Any]) -> Any:
    value = _value(node, scope)
    if isinstance(value, Later):
        return value
    if not _is_number(value) or not math.isfinite(value):
        said = ast.unparse(node)
        raise ExpressionError(f"expected a number to calculate with. Received: {said} = {value!r}")
    return value


def _look_up(name: str, scope: Mapping[str, Any]) -> Any:
    value: Any = scope
    for part in name.split("."):
        if not isinstance(value, Mapping) or part not in value:
            raise ExpressionError(f"`${name}` has no value here")
        value = value[part]
    return value
