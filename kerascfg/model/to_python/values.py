"""Arguments and names as Python code."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from kerascfg.errors import ConfigError, Problem
from kerascfg.model.graph import Graph, Inner
from kerascfg.model.to_python.layout import Bracket, Code, call
from kerascfg.naming import NEEDS_OBJECT, find, kind_of
from kerascfg.naming.areas import area_of_argument

BUILDER = "build_"
"""How the names of functions begin that build models."""
_SHORT = {"keras.layers": "layers", "keras.ops": "ops"}
"""What the code calls Keras's modules that it uses often."""


class Imports:
    """What the code so far calls the modules that it needs, and the functions that it defines."""

    def __init__(self) -> None:
        self.modules: set[str] = set()
        self.builders: dict[int, str] = {}

    def builder(self, graph: Graph, name: str) -> str:
        """Return the name of the function that builds a model, which is called `name`."""
        wanted = f"{BUILDER}{name}"
        taken = set(self.builders.values())
        numbered = (f"{wanted}_{number}" for number in range(2, len(taken) + 3))
        free = next(other for other in (wanted, *numbered) if other not in taken)
        return self.builders.setdefault(id(graph), free)

    def name(self, name: str, area: str, path: str) -> str:
        """Return how the code names a class or function.

        Raises:
            ConfigError: there is none of that name.
        """
        found = find(name, area, path)
        if isinstance(found, Problem):
            raise ConfigError(found)
        self.modules.add(found.module)
        return f"{_SHORT.get(found.module, found.module)}.{found.name}"

    def lines(self) -> list[str]:
        """Return the import statements, Keras's first."""
        short = sorted(_SHORT[module] for module in self.modules if module in _SHORT)
        apart = sorted(module for module in self.modules if not _comes_with_keras(module))
        inside = [f"import {module}" for module in apart if module.startswith("keras.")]
        own = [f"import {module}" for module in apart if not module.startswith("keras.")]
        froms = [f"from keras import {', '.join(short)}"] if short else []
        return ["import keras", *inside, *froms, *(["", *own] if own else [])]


def _comes_with_keras(module: str) -> bool:
    return module.startswith("keras.") and not module.startswith("keras.src.")


def value_code(argument: str, value: Any, path: str, imports: Imports) -> Code:
    """Return the code of an argument's value; nodes become calls."""
    match kind_of(value):
        case "op":
            return imports.name(value["op"], "op", path)
        case "type":
            return node_code(value, area_of_argument(argument), path, imports)
    match value:
        case Inner():
            return f"{imports.builder(value.graph, value.name)}()"
        case str() if argument in NEEDS_OBJECT:
            return node_code({"type": value}, area_of_argument(argument), path, imports)
        case Mapping():
            items = ((f"{k!r}: ", value_code(str(k), v, path, imports)) for k, v in value.items())
            return Bracket("", tuple(items), "{", "}")
        case list() | tuple():
            parts = tuple(value_code(argument, item, path, imports) for item in value)
            return Bracket("", parts, "[", "]")
        case str():
            return text(value)
        case float():
            return repr(value) if math.isfinite(value) else f'float("{value}")'
        case _:
            return repr(value)


def node_code(node: Mapping[str, Any], area: str, path: str, imports: Imports) -> Code:
    """Return the call that makes what a node describes."""
    named = {
        key: value_code(key, value, f"{path}.{key}", imports)
        for key, value in node.items()
        if key != "type"
    }
    return call(imports.name(node["type"], area, path), **named)


def text(value: str) -> str:
    """Write a text in double quotes, as formatters do."""
    plain = repr(value)
    if '"' in value or plain.startswith('"'):
        return plain
    return f'"{plain[1:-1]}"'
