"""Check what belongs to no room: the keys at the top, the plain ones among them, `_target_`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from kerascfg.config.upgrade import LANGUAGE, check_language
from kerascfg.errors import Problem, override, unknown_key
from kerascfg.redacting import REDACTED, redacted_paths

KEYS = (
    *("data", "model", "task", "optimizer", "loss", "loss_weights", "metrics", "train"),
    *("callbacks", "tracker", "strategy", "export", "gate", "seed", "name", "deterministic"),
    *("rank_by", "language", "stop_after", "checkpoint"),
)
RECIPES = ("experiment", "debug", "backbone")
"""Groups whose files set keys of other groups and leave none of their own."""
_NAME = re.compile(r"(?!\.+$)[^/\\\x00-\x1f]*[^/\\\x00-\x20][^/\\\x00-\x1f]*")
TASKS = ("classification", "binary", "multilabel", "regression")


def check_keys(config: Mapping[str, Any]) -> list[Problem]:
    """Return what is wrong with the keys at the top of a config, and every `_target_` in it."""
    problems = [_unknown(key, config) for key in config if key not in KEYS]
    problems += _check_targets(config, "")
    problems += [_missing_secret(path) for path in redacted_paths(config)]
    problems += check_language(config.get("language", LANGUAGE))
    task, seed = config.get("task"), config.get("seed", 1)
    if task is not None and task not in TASKS:
        problems.append(Problem("task", f"expected one of {', '.join(TASKS)}. Received: {task}"))
    if not isinstance(seed, int) or isinstance(seed, bool) or not 0 <= seed < 2**32:
        problems.append(Problem("seed", f"expected a whole number from 0. Received: {seed!r}"))
    if not isinstance(config.get("rank_by"), str | None):
        message = f"expected a metric's name. Received: {config['rank_by']!r}"
        problems.append(Problem("rank_by", message, fix="rank_by=test.accuracy"))
    if config.get("stop_after") not in (None, "data"):
        message = f"expected data or null. Received: {config['stop_after']!r}"
        problems.append(Problem("stop_after", message, fix="stop_after=data"))
    if not isinstance(config.get("deterministic", False), bool):
        given = config["deterministic"]
        fix = override("deterministic", bool(given)) if given in (0, 1) else None
        message = f"expected true or false. Received: {given!r}"
        problems.append(Problem("deterministic", message, fix=fix))
    name = config.get("name", "run")
    if not isinstance(name, str | int | float) or not _NAME.fullmatch(str(name)):
        message = f"expected a name for the runs, which is no path. Received: {name!r}"
        problems.append(Problem("name", message, fix="name=digits"))
    return problems


def _unknown(key: Any, config: Mapping[str, Any]) -> Problem:
    if key in RECIPES:
        message = f"expected `# @package _global_` at the top of a file in conf/{key}"
        return Problem(key, message, hint=f"without it, all that it says goes below {key}")
    problem = unknown_key("", key, KEYS, "a group or key of the config", config[key])
    groups = (g for g, value in config.items() if isinstance(value, Mapping) and key in value)
    if problem.hint is None and (group := next(groups, None)):
        fix = override(f"{group}.{key}", config[key])
        return replace(problem, hint=f"did you mean `{group}.{key}`?", fix=fix)
    return problem


def _missing_secret(path: str) -> Problem:
    message = f"expected the secret itself. Received: {REDACTED}, as run directories hold it"
    return Problem(path, message, hint="state it, or let the code that needs it read it elsewhere")


def _check_targets(value: Any, path: str) -> list[Problem]:
    """Refuse Hydra's `_target_`, which would run whatever it names."""
    match value:
        case Mapping():
            items: Any = value.items()
        case list():
            items = enumerate(value)
        case _:
            return []
    problems = []
    for key, item in items:
        below = f"{path}.{key}" if path else str(key)
        if key == "_target_":
            problems.append(unknown_key(path, key, (), "`type`", item))
        problems += _check_targets(item, below)
    return problems
