"""The symbolic tensors that enter a model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerascfg.errors import ConfigError, Problem
from kerascfg.model.scope import evaluated, scope_of
from kerascfg.naming import call

DTYPES = (
    *("float32", "float16", "bfloat16", "float64", "bool", "string"),
    *("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
)
"""What the values of an input may be."""


def entering_tensors(
    model: Mapping[str, Any], facts: Mapping[str, Any], path: str
) -> dict[str, Any]:
    """Make the inputs that a model states, or else one for each feature of the data.

    Args:
        model: the group `model`.
        facts: what is known of the data.
        path: where the model stands in the config.

    Raises:
        ConfigError: neither is known, or Keras refuses a shape or dtype.
    """
    known = facts.get("data", {}).get("features", {})
    described = model.get("inputs") or known
    if not described:
        message = "expected inputs, since there is no data to take them from"
        raise ConfigError(Problem(f"{path}.inputs", message))
    spelled = evaluated(described, scope_of(model, facts, path), f"{path}.inputs")
    dtypes = {key: known.get(key, {}).get("dtype") for key in spelled}
    return input_tensors(
        {key: {"dtype": dtypes[key], **spec} for key, spec in spelled.items()}, path
    )


def input_tensors(described: Mapping[str, Mapping[str, Any]], path: str) -> dict[str, Any]:
    """Make a model's symbolic inputs.

    Args:
        described: input -> its `shape`, without the batch, and its `dtype` (float32).
        path: where the model stands in the config.

    Raises:
        ConfigError: Keras refuses a shape or dtype.
    """
    import keras

    return {
        key: call(
            keras.Input,
            {
                "shape": tuple(spec["shape"]),
                "dtype": spec.get("dtype") or "float32",
                "name": key,
            },
            f"{path}.inputs.{key}",
        )
        for key, spec in described.items()
    }
