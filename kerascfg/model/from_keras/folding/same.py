"""Whether two spelled-out graphs are one and the same but for the names of their nodes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from kerascfg.model.graph import Graph, Node, Ref
from kerascfg.naming import Found, find


class GraphsDifferError(ValueError):
    """The graphs are not the same; the message says where they part."""


MISSING: Any = object()
"""Stands for a default that is not known."""


def same_graph(a: Graph, b: Graph) -> dict[str, str]:
    """Match the nodes of two graphs, walking from their outputs to their inputs.

    Inputs correspond by name, outputs by their order, and everything else by who takes it where.
    An argument that states its default is none.

    Returns:
        The name of each node of `a` and of that in `b` which is the same.

    Raises:
        GraphsDifferError: they have not the same nodes, targets, arguments, calls and wiring.
    """
    if a.inputs != b.inputs or len(a.outputs) != len(b.outputs) or len(a.nodes) != len(b.nodes):
        sizes = [(graph.inputs, len(graph.nodes), len(graph.outputs)) for graph in (a, b)]
        raise GraphsDifferError(f"expected {sizes[0]} inputs, nodes, outputs. Received: {sizes[1]}")
    ours = {node.name: node for node in a.nodes}
    theirs = {node.name: node for node in b.nodes}
    matched: dict[str, str] = {}
    waiting = list(zip(a.outputs.values(), b.outputs.values(), strict=True))
    while waiting:
        one, other = waiting.pop()
        if one.picks != other.picks or matched.get(one.node, other.node) != other.node:
            raise GraphsDifferError(f"expected {matched.get(one.node, one)}. Received: {other}")
        if one.node in a.inputs and one.node != other.node:
            raise GraphsDifferError(f"expected the input {one.node}. Received: {other.node}")
        if one.node in a.inputs or one.node in matched:
            continue
        if one.node not in ours or other.node not in theirs:
            raise GraphsDifferError(f"expected a node like {one.node}. Received: {other.node}")
        matched[one.node] = other.node
        waiting += _matched_nodes(ours[one.node], theirs[other.node])
    if not len(set(matched.values())) == len(matched) == len(ours):
        raise GraphsDifferError("expected one node for each, on the way to an output")
    return matched


def _matched_nodes(one: Node, other: Node) -> list[tuple[Ref, Ref]]:
    """Compare two nodes; return which references must then mean the same."""
    same_target = one.kind == "share" or one.target == other.target or one.tower is not None
    if one.kind != other.kind or not same_target:
        raise GraphsDifferError(
            f"expected {one.kind} {one.target} ({one.name}). "
            f"Received: {other.kind} {other.target} ({other.name})"
        )
    ours, theirs = (
        (without_defaults(node.kind, node.target, node.arguments), plain(node.call))
        for node in (one, other)
    )
    if repr(ours) != repr(theirs):
        raise GraphsDifferError(f"expected {ours} ({one.name}). Received: {theirs} ({other.name})")
    if one.tower and other.tower and one.kind == "tower":
        same_graph(one.tower, other.tower)
    pairs = _pairs(one.inputs, other.inputs)
    if one.kind == "share":
        pairs.append((Ref(one.target), Ref(other.target)))
    return pairs


def _pairs(one: Any, other: Any) -> list[tuple[Ref, Ref]]:
    match one, other:
        case Ref(), Ref():
            return [(one, other)]
        case list(), list() if len(one) == len(other):
            return [pair for a, b in zip(one, other, strict=True) for pair in _pairs(a, b)]
        case Mapping(), Mapping() if one.keys() == other.keys():
            return [pair for key in one for pair in _pairs(one[key], other[key])]
        case _ if repr(plain(one)) == repr(plain(other)):
            return []
        case _:
            raise GraphsDifferError(f"expected inputs {one!r}. Received: {other!r}")


def without_defaults(kind: str, target: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return arguments in the order of their names, without those that state their default."""
    values = {key: plain(arguments[key]) for key in sorted(arguments)}
    return {
        key: value
        for key, value in values.items()
        if repr(value) != repr(default_of(kind, target, key))
    }


def plain(value: Any) -> Any:
    """Return a value with tuples as lists and mappings sorted, so that `repr` tells it apart."""
    match value:
        case list() | tuple():
            return [plain(item) for item in value]
        case Mapping():
            return {key: plain(value[key]) for key in sorted(value, key=str)}
        case _:
            return value


@cache
def default_of(kind: str, target: str, argument: str) -> Any:
    """Return the default of an argument of a layer or function, or MISSING."""
    if kind not in ("type", "op"):
        return MISSING
    found = find(target, "layer" if kind == "type" else "op", "")
    if not isinstance(found, Found) or argument not in found.signature.arguments:
        return MISSING
    default = plain(found.signature.arguments[argument])
    if kind == "type" and isinstance(default, list) and all(type(n) is int for n in default):
        default = default[0] if len(set(default)) == 1 else default  # (1, 1) is also written 1
    return default if isinstance(default, bool | int | float | str | list | None) else MISSING
