"""The symbolic tensors that enter a model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerascfg.errors import ConfigError, Problem, override
from kerascfg.model.scope import evaluated, scope_of
from kerascfg.naming import call

DTYPES = (
    *("float32", "float16", "bfloat16", "float64", "bool", "string"),
    *("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
)
"""What the values of an input may be."""


def entering_tensors(
    model: Mapping[str, Any],
    facts: Mapping[str, Any],
    path: str,
    preprocessed: Mapping[str, Mapping[str, Any]],
) -> dict[str, Any]:
    """Make the inputs that a model states, or else one for each feature and preprocessed tensor.

    Args:
        model: the group `model`.
        facts: what is known of the data.
        path: where the model stands in the config.
        preprocessed: name -> `shape` and `dtype` of what `preprocess` gives.

    Raises:
        ConfigError: neither is known, a stated shape is not that of what is preprocessed, or Keras
            refuses a shape or dtype.
    """
    known = {**facts.get("data", {}).get("features", {}), **preprocessed}
    described = model.get("inputs") or known
    if not described:
        message = "expected inputs, since there is no data to take them from"
        raise ConfigError(Problem(f"{path}.inputs", message))
    spelled = evaluated(described, scope_of(model, facts, path), f"{path}.inputs")
    for key in spelled.keys() & preprocessed.keys():
        _expect_shape(spelled[key]["shape"], preprocessed[key]["shape"], f"{path}.inputs.{key}")
    dtypes = {key: known.get(key, {}).get("dtype") for key in spelled}
    return input_tensors(
        {key: {"dtype": dtypes[key], **spec} for key, spec in spelled.items()}, path
    )


def _expect_shape(stated: Any, made: Any, path: str) -> None:
    """Refuse a stated shape that `preprocess` does not make."""
    fits = len(stated) == len(made) and all(
        None in (a, b) or a == b for a, b in zip(stated, made, strict=True)
    )
    if not fits:
        raise ConfigError(
            Problem(
                f"{path}.shape",
                f"expected the shape that `preprocess` gives, {list(made)}. "
                f"Received: {list(stated)}",
                fix=override(f"{path}.shape", list(made)),
            )
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
