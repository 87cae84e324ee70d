"""Floating point operations of each node, counted on the graph that TensorFlow would run.

Counted are matrix products and convolutions, a multiplication and an addition as two; all else
(activations, normalisation, pooling, sums) is a few operations for each number and is left out, as
papers do. Layers are not known here: whatever a layer is, what it computes is counted.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from math import prod
from typing import TYPE_CHECKING, Any

from kerascfg.model.calls import call_function, call_layer, tensors_of
from kerascfg.model.graph import Node
from kerascfg.model.taps import Tapped

if TYPE_CHECKING:
    from kerascfg.model.build import Built


class _UnknownError(Exception):
    """The size of a tensor, or how often a loop runs, is not fixed."""


def flops_of(built: Built) -> dict[str, int | None]:
    """Return the operations of each node for one sample.

    Args:
        built: a model and its graph.

    Returns:
        Node -> count; None where it depends on a size that is not fixed, as of texts of any length.
    """
    import tensorflow as tf

    counts: dict[str, int | None] = {}

    def run(**entering: Any) -> None:
        seen: set[Any] = set()
        tensors: dict[str, Any] = dict(entering)
        for node in built.graph.nodes:
            made = tensors[node.name] = _output(node, built, tensors)
            counts[node.name] = _count(_needed(made, seen))

    one = {
        name: tf.TensorSpec((1, *tensor.shape[1:]), tensor.dtype, name=name)
        for name, tensor in built.outputs.items()
        if name in built.graph.inputs
    }
    tf.function(run, autograph=False).get_concrete_function(**one)
    return counts


def _output(node: Node, built: Built, tensors: Mapping[str, Any]) -> Any:
    """Call a node's layer or function again, as when it was built."""
    inputs = tensors_of(node.inputs, tensors, f"{node.path}.inputs")
    if node.kind == "op":
        return call_function(node, inputs)
    layer = built.layers[node.name]
    if node.tower:
        named = dict(zip(node.tower.inputs, inputs, strict=True))
        return layer(named if len(named) > 1 else inputs[0])
    if "training" in inspect.signature(layer.call).parameters:  # what augments is not inference
        node = replace(node, call={"training": False, **node.call})
    made = call_layer(node, layer, inputs)
    stood = built.outputs[node.name]
    if isinstance(stood, Tapped):
        return Tapped(zip(stood, made if isinstance(made, list | tuple) else [made], strict=True))
    return made


def _needed(made: Any, seen: set[Any]) -> list[Any]:
    """Return the operations that lead to a node's outputs, but for those seen at earlier nodes.

    TensorFlow runs no others: Keras calls a recurrent layer's cell once for nothing but the
    structure of its output.
    """
    import tensorflow as tf

    waiting = [tensor.op for tensor in tf.nest.flatten(made, expand_composites=True)]
    needed = []
    while waiting:
        op = waiting.pop()
        if op not in seen:
            seen.add(op)
            needed.append(op)
            waiting += [tensor.op for tensor in op.inputs] + list(op.control_inputs)
    return needed


def _count(operations: Iterable[Any]) -> int | None:
    try:
        return sum(map(_operations, operations))
    except _UnknownError:
        return None


def _operations(op: Any) -> int:
    """Count one operation of the graph, with the functions that it calls."""
    if op.type in _FORMULAS:
        return _FORMULAS[op.type](op)
    match op.type:
        case "PartitionedCall" | "StatefulPartitionedCall":
            return _inside(op, op.get_attr("f"))
        case "If" | "StatelessIf":
            return max(_inside(op, op.get_attr(b)) for b in ("then_branch", "else_branch"))
        case "While" | "StatelessWhile":
            once = _inside(op, op.get_attr("cond")) + _inside(op, op.get_attr("body"))
            return once * _rounds(op) if once else 0
        case _:
            return 0


def _inside(op: Any, function: Any) -> int:
    return sum(map(_operations, op.graph._get_function(function.name).graph.get_operations()))


def _rounds(op: Any) -> int:
    """Return how often a loop runs: Keras bounds it by the time steps of a recurrent layer."""
    import tensorflow as tf

    _, bound, *_ = op.inputs
    rounds = tf.get_static_value(bound.op.inputs[0] if bound.op.type == "Max" else bound)
    if rounds is None or rounds.max() < 0:
        raise _UnknownError
    return int(rounds.max())


def _size(tensor: Any) -> int:
    if not tensor.shape.is_fully_defined():
        raise _UnknownError
    return prod(tensor.shape)


def _axes(tensor: Any) -> list[int]:
    _size(tensor)
    return tensor.shape.as_list()


def _matrix_product(op: Any) -> int:
    transposed = op.get_attr("transpose_a" if op.type == "MatMul" else "adj_x")
    return 2 * _size(op.outputs[0]) * _axes(op.inputs[0])[-2 if transposed else -1]


def _einsum(op: Any) -> int:
    """Multiply the sizes of all axes: each combination is one multiplication and one addition."""
    terms = op.get_attr("equation").decode().partition("->")[0].split(",")
    sizes: dict[str, int] = {}
    shared = 1
    for term, tensor in zip(terms, op.inputs, strict=True):
        axes = _axes(tensor)
        before, dots, after = term.partition("...")
        sizes.update(zip(before, axes, strict=False))
        if after:
            sizes.update(zip(after, axes[-len(after) :], strict=False))
        if dots:
            shared = max(shared, prod(axes[len(before) : len(axes) - len(after)]))
    return (2 if len(terms) > 1 else 0) * shared * prod(sizes.values())


def _convolution(op: Any) -> int:
    """Each number that comes out is a sum over the kernel (height, width, channels, filters)."""
    return 2 * _size(op.outputs[0]) * prod(_axes(op.inputs[1])[:-1])


def _depthwise(op: Any) -> int:
    """Each number that comes out is a sum over a kernel of one channel."""
    return 2 * _size(op.outputs[0]) * prod(_axes(op.inputs[1])[:-2])


def _transposed(op: Any) -> int:
    """Each number that goes in is spread by the kernel (height, width, filters, channels)."""
    return 2 * _size(op.inputs[2]) * prod(_axes(op.inputs[1])[:-1])


_FORMULAS: dict[str, Callable[[Any], int]] = {
    **dict.fromkeys(("MatMul", "BatchMatMul", "BatchMatMulV2", "BatchMatMulV3"), _matrix_product),
    "Einsum": _einsum,
    **dict.fromkeys(("Conv2D", "Conv3D"), _convolution),
    "DepthwiseConv2dNative": _depthwise,
    **dict.fromkeys(("Conv2DBackpropInput", "Conv3DBackpropInputV2"), _transposed),
}
