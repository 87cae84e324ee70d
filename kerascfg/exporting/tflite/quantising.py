"""A quantised LiteRT file of a float32 one, with `ai-edge-quantizer`.

TensorFlow's own converter quantises too, but leaves small tensors as they are without a word, dies
of some loops, and converts anew for each mode.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kerascfg.errors import RunError
from kerascfg.exporting.tflite.modes import CALIBRATED, Mode
from kerascfg.exporting.tflite.schema import read_schema

if TYPE_CHECKING:
    from kerascfg.exporting.tflite.ranges import Ranges


@dataclass(frozen=True)
class Operations:
    """The operations of a file by their scopes: the names of what each makes, joined.

    Attributes:
        main: those of the main graph, in its order.
        inside_loops: those of the bodies of loops.
        ends: the inputs of the main graph, and its outputs, which are quantised like operations.
    """

    main: tuple[str, ...]
    inside_loops: tuple[str, ...]
    ends: tuple[str, str]


@dataclass(frozen=True)
class Quantiser:
    """A float32 file that can be quantised in one way, in whole or in part.

    Attributes:
        content: the file.
        mode: how.
        operations: what it consists of.
        ranges: of the tensors, for modes that are calibrated.
    """

    content: bytes
    mode: Mode
    operations: Operations
    ranges: Ranges = field(default_factory=dict)

    def quantised(self, kept: Collection[str] = ()) -> bytes:
        """Return the quantised file.

        Args:
            kept: the operations that stay in float32.

        Raises:
            RunError: the quantizer made no file.
        """
        from ai_edge_quantizer.quantizer import Quantizer

        quantizer = Quantizer(self.content)
        _configure(quantizer, self.mode, self.operations, kept)
        if not quantizer.get_quantization_recipe():
            return self.content
        calibrated = self.mode in CALIBRATED
        ranges: Any = self.ranges if calibrated else None
        made = quantizer.quantize(ranges, enable_progress_report=False)
        if not made.quantized_model:
            raise RunError(f"expected a quantised file from ai-edge-quantizer ({self.mode}): none")
        return bytes(made.quantized_model)


def read_operations(content: bytes) -> Operations:
    """Return the operations of a file."""
    from ai_edge_quantizer.utils.tfl_flatbuffer_utils import (
        get_op_scope,
        get_subgraph_input_output_operators,
    )

    graphs = read_schema(content).subgraphs
    main, *others = (
        tuple(filter(None, (get_op_scope(each, graph.tensors) for each in graph.operators)))
        for graph in graphs
    )
    takes, returns = get_subgraph_input_output_operators(graphs[0])
    tensors: Any = graphs[0].tensors
    ends = (get_op_scope(takes, tensors), get_op_scope(returns, tensors))  # type: ignore[arg-type]
    return Operations(main, tuple(scope for scopes in others for scope in scopes), ends)


def _configure(quantizer: Any, mode: Mode, operations: Operations, kept: Collection[str]) -> None:
    """Tell a quantizer what to do with all operations but some."""
    from ai_edge_quantizer.qtyping import TFLOperationName
    from ai_edge_quantizer.quantizer import AlgorithmName

    everything, eight = TFLOperationName.ALL_SUPPORTED, {"activation_num_bits": 8}
    ends = (TFLOperationName.INPUT, TFLOperationName.OUTPUT)
    for place, scopes in (("main", operations.main), ("loop", operations.inside_loops)):
        wanted = [scope for scope in scopes if scope not in kept]
        if not wanted:
            continue
        regex = f"^(?:{'|'.join(map(re.escape, wanted))})$"
        match mode, place:
            case "float16", _:
                quantizer.update_quantization_recipe(
                    regex, everything, _halves(), AlgorithmName.FLOAT_CASTING
                )
            case "weights_int8" | "weights_int4", _:
                bits = 8 if mode == "weights_int8" else 4
                quantizer.add_weight_only_config(regex, everything, num_bits=bits)
            case "int8" | "int8_io", "main":
                quantizer.add_static_config(regex, everything, **eight, weight_num_bits=8)
                for end in ends:  # an output has the scope of the operation that makes it
                    quantizer.update_quantization_recipe(
                        regex, end, algorithm_key=AlgorithmName.NO_QUANTIZE
                    )
            case _:  # dynamic; and no ranges are known of what a loop holds
                quantizer.add_dynamic_config(regex, everything, num_bits=8)
    if mode == "int8_io":
        for end, scope in zip(ends, operations.ends, strict=True):
            quantizer.add_static_config(f"^{re.escape(scope)}$", end, **eight, weight_num_bits=8)


def _halves() -> Any:
    from ai_edge_quantizer import qtyping

    return qtyping.OpQuantizationConfig(
        weight_tensor_config=qtyping.TensorQuantizationConfig(
            num_bits=16, dtype=qtyping.TensorDataType.FLOAT
        ),
        compute_precision=qtyping.ComputePrecision.FLOAT,
    )
