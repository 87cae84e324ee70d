"""How many nodes a model spells out to, counted before it is spelled out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerascfg.errors import Problem

MOST_NODES = 20_000
"""The largest published networks have a few thousand."""


def check_size(
    layers: Any, blocks: Mapping[str, Mapping[str, Any]], path: str = "model"
) -> list[Problem]:
    """Return the problem of a graph whose blocks and copies multiply beyond all measure.

    Args:
        layers: the model's nodes.
        blocks: the model's blocks.
        path: where the model stands in the config.
    """
    sizes: dict[str, int] = {}

    def size_of_block(name: str) -> int:
        if name not in sizes:
            sizes[name] = 1  # a block that contains itself is reported by another check
            sizes[name] = sum(map(size_of, _nodes(blocks[name].get("layers")).values()), 1)
        return sizes[name]

    def size_of(node: Any) -> int:
        if not isinstance(node, Mapping):
            return 1
        name, repeat = node.get("block"), node.get("repeat")
        once = size_of_block(name) if isinstance(name, str) and name in blocks else 1
        return once * (repeat if type(repeat) is int and repeat > 0 else 1)

    total = 0
    for name, node in _nodes(layers).items():
        total += size_of(node)
        if total > MOST_NODES:
            message = f"expected at most {MOST_NODES:,} nodes with blocks and copies spelled out"
            return [Problem(f"{path}.layers.{name}", message)]
    return []


def _nodes(layers: Any) -> Mapping[str, Any]:
    return layers if isinstance(layers, Mapping) else {}
