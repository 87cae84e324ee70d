"""Check the uses of blocks: as nodes of a graph, and as arguments, where they become models."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kerascfg.errors import Problem, did_you_mean, override, unknown_key
from kerascfg.model.copies import copies_of
from kerascfg.model.wiring import RESERVED, arguments_of, base_of, references
from kerascfg.naming import REQUIRED_VALUE, check_value, kind_of

_MADE = object()
"""Stands for an argument that is made of a block, which no signature can judge."""


def check_block(
    node: Mapping[str, Any],
    layers: Mapping[str, Any],
    blocks: Mapping[str, Any],
    names: frozenset[str],
    path: str,
) -> list[Problem]:
    """Return what is wrong with a node made by `block`.

    Args:
        node: the node.
        layers: the nodes beside it.
        blocks: the model's blocks.
        names: the names that its expressions may use besides the facts.
        path: where it stands in the config.
    """
    name = node["block"]
    if name not in blocks:
        return [_unknown_block(name, blocks, path)]
    problems = [
        copy.located(problem, path)
        for copy in copies_of(node)
        for problem in _check_arguments(name, copy.arguments, blocks, names, path)
    ]
    feeding = (layers.get(base_of(reference)) for reference in references(node.get("inputs")))
    if not any(_has_copies(other) for other in feeding):
        problems += _check_block_inputs(node.get("inputs"), name, blocks[name], path)
    return problems


def check_inner_models(
    value: Any, blocks: Mapping[str, Any], names: frozenset[str], path: str
) -> tuple[Any, list[Problem]]:
    """Check every block among a node's arguments, and put in its place that it is made.

    Args:
        value: the arguments, or a part of them.
        blocks: the model's blocks.
        names: the names that expressions may use besides the facts.
        path: where the value stands in the config.
    """
    match value:
        case Mapping() if kind_of(value) == "block":
            return _MADE, _check_inner(value, blocks, names, path)
        case Mapping():
            items: Any = value.items()
        case list():
            items = enumerate(value)
        case _:
            return value, []
    checked = {k: check_inner_models(v, blocks, names, f"{path}.{k}") for k, v in items}
    kept = {key: inner for key, (inner, _) in checked.items()}
    problems = [problem for _, found in checked.values() for problem in found]
    return (list(kept.values()) if isinstance(value, list) else kept), problems


def _check_inner(
    node: Mapping[str, Any], blocks: Mapping[str, Any], names: frozenset[str], path: str
) -> list[Problem]:
    """Check a block as an argument, where it is a model of its own."""
    problems = [
        Problem(f"{path}.{key}", f"expected no `{key}` on an argument: it is no node of the graph")
        for key in node
        if key in RESERVED and key != "block"
    ]
    name = node["block"]
    if name not in blocks:
        return [*problems, _unknown_block(name, blocks, path)]
    problems += _check_arguments(name, arguments_of(node), blocks, names, path)
    if not isinstance(blocks[name].get("inputs"), Mapping):
        message = "expected a block that states the shapes of its inputs, since it is built alone"
        problems.append(
            Problem(
                f"{path}.block",
                f"{message}. Received: {name}",
                hint=f"blocks.{name}.inputs: {{input: {{shape: [28, 28, 1]}}}}",
            )
        )
    return problems


def _unknown_block(name: str, blocks: Mapping[str, Any], path: str) -> Problem:
    meant = did_you_mean(name, blocks)
    listed = ", ".join(blocks) or "it has none"
    return Problem(
        f"{path}.block",
        f"expected one of the model's blocks ({listed}). Received: {name}",
        hint=f"did you mean `{meant}`?"
        if meant
        else f"a file conf/block/{name}.yaml comes in by `defaults: "
        f"[/block@blocks.{name}: {name}]` in the model's file",
        fix=override(f"{path}.block", meant) if meant else None,
    )


def _check_arguments(
    name: str,
    arguments: Mapping[str, Any],
    blocks: Mapping[str, Any],
    names: frozenset[str],
    path: str,
) -> list[Problem]:
    """Check what a block is given."""
    stated = blocks[name].get("args")
    known = stated if isinstance(stated, Mapping) else {}
    given, problems = check_inner_models(arguments, blocks, names, path)
    for key, value in given.items():
        if key not in known:
            what = f"an argument of the block {name}"
            problems.append(unknown_key(path, str(key), known, what, value))
        else:
            problems += check_value(str(key), value, f"{path}.{key}", names)
    meant = {did_you_mean(str(key), known) for key in given if key not in known}
    return problems + [
        Problem(
            f"{path}.{key}",
            f"the block {name} requires `{key}`, but it is not given",
            fix=f"{path}.{key}=...",
        )
        for key, default in known.items()
        if default == REQUIRED_VALUE and key not in given and key not in meant
    ]


def _has_copies(node: Any) -> bool:
    """Tell whether a node stands for several outputs, so that its name may mean more than one."""
    return isinstance(node, Mapping) and ("each" in node or "block" in node)


def _check_block_inputs(
    inputs: Any, name: str, block: Mapping[str, Any], path: str
) -> list[Problem]:
    names = block.get("inputs") or ["input"]
    if not isinstance(names, list | Mapping):
        return []  # the block itself is reported
    match inputs:
        case Mapping():
            fits, received = set(inputs) == set(names), ", ".join(map(str, inputs))
        case list():
            fits, received = len(inputs) == len(names), f"{len(inputs)} inputs"
        case _:
            fits, received = len(names) == 1, "one input"
    if fits:
        return []
    message = f"expected inputs for the {', '.join(names)} of the block {name}"
    return [Problem(f"{path}.inputs", f"{message}. Received: {received}")]


def check_recursion(blocks: Mapping[str, Mapping[str, Any]], path: str) -> list[Problem]:
    """Find blocks that contain themselves."""
    uses = {
        name: [other for other in blocks_named(block.get("layers")) if other in blocks]
        for name, block in blocks.items()
    }
    problems = []
    said: set[str] = set()
    for name in uses:
        reached, waiting = set(), list(uses[name])
        while waiting:
            other = waiting.pop()
            if other not in reached:
                reached.add(other)
                waiting += uses[other]
        if name in reached and not reached & said:  # one problem for each circle
            said.add(name)
            problems.append(
                Problem(f"{path}.blocks.{name}", "expected a block that does not contain itself")
            )
    return problems


def blocks_named(value: Any) -> Iterator[str]:
    """Yield every block that a graph uses, in its nodes and in their arguments."""
    match value:
        case Mapping():
            if kind_of(value) == "block":
                yield value["block"]
            for item in value.values():
                yield from blocks_named(item)
        case list():
            for item in value:
                yield from blocks_named(item)
