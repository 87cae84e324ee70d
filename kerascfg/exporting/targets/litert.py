"""LiteRT (once TensorFlow Lite): phones, desktops, embedded Linux, and the browser.

One sample a call, and built-in operations only: with an open number of samples recurrent layers
turn into TensorFlow's own operations ("Flex"), which the runtime of a phone does not have.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerascfg.exporting.calibration import FILLERS, CalibrationSettings, calibration_settings
from kerascfg.exporting.delivery import Port
from kerascfg.exporting.guarding import Quantisation, quantised
from kerascfg.exporting.layers import parts_by_layer
from kerascfg.exporting.refusing import refusing
from kerascfg.exporting.servable import Servable
from kerascfg.exporting.target import Artefact, Target
from kerascfg.exporting.tflite.feeding import given, said
from kerascfg.exporting.tflite.metadata import with_metadata
from kerascfg.exporting.tflite.modes import CALIBRATED, Mode
from kerascfg.exporting.tflite.quantising import Quantiser, read_operations
from kerascfg.exporting.tflite.ranges import ranges_of
from kerascfg.exporting.tolerances import allowance
from kerascfg.exporting.variants import unrolled

if TYPE_CHECKING:
    import numpy as np


FILE = "model.tflite"
SIGNATURE = "serving_default"
USAGE = f"""\
from ai_edge_litert.interpreter import Interpreter  # pip install ai-edge-litert
run = Interpreter("{FILE}").get_signature_runner("{SIGNATURE}")
"""
LACKS = (
    *("DecodeAudio", "DecodeImage", "TextVectorization"),
    *("Hashing", "HashedCrossing", "IntegerLookup"),
)
"""Layers whose operations have no built-in kernel; `StringLookup` has one."""
_NO_BUILT_IN = re.compile(
    r"'tf\.(\w+)' op is neither a custom op nor a flex op"
    r"|failed to legalize operation '(?:tf|tfl)\.(\w+)'"
)


def litert(
    *,
    quantize: Mode | None = None,
    calibration: Mapping[str, Any] | None = None,
    max_drop: float | None = None,
    tolerance: float | None = None,
) -> Target:
    """Deliver a LiteRT file that takes one sample a call, with built-in operations only.

    Args:
        quantize: how weights or activations are reduced, None for float32: see
            `kerascfg.exporting.tflite.modes`.
        calibration: `{samples: 100, choice: random}`: how many samples of the training split int8
            takes the ranges of its numbers from, and which: random, first or balanced.
        max_drop: how much worse the metric may be than Keras's: the most fragile layers stay in
            float32 until it holds on samples of the training split, with half of it left for
            others, and what misses it on the test samples is not delivered.
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
        open=LiteRT,
        open_with=LiteRT,
        tolerance=allowed.tolerance,
        tolerance_reason=allowed.reason,
        forbidden=("keras", "tensorflow"),
        requires={
            "tensorflow": "tensorflow",
            "ai_edge_litert": "ai-edge-litert",
            **({"ai_edge_quantizer": "ai-edge-quantizer"} if quantize else {}),
        },
        usage=USAGE,
        quantize=quantize,
        max_drop=max_drop,
        lacks=(*LACKS, *FILLERS) if quantize in CALIBRATED else LACKS,
    )


def convert(
    model: Servable,
    directory: Path,
    *,
    quantize: Mode | None = None,
    calibration: CalibrationSettings | None = None,
    max_drop: float | None = None,
) -> list[str]:
    """Write `model.tflite` into `directory`.

    Returns:
        What its user has to know of the quantisation.

    Raises:
        Refused: the model holds operations that LiteRT has no built-in kernel for, or cannot be
            quantised so.
    """
    notes: list[str] = []
    if quantize is None:
        content = float_file(model)
    else:
        settings = calibration or CalibrationSettings()
        content, notes = quantised_file(model, quantize, settings, max_drop)
    (directory / FILE).write_bytes(with_metadata(content, model.metadata))
    return notes


def float_file(model: Servable) -> bytes:
    """Return the LiteRT file of a model as it is.

    Raises:
        Lacking: the model holds operations that LiteRT has no built-in kernel for.
    """
    import tensorflow as tf

    with tempfile.TemporaryDirectory() as between:
        model.write_saved_model(Path(between), SIGNATURE, batch=1)
        converter = tf.lite.TFLiteConverter.from_saved_model(between, signature_keys=[SIGNATURE])
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
        with refusing("", Exception, reason=reason_of_refusal):
            return converter.convert()


def quantised_file(
    model: Servable,
    mode: Mode,
    calibration: CalibrationSettings,
    max_drop: float | None,
    *,
    with_loops: bool = True,
    open: Callable[[Path], Artefact] | None = None,
) -> tuple[bytes, list[str]]:
    """Return the quantised LiteRT file of a model, and what its user has to know.

    Args:
        model: what is converted.
        mode: how it is quantised.
        calibration: which samples int8 takes its ranges from.
        max_drop: how much worse the metric may be, None for whatever it becomes.
        with_loops: whether a loop over time steps may stay one, whose numbers are not whole.
        open: opens `model.tflite` in a folder, in the runtime that the metric is held in; None for
            LiteRT's.

    Raises:
        Refused: the run holds no samples to calibrate with, or `max_drop` cannot be met.
    """
    chosen = model.calibration.chosen(calibration) if mode in CALIBRATED else None
    plain = float_file(model if with_loops else Servable(unrolled(model.model)))
    ranges = ranges_of(plain, SIGNATURE, chosen.rows) if chosen else {}
    quantiser = Quantiser(plain, mode, read_operations(plain), ranges)
    scopes = (*quantiser.operations.main, *quantiser.operations.inside_loops)
    how = Quantisation(
        mode,
        lambda: parts_by_layer(dict(zip(scopes, scopes, strict=True)), model.model),
        quantiser.quantised,
        lambda content, folder: (folder / FILE).write_bytes(content),
        open or LiteRT,
    )
    content, notes = quantised(model, how, max_drop)
    if len(content) >= len(plain):
        notes.append(
            f"quantize: {mode} saves nothing here: {len(content):,} bytes, and "
            f"{len(plain):,} as float32"
        )
    if mode in CALIBRATED and quantiser.operations.inside_loops:
        notes.append("inside loops over time steps weights are int8, what is computed is float32")
    return content, notes


def reason_of_refusal(message: str) -> str | None:
    """Read from the converter's message which operations have no built-in, None where none."""
    missing = {name for names in _NO_BUILT_IN.findall(message) for name in names if name}
    if missing:
        listed = ", ".join(sorted(missing))
        return f"LiteRT has no built-in operation for TensorFlow's {listed}"
    if "tensor list ops" in message.lower():
        return "LiteRT has no built-in operation for a loop over tensors of unknown number"
    return None


class LiteRT:
    """A LiteRT file, answered by `ai-edge-litert`: neither TensorFlow nor Keras is needed."""

    def __init__(self, directory: Path, threads: int = 1):
        """Open `model.tflite` in `directory`, to run on so many threads."""
        from ai_edge_litert.interpreter import Interpreter

        self._interpreter = Interpreter(str(directory / FILE), num_threads=threads)
        self._run = self._interpreter.get_signature_runner(SIGNATURE)
        self._inputs = self._run.get_input_details()
        self.inputs = _ports(self._inputs)
        self._outputs = self._run.get_output_details()
        self.outputs = _ports(self._outputs)
        self.batch = self.inputs[0].shape[0]

    def __call__(self, feeds: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Answer one sample."""
        return said(self._outputs, self._run(**given(self._inputs, feeds)))


def _ports(details: Mapping[str, Mapping[str, Any]]) -> tuple[Port, ...]:
    return tuple(
        Port(
            name,
            tuple(None if size < 0 else int(size) for size in entry["shape_signature"]),
            _dtype_name(entry["dtype"]),
        )
        for name, entry in sorted(details.items())
    )


def _dtype_name(dtype: type) -> str:
    import numpy as np

    return "string" if np.dtype(dtype).kind in "SOU" else np.dtype(dtype).name
