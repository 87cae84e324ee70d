"""Which operations of a LiteRT file come from which layer of the model it was made of.

The converter names what an operation makes after the layers that it comes from, as in
`cnn_1/relu1_1/Relu;cnn_1/conv1_1/convolution;`: one operation may hold several layers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras


def operations_by_layer(scopes: Iterable[str], model: keras.Model) -> dict[str, frozenset[str]]:
    """Group operations by the layer whose weights they hold.

    Args:
        scopes: of the operations, in order.
        model: what the file was made of.

    Returns:
        Layer -> its operations, in the order of the first. What cannot be told is a group of its
        own, under what the file calls it.
    """
    weights = _weights_by_layer(model)
    groups: dict[str, set[str]] = {}
    for scope in scopes:
        layer = _layer_of(scope, weights) or scope.partition(";")[0]
        groups.setdefault(layer, set()).add(scope)
    return {layer: frozenset(members) for layer, members in groups.items()}


def _weights_by_layer(model: keras.Model) -> dict[str, int]:
    """Return the layers at any depth of nested models, and how many weights each has."""
    import keras

    found: dict[str, int] = {}
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            found |= _weights_by_layer(layer)
        else:
            found[layer.name] = layer.count_params() if layer.built else 0
    return found


def _layer_of(scope: str, weights: Mapping[str, int]) -> str | None:
    """Return the layer with the most weights of those that a scope names."""
    named = [
        layer
        for name in scope.split(";")
        if (layer := next(filter(None, (_named(part, weights) for part in name.split("/"))), None))
    ]
    return max(named, key=lambda layer: weights[layer], default=None)


def _named(part: str, weights: Mapping[str, int]) -> str | None:
    """Return the layer that a part of a name stands for: its own, mostly with a number behind."""
    without = re.sub(r"_\d+$", "", part)
    return next((name for name in (without, part) if name in weights), None)
