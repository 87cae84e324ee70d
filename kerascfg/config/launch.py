"""Hand a clean command line to `hydra.main`, which runs its job or its sweep."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from kerascfg.config.arguments import quoted
from kerascfg.config.compose import CONFIG_NAME, Composed, hydra_files, job_config
from kerascfg.config.loader import VERSION_BASE, hydra_with_nodes
from kerascfg.errors import ConfigError, Locate, RunError, print_problems
from kerascfg.redacting import hide, redacted

if TYPE_CHECKING:
    from kerascfg.config.entry import Command

_QUIET = ("hydra/hydra_logging=none", "hydra/job_logging=none", "hydra.output_subdir=null")
_SIGNALLED = 128


def launch(args: argparse.Namespace, command: Command, first: Composed) -> int:
    """Run the jobs of a command line; return the exit status.

    Args:
        args: from `parse_flags`, without problems.
        command: what to do with each job.
        first: the first job, composed.
    """
    from kerascfg.config.entry import is_sweep

    kind = "sweep" if is_sweep(args) else "run"
    if command.follows(first.config):
        with tempfile.TemporaryDirectory() as aside:  # nothing is left of it here
            return _launch(args, command, first, kind, Path(aside) / kind)
    stated = first.directories.get(kind)
    name = str(first.config.get("name") or "run")
    directory = Path(stated) if stated else command.directory(name, kind)
    return _launch(args, command, first, kind, directory)


def _launch(
    args: argparse.Namespace,
    command: Command,
    first: Composed,
    kind: Literal["run", "sweep"],
    directory: Path,
) -> int:
    overrides = [f"hydra.job.name={command.name}", *_QUIET, *args.overrides]
    overrides.append(f"hydra.{kind}.dir={directory.as_posix()}")
    locate = first.places.locate
    try:  # before Hydra writes into it
        opened = (
            command.open_sweep(directory)
            if kind == "sweep"
            else command.open(directory, first.config)
        )
    except ConfigError as error:
        print_problems(locate(error.problems))
        return error.exit_status
    if opened is None:
        return 0
    if kind == "sweep":
        try:
            engine = run_hydra(args, overrides, _Job(command, locate))
            return max(command.sweep_done(directory, first.config), engine)
        finally:
            _redact(directory)
            opened.release()
    job = _Job(command, locate, opened)
    from kerascfg.screen import open_console, say

    say(open_console(), "config", f"{first.places.summary()} (--explain says more)")
    engine = run_hydra(args, overrides, job)
    return job.statuses[-1] if job.statuses else engine


class _Job:
    """What `hydra.main` calls for each job; it remembers the exit statuses."""

    __module__ = "__main__"  # else Hydra takes this package for the folder of the config

    def __init__(self, command: Command, locate: Locate, run: Any = None):
        self.command = command
        self.locate = locate
        self.run = run
        self.statuses: list[int] = []

    def __call__(self, cfg: Any) -> int:
        """Run one job and return its exit status."""
        if self.statuses and self.statuses[-1] > _SIGNALLED:
            return self.statuses[-1]  # a signal ends the sweep, not only one of its jobs
        try:
            status = self._do(cfg)
        except ConfigError as error:
            print_problems(error.problems)
            status = error.exit_status
        self.statuses.append(status)
        return status

    def _do(self, cfg: Any) -> int:
        config, directory = job_config(cfg)
        hide(config)
        # A sweeper may choose what was not foreseen.
        if self.run is None and (problems := self.command.check(config)):
            raise ConfigError(self.locate(problems))
        # A launcher may start a job on several machines.
        if self.run is None and self.command.follows(config):
            with tempfile.TemporaryDirectory() as aside:
                run = self.command.open(Path(aside) / "run", config)
                return self.command.job(config, run, self.locate)
        run = self.command.open(directory, config) if self.run is None else self.run
        if run is None:
            return 0
        try:
            for name, text in hydra_files(cfg).items():
                run.write_text(name, text)
        except RunError as error:
            run.status("failed", str(error), error.exit_status)
            print(f"The run failed: {error}", file=sys.stderr)
            return error.exit_status
        return self.command.job(config, run, self.locate)


def run_hydra(args: argparse.Namespace, overrides: list[str], task: Callable[[Any], Any]) -> int:
    """Run `hydra.main` on flags and overrides, with nodes that are replaced."""
    import hydra

    sweeping = args.multirun
    given = [quoted(text, sweeping) for text in overrides or args.overrides]
    with hydra_with_nodes(), _arguments([*args.flags, *given]):
        try:
            hydra.main(version_base=VERSION_BASE, config_path=None, config_name=CONFIG_NAME)(task)()
        except SystemExit as exit_:
            return exit_.code if isinstance(exit_.code, int) else 0
    return 0


def _redact(folder: Path) -> None:
    """Take the secrets out of what Hydra has written into a folder."""
    for file in folder.glob("*.yaml"):
        text = file.read_text(encoding="utf-8")
        if (safe := redacted(text)) != text:
            file.write_text(safe, encoding="utf-8")


@contextmanager
def _arguments(argv: list[str]) -> Iterator[None]:
    """Let Hydra, which reads `sys.argv`, see these arguments."""
    before = sys.argv
    sys.argv = [before[0], *argv]
    try:
        yield
    finally:
        sys.argv = before
