"""Give batches the structure a model expects: bare tensors for one, mappings for several."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kerascfg.errors import ConfigError, Problem
from kerascfg.training.objectives import observed_outputs


def feeder(
    model: Any, targets: tuple[str, ...], config: Mapping[str, Any]
) -> Callable[..., tuple[Any, Any, Any]]:
    """Return a function for `tf.data.Dataset.map` over `(features, targets, weights)`.

    Args:
        model: the model that takes the batches.
        targets: names of the data's targets.
        config: the whole config: an output with neither loss nor metric needs no target.

    Raises:
        ConfigError: the data's targets are not the model's outputs.
    """
    outputs = output_names(model)
    if outputs is None and len(targets) != 1:
        raise ConfigError(
            Problem(
                "data.target",
                f"expected one target, since the model has one output. Received: "
                f"{', '.join(targets) or 'none'}",
            )
        )
    observed = observed_outputs(config, outputs or [])
    if outputs is not None and not set(observed) <= set(targets) <= set(outputs):
        raise ConfigError(
            Problem(
                "data.target",
                f"expected targets named after the model's outputs ({', '.join(observed)}). "
                f"Received: {', '.join(targets) or 'none'}",
                fix=f"'data.target=[{','.join(observed)}]'",
            )
        )
    only = targets[0]

    def feed(features: Mapping[str, Any], answers: Mapping[str, Any], weights: Any) -> Any:
        taken = take_inputs(model, features)
        if outputs is None:
            return taken, *_comparable(model.output, answers[only], weights)
        # Keras wants a target for each output, also where nothing is compared with it.
        both = {
            name: _comparable(output, answers[name], weights)
            if name in answers
            else (weights, weights)
            for name, output in model.output.items()
        }
        targets = {name: target for name, (target, _) in both.items()}
        if all(weight is weights for _, weight in both.values()):
            return taken, targets, weights
        return taken, targets, {name: weight for name, (_, weight) in both.items()}

    return feed


def _comparable(output: Any, target: Any, weights: Any) -> tuple[Any, Any]:
    """Fit target and weights to an output that holds several answers a sample (pixels, steps).

    Keras compares along the last axis and weighs what is left, `(batch, height, width)`, say; it
    does not spread a weight a sample over that, and takes an output `(..., 1)` for a flat one.
    """
    import tensorflow as tf

    answers = len(output.shape) - 1
    if answers < 2 or not answers <= len(target.shape) <= answers + 1:
        return target, weights
    spread = tf.reshape(weights, (-1, *[1] * (answers - 1)))
    weights = tf.broadcast_to(spread, tf.shape(target)[:answers])
    if len(target.shape) == answers and output.shape[-1] == 1:
        target = target[..., None]
    return target, weights


def take_inputs(model: Any, features: Mapping[str, Any]) -> Any:
    """Take from a batch's features what the model takes: a tensor, or a mapping by name."""
    names = input_names(model)
    if len(names) == 1 and not isinstance(model.input, Mapping):
        return features[names[0]]
    return {name: features[name] for name in names}


def input_names(model: Any) -> list[str]:
    """Return the names of a model's inputs."""
    return [tensor.name for tensor in model.inputs]


def output_names(model: Any) -> list[str] | None:
    """Return the names of a model's outputs, or None where it has only one."""
    return list(model.output) if isinstance(model.output, Mapping) else None
