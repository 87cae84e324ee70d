"""Read a plain mapping into a frozen dataclass, which is the schema of that part of the config."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from kerascfg.errors import Problem, did_you_mean, unknown_key
from kerascfg.naming.areas import REQUIRED_VALUE

T = TypeVar("T")


def read_settings(cls: type[T], given: Any, path: str) -> tuple[T | None, list[Problem]]:
    """Read `given` into the dataclass `cls`.

    Args:
        cls: a dataclass; its fields and their annotations are the schema.
        given: a plain mapping; a `None` stands for an empty one.
        path: where the mapping stands in the config.

    Returns:
        The settings and no problems, or None and all problems.
    """
    given = {} if given is None else given
    if not isinstance(given, Mapping):
        return None, [Problem(path, f"expected a mapping. Received: {given!r}")]
    hints = _hints(cls)
    fields = {field.name: field for field in dataclasses.fields(cls)}  # type: ignore[arg-type]
    problems, values = [], {}
    for key, value in given.items():
        if key not in fields:
            problems.append(unknown_key(path, key, fields, f"one of the keys of {path}", value))
            continue
        values[key], found = _read(hints[key], value, f"{path}.{key}")
        problems += found
    for name, field in fields.items():
        if name not in given and _has_no_default(field):
            problems.append(
                Problem(f"{path}.{name}", "required, but not given", fix=f"{path}.{name}=...")
            )
    return (None, problems) if problems else (cls(**values), [])


def _has_no_default(field: dataclasses.Field) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


@cache
def _hints(cls: type) -> dict[str, Any]:
    return get_type_hints(cls)


def _read(hint: Any, value: Any, path: str) -> tuple[Any, list[Problem]]:
    if value == REQUIRED_VALUE:
        return None, [Problem(path, "required, but not given", fix=f"{path}=...")]
    options = get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)
    for option in options:
        if dataclasses.is_dataclass(option) and isinstance(value, Mapping):
            return read_settings(option, value, path)  # type: ignore[arg-type]
    for option in options:
        if _fits(option, value):
            return (float(value) if option is float else value), []
    expected = " or ".join(_spell(option) for option in options)
    choices = [c for option in options if get_origin(option) is Literal for c in get_args(option)]
    meant = did_you_mean(str(value), map(str, choices))
    return None, [
        Problem(
            path,
            f"expected {expected}. Received: {value!r}",
            hint=f"did you mean `{meant}`?" if meant else None,
            fix=f"{path}={meant}" if meant else None,
        )
    ]


def _fits(hint: Any, value: Any) -> bool:
    match get_origin(hint) or hint:
        case types.NoneType:
            return value is None
        case _ if hint is Any:
            return True
        case _ if get_origin(hint) in (Union, types.UnionType):
            return any(_fits(option, value) for option in get_args(hint))
        case _ if get_origin(hint) is Literal:
            return any(value == c and type(value) is type(c) for c in get_args(hint))
        case cls if cls is float:
            return isinstance(value, int | float) and not isinstance(value, bool)
        case cls if cls is int:
            return isinstance(value, int) and not isinstance(value, bool)
        case cls if cls in (list, tuple):
            item = (get_args(hint) or (Any,))[0]
            return isinstance(value, list | tuple) and all(_fits(item, v) for v in value)
        case cls if isinstance(cls, type) and issubclass(cls, Mapping):
            item = (get_args(hint) or (Any, Any))[1]
            return isinstance(value, Mapping) and all(_fits(item, v) for v in value.values())
        case cls if isinstance(cls, type):
            return isinstance(value, cls)
        case _:
            return False


_WORDS = {
    type(None): "null",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a text",
}


def _spell(hint: Any) -> str:
    if get_origin(hint) is Literal:
        return "one of " + ", ".join(map(str, get_args(hint)))
    origin = get_origin(hint) or hint
    if hint in _WORDS:
        return _WORDS[hint]
    if origin in (list, tuple):
        return "a list"
    return "a mapping"
