"""Run `model.jax_export` with JAX, without Keras: pip install numpy jax.

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

import jax
import numpy as np
from jax import export

FILE = Path(__file__).parent.parent / "model.jax_export"
DTYPES = {"@input_dtypes@"}


class Model:
    """The model, loaded once; compiled anew for each number of records."""

    def __init__(self, file: str | Path = FILE):
        """Load a file."""
        self._answer = jax.jit(export.deserialize(bytearray(Path(file).read_bytes())).call)

    def predict(self, records: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Answer any number of records."""
        feeds = {name: np.asarray(records[name], dtype) for name, dtype in DTYPES.items()}
        return {name: np.asarray(array) for name, array in self._answer(feeds).items()}
