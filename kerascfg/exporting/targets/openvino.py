"""OpenVINO's intermediate representation, for Intel's processors, GPUs and NPUs, by way of ONNX.

OpenVINO reads TensorFlow's graphs too, but of them it knows neither loops nor every operation that
ONNX's converter writes in simpler ones.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from kerascfg.exporting.calibration import FILLERS, CalibrationSettings, calibration_settings
from kerascfg.exporting.delivery import Port
from kerascfg.exporting.fragile import Parts
from kerascfg.exporting.guarding import Quantisation, quantised
from kerascfg.exporting.layers import parts_by_layer
from kerascfg.exporting.onnx.graph import LACKS, onnx_model
from kerascfg.exporting.refusing import refusing
from kerascfg.exporting.target import Target
from kerascfg.exporting.targets.onnx import REQUIRES
from kerascfg.exporting.tolerances import allowance

if TYPE_CHECKING:
    import numpy as np

    from kerascfg.exporting.servable import Servable

FILE = "model.xml"
USAGE = f"""\
import openvino  # pip install openvino
run = openvino.Core().compile_model("{FILE}", "CPU")
"""
OPSET = 18
METADATA = "kerascfg"
"""The section of `rt_info` in the file that holds the metadata."""


def openvino(
    *,
    quantize: Literal["float16", "int8"] | None = None,
    calibration: Mapping[str, Any] | None = None,
    max_drop: float | None = None,
    tolerance: float | None = None,
) -> Target:
    """Deliver OpenVINO's `model.xml` and `model.bin`, which take any number of samples.

    A processor with bfloat16 may compute in it unless it is asked for float32
    (`INFERENCE_PRECISION_HINT: f32`), as it is for the comparison.

    Args:
        quantize: `float16` halves the file, and a processor computes in float32 all the same;
            `int8` has int8 weights and activations, with ranges from samples of the training split.
        calibration: for `int8`, how many samples, and which: `{samples: 100, choice: random}`;
            choice is random, first or balanced.
        max_drop: how much worse the metric may be than Keras's; see `litert`. `float16` is of the
            whole file: no layer can be kept from it.
        tolerance: the largest difference from Keras, for answers up to 1 in size; by default
            1e-5 in float32, 5e-3 in float16 (a rounding changes a number by up to 5e-4 of
            itself), 0.1 in int8 (255 steps for a range, and the steps of all layers add up).
    """
    allowed = allowance("openvino", quantize, tolerance)
    nncf = {"nncf": "nncf"} if quantize == "int8" else {}
    return Target(
        convert=partial(
            convert,
            mode=quantize,
            settings=calibration_settings(calibration),
            max_drop=max_drop,
        ),
        open=OpenVino,
        open_with=OpenVino,
        tolerance=allowed.tolerance,
        tolerance_reason=allowed.reason,
        forbidden=("keras", "tensorflow"),
        requires={**REQUIRES, "openvino": "openvino", **nncf},
        quantize=quantize,
        max_drop=max_drop,
        usage=USAGE,
        lacks=(*LACKS, *FILLERS) if quantize == "int8" else LACKS,
    )


def convert(
    model: Servable,
    directory: Path,
    mode: Literal["float16", "int8"] | None,
    settings: CalibrationSettings,
    max_drop: float | None,
) -> list[str]:
    """Write `model.xml` and `model.bin` into `directory`.

    Returns:
        What its user has to know of the quantisation.

    Raises:
        Refused: ONNX or OpenVINO cannot hold the model, there is nothing to calibrate with, or
            `max_drop` cannot be met.
    """
    import onnx
    import openvino as ov

    said = ov.frontend
    known = (said.OpConversionFailure, said.OpValidationFailure, said.NotImplementedFailure)
    made = onnx_model(model, OPSET)
    with tempfile.TemporaryDirectory() as between:
        file = Path(between) / "model.onnx"
        onnx.save(made, file)
        with refusing("OpenVINO cannot read it", *known, reason=summary_of):
            converted = ov.convert_model(file)
        names = {port.name for port in (*model.inputs, *model.outputs)}
        for value in (*converted.inputs, *converted.outputs):  # one name each, the model's own
            value.get_tensor().set_names(value.get_names() & names)
        notes = list[str]()
        if mode == "int8":
            rows = model.calibration.chosen(settings).rows
            how = Quantisation(
                mode,
                lambda: parts_by_layer(scopes(converted), model.model),
                partial(with_int8, converted, rows=rows),
                lambda content, folder: ov.save_model(content, folder / FILE, False),
                OpenVino,
            )
            converted, notes = quantised(model, how, max_drop)
        for key, text in model.metadata.items():
            converted.set_rt_info(text, [METADATA, key])
        ov.save_model(converted, directory / FILE, compress_to_fp16=mode == "float16")
    return notes


def scopes(converted: Any) -> dict[str, str]:
    """Return operation -> its name, for those that compute."""
    ends = ("Constant", "Parameter", "Result")
    named = (each for each in converted.get_ordered_ops() if each.get_type_name() not in ends)
    return {name: name for name in (each.get_friendly_name() for each in named)}


def with_int8(converted: Any, kept: Parts, rows: Mapping[str, np.ndarray]) -> Any:
    """Return a model of OpenVINO's with int8 weights and activations.

    Args:
        converted: what to quantise; it is not changed.
        kept: the operations that stay in float.
        rows: input -> samples that the ranges of activations are taken from, one row a sample.
    """
    import nncf
    from nncf.quantization.range_estimator import RangeEstimatorParametersSet

    count = len(next(iter(rows.values())))
    feeds = [
        {name: array[place : place + 1] for name, array in rows.items()} for place in range(count)
    ]
    return nncf.quantize(
        converted,
        nncf.Dataset(feeds),
        subset_size=count,
        ignored_scope=nncf.IgnoredScope(names=sorted(kept), validate=False),
        # by default the extremes of the samples are averaged, which cuts off what is rare
        advanced_parameters=nncf.AdvancedQuantizationParameters(
            activations_range_estimator_params=RangeEstimatorParametersSet.MINMAX
        ),
    )


def summary_of(message: str) -> str:
    """Return the end of OpenVINO's message, which names the operations that it lacks.

    That is its summary, or its last line where it has none.
    """
    _, _, summary = message.partition("Summary:")
    last = next((line for line in reversed(message.splitlines()) if line.strip()), "")
    return " ".join((summary if summary.strip() else last).split())


class OpenVino:
    """OpenVINO's files, answered by its runtime on the processor."""

    batch = None

    def __init__(self, directory: Path, threads: int = 1):
        """Open `model.xml` in `directory`.

        Args:
            directory: of the artefact.
            threads: that it may compute on.
        """
        import openvino as ov

        settings = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": threads}
        core = ov.Core()
        read = core.read_model(directory / FILE)
        # compiling may fuse operations, and what is left has the names of all: these are told first
        self.inputs, self.outputs = _ports(read.inputs), _ports(read.outputs)
        self._compiled = core.compile_model(read, "CPU", settings)

    def __call__(self, feeds: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Answer one batch of samples."""
        answers = self._compiled([feeds[port.name].astype(port.dtype) for port in self.inputs])
        return {port.name: answers[place] for place, port in enumerate(self.outputs)}


def _ports(values: Iterable[Any]) -> tuple[Port, ...]:
    import numpy as np

    return tuple(
        Port(
            value.get_any_name(),
            tuple(None if size.is_dynamic else size.get_length() for size in value.partial_shape),
            np.dtype(value.element_type.to_dtype()).name,
        )
        for value in values
    )
