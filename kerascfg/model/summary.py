"""What a model is made of, as rows for people and programs: shapes, parameters, cost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any, Literal

from kerascfg.model.flops import flops_of
from kerascfg.model.graph import Node, refs

if TYPE_CHECKING:
    from kerascfg.model.build import Built

Shape = tuple[int | None, ...]


@dataclass(frozen=True)
class Row:
    """An input or a node of a model.

    Attributes:
        name: its name in the built model.
        path: where it stands in the config.
        kind: `input`; `layer`; `op`, a function; `model`, several layers as one; `share`, a layer
            called again, whose weights are counted where it is made.
        type: name of the class or function, or of the node whose layer is called again.
        inputs: what feeds it: names of rows, each once.
        shapes: of its outputs, without the batch; None is an axis of any size.
        dtypes: of its outputs.
        parameters: numbers in its weights.
        trainable: how many of them learn.
        flops: for one sample, see `kerascfg.model.flops`; None where sizes are not fixed.
        activation_bytes: of its outputs for one sample; None where sizes are not fixed.
        weight_bytes: of its weights.
        group: the copy of a block that it belongs to, or "".
        is_output: whether it leaves the model.
    """

    name: str
    path: str
    kind: Literal["input", "layer", "op", "model", "share"]
    type: str
    inputs: tuple[str, ...]
    shapes: tuple[Shape, ...]
    dtypes: tuple[str, ...]
    parameters: int = 0
    trainable: int = 0
    flops: int | None = 0
    activation_bytes: int | None = 0
    weight_bytes: int = 0
    group: str = ""
    is_output: bool = False


@dataclass(frozen=True)
class Totals:
    """Sums over a model's rows; weights that several nodes hold are counted once."""

    parameters: int
    trainable: int
    flops: int | None
    activation_bytes: int | None
    weight_bytes: int


def summarize(built: Built) -> tuple[list[Row], Totals]:
    """Return a row for each input and node of a model in the order of computation, and the sums."""
    flops = flops_of(built)
    leaving = {ref.node for ref in built.graph.outputs.values()}
    rows = [
        _row(name, f"model.inputs.{name}", "input", "Input", (), built, is_output=name in leaving)
        for name in built.graph.inputs
        if name in built.outputs
    ]
    for node in built.graph.nodes:
        inputs = tuple(dict.fromkeys(ref.node for ref in refs(node.inputs)))
        layer = built.layers.get(node.name)
        owner = None if node.kind == "share" else layer
        weights, learning = (
            (owner.weights, owner.trainable_weights) if owner is not None else ([], [])
        )
        rows.append(
            _row(
                *(node.name, node.path, _kind(node, layer), _type(node), inputs, built),
                parameters=_numbers(weights),
                trainable=_numbers(learning),
                flops=flops[node.name],
                weight_bytes=sum(_bytes(weight.shape, weight.dtype) for weight in weights),
                group=_group(node),
                is_output=node.name in leaving,
            )
        )
    model = built.model
    totals = Totals(
        parameters=_numbers(model.weights),
        trainable=_numbers(model.trainable_weights),
        flops=_sum(row.flops for row in rows),
        activation_bytes=_sum(row.activation_bytes for row in rows),
        weight_bytes=sum(_bytes(weight.shape, weight.dtype) for weight in model.weights),
    )
    return rows, totals


def _row(
    name: str, path: str, kind: Any, type_: str, inputs: tuple[str, ...], built: Built, **more: Any
) -> Row:
    tensors = _tensors(built.outputs[name])
    shapes = tuple(tuple(tensor.shape[1:]) for tensor in tensors)
    dtypes = tuple(str(tensor.dtype) for tensor in tensors)
    sizes = [
        None if None in shape else _bytes(shape, dtype)
        for shape, dtype in zip(shapes, dtypes, strict=True)
    ]
    return Row(name, path, kind, type_, inputs, shapes, dtypes,
               activation_bytes=_sum(sizes), **more)  # fmt: skip


def _kind(node: Node, layer: Any) -> str:
    import keras

    match node.kind:
        case "op" | "share":
            return node.kind
        case _:
            return "model" if isinstance(layer, keras.Model) else "layer"


def _type(node: Node) -> str:
    return node.target if node.kind == "share" else node.target.rpartition(".")[2]


def _group(node: Node) -> str:
    """Return the copy of the block that a node belongs to: `stage1_0` of `stage1_0_conv`."""
    _, block, inside = node.path.rpartition(".blocks.")
    if not block:
        return ""
    local = inside.partition(".layers.")[2]
    return node.name[: node.name.rfind(f"_{local}")]


def _tensors(value: Any) -> list[Any]:
    match value:
        case Mapping():
            return [tensor for item in value.values() for tensor in _tensors(item)]
        case list() | tuple():
            return [tensor for item in value for tensor in _tensors(item)]
        case _:
            return [value]


def _numbers(weights: Iterable[Any]) -> int:
    return sum(prod(weight.shape) for weight in weights)


def _bytes(shape: Iterable[int], dtype: Any) -> int:
    """Return the size of a tensor; a text counts as its reference."""
    import tensorflow as tf

    return prod(shape) * tf.as_dtype(dtype).size


def _sum(values: Iterable[int | None]) -> int | None:
    known = list(values)
    return None if None in known else sum(value for value in known if value is not None)


def spell_shapes(shapes: Iterable[Shape]) -> str:
    """Spell the shapes of outputs without the batch: `8 x 8 x 32`, and `any x 16` for texts."""
    return ", ".join(
        "x".join("any" if axis is None else str(axis) for axis in shape) or "scalar"
        for shape in shapes
    )
