"""Run the code that `kerascfg to-python` writes, and hold its model to the one it tells of."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from kerascfg.model import Built
from kerascfg.model.from_keras import copy_weights, outputs_of
from kerascfg.model.to_python import write_python


def program_of(built: Built, model: dict[str, Any]) -> Any:
    """Run the written code, and return its model."""
    space: dict[str, Any] = {"__name__": "written"}
    exec(compile(write_python(built, model, "A model"), "written.py", "exec"), space)
    return space["build_model"]()


def assert_equal(built: Built, made: keras.Model, sample: dict[str, Any]) -> None:
    names = list(built.graph.outputs)
    copy_weights(built.model, made)
    expected = outputs_of(built.model, sample, names)
    received = outputs_of(made, sample, names)
    assert all(np.array_equal(a, b) for a, b in zip(expected, received, strict=True))
