"""ONNX, for ONNX Runtime: Windows, Linux, macOS, phones, and most inference servers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from kerascfg.exporting.calibration import FILLERS, CalibrationSettings, calibration_settings
from kerascfg.exporting.delivery import Port
from kerascfg.exporting.guarding import Quantisation, quantised
from kerascfg.exporting.layers import parts_by_layer
from kerascfg.exporting.onnx.graph import LACKS, onnx_model
from kerascfg.exporting.onnx.quantize import (
    Mode,
    ready_for,
    scopes,
    with_dynamic_int8,
    with_float16,
    with_int8,
)
from kerascfg.exporting.target import Target
from kerascfg.exporting.tolerances import allowance

if TYPE_CHECKING:
    import numpy as np
    from onnx import ModelProto

    from kerascfg.exporting.servable import Servable

FILE = "model.onnx"
USAGE = f"""\
import onnxruntime  # pip install onnxruntime
run = onnxruntime.InferenceSession("{FILE}").run
"""
REQUIRES = {"tensorflow": "tensorflow", "tf2onnx": "tf2onnx", "onnx": "onnx"}


def onnx(
    *,
    quantize: Mode | None = None,
    opset: Literal[13, 14, 15, 16, 17, 18] = 18,
    calibration: Mapping[str, Any] | None = None,
    max_drop: float | None = None,
    tolerance: float | None = None,
) -> Target:
    """Deliver an ONNX file that takes any number of samples.

    Args:
        quantize: `float16` halves the file, for accelerators that compute so; `dynamic_int8` has
            int8 weights and takes the ranges of activations as they come; `int8` has int8
            activations too, with ranges from samples of the training split. The two int8 kinds
            use operations that ONNX Runtime adds to ONNX.
        opset: version of ONNX's operations; an older runtime knows fewer.
        calibration: for `int8`, how many samples, and which: `{samples: 100, choice: random}`;
            choice is random, first or balanced.
        max_drop: how much worse the metric may be than Keras's; see `litert`.
        tolerance: the largest difference from Keras, for answers up to 1 in size; by default
            1e-5 in float32, 5e-3 in float16 (a rounding changes a number by up to 5e-4 of
            itself), 0.1 in int8 (255 steps for a range, and the steps of all layers add up).
    """
    allowed = allowance("onnx", quantize, tolerance)
    return Target(
        convert=partial(
            convert,
            mode=quantize,
            opset=opset,
            settings=calibration_settings(calibration),
            max_drop=max_drop,
        ),
        open=OnnxRuntime,
        open_with=OnnxRuntime,
        tolerance=allowed.tolerance,
        tolerance_reason=allowed.reason,
        forbidden=("keras", "tensorflow"),
        requires={**REQUIRES, "onnxruntime": "onnxruntime"},
        quantize=quantize,
        max_drop=max_drop,
        usage=USAGE,
        lacks=(*LACKS, *FILLERS) if quantize == "int8" else LACKS,
    )


def convert(
    model: Servable,
    directory: Path,
    mode: Mode | None,
    opset: int,
    settings: CalibrationSettings,
    max_drop: float | None,
) -> list[str]:
    """Write `model.onnx` into `directory`.

    Returns:
        What its user has to know of the quantisation.

    Raises:
        Refused: ONNX cannot hold the model, there is nothing to calibrate with, or `max_drop`
            cannot be met.
    """
    import onnx

    made, notes = onnx_model(model, opset), list[str]()
    if mode:
        made, notes = quantised(model, _quantisation(model, made, mode, settings), max_drop)
    onnx.helper.set_model_props(made, model.metadata)
    onnx.save(made, directory / FILE)
    return notes


def _quantisation(
    model: Servable, made: ModelProto, mode: Mode, settings: CalibrationSettings
) -> Quantisation[ModelProto]:
    import onnx

    ready = ready_for(mode, made)
    match mode:
        case "float16":
            reduce = partial(with_float16, ready)
        case "dynamic_int8":
            reduce = partial(with_dynamic_int8, ready)
        case "int8":
            reduce = partial(with_int8, ready, rows=model.calibration.chosen(settings).rows)
    return Quantisation(
        mode,
        lambda: parts_by_layer(scopes(ready.graph), model.model),
        reduce,
        lambda content, folder: onnx.save(content, folder / FILE),
        OnnxRuntime,
    )


class OnnxRuntime:
    """An ONNX file, answered by ONNX Runtime: neither TensorFlow nor Keras is needed."""

    batch = None

    def __init__(self, directory: Path, threads: int = 1):
        """Open `model.onnx` in `directory`.

        Args:
            directory: of the artefact.
            threads: that one operation may use.
        """
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3  # errors: it warns of what it does not fold
        self._session = onnxruntime.InferenceSession(
            str(directory / FILE), options, providers=["CPUExecutionProvider"]
        )
        self.inputs = _ports(self._session.get_inputs())
        self.outputs = _ports(self._session.get_outputs())

    def __call__(self, feeds: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Answer one batch of samples."""
        names = [port.name for port in self.outputs]
        given = {port.name: feeds[port.name].astype(port.dtype) for port in self.inputs}
        answers: Any = self._session.run(names, given)
        return dict(zip(names, answers, strict=True))


def _ports(values: Iterable[Any]) -> tuple[Port, ...]:
    return tuple(
        Port(
            value.name,
            tuple(size if isinstance(size, int) else None for size in value.shape),
            _dtype_name(value.type),
        )
        for value in sorted(values, key=lambda value: value.name)
    )


def _dtype_name(kind: str) -> str:
    """Return a dtype as NumPy spells it: tensor(float) is float32."""
    name = kind.removeprefix("tensor(").removesuffix(")")
    return {"float": "float32", "double": "float64"}.get(name, name)
