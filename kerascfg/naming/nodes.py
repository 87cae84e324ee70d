"""A node is `{type: Name, argument: value, ...}`, or `Name` alone; everything configurable is one.

`check_node` reads signatures from source and imports nothing; `build_node` makes the object.
An argument that is itself a node, or a list of nodes, is built first; `{op: name}` as an argument
is the function itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerascfg.errors import ConfigError, Problem, RunError, did_you_mean, unknown_key
from kerascfg.naming.areas import NEEDS_OBJECT, REQUIRED_VALUE, area_of_argument, argument_within
from kerascfg.naming.expressions import (
    ExpressionError,
    check_expressions,
    evaluate,
    is_expression,
)
from kerascfg.naming.identifiers import check_identifier
from kerascfg.naming.names import Found, find, import_object

KINDS = ("type", "op", "block", "share")
"""The keys that say what a node is; a mapping that states one of them with a text is a node."""
_IDENTIFYING = ("keras.", "kerascfg.layers.")
"""Whose arguments are looked up by Keras where a text stands for an activation or a dtype."""


def kind_of(value: Any) -> str | None:
    """Return which of `KINDS` makes the value a node, or None where it is no such mapping."""
    if isinstance(value, Mapping):
        return next((kind for kind in KINDS if isinstance(value.get(kind), str)), None)
    return None


def split_node(node: Any) -> tuple[str, dict[str, Any]] | None:
    """Return name and arguments of `Name` or `{type: Name, ...}`, or None where it is no node."""
    if isinstance(node, str):
        return node, {}
    if kind_of(node) == "type":
        return node["type"], {key: value for key, value in node.items() if key != "type"}
    return None


def check_node(
    node: Any,
    area: str,
    path: str,
    names: frozenset[str] = frozenset(),
    given: frozenset[str] = frozenset(),
) -> list[Problem]:
    """Check a node: its name, its arguments, and the nodes among them.

    Args:
        node: `Name` or `{type: Name, argument: value}`.
        area: where its short name is looked up.
        path: where it stands in the config.
        names: the names that expressions may use here besides the facts.
        given: arguments that whoever builds the node supplies itself.
    """
    parts = split_node(node)
    if parts is None:
        if isinstance(node, Mapping) and "type" in node:
            received = f"type: {node['type']!r}"
        else:
            received = repr(node)
        return [Problem(path, f"expected a node ({{type: Name, ...}}). Received: {received}")]
    name, arguments = parts
    if name == REQUIRED_VALUE:
        return [Problem(path, "required, but not given", fix=f"{path}=...")]
    at = path if isinstance(node, str) else f"{path}.type"
    found = find(name, area, at)
    if isinstance(found, Problem):
        return [found, *check_as_meant(found, area, arguments, path, names)]
    return check_arguments(found, arguments, path, names, given)


def check_as_meant(
    problem: Problem,
    area: str,
    arguments: Mapping[str, Any],
    path: str,
    names: frozenset[str] = frozenset(),
) -> list[Problem]:
    """Check the arguments of a misspelled name against what was meant, missing ones aside.

    Args:
        problem: of the name, whose fix says what was meant.
        area: where the name was looked up.
        arguments: name -> value.
        path: where the node stands in the config.
        names: the names that expressions may use here besides the facts.
    """
    meant = find((problem.fix or "").partition("=")[2], area, path) if problem.fix else problem
    if isinstance(meant, Problem):
        return []
    given = frozenset(meant.signature.required) - arguments.keys()
    return check_arguments(meant, arguments, path, names, given)


def check_arguments(
    found: Found,
    arguments: Mapping[str, Any],
    path: str,
    names: frozenset[str] = frozenset(),
    given: frozenset[str] = frozenset(),
) -> list[Problem]:
    """Check arguments against the signature of what they are for.

    Args:
        found: the class or function.
        arguments: name -> value.
        path: where the node stands in the config.
        names: the names that expressions may use here besides the facts.
        given: arguments that the caller supplies itself.
    """
    known = found.signature.arguments
    options = set(known) - given - {"name"}
    misspelled = {did_you_mean(str(name), options) for name in arguments if name not in known}
    problems = []
    for name, value in arguments.items():
        at = f"{path}.{name}"
        if value == REQUIRED_VALUE and name in misspelled:
            continue
        if name in known or (found.signature.open and isinstance(name, str)):
            problems += _check_plain(found, name, value, at) or check_value(name, value, at, names)
        else:
            problems.append(unknown_key(path, name, options, f"an argument of {found}", value))
    for name in found.signature.required:
        if name not in arguments and name not in given and name not in misspelled:
            problems.append(
                Problem(
                    f"{path}.{name}",
                    f"{found} requires `{name}`, but it is not given",
                    fix=f"{path}.{name}=...",
                )
            )
    return problems


def check_value(
    argument: str, value: Any, path: str, names: frozenset[str] = frozenset()
) -> list[Problem]:
    """Check the value of one argument: nodes inside it, expressions, values still required."""
    if value == REQUIRED_VALUE:
        return [Problem(path, "required, but not given", fix=f"{path}=...")]
    kind = kind_of(value)
    if kind == "op":
        found = find(value["op"], "op", f"{path}.op")
        extra = [key for key in value if key != "op"]
        problems = [unknown_key(path, key, (), "nothing but `op` here") for key in extra]
        return [found, *problems] if isinstance(found, Problem) else problems
    if kind == "type" or (argument in NEEDS_OBJECT and isinstance(value, str)):
        return check_node(value, area_of_argument(argument), path, names)
    match value:
        case Mapping():
            items = [(argument_within(argument, str(k)), str(k), v) for k, v in value.items()]
        case list():
            items = [(argument, str(index), item) for index, item in enumerate(value)]
        case _:
            return check_expressions(value, names, path)
    return [p for arg, key, item in items for p in check_value(arg, item, f"{path}.{key}", names)]


def _check_plain(found: Found, name: str, value: Any, path: str) -> list[Problem]:
    """Check a value that stands for itself against what the argument takes."""
    if is_expression(value) or value == REQUIRED_VALUE or kind_of(value) or name in NEEDS_OBJECT:
        return []
    kind = found.signature.kinds.get(name)
    problem = kind.check(value, path) if kind else None
    if problem is None and found.definition.module.startswith(_IDENTIFYING):
        problem = check_identifier(value, area_of_argument(name), path)
    return [problem] if problem else []


def build_node(
    node: Any, area: str, path: str, scope: Mapping[str, Any] | None = None, **extra: Any
) -> Any:
    """Make the object that a node describes.

    Args:
        node: `Name` or `{type: Name, argument: value}`.
        area: where its short name is looked up.
        path: where it stands in the config.
        scope: values of the names in expressions.
        extra: further arguments, where the node itself does not state them.

    Raises:
        ConfigError: the name or an argument is wrong, or the constructor refuses its arguments.
    """
    parts = split_node(node)
    if parts is None:
        raise ConfigError(Problem(path, f"expected a node. Received: {node!r}"))
    name, arguments = parts
    thing = load_object(name, area, path if isinstance(node, str) else f"{path}.type")
    values = {
        key: build_value(key, value, f"{path}.{key}", scope) for key, value in arguments.items()
    }
    return call(thing, {**extra, **values}, path)


def load_object(name: str, area: str, path: str) -> Any:
    """Import the class or function that `name` names.

    Raises:
        ConfigError: unknown, not allowed, or its module cannot be imported.
    """
    found = find(name, area, path)
    thing = found if isinstance(found, Problem) else import_object(found, path)
    if isinstance(thing, Problem):
        raise ConfigError(thing)
    return thing


def build_value(
    argument: str, value: Any, path: str, scope: Mapping[str, Any] | None = None
) -> Any:
    """Make the value of an argument: nodes are built, expressions evaluated, the rest is itself."""
    match kind_of(value):
        case "op":
            return load_object(value["op"], "op", f"{path}.op")
        case "type":
            return build_node(value, area_of_argument(argument), path, scope)
    match value:
        case str() if argument in NEEDS_OBJECT:
            return build_node(value, area_of_argument(argument), path, scope)
        case str() if is_expression(value):
            try:
                return evaluate(value, scope or {})
            except ExpressionError as error:
                raise ConfigError(Problem(path, str(error))) from error
        case Mapping():
            return {
                key: build_value(argument_within(argument, str(key)), item, f"{path}.{key}", scope)
                for key, item in value.items()
            }
        case list():
            return [build_value(argument, v, f"{path}.{i}", scope) for i, v in enumerate(value)]
        case _:
            return value


def call(thing: Any, arguments: Mapping[str, Any], path: str) -> Any:
    """Call a constructor or function; what it refuses is a problem of the node at `path`."""
    try:
        return thing(**arguments)
    except (ConfigError, RunError):
        raise
    except Exception as error:
        name = getattr(thing, "__name__", str(thing))
        raise ConfigError(Problem(path, f"{name} refused its arguments: {error}")) from error
