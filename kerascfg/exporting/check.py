"""The check of the `export` group: names, nodes and tolerances, without anything heavy."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from kerascfg import naming
from kerascfg.errors import Problem
from kerascfg.exporting.calibration import read_calibration

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_TAKEN = ("manifest.json", "deliveries.csv", "deliveries.png", "model_card.md")


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
    problems = []
    for name, node in nodes.items():
        at = f"{path}.{name}"
        problems += _check_name(name, at) + naming.check_node(node, "target", at)
        if isinstance(node, Mapping):
            problems += _check_number(node, "tolerance", at) + _check_number(node, "max_drop", at)
            problems += _check_drop(node, at)
            if "calibration" in node:
                problems += read_calibration(node["calibration"], f"{at}.calibration")[1]
    return problems


def _check_name(name: str, path: str) -> list[Problem]:
    """Check a name that becomes a folder below `exports/`, on every system."""
    if _NAME.fullmatch(name) and name.lower() not in _TAKEN and not name.endswith("."):
        return []
    taken = ", ".join(_TAKEN)
    expected = f"expected a name for a folder: letters, digits and . _ - (and none of {taken})"
    return [Problem(path, f"{expected}. Received: {name!r}")]


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
    if node.get("max_drop") is None or (mode and not str(mode).startswith("keras_")):
        return []
    return [
        Problem(
            f"{path}.max_drop",
            "expected a quantize whose layers can be kept in float, with max_drop. "
            f"Received: quantize={mode}",
            hint="say quantize: int8, or take max_drop away",
        )
    ]
