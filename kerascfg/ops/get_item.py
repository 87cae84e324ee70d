"""`x[:, 0]` for YAML, which has neither slices nor tuples."""

from __future__ import annotations

import ast
from typing import Any


def get_item(x: Any, key: str | int | list) -> Any:
    """Return a part of a tensor.

    Args:
        x: a tensor of any shape; its first axis is the batch.
        key: Python's notation as a text, `"[:, 0]"` or `":, 1:, ..., ::2"`, with numbers, slices,
            `...` and `None`; a number, or a list of numbers and such texts, one for each axis.

    Returns:
        `x[key]`.

    Raises:
        ValueError: the text is none of these.
    """
    import keras

    return keras.ops.get_item(x, _key(key))


def _key(key: Any) -> Any:
    match key:
        case list():
            return tuple(_key(part) for part in key)
        case str():
            return _parsed(key)
        case _:
            return key


def _parsed(text: str) -> Any:
    inner = text.strip()
    if inner.startswith("[") and inner.endswith("]"):
        inner = inner[1:-1]
    try:
        expression = ast.parse(f"x[{inner}]", mode="eval").body
    except (SyntaxError, RecursionError, MemoryError, ValueError):
        raise _refused(text) from None
    if not isinstance(expression, ast.Subscript) or not isinstance(expression.value, ast.Name):
        raise _refused(text)
    match expression.slice:
        case ast.Tuple(elts=parts):
            return tuple(_part(part, text) for part in parts)
        case part:
            return _part(part, text)


def _part(part: ast.expr, text: str) -> Any:
    match part:
        case ast.Slice(lower=lower, upper=upper, step=step):
            return slice(*(_whole(bound, text) for bound in (lower, upper, step)))
        case ast.Constant(value=value) if value is None or value is ...:
            return value
        case _:
            return _whole(part, text)


def _whole(bound: ast.expr | None, text: str) -> int | None:
    match bound:
        case None:
            return None
        case ast.Constant(value=int(value)) if not isinstance(value, bool):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            value = _whole(operand, text)
            return None if value is None else -value
        case _:
            raise _refused(text)


def _refused(text: str) -> ValueError:
    return ValueError(f"expected a key such as `[:, 0]` or `[..., ::2]`. Received: key={text!r}")
