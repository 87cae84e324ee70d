"""What the names in a graph's expressions stand for: facts, arguments, sizes of nodes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kerascfg.errors import ConfigError, Problem
from kerascfg.model.graph import Ref, Value, look_up
from kerascfg.naming import ExpressionError, Later, evaluate, is_expression, substitute

Scope = Mapping[str, Any]
"""The values of the names in expressions."""

TOO_LATE = "channels(), which is known when the model is being built, after the graph is laid out"


def scope_of(model: Mapping[str, Any], facts: Scope, path: str) -> Scope:
    """Return the values that a model's expressions may use: the facts and its own arguments.

    Raises:
        ConfigError: an argument has no value.
    """
    return {**facts, **evaluated(model.get("args") or {}, facts, f"{path}.args")}


def evaluated(value: Any, scope: Scope, path: str) -> Any:
    """Replace the expressions inside a plain value.

    Raises:
        ConfigError: an expression has no value; the problem names its path.
    """
    if isinstance(value, Mapping):
        return {key: evaluated(item, scope, f"{path}.{key}") for key, item in value.items()}
    try:
        return evaluate(value, scope) if is_expression(value) else substitute(value, scope)
    except ExpressionError as error:
        raise ConfigError(Problem(path, str(error))) from error


def whole_number(value: Any, scope: Scope, path: str) -> int:
    """Return a count.

    Raises:
        ConfigError: it is no whole number from 1.
    """
    count = evaluated(value, scope, path)
    if isinstance(count, Later):
        raise ConfigError(Problem(path, f"expected a whole number. Received: {TOO_LATE}"))
    if not isinstance(count, int) or isinstance(count, bool) or count < 1:
        raise ConfigError(Problem(path, f"expected a whole number from 1. Received: {count!r}"))
    return count


def sizes_in(env: Mapping[str, Value], path: str) -> Callable[[str], Later]:
    """Return what `channels()` is in a graph: the size of a node's last axis, known later."""

    def channels(reference: str) -> Later:
        value = look_up(reference, env, path)
        if isinstance(value, Ref):
            return Later(lambda size_of: size_of(value))
        listed = ", ".join(f"{reference}.{name}" for name in value)
        raise ConfigError(Problem(path, f"expected channels() of one of {listed}"))

    return channels


def expect_numbers(arguments: Mapping[str, Any], path: str) -> None:
    """Refuse sizes that are known later for a block that becomes a model of its own."""
    for key, value in arguments.items():
        if isinstance(value, Later):
            message = "expected a number for a block that is a model of its own"
            raise ConfigError(Problem(f"{path}.{key}", f"{message}. Received: {TOO_LATE}"))
