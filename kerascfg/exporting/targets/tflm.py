"""TensorFlow Lite Micro: microcontrollers, as C++ without an operating system or allocations.

`model.cc` and `model.h` hold the file and the size of its arena, `operators.h` registers the
operations that it has. What is run and compared is the array in `model.cc`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from kerascfg.exporting.calibration import FILLERS, CalibrationSettings, calibration_settings
from kerascfg.exporting.delivery import Port
from kerascfg.exporting.plain import plain
from kerascfg.exporting.servable import Servable
from kerascfg.exporting.target import Target
from kerascfg.exporting.targets.litert import FILE, float_file, quantised_file
from kerascfg.exporting.targets.litert import LACKS as LITERT_LACKS
from kerascfg.exporting.tflite import c_source
from kerascfg.exporting.tflite.arena import smallest_arena
from kerascfg.exporting.tflite.ends import End, read_ends
from kerascfg.exporting.tflite.feeding import as_numbers, as_real
from kerascfg.exporting.tflite.metadata import with_metadata
from kerascfg.exporting.tflite.micro import MOST, expect_runnable, open_micro
from kerascfg.exporting.tolerances import allowance

if TYPE_CHECKING:
    import numpy as np

SOURCE, HEADER, OPERATORS = "model.cc", "model.h", "operators.h"
USAGE = """\
ModelOperators operators; RegisterOperators(operators);  // operators.h; model.cc and model.h beside
alignas(16) static uint8_t arena[kArenaSize];
tflite::MicroInterpreter run(tflite::GetModel(kModel), operators, arena, kArenaSize);
"""
LACKS = (*LITERT_LACKS, "StringLookup")


def tflm(
    *,
    quantize: Literal["int8", "int8_io"] | None = None,
    calibration: Mapping[str, Any] | None = None,
    max_drop: float | None = None,
    tolerance: float | None = None,
) -> Target:
    """Deliver C++ for TensorFlow Lite Micro that takes one sample a call.

    Args:
        quantize: int8 for whole numbers between the layers, int8_io at the ends too, None for
            float32.
        calibration: `{samples: 100, choice: random}`: how many samples of the training split int8
            takes the ranges of its numbers from, and which: random, first or balanced.
        max_drop: how much worse the metric may be than Keras's; see `litert`.
        tolerance: the largest difference from Keras, for answers up to 1 in size; None for the
            mode's own.
    """
    allowed = allowance("litert", quantize, tolerance)
    return Target(
        convert=partial(
            convert,
            quantize=quantize,
            calibration=calibration_settings(calibration),
            max_drop=max_drop,
        ),
        open=open_source,
        tolerance=allowed.tolerance,
        tolerance_reason=allowed.reason,
        forbidden=("keras", "tensorflow"),
        requires={
            "tensorflow": "tensorflow",
            "ai_edge_litert": "ai-edge-litert",
            "tflite_micro": "tflite-micro",
            **({"ai_edge_quantizer": "ai-edge-quantizer"} if quantize else {}),
        },
        usage=USAGE,
        usage_language="cpp",
        quantize=quantize,
        max_drop=max_drop,
        lacks=(*LACKS, *FILLERS) if quantize else LACKS,
    )


def convert(
    model: Servable,
    directory: Path,
    *,
    quantize: Literal["int8", "int8_io"] | None,
    calibration: CalibrationSettings,
    max_drop: float | None,
) -> list[str]:
    """Write the C++ files into `directory`.

    Returns:
        What its user has to know: the arena, the operations, and of the quantisation.

    Raises:
        Refused: LiteRT or TensorFlow Lite Micro lacks an operation, or it cannot be quantised so.
    """
    notes: list[str] = []
    taught = Servable(plain(model.model), lambda: model.calibration)
    if quantize is None:
        content = float_file(taught)
    else:
        content, notes = quantised_file(
            taught, quantize, calibration, max_drop, with_loops=False, open=open_file
        )
    content = with_metadata(content, model.metadata)
    expect_runnable(content)
    arena = smallest_arena(content)
    inputs, outputs = read_ends(content)
    files = {
        SOURCE: c_source.source(content),
        HEADER: c_source.header(arena, inputs, outputs, model.metadata),
        OPERATORS: c_source.operators(content),
    }
    for name, text in files.items():
        (directory / name).write_text(text, encoding="utf-8")
    return [
        f"{len(content):,} bytes of constants, an arena of {arena:,} bytes with the "
        "reference kernels; optimised ones (CMSIS-NN, ESP-NN) may ask for more",
        f"operations: {', '.join(c_source.operator_names(content))}",
        *notes,
    ]


def open_source(directory: Path) -> Micro:
    """Open the array of `model.cc` in `directory`, with the arena that its header states."""
    content = c_source.read_source((directory / SOURCE).read_text(encoding="utf-8"))
    return Micro(content, c_source.read_arena((directory / HEADER).read_text(encoding="utf-8")))


def open_file(directory: Path) -> Micro:
    """Open a LiteRT file in `directory`, with more memory than it can need.

    Raises:
        Lacking: TensorFlow Lite Micro cannot run it.
    """
    content = (directory / FILE).read_bytes()
    expect_runnable(content)
    return Micro(content, MOST)


class Micro:
    """A file, answered by the interpreter of TensorFlow Lite Micro."""

    batch = 1

    def __init__(self, content: bytes, arena: int):
        """Open a file with an arena of so many bytes.

        Raises:
            RuntimeError: the arena is too small.
        """
        opened = open_micro(content, arena)
        if isinstance(opened, str):
            raise RuntimeError(opened)
        self._interpreter = opened
        self._inputs, self._outputs = read_ends(content)
        self.inputs, self.outputs = _ports(self._inputs), _ports(self._outputs)

    def __call__(self, feeds: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Answer one sample."""
        for end in self._inputs:
            numbers = as_numbers(feeds[end.name], end.dtype, end.scale, end.zero_point)
            self._interpreter.set_input(numbers, end.place)
        self._interpreter.invoke()
        return {
            end.name: as_real(self._interpreter.get_output(end.place), end.scale, end.zero_point)
            for end in self._outputs
        }


def _ports(ends: tuple[End, ...]) -> tuple[Port, ...]:
    return tuple(Port(end.name, tuple(end.shape), end.dtype) for end in ends)
