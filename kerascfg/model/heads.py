"""What leaves a model, as far as its YAML shows: the last activation, and how many values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kerascfg.model.parts import wire_layers
from kerascfg.model.wiring import Wiring
from kerascfg.naming import Found, find, is_expression, kind_of

_HANDS_ON = frozenset({"Dropout", "Identity", "ActivityRegularization"})
"""Layers behind which the values are still those of an activation."""
_LOOKED_BEHIND = _HANDS_ON | {"Activation", "Softmax", "Flatten", "Reshape"}
_LONGEST_WAY = 20
"""So many of them one behind the other are looked behind; what is not seen is not judged."""
_COUNTS = ("units", "filters")


@dataclass(frozen=True)
class Head:
    """What an output of a model gives.

    Attributes:
        path: path of the node that shapes it.
        activation: name of the last activation, `linear` where there is none; None where the YAML
            does not show it.
        size: number of values along its last axis; None where the YAML does not show it.
    """

    path: str
    activation: str | None = None
    size: int | None = None


def heads_of(model: Any, path: str = "model") -> dict[str, Head]:
    """Return what the outputs of a model give.

    Args:
        model: the group `model`, without problems.
        path: where it stands in the config.

    Returns:
        Output -> its head, in order; those alone that are a node of the model.
    """
    if not isinstance(model, Mapping):
        return {}
    wiring, _ = wire_layers(model, None, path)
    if wiring is None:
        return {}
    return {
        name: _head(name, wiring, path) if name in wiring.nodes else Head(f"{path}.outputs")
        for name in wiring.outputs
    }


def _head(name: str, wiring: Wiring, path: str, within: int = _LONGEST_WAY) -> Head:
    """Look at one node, and behind those that hand values on at so many before it."""
    node, at = wiring.nodes[name], f"{path}.layers.{name}"
    if kind_of(node) != "type" or {"each", "repeat", "when"} & node.keys():
        return Head(at)
    found = find(node["type"], "layer", at)
    if not isinstance(found, Found) or not found.module.startswith("keras."):
        return Head(at)
    before, inner = wiring.inputs[name], Head(at)
    looks_behind = found.name in _LOOKED_BEHIND and within > 0
    if looks_behind and isinstance(before, str) and before in wiring.nodes:
        inner = _head(before, wiring, path, within - 1)
    match found.name:
        case "Activation":
            return Head(at, _text(node.get("activation")), inner.size)
        case "Softmax":
            return Head(at, "softmax", inner.size)
        case kept if kept in _HANDS_ON:
            return inner
        case "Flatten" | "Reshape":
            return Head(inner.path, inner.activation)
    known = found.signature.arguments
    activation = _text(node.get("activation", "linear")) if "activation" in known else None
    if known.get("activation") is not None and "activation" not in node:
        activation = None  # an own default, such as the tanh of an LSTM
    size = next((node[key] for key in _COUNTS if isinstance(node.get(key), int)), None)
    return Head(at, activation, size)


def _text(activation: Any) -> str | None:
    """Return an activation's name; `null` is none, and a node or an expression says nothing."""
    if activation is None:
        return "linear"
    if isinstance(activation, str) and not is_expression(activation):
        return activation
    return None
