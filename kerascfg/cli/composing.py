"""The one config of a command that takes the arguments of train.py but runs no sweep."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kerascfg.config.compose import Composed
    from kerascfg.config.entry import Check
    from kerascfg.errors import Problem
    from kerascfg.model import Built


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


def check_graph(config: dict[str, Any]) -> list[Problem]:
    """Return what is wrong with the model, and with the data where the model depends on it.

    That is all that a command needs which builds the model and trains nothing.

    Args:
        config: the composed config, plain containers.
    """
    from kerascfg.assembly import depends_on_data
    from kerascfg.checking import check

    found = check(config)
    model = config.get("model")
    alone = isinstance(model, dict) and not depends_on_data(model)
    groups = ("model",) if alone else ("model", "data")
    return [problem for problem in found if problem.path.split(".")[0] in groups]


def build_composed(composed: Composed, model: dict[str, Any]) -> Built:
    """Build what learns of a composed config; problems say where their keys come from.

    Args:
        composed: a config without problems.
        model: its group `model`, or a variant of it.

    Raises:
        ConfigError: Keras refuses a layer or a call.
        RunError: the data cannot be read.
    """
    from kerascfg.assembly import build_core
    from kerascfg.errors import ConfigError

    try:
        return build_core({**composed.config, "model": model})
    except ConfigError as error:
        raise ConfigError(composed.places.locate(error.problems)) from error
