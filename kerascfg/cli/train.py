"""`kerascfg train`, `python train.py`: compose, check, train, evaluate, export, report."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from kerascfg.cli.running import stoppable

if TYPE_CHECKING:
    from kerascfg.errors import Locate, Problem
    from kerascfg.runs import Run
    from kerascfg.runs.lock import Lock


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit status."""
    argv = sys.argv[1:] if argv is None else argv
    if {"-h", "--help"} & set(argv):
        from kerascfg.cli.help import print_help

        print_help()
        return 0
    if "--version" in argv:
        from kerascfg.cli import print_version

        print_version()
        return 0
    return stoppable(lambda: _train(argv), argv)


def _train(argv: list[str]) -> int:
    if any(argument.startswith("run=") for argument in argv):
        from kerascfg.cli.resume import resume

        return resume(argv)
    from kerascfg.config.entry import Command, run_command

    return run_command(
        argv,
        Command(
            "train",
            check=check,
            job=train_job,
            directory=name_directory,
            open=open_run,
            open_sweep=open_sweep,
            sweep_done=report_sweep,
            follows=follows,
        ),
    )


def check(config: dict[str, Any]) -> list[Problem]:
    """Return what is wrong with a config; `--cfg job` need not import the rooms for it."""
    from kerascfg.checking import check

    return check(config)


def name_directory(name: str, kind: Literal["run", "sweep"]) -> Path:
    """Name the directory of a run or a sweep."""
    from kerascfg.runs import default_directory

    return default_directory(name, kind)


def open_run(directory: Path, config: dict[str, Any]) -> Run | None:
    """Make a run's directory and lock it, or go on with the run that is there.

    Returns:
        The run; None where it has finished by this very config, which is said.
    """
    from kerascfg.runs import begin_run

    run = begin_run(directory, config)
    if run is None:
        say_finished(directory)
    return run


def say_finished(directory: Path) -> None:
    """Say that nothing is left to do."""
    from kerascfg.errors import display
    from kerascfg.screen import open_console, say

    say(open_console(), "run", f"{display(directory)} has finished; nothing is left to do")


def open_sweep(directory: Path) -> Lock:
    """Make a sweep's directory and lock it."""
    from kerascfg.runs import create_sweep

    return create_sweep(directory)


def train_job(config: dict[str, Any], run: Run, locate: Locate) -> int:
    """Train one config in its run's directory; return the exit status."""
    from kerascfg.own_process import train_here_or_apart
    from kerascfg.runs import run_job
    from kerascfg.screen import open_console

    return run_job(run, lambda: train_here_or_apart(config, run, open_console()), locate)


def follows(config: Mapping[str, Any]) -> bool:
    """Tell whether another machine's process writes the run of which this one does a part."""
    from kerascfg.strategy.multi_worker import follows

    return follows(config.get("strategy"))


def report_sweep(directory: Path, config: Mapping[str, Any]) -> int:
    """Print the table over a sweep's jobs, write it, and return the worst exit status."""
    from kerascfg.errors import RunError
    from kerascfg.runs import leaderboard_table, worst_status, write_leaderboard
    from kerascfg.screen import open_console

    console, metric = open_console(), config.get("rank_by")
    try:
        jobs = write_leaderboard(directory, metric)
    except RunError as error:
        print(error, file=sys.stderr)
        return error.exit_status
    console.print(leaderboard_table(jobs, metric))
    console.print(f"written to {directory / 'leaderboard.csv'}", soft_wrap=True)
    return worst_status(jobs)
