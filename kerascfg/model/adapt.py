"""Fit a layer's state to the training data before the model is built on it.

Layers such as `Normalization` and `StringLookup` measure what they see (`adapt`), and some have no
output shape before that. So they are adapted where the graph meets them, on the tensor that
feeds them, unless their state was given as an argument.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kerascfg.errors import ConfigError, Problem

_STATE = ("mean", "variance", "vocabulary", "bin_boundaries", "idf_weights")


def needs_adapting(layer: Any, arguments: Mapping[str, Any]) -> bool:
    """Tell whether a layer learns its state from data and was not given it."""
    return hasattr(layer, "adapt") and not any(arguments.get(name) is not None for name in _STATE)


def adapt(
    layer: Any,
    entering: Mapping[str, Any],
    tensor: Any,
    batches: Callable[[], Any] | None,
    path: str,
) -> None:
    """Adapt a layer to the training data.

    Args:
        layer: a layer with an `adapt` method.
        entering: the model's inputs by name.
        tensor: the symbolic tensor that feeds the layer.
        batches: returns the training batches, mappings of features.
        path: where the node stands in the config.

    Raises:
        ConfigError: there is no data to adapt to.
    """
    import keras

    if batches is None:
        raise ConfigError(
            Problem(
                path, f"{type(layer).__name__} is adapted to the training data, but none is given"
            )
        )
    feeding = keras.Model(dict(entering), tensor)

    def feed(features: Mapping[str, Any]) -> Any:
        return feeding({name: features[name] for name in entering})

    layer.adapt(batches().map(feed))
