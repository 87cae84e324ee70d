"""Check the graphs of a model: `preprocess`, `layers`, `postprocess`; and those of its blocks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerascfg.errors import Problem
from kerascfg.model.check_use import check_use
from kerascfg.model.parts import (
    LAYERS,
    POSTPROCESS,
    PREPROCESS,
    Entering,
    entering_layers,
    entering_postprocess,
    named_in,
    nodes_of,
)
from kerascfg.model.size import check_size
from kerascfg.model.unused import check_unused_inputs
from kerascfg.model.wiring import EVERY_END, Wiring, wire
from kerascfg.naming import CHANNELS

_WITHIN = {"repeat": ("index", "count"), "each": ("each",)}
"""What expressions may use on a node that has such a key."""


def check_parts(
    model: Mapping[str, Any],
    features: tuple[str, ...] | None,
    blocks: Mapping[str, Any],
    names: frozenset[str],
    path: str,
) -> list[Problem]:
    """Return what is wrong with the graphs of a model.

    Args:
        model: the group `model`.
        features: names of the data's features, None where only reading the data would tell.
        blocks: its blocks.
        names: the names that expressions may use besides the facts.
        path: where the model stands in the config.
    """
    problems: list[Problem] = []
    parts = [key for key in (PREPROCESS, LAYERS, POSTPROCESS) if _is_there(model, key)]
    for key in parts:
        problems += check_size(model.get(key), blocks, path, key)
    before = None
    if PREPROCESS in parts:
        before, found = check_graph(
            model, Entering(features), blocks, names, path, PREPROCESS, EVERY_END
        )
        problems += found
    wiring, found = check_graph(model, entering_layers(model, features, path), blocks, names, path)
    problems += found
    if wiring and model.get("inputs"):
        problems += check_unused_inputs(wiring, tuple(model["inputs"]), path)
    if wiring and before:
        problems += _check_taken(before, wiring, path)
    if POSTPROCESS in parts:
        enter = entering_postprocess(wiring) if wiring else Entering(None)
        problems += check_graph(model, enter, blocks, names, path, POSTPROCESS, EVERY_END)[1]
    return problems


def check_graph(
    holder: Mapping[str, Any],
    enter: Entering,
    blocks: Mapping[str, Any],
    names: frozenset[str],
    path: str,
    key: str = LAYERS,
    outputs: Any = None,
) -> tuple[Wiring | None, list[Problem]]:
    """Return a graph put in order, and what is wrong with it.

    Args:
        holder: the model or block that holds the graph.
        enter: what enters it.
        blocks: the model's blocks.
        names: the names that expressions may use besides the facts.
        path: where the holder stands in the config.
        key: the graph's key in it.
        outputs: `EVERY_END`; None for what the holder states.
    """
    nodes = holder.get(key)
    wiring, problems = wire(
        nodes,
        enter.sources,
        outputs or holder.get("outputs"),
        path,
        key=key,
        among=enter.among,
        first=enter.first,
    )
    entering = {*(enter.sources or ()), *enter.among}
    taken = set(nodes) & entering if isinstance(nodes, Mapping) else set()
    if taken:  # who feeds whom is not known then
        problems = [
            Problem(
                f"{path}.{key}.{name}",
                f"expected another name: `{name}` is what enters the graph",
            )
            for name in sorted(taken)
        ]
    if not isinstance(nodes, Mapping):
        return wiring, problems
    for name, node in nodes.items():
        at = f"{path}.{key}.{name}"
        if isinstance(node, str):
            node = {"type": node}
        if isinstance(node, Mapping):
            within = (name for given in _WITHIN if given in node for name in _WITHIN[given])
            problems += check_use(node, nodes, blocks, names | {CHANNELS, *within}, at)
    return wiring, list(dict.fromkeys(problems))  # copies of a node fail alike


def _is_there(model: Mapping[str, Any], key: str) -> bool:
    """Tell whether a graph is to be checked; one that is no mapping is, to be told so."""
    graph = model.get(key)
    return key == LAYERS or bool(nodes_of(model, key) or (graph and not isinstance(graph, Mapping)))


def _check_taken(before: Wiring, layers: Wiring, path: str) -> list[Problem]:
    """Return the ends of `preprocess` that `layers` does not take."""
    taken = named_in(layers, before.outputs)
    return [
        Problem(
            f"{path}.{PREPROCESS}.{name}",
            f"expected a node that `layers` or another takes. Received: {name}, which leads "
            "nowhere",
            fix=f"~{path}.{PREPROCESS}.{name}",
        )
        for name in before.outputs
        if name not in taken
    ]
