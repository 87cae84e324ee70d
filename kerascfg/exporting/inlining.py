"""Calls of functions that TensorFlow compiles by itself, written out for converters.

Keras has a convolution in groups compiled by XLA, which keeps it a call of a function: no converter
knows such a call. Without the mark for XLA the function is inlined like every other.
"""

from __future__ import annotations

from typing import Any

_CALLS = ("PartitionedCall", "StatefulPartitionedCall")
_MARKS = ("_XlaMustCompile", "_noinline")
_SUFFIX = "_plain"
"""Ends the names of functions without marks: TensorFlow takes no second definition of a name."""


def inlined(frozen: Any) -> Any:
    """Return a frozen function without calls of compiled functions.

    Args:
        frozen: a `ConcreteFunction` with its weights as constants; its placeholders keep their
            names.
    """
    import tensorflow as tf
    from tensorflow.python.framework import convert_to_constants

    graph = frozen.graph.as_graph_def()
    if not any(node.op in _CALLS for node in graph.node):
        return frozen
    _unmark(graph)
    ends = [tensor.name for tensor in frozen.outputs]

    def plain(*tensors: tf.Tensor) -> list[tf.Tensor]:
        fed = {tensor.name: value for tensor, value in zip(frozen.inputs, tensors, strict=True)}
        return tf.graph_util.import_graph_def(graph, fed, ends, name="inlined")

    specs = [tf.TensorSpec(each.shape, each.dtype, each.op.name) for each in frozen.inputs]
    return convert_to_constants.convert_variables_to_constants_v2(
        tf.compat.v1.wrap_function(plain, specs),
        lower_control_flow=False,
        aggressive_inlining=True,
    )


def _unmark(graph: Any) -> None:
    """Take the marks off all functions and calls, in place."""
    nodes = list(graph.node)
    for function in graph.library.function:
        nodes += function.node_def
        function.signature.name += _SUFFIX
        for mark in _MARKS:
            function.attr.pop(mark, None)
    for node in nodes:
        for mark in _MARKS:
            node.attr.pop(mark, None)
        for value in node.attr.values():
            if value.HasField("func"):
                value.func.name += _SUFFIX
            for function in value.list.func:
                function.name += _SUFFIX
