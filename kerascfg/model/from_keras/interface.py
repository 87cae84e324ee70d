"""What enters a model and what leaves it, by the names that a config gives them."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from kerascfg.errors import ConfigError, Problem


def is_graph(operation: Any) -> bool:
    """Tell whether an operation is a model that is nothing but a graph."""
    import keras
    from keras.src.models.functional import Functional

    own_call = type(operation).call
    return own_call in (Functional.call, keras.Sequential.call)


def inner_graph(model: Any, path: str) -> Any:
    """Return the `keras.Function` inside a model.

    Raises:
        ConfigError: the model is code (a subclass with its own `call`), or not built yet.
    """
    import keras

    if isinstance(model, keras.Sequential) and is_graph(model):
        if model._functional is None:
            message = "expected a model that knows the shape of its input. Received: a Sequential"
            hint = "call it once, or begin it with keras.Input"
            raise ConfigError(Problem(path, f"{message} that was never built", hint=hint))
        return model._functional
    if is_graph(model):
        return model
    spelled = f"{type(model).__module__}.{type(model).__name__}"
    message = f"expected a functional or Sequential model. Received: {spelled}, whose call is code"
    hint = "name the class by `type:` in a node, if its package is allowed"
    raise ConfigError(Problem(path, message, hint=hint))


def input_specs(model: Any, path: str) -> dict[str, Any]:
    """Return the inputs of a model by name: their shapes, and dtypes other than float32.

    Raises:
        ConfigError: an input is not what the language knows (a fixed batch, a sparse tensor).
    """
    specs = {}
    for name, tensor in zip(input_names(model, path), inner_graph(model, path).inputs, strict=True):
        at = f"{path}.inputs.{name}"
        if tensor.shape[0] is not None:
            message = f"expected a batch of any size. Received: a batch of {tensor.shape[0]}"
            raise ConfigError(Problem(at, message, hint="rebuild the model without batch_size"))
        if tensor.sparse or getattr(tensor, "ragged", False):
            raise ConfigError(
                Problem(at, "expected a dense input. Received: a sparse or ragged one")
            )
        specs[name] = {"shape": list(tensor.shape[1:])}
        if tensor.dtype != "float32":
            specs[name]["dtype"] = tensor.dtype
    return specs


def input_names(model: Any, path: str) -> list[str]:
    """Return valid, unique names of a model's inputs, in order."""
    names: list[str] = []
    for tensor in inner_graph(model, path).inputs:
        names.append(unique(valid(tensor._keras_history.operation.name), names))
    return names


def output_names(model: Any, path: str) -> tuple[str, ...]:
    """Return the names by which a model's outputs leave it; none where they are a list, or one.

    Raises:
        ConfigError: the language cannot keep the names.
    """
    import keras

    function = inner_graph(model, path)
    paths = [place for place, _ in keras.tree.flatten_with_path(function._outputs_struct)]
    keys = [key for place in paths for key in place if isinstance(key, str)]
    if len(paths) < 2 or not keys:
        return ()
    at = f"{path}.outputs"
    if any(len(place) > 1 for place in paths):
        received = ", ".join(".".join(map(str, place)) for place in paths)
        message = f"expected outputs in a list or by name. Received: {received}"
        raise ConfigError(Problem(at, message, hint="rebuild the model with a flat mapping"))
    inputs = input_names(model, path)
    if wrong := [key for key in keys if key in inputs or key != valid(key)]:
        message = "expected names of outputs that are of letters, digits and _ and no input's"
        hint = "an output is named after its node; rebuild the model with other names"
        raise ConfigError(Problem(at, f"{message}. Received: {', '.join(wrong)}", hint=hint))
    return tuple(keys)


def unique(name: str, taken: Collection[str]) -> str:
    """Return the name, with a number behind it where it is taken."""
    names = (name, *(f"{name}_{number}" for number in range(1, len(taken) + 2)))
    return next(other for other in names if other not in taken)


def valid(name: str) -> str:
    """Return a name without what a node's may not hold."""
    plain = re.sub(r"\W", "_", name, flags=re.ASCII).lstrip("_")
    return plain if plain[:1].isalpha() else f"node_{plain}"
