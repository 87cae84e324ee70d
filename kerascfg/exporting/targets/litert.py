"""LiteRT (once TensorFlow Lite): phones, desktops, embedded Linux, and the browser.

One sample a call, and built-in operations only: with an open number of samples recurrent layers
turn into TensorFlow's own operations ("Flex"), which the runtime of a phone does not have.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerascfg.exporting.delivery import Port
from kerascfg.exporting.target import Refused, Target

if TYPE_CHECKING:
    import numpy as np

    from kerascfg.exporting.servable import Servable

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


def litert(*, tolerance: float = 1e-5) -> Target:
    """Deliver a LiteRT file that takes one sample a call, with built-in operations only.

    Args:
        tolerance: the largest difference from Keras, for answers up to 1 in size.
    """
    return Target(
        convert=convert,
        open=LiteRT,
        open_with=LiteRT,
        tolerance=tolerance,
        forbidden=("keras", "tensorflow"),
        requires={"tensorflow": "tensorflow", "ai_edge_litert": "ai-edge-litert"},
        usage=USAGE,
        lacks=LACKS,
    )


def convert(model: Servable, directory: Path) -> None:
    """Write `model.tflite` into `directory`.

    Raises:
        Refused: the model holds operations that LiteRT has no built-in kernel for.
    """
    import tensorflow as tf

    with tempfile.TemporaryDirectory(dir=directory.parent) as between:
        model.write_saved_model(Path(between), SIGNATURE, batch=1)
        converter = tf.lite.TFLiteConverter.from_saved_model(between, signature_keys=[SIGNATURE])
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
        try:
            content = converter.convert()
        except Exception as error:
            reason = reason_of_refusal(str(error))
            if reason is None:
                raise
            raise Refused(reason) from error
    (directory / FILE).write_bytes(content)


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
        self.outputs = _ports(self._run.get_output_details())
        self.batch = self.inputs[0].shape[0]

    def __call__(self, feeds: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Answer one sample."""
        import numpy as np

        ready = {
            name: np.char.encode(feeds[name], "utf-8")
            if feeds[name].dtype.kind == "U"
            else feeds[name].astype(details["dtype"], copy=False)
            for name, details in self._inputs.items()
        }
        return {name: np.array(value) for name, value in self._run(**ready).items()}


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
