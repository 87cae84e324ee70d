"""ONNX models with fewer bits, by ONNX Runtime's own tools."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from kerascfg.exporting.onnx.graph import operation_types, sort_operations, without_messages
from kerascfg.exporting.target import Refused

if TYPE_CHECKING:
    import numpy as np
    from onnx import ModelProto

Mode = Literal["float16", "dynamic_int8", "int8"]
TOLERANCES: Mapping[Mode | None, tuple[float, str]] = {
    None: (1e-5, "float32 sums in another order"),
    "float16": (5e-3, "float16 has 11 bits: a rounding changes a number by up to 5e-4 of itself"),
    "dynamic_int8": (0.1, "8 bits cut a range into 255 steps, and the steps of all layers add up"),
    "int8": (0.1, "8 bits cut a range into 255 steps, and the steps of all layers add up"),
}
"""Mode -> the largest difference from Keras by default, and why. A task's metric says more."""
_OF_QUANTIZED = ("Quantize", "Dequantize", "Integer")
"""What is in the name of every operation on whole numbers."""


def with_float16(made: ModelProto) -> ModelProto:
    """Return the model with weights and sums in float16; what enters and leaves stays as it is."""
    from onnxruntime.transformers.float16 import convert_float_to_float16

    halved = convert_float_to_float16(made, keep_io_types=True)
    sort_operations(halved.graph)  # it appends its casts at the end
    return halved


def with_dynamic_int8(made: ModelProto) -> ModelProto:
    """Return the model with int8 weights; the ranges of activations are taken as they come.

    Raises:
        Refused: nothing in it can be quantised.
    """
    from onnxruntime.quantization import quantize_dynamic

    def quantize(source: Path, destination: Path) -> None:
        quantize_dynamic(source, destination, extra_options={"EnableSubgraph": True})

    return _quantized(made, quantize)


def with_int8(made: ModelProto, rows: Mapping[str, np.ndarray]) -> ModelProto:
    """Return the model with int8 weights, by channel, and int8 activations, as Q-DQ pairs.

    Args:
        made: what to quantise.
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
        quantize_static(source, destination, Rows(), per_channel=True)

    return _quantized(made, quantize)


def _quantized(made: ModelProto, quantize: Callable[[Path, Path], None]) -> ModelProto:
    import onnx
    from onnxruntime.quantization.shape_inference import quant_pre_process

    with tempfile.TemporaryDirectory() as between, without_messages("root"):
        source, ready, done = (Path(between) / f"{name}.onnx" for name in ("made", "ready", "done"))
        onnx.save(made, source)
        quant_pre_process(source, ready, skip_symbolic_shape=True)
        quantize(ready, done)
        quantized = onnx.load(done)
    names = {name for _, name in operation_types(quantized.graph)}
    if not any(part in name for name in names for part in _OF_QUANTIZED):
        raise Refused(
            "nothing in this model can be quantised: it has no matrix product, convolution or "
            "lookup with weights; deliver it in float32"
        )
    return quantized
