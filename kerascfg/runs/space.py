"""How much room a run will need, told before it trains for hours and then finds none."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kerascfg.runs.atomic import expect_space

CHECKPOINTS = 4
"""Two newest, the best, and one that is being written."""


def expect_space_for_run(
    directory: Path, config: Mapping[str, Any], weights: int, learning: int
) -> None:
    """Make sure that there is room for what a run will write.

    It is the least that is needed: what else the disk is used for meanwhile nobody knows, so the
    room is looked at again before each large file.

    Args:
        directory: the run's.
        config: the run's, for its callbacks and deliveries.
        weights: size of the model's weights in bytes.
        learning: size of those of them that learn; optimizers keep two numbers for each.

    Raises:
        RunError: there is too little.
    """
    parts = space_for_run(config, weights, learning)
    told = ", ".join(f"{name} {size / 2**20:.1f} MiB" for name, size in parts.items())
    expect_space(directory, sum(parts.values()), f"what the run will write ({told})")


def space_for_run(config: Mapping[str, Any], weights: int, learning: int) -> dict[str, int]:
    """Return the parts of what a run will write, with their sizes in bytes."""
    parts = {"model.keras": weights, "checkpoints": CHECKPOINTS * (weights + 2 * learning)}
    callbacks = [node for node in (config.get("callbacks") or {}).values() if node]
    if any("BestCheckpoint" in (node, _type_of(node)) for node in callbacks):
        parts["best weights"] = 2 * weights  # the old ones, and the new ones beside them
    deliveries = [node for node in (config.get("export") or {}).values() if node]
    if deliveries:
        parts["deliveries"] = len(deliveries) * weights
    return parts


def _type_of(node: Any) -> Any:
    return node.get("type") if isinstance(node, Mapping) else None
