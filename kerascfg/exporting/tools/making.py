"""Making a tool: its packages are installed beside its place, tried, and take it by renames."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from kerascfg.errors import RunError
from kerascfg.exporting.tools.table import (
    PACKAGE,
    PYTHON,
    REQUIREMENTS,
    Tool,
    lacking,
    missing_parts,
    overlaid,
    tool_named,
)
from kerascfg.exporting.tools.trying import Trouble, try_import
from kerascfg.exporting.workshop import locked, swap

LIMIT_SECONDS = 300.0
"""For the import of a module: the first one after an install compiles, from a disk that is cold."""
_TAIL_LINES = 12


def make_tool(name: str, say: Callable[[str], None] = print) -> Path:
    """Make a tool of `TOOLS` unless it is made already; `make` says how."""
    return make(tool_named(name), say)


def make(tool: Tool, say: Callable[[str], None], *, limit_seconds: float = LIMIT_SECONDS) -> Path:
    """Install a tool's packages beside its place, try them, and rename; return the place.

    pip and npm are configured by their own files and variables (indexes, constraints, proxies). A
    broken tool stays where it is until another works.

    Args:
        tool: what to make.
        say: told what happens, a line at a time.
        limit_seconds: how long the import of a module may take.

    Raises:
        RunError: pip or npm is not here or failed, what was installed does not work, another
            process is making the tool, or one that is made did not answer in time.
    """
    place = tool.place
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.with_suffix(".lock").open("a+b") as lock:
        if not locked(lock):
            raise RunError(f"the tool {tool.name} is being made by another process; wait for it")
        problem = trouble(tool, place, limit_seconds)
        if not problem:
            say(f"{tool.name} is made already: {place}")
            return place
        if problem.unanswered:
            raise RunError(
                f"the tool {tool.name} is made, and {problem.reason}; try again when the machine "
                f"has less to do, or remove {place}"
            )
        if lacks := lacking(tool):
            what, _, fix = lacks.partition("; ")
            raise RunError(f"the tool {tool.name} cannot be made: {what}; first: {fix}")
        scratch = place.with_suffix(".making")
        shutil.rmtree(scratch, ignore_errors=True)  # of a process that was killed
        try:
            made = scratch / "made"
            made.mkdir(parents=True)
            _install(tool, made, say)
            if problem := trouble(tool, made, limit_seconds):
                raise RunError(
                    f"the tool {tool.name} was installed and does not work: {problem.reason}"
                )
            swap(made, place)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    say(f"{tool.name} is made: {place}")
    return place


def trouble(tool: Tool, folder: Path | None, limit_seconds: float) -> Trouble | None:
    """Look whether a tool's folder is whole, and import its modules in processes of their own.

    Args:
        tool: what is looked at.
        folder: where it lies; None where its modules are in this environment.
        limit_seconds: how long the import of a module may take.

    Returns:
        What is the matter, or None.
    """
    if folder and (missing := missing_parts(tool, folder)):
        more = f" and {len(missing) - 1} more" if missing[1:] else ""
        return Trouble(f"parts of it are missing: {missing[0]}{more}")
    environment = overlaid(dict(os.environ), [folder] if folder else [])
    for module in tool.modules:
        if problem := try_import(module, environment, limit_seconds=limit_seconds):
            said = problem.reason if problem.unanswered else f"cannot be imported: {problem.reason}"
            return replace(problem, reason=f"{module} {said}")
    return None


def _install(tool: Tool, folder: Path, say: Callable[[str], None]) -> None:
    files = {file.name: file for file in tool.pin_files()}
    say(f"making {tool.name}: {tool.holds}, about {tool.megabytes} MB")
    if tool.note:
        say(tool.note)
    if REQUIREMENTS in files:
        into = ["--no-deps", "--target", str(folder / PYTHON)]
        install = ["install", *into, "--requirement", str(files[REQUIREMENTS])]
        _run(tool, [sys.executable, "-m", "pip", *install], folder)
    if PACKAGE in files:
        for file in files.values():
            shutil.copy(file, folder)
        npm = shutil.which("npm")
        assert npm, "a tool is not made without what making it takes"
        _run(tool, [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], folder)


def _run(tool: Tool, command: list[str], folder: Path) -> None:
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if ran.returncode:
        note = f"\n{tool.note}" if tool.note else ""
        raise RunError(
            f"the tool {tool.name} could not be made: {Path(command[0]).name} ended with status "
            f"{ran.returncode}{note}\n{_tail(ran.stderr or ran.stdout)}"
        )


def _tail(text: str) -> str:
    return "\n".join([line for line in text.splitlines() if line.strip()][-_TAIL_LINES:])
