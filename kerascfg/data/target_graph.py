"""What a graph of targets reads and yields: `data.target: {head: {op: one_hot, inputs: label}}`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def graph_columns(graph: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the columns that a graph reads: the inputs of its nodes that are no node, each once.

    Args:
        graph: name -> node; a node that is null is none.
    """
    nodes = _nodes(graph)
    named = (name for node in nodes.values() for name in _inputs(node))
    return tuple(dict.fromkeys(name for name in named if name.split(".")[0] not in nodes))


def numbered_columns(graph: Mapping[str, Any]) -> frozenset[str]:
    """Return the columns that only operations of Keras read, which know no texts.

    Of a column of texts they take the numbers of the classes: `{op: one_hot, inputs: label}`. A
    layer (`StringLookup`) and a function of one's own take the texts.

    Args:
        graph: name -> node.
    """
    others = [node for node in _nodes(graph).values() if not _is_operation(node)]
    return frozenset(graph_columns(graph)) - {name for node in others for name in _inputs(node)}


def _is_operation(node: Any) -> bool:
    name = node.get("op") if isinstance(node, Mapping) else None
    return isinstance(name, str) and name.removeprefix("keras.ops.").isidentifier()


def graph_outputs(graph: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the nodes of a graph that no other node takes, which are the targets.

    A node without `inputs` takes the one before it, as everywhere.
    """
    nodes = _nodes(graph)
    taken, before = set(), None
    for name, node in nodes.items():
        if isinstance(node, Mapping) and "inputs" in node:
            taken |= {each.split(".")[0] for each in _inputs(node)}
        elif before is not None:
            taken.add(before)
        before = name
    return tuple(name for name in nodes if name not in taken)


def _nodes(graph: Mapping[str, Any]) -> dict[str, Any]:
    return {str(name): node for name, node in graph.items() if node is not None}


def _inputs(node: Any) -> Iterator[str]:
    yield from _texts(node.get("inputs") if isinstance(node, Mapping) else None)


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case Mapping():
            for each in value.values():
                yield from _texts(each)
        case list():
            for each in value:
                yield from _texts(each)
