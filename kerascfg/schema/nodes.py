"""The schemas of nodes, `{type: Name, argument: value}`, one definition for each class.

By `type` the matching definition is chosen: an editor then offers its arguments and underlines
others. A name that only the user's own packages know leaves the arguments open.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kerascfg.naming import NEEDS_OBJECT, Found, find, names_of_area
from kerascfg.naming.areas import AREAS, area_of_argument
from kerascfg.naming.documentation import documented_arguments, summary_of
from kerascfg.naming.identifiers import identifiers
from kerascfg.naming.signatures import REQUIRED, UNREADABLE
from kerascfg.naming.source import public_names
from kerascfg.schema.values import (
    EXPRESSION,
    Schema,
    choices_schema,
    described,
    kind_schema,
    ref,
)

IDENTIFIED = ("activation", "initializer", "regularizer", "constraint")
"""Areas that Keras knows by texts too: `activation: relu`."""
GIVEN = {"tracker": frozenset({"directory"})}
"""Arguments that whoever builds the node supplies itself."""
_APPLICATIONS = "keras.applications"
_DOTTED = r"\."
_LISTED = 12
"""So many names an editor may list in a message."""


@dataclass(frozen=True)
class Named:
    """A class or function, and the short or dotted names by which a config may say it."""

    found: Found
    names: tuple[str, ...]


def named_in(area: str) -> list[Named]:
    """Return what the short names of an area name, with Keras's applications among its layers."""
    names = names_of_area(area)
    if area == "layer":
        names += [f"{_APPLICATIONS}.{name}" for name in public_names(_APPLICATIONS)]
    by_definition: dict[tuple[str, str], Named] = {}
    for name in names:
        found = find(name, area, name)
        if isinstance(found, Found) and (area == "op" or _makes_an_object(found)):
            key = (found.definition.module, found.definition.name)
            before = by_definition[key].names if key in by_definition else ()
            by_definition[key] = Named(found, (*before, name))
    return list(by_definition.values())


def area_definitions(area: str, extra: frozenset[str] = frozenset()) -> dict[str, Schema]:
    """Return the definitions of an area's names, nodes and their arguments.

    Args:
        area: a key of `AREAS`.
        extra: keys that a node may have besides its arguments, described elsewhere.
    """
    key, prefix = slug(area), "op" if area == "op" else "type"
    named = named_in(area)
    labels = [(name, one) for one in named for name in one.names]
    definitions: dict[str, Schema] = {
        f"{key}.name": {
            "type": "string",
            "enum": [name for name, _ in labels],
            "enumDescriptions": [summary_of(one.found.definition) for _, one in labels],
            **({"errorMessage": _expected(area)} if len(labels) > _LISTED else {}),
        },
        f"{key}.spelled": {
            "anyOf": [
                ref(f"{key}.name"),
                {"type": "string", "pattern": f"{_DOTTED}|{EXPRESSION}"},
            ]
        },
        f"{key}.arguments": {
            "allOf": [
                {"if": _says(prefix, one), "then": ref(f"{key}.{one.names[0]}")} for one in named
            ]
        },
    }
    for one in named:
        definitions[f"{key}.{one.names[0]}"] = _arguments(one, area, prefix, extra)
    return definitions


def node_definitions(area: str) -> dict[str, Schema]:
    """Return the definitions of an area whose nodes stand outside of graphs."""
    key = slug(area)
    definitions = area_definitions(area)
    known: dict[str, Any] = {}
    for name, schema in definitions.items():
        if "properties" in schema and name != key:
            known = {**schema["properties"], **known}
    definitions[f"{key}.object"] = {
        "type": "object",
        "properties": {"type": described(ref(f"{key}.spelled"), f"which {area}")},
        "if": {"required": ["type"]},
        "then": ref(f"{key}.arguments"),
        # Without `type` it changes a node of another file.
        "else": {"properties": known, "additionalProperties": False},
    }
    return {**definitions, key: either(f"{key}.spelled", f"{key}.object", f"{key}.name")}


def identified_definitions(area: str) -> dict[str, Schema]:
    """Return what an argument takes that Keras knows by a text, or as a node."""
    known = sorted(name for name in identifiers(area) if name == name.lower())
    others = sorted(identifiers(area) - set(known))
    text = choices_schema([*known, *others])
    text["anyOf"].append({"type": "string", "pattern": ">"})
    key = slug(area)
    return {
        f"{key}.text": text,
        f"{key}.known": {"enum": known},
        f"{key}.value": {
            "if": {"type": "string"},
            "then": ref(f"{key}.text"),
            "else": {
                "if": {"type": "object", "required": ["type"]},
                "then": ref("nested" if area == "activation" else f"{key}.object"),
            },
            "anyOf": [ref(f"{key}.known"), {}],
        },
    }


def either(text: str, mapping: str, offered: str) -> Schema:
    """Return the schema of a short form or a mapping; `offered` is what an editor completes.

    Branches are chosen by `if`, so that a mistake is reported where it stands; editors look for
    values in `anyOf` only.
    """
    return {
        "type": ["object", "string", "null"],
        "if": {"type": "string"},
        "then": ref(text),
        "else": {"if": {"type": "object"}, "then": ref(mapping)},
        "anyOf": [ref(offered), {}],
        "errorMessage": "expected a node: a name, or {type: Name, argument: value}",
    }


def _expected(area: str) -> str:
    where = " or ".join(AREAS[area])
    return f"expected the name of {'an' if area[0] in 'aeiou' else 'a'} {area} ({where})"


def slug(area: str) -> str:
    """Spell an area as a part of a definition's name."""
    return area.replace(" ", "_")


def _makes_an_object(found: Found) -> bool:
    own = found.module.startswith(("kerascfg.", _APPLICATIONS))
    return own or isinstance(found.definition.tree, ast.ClassDef)


def _says(key: str, one: Named) -> Schema:
    """Return the condition that a node's `type` is one of the names, short or dotted."""
    short = "|".join(re.escape(name.rpartition(".")[2]) for name in one.names)
    module = re.escape(one.found.module)
    optional = "" if "." in one.names[0] else "?"
    pattern = rf"^({module}\.){optional}({short})$"
    return {"properties": {key: {"type": "string", "pattern": pattern}}, "required": [key]}


def _arguments(one: Named, area: str, prefix: str, extra: frozenset[str]) -> Schema:
    found = one.found
    texts = documented_arguments(found.definition)
    properties: dict[str, Any] = {prefix: True, **dict.fromkeys(sorted(extra), True)}
    for name, default in found.signature.arguments.items():
        if name not in GIVEN.get(area, ()):
            properties[name] = _argument(found, name, default, texts.get(name, ""))
    schema: Schema = {"properties": properties}
    if not found.signature.open:
        schema["additionalProperties"] = False
    return schema


def _argument(found: Found, name: str, default: Any, text: str) -> Schema:
    more = {}
    if default is REQUIRED:
        text = f"{text}\n\nRequired.".strip()
    elif default is not UNREADABLE and _is_plain(default):
        more["default"] = list(default) if isinstance(default, tuple) else default
        if default is not None and "efault" not in text:
            text = f"{text}\n\nDefault: {json.dumps(more['default'])}".strip()
    return described(_taken(found, name), text, **more)


def _taken(found: Found, name: str) -> Schema:
    area = area_of_argument(name)
    if name in NEEDS_OBJECT:
        node = ref("nested" if area == "layer" else slug(area))
        within = {"cells": "items", "optimizer_map": "additionalProperties"}.get(name)
        return {within: node} if within else node
    if area in IDENTIFIED:
        return ref(f"{area}.value")
    kind = found.signature.kinds.get(name)
    schema = kind_schema(kind) if kind else {}
    if area == "layer":
        return schema
    return {**schema, "if": {"type": "object", "required": ["type"]}, "then": _object_of(area)}


def _object_of(area: str) -> Schema:
    return ref(f"{slug(area)}.object")


def _is_plain(value: Any) -> bool:
    match value:
        case None | bool() | int() | str():
            return True
        case float():
            return value == value and abs(value) != float("inf")
        case list() | tuple():
            return all(map(_is_plain, value))
        case _:
            return False


def nested_areas() -> Iterator[str]:
    """Yield the areas whose nodes may stand as arguments of others."""
    yield from ("schedule", "optimizer", "loss", "metric", "dtype policy")
    yield from (area for area in IDENTIFIED if area != "activation")
