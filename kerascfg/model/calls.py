"""Make one node's layer and call it, or its function, on tensors; say which node Keras refused."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from kerascfg.errors import ConfigError, Problem
from kerascfg.model.graph import Node, Ref
from kerascfg.model.taps import WHOLE, Tapped
from kerascfg.model.weights import explain_download
from kerascfg.naming import build_value, call, find, load_object

_LAYER = re.compile(r"^Input .* is incompatible with the layer: ")
_RECEIVED = re.compile(r"\s*\b(?:Full (?:input )?shapes?(?: received)?|Received|Got):? ")
"""Where a message of Keras begins to repeat the shapes, which we say with where they come from."""


class RefusedError(Exception):
    """Keras refuses a call; whoever knows what feeds the node says where its inputs come from."""


def make_layer(node: Node, inputs: Any) -> Any:
    """Make the layer of a node, named after it.

    Raises:
        ConfigError: the constructor refuses its arguments.
    """
    found = find(node.target, "layer", f"{node.path}.type")
    if isinstance(found, Problem):
        raise ConfigError(found)
    thing = load_object(node.target, "layer", f"{node.path}.type")
    arguments = _built_arguments(node)
    known = found.signature.arguments
    is_class = isinstance(thing, type)
    if is_class and ("name" in known or found.signature.open):
        arguments.setdefault("name", node.name)
    if {"include_top", "input_shape"} <= known.keys() and not arguments.get("include_top", True):
        # An application fixes the resolution of its weights by `input_shape`, not by its input.
        shape = tuple(getattr(inputs, "shape", (None, None)))[1:]
        if None not in shape:
            arguments.setdefault("input_shape", shape)
    try:
        layer = call(thing, arguments, node.path)
    except ConfigError as error:
        raise explain_download(error, arguments, node.path) from error
    if not is_class:
        # EfficientNetV2 looks up its blocks by the argument `name`, so it is named afterwards.
        layer.name = arguments.get("name", node.name)
    return layer


def call_layer(node: Node, layer: Any, inputs: Any) -> Any:
    """Call a layer on tensors.

    Raises:
        RefusedError: Keras refuses them.
    """
    with _refusing():
        match inputs:
            case dict() if any(isinstance(value, dict) for value in inputs.values()):
                # Keras's image layers take one mapping, and that by position only.
                return layer(*inputs.values(), **node.call)
            case dict():
                return layer(**inputs, **node.call)
            case _:
                return layer(inputs, **node.call)


def call_function(node: Node, inputs: Any) -> Any:
    """Call the function of an `op` on tensors, which fill its leading parameters.

    Raises:
        RefusedError: Keras refuses them.
    """
    function = load_object(node.target, "op", f"{node.path}.op")
    named = {**_built_arguments(node), **node.call}
    with _refusing():
        if isinstance(inputs, dict):
            made = function(**inputs, **named)
        else:
            given = list(inputs) if isinstance(inputs, list) else [inputs]
            positional = fill_positions(function, given, named)
            made = function(*positional, **named)
    _name_operations(node.name, made, inputs)
    return made


def _name_operations(name: str, made: Any, inputs: Any) -> None:
    """Name what a function did after its node: Keras names by kind, which another node may be."""
    import keras

    given = {id(tensor) for tensor in keras.tree.flatten(inputs)}
    waiting = [tensor for tensor in keras.tree.flatten(made) if id(tensor) not in given]
    operations: dict[int, Any] = {}
    while waiting:
        operation, index, _ = getattr(waiting.pop(0), "_keras_history", (None, 0, 0))
        if operation is None or id(operation) in operations:
            continue
        operations[id(operation)] = operation
        entering = operation._inbound_nodes[index].input_tensors
        waiting += [tensor for tensor in entering if id(tensor) not in given]
    unnamed = [op for op in operations.values() if not isinstance(op, keras.layers.Layer)]
    for index, operation in enumerate(unnamed):
        operation.name = f"{name}_op{index}" if index else name


def fill_positions(function: Any, given: list[Any], named: dict[str, Any]) -> list[Any]:
    """Put tensors into the parameters that no key names; those before them leave `named`."""
    positional = []
    for parameter in inspect.signature(function).parameters.values():
        if not given or parameter.kind is parameter.KEYWORD_ONLY:
            break
        if parameter.kind is parameter.VAR_POSITIONAL:
            return positional + given
        positional.append(named.pop(parameter.name) if parameter.name in named else given.pop(0))
    return positional + given


def pick(ref: Ref, tensors: Mapping[str, Any], path: str) -> Any:
    """Return the tensor of a reference.

    Raises:
        ConfigError: the node has no such output.
    """
    value = tensors[ref.node]
    if isinstance(value, Tapped) and (not ref.picks or ref.picks[0] not in value):
        value = value[WHOLE]
    for name in ref.picks:
        match value:
            case Mapping() if name in value:
                value = value[name]
            case list() | tuple() if name.isdecimal() and int(name) < len(value):
                value = value[int(name)]
            case _:
                several = isinstance(value, list | tuple | Mapping)
                outputs = f"one of the {len(value)} outputs" if several else "the only output"
                received = ".".join((ref.node, *ref.picks))
                message = f"expected {outputs} of {ref.node}. Received: {received}"
                raise ConfigError(Problem(path, message))
    return value


def tensors_of(inputs: Any, tensors: Mapping[str, Any], path: str) -> Any:
    """Replace the references in a node's inputs by tensors."""
    match inputs:
        case Ref():
            return pick(inputs, tensors, path)
        case list():
            return [tensors_of(item, tensors, path) for item in inputs]
        case Mapping():
            return {key: tensors_of(item, tensors, path) for key, item in inputs.items()}
        case _:
            return inputs


def _built_arguments(node: Node) -> dict[str, Any]:
    return {
        key: build_value(key, value, f"{node.path}.{key}") for key, value in node.arguments.items()
    }


@contextmanager
def _refusing() -> Iterator[None]:
    """Part what Keras says of a call from the dump of its arguments and its trace."""
    try:
        yield
    except ConfigError:
        raise
    except Exception as error:
        raise RefusedError(_reason(error)) from error


def _reason(error: Exception) -> str:
    """Return the part of a Keras message that speaks to its reader, without the shapes."""
    text = str(error).replace("\x1b[1m", "").replace("\x1b[0m", "")
    text = text.split("\n\nArguments received by")[0].strip()
    if text.startswith("Exception encountered when calling"):
        text = text.split("\n\n", 1)[-1]
    return _RECEIVED.split(_LAYER.sub("", text))[0].strip() or text or repr(error)
