"""What is found: a line for each target, strategy and tool environment."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

from kerascfg import naming
from kerascfg.doctor.nodes import targets_looked_at
from kerascfg.doctor.trying import AGAIN, try_strategies
from kerascfg.exporting.order import missing_program
from kerascfg.exporting.target import Target
from kerascfg.exporting.tools import TOOLS, Tool, is_here, lacking, tool_folder, trouble
from kerascfg.exporting.tools.trying import LIMIT_SECONDS, Trouble, try_import

Kind = Literal["target", "strategy", "tool"]
_TENSORFLOW = "tensorflow"
"""Imported first: the strategies are made when that went well."""
_AT_ONCE = 2


@dataclass(frozen=True)
class Finding:
    """Whether something works here.

    Attributes:
        kind: what it is.
        name: its name in a config (of a target, that of its file in `conf/export/`); for a tool,
            what `--make` takes.
        works: whether it works.
        reason: why not; of a strategy that works, the devices.
        fix: the one line that mends it, empty where it works or nobody knows.
    """

    kind: Kind
    name: str
    works: bool
    reason: str = ""
    fix: str = ""


def examine() -> list[Finding]:
    """Look at every target, strategy and tool environment; nothing is changed."""
    targets = targets_looked_at()
    wanted = {_TENSORFLOW} | {name for target in targets.values() for name in target.requires}
    found = sorted(filter(_is_found, wanted), key=lambda name: name != _TENSORFLOW)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        tried = {name: pool.submit(try_import, name, os.environ) for name in found}
        looked = {tool.name: pool.submit(_tool, tool) for tool in TOOLS}
        strategies = _strategies(tried.get(_TENSORFLOW))
    packages = {name: future.result() for name, future in tried.items()}
    tools = {name: future.result() for name, future in looked.items()}
    return [
        *(_target(name, target, packages, tools) for name, target in targets.items()),
        *strategies,
        *tools.values(),
    ]


def _is_found(name: str) -> bool:
    """Tell whether there is something of that name to import."""
    return importlib.util.find_spec(name) is not None


def _target(
    name: str,
    target: Target,
    packages: Mapping[str, Trouble | None],
    tools: Mapping[str, Finding],
) -> Finding:
    missing = [install for module, install in target.requires.items() if module not in packages]
    if missing:
        reason, fix = f"not installed: {', '.join(missing)}", f"pip install {' '.join(missing)}"
        return Finding("target", name, False, reason, fix)
    for module, install in target.requires.items():
        if trouble := packages[module]:
            return Finding("target", name, False, *_of_package(install, trouble))
    for tool in target.tools:
        if not tools[tool].works:
            return Finding("target", name, False, tools[tool].reason, tools[tool].fix)
    if trouble := missing_program(target):
        reason, _, fix = trouble.partition("; ")
        return Finding("target", name, False, reason, fix)
    return Finding("target", name, True)


def _of_package(install: str, trouble: Trouble) -> tuple[str, str]:
    """Say what is the matter with a package that is installed, and what mends it."""
    if trouble.unanswered:
        return f"{install} {trouble.reason}", AGAIN
    reason = f"{install} is installed and cannot be imported: {trouble.reason}"
    return reason, f"pip install --force-reinstall {install}"


def _strategies(tensorflow: Future[Trouble | None] | None) -> list[Finding]:
    """Make the strategies, unless TensorFlow is not here or in trouble by itself."""
    names = naming.names_of_area("strategy")
    if tensorflow is None:
        hindrance = f"not installed: {_TENSORFLOW}", f"pip install {_TENSORFLOW}"
    elif trouble := tensorflow.result():
        hindrance = _of_package(_TENSORFLOW, trouble)
    else:
        return [Finding("strategy", name, **made) for name, made in try_strategies(names).items()]
    return [Finding("strategy", name, False, *hindrance) for name in names]


def _tool(tool: Tool) -> Finding:
    """Say whether a tool environment is made, and whether it works."""
    folder = tool_folder(tool.name)
    if not folder and not is_here(tool):
        state = f"kept apart, not made yet (about {tool.megabytes} MB)"
        if tool.place.exists():
            state = "it was made, and parts of it are missing"
        return _to_make(tool, state)
    if not (problem := trouble(tool, folder, LIMIT_SECONDS)):
        return Finding("tool", tool.name, True, f"{tool.holds}: {folder or 'in this environment'}")
    if problem.unanswered:
        return Finding("tool", tool.name, False, f"{tool.holds}: {problem.reason}", AGAIN)
    return _to_make(tool, problem.reason)


def _to_make(tool: Tool, state: str) -> Finding:
    """Say what state a tool is in that is to be made, and what its user needs and knows before."""
    reasons, fix = [f"{tool.holds}: {state}"], f"kerascfg doctor --make {tool.name}"
    if lacks := lacking(tool):
        what, _, way = lacks.partition("; ")
        reasons, fix = [*reasons, what], f"{way}, then {fix}"
    if tool.note:
        reasons.append(tool.note)
    return Finding("tool", tool.name, False, "; ".join(reasons), fix)
