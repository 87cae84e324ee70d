"""From a Keras operation inside a functional model to an `op:` node."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from functools import cache
from typing import Any

from kerascfg.errors import ConfigError, Problem
from kerascfg.model.from_keras.calls import Refer, holds_tensors, named, plain

_PLACES = ("keras.ops", "keras.ops.image", "keras.activations")
_RENAMED = {
    "BatchNorm": "batch_normalization",
    "LayerNorm": "layer_normalization",
    "RMSNorm": "rms_normalization",
}
"""Operations whose function has another name than themselves."""


def operation_node(operation: Any, given: Mapping[str, Any], refer: Refer) -> dict[str, Any]:
    """Return the node that calls an operation's function, with its `inputs`.

    Args:
        operation: a `keras.Operation` that is no layer.
        given: the arguments of the call by name.
        refer: names a symbolic tensor.

    Raises:
        ConfigError: there is no such function, or an argument is no data; the path is empty.
    """
    if type(operation).__name__ == "GetItem":
        key = key_text(given["key"])
        return {"op": "get_item", "key": key, "inputs": refer(given["x"])}
    function, name = _function_of(type(operation))
    signature = inspect.signature(function).parameters
    own = {key: value for key, value in _arguments_of(operation).items() if key in signature}
    arguments = {
        key: plain(value)
        for key, value in own.items()
        if key not in given and value != signature[key].default
    }
    tensors, rest = _leading(given, [key for key in signature if key not in own])
    further = {k: named(v, refer) for k, v in rest.items() if holds_tensors(v)}
    arguments |= {
        key: plain(value)
        for key, value in rest.items()
        if key not in further and value != signature[key].default
    }
    inputs = [named(value, refer) for value in tensors]
    if further:  # the tensors do not stand side by side in front
        leading = zip((key for key in signature if key not in own), inputs, strict=False)
        return {"op": name, **arguments, "inputs": {**dict(leading), **further}}
    return {"op": name, **arguments, "inputs": inputs[0] if _is_name(inputs) else inputs}


def key_text(key: Any) -> str:
    """Return the key of a `get_item` in Python's notation.

    Raises:
        ConfigError: it holds a tensor.
    """
    parts = key if isinstance(key, tuple | list) else (key,)  # a saved model has lists
    return f"[{', '.join(map(_part, parts))}]"


def _part(part: Any) -> str:
    match part:
        case slice(start=start, stop=stop, step=step):
            text = f"{_bound(start)}:{_bound(stop)}"
            return text if step is None else f"{text}:{_bound(step)}"
        case None:
            return "None"
        case _ if part is ...:
            return "..."
        case _:
            return _bound(part)


def _bound(bound: Any) -> str:
    if bound is None:
        return ""
    number = plain(bound)
    if isinstance(number, int) and not isinstance(number, bool):
        return str(number)
    raise ConfigError(Problem("", f"expected numbers and slices as a key. Received: {bound!r}"))


def _leading(given: Mapping[str, Any], parameters: list[str]) -> tuple[list[Any], dict[str, Any]]:
    """Split a call's arguments into those that fill the leading parameters, and the rest."""
    if starred := [key for key in given if key.startswith("*")]:
        return given[starred[0]], {}
    leading = []
    for key in parameters:
        value = given.get(key)
        if not (holds_tensors(value) or _is_number(value)):
            break
        leading.append(value)
    return leading, {key: given[key] for key in given if key not in parameters[: len(leading)]}


def _is_number(value: Any) -> bool:
    constant = isinstance(value, int | float) and not isinstance(value, bool)
    return constant or hasattr(value, "shape")


def _is_name(inputs: list[Any]) -> bool:
    return len(inputs) == 1 and isinstance(inputs[0], str)


def _arguments_of(operation: Any) -> dict[str, Any]:
    """Return what an operation was made with."""
    names = [n for n in inspect.signature(type(operation).__init__).parameters if n != "self"]
    config = operation._auto_config.config if operation._auto_config else {}
    return {
        name: config[name] if name in config else getattr(operation, name)
        for name in names
        if name != "name" and (name in config or hasattr(operation, name))
    }


@cache
def _function_of(operation: type) -> tuple[Any, str]:
    """Return the public function that makes an operation, and its name in a config."""
    from importlib import import_module

    own = {n for n in inspect.signature(operation.__init__).parameters if n not in ("self", "name")}
    wanted = _RENAMED.get(operation.__name__, operation.__name__).replace("_", "").lower()
    for place in _PLACES:
        module = import_module(place)
        for name in dir(module):
            function = getattr(module, name)
            if name.replace("_", "") == wanted and inspect.isfunction(function):
                parameters = inspect.signature(function).parameters
                starred = any(p.kind is p.VAR_POSITIONAL for p in parameters.values())
                if own <= parameters.keys() or starred:
                    return function, name if place == _PLACES[0] else f"{place}.{name}"
    message = f"expected an operation that keras.ops has a function for. Received: {operation!r}"
    raise ConfigError(Problem("", message))
