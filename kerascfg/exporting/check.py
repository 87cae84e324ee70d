"""The check of the `export` group: names, nodes and tolerances, without anything heavy.

It ends by making the targets, whose modules import nothing heavy: what a target's function refuses
is told before a model is trained for it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

from kerascfg import naming
from kerascfg.errors import ConfigError, Problem
from kerascfg.exporting.calibration import read_calibration
from kerascfg.exporting.target import build_target

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_TAKEN = ("manifest.json", "deliveries.csv", "deliveries.png", "model_card.md")
_WINDOWS_KEEPS = re.compile(r"(con|prn|aux|nul|(com|lpt)[0-9])(\..*)?", re.IGNORECASE)
"""Names of devices on Windows, where no folder can have them, whatever comes after a dot."""


def check_export(export: Any, path: str = "export") -> list[Problem]:
    """Check the `export` group of a config.

    Args:
        export: name -> node; a name whose node is None is a target taken away.
        path: where the group stands in the config.

    Returns:
        All problems, none where it can be delivered from.
    """
    match export:
        case None:
            return []
        case Mapping():
            nodes = {str(name): node for name, node in export.items() if node is not None}
        case _:
            return [
                Problem(
                    path,
                    f"expected a mapping of names to targets. Received: {export!r}",
                    hint="say `export: {litert: litert}`, or export=[litert] on the command line",
                )
            ]
    problems = _check_different(nodes, path)
    for name, node in nodes.items():
        at = f"{path}.{name}"
        problems += _check_name(name, at)
        problems += _check_stated(node, at) or _check_made(node, at)
    return problems


def _check_different(names: Iterable[str], path: str) -> list[Problem]:
    """Refuse names that differ in case alone: they are one folder on macOS and Windows."""
    first: dict[str, str] = {}
    return [
        Problem(
            f"{path}.{name}",
            f"expected a name that differs from `{other}` in more than case, since both become "
            f"folders. Received: {name!r}",
        )
        for name in names
        if (other := first.setdefault(name.casefold(), name)) != name
    ]


def _check_name(name: str, path: str) -> list[Problem]:
    """Check a name that becomes a folder below `exports/`, on every system."""
    spelled = _NAME.fullmatch(name) and not name.endswith(".")
    if spelled and name.casefold() not in _TAKEN and not _WINDOWS_KEEPS.fullmatch(name):
        return []
    taken = ", ".join(_TAKEN)
    expected = (
        f"expected a name for a folder: letters, digits and . _ - (and none of {taken}, nor what "
        "Windows keeps: con, nul, com1, ...)"
    )
    return [Problem(path, f"{expected}. Received: {name!r}")]


def _check_stated(node: Any, path: str) -> list[Problem]:
    """Check what a node says, as far as its function's signature and the values tell."""
    problems = naming.check_node(node, "target", path)
    if isinstance(node, Mapping):
        problems += _check_number(node, "tolerance", path) + _check_number(node, "max_drop", path)
        problems += _check_drop(node, path)
        if "calibration" in node:
            problems += read_calibration(node["calibration"], f"{path}.calibration")[1]
    return problems


def _check_made(node: Any, path: str) -> list[Problem]:
    """Make the target; return what its function refuses."""
    try:
        build_target(node, path)
    except ConfigError as error:
        return list(error.problems)
    return []


def _check_number(node: Mapping[str, Any], name: str, path: str) -> list[Problem]:
    number = node.get(name)
    if not isinstance(number, int | float) or isinstance(number, bool):
        return []  # an expression, a value still required, or no number: the node's check knows
    if math.isfinite(number) and number >= 0:
        return []
    expected = "expected a finite number, 0 or more"
    return [Problem(f"{path}.{name}", f"{expected}. Received: {number!r}")]


def _check_drop(node: Mapping[str, Any], path: str) -> list[Problem]:
    """Refuse a loss of accuracy where nothing is quantised that could be kept in float."""
    mode = node.get("quantize")
    if node.get("max_drop") is None or mode:
        return []
    return [
        Problem(
            f"{path}.max_drop",
            "expected a quantize whose layers can be kept in float, with max_drop. "
            f"Received: quantize={mode}",
            hint="say quantize: int8, or take max_drop away",
        )
    ]
