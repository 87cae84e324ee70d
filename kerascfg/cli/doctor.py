"""`kerascfg doctor`: what works on this machine, and what fixes the rest."""

from __future__ import annotations

import json
from typing import Any

from kerascfg.cli.running import run_subcommand

_HELP = """\
Say which targets and strategies work on this machine, why the others do not, and the one line that
fixes each. Packages are imported in processes of their own, so that a broken install is told from
a missing one; nothing is changed.

  kerascfg doctor               the table
  kerascfg doctor --json        {"findings": [{"kind", "name", "works", "reason", "fix"}, ...]}
  kerascfg doctor --make NAME   make a tool environment (PyTorch, say), once; pip and npm are used

Exit status: 0 looked, or made; 1 it could not be made; 2 wrong arguments.
"""


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit status."""
    return run_subcommand(argv, _HELP, _doctor)


def _doctor(argv: list[str]) -> int:
    """Look, or make a tool environment."""
    from kerascfg.errors import COMMAND_LINE, ConfigError, Problem

    match argv:
        case [] | ["--json"]:
            return _look(as_json=bool(argv))
        case ["--make", name]:
            return _make(name)
        case _:
            message = f"expected nothing, --json, or --make NAME. Received: {' '.join(argv)}"
            raise ConfigError(Problem("doctor", message, place=COMMAND_LINE))


def _look(*, as_json: bool) -> int:
    from dataclasses import asdict

    from kerascfg.doctor import examine, findings_table
    from kerascfg.screen import open_console

    findings = examine()
    if as_json:
        told: dict[str, Any] = {"findings": [asdict(finding) for finding in findings]}
        print(json.dumps(told, indent=2))
    else:
        open_console().print(findings_table(findings))
    return 0


def _make(name: str) -> int:
    """Make a tool environment; one that is broken is made again.

    Raises:
        ConfigError: there is none of that name.
    """
    from kerascfg.errors import COMMAND_LINE, ConfigError, Problem
    from kerascfg.exporting.tools import TOOLS, make_tool

    names = [tool.name for tool in TOOLS]
    if name not in names:
        message = f"expected one of {', '.join(names)}. Received: {name}"
        raise ConfigError(Problem("--make", message, place=COMMAND_LINE))
    make_tool(name)
    return 0
