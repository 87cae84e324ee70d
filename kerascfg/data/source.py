"""Open the source that a config names, or peek at it."""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

from kerascfg.data.failing import without_failing
from kerascfg.data.objects import EXPECTED, as_table, is_data
from kerascfg.data.peek import Peek
from kerascfg.data.table import Table, check_table
from kerascfg.errors import ConfigError, Problem, RunError
from kerascfg.naming import build_value, check_node, find, load_object, split_node

_OWN = "kerascfg.data.sources."


def peek_source(node: Any, path: str) -> Peek:
    """Check a source node, then its files as far as that is cheap; nothing of others is imported.

    Args:
        node: `Name` or `{type: Name, argument: value}`; from Python, a table itself.
        path: where it stands in the config.
    """
    if isinstance(node, Table):
        classes = len(node.class_names.get(node.target or "", ())) or None
        return Peek(tuple(node.columns), node.target, classes, spans=node.spans is not None)
    name, arguments = split_node(node) or ("", {})
    problems = check_node(node, "source", path) or _misplaced(arguments, path)
    if problems:
        return Peek(problems=tuple(problems))
    found = find(name, "source", path)
    if isinstance(found, Problem) or not found.definition.module.startswith(_OWN):
        return Peek()
    module = importlib.import_module(found.definition.module)
    return module.peek(arguments, path) if hasattr(module, "peek") else Peek()


def _misplaced(arguments: Mapping[str, Any], path: str) -> list[Problem]:
    """Refuse `on_error` beside the arguments of a source: it is said once, for the whole data."""
    if "on_error" not in arguments:
        return []
    received = arguments["on_error"]
    group = path.rpartition(".")[0]
    said = f"expected `{group}.on_error`, which sources are given. Received: {received}"
    fix = f"{group}.on_error={received} ~{path}.on_error"
    return [Problem(f"{path}.on_error", said, fix=fix)]


def open_source(node: Any, path: str, on_error: Literal["stop", "skip"] = "stop") -> Table:
    """Call the source that a node names.

    Args:
        node: `Name` or `{type: Name, argument: value}`; from Python, a table itself.
        path: where it stands in the config.
        on_error: whether a row that cannot be parsed or loaded stops the run, or is left out and
            listed in `Table.skipped`.

    Raises:
        ConfigError: the name or an argument is wrong.
        RunError: the data cannot be read, or it is no table that a run can use.
    """
    name, table = ("the table", node) if isinstance(node, Table) else _called(node, path, on_error)
    check_table(table, name)
    if on_error == "stop":
        return table
    kept = without_failing(table, path)
    return replace(kept, skipped=tuple(re.sub(r"\s*\n\s*", "; ", row) for row in kept.skipped))


def _called(node: Any, path: str, on_error: Literal["stop", "skip"]) -> tuple[str, Table]:
    """Return what to call a source and what it yields; one of the user's may yield plain arrays."""
    name, arguments = split_node(node) or ("", {})
    source = load_object(name, "source", path if isinstance(node, str) else f"{path}.type")
    values = {key: build_value(key, value, f"{path}.{key}") for key, value in arguments.items()}
    if "on_error" in inspect.signature(source).parameters:
        values["on_error"] = on_error
    try:
        yielded = source(**values)
    except (ConfigError, RunError):
        raise
    except Exception as error:
        raise RunError(f"{path}: {name} failed. {type(error).__name__}: {error}") from error
    if not is_data(yielded):
        received = type(yielded).__name__
        raise RunError(f"{path}: expected {name} to return {EXPECTED}. Received: {received}")
    place = arguments.get("path")
    return f"{name} {place}" if isinstance(place, str) else name, as_table(yielded, path)
