"""What is found: a line for each target, strategy and tool environment."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Literal

from kerascfg import naming
from kerascfg.doctor.trying import try_import, try_strategies
from kerascfg.exporting.order import missing_program
from kerascfg.exporting.target import Target, build_target
from kerascfg.exporting.tools import TOOLS, Tool, overlaid, tool_folder

Kind = Literal["target", "strategy", "tool"]
_TENSORFLOW = "tensorflow"
"""Not imported by itself: it is started for the strategies."""
_AT_ONCE = 2


@dataclass(frozen=True)
class Finding:
    """Whether something works here.

    Attributes:
        kind: what it is.
        name: its name in a config; for a tool, what `--make` takes.
        works: whether it works.
        reason: why not; of a strategy that works, the devices.
        fix: the one line that mends it, empty where it works.
    """

    kind: Kind
    name: str
    works: bool
    reason: str = ""
    fix: str = ""


def examine() -> list[Finding]:
    """Look at every target, strategy and tool environment; nothing is changed."""
    targets = {name: build_target(name, name) for name in naming.names_of_area("target")}
    strategies = naming.names_of_area("strategy")
    wanted = {name for target in targets.values() for name in target.requires} - {_TENSORFLOW}
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        started = pool.submit(try_strategies, strategies)
        tried = {
            name: pool.submit(try_import, name, os.environ) for name in wanted if _is_found(name)
        }
        looked = {tool.name: pool.submit(_tool, tool) for tool in TOOLS}
    made = started.result()
    packages = {name: future.result() for name, future in tried.items()}
    packages[_TENSORFLOW] = made if isinstance(made, str) else None
    tools = {name: future.result() for name, future in looked.items()}
    return [
        *(_target(name, target, packages, tools) for name, target in targets.items()),
        *(_strategy(name, made) for name in strategies),
        *tools.values(),
    ]


def _is_found(name: str) -> bool:
    """Tell whether there is something of that name to import."""
    return importlib.util.find_spec(name) is not None


def _target(
    name: str,
    target: Target,
    packages: Mapping[str, str | None],
    tools: Mapping[str, Finding],
) -> Finding:
    missing = [install for module, install in target.requires.items() if not _is_found(module)]
    if missing:
        reason, fix = f"not installed: {', '.join(missing)}", f"pip install {' '.join(missing)}"
        return Finding("target", name, False, reason, fix)
    for module, install in target.requires.items():
        if trouble := packages[module]:
            reason = f"{install} is installed and cannot be imported: {trouble}"
            return Finding(
                "target", name, False, reason, f"pip install --force-reinstall {install}"
            )
    for tool in target.tools:
        if not tools[tool].works:
            return Finding("target", name, False, tools[tool].reason, tools[tool].fix)
    if trouble := missing_program(target):
        reason, _, fix = trouble.partition("; ")
        return Finding("target", name, False, reason, fix)
    return Finding("target", name, True)


def _strategy(name: str, made: dict[str, dict[str, Any]] | str) -> Finding:
    if isinstance(made, str):
        fix = "pip install --force-reinstall tensorflow"
        if not _is_found(_TENSORFLOW):
            fix = "pip install tensorflow"
        return Finding("strategy", name, False, f"TensorFlow does not start: {made}", fix)
    return Finding("strategy", name, **made[name])


def _tool(tool: Tool) -> Finding:
    """Say whether a tool environment is made, and whether what is in it can be imported."""
    make = f"kerascfg doctor --make {tool.name}"
    folder = tool_folder(tool.name)
    environment = overlaid(dict(os.environ), [folder] if folder else [])
    here = bool(tool.modules) and all(_is_found(module) for module in tool.modules)
    if not folder and not here:
        reason = f"{tool.holds}: kept apart, not made yet (about {tool.megabytes} MB)"
        return Finding("tool", tool.name, False, reason, make)
    for module in tool.modules:
        if trouble := try_import(module, environment):
            reason = f"{tool.holds}: {module} cannot be imported: {trouble}"
            return Finding("tool", tool.name, False, reason, make)
    return Finding("tool", tool.name, True, f"{tool.holds}: {folder or 'in this environment'}")
