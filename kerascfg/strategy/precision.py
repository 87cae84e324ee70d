"""What layers compute in while they are trained: float32, bfloat16 or float16.

Variables are float32 always ("mixed precision", Micikevicius et al., 2018), and so is what is
saved, evaluated and served: half the digits are for the speed of training only. With float16 Keras
wraps the optimizer into a `LossScaleOptimizer`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

from kerascfg.strategy.devices import Precision

_POLICIES = {"bfloat16": "mixed_bfloat16", "float16": "mixed_float16"}


@contextmanager
def computing_in(model: Any, precision: Precision, kept: Collection[str] = ()) -> Iterator[None]:
    """Let a model's layers compute in a precision within the block.

    The layers that make the outputs stay as they are: a softmax needs the digits.

    Args:
        model: the built model; layers of models nested in it count too.
        precision: what to compute in.
        kept: names of the layers whose node states a `dtype`, and which keep to it.
    """
    if precision == "float32":
        yield
        return
    ends = {tensor._keras_history.operation for tensor in model.outputs}
    layers = [
        layer
        for layer in model._flatten_layers()
        if layer not in ends and layer.name not in kept and layer.dtype_policy.name == "float32"
    ]
    for layer in layers:
        layer.dtype_policy = _POLICIES[precision]
    try:
        yield
    finally:
        for layer in layers:
            layer.dtype_policy = "float32"
        # Keras keeps functions that were traced with the other numbers.
        model.train_function = model.test_function = model.predict_function = None
