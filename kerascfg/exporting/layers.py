"""Which parts of a converted model come from which layer of the model it was made of.

Converters name operations and weights after the layers that they come from, as in
`cnn_1/relu1_1/Relu;cnn_1/conv1_1/convolution;`: one operation may hold several layers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras


def parts_by_layer(scopes: Mapping[str, str], model: keras.Model) -> dict[str, frozenset[str]]:
    """Group parts by the layer whose weights they hold.

    Args:
        scopes: part -> the names that tell where it comes from, joined by `;`; in order.
        model: what was converted.

    Returns:
        Layer -> its parts, in the order of the first. What cannot be told is a group of its own,
        under the first of its names.
    """
    weights = _weights_by_layer(model)
    groups: dict[str, set[str]] = {}
    for part, scope in scopes.items():
        layer = _layer_of(scope, weights) or scope.partition(";")[0]
        groups.setdefault(layer, set()).add(part)
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
    named = [layer for name in scope.split(";") if (layer := _first_of(name, weights))]
    return max(named, key=lambda layer: weights[layer], default=None)


def _first_of(name: str, weights: Mapping[str, int]) -> str | None:
    """Return the layer that one name tells of."""
    if "/" in name:
        return next(filter(None, (_named(part, weights) for part in name.split("/"))), None)
    # Core ML has no slashes in names: `cnn_1_conv1_1_convolution`, or a weight's own
    spelled = {layer: re.sub(r"\W", "_", layer, flags=re.ASCII) for layer in weights}
    held = [layer for layer, part in spelled.items() if f"_{part}_" in f"_{name}_"]
    return max(held, key=len, default=None)


def _named(part: str, weights: Mapping[str, int]) -> str | None:
    """Return the layer that a part of a name stands for: its own, mostly with a number behind."""
    without = re.sub(r"_\d+$", "", part)
    return next((name for name in (without, part) if name in weights), None)
