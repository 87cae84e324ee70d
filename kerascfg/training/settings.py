"""The group `train`, and the stages it plans."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from kerascfg.errors import ConfigError, Problem
from kerascfg.naming import check_node, read_settings, split_node


@dataclass(frozen=True)
class StageSettings:
    """One stage: how long, which layers learn, and by which optimizer.

    Attributes:
        epochs: passes over the training split.
        trainable: globs over layer paths that learn, the rest being frozen; null for all.
        optimizer: the stage's own optimizer; null takes the config's.
    """

    epochs: int = 30
    trainable: list[str] | None = None
    optimizer: dict[str, Any] | str | None = None


@dataclass(frozen=True)
class TrainSettings:
    """The group `train`: one stage, or several by name.

    Attributes:
        epochs: passes over the training split.
        trainable: globs over layer paths that learn, the rest being frozen; null for all.
        stages: name -> stage, trained one after the other; then `epochs` and `trainable` are said
            by the stages.
        class_weight: class -> what each of its samples counts; `balanced` counts every class alike,
            by samples / (classes * samples of the class).
        steps_per_execution: training steps in one compiled call; `auto` measures how many fit into
            a tenth of a second. It has no influence on the result.
        remat: compute what layers compute inside (attention's weights, say) again for the gradient
            instead of keeping it: less memory, more time, the same result.
        resume: `auto` lets the same command with the same directory go on with a run that has not
            finished; `never` takes such a directory for a mistake.
        on_nan: what happens when the loss is no finite number any more: `stop` ends the run,
            `rollback` goes back to the last checkpoint with a smaller learning rate.
        rollbacks: how often that is tried.
        rollback_factor: what the learning rate is multiplied by each time.
    """

    epochs: int = 30
    trainable: list[str] | None = None
    stages: dict[str, Any] | None = None
    class_weight: dict[Any, float] | Literal["balanced"] | None = None
    steps_per_execution: int | Literal["auto"] = "auto"
    remat: bool = False
    resume: Literal["auto", "never"] = "auto"
    on_nan: Literal["stop", "rollback"] = "stop"
    rollbacks: int = 3
    rollback_factor: float = 0.5


@dataclass(frozen=True)
class Stage:
    """A stage of training.

    Attributes:
        name: its name in the config; "" for the only one.
        epochs: passes over the training split.
        trainable: globs over layer paths that learn, the rest being frozen; None for all.
        optimizer: the optimizer's node.
        path: where the stage stands in the config.
        optimizer_path: where its optimizer stands.
    """

    name: str
    epochs: int
    trainable: tuple[str, ...] | None
    optimizer: Any
    path: str
    optimizer_path: str


def read_train(train: Any) -> TrainSettings:
    """Return the settings of a group `train` that is without problems."""
    settings, problems = read_settings(TrainSettings, train, "train")
    if settings is None:
        raise ConfigError(problems)
    return settings


def plan_stages(train: Any, optimizer: Any) -> tuple[tuple[Stage, ...], list[Problem]]:
    """Read the group `train`.

    Args:
        train: the group.
        optimizer: the group `optimizer`, for stages that state none.

    Returns:
        The stages in order, and all problems.
    """
    settings, problems = read_settings(TrainSettings, train, "train")
    if settings is None:
        return (), problems
    given = settings.class_weight
    for name, weight in given.items() if isinstance(given, Mapping) else ():
        if weight < 0:
            message = f"expected a number from 0. Received: {weight}"
            problems.append(Problem(f"train.class_weight.{name}", message))
    steps = settings.steps_per_execution
    if steps != "auto" and steps < 1:
        message = f"expected auto, or 1 or more. Received: {steps}"
        problems.append(Problem("train.steps_per_execution", message))
    if settings.rollbacks < 1:
        message = f"expected at least 1. Received: {settings.rollbacks}"
        problems.append(Problem("train.rollbacks", message))
    if not 0 < settings.rollback_factor < 1:
        message = f"expected a number between 0 and 1. Received: {settings.rollback_factor}"
        problems.append(Problem("train.rollback_factor", message))
    if settings.stages is None:
        globs = None if settings.trainable is None else tuple(settings.trainable)
        only = Stage("", settings.epochs, globs, optimizer, "train", "optimizer")
        return (only,), [*problems, *_check_epochs(only)]
    for key in ("epochs", "trainable"):
        if isinstance(train, Mapping) and key in train:
            problems.append(
                Problem(
                    f"train.{key}",
                    "expected no such key beside `stages`, whose stages state it themselves",
                    fix=f"~train.{key}",
                )
            )
    stages = []
    for name, given in settings.stages.items():
        path = f"train.stages.{name}"
        stage, found = read_settings(StageSettings, given, path)
        problems += found
        if stage is None:
            continue
        node, at = optimizer, "optimizer"
        if stage.optimizer is not None:
            node, at = stage.optimizer, f"{path}.optimizer"
            problems += check_node(node, "optimizer", at)
        globs = None if stage.trainable is None else tuple(stage.trainable)
        stages.append(Stage(str(name), stage.epochs, globs, node, path, at))
        problems += _check_epochs(stages[-1])
    if not stages and not problems:
        problems.append(Problem("train.stages", "expected at least one stage"))
    return tuple(stages), problems


def _check_epochs(stage: Stage) -> list[Problem]:
    if stage.epochs >= 1:
        return []
    return [Problem(f"{stage.path}.epochs", f"expected at least 1. Received: {stage.epochs}")]


_ONE_DEVICE = ("auto", "cpu", "gpu")
"""Strategies that take one device of TensorFlow, or may take one."""


def check_one_device(config: Mapping[str, Any]) -> list[Problem]:
    """Refuse, beside a strategy of several devices, what only the loop of one device can do.

    Args:
        config: the whole config.
    """
    parts = split_node(config.get("strategy", "auto"))
    if parts is None or parts[0] in _ONE_DEVICE:
        return []
    return needs_one_device(config, parts[0])


def needs_one_device(config: Mapping[str, Any], strategy: str) -> list[Problem]:
    """Return the problems of what a config asks for and several devices cannot do.

    Args:
        config: the whole config.
        strategy: the strategy's name.
    """
    asked = (
        ("train", "steps_per_execution", "auto", ("auto", 1), "auto"),
        ("train", "remat", False, (False,), "false"),
        ("data", "batch_size", 32, None, "64"),
    )
    problems = []
    for group, key, default, allowed, fix in asked:
        settings = config.get(group)
        value = settings.get(key, default) if isinstance(settings, Mapping) else default
        if value == "auto" if allowed is None else value not in allowed:
            what = "a number" if allowed is None else " or ".join(str(v).lower() for v in allowed)
            message = f"expected {what} beside strategy={strategy}. Received: {value}"
            problems.append(Problem(f"{group}.{key}", message, fix=f"{group}.{key}={fix}"))
    return problems
