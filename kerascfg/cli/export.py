"""`kerascfg export`, `python export.py`: deliver from a finished run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from kerascfg.cli.running import run_subcommand

if TYPE_CHECKING:
    from kerascfg.errors import Problem

_HELP = """\
Deliver from a finished run: convert its model, run each artefact in its own runtime, compare.

  python export.py run=DIR                      the targets of the run's own config
  python export.py run=DIR export=[litert]      these targets; all for every one
  python export.py run=DIR export=[litert] export.litert.tolerance=1e-6
  python export.py run=DIR export=all gate.max_drop=0.01 gate.max_ms=5
  python export.py run=DIR --check              are the files those of the manifest? nothing is run

A gate makes it an exit status for CI: max_drop is by how much the metric may be worse than Keras's,
max_ms what the median call with one sample may take; gate.targets=[litert] names those that must
be delivered and keep to it. Left out, the gate of the run's own config holds.

In exports/ of the run: each artefact, manifest.json, deliveries.csv, deliveries.png, MODEL_CARD.md.

Exit status: 0 delivered; 1 failed; 2 wrong arguments; 3 an artefact disagrees with the model, or
the gate is not met.
"""


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit status."""
    return run_subcommand(argv, _HELP, _export)


def _export(argv: list[str]) -> int:
    """Deliver from one run."""
    if "--check" in argv:
        return _check_files([argument for argument in argv if argument != "--check"])
    run, targets, gate = _read(argv)
    from kerascfg.interpreter import deliver
    from kerascfg.runs import exit_status_of
    from kerascfg.screen import open_console

    return exit_status_of(lambda: deliver(run, targets, open_console(), gate))


def _check_files(argv: list[str]) -> int:
    """Compare the files of a run's deliveries with the manifest."""
    from kerascfg.cli.diff import open_runs
    from kerascfg.exporting import check_deliveries
    from kerascfg.screen import open_console, say

    (run,) = open_runs(argv, 1)
    found = check_deliveries(run.directory)
    for target, problem in found.items():
        say(open_console(), target, problem or "as its manifest describes it")
    if not found:
        print("nothing was delivered")
    return 1 if any(found.values()) else 0


def _read(argv: list[str]) -> tuple[Any, dict[str, Any], Any]:
    """Read the run, the targets and the gate from the arguments.

    Raises:
        ConfigError: an argument is wrong, or there is no such run.
    """
    from kerascfg.config.entry import compose_export
    from kerascfg.errors import COMMAND_LINE, ConfigError, Problem
    from kerascfg.exporting import read_gate
    from kerascfg.runs import open_run

    stated, overrides = [], []
    for argument in argv:
        (stated if argument.startswith("run=") else overrides).append(argument)
    if len(stated) != 1:
        raise ConfigError(
            Problem("run", "expected one run=DIR", fix="run=runs/NAME/TIME", place=COMMAND_LINE)
        )
    said, problems = compose_export(overrides, _check)
    run = None
    try:
        run = open_run(stated[0].removeprefix("run=").strip("\"'"))
    except ConfigError as error:
        problems = [*(replace(p, place=COMMAND_LINE) for p in error.problems), *problems]
    if problems or run is None:
        raise ConfigError(problems)
    own = run.config()
    merged = {key: said.get(key, own.get(key)) or {} for key in ("export", "gate")}
    if found := _check(merged):
        raise ConfigError(found)
    if not merged["export"]:
        raise ConfigError(
            Problem("export", "expected targets; the run's config names none", fix="export=all")
        )
    return run, merged["export"], read_gate(merged["gate"], None)[0]


def _check(said: Mapping[str, Any]) -> list[Problem]:
    """Check targets and gate, as far as they are stated."""
    from kerascfg.exporting import check_export, read_gate

    export = said.get("export")
    return [*check_export(export), *read_gate(said.get("gate"), export)[1]]
