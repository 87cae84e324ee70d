"""`kerascfg diff`: what two runs differ in."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from kerascfg.cli.running import run_subcommand

if TYPE_CHECKING:
    from rich.table import Table

    from kerascfg.runs import Difference, Run

_HELP = """\
Say what two runs differ in: config, code, packages, data, devices, metrics.

  kerascfg diff runs/digits_cnn/ONE runs/digits_cnn/TWO
  kerascfg diff ONE TWO --json     {"differences": [{"section", "key", "first", "second"}, ...]}

Exit status: 0 they do not differ; 1 they do, or a file of one cannot be read; 2 wrong arguments.
"""


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit status."""
    return run_subcommand(argv, _HELP, _diff)


def _diff(argv: list[str]) -> int:
    """Compare two runs."""
    from dataclasses import asdict

    from kerascfg.runs import differences
    from kerascfg.screen import open_console

    first, second = open_runs([argument for argument in argv if argument != "--json"], 2)
    found = differences(first, second)
    if "--json" in argv:
        print(json.dumps({"differences": [asdict(each) for each in found]}, indent=2))
    elif found:
        open_console().print(differences_table(found))
    else:
        print("no differences")
    return 1 if found else 0


def open_runs(arguments: Sequence[str], count: int) -> list[Run]:
    """Open the runs that the arguments name, as `DIR` or `run=DIR`.

    Raises:
        ConfigError: there are more or fewer, or one of them is no run.
    """
    from dataclasses import replace

    from kerascfg.errors import COMMAND_LINE, ConfigError, Problem
    from kerascfg.runs import open_run

    if len(arguments) != count or any(argument.startswith("-") for argument in arguments):
        what = "the directory of a run" if count == 1 else f"the directories of {count} runs"
        message = f"expected {what}. Received: {' '.join(arguments) or 'nothing'}"
        raise ConfigError(Problem("run", message, place=COMMAND_LINE))
    runs, problems = [], []
    for argument in arguments:
        try:
            runs.append(open_run(argument.removeprefix("run=")))
        except ConfigError as error:
            problems += [replace(p, fix=None, place=COMMAND_LINE) for p in error.problems]
    if problems:
        raise ConfigError(problems)
    return runs


def differences_table(found: Sequence[Difference]) -> Table:
    """Return differences as a table for the terminal."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for name in ("", "key", "first", "second"):
        table.add_column(name, overflow="fold")
    section = ""
    for each in found:
        table.add_row(
            Text("" if each.section == section else each.section, style="bold"),
            Text(each.key),
            Text(_spelled(each.first)),
            Text(_spelled(each.second)),
        )
        section = each.section
    return table


def _spelled(value: Any) -> str:
    from kerascfg.errors import printable

    return printable(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
