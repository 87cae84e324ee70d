"""From the arguments of a command to checked jobs, run by Hydra.

The arguments are composed here first, leniently, so that all mistakes are reported at once and in
one form, before anything is started or written. Only a clean config reaches `hydra.main`, which
keeps its launchers, sweepers, `--cfg` and completion.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from kerascfg.errors import ConfigError, Problem, print_problems, unknown_key

Check = Callable[[dict[str, Any]], list[Problem]]


@dataclass(frozen=True)
class Command:
    """What a command does with its composed config.

    Attributes:
        name: name of the command; Hydra's log is named after it.
        check: returns what is wrong with a config, importing nothing heavy.
        job: runs one config in an opened run and returns its exit status; it neither raises nor
            exits, so that a sweep goes on.
        directory: names the directory of a run or a sweep, from the config's name.
        open: makes a run's directory and locks it.
        sweep_done: reports a finished sweep and returns its exit status.
    """

    name: str
    check: Check
    job: Callable[[dict[str, Any], Any], int]
    directory: Callable[[str, Literal["run", "sweep"]], Path]
    open: Callable[[Path], Any]
    sweep_done: Callable[[Path, Mapping[str, Any]], int]


def run_command(argv: list[str], command: Command) -> int:
    """Run a command with Hydra's arguments; return its exit status.

    Args:
        argv: arguments without the program's name.
        command: what to do.
    """
    from hydra._internal.utils import get_args_parser

    explain = "--explain" in argv
    argv = [argument for argument in argv if argument != "--explain"]
    args = get_args_parser().parse_args(argv)
    if args.hydra_help or args.shell_completion or args.info is not None:
        return _hydra_main(argv, lambda _: None)
    try:
        jobs, problems = collect(args, command.check, checked=not (args.cfg or explain))
    except ConfigError as error:
        jobs, problems = [], list(error.problems)
    if problems:
        print_problems(problems)
        return ConfigError.exit_status
    if explain:
        from kerascfg.config.explain import print_explanation

        print_explanation(jobs[0])
        return 0
    if args.cfg:
        return _hydra_main(argv, lambda _: None)
    return _run_jobs(args, argv, command, jobs[0].config)


def collect(
    args: argparse.Namespace, check: Check, checked: bool = True
) -> tuple[list[Any], list[Problem]]:
    """Compose and check every job of a command line.

    Returns:
        The composed jobs and all problems, each with its place.
    """
    from kerascfg.config import arguments, compose

    loader = compose.open_loader(args.config_dir)
    multirun = args.multirun
    overrides, problems = [], []
    for text in args.overrides:
        parsed = arguments.parse_override(arguments.quote_path(text, multirun))
        if isinstance(parsed, Problem):
            problems.append(parsed)
            continue
        multirun = multirun or parsed.input_line == "hydra.mode=MULTIRUN"
        found = arguments.check_choices(loader, parsed)
        if parsed.is_hydra_override():
            found += arguments.check_hydra_override(parsed)
        if parsed.is_sweep_override() and not multirun and not found:
            found.append(_sweep_without_m(parsed))
        problems += found
        if not found:
            overrides.append(parsed)
    jobs = []
    for job in arguments.sweep_jobs(overrides):
        composed, found = compose.compose(loader, job, args.config_name or compose.CONFIG_NAME)
        if composed is not None:
            jobs.append(composed)
            if checked and composed.config:
                found += composed.places.locate(check(composed.config))
        problems += [problem for problem in found if problem not in problems]
    return jobs, problems


def _sweep_without_m(override: Any) -> Problem:
    key, _, value = override.input_line.partition("=")
    return Problem(
        key,
        f"expected one value. Received: {value}",
        hint=f"to sweep over the values, add -m; for a list, {key}=[{value}]",
        fix=f"-m {key}={value}",
        place="command line",
    )


def _run_jobs(
    args: argparse.Namespace, argv: list[str], command: Command, config: dict[str, Any]
) -> int:
    """Hand a clean command line to Hydra, which runs its job or its sweep."""
    from kerascfg.config import arguments, compose

    sweep = args.multirun or "hydra.mode=MULTIRUN" in args.overrides
    key = "hydra.sweep.dir" if sweep else "hydra.run.dir"
    stated = [text for text in args.overrides if text.lstrip("+").startswith(f"{key}=")]
    if stated:
        directory = Path(str(arguments.parse_override(stated[-1]).value()))  # type: ignore[union-attr]
    else:
        directory = command.directory(str(config.get("name")), "sweep" if sweep else "run")
    argv = [
        arguments.quote_path(text, sweep) if "=" in text and not text.startswith("-") else text
        for text in argv
    ]
    argv += [f"{key}={directory.as_posix()}"] if not stated else []
    argv += [
        "hydra.sweep.subdir=${hydra.job.num}" if sweep else "hydra.job.chdir=false",
        f"hydra.job.name={command.name}",
        "hydra/hydra_logging=none",
        "hydra/job_logging=none",
    ]
    job, open_, statuses = command.job, command.open, []
    opened = []
    if not sweep:
        try:  # before Hydra writes into it
            opened.append(open_(directory))
        except ConfigError as error:
            print_problems(error.problems)
            return error.exit_status

    def run_job(cfg: Any) -> int:
        if statuses and statuses[-1] > 128:
            return statuses[-1]  # a signal ends the sweep, not only one of its jobs
        plain, run_directory = compose.job_config(cfg)
        try:
            status = job(plain, opened[0] if opened else open_(run_directory))
        except ConfigError as error:
            print_problems(error.problems)
            status = error.exit_status
        statuses.append(status)
        return status

    engine = _hydra_main(argv, run_job)
    if sweep:
        return max(command.sweep_done(directory, config), engine)
    return statuses[-1] if statuses else engine


def _hydra_main(argv: list[str], task: Callable[[Any], Any]) -> int:
    """Run `hydra.main` on these arguments, with nodes that are replaced."""
    import hydra

    from kerascfg.config import compose

    task.__module__ = "__main__"  # else Hydra takes this package for the folder of the config
    with compose.hydra_with_nodes(), _arguments(argv):
        try:
            hydra.main(version_base="1.3", config_path=None, config_name=compose.CONFIG_NAME)(
                task
            )()
        except SystemExit as exit_:
            return exit_.code if isinstance(exit_.code, int) else 0
    return 0


@contextmanager
def _arguments(argv: list[str]) -> Any:
    """Let Hydra, which reads `sys.argv`, see these arguments."""
    before = sys.argv
    sys.argv = [before[0], *argv]
    try:
        yield
    finally:
        sys.argv = before


def compose_one(overrides: list[str]) -> tuple[dict[str, Any] | None, list[Problem]]:
    """Compose one config from overrides, without checking it; return it and all problems."""
    args = argparse.Namespace(
        overrides=overrides, multirun=False, config_dir=None, config_name=None
    )
    jobs, problems = collect(args, lambda _: [], checked=False)
    return (jobs[0].config if jobs else None), problems


def compose_export(
    overrides: list[str], check: Callable[[dict[str, Any]], list[Problem]]
) -> tuple[dict[str, Any] | None, list[Problem]]:
    """Compose the group `export` from its overrides alone, as `export.py` takes them.

    Returns:
        The targets, or None where no override names any, and all problems.
    """
    from kerascfg.config import arguments, compose

    loader = compose.open_loader()
    if "export=all" in overrides:
        names = ",".join(loader.get_group_options("export"))
        overrides = [f"export=[{names}]" if text == "export=all" else text for text in overrides]
    problems, good = [], []
    for text in overrides:
        parsed = arguments.parse_override(text)
        if isinstance(parsed, Problem):
            problems.append(parsed)
        elif parsed.key_or_group.split(".")[0] != "export":
            known = ("run", "export")
            problems.append(
                replace(
                    unknown_key("", parsed.key_or_group, known, "an argument of export.py"),
                    place="command line",
                )
            )
        elif found := arguments.check_choices(loader, parsed):
            problems += found
        else:
            good.append(text)
    if not overrides:
        return None, problems
    composed, found = compose.compose(loader, good)
    problems += found
    if composed is None:
        return None, problems
    targets = composed.config.get("export") or {}
    return targets, [*problems, *composed.places.locate(check(targets))]
