"""An ONNX model of a Keras model, by way of TensorFlow's graph with the weights as constants."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from kerascfg.errors import RunError
from kerascfg.exporting.refusing import refusing
from kerascfg.exporting.target import Lacking, Refused

if TYPE_CHECKING:
    from onnx import GraphProto, ModelProto, NodeProto, ValueInfoProto

    from kerascfg.exporting.servable import Servable

LACKS = (
    *("DecodeAudio", "DecodeImage", "TextVectorization"),
    *("StringLookup", "IntegerLookup", "Hashing", "HashedCrossing"),
)
"""Layers that need strings or tables of TensorFlow's, which ONNX's own operations do not know."""
LARGEST_BYTES = 2**31 - 1
"""The largest message of protobuf, and so the largest ONNX model in one file."""


def onnx_model(model: Servable, opset: int) -> ModelProto:
    """Return the model in ONNX, for any number of samples, by the names of its inputs and outputs.

    Recurrent layers become ONNX's `LSTM` where they are such without a mask, else a `Loop`.

    Args:
        model: what to convert.
        opset: version of ONNX's operations, 18 at most.

    Raises:
        Refused: ONNX cannot hold it.
    """
    import tf2onnx

    if "bfloat16" in {layer.compute_dtype for layer in model.model._flatten_layers()}:
        raise Refused(
            "it computes in bfloat16, which the converter to ONNX takes for float16; train with "
            "precision float32 or mixed_float16"
        )
    function = model.concrete(batch=None)
    inputs = {tensor.name: tensor.op.name for tensor in function.inputs}
    outputs = {tensor.name: name for name, tensor in function.structured_outputs.items()}
    if both := sorted(set(inputs.values()) & set(outputs.values())):
        raise Lacking(
            f"{', '.join(both)} is an input and an output, which ONNX takes for one value; give "
            "the output another name"
        )
    if 4 * model.model.count_params() > LARGEST_BYTES:
        raise Refused("its weights are more than 2 GB, the largest ONNX model in one file")
    with (
        without_messages("tf2onnx", "tensorflow"),  # it warns of its own calls, and logs errors
        refusing("the converter to ONNX cannot take it", ValueError, NotImplementedError),
    ):
        made, _ = tf2onnx.convert.from_graph_def(
            function.graph.as_graph_def(),
            name="kerascfg",
            input_names=list(inputs),
            output_names=list(outputs),
            opset=opset,
            custom_op_handlers={"Erfc": (_erfc, []), "Bucketize": (_bucketize, [])},
            tensors_to_rename=inputs | outputs,
        )
    _read_from_outside(made.graph)
    if unknown := _unknown_operations(made, opset):
        raise Lacking(f"ONNX has no operation for TensorFlow's {', '.join(unknown)}")
    _expect_names("inputs", made.graph.input, inputs.values())
    _expect_names("outputs", made.graph.output, outputs.values())
    shapes = {port.name: port.shape for port in (*model.inputs, *model.outputs)}
    for value in (*made.graph.input, *made.graph.output):
        _name_axes(value, shapes[value.name])
    return made


def graphs(graph: GraphProto) -> Iterator[GraphProto]:
    """Yield a graph and those inside its operations, at any depth."""
    yield graph
    for body in bodies_of(graph):
        yield from graphs(body)


def operations(graph: GraphProto) -> Iterator[NodeProto]:
    """Yield the operations of a graph and of those inside it, at any depth."""
    for inner in graphs(graph):
        yield from inner.node


def operation_types(graph: GraphProto) -> set[tuple[str, str]]:
    """Return (domain, name) of every operation in a graph and in the bodies of its loops."""
    return {(node.domain, node.op_type) for node in operations(graph)}


def bodies_of(graph: GraphProto) -> Iterator[GraphProto]:
    """Yield the graphs inside a graph's operations: what a loop repeats, branches."""
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.HasField("g"):
                yield attribute.g


def sort_operations(graph: GraphProto) -> None:
    """Put every operation behind those whose results it or a graph inside it takes, at any depth.

    ONNX wants that order; what is in it already stays.
    """
    here = {name for node in graph.node for name in node.output}
    waiting, ordered, made = list(graph.node), [], set()
    while waiting:
        later = []
        for node in waiting:
            if _taken(node) & here <= made:
                ordered.append(node)
                made.update(node.output)
            else:
                later.append(node)
        if len(later) == len(waiting):
            raise RunError("expected an ONNX graph whose operations can be put in an order")
        waiting = later
    del graph.node[:]
    graph.node.extend(ordered)
    for body in bodies_of(graph):
        sort_operations(body)


def _taken(node: NodeProto) -> set[str]:
    """Return the names of what an operation takes, with what the graphs inside it do."""
    names = set(node.input)
    for attribute in node.attribute:
        if attribute.HasField("g"):
            names.update(*(_taken(inner) for inner in attribute.g.node))
    return names


def _read_from_outside(graph: GraphProto) -> None:
    """Let a loop's body read from outside what the loop hands on from step to step as it came.

    These are the weights above all. As constants they can be quantised and arranged for speed, and
    OpenVINO 2026.4 refuses a loop that hands them on (it counts them twice).
    """
    returned = {value.name for value in graph.output}
    for body in bodies_of(graph):
        _read_from_outside(body)
    for node in graph.node:
        if node.op_type != "Loop":
            continue
        (body,) = (attribute.g for attribute in node.attribute if attribute.name == "body")
        same = [
            place
            for place in range(len(node.input) - 2)  # before them: steps at most, condition
            if body.input[place + 2].name == body.output[place + 1].name
            and node.output[place] not in returned
        ]
        outside = {body.input[place + 2].name: node.input[place + 2] for place in same}
        after = {node.output[place]: node.input[place + 2] for place in same}
        for place in reversed(same):
            del body.input[place + 2], body.output[place + 1]
            del node.input[place + 2], node.output[place]
        _rename_uses(body, outside)
        _rename_uses(graph, after)


def _rename_uses(graph: GraphProto, names: Mapping[str, str]) -> None:
    """Let operations, at any depth, take and a graph return values by other names."""
    from onnx import helper

    for node in graph.node:
        for place, name in enumerate(node.input):
            node.input[place] = names.get(name, name)
    for body in bodies_of(graph):
        _rename_uses(body, names)
    for value in graph.output:
        if value.name in names:  # what a graph returns has to be made in it
            graph.node.append(helper.make_node("Identity", [names[value.name]], [value.name]))


def _unknown_operations(made: ModelProto, opset: int) -> list[str]:
    """Return the names of operations that are none of ONNX's: those that were not converted."""
    from onnx import defs

    types = operation_types(made.graph)
    return sorted(name for domain, name in types if domain or not defs.has(name, opset))


def _expect_names(what: str, values: Iterable[Any], expected: Iterable[str]) -> None:
    """Hold the converter to the model's names: weights left open become more inputs."""
    received = [value.name for value in values]
    if sorted(received) != sorted(expected):
        raise RunError(
            f"expected a converted model with the {what} {', '.join(sorted(expected))}. "
            f"Received: {', '.join(sorted(received))}"
        )


def _name_axes(value: ValueInfoProto, shape: tuple[int | None, ...]) -> None:
    """Write an input's or output's shape: the first axis is `batch`, other open axes have names."""
    described = value.type.tensor_type.shape
    described.ClearField("dim")
    for axis, size in enumerate(shape):
        if size is not None:
            described.dim.add(dim_value=size)
        else:
            described.dim.add(dim_param=f"{value.name}_axis{axis}" if axis else "batch")


def _erfc(context: Any, node: Any, name: str, arguments: Any) -> None:
    """Convert TensorFlow's Erfc, as the exact GELU has it: erfc(x) = 1 - erf(x)."""
    node.type, node.domain = "Erf", ""
    one = context.make_const(f"{name}_one", _like(context, node, [1.0]))
    made = node.output[0]
    less = context.insert_new_node_on_output("Sub", made, inputs=[one.output[0], made])
    context.copy_shape(made, less.output[0])
    context.copy_dtype(made, less.output[0])


def _bucketize(context: Any, node: Any, name: str, arguments: Any) -> None:
    """Convert TensorFlow's Bucketize, as `Discretization` has it: count the boundaries passed.

    A NaN has passed all, as in TensorFlow.
    """
    import numpy as np
    from onnx import TensorProto

    value, made = node.input[0], node.output[0]
    shape, dtype = context.get_shape(made), context.get_dtype(made)
    boundaries = context.make_const(
        f"{name}_boundaries", _like(context, node, node.get_attr_value("boundaries"))
    )
    last = context.make_const(f"{name}_last", np.array([-1], np.int64)).output[0]
    context.remove_node(node.name)
    column = context.make_node("Unsqueeze", [value, last]).output[0]
    below = context.make_node("Less", [column, boundaries.output[0]]).output[0]
    passed = context.make_node("Not", [below]).output[0]
    ones = context.make_node("Cast", [passed], attr={"to": TensorProto.INT32}).output[0]
    context.make_node(
        "ReduceSum",
        [ones, last],
        attr={"keepdims": 0},
        outputs=[made],
        shapes=[shape],
        dtypes=[dtype],
    )


def _like(context: Any, node: Any, values: Any) -> Any:
    """Return numbers of the dtype that a node takes, as an array of one axis or a scalar."""
    import numpy as np
    from onnx import helper

    dtype = helper.tensor_dtype_to_np_dtype(context.get_dtype(node.input[0]))
    return np.array(values, dtype).squeeze() if len(values) == 1 else np.array(values, dtype)


@contextlib.contextmanager
def without_messages(*names: str) -> Iterator[None]:
    """Keep loggers silent below what stops the work."""
    loggers = {logging.getLogger(name): logging.getLogger(name).level for name in names}
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in loggers.items():
            logger.setLevel(level)
