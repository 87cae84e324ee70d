"""ONNX models with fewer bits, by ONNX Runtime's own tools."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from kerascfg.exporting.fragile import Parts
from kerascfg.exporting.onnx.graph import (
    graphs,
    operation_types,
    operations,
    sort_operations,
    without_messages,
)
from kerascfg.exporting.target import Refused

if TYPE_CHECKING:
    import numpy as np
    from onnx import GraphProto, ModelProto

Mode = Literal["float16", "dynamic_int8", "int8"]
_OF_QUANTIZED = ("Quantize", "Dequantize", "Integer")
"""What is in the name of every operation on whole numbers."""


def ready_for(mode: Mode, made: ModelProto) -> ModelProto:
    """Return the float32 model that a mode quantises, each operation with a name of its own."""
    import onnx
    from onnxruntime.quantization.shape_inference import quant_pre_process

    ready = onnx.ModelProto.FromString(made.SerializeToString())
    if mode != "float16":
        with tempfile.TemporaryDirectory() as between, without_messages("root"):
            source, file = (Path(between) / f"{name}.onnx" for name in ("made", "ready"))
            onnx.save(made, source)
            quant_pre_process(source, file, skip_symbolic_shape=True)
            ready = onnx.load(file)
    for node in operations(ready.graph):
        node.name = node.name or node.output[0]
    return ready


def scopes(graph: GraphProto) -> dict[str, str]:
    """Return operation -> its name and those of its weights, which tell where it comes from."""
    weights = {each.name for inner in graphs(graph) for each in inner.initializer}
    return {
        node.name: ";".join([node.name, *(name for name in node.input if name in weights)])
        for node in operations(graph)
    }


def with_float16(ready: ModelProto, kept: Parts) -> ModelProto:
    """Return the model with weights and sums in float16; what enters and leaves stays as it is."""
    import onnx
    from onnxruntime.transformers.float16 import convert_float_to_float16

    copy = onnx.ModelProto.FromString(ready.SerializeToString())  # it changes what it is given
    halved = convert_float_to_float16(copy, keep_io_types=True, node_block_list=sorted(kept))
    sort_operations(halved.graph)  # it appends its casts at the end
    return halved


def with_dynamic_int8(ready: ModelProto, kept: Parts) -> ModelProto:
    """Return the model with int8 weights; the ranges of activations are taken as they come.

    Raises:
        Refused: nothing in it can be quantised.
    """
    from onnxruntime.quantization import quantize_dynamic

    def quantize(source: Path, destination: Path) -> None:
        quantize_dynamic(
            source,
            destination,
            nodes_to_exclude=sorted(kept),
            extra_options={"EnableSubgraph": True},
        )

    return _quantized(ready, kept, quantize)


def with_int8(ready: ModelProto, kept: Parts, rows: Mapping[str, np.ndarray]) -> ModelProto:
    """Return the model with int8 weights, by channel, and int8 activations, as Q-DQ pairs.

    Args:
        ready: what to quantise.
        kept: the operations that stay in float.
        rows: input -> samples that the ranges of activations are taken from, one row a sample.

    Raises:
        Refused: nothing in it can be quantised.
    """
    from onnxruntime.quantization import CalibrationDataReader, quantize_static

    class Rows(CalibrationDataReader):
        def __init__(self) -> None:
            count = len(next(iter(rows.values())))
            self._feeds = iter(
                {name: array[place : place + 1] for name, array in rows.items()}
                for place in range(count)
            )

        def get_next(self) -> Any:
            return next(self._feeds, None)

    def quantize(source: Path, destination: Path) -> None:
        quantize_static(
            source, destination, Rows(), per_channel=True, nodes_to_exclude=sorted(kept)
        )

    return _quantized(ready, kept, quantize)


def _quantized(
    ready: ModelProto, kept: Parts, quantize: Callable[[Path, Path], None]
) -> ModelProto:
    import onnx

    with tempfile.TemporaryDirectory() as between, without_messages("root"):
        source, done = (Path(between) / f"{name}.onnx" for name in ("ready", "done"))
        onnx.save(ready, source)
        quantize(source, done)
        quantized = onnx.load(done)
    names = {name for _, name in operation_types(quantized.graph)}
    if not kept and not any(part in name for name in names for part in _OF_QUANTIZED):
        raise Refused(
            "nothing in this model can be quantised: it has no matrix product, convolution or "
            "lookup with weights; deliver it in float32"
        )
    return quantized
