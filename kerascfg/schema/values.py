"""The schema of one value: what its argument or setting takes, or an expression in its place."""

from __future__ import annotations

import re
import types
from collections.abc import Iterable, Mapping
from typing import Any, Literal, Union, get_args, get_origin

from kerascfg.naming.kinds import Kind

Schema = dict[str, Any]

EXPRESSION = r"^\$|\$\{|^\?\?\?$"
"""`$x`, `$(4 * x)`, `${a.b}` and `???` may stand for any value."""

_JSON_TYPES = {
    "bool": "boolean",
    "int": "integer",
    "float": "number",
    "str": "string",
    "list": "array",
    "dict": "object",
    "NoneType": "null",
}


def kind_schema(kind: Kind) -> Schema:
    """Return the schema of an argument's kind, as its own check reads it."""
    taken = _JSON_TYPES.keys() - kind.refused
    number = _limits(kind)
    array: Schema = {"items": number} if number else {}
    if kind.lengths:
        array |= {"minItems": min(kind.lengths), "maxItems": max(kind.lengths)}
    if not kind.choices:
        return {**types_schema(taken, kind.expected), **number, **array}
    schema = choices_schema(kind.choices, taken - {"str"})
    capitals = "|".join(re.escape(choice.upper()) for choice in kind.choices)
    schema["anyOf"].append({"type": "string", "pattern": f"^({capitals})$"})
    return {**schema, **number, **array}


def _limits(kind: Kind) -> Schema:
    """Return what JSON Schema says of numbers only, so that it may stand beside other types."""
    limits = {
        "minimum": kind.minimum,
        "exclusiveMinimum": kind.above,
        "maximum": kind.maximum,
        "exclusiveMaximum": kind.below,
        "multipleOf": 1 if kind.whole else None,
    }
    stated = {name: limit for name, limit in limits.items() if limit is not None}
    if kind.or_zero and "minimum" in stated:
        between = {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": kind.minimum}
        return {**stated, "minimum": 0, "not": between}
    return stated


def types_schema(taken: Iterable[str], words: str) -> Schema:
    """Return the schema of values of Python's types `taken`; `words` say what is expected."""
    names = {_JSON_TYPES[name] for name in taken}
    if "number" in names:
        names.discard("integer")
    schema: Schema = {"type": sorted(names | {"string"}), "errorMessage": f"expected {words}"}
    return schema if "string" in names else {**schema, "pattern": EXPRESSION}


def choices_schema(choices: Iterable[Any], taken: Iterable[str] = ()) -> Schema:
    """Return the schema of one of several texts, or of a value of the types `taken`."""
    options: list[Schema] = [{"enum": list(choices)}, {"type": "string", "pattern": EXPRESSION}]
    others = sorted({_JSON_TYPES[name] for name in taken})
    return {"anyOf": options + ([{"type": others}] if others else [])}


def hint_schema(hint: Any) -> Schema:
    """Return the schema of a setting, from the annotation of its dataclass's field."""
    options = get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)
    choices = [c for option in options if get_origin(option) is Literal for c in get_args(option)]
    if Any in options:
        return {}
    names = [_type_name(option) for option in options if get_origin(option) is not Literal]
    taken = [name for name in names if name in _JSON_TYPES]
    if choices:
        return choices_schema(choices, taken)
    return types_schema(taken, " or ".join(map(_spell, options)))


def _type_name(hint: Any) -> str:
    origin = get_origin(hint) or hint
    is_mapping = isinstance(origin, type) and issubclass(origin, Mapping)
    return "dict" if is_mapping else origin.__name__


def described(schema: Schema, text: str, **more: Any) -> Schema:
    """Return a schema with what an editor shows beside it."""
    return {**schema, **more, **({"description": text} if text else {})}


def ref(name: str) -> Schema:
    """Refer to a definition of the same file."""
    return {"$ref": f"#/definitions/{name}"}


def _spell(hint: Any) -> str:
    words = {type(None): "null", bool: "true or false", int: "a whole number", float: "a number"}
    if hint in words:
        return words[hint]
    return {"str": "a text", "list": "a list"}.get((get_origin(hint) or hint).__name__, "a mapping")
