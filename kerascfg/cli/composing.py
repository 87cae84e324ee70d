"""The one config of a command that takes the arguments of train.py but runs no sweep."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kerascfg.config.compose import Composed
    from kerascfg.config.entry import Check


def compose_checked(arguments: list[str], check: Check) -> Composed:
    """Compose one config and check it.

    Args:
        arguments: as of train.py.
        check: returns what is wrong with a config.

    Raises:
        ConfigError: it has problems, or the arguments describe a sweep.
    """
    from kerascfg.config.arguments import parse_flags
    from kerascfg.config.entry import collect
    from kerascfg.errors import COMMAND_LINE, ConfigError, Problem

    jobs, problems = collect(parse_flags(arguments), check)
    if problems:
        raise ConfigError(problems)
    if len(jobs) != 1:
        message = f"expected one config. Received: a sweep over {len(jobs)}"
        raise ConfigError(Problem("-m", message, place=COMMAND_LINE))
    return jobs[0]
