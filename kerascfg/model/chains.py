"""The chains of `data.augment`: where each starts, and what its end replaces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kerascfg.model.wiring import base_of, ordered_nodes, references

_IMAGES = "images"


@dataclass(frozen=True)
class Chains:
    """The graph in the form of a model, and what its outputs replace.

    Attributes:
        layers: `name: node`, each node with its inputs.
        sources: the features and targets that it takes.
        replaced: feature or target -> the output that replaces it.
    """

    layers: dict[str, Any]
    sources: tuple[str, ...]
    replaced: dict[str, str]


def chains_of(
    augment: Mapping[str, Any], features: tuple[str, ...] | None, targets: tuple[str, ...]
) -> Chains:
    """Spell out what each node takes, and find the ends and what they started from.

    Args:
        augment: a mapping `name: node`.
        features: names of what enters the model, None where only the data would tell.
        targets: names of what it learns.
    """
    nodes, _ = ordered_nodes(augment, "")
    before = features[0] if features is not None and len(features) == 1 else None
    for name, node in nodes.items():
        node.pop("after", None)
        if before is not None and "inputs" not in node and "each" not in node:
            node["inputs"] = before
        before = name
    taken = {base_of(ref) for node in nodes.values() for ref in references(node.get("inputs"))}
    sources = tuple(n for n in (*(features or ()), *targets) if n in taken and n not in nodes)
    replaced = {
        source: reference
        for name in nodes
        if name not in taken
        for source, reference in _ends(name, nodes)
        if source in sources
    }
    return Chains({name: _as_one(node) for name, node in nodes.items()}, sources, replaced)


def _ends(name: str, nodes: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what an end of the graph started from, and the output that replaces it."""
    inputs = nodes[name].get("inputs")
    if isinstance(inputs, Mapping) and _IMAGES in inputs:
        return [(_start(str(item), nodes), f"{name}.{key}") for key, item in inputs.items()]
    return [(_start(name, nodes), name)]


def _start(reference: str, nodes: Mapping[str, Any]) -> str:
    """Follow the first input of each node to where a chain started."""
    seen: set[str] = set()
    while (node := base_of(reference)) in nodes and node not in seen:
        seen.add(node)
        inputs = nodes[node].get("inputs")
        picked = reference.partition(".")[2]
        if isinstance(inputs, Mapping) and picked in inputs:
            inputs = inputs[picked]
        reference = next(references(inputs), "")
    return reference


def _as_one(node: dict[str, Any]) -> dict[str, Any]:
    """Hand images and what belongs to them to a layer as the one mapping that Keras expects."""
    inputs = node.get("inputs")
    if isinstance(inputs, Mapping) and _IMAGES in inputs:
        return {**node, "inputs": {"data": dict(inputs)}}
    return node
