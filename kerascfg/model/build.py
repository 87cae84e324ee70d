"""Make the layers of a spelled-out graph and call them: a `keras.Model`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from kerascfg.errors import ConfigError, Problem
from kerascfg.model.adapt import adapt, needs_adapting
from kerascfg.model.expand import Graph, Node, Ref, expand_model
from kerascfg.naming import build_value, call, find, load_object

if TYPE_CHECKING:
    import keras

    Batches = Callable[[], Any]


def build_model(
    model: Mapping[str, Any],
    facts: Mapping[str, Any],
    *,
    batches: Batches | None = None,
    name: str = "model",
    path: str = "model",
) -> keras.Model:
    """Build a model from its config.

    Args:
        model: the group `model`; without `inputs`, `facts["data"]["features"]` are its inputs.
        facts: what is known of the data: `{"data": {"classes": 10, "features": {name: {"shape":
            [28, 28], "dtype": "float32"}}, ...}, "train": {"steps": ...}}`.
        batches: returns the training batches (mappings of features, as `tf.data.Dataset`), for
            layers that are adapted to the data.
        name: name of the model.
        path: where the model stands in the config.

    Returns:
        A functional model. One input or output stands by itself; several are mappings by name.

    Raises:
        ConfigError: the graph is not in the language, or Keras refuses a layer or a call; the
            problem names the node.
    """
    import keras

    entering = _inputs(model, facts, path)
    graph = expand_model(model, tuple(entering), facts, path)
    tensors: dict[str, Any] = dict(entering)
    layers: dict[str, Any] = {}
    for node in graph.nodes:
        tensors[node.name] = _apply(node, tensors, layers, entering, batches)
    outputs = {key: _pick(ref, tensors, f"{path}.outputs") for key, ref in graph.outputs.items()}
    used = _used_inputs(graph, entering)
    unused = [key for key in model.get("inputs") or {} if key not in used]
    if unused:
        raise ConfigError(
            [Problem(f"{path}.inputs.{key}", "stated, but no node takes it") for key in unused]
        )
    return call(
        keras.Model,
        {
            "inputs": used if len(used) > 1 else next(iter(used.values())),
            "outputs": outputs if len(outputs) > 1 else next(iter(outputs.values())),
            "name": name,
        },
        path,
    )


def _inputs(model: Mapping[str, Any], facts: Mapping[str, Any], path: str) -> dict[str, Any]:
    import keras

    stated = model.get("inputs")
    known = facts.get("data", {}).get("features", {})
    described = stated or known
    if not described:
        raise ConfigError(
            Problem(f"{path}.inputs", "expected inputs, since there is no data to take them from")
        )
    return {
        key: call(
            keras.Input,
            {
                "shape": tuple(spec["shape"]),
                "dtype": spec.get("dtype") or known.get(key, {}).get("dtype") or "float32",
                "name": key,
            },
            f"{path}.inputs.{key}",
        )
        for key, spec in described.items()
    }


def _used_inputs(graph: Graph, entering: Mapping[str, Any]) -> dict[str, Any]:
    taken = {ref.node for node in graph.nodes for ref in _refs(node.inputs)}
    taken |= {ref.node for ref in graph.outputs.values()}
    return {key: tensor for key, tensor in entering.items() if key in taken}


def _refs(inputs: Any) -> list[Ref]:
    match inputs:
        case Ref():
            return [inputs]
        case list():
            return [ref for item in inputs for ref in _refs(item)]
        case Mapping():
            return [ref for item in inputs.values() for ref in _refs(item)]
        case _:
            return []


def _apply(
    node: Node,
    tensors: Mapping[str, Any],
    layers: dict[str, Any],
    entering: Mapping[str, Any],
    batches: Batches | None,
) -> Any:
    """Make the node's layer, or find it, and call it on its inputs."""
    inputs = _tensors_of(node.inputs, tensors, f"{node.path}.inputs")
    if node.kind == "op":
        return _call_op(node, inputs)
    if node.kind == "share":
        layer = layers[node.target]
    else:
        layer = layers[node.name] = _make_layer(node, inputs)
        if needs_adapting(layer, node.arguments):
            adapt(layer, entering, inputs, batches, node.path)
    with _naming(node, inputs):
        if isinstance(inputs, dict):
            return layer(**inputs, **node.call)
        return layer(inputs, **node.call)


def _make_layer(node: Node, inputs: Any) -> Any:
    found = find(node.target, "layer", f"{node.path}.type")
    if isinstance(found, Problem):
        raise ConfigError(found)
    thing = load_object(node.target, "layer", f"{node.path}.type")
    arguments = {
        key: build_value(key, value, f"{node.path}.{key}") for key, value in node.arguments.items()
    }
    known = found.signature.arguments
    if "name" in known or found.signature.open:
        arguments.setdefault("name", node.name)
    if {"include_top", "input_shape"} <= known.keys() and not arguments.get("include_top", True):
        # An application fixes the resolution of its weights by `input_shape`, not by its input.
        shape = tuple(inputs.shape[1:])
        if None not in shape:
            arguments.setdefault("input_shape", shape)
    return call(thing, arguments, node.path)


def _call_op(node: Node, inputs: Any) -> Any:
    function = load_object(node.target, "op", f"{node.path}.op")
    arguments = {
        key: build_value(key, value, f"{node.path}.{key}") for key, value in node.arguments.items()
    }
    with _naming(node, inputs):
        if isinstance(inputs, dict):
            return function(**inputs, **arguments, **node.call)
        positional = inputs if isinstance(inputs, list) else [inputs]
        return function(*positional, **arguments, **node.call)


@contextmanager
def _naming(node: Node, inputs: Any) -> Iterator[None]:
    """Say which node it was when Keras refuses a call, and which shapes met there."""
    try:
        yield
    except ConfigError:
        raise
    except Exception as error:
        shapes = ", ".join(_shapes(inputs)) or "nothing"
        message = f"{node.target} refused its input of shape {shapes}: {_first(error)}"
        raise ConfigError(Problem(node.path, message)) from error


def _first(error: Exception) -> str:
    """Return the part of a Keras message that speaks to its reader, without the call's dump."""
    text = str(error).split("\n\nArguments received by")[0].strip()
    marker = "\x1b[1m"
    return text.split("\n\n", 1)[-1].replace(marker, "").replace("\x1b[0m", "") or repr(error)


def _shapes(inputs: Any) -> list[str]:
    match inputs:
        case list():
            return [shape for item in inputs for shape in _shapes(item)]
        case dict():
            return [f"{key}: {s}" for key, item in inputs.items() for s in _shapes(item)]
        case _ if hasattr(inputs, "shape"):
            return [str(tuple(inputs.shape))]
        case _:
            return [str(inputs)]


def _tensors_of(inputs: Any, tensors: Mapping[str, Any], path: str) -> Any:
    match inputs:
        case Ref():
            return _pick(inputs, tensors, path)
        case list():
            return [_tensors_of(item, tensors, path) for item in inputs]
        case Mapping():
            return {key: _tensors_of(item, tensors, path) for key, item in inputs.items()}
        case _:
            return inputs


def _pick(ref: Ref, tensors: Mapping[str, Any], path: str) -> Any:
    value = tensors[ref.node]
    for pick in ref.picks:
        try:
            value = value[pick] if isinstance(value, Mapping) else list(value)[int(pick)]
        except (KeyError, IndexError, ValueError, TypeError) as error:
            count = len(value) if isinstance(value, list | tuple | Mapping) else 1
            raise ConfigError(
                Problem(
                    path, f"expected one of the {count} outputs of {ref.node}. Received: {pick}"
                )
            ) from error
    return value
