"""Rebuild what was written: the same model, with the weights of the one it was read from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kerascfg.errors import ConfigError, Problem
from kerascfg.model.build import build_graph
from kerascfg.model.check import check_model
from kerascfg.model.from_keras.calls import stated_call, tensors_of
from kerascfg.model.from_keras.interface import inner_graph, is_graph

_AXIS = 64
"""What an axis of unknown size is in a sample: large enough for the downsampling of a backbone."""


def rebuild(described: Mapping[str, Any], path: str = "model") -> Any:
    """Build a description; layers that adapt to data see a batch of ones.

    Raises:
        ConfigError: the description is not in the language, or cannot be built.
    """
    if problems := check_model(described, path=path):
        raise ConfigError(problems)

    def batches(names: tuple[str, ...]) -> Any:
        import tensorflow as tf

        ones = {name: sample_of(described["inputs"][name], ones=True) for name in names}
        return tf.data.Dataset.from_tensors(ones)

    return build_graph(described, {}, batches=batches, path=path)


def copy_weights(source: Any, rebuilt: Any, outputs: list[str] | None = None) -> None:
    """Copy the weights of a model to one that was built from its description.

    Names may differ (blocks prefix them), so the layers are paired in the order in which the
    outputs need them.

    Args:
        source: the model to copy from.
        rebuilt: the model to copy to.
        outputs: names of the rebuilt model's outputs in the source's order, where it has several.

    Raises:
        ConfigError: they do not have the same layers with the same weights, shared alike.
    """
    ours, theirs = list(_layers(source)), list(_layers(rebuilt, outputs))
    if len(ours) != len(theirs):
        message = f"expected {len(ours)} layers with weights. Received: {len(theirs)}"
        raise ConfigError(Problem("model", message))
    pairs: list[tuple[Any, Any]] = []
    for one, other in zip(ours, theirs, strict=True):
        shapes, received = ([tuple(w.shape) for w in each.weights] for each in (one, other))
        if shapes != received:
            message = (
                f"expected weights of shapes {shapes}, as {one.name} has. Received: {received}"
            )
            hint = None
            if len(received) > len(shapes):
                hint = f"a layer that stands in several places inside {one.name} is made for each"
            raise ConfigError(Problem(f"model.layers.{other.name}", message, hint=hint))
        pairs += zip(one.weights, other.weights, strict=True)
        other.set_weights(one.get_weights())
        for part in other._flatten_layers():
            if hasattr(part, "finalize_state"):
                part.finalize_state()
    if not _is_one_to_one(pairs):
        message = "expected weights shared between the same layers. Received: others that share"
        raise ConfigError(Problem("model", message))


def _is_one_to_one(pairs: list[tuple[Any, Any]]) -> bool:
    """Tell whether each weight always meets the same other: both models share alike."""
    met = {(id(one), id(other)) for one, other in pairs}
    ones, others = zip(*met, strict=True) if met else ((), ())
    return len(met) == len(set(ones)) == len(set(others))


def outputs_of(model: Any, sample: Any, names: list[str] | None = None) -> list[Any]:
    """Return a model's outputs for a sample as arrays, in inference mode.

    Args:
        model: a functional or Sequential model.
        sample: what it takes.
        names: its outputs in the order wanted, where they come by name.
    """
    import keras

    taken = list(sample.values()) if isinstance(sample, Mapping) else sample
    function = inner_graph(model, "model")
    if isinstance(function._inputs_struct, Mapping) and isinstance(sample, Mapping):
        made = model(sample, training=False)
    else:
        structured = keras.tree.pack_sequence_as(function._inputs_struct, taken)
        made = model(structured, training=False)
    if isinstance(made, Mapping) and names:
        made = [made[name] for name in names]
    return [keras.ops.convert_to_numpy(tensor) for tensor in keras.tree.flatten(made)]


def sample_of(spec: Mapping[str, Any], ones: bool = False) -> Any:
    """Return two random samples for an input, or ones.

    Args:
        spec: the input's `shape` and `dtype`.
        ones: whether to give ones.
    """
    import numpy as np

    shape = (2, *(_AXIS if size is None else size for size in spec["shape"]))
    dtype = spec.get("dtype", "float32")
    if dtype == "string":
        return np.full(shape, "a")
    if ones:
        return np.ones(shape, dtype)
    generator = np.random.default_rng(0)
    if "float" in dtype:
        return generator.uniform(size=shape).astype(dtype)
    return generator.integers(0, 2, shape).astype(dtype)


def _layers(model: Any, outputs: list[str] | None = None) -> Iterator[Any]:
    """Yield a model's layers with weights, those of nested models too.

    A layer all of whose weights others before it have is left out: no weight is met for the first
    time there.
    """
    function = inner_graph(model, "model")
    leaving = function.outputs
    if outputs and isinstance(function._outputs_struct, Mapping):
        leaving = [function._outputs_struct[name] for name in outputs]
    seen: set[int] = set()
    for layer in _needed(leaving):
        weights = set(map(id, layer.weights))
        if not weights <= seen:
            seen |= weights
            yield layer


@dataclass(frozen=True)
class _Scope:
    """Where a nested model is called: the tensors outside that its inputs stand for."""

    outside: dict[int, Any]
    around: _Scope | None


def _needed(outputs: list[Any]) -> Iterator[Any]:
    """Yield the layers that lead to some tensors, as if nested models were spelled out in place.

    The order depends on the graph alone, neither on names nor on what is nested.
    """
    import keras

    scopes: dict[tuple[int, int], _Scope] = {}
    visited: set[tuple[int, int]] = set()
    waiting: list[tuple[Any, _Scope | None, bool]] = [(t, None, False) for t in reversed(outputs)]
    while waiting:
        tensor, scope, is_ready = waiting.pop()
        if scope and id(tensor) in scope.outside:
            waiting.append((scope.outside[id(tensor)], scope.around, False))
            continue
        operation, index, position = tensor._keras_history
        node = operation._inbound_nodes[index]
        key = (id(node), id(scope))
        if is_ready:
            if isinstance(operation, keras.Layer):
                yield operation
        elif is_graph(operation):
            function = inner_graph(operation, operation.name)
            if key not in scopes:
                taken = tensors_of(next(iter(stated_call(node).values())))
                outside = {id(t): given for t, given in zip(function.inputs, taken, strict=True)}
                scopes[key] = _Scope(outside, scope)
            waiting.append((function.outputs[position], scopes[key], False))
        elif key not in visited and not node.is_input:
            visited.add(key)
            waiting.append((tensor, scope, True))
            needed = tensors_of(list(stated_call(node).values()))
            waiting += [(other, scope, False) for other in reversed(needed)]
