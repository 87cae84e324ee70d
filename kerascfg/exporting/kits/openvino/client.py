"""Run `model.xml` and `model.bin` in Python: pip install numpy openvino.

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
import openvino as ov

FILE = Path(__file__).parent.parent / "model.xml"


class Model:
    """The model, loaded once. Not for several threads at a time: give each its own request."""

    def __init__(self, file: str | Path = FILE, device: str = "CPU"):
        """Load a file for a device: CPU, GPU, NPU, AUTO.

        Numbers stay float32: devices choose a shorter type by themselves where they have one.
        """
        core = ov.Core()
        settings = {"INFERENCE_PRECISION_HINT": "f32"}
        self._compiled = core.compile_model(core.read_model(str(file)), device, settings)
        self._request = self._compiled.create_infer_request()

    def predict(self, records: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Answer any number of records."""
        feeds = {
            port.any_name: np.asarray(records[port.any_name], port.element_type.to_dtype())
            for port in self._compiled.inputs
        }
        answered = self._request.infer(feeds)
        return {port.any_name: np.array(answered[port]) for port in self._compiled.outputs}
