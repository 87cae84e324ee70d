"""From the arguments of a command to checked jobs, run by Hydra.

The arguments are composed here first, leniently, so that all mistakes are reported at once and in
one form, before anything is started or written. Only a clean config reaches `hydra.main`, which
keeps its launchers, sweepers, `--cfg` and completion.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from kerascfg.errors import COMMAND_LINE, ConfigError, Locate, Problem, print_problems, unknown_key
from kerascfg.redacting import hide

if TYPE_CHECKING:
    from hydra.core.override_parser.types import Override

    from kerascfg.config.compose import Composed

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
        open: makes a run's directory for a config and locks it, or goes on with the run that is
            there; None where that has finished, and nothing is left to do.
        open_sweep: makes a sweep's directory and locks it; what it returns is released at the end.
        sweep_done: reports a finished sweep and returns its exit status.
        follows: tells of a config whether another machine's process writes the run of which this
            one does a part.
    """

    name: str
    check: Check
    job: Callable[[dict[str, Any], Any, Locate], int]
    directory: Callable[[str, Literal["run", "sweep"]], Path]
    open: Callable[[Path, dict[str, Any]], Any]
    open_sweep: Callable[[Path], Any]
    sweep_done: Callable[[Path, Mapping[str, Any]], int]
    follows: Callable[[Mapping[str, Any]], bool] = lambda _: False


def run_command(argv: list[str], command: Command) -> int:
    """Run a command with Hydra's arguments; return its exit status.

    Args:
        argv: arguments without the program's name.
        command: what to do.
    """
    from kerascfg.config.arguments import parse_flags
    from kerascfg.config.launch import launch, run_hydra

    explain, key = "--explain" in argv, None
    if explain:
        from kerascfg.config.explain_key import split_key

        key, argv = split_key(argv)
    try:
        args = parse_flags(argv)
        if args.hydra_help or args.shell_completion or args.info is not None:
            return run_hydra(args, [], lambda _: None)
        jobs, problems = collect(args, command.check, checked=not (args.cfg or explain))
    except ConfigError as error:
        jobs, problems = [], list(error.problems)
    if problems:
        print_problems(problems)
        return ConfigError.exit_status
    if explain:
        from kerascfg.config.explain import print_explanation

        return print_explanation(jobs[0], key)
    if args.cfg:
        return run_hydra(args, [], lambda _: None)
    return launch(args, command, jobs[0])


def collect(
    args: argparse.Namespace, check: Check, checked: bool = True
) -> tuple[list[Composed], list[Problem]]:
    """Compose and check every job of a command line.

    Args:
        args: from `parse_flags`.
        check: returns what is wrong with a config.
        checked: whether to check what was composed.

    Returns:
        The composed jobs and all problems, each with its place.

    Raises:
        ConfigError: a folder or file cannot be read.
    """
    from kerascfg.config import arguments, compose, loader

    files = loader.open_loader(args.config_dir)
    multirun = is_sweep(args)
    overrides, problems = [], []
    if parted := arguments.parted_by_spaces(args.overrides):
        return [], [parted]
    for text in args.overrides:
        override, found = arguments.read_override(files, arguments.quoted(text, multirun), multirun)
        overrides += [override] if override else []
        problems += found
    # What an argument that is left out would have set or chosen is not missed a second time.
    left_out = tuple(f"{p.path}." for p in problems if p.path not in map(_key, overrides))
    jobs = []
    for job in arguments.sweep_jobs(overrides):
        composed, found = compose.compose(files, job, args.config_name or compose.CONFIG_NAME)
        if composed is not None:
            hide(composed.config)
            jobs.append(composed)
            if checked and composed.config:
                found += composed.places.locate(check(composed.config))
        problems += [p for p in found if not f"{p.path}.".startswith(left_out)]
    return jobs, _each_once(problems)


def _key(override: Override) -> str:
    return override.key_or_group


def is_sweep(args: argparse.Namespace) -> bool:
    """Tell whether the command line asks for a sweep."""
    return args.multirun or "hydra.mode=MULTIRUN" in args.overrides


def _each_once(problems: list[Problem]) -> list[Problem]:
    """Leave out what another job of a sweep, or another check, has said already."""
    once = {(p.path, p.place, p.hint or p.message): p for p in reversed(problems)}
    return list(once.values())[::-1]


def compose_one(overrides: list[str]) -> tuple[dict[str, Any] | None, list[Problem]]:
    """Compose one config from overrides, without checking it; return it and all problems."""
    args = argparse.Namespace(
        overrides=overrides, multirun=False, config_dir=None, config_name=None
    )
    jobs, problems = collect(args, lambda _: [], checked=False)
    return (jobs[0].config if jobs else None), problems


def compose_changes(overrides: list[str]) -> tuple[list[tuple[str, Any]], list[Problem]]:
    """Compose what overrides set, to be set in a config that was composed before.

    Returns:
        Path and value of each; a value is `ABSENT` where the override takes the key away. And all
        problems.
    """
    from kerascfg.config import arguments, compose, loader
    from kerascfg.config.options import value_at

    files = loader.open_loader()
    parsed, paths, problems = [], [], []
    for text in overrides:
        override, found = arguments.read_override(files, arguments.quoted(text, False), False)
        problems += found
        if override is not None:
            key = override.key_or_group
            parsed.append(override)
            paths.append(key.split("/")[0] if files.is_group(override) else key)
    if problems:
        return [], problems
    (job,) = arguments.sweep_jobs(parsed)
    composed, problems = compose.compose(files, job)
    if composed is None or problems:
        return [], problems
    return [(path, value_at(composed.config, path)) for path in paths], []


EXPORT_KEYS = ("export", "gate")
"""The keys of a config that `export.py` takes."""


def compose_export(
    overrides: list[str], check: Callable[[dict[str, Any]], list[Problem]]
) -> tuple[dict[str, Any], list[Problem]]:
    """Compose `export` and `gate` from their overrides alone, as `export.py` takes them.

    Returns:
        Those of the two that an override says something of, and all problems.
    """
    from kerascfg.config import arguments, compose, loader

    files = loader.open_loader()
    if "export=all" in overrides:
        names = ",".join(files.get_group_options("export"))
        overrides = [f"export=[{names}]" if text == "export=all" else text for text in overrides]
    problems, good, stated = [], [], set()
    for text in overrides:
        parsed = arguments.parse_override(text, files)
        if isinstance(parsed, Problem):
            problems.append(parsed)
        elif (key := parsed.key_or_group.split(".")[0]) not in EXPORT_KEYS:
            known = ("run", *EXPORT_KEYS)
            problem = unknown_key("", parsed.key_or_group, known, "an argument of export.py")
            problems.append(replace(problem, place=COMMAND_LINE))
        elif parsed.is_sweep_override():
            listed = f"{parsed.key_or_group}=[{text.partition('=')[2]}]"
            alone = replace(arguments.sweep_without_m(parsed), hint=None, fix=f"'{listed}'")
            problems.append(alone)
        elif found := arguments.check_choices(files, parsed):
            problems += found
        else:
            good.append(text)
            stated.add(key)
    if not overrides:
        return {}, problems
    composed, found = compose.compose(files, good)
    problems += found
    if composed is None:
        return {}, problems
    said = {key: composed.config.get(key) or {} for key in EXPORT_KEYS if key in stated}
    return said, [*problems, *composed.places.locate(check(said))]
