"""The three graphs of a model and how they meet: `preprocess`, `layers`, `postprocess`.

`preprocess` takes the data's features. What of it `layers` names enters there under that name, as
do the features that `layers` names. `postprocess` takes what leaves `layers`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kerascfg.errors import Problem
from kerascfg.model.wiring import EVERY_END, Wiring, base_of, mentioned_names, wire

PREPROCESS, LAYERS, POSTPROCESS = "preprocess", "layers", "postprocess"


@dataclass(frozen=True)
class Entering:
    """What enters a graph; see `wire`.

    Attributes:
        sources: names, None where only the data would tell.
        among: names that are certainly among them then.
        first: what the first node takes unless it says so; None for the only source.
    """

    sources: tuple[str, ...] | None
    among: tuple[str, ...] = ()
    first: str | None = None


def nodes_of(model: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """Return the names of a graph's nodes, none where the model lacks the graph."""
    graph = model.get(key)
    if not isinstance(graph, Mapping):
        return ()
    return tuple(str(name) for name, node in graph.items() if node is not None)


def entering_layers(
    model: Mapping[str, Any], features: tuple[str, ...] | None, path: str
) -> Entering:
    """Return what enters `layers`: the stated inputs, else features and `preprocess` nodes.

    The first node takes what `preprocess` ends in, where that is one node.

    Args:
        model: the group `model`.
        features: names of the data's features, None where only reading the data would tell.
        path: where the model stands in the config.
    """
    stated, nodes = model.get("inputs"), nodes_of(model, PREPROCESS)
    if isinstance(stated, Mapping) and stated:
        return Entering(tuple(stated))
    if not nodes:
        return Entering(features)
    wiring, _ = wire(model[PREPROCESS], features, EVERY_END, path, key=PREPROCESS)
    ends = wiring.outputs if wiring else nodes[-1:]  # what is wrong with it is said once
    sources = None if features is None else (*features, *nodes)
    return Entering(sources, nodes, ends[0] if len(ends) == 1 else None)


def wire_layers(
    model: Mapping[str, Any], features: tuple[str, ...] | None, path: str
) -> tuple[Wiring | None, list[Problem]]:
    """Wire `layers`; see `entering_layers` and `wire`."""
    enter = entering_layers(model, features, path)
    return wire(
        model.get(LAYERS),
        enter.sources,
        model.get("outputs"),
        path,
        among=enter.among,
        first=enter.first,
    )


def entering_postprocess(wiring: Wiring) -> Entering:
    """Return what enters `postprocess`: the outputs of `layers`.

    Args:
        wiring: that of `layers`.
    """
    names = tuple(name.replace(".", "_") for name in wiring.outputs)
    ends = [wiring.nodes.get(name, {}) for name in wiring.outputs]
    if any({"each", "block"} & node.keys() for node in ends):  # several, named when spelled out
        return Entering(None, names)
    return Entering(names)


def named_in(wiring: Wiring, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return those of the names that a graph mentions, in their order."""
    mentioned = mentioned_names(wiring)
    mentioned |= {base_of(name) for name in mentioned}
    return tuple(name for name in names if name in mentioned)
