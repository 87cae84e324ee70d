"""Run `model.onnx` in Python: pip install numpy onnxruntime.

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
import onnxruntime as ort

FILE = Path(__file__).parent.parent / "model.onnx"


class Model:
    """The model, loaded once; several threads may ask it."""

    def __init__(
        self, file: str | Path = FILE, providers: tuple[str, ...] = ("CPUExecutionProvider",)
    ):
        """Load a file; `ort.get_available_providers()` names what else could run it."""
        self._session = ort.InferenceSession(str(file), providers=list(providers))
        self._dtypes = {port.name: _dtype(port.type) for port in self._session.get_inputs()}
        self._outputs = [port.name for port in self._session.get_outputs()]

    def predict(self, records: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Answer any number of records."""
        feeds = {name: np.asarray(records[name], dtype) for name, dtype in self._dtypes.items()}
        return dict(zip(self._outputs, self._session.run(self._outputs, feeds), strict=True))


def _dtype(spelled: str) -> np.dtype:
    """Return NumPy's dtype for ONNX Runtime's `tensor(float)`."""
    name = spelled.removeprefix("tensor(").removesuffix(")")
    return np.dtype({"float": "float32", "double": "float64", "string": "object"}.get(name, name))
