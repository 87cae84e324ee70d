"""Do expressions ask `preprocess` for what it tells? `$preprocess.NODE.vocabulary_size`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerascfg.errors import Problem, did_you_mean, override
from kerascfg.model.parts import PREPROCESS, nodes_of
from kerascfg.naming import expressions_in, names_asked

_ASKED = "vocabulary_size"


def check_preprocess_facts(config: Mapping[str, Any], path: str = "model") -> list[Problem]:
    """Return the expressions that ask for what no node of `preprocess` tells.

    Args:
        config: the config.
        path: the key of its model.
    """
    nodes = nodes_of(config.get(path) or {}, PREPROCESS)
    inside = f"{path}.{PREPROCESS}."
    problems = []
    for at, expression in expressions_in(config, ""):
        for name in names_asked(expression):
            group, _, asked = name.partition(".")
            if group != PREPROCESS:
                continue
            said, _, fact = asked.partition(".")
            if at.startswith(inside):
                message = f"expected a fact that is known before `{PREPROCESS}` is built"
                problems.append(Problem(at, f"{message}. Received: ${name}"))
            elif said not in nodes:
                problems.append(_unknown_node(at, expression, said, nodes))
            elif fact != _ASKED:
                meant = f"${PREPROCESS}.{said}.{_ASKED}"
                message = f"expected {meant}, which is all that a node tells. Received: ${name}"
                fix = override(at, expression.replace(f"${name}", meant))
                problems.append(Problem(at, message, fix=fix))
    return problems


def _unknown_node(at: str, expression: str, said: str, nodes: tuple[str, ...]) -> Problem:
    meant = did_you_mean(said, nodes)
    right = expression.replace(f"{PREPROCESS}.{said}", f"{PREPROCESS}.{meant}")
    there = ", ".join(nodes) or "the model has no `preprocess`"
    return Problem(
        at,
        f"expected a node of `preprocess` ({there}). Received: {said or 'none'}",
        hint=f"did you mean `{meant}`?" if meant else None,
        fix=override(at, right) if meant else None,
    )
