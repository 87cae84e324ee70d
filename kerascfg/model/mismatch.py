"""Say of a call that Keras refused which shapes met there and where each of them comes from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kerascfg.errors import Problem
from kerascfg.model.calls import pick
from kerascfg.model.graph import Node, Ref, refs

_LONGEST_WAY = 6
_SHAPING = ("padding", "data_format", "axis", "axes")
"""Texts and numbers that decide on a shape; of other arguments whole numbers and lists do."""


def mismatch(
    node: Node, reason: str, nodes: Mapping[str, Node], tensors: Mapping[str, Any]
) -> Problem:
    """Return the problem of a node that refuses its inputs.

    Args:
        node: the node.
        reason: what Keras says, without the shapes.
        nodes: name -> node, of the same graph.
        tensors: input or node -> its output or outputs, of all that feed the node.
    """
    received = " and ".join(_received(node.inputs, nodes, tensors)) or "no inputs"
    named = describe(node)
    if not node.path.endswith(f".{node.name}"):
        named = f"{named}, as {node.name},"
    ways = [_way(ref, nodes, tensors) for ref in dict.fromkeys(refs(node.inputs))]
    return Problem(
        node.path,
        f"{named} refuses its input: {reason.rstrip('. ')}. Received: {received}",
        hint="; ".join(way for way in ways if way) or None,
    )


def describe(node: Node) -> str:
    """Spell what a node is: `Conv2D (filters 32, kernel_size 3, strides 2)`."""
    shaping = [
        f"{key} {value}"
        for key, value in node.arguments.items()
        if key in _SHAPING
        or _is_size(value)
        or (isinstance(value, list) and all(map(_is_size, value)))
    ]
    what = node.target.rpartition(".")[2]
    return f"{what} ({', '.join(shaping[:4])})" if shaping else what


def shapes_of(value: Any) -> list[str]:
    """Spell the shapes of one output or several; None is an axis whose size is not fixed."""
    match value:
        case list() | tuple():
            return [shape for item in value for shape in shapes_of(item)]
        case Mapping():
            return [shape for item in value.values() for shape in shapes_of(item)]
        case _ if hasattr(value, "shape"):
            return [str(tuple(value.shape))]
        case _:
            return [str(value)]


def _is_size(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _received(
    inputs: Any, nodes: Mapping[str, Node], tensors: Mapping[str, Any], key: str = ""
) -> Iterator[str]:
    """Yield `shape from node (type)` of each input, with the keyword that takes it."""
    match inputs:
        case Ref(node=name):
            shape = _shape(inputs, tensors)
            maker, spelled = nodes.get(name), _spell(inputs)
            what = f"{spelled}, {describe(maker)}" if maker else f"the input {spelled}"
            yield f"{key}{shape} from {what}"
        case list():
            for item in inputs:
                yield from _received(item, nodes, tensors, key)
        case Mapping():
            for name, item in inputs.items():
                yield from _received(item, nodes, tensors, f"{name} ")
        case _:
            yield f"{key}the constant {inputs}"


def _way(ref: Ref, nodes: Mapping[str, Node], tensors: Mapping[str, Any]) -> str:
    """Spell how a shape came about: the nodes that changed it, back to where it entered."""
    chain = [ref]
    while (node := nodes.get(chain[-1].node)) and (before := next(refs(node.inputs), None)):
        chain.append(before)
    if len(chain) == 1:
        return ""
    shapes = [_shape(step, tensors) for step in chain]
    changing = [
        f"{_spell(step)} {shape}"
        for index, (step, shape) in enumerate(zip(chain, shapes, strict=True))
        if shape not in shapes[index + 1 : index + 2]
    ]
    shown = changing[:_LONGEST_WAY] + ["..."] * (len(changing) > _LONGEST_WAY)
    return " -> ".join(reversed(shown))


def _spell(ref: Ref) -> str:
    return ".".join((ref.node, *ref.picks))


def _shape(ref: Ref, tensors: Mapping[str, Any]) -> str:
    shapes = shapes_of(pick(ref, tensors, ref.node))
    return ", ".join(shapes)
