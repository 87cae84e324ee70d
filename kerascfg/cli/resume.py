"""`python train.py run=DIR`: go on with a run, by its own config."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any


def resume(argv: list[str]) -> int:
    """Go on with a run; return the exit status.

    Args:
        argv: `run=DIR`, and overrides of what changes nothing of what is computed.
    """
    from kerascfg.cli.train import say_finished, train_job
    from kerascfg.errors import COMMAND_LINE, ConfigError, print_problems
    from kerascfg.runs import continue_run

    def locate(problems: Any) -> list[Any]:
        return [replace(problem, place=problem.place or COMMAND_LINE) for problem in problems]

    try:
        directory, config = _read(argv)
        run = continue_run(directory, config, "run")
    except ConfigError as error:
        print_problems(locate(error.problems))
        return error.exit_status
    if run is None:
        say_finished(directory)
        return 0
    return train_job(config, run, list)


def _read(argv: list[str]) -> tuple[Path, dict[str, Any]]:
    """Return a run's directory and its config with the overrides in it.

    Raises:
        ConfigError: an argument is wrong, there is no such run, or its config is damaged.
    """
    from kerascfg.checking import check
    from kerascfg.config.entry import compose_changes
    from kerascfg.errors import ConfigError, Problem, RunError
    from kerascfg.runs import open_run

    stated, overrides = [], []
    for argument in argv:
        (stated if argument.startswith("run=") else overrides).append(argument)
    flags = [text for text in overrides if text.startswith("-")]
    if len(stated) > 1 or flags:
        message = f"expected one run=DIR and overrides. Received: {' '.join(argv)}"
        raise ConfigError(Problem("run", message))
    directory = Path(stated[0].removeprefix("run=").strip("\"'"))
    try:
        config = open_run(directory).config()
    except RunError as error:
        raise ConfigError(Problem("run", str(error))) from error
    changes, problems = compose_changes(overrides) if overrides else ([], [])
    for path, value in changes:
        config = _with(config, path.split("."), value)
    if problems := problems or check(config):
        raise ConfigError(problems)
    return directory, config


def _with(config: Mapping[str, Any], path: list[str], value: Any) -> dict[str, Any]:
    """Return a config with another value at a path; without the key where the value is absent."""
    from kerascfg.config.options import ABSENT

    first, *rest = path
    if rest:
        inner = config.get(first)
        value = _with(inner if isinstance(inner, Mapping) else {}, rest, value)
    kept = {key: each for key, each in config.items() if key != first or value is not ABSENT}
    return kept if value is ABSENT else {**kept, first: value}
