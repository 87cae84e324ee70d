"""Run `model.pte` in Python: pip install numpy torch executorch. Phones have their own clients.

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
from executorch.runtime import Runtime

FILE = Path(__file__).parent.parent / "model.pte"
INPUTS = {"@input_dtypes@"}
OUTPUTS = ["@output_names@"]


class Model:
    """The model, loaded once. Not for several threads at a time."""

    def __init__(self, file: str | Path = FILE):
        """Load a file."""
        self._program = Runtime.get().load_program(file)
        self._forward = self._program.load_method("forward")

    def predict(self, records: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Answer any number of records; the file takes one a call, its tensors by position."""
        count = len(next(iter(records.values())))
        answers = [
            # The runtime writes the next answers into the same memory.
            [tensor.numpy().copy() for tensor in self._forward.execute(self._fed(records, i))]
            for i in range(count)
        ]
        return {
            name: np.concatenate(parts)
            for name, parts in zip(OUTPUTS, zip(*answers, strict=True), strict=True)
        }

    def _fed(self, records: Mapping[str, np.ndarray], i: int) -> list[torch.Tensor]:
        return [
            torch.tensor(np.asarray(records[name][i : i + 1], dtype))
            for name, dtype in INPUTS.items()
        ]
