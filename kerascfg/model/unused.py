"""Find what a model states and nothing uses: it would be computed, or believed in, for nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerascfg.errors import Problem, did_you_mean, override
from kerascfg.model.wiring import Wiring, base_of, mentioned_names
from kerascfg.naming import names_within


def check_unused_args(graph: Mapping[str, Any], users: list[Any], path: str) -> list[Problem]:
    """Return the arguments of a model or block that no expression names.

    Args:
        graph: the model or block.
        users: the values whose expressions may name them.
        path: where the model or block stands in the config.
    """
    args = graph.get("args")
    if not isinstance(args, Mapping):
        return []
    used = {name for value in users for name in names_within(value)}
    problems = []
    for name, value in args.items():
        if name in used:
            continue
        meant = did_you_mean(str(name), used & (args.keys() - {name}))
        problems.append(
            Problem(
                f"{path}.args.{name}",
                f"expected an argument that an expression uses (${name}). Received: {value!r}",
                hint=f"did you mean `{meant}`?" if meant else None,
                fix=override(f"{path}.args.{meant}", value) if meant else f"~{path}.args.{name}",
            )
        )
    return problems


def check_unused_inputs(wiring: Wiring, stated: tuple[str, ...], path: str) -> list[Problem]:
    """Return the stated inputs of a model or block that no node takes.

    Args:
        wiring: its graph, in order.
        stated: names of the inputs.
        path: where the model or block stands in the config.
    """
    used = mentioned_names(wiring)
    return [
        Problem(f"{path}.inputs.{name}", "stated, but no node takes it")
        for name in stated
        if name not in used and name not in {base_of(reference) for reference in used}
    ]
