"""Do callbacks watch values that are logged? A misspelled one would show only after an epoch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerascfg.errors import Problem, did_you_mean, override
from kerascfg.naming import Found, find, is_expression, kind_of, split_node


def logged_names(metrics: Any, outputs: tuple[str, ...], validation: bool) -> frozenset[str]:
    """Return the names that Keras logs each epoch, besides what own code adds.

    Args:
        metrics: the group `metrics`, without problems.
        outputs: the model's outputs.
        validation: whether there is a validation split.
    """
    several = len(outputs) > 1
    names = {"loss", *(f"{output}_loss" for output in outputs if several)}
    for key, node in (metrics or {}).items():
        if isinstance(node, Mapping) and not kind_of(node):
            names |= {f"{key}_{name}" if several else str(name) for name in node}
        elif node is not None:
            names.add(str(key))
    both = {f"val_{name}" for name in names} if validation else set()
    return frozenset({*names, *both, "learning_rate"})


def check_monitors(callbacks: Any, logged: frozenset[str]) -> list[Problem]:
    """Return the callbacks that watch what is not logged.

    Args:
        callbacks: the group `callbacks`, without problems.
        logged: from `logged_names`.
    """
    problems = []
    for name, node in (callbacks or {}).items():
        parts = split_node(node) if node is not None else None
        found = find(parts[0], "callback", "callbacks") if parts else None
        if not parts or not isinstance(found, Found):
            continue
        watched = parts[1].get("monitor", found.signature.arguments.get("monitor"))
        if found.name == "BestCheckpoint" and "monitor" not in parts[1]:
            continue  # takes the training loss where there is no validation split
        problems += _check(watched, logged, f"callbacks.{name}.monitor")
    return problems


def _check(watched: Any, logged: frozenset[str], path: str) -> list[Problem]:
    if not isinstance(watched, str) or is_expression(watched) or watched in logged:
        return []
    names = sorted(logged)
    meant = did_you_mean(watched, names)
    hint = f"did you mean `{meant}`?" if meant else None
    if watched.removeprefix("val_") in logged:
        meant = watched.removeprefix("val_")
        hint = "there is no validation split"
    return [
        Problem(
            path,
            f"expected a value that is logged ({', '.join(names)}). Received: {watched}",
            hint=hint,
            fix=override(path, meant) if meant else None,
        )
    ]
