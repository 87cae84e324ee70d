"""The inputs and outputs of a LiteRT file: the names of its signature, in the file's order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kerascfg.exporting.tflite.schema import read_schema


@dataclass(frozen=True)
class End:
    """An input or output.

    Attributes:
        name: in the signature.
        place: among the inputs or outputs of the file.
        shape: with the axis of samples first.
        dtype: as NumPy spells it.
        scale: of whole numbers that stand for real ones, 0 for others.
        zero_point: likewise.
    """

    name: str
    place: int
    shape: tuple[int, ...]
    dtype: str
    scale: float
    zero_point: int


def read_ends(content: bytes) -> tuple[tuple[End, ...], tuple[End, ...]]:
    """Return the inputs and outputs of a file with one signature."""
    model = read_schema(content)
    (signature,) = model.signatureDefs
    graph = model.subgraphs[signature.subgraphIndex]
    inputs = _ends(signature.inputs, graph.inputs, graph.tensors)
    return inputs, _ends(signature.outputs, graph.outputs, graph.tensors)


def _ends(named: Any, order: Any, tensors: Any) -> tuple[End, ...]:
    places = {int(index): place for place, index in enumerate(order)}
    ends = [
        _end(entry.name.decode("utf-8"), places[entry.tensorIndex], tensors[entry.tensorIndex])
        for entry in named
    ]
    return tuple(sorted(ends, key=lambda end: end.place))


def _end(name: str, place: int, tensor: Any) -> End:
    from ai_edge_litert.schema_py_generated import TensorType

    by_code = {code: kind for kind, code in vars(TensorType).items() if isinstance(code, int)}
    quantized = tensor.quantization
    scales: Any = [] if quantized is None or quantized.scale is None else quantized.scale
    has_scale = len(scales) == 1
    return End(
        name,
        place,
        tuple(int(size) for size in tensor.shape),
        by_code[tensor.type].lower(),
        float(scales[0]) if has_scale else 0.0,
        int(tensor.quantization.zeroPoint[0]) if has_scale else 0,
    )
