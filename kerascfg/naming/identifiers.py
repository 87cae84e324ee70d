"""The texts by which Keras knows its activations, initializers, regularizers and constraints.

`activation: relu` stays a text until Keras looks it up, seconds later; a misspelled one is found
here, in the tables by which Keras will look it up.
"""

from __future__ import annotations

import ast
import re
from functools import cache

from kerascfg.errors import Problem, did_you_mean, override
from kerascfg.naming.source import statements

_TABLES = {
    "activation": "keras.src.activations",
    "initializer": "keras.src.initializers",
    "regularizer": "keras.src.regularizers",
    "constraint": "keras.src.constraints",
}


def check_identifier(text: str, area: str, path: str) -> Problem | None:
    """Return the problem of a text that Keras does not know in an area."""
    known = identifiers(area)
    if not known or text in known or ">" in text:  # `package>name` is registered by code
        return None
    if text == "None":
        message = f"expected the name of {_article(area)}, or null. Received: None"
        return Problem(path, message, "YAML spells it null", override(path, None))
    meant = did_you_mean(text, sorted(known, key=lambda name: (name != name.lower(), name)))
    return Problem(
        path,
        f"expected the name of {_article(area)}. Received: {text}",
        hint=f"did you mean `{meant}`?" if meant else f"keras.{area}s knows {_listed(known)}",
        fix=override(path, meant) if meant else None,
    )


def _article(area: str) -> str:
    return f"an {area}" if area[0] in "ai" else f"a {area}"


@cache
def identifiers(area: str) -> frozenset[str]:
    """Return the texts that Keras knows in an area; none where its source does not show them."""
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


def _snake_case(name: str) -> str:
    """Spell a class's name as Keras's own `to_snake_case` does."""
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


def _listed(names: frozenset[str]) -> str:
    return ", ".join(sorted(name for name in names if name == name.lower()))
