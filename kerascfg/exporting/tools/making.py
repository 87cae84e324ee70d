"""Making a tool: its packages are installed beside its place, tried, and renamed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from kerascfg.errors import RunError
from kerascfg.exporting.tools.table import (
    PACKAGE,
    PYTHON,
    REQUIREMENTS,
    Tool,
    made_folder,
    overlaid,
    tool_named,
)
from kerascfg.exporting.workshop import locked

_TAIL_LINES = 12


def make_tool(name: str, say: Callable[[str], None] = print) -> Path:
    """Make a tool of `TOOLS` unless it is made already; `make` says how."""
    return make(tool_named(name), say)


def make(tool: Tool, say: Callable[[str], None]) -> Path:
    """Install a tool's packages beside its place, try them, and rename; return the place.

    pip and npm are configured by their own files and variables (indexes, constraints, proxies).

    Args:
        tool: what to make.
        say: told what happens, a line at a time.

    Raises:
        RunError: pip or npm is not here or failed, what was installed cannot be imported, or
            another process is making the tool.
    """
    place = tool.place
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.with_suffix(".lock").open("a+b") as lock:
        if not locked(lock):
            raise RunError(f"the tool {tool.name} is being made by another process; wait for it")
        if (folder := made_folder(tool)) and not trouble(tool, folder):
            say(f"{tool.name} is made already: {folder}")
            return folder
        beside = place.with_suffix(".making")
        for left in (beside, place):  # of a process that was killed; of a tool that lost packages
            shutil.rmtree(left, ignore_errors=True)
        try:
            _install(tool, beside, say)
            if problem := trouble(tool, beside):
                raise RunError(f"the tool {tool.name} was installed and does not work: {problem}")
            beside.rename(place)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    say(f"{tool.name} is made: {place}")
    return place


def trouble(tool: Tool, folder: Path) -> str | None:
    """Import a made tool's modules in a process of its own; say what went wrong, or None."""
    if not tool.modules:
        return None
    environment = overlaid(dict(os.environ), [folder])
    command = [sys.executable, "-c", "; ".join(f"import {name}" for name in tool.modules)]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    return None if ran.returncode == 0 else _tail(ran.stderr) or f"status {ran.returncode}"


def _install(tool: Tool, folder: Path, say: Callable[[str], None]) -> None:
    files = {file.name: file for file in tool.pin_files()}
    folder.mkdir()
    say(f"making {tool.name}: {tool.holds}, about {tool.megabytes} MB")
    if REQUIREMENTS in files:
        into = ["--no-deps", "--target", str(folder / PYTHON)]
        install = ["install", *into, "--requirement", str(files[REQUIREMENTS])]
        _run(tool, [sys.executable, "-m", "pip", *install], folder)
    if PACKAGE in files:
        npm = shutil.which("npm")
        if not npm:
            raise RunError(f"the tool {tool.name} needs Node.js with npm; install it and try again")
        for file in files.values():
            shutil.copy(file, folder)
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
