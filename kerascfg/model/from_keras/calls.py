"""What one call in a Keras graph says: the tensors it takes, and what else was stated."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from kerascfg.errors import ConfigError, Problem
from kerascfg.naming import REQUIRED_VALUE

Refer = Callable[[Any], str]
"""Names a symbolic tensor, as `inputs` does."""


def stated_call(node: Any) -> dict[str, Any]:
    """Return the arguments of a call by name, without those that Keras filled in itself.

    Keras records masks that it carried along and a layer's default for `training` as if they had
    been stated.

    Args:
        node: a `keras.src.ops.node.Node`.

    Raises:
        ConfigError: an argument has no name.
    """
    import keras

    operation = node.operation
    parameters = inspect.signature(operation.call).parameters
    args, named = node.arguments.args, dict(node.arguments.kwargs)
    given = {}
    positional = list(parameters.values())
    for index, value in enumerate(args):
        parameter = positional[min(index, len(positional) - 1)]
        if parameter.kind is parameter.VAR_POSITIONAL:
            given[f"*{parameter.name}"] = list(args[index:])
            break
        given[parameter.name] = value
    if not isinstance(operation, keras.Layer):
        return {**given, **named}
    for name, value in named.items():
        default = parameters[name].default if name in parameters else None
        if holds_tensors(value):
            stated = not _is_carried(name, value, {**given, **named})
        else:
            stated = value != default and any(v is not None for v in keras.tree.flatten(value))
        if stated:
            given[name] = value
    return {name: value for name, value in given.items() if value is not None}


def tensors_of(value: Any) -> list[Any]:
    """Return the symbolic tensors inside a value."""
    import keras

    return [item for item in keras.tree.flatten(value) if isinstance(item, keras.KerasTensor)]


def holds_tensors(value: Any) -> bool:
    """Tell whether there is a symbolic tensor inside a value."""
    return bool(tensors_of(value))


def layer_inputs(layer: Any, given: Mapping[str, Any], refer: Refer) -> tuple[Any, dict[str, Any]]:
    """Return a layer's `inputs` entry and its further call arguments."""
    tensors = {name: value for name, value in given.items() if holds_tensors(value)}
    call = {name: plain(value) for name, value in given.items() if name not in tensors}
    first = next(iter(inspect.signature(layer.call).parameters), "")
    if list(tensors) == [first] and not isinstance(tensors[first], Mapping):
        return named(tensors[first], refer), call
    return {name.lstrip("*"): named(value, refer) for name, value in tensors.items()}, call


def named(value: Any, refer: Refer) -> Any:
    """Replace the tensors inside a value by their names."""
    import keras

    match value:
        case keras.KerasTensor():
            return refer(value)
        case list() | tuple():
            return [named(item, refer) for item in value]
        case Mapping():
            return {str(key): named(item, refer) for key, item in value.items()}
        case _:
            return plain(value)


def plain(value: Any) -> Any:
    """Return a value as YAML can hold it.

    Raises:
        ConfigError: it cannot; the problem's path is empty.
    """
    match value:
        case str() if value.startswith("$") or "${" in value or value == REQUIRED_VALUE:
            message = f"expected a text that means itself in a config. Received: {value!r}"
            hint = "there `$` begins an expression, and ??? is a value that is still required"
            raise ConfigError(Problem("", message, hint=hint))
        case None | bool() | int() | str():
            return value
        case float():
            return float(value)  # NumPy's float64 is one too, but spells itself otherwise
        case list() | tuple():
            return [plain(item) for item in value]
        case Mapping():
            return {str(key): plain(item) for key, item in value.items()}
    if hasattr(value, "numpy"):
        value = value.numpy()
    if getattr(value, "shape", None) == () and hasattr(value, "item"):
        return plain(value.item())
    if hasattr(value, "shape"):
        message = f"expected numbers as constants. Received: a tensor of shape {tuple(value.shape)}"
        hint = "make it a weight of a layer in your package, or compute it there by an `op:`"
        raise ConfigError(Problem("", message, hint=hint))
    message = f"expected numbers, texts and lists. Received: {value!r}"
    raise ConfigError(Problem("", message, hint="code and objects have no place in data"))


def _is_carried(name: str, value: Any, given: Mapping[str, Any]) -> bool:
    """Tell whether an argument is the mask that the layer's input carries anyway."""
    import keras

    if name == "mask":
        source = next(iter(given.values()))
    elif name.endswith("_mask"):
        source = given.get(name.removesuffix("_mask"))
    else:
        return False
    carried = [getattr(t, "_keras_mask", None) for t in keras.tree.flatten(source)]
    stated = keras.tree.flatten(value)
    return len(carried) == len(stated) and all(map(_same, carried, stated))


def _same(one: Any, other: Any) -> bool:
    """Tell whether two values are one tensor, or computed alike from the same tensors."""
    import keras

    if one is other:
        return True
    if not (isinstance(one, keras.KerasTensor) and isinstance(other, keras.KerasTensor)):
        return type(one) is type(other) and one == other
    (first, i, k), (second, j, m) = one._keras_history, other._keras_history
    if first is second:
        if i == j:
            return k == m
    elif isinstance(first, keras.Layer) or type(first) is not type(second) or k != m:
        return False
    made, again = (op._inbound_nodes[n].arguments for op, n in ((first, i), (second, j)))
    ours, theirs = (keras.tree.flatten((each.args, each.kwargs)) for each in (made, again))
    return len(ours) == len(theirs) and all(map(_same, ours, theirs))
