"""How many nodes a model spells out to, and how deep, counted before it is spelled out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerascfg.errors import Problem

MOST_NODES = 20_000
"""The largest published networks have a few thousand."""
DEEPEST = 40
"""How deep blocks may lie within blocks; published networks do with three levels."""


def check_size(
    layers: Any, blocks: Mapping[str, Mapping[str, Any]], path: str = "model", key: str = "layers"
) -> list[Problem]:
    """Return the problem of a graph whose blocks and copies multiply beyond all measure.

    Args:
        layers: the nodes of one graph of the model.
        blocks: the model's blocks.
        path: where the model stands in the config.
        key: the graph's key there.
    """
    known: dict[str, tuple[int, int]] = {}

    def measure_block(name: str, depth: int) -> tuple[int, int]:
        """Return how many nodes a block is, and how deep blocks lie within blocks in it."""
        if depth > DEEPEST:
            return 1, 1
        if name not in known:
            known[name] = 1, 1  # a block that contains itself is reported by another check
            parts = [measure(node, depth) for node in _nodes(blocks[name].get("layers")).values()]
            known[name] = (
                sum((size for size, _ in parts), 1),
                1 + max((height for _, height in parts), default=0),
            )
        return known[name]

    def measure(node: Any, depth: int) -> tuple[int, int]:
        repeat = node.get("repeat") if isinstance(node, Mapping) else None
        size, height = measure_within(node, depth)
        return max(1, size) * (repeat if type(repeat) is int and repeat > 0 else 1), height

    def measure_within(value: Any, depth: int) -> tuple[int, int]:
        """Measure the blocks that a value names, as the node that it is or as an argument."""
        size, height = 0, 0
        if isinstance(value, Mapping) and isinstance(name := value.get("block"), str):
            size, height = measure_block(name, depth + 1) if name in blocks else (0, 0)
        items = value.values() if isinstance(value, Mapping) else value
        for item in items if isinstance(value, Mapping | list) else ():
            more, deeper = measure_within(item, depth)
            size, height = size + more, max(height, deeper)
        return size, height

    total = 0
    for name, node in _nodes(layers).items():
        size, height = measure(node, 0)
        total += size
        if height > DEEPEST:
            message = f"expected blocks within blocks at most {DEEPEST} deep"
            return [Problem(f"{path}.{key}.{name}", message)]
        if total > MOST_NODES:
            message = f"expected at most {MOST_NODES:,} nodes with blocks and copies spelled out"
            return [Problem(f"{path}.{key}.{name}", message)]
    return []


def _nodes(layers: Any) -> Mapping[str, Any]:
    return layers if isinstance(layers, Mapping) else {}
