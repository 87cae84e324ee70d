"""Run `model.tflite` in Python, without TensorFlow: pip install numpy ai-edge-litert.

    from client import Model

    answers = Model().predict({@example@})

Takes arrays by name, the first axis counts records:
@takes@

Returns, likewise:
@returns@
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter

FILE = Path(__file__).parent.parent / "model.tflite"


class Model:
    """The model, loaded once. Not for several threads at a time: give each its own."""

    def __init__(self, file: str | Path = FILE, threads: int = 1):
        """Load a file."""
        interpreter = Interpreter(str(file), num_threads=threads)
        self._run = interpreter.get_signature_runner("serving_default")
        self._inputs = self._run.get_input_details()
        self._outputs = self._run.get_output_details()

    def predict(self, records: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Answer any number of records; the file takes one a call."""
        count = len(next(iter(records.values())))
        answers = [
            self._run(
                **{
                    name: _fed(records[name][i : i + 1], self._inputs[name])
                    for name in self._inputs
                }
            )
            for i in range(count)
        ]
        return {
            name: np.concatenate([_read(answer[name], details) for answer in answers])
            for name, details in self._outputs.items()
        }


def _fed(array: np.ndarray, details: Mapping) -> np.ndarray:
    """Return an array as the file wants it: integers scaled, texts as bytes."""
    if array.dtype.kind == "U":
        return np.char.encode(array, "utf-8")
    dtype, (scale, zero) = np.dtype(details["dtype"]), details["quantization"]
    if dtype.kind in "iu" and scale and array.dtype.kind == "f":
        limits = np.iinfo(dtype)
        whole = np.nan_to_num(np.round(array / scale), nan=0.0) + zero
        return np.clip(whole, limits.min, limits.max).astype(dtype)
    return array.astype(dtype, copy=False)


def _read(array: np.ndarray, details: Mapping) -> np.ndarray:
    """Return an answer as numbers of the model, where the file returns scaled integers."""
    scale, zero = details["quantization"]
    if array.dtype.kind in "iu" and scale:
        return ((array.astype(np.float32) - zero) * scale).astype(np.float32)
    return np.array(array)
