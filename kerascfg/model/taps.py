"""Taps into a functional model: `backbone.block_13_expand` is the output of that inner layer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerascfg.errors import ConfigError, Problem, did_you_mean
from kerascfg.model.graph import Graph, refs

WHOLE = ""
"""Stands for a model's own output beside the outputs of its inner layers."""


class Tapped(dict[str, Any]):
    """The outputs of a tapped model: of itself under `WHOLE`, of inner layers by their names."""


def picks_of(graph: Graph) -> dict[str, list[str]]:
    """Return what is picked from each node, `WHOLE` where a node is named without a pick."""
    found: dict[str, list[str]] = {}
    named = [ref for node in graph.nodes for ref in refs(node.inputs)]
    for ref in (*named, *graph.outputs.values()):
        first = ref.picks[0] if ref.picks and not ref.picks[0].isdecimal() else WHOLE
        if first not in found.setdefault(ref.node, []):
            found[ref.node].append(first)
    return found


def with_taps(layer: Any, picks: list[str], path: str) -> tuple[Any, list[str]]:
    """Return a model with the outputs that are picked, and which they are, in order.

    What none of the picks needs is left out, and neither computed nor trained.

    Returns:
        The layer itself and no names where nothing inside it is picked.

    Raises:
        ConfigError: the model has no layer of that name.
    """
    import keras

    if not isinstance(layer, keras.Model) or not getattr(layer, "outputs", None):
        return layer, []
    own = layer.output if isinstance(layer.output, Mapping) else {}
    inner = [name for name in picks if name != WHOLE and name not in own]
    if not inner:
        return layer, []
    names = {part.name for part in layer.layers}
    if missing := [name for name in inner if name not in names]:
        raise ConfigError([_no_layer(name, layer, names, path) for name in missing])
    outputs = {name: layer.get_layer(name).output for name in inner}
    if len(inner) < len(picks):
        outputs[WHOLE] = layer.output
    return keras.Model(layer.input, list(outputs.values()), name=layer.name), list(outputs)


def _no_layer(name: str, model: Any, names: set[str], path: str) -> Problem:
    meant = did_you_mean(name, names)
    listed = ", ".join(part.name for part in model.layers[:5])
    return Problem(
        path,
        f"expected the name of a layer of {model.name} ({listed}, ...). Received: {name}",
        hint=f"did you mean `{model.name}.{meant}`?" if meant else None,
    )
