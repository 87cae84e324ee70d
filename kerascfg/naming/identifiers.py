"""The texts by which Keras knows activations, initializers, regularizers, constraints and dtypes.

`activation: relu` stays a text until Keras looks it up, seconds later; a misspelled one is found
here, in the tables by which Keras will look it up.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from kerascfg.errors import Problem, did_you_mean, override
from kerascfg.naming.areas import AREAS
from kerascfg.naming.source import find_definition, statements

_TABLES = {
    "activation": "keras.src.activations",
    "initializer": "keras.src.initializers",
    "regularizer": "keras.src.regularizers",
    "constraint": "keras.src.constraints",
}
_DTYPE = "dtype policy"
_DTYPES = "keras.src.backend.common.dtypes"
_POLICIES = "keras.src.dtype_policies.dtype_policy"


def check_identifier(value: Any, area: str, path: str) -> Problem | None:
    """Return the problem of what no identifier of an area can be; a mapping is left to Keras."""
    known = identifiers(area)
    if not known or value is None or isinstance(value, Mapping):
        return None
    if not isinstance(value, str):
        message = f"expected the name of {_article(area)}, a node or null. Received: {value!r}"
        only = value[0] if isinstance(value, list) and len(value) == 1 else None
        return Problem(path, message, fix=override(path, only) if only in list(known) else None)
    if value in known or _is_composed(value, area, known):
        return None
    if value == "None":
        message = f"expected the name of {_article(area)}, or null. Received: None"
        return Problem(path, message, "YAML spells it null", override(path, None))
    meant = did_you_mean(value, sorted(known, key=lambda name: (name != name.lower(), name)))
    return Problem(
        path,
        f"expected the name of {_article(area)}. Received: {value}",
        hint=f"did you mean `{meant}`?" if meant else f"{AREAS[area][0]} knows {_listed(known)}",
        fix=override(path, meant) if meant else None,
    )


def _is_composed(text: str, area: str, known: frozenset[str]) -> bool:
    """Tell whether a text is more than one of the names, and right as far as it can be known."""
    if area == _DTYPE:
        mode, _, source = text.partition("_from_")
        return source in known and mode.startswith(_texts_at(_POLICIES, "QUANTIZATION_MODES"))
    return ">" in text  # `package>name` is registered by code


def _article(area: str) -> str:
    name = area.removesuffix(" policy")
    return f"an {name}" if name[0] in "ai" else f"a {name}"


@cache
def identifiers(area: str) -> frozenset[str]:
    """Return the texts that Keras knows in an area; none where its source does not show them."""
    if area == _DTYPE:
        dtypes = (*_texts_at(_DTYPES, "ALLOWED_DTYPES"), *_texts_at(_DTYPES, "PYTHON_DTYPES_MAP"))
        return frozenset({*dtypes, *_policies_compared()})
    names: set[str] = set()
    for statement in statements(_TABLES[area]) if area in _TABLES else ():
        match statement:
            case ast.Assign(targets=[ast.Name(id="ALL_OBJECTS")], value=ast.Set(elts=items)):
                listed = [item.id for item in items if isinstance(item, ast.Name)]
                names.update(listed, map(_snake_case, listed))
            case ast.Assign(
                targets=[
                    ast.Subscript(
                        value=ast.Name(id="ALL_OBJECTS_DICT"), slice=ast.Constant(value=str(name))
                    )
                ]
            ):
                names.add(name)
            case ast.Expr(
                value=ast.Call(
                    func=ast.Attribute(value=ast.Name(id="ALL_OBJECTS_DICT"), attr="update"),
                    args=[ast.Dict(keys=keys)],
                )
            ):
                names.update(str(key.value) for key in keys if isinstance(key, ast.Constant))
    return frozenset(names)


def _texts_at(module: str, name: str) -> tuple[str, ...]:
    """Return the texts of a tuple, or a mapping's keys, at the top of a module."""
    for statement in statements(module):
        match statement:
            case ast.Assign(
                targets=[ast.Name(id=target)],
                value=ast.Tuple(elts=items) | ast.Dict(keys=items),
            ) if target == name:
                return tuple(str(i.value) for i in items if isinstance(i, ast.Constant))
    return ()


def _policies_compared() -> Iterator[str]:
    """Yield the policies of two dtypes, with which Keras compares a policy's name."""
    policy = find_definition(_POLICIES, "DTypePolicy")
    for node in ast.walk(policy.tree) if policy else ():
        match node:
            case ast.Compare(
                left=ast.Name(id="name"),
                ops=[ast.Eq()],
                comparators=[ast.Constant(value=str(text))],
            ):
                yield text


def _snake_case(name: str) -> str:
    """Spell a class's name as Keras's own `to_snake_case` does."""
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


def _listed(names: frozenset[str]) -> str:
    return ", ".join(sorted(name for name in names if name == name.lower()))
