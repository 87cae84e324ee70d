"""`kerascfg export`, `python export.py`: deliver from a finished run."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kerascfg.cli.running import run_subcommand

_HELP = """\
Deliver from a finished run: convert its model, run each artefact in its own runtime, compare.

  python export.py run=DIR                      the targets of the run's own config
  python export.py run=DIR export=[litert]      these targets; all for every one
  python export.py run=DIR export=[litert] export.litert.tolerance=1e-6

Exit status: 0 delivered; 1 failed; 2 wrong arguments; 3 an artefact disagrees with the model.
"""


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit status."""
    return run_subcommand(argv, _HELP, _export)


def _export(argv: list[str]) -> int:
    """Deliver from one run."""
    run, targets = _read(argv)
    from kerascfg.interpreter import deliver
    from kerascfg.runs import exit_status_of
    from kerascfg.screen import open_console

    return exit_status_of(lambda: deliver(run, targets, open_console()))


def _read(argv: list[str]) -> tuple[Any, dict[str, Any]]:
    """Read the run and the targets from the arguments.

    Raises:
        ConfigError: an argument is wrong, or there is no such run.
    """
    from kerascfg.config.entry import compose_export
    from kerascfg.errors import COMMAND_LINE, ConfigError, Problem
    from kerascfg.exporting import check_export
    from kerascfg.runs import open_run

    stated, overrides = [], []
    for argument in argv:
        (stated if argument.startswith("run=") else overrides).append(argument)
    if len(stated) != 1:
        raise ConfigError(
            Problem("run", "expected one run=DIR", fix="run=runs/NAME/TIME", place=COMMAND_LINE)
        )
    targets, problems = compose_export(overrides, check_export)
    run = None
    try:
        run = open_run(stated[0].removeprefix("run=").strip("\"'"))
    except ConfigError as error:
        problems = [*(replace(p, place=COMMAND_LINE) for p in error.problems), *problems]
    if problems or run is None:
        raise ConfigError(problems)
    if targets is None:
        targets = run.config().get("export") or {}
        if found := check_export(targets):
            raise ConfigError(found)
    if not targets:
        raise ConfigError(
            Problem("export", "expected targets; the run's config names none", fix="export=all")
        )
    return run, targets
