"""Run `model.pt2` in Python, without Keras: pip install numpy torch.

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
import torch

FILE = Path(__file__).parent.parent / "model.pt2"
DTYPES = {"@input_dtypes@"}


class Model:
    """The model, loaded once."""

    def __init__(self, file: str | Path = FILE, device: str = "cpu"):
        """Load a file; `device` is one of PyTorch's, as "cuda"."""
        self._device = device
        self._answer = torch.export.load(str(file)).module().to(device)

    def predict(self, records: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Answer any number of records."""
        tensors = {
            name: torch.tensor(np.asarray(records[name], dtype), device=self._device)
            for name, dtype in DTYPES.items()
        }
        with torch.inference_mode():
            return {name: tensor.cpu().numpy() for name, tensor in self._answer(tensors).items()}
